//! The page of a quoting market.

use super::{
    N_PATHS, SEED, n_episodes,
    page::{Fact, Group, Observation, Page, Sample, Scale},
    wording::{count, field_names, figure, shocks, spread, written},
};
use crate::{
    config::{MarketMakingFile, Source, Step},
    env::{self, Env, Shock, ShockKind},
    games::quoting::{
        MarketMaking, MarketMakingError, MarketMakingSpec,
        closed_form::{
            FixedOffsets, InventoryPenalty, OptimalQuotes, QuotingError, QuotingStrategy,
            QuotingView, WorstDrift,
        },
        simulate_quoting,
    },
    rng::Streams,
    run::RunError,
};

/// Builds the market, tests its contract, and plays its closed form.
pub(super) fn page(file: &MarketMakingFile, source: &Source) -> Result<Page, RunError> {
    let spec = &file.market_making;
    let rejected = |error: &dyn std::error::Error| {
        RunError::from(source.reject_error(&[Step::Field("market_making")], error))
    };
    let mut built = MarketMaking::new(spec.clone()).map_err(|e| rejected(&e))?;
    let violations = env::check_env(&mut built);
    let closed = ClosedForm::of(spec).map_err(|e| rejected(&e))?;
    let mut facts = rules(spec);
    facts.extend(closed.facts(spec).map_err(|e| rejected(&e))?);
    Ok(Page {
        path: source.path().to_owned(),
        env: format!("{}-v{}", file.name, file.version),
        game: "market_making",
        facts,
        assets: Vec::new(),
        observation: observation(&built, &written(&spec.sight)),
        samples: samples(&mut built, &closed.quotes),
        constant: Vec::new(),
        violations: violations.iter().map(ToString::to_string).collect(),
        rules: serde_json::to_value(spec)
            .map_err(|error| RunError::failed("writing the rules as JSON", &error))?,
        prices: None,
    })
}

/// All fields of a game without bars; `feature` is its choice of what to see.
pub(super) fn observation(env: &impl Env, feature: &str) -> Observation {
    let layout = env.layout();
    Observation {
        n_fields: layout.n_fields(),
        warm_up: None,
        groups: vec![Group {
            feature: format!("{feature}: {}", field_names(layout).join(", ")),
            n_shockable: layout.market.iter().filter(|f| f.shockable).count(),
            warm_up: None,
            fields: field_names(layout),
        }],
    }
}

fn rules(spec: &MarketMakingSpec) -> Vec<Fact> {
    let penalty = |penalty: InventoryPenalty| match penalty {
        InventoryPenalty::None => "none".to_owned(),
        InventoryPenalty::Absolute(c) => format!("{} |q|", figure(c)),
        InventoryPenalty::Quadratic(c) => format!("{} q²", figure(c)),
    };
    vec![
        Fact::new(
            "prices",
            format!(
                "drawn in every episode: a mid price from {}, volatility {} per root of time",
                figure(spec.initial_mid),
                figure(spec.volatility)
            ),
        ),
        Fact::new(
            "span",
            format!(
                "horizon {} in {} steps",
                figure(spec.horizon),
                count(spec.n_steps as usize)
            ),
        ),
        Fact::new(
            "orders",
            format!(
                "rate {} exp(-{} offset) on each side, {:?} fills, {:?}",
                figure(spec.flow.arrival_rate),
                figure(spec.flow.decay),
                spec.fills,
                spec.timing
            ),
        ),
        Fact::new(
            "action",
            format!(
                "bid and ask offsets in [{}, {}], inventory within {}",
                figure(spec.offsets.low),
                figure(spec.offsets.high),
                spec.max_inventory
            ),
        ),
        Fact::new(
            "reward",
            format!(
                "change of wealth; penalty per time: {}, at the end: {}",
                penalty(spec.running),
                penalty(spec.terminal)
            ),
        ),
        Fact::new("shocks", shocks(&spec.shocks, "step")),
    ]
}

/// The best quotes that are known: against the worst drift where the market admits drifts at any
/// time and nothing else takes from the reward, else those of the clean market. Nobody knows the
/// worst drift where an episode has a budget: it has to be saved for the worst moments.
struct ClosedForm {
    quotes: OptimalQuotes,
    /// 0: the clean market. Unit: currency / time.
    max_drift: f64,
}

impl ClosedForm {
    fn of(spec: &MarketMakingSpec) -> Result<Self, QuotingError> {
        let is_free =
            (spec.running, spec.terminal) == (InventoryPenalty::None, InventoryPenalty::None);
        let is_drift =
            spec.shocks.kind == ShockKind::Drift && spec.shocks.episode_budget_bps.is_none();
        let max_drift = if is_free && is_drift {
            spec.shocks.budget_bps.get() / spec.drift_bps(1.0)
        } else {
            0.0
        };
        let quotes = if max_drift > 0.0 {
            let (bound, horizon) = (spec.max_inventory, spec.horizon);
            OptimalQuotes::minimax(spec.flow, max_drift, bound, horizon, spec.n_steps)?
        } else {
            spec.problem().solve(spec.n_steps)?
        };
        Ok(Self { quotes, max_drift })
    }

    fn facts(&self, spec: &MarketMakingSpec) -> Result<Vec<Fact>, MarketMakingError> {
        let start = QuotingView {
            time_left: spec.horizon,
            inventory: 0,
        };
        let name = if self.max_drift > 0.0 {
            format!("minimax against drifts up to {}", figure(self.max_drift))
        } else if spec.shocks.kind == ShockKind::Drift && spec.shocks.episode_budget_bps.is_some() {
            "optimum of the clean market (no worst drift is known under an episode budget)"
                .to_owned()
        } else {
            "optimum of the clean market".to_owned()
        };
        let value = figure(self.quotes.value(start));
        let mut facts = vec![Fact::new(
            "closed form",
            format!("{name}: worth {value} at the start in continuous time"),
        )];
        let neutral = FixedOffsets::risk_neutral(&spec.flow);
        let offset = figure(spec.flow.risk_neutral_offset());
        let earned = self.earned(spec, &self.quotes)?;
        facts.push(Fact::new("", format!("earns {earned}")));
        let earned = self.earned(spec, &neutral)?;
        let text = format!("offset 1/k = {offset} on both sides earns {earned}");
        facts.push(Fact::new("risk-neutral", text));
        Ok(facts)
    }

    /// What a strategy earns, clean and against the worst drift.
    fn earned(
        &self,
        spec: &MarketMakingSpec,
        strategy: &impl QuotingStrategy,
    ) -> Result<String, MarketMakingError> {
        let n_episodes = n_episodes(spec.n_steps);
        let against = |max_drift| {
            let adversary = WorstDrift { max_drift };
            simulate_quoting(spec, strategy, &adversary, SEED, 0..n_episodes)
        };
        let clean = spread(&against(0.0)?.profit);
        if self.max_drift > 0.0 {
            let worst = spread(&against(self.max_drift)?.profit);
            Ok(format!(
                "{clean}, {worst} against the worst drift, over {n_episodes} episodes"
            ))
        } else {
            Ok(format!("{clean} over {n_episodes} episodes"))
        }
    }
}

/// The first episodes under `strategy`, clean: mid price, inventory and wealth before the first
/// step and after each.
fn samples(env: &mut MarketMaking, strategy: &impl QuotingStrategy) -> Vec<Sample> {
    let streams = Streams::new(SEED);
    let (mut mids, mut inventories, mut wealths) = (Vec::new(), Vec::new(), Vec::new());
    for episode in 0..u64::from(N_PATHS) {
        env.reset(streams.episode_seed(0, episode));
        let state = |env: &MarketMaking| (env.mid(), f64::from(env.inventory()), env.wealth());
        let mut states = vec![state(env)];
        while !env.outcome().is_over() {
            let quotes = strategy.quotes(env.view());
            env.play(quotes, Shock::NONE);
            states.push(state(env));
        }
        let name = format!("episode {episode}");
        mids.push((name.clone(), states.iter().map(|s| s.0).collect()));
        inventories.push((name.clone(), states.iter().map(|s| s.1).collect()));
        wealths.push((name, states.iter().map(|s| s.2).collect()));
    }
    vec![
        Sample::new("mid", Scale::Linear, mids),
        Sample::new("inventory", Scale::Linear, inventories),
        Sample::new("wealth", Scale::Linear, wealths),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::bps;

    #[test]
    fn no_worst_drift_is_told_under_an_episode_budget() {
        let told = |spec: &MarketMakingSpec| {
            let facts = ClosedForm::of(spec).unwrap().facts(spec).unwrap();
            let texts: Vec<String> = facts.into_iter().map(|fact| fact.text).collect();
            texts.join("\n")
        };
        let short = MarketMakingSpec {
            n_steps: 50,
            max_inventory: 10,
            ..MarketMakingSpec::avellaneda_stoikov()
        };
        let mut spec = short.with_drift(5.0).unwrap();
        let text = told(&spec);
        assert!(text.contains("minimax against drifts up to 5"), "{text}");
        assert!(text.contains("against the worst drift, over"), "{text}");
        spec.shocks.episode_budget_bps = Some(bps!(10.0));
        let text = told(&spec);
        assert!(text.contains("under an episode budget"), "{text}");
        assert!(!text.contains("against"), "{text}");
    }
}
