//! One policy under a grid of attacks and budgets.

use super::{
    Arena, EvalError, Ledger, PolicyDecider, arena::noise, bar_shock::BarShock,
    budgeted_map::BudgetedMap, recorder::Recorder,
};
use crate::{
    adversary::{AdversaryError, AscentConfig, Objective, PerRow, Player, ShockRules, StepRule},
    agent::PolicyFile,
    algo::Directions,
    env::{ActionSpace, Env, Norm, ShockMap, ShockSpace, ShockSpec, TradingEnv},
    policy::{Actions, ActorCritic, Backend, FrozenPolicy},
    units::Bps,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// An attack and the budgets it is played at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackSpec {
    /// Its name in ledgers and tables; not `none`.
    pub name: String,
    /// Who chooses the shocks.
    pub player: Player,
    /// Per-step budgets, each > 0. Unit: bps.
    pub budgets_bps: Vec<Bps>,
}

impl AttackSpec {
    /// Random shocks, uniform in the ball of the budget; spreads and liquidity too where the
    /// environment lets them be shocked. Its name is `random`.
    #[must_use]
    pub fn random(budget: Bps) -> Self {
        Self::new("random", Player::Random, &[budget])
    }

    /// Projected gradient descent on the profit of the next step, with knowledge of the policy and
    /// of the next bar. Its name is `pgd`.
    ///
    /// Ten steps of a quarter budget along the sign of the gradient, the best of three starts that
    /// are uniform in the ball. [`AttackSpec::suite`] steps along the gradient itself where the
    /// norm of the shocks is L2.
    #[must_use]
    pub fn pgd(budget: Bps) -> Self {
        let player = ascent(Norm::LInf, Objective::OneStepPnl, 3);
        Self::new("pgd", player, &[budget])
    }

    /// Widest spread and least liquidity at every bar, with clean prices. Its name is `starve`.
    #[must_use]
    pub fn starve(budget: Bps) -> Self {
        Self::new("starve", Player::Starve, &[budget])
    }

    /// An attack of any player.
    #[must_use]
    pub fn new(name: &str, player: Player, budgets_bps: &[Bps]) -> Self {
        Self {
            name: name.to_owned(),
            player,
            budgets_bps: budgets_bps.to_vec(),
        }
    }

    /// The standard suite for these shocks at these budgets: `random`; `critic` (minimize the
    /// value), `mad` (largest action deviation) and `pnl` (least profit of the next step, by
    /// hindsight, best of three starts), each by ten ascent steps of a quarter budget from a
    /// uniform start, so that every corner of the ball is within reach of every start. Where
    /// spreads or liquidity can be shocked all of them shock those too, as their [`Player`] does,
    /// and there is `starve`: the emptiest book with clean prices, the same at every budget.
    #[must_use]
    pub fn suite(shocks: &ShockSpec, budgets_bps: &[Bps]) -> Vec<Self> {
        let spec = |name: &str, player| Self::new(name, player, budgets_bps);
        let ascent = |objective, n_restarts| ascent(shocks.norm, objective, n_restarts);
        let mut suite = vec![
            spec("random", Player::Random),
            spec("critic", ascent(Objective::Value, 1)),
            spec("mad", ascent(Objective::ActionDeviation, 1)),
            spec("pnl", ascent(Objective::OneStepPnl, 3)),
        ];
        if shocks.space(0).admits_multipliers() {
            suite.push(spec("starve", Player::Starve));
        }
        suite
    }

    /// Names that are unique and free, budgets that shock, players that can be.
    ///
    /// # Errors
    /// [`EvalError`] naming the attack.
    pub fn check_all(attacks: &[Self]) -> Result<(), EvalError> {
        let mut names = BTreeSet::from([Ledger::NOMINAL]);
        for attack in attacks {
            let name = || attack.name.clone();
            if !names.insert(&attack.name) {
                return Err(EvalError::AttackName { attack: name() });
            }
            let found: Vec<f64> = attack.budgets_bps.iter().map(|bps| bps.get()).collect();
            if found.is_empty() || found.iter().any(|&bps| bps <= 0.0) {
                return Err(EvalError::Budgets {
                    attack: name(),
                    found,
                });
            }
            attack.player.check().map_err(|source| EvalError::Attack {
                attack: name(),
                source,
            })?;
        }
        Ok(())
    }
}

/// The gradient player of the standard suite.
fn ascent(norm: Norm, objective: Objective, n_restarts: usize) -> Player {
    Player::Gradient(AscentConfig {
        objective,
        n_restarts,
        n_steps: 10,
        step_size: 0.25,
        step: StepRule::Normalized,
        direction: match norm {
            Norm::LInf => Directions::Sign,
            Norm::L2 => Directions::Gradient,
        },
        random_start: 1.0,
        ..AscentConfig::default()
    })
}

/// Plays `policy` through the nominal market and under every attack at every budget; the nominal
/// ledger comes first, then attack by attack, budget by budget.
///
/// The adversary moves second: at bar t+1 it sees the trader's decision of bar t and the clean bar
/// t+1, and chooses within its per-step ball (and the rules' episode budget, if any) what bar t+1
/// shows. All cells (attack, budget) advance side by side, so that an attack is one batch over its
/// budgets. A cell's result does not depend on the others, and its random numbers depend on
/// (`seed`, bar) alone.
///
/// # Errors
/// [`EvalError`]: a policy that does not fit the arena, attacks that cannot be, or numbers that are
/// not finite.
pub fn attack<D: Backend<f32>>(
    arena: &Arena,
    policy: &PolicyFile,
    device: &D,
    attacks: &[AttackSpec],
    seed: u64,
) -> Result<Vec<Ledger>, EvalError> {
    arena.admit(policy)?;
    AttackSpec::check_all(attacks)?;
    let mut cells = vec![Cell::new(arena, policy, None)?];
    let mut squads = Vec::with_capacity(attacks.len());
    for attack in attacks {
        let first = cells.len();
        for &budget in &attack.budgets_bps {
            cells.push(Cell::new(arena, policy, Some((attack, budget)))?);
        }
        squads.push((attack, first..cells.len()));
    }
    let Some(first) = attacks.first() else {
        return advance_to_the_end(cells, |_| Ok(()));
    };
    let networks = ActorCritic::from_file(policy, device)
        .map_err(|source| EvalError::Networks {
            policy: policy.header.method.clone(),
            source,
        })?
        .freeze();
    let refused = |attack: &AttackSpec, source| EvalError::Attack {
        attack: attack.name.clone(),
        source,
    };
    let stage = Stage::of(&cells[0].env, seed).map_err(|source| refused(first, source))?;
    let starving = attacks.iter().find(|a| a.player == Player::Starve);
    if let (Some(idle), false) = (starving, stage.unit_ball.admits_multipliers()) {
        let who = "the player Starve";
        return Err(refused(idle, AdversaryError::NoMultipliers { who }));
    }
    advance_to_the_end(cells, |cells| {
        for (attack, range) in &squads {
            choose(attack, &networks, &stage, &mut cells[range.clone()])?;
        }
        Ok(())
    })
}

/// What is the same for all attacks at all bars.
struct Stage {
    map: Arc<dyn ShockMap>,
    unit_ball: ShockSpace,
    actions: ActionSpace,
    seed: u64,
}

impl Stage {
    /// `env` is that of any cell: they differ in their budgets only.
    fn of(env: &TradingEnv, seed: u64) -> Result<Self, AdversaryError> {
        let shocks = env.shock_space();
        Ok(Self {
            map: env.shock_map().ok_or(AdversaryError::NoShocks {
                who: "an attack",
                n_assets: shocks.n_assets,
                map: "no",
            })?,
            unit_ball: unit_ball(shocks),
            actions: env.action_space().clone(),
            seed,
        })
    }
}

/// One backtest among those that advance side by side.
struct Cell {
    env: TradingEnv,
    decider: PolicyDecider,
    recorder: Recorder,
    budget_bps: f64,
    /// The action of this bar, kept while the adversary searches.
    decided: Actions,
    /// Of the bar that the next step reveals.
    shock: BarShock,
}

impl Cell {
    fn new(
        arena: &Arena,
        policy: &PolicyFile,
        attack: Option<(&AttackSpec, Bps)>,
    ) -> Result<Self, EvalError> {
        let mut recorder = Recorder::new(&policy.header.method, policy.header.seed);
        let env = match attack {
            None => arena.env()?,
            Some((attack, budget)) => {
                recorder = recorder.under(&attack.name, budget.get());
                arena.env_with_budget(budget)?
            }
        };
        recorder.begin(&env);
        Ok(Self {
            shock: BarShock::clean(env.shock_space().n_assets),
            env,
            decider: PolicyDecider::new(policy)?,
            recorder,
            budget_bps: attack.map_or(0.0, |(_, budget)| budget.get()),
            decided: Actions::default(),
        })
    }

    fn is_running(&self) -> bool {
        !self.env.outcome().is_over()
    }

    fn decide(&mut self) -> Result<(), EvalError> {
        let end = self.env.timestamp();
        self.decided = self.decider.act(self.env.observation(), end)?.into();
        Ok(())
    }

    fn step(&mut self) {
        let shock = self.shock.as_shock();
        self.env.step(self.decided.as_action(), shock);
        self.recorder.record(&self.env);
    }
}

/// Bar by bar: all decide, the adversaries answer, all step. Cells that are over wait.
fn advance_to_the_end(
    mut cells: Vec<Cell>,
    mut answer: impl FnMut(&mut [Cell]) -> Result<(), EvalError>,
) -> Result<Vec<Ledger>, EvalError> {
    while cells.iter().any(Cell::is_running) {
        for cell in cells.iter_mut().filter(|cell| cell.is_running()) {
            cell.decide()?;
        }
        answer(&mut cells)?;
        for cell in cells.iter_mut().filter(|cell| cell.is_running()) {
            cell.step();
        }
    }
    let ledger = |cell: Cell| cell.recorder.finish(&cell.env);
    Ok(cells.into_iter().map(ledger).collect())
}

/// Rows of a batch: always this many. Matrix kernels round differently for different numbers of
/// rows, and an ascent can turn the last bit into another corner of the ball; with a constant
/// number a row's result is its own.
const BATCH: usize = 4;

/// One attack answers the decisions of all its running cells.
fn choose<D: Backend<f32>>(
    attack: &AttackSpec,
    networks: &FrozenPolicy<f32, D>,
    stage: &Stage,
    cells: &mut [Cell],
) -> Result<(), EvalError> {
    let mut running: Vec<&mut Cell> = cells.iter_mut().filter(|cell| cell.is_running()).collect();
    for batch in running.chunks_mut(BATCH) {
        choose_batch(&attack.player, networks, stage, batch).map_err(|source| {
            EvalError::Attack {
                attack: attack.name.clone(),
                source,
            }
        })?;
    }
    Ok(())
}

/// At most [`BATCH`] cells, filled up with copies of the last.
fn choose_batch<D: Backend<f32>>(
    player: &Player,
    networks: &FrozenPolicy<f32, D>,
    stage: &Stage,
    cells: &mut [&mut Cell],
) -> Result<(), AdversaryError> {
    let n_assets = stage.unit_ball.n_assets;
    let map = BudgetedMap {
        inner: stage.map.as_ref(),
    };
    let len = map.snapshot_len();
    let mut snapshots = Vec::with_capacity(BATCH * len);
    let mut noises = Vec::with_capacity(BATCH);
    for cell in (0..BATCH).map(|row| &cells[row.min(cells.len() - 1)]) {
        let start = snapshots.len();
        snapshots.resize(start + len - 1, 0.0);
        cell.env
            .preview(cell.decided.as_action(), &mut snapshots[start..]);
        snapshots.push(cell.budget_bps);
        noises.push(noise(stage.seed, cell.env.row()));
    }
    let rules = ShockRules {
        map: Some(&map),
        shocks: &stage.unit_ball,
        actions: &stage.actions,
    };
    let mut units = vec![0.0; BATCH * n_assets];
    let drawn = &mut PerRow(&mut noises);
    player.choose(networks, rules, &snapshots, drawn, &mut units)?;
    let answers = cells.iter_mut().zip(units.chunks_exact(n_assets));
    for ((cell, units), noise) in answers.zip(&mut noises) {
        for (bps, unit) in cell.shock.price_bps.iter_mut().zip(units) {
            *bps = unit * cell.budget_bps;
        }
        cell.shock
            .choose_multipliers(player, &stage.unit_ball, noise);
    }
    Ok(())
}

/// The ball of radius one in the norm of `shocks`.
fn unit_ball(shocks: &ShockSpace) -> ShockSpace {
    ShockSpace {
        budget_bps: Bps::ONE,
        episode_budget_bps: None,
        ..shocks.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};
    use crate::{
        env::{ShockKind, TradingSpec},
        eval::metrics::{Metric, TotalLogGrowth},
    };

    fn run(kind: ShockKind, attacks: &[AttackSpec], seed: u64) -> Vec<Ledger> {
        let arena = arena(fee(5.0), kind);
        attack(&arena, &policy(&arena), &cpu(), attacks, seed).unwrap()
    }

    fn shocks(max_spread_multiplier: f64, min_liquidity_multiplier: f64) -> ShockSpec {
        ShockSpec {
            budget_bps: bps(50.0),
            max_spread_multiplier,
            min_liquidity_multiplier,
            kind: ShockKind::Jump,
            ..ShockSpec::none()
        }
    }

    fn growth(ledger: &Ledger) -> f64 {
        TotalLogGrowth.value(ledger).unwrap()
    }

    #[test]
    fn nominal_first_then_every_cell_within_its_budget() {
        let attacks = AttackSpec::suite(&shocks(1.0, 1.0), &[bps(20.0), bps(100.0)]);
        let ledgers = run(ShockKind::Print, &attacks, 1);
        let names: Vec<(&str, f64)> = ledgers
            .iter()
            .map(|l| (l.attack.as_str(), l.budget_bps))
            .collect();
        let expected = [
            ("none", 0.0),
            ("random", 20.0),
            ("random", 100.0),
            ("critic", 20.0),
            ("critic", 100.0),
            ("mad", 20.0),
            ("mad", 100.0),
            ("pnl", 20.0),
            ("pnl", 100.0),
        ];
        assert_eq!(names, expected);
        let arena = arena(fee(5.0), ShockKind::Print);
        let mut decider = PolicyDecider::new(&policy(&arena)).unwrap();
        assert_eq!(
            ledgers[0],
            super::super::Arena::backtest(&arena, &mut decider).unwrap()
        );
        for ledger in &ledgers {
            let largest = ledger.shock_bps.iter().fold(0.0_f64, |a, z| a.max(z.abs()));
            assert!(largest <= ledger.budget_bps * (1.0 + 1e-12));
            assert!(ledger.is_nominal() || largest > 0.5 * ledger.budget_bps);
            // A misprint moves no true price.
            assert_eq!(ledger.close, ledgers[0].close);
        }
        // Hindsight beats noise, and more budget does more harm.
        assert!(growth(&ledgers[8]) < growth(&ledgers[7]));
        assert!(growth(&ledgers[7]) < growth(&ledgers[0]));
        assert!(growth(&ledgers[8]) < growth(&ledgers[2]) - 0.01);
    }

    #[test]
    fn a_cell_does_not_depend_on_its_neighbors() {
        for kind in [ShockKind::Print, ShockKind::Jump] {
            let grid = AttackSpec::suite(&shocks(1.0, 1.0), &[bps(20.0), bps(60.0), bps(100.0)]);
            let together = run(kind, &grid, 7);
            for spec in &grid {
                let alone = AttackSpec {
                    budgets_bps: vec![bps(60.0)],
                    ..spec.clone()
                };
                let alone = run(kind, &[alone], 7).remove(1);
                let found = together
                    .iter()
                    .find(|l| l.attack == spec.name && (l.budget_bps - 60.0).abs() < 1e-12);
                assert_eq!(found, Some(&alone), "{} {kind:?}", spec.name);
            }
        }
    }

    #[test]
    fn random_attacks_are_what_baselines_are_shaken_by_and_depend_on_the_seed() {
        let spec = &AttackSpec::suite(&shocks(1.0, 1.0), &[bps(40.0)])[..1];
        let (a, b) = (run(ShockKind::Jump, spec, 1), run(ShockKind::Jump, spec, 2));
        assert_ne!(a[1].shock_bps, b[1].shock_bps);
        assert_eq!(a[0], b[0]);
        let arena = arena(fee(5.0), ShockKind::Jump);
        let mut decider = PolicyDecider::new(&policy(&arena)).unwrap();
        let shaken = arena.backtest_shaken(&mut decider, bps(40.0), 1).unwrap();
        assert_eq!(a[1], shaken);
        assert_ne!(a[1].close, a[0].close);
    }

    /// A book of half spreads alone: every bar's cost is the traded value times half spread times
    /// what the attack makes of it.
    #[test]
    fn the_suite_empties_the_book_where_it_can_be_emptied() {
        let costs = crate::market::Costs {
            half_spread: bps(4.0),
            ..crate::market::Costs::FREE
        };
        let set = shocks(3.0, 0.5);
        let arena = arena_of(TradingSpec {
            shocks: set.clone(),
            ..spec(costs.clone(), ShockKind::Jump)
        });
        let suite = AttackSpec::suite(&set, &[bps(30.0)]);
        let ledgers = attack(&arena, &policy(&arena), &cpu(), &suite, 1).unwrap();
        // The last bar's cost holds the liquidation, which its turnover does not.
        let multipliers = |ledger: &Ledger| -> Vec<f64> {
            let starts = std::iter::once(&ledger.initial_equity).chain(&ledger.equity);
            let bars = ledger.cost.iter().zip(&ledger.turnover).zip(starts);
            bars.take(ledger.n_bars() - 1)
                .map(|((cost, turnover), equity)| cost / (turnover * equity * 4e-4))
                .collect()
        };
        let names: Vec<&str> = ledgers.iter().map(|l| l.attack.as_str()).collect();
        assert_eq!(names, ["none", "random", "critic", "mad", "pnl", "starve"]);
        let (clean, starved) = (multipliers(&ledgers[0]), multipliers(&ledgers[5]));
        assert!(
            starved
                .iter()
                .zip(&clean)
                .all(|(a, b)| (a / b - 3.0).abs() < 0.05)
        );
        let drawn = multipliers(&ledgers[1]);
        let spread = drawn.iter().zip(&clean).map(|(a, b)| a / b);
        let (low, high) = spread.fold((9.0_f64, 0.0_f64), |(l, h), m| (l.min(m), h.max(m)));
        assert!(low < 1.3 && high > 2.7, "{low} to {high}");
        assert_eq!(ledgers[5].close, ledgers[0].close);
        assert!(growth(&ledgers[5]) < growth(&ledgers[0]));
        // Anyone can be played so, by the same noise.
        let mut decider = PolicyDecider::new(&policy(&arena)).unwrap();
        let shaken = arena.backtest_shaken(&mut decider, bps(30.0), 1).unwrap();
        assert_eq!(ledgers[1], shaken);
        let mut decider = PolicyDecider::new(&policy(&arena)).unwrap();
        assert_eq!(
            ledgers[5],
            arena.backtest_starved(&mut decider, bps(30.0)).unwrap()
        );
        // Where it cannot be emptied, nobody pretends.
        let full = super::super::tests::arena(costs, ShockKind::Jump);
        let error = attack(&full, &policy(&full), &cpu(), &suite[4..], 1).unwrap_err();
        let chain = format!("{error}: {}", std::error::Error::source(&error).unwrap());
        assert!(chain.contains("the player Starve needs"), "{chain}");
    }

    #[test]
    fn impossible_attacks_are_refused() {
        let arena = arena(fee(5.0), ShockKind::Print);
        let refuse = |attacks: &[AttackSpec]| {
            attack(&arena, &policy(&arena), &cpu(), attacks, 0).unwrap_err()
        };
        let spec = |name: &str, budget: f64| AttackSpec {
            name: name.to_owned(),
            player: Player::Random,
            budgets_bps: vec![bps(budget)],
        };
        let error = refuse(&[spec("a", 1.0), spec("a", 2.0)]);
        assert!(matches!(error, EvalError::AttackName { .. }));
        assert!(matches!(
            refuse(&[spec("none", 1.0)]),
            EvalError::AttackName { .. }
        ));
        assert!(matches!(
            refuse(&[spec("a", 0.0)]),
            EvalError::Budgets { .. }
        ));
        let mut broken = spec("a", 1.0);
        broken.player = Player::Gradient(AscentConfig {
            n_steps: 0,
            ..AscentConfig::default()
        });
        assert!(matches!(refuse(&[broken]), EvalError::Attack { .. }));
    }
}
