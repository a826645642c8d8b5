//! `shockproof` with own parts: `outside run experiment.ron`, and all other subcommands.
//! `outside deploy POLICY PRICES` decides on a price file as a bot does.

use dfdx::{prelude::*, tensor::Cpu};
use shockproof::{
    adversary::{
        AdversaryError, AttackObjective, ObjectiveNeeds, ObjectiveRow, PlayerNeeds, PlayerSight,
        PlayerView, RowNoise, ShockFreedom, ShockMoves, ShockPlayer,
    },
    agent::{Agent, PolicyFile},
    algo::{AlgoError, Ascent, Penalize, Penalty},
    config::Registry,
    env::{Action, LogGrowth, RewardRule, StepView},
    eval::{
        Ledger,
        metrics::{Better, Description, Format, Metric},
    },
    features::{AccountView, Feature, Field, Memory, Newest, OwnFeature, Place, Scalar},
    ingest::{BarLabel, Calendar, DataFile, read_panel},
    market::{CostTerm, Holding, Trade},
    policy::{ActorCritic, Matrix},
    rng::Rng,
    train::build_notice,
};
use std::{error::Error, path::Path, process::ExitCode, sync::Arc};

/// Position of the close in its bar's range, in [0, 1].
#[derive(Debug)]
struct RangePosition;

impl Feature for RangePosition {
    fn memory(&self) -> Memory {
        Memory::new(0, 0)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![Field::shockable(format!("{symbol}.range_position"), "1", 0)]
    }
    fn push(&self, _: &Newest<'_>, _: Place, _: &mut [f64]) {}
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, _: &[f64], mut out: impl FnMut(usize, S)) {
        let bar = now.bar;
        out(0, (bar.close - bar.low) * (bar.high - bar.low + bar.close * 1e-5).recip());
    }
}

/// A fee on holdings, as a fraction of their value per year.
struct Custody(f64);

impl CostTerm for Custody {
    fn name(&self) -> &'static str {
        "custody"
    }
    fn charge(&self, _: &Trade<'_>) -> f64 {
        0.0
    }
    fn marginal(&self, _: &Trade<'_>) -> f64 {
        0.0
    }
    fn holding(&self, account: &Holding<'_>) -> f64 {
        self.0 * account.years() * account.values().map(f64::abs).sum::<f64>()
    }
}

/// Log growth minus a price for turnover.
struct CalmGrowth(f64);

impl RewardRule for CalmGrowth {
    fn reward(&self, step: &StepView<'_>) -> f64 {
        LogGrowth.reward(step) - self.0 * step.turnover()
    }
}

/// Pushes every price against the agent's new position.
struct Against;

impl ShockPlayer for Against {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: PlayerSight::Actions,
            freedom: ShockFreedom::Prices,
        }
    }
    fn choose(
        &self,
        view: &PlayerView<'_>,
        _: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        if let Action::Continuous(weights) = view.actions {
            for (z, weight) in moves.price_bps.iter_mut().zip(weights) {
                *z = -view.shocks.budget_bps.get() * f64::from(weight.signum());
            }
        }
        Ok(())
    }
}

/// An attack that makes the policy sell: L = −Σ wᵢ.
struct SellEverything;

impl AttackObjective for SellEverything {
    fn needs(&self) -> ObjectiveNeeds {
        ObjectiveNeeds::OUTPUT
    }
    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
        gradient.fill(-1.0);
        -row.output.iter().map(|w| f64::from(*w)).sum::<f64>()
    }
}

/// R = mean squared action.
struct SmallActions(f64);

impl Penalize for SmallActions {
    fn weight(&self) -> f64 {
        self.0
    }
    fn penalty(
        &self,
        policy: &ActorCritic<f32, Cpu>,
        observations: &Matrix<f32, Cpu>,
        _: &Ascent<'_>,
        _: &mut Rng,
    ) -> Result<Penalty<f32, Cpu>, AlgoError> {
        let action = policy.output(observations.leaky_trace())?;
        Ok(Penalty { value: action.square().mean(), sensitivity: None })
    }
}

/// The largest equity of the backtest divided by the initial equity.
struct HighWater;

impl Metric for HighWater {
    fn describe(&self) -> Description {
        Description {
            name: "high_water".into(),
            label: "High water".into(),
            format: Format::Percent,
            better: Better::Higher,
            definition: "largest equity over the initial equity".into(),
            undefined: "there is no bar".into(),
        }
    }
    fn value(&self, ledger: &Ledger) -> Option<f64> {
        let highest = ledger.equity.iter().copied().reduce(f64::max)?;
        Some(highest / ledger.initial_equity)
    }
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    let feature = |_: &_| Ok(Arc::new(RangePosition) as Arc<dyn OwnFeature>);
    registry.features.add("range_position", feature);
    registry.costs.add("custody", |given| Ok(Arc::new(Custody(given.get("per_year")?))));
    registry.rewards.add("calm_growth", |given| Ok(Arc::new(CalmGrowth(given.get("price")?))));
    registry.players.add("against", |_| Ok(Arc::new(Against)));
    registry.objectives.add("sell_everything", |_| Ok(Arc::new(SellEverything)));
    registry.regularizers.add("small_actions", |given| {
        Ok(Arc::new(SmallActions(given.get("weight")?)))
    });
    registry.metrics.add("high_water", |_| Ok(Arc::new(HighWater)));
    registry
}

/// Counts the decisions of a policy on the bars of a file.
fn deploy(policy: &str, prices: &str) -> Result<(), Box<dyn Error>> {
    let file = PolicyFile::read(Path::new(policy))?;
    let mut agent = Agent::with_features(&file, &registry().features)?;
    let prices = DataFile::new("AAPL", prices, BarLabel::Open);
    let panel = read_panel(&[prices], Calendar::Refuse, None)?.panel;
    let mut n_decisions = 0;
    for t in 0..panel.n_bars() {
        let account = AccountView::cash_only(&[0.0]);
        if agent.on_bars(panel.row(t), panel.moment(t), account)?.is_some() {
            n_decisions += 1;
        }
    }
    println!("{n_decisions} decisions");
    if let Some(notice) = build_notice() {
        eprintln!("warning: {notice}");
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, command, policy, prices] = &arguments[..]
        && command == "deploy"
    {
        return match deploy(policy, prices) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    shockproof::cli::main(&registry())
}
