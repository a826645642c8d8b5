//! The card of a quoting market.

use super::{
    card::{Card, Fact, Sample, Scale},
    figures::{figure, spread},
    sampling::{N_PATHS, SEED, n_episodes},
};
use crate::{
    config::{Game, MarketMakingFile, Source},
    env::{Env, Shock, ShockKind},
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

/// Builds the market and plays its closed form.
pub(super) fn card(
    file: &MarketMakingFile,
    game: &Game,
    source: &Source,
) -> Result<Card, RunError> {
    let spec = &file.market_making;
    let rejected = |error| RunError::from(source.reject_error("market_making", &error));
    let mut built = MarketMaking::new(spec.clone()).map_err(rejected)?;
    let closed = ClosedForm::of(spec).map_err(|error| rejected(error.into()))?;
    let mut card = Card::new(source, game, &mut built, spec)?;
    card.facts.extend(closed.facts(spec).map_err(rejected)?);
    card.samples = samples(&mut built, &closed.quotes);
    Ok(card)
}

/// The best known quotes: against the worst drift where the market admits drifts at any time and
/// has no inventory penalty, else those of the clean market. Under an episode budget no worst drift
/// is known: it has to be saved for the worst moments.
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

    fn facts(&self, spec: &MarketMakingSpec) -> Result<[Fact; 3], MarketMakingError> {
        let shocks = &spec.shocks;
        let name = if self.max_drift > 0.0 {
            format!("minimax against drifts up to {}", figure(self.max_drift))
        } else if shocks.kind == ShockKind::Drift && shocks.episode_budget_bps.is_some() {
            "optimum of the clean market (no worst drift is known under an episode budget)"
                .to_owned()
        } else {
            "optimum of the clean market".to_owned()
        };
        let value = figure(self.quotes.value(QuotingView {
            time_left: spec.horizon,
            inventory: 0,
        }));
        let neutral = FixedOffsets::risk_neutral(&spec.flow);
        let offset = figure(spec.flow.risk_neutral_offset());
        let earned = self.earned(spec, &neutral)?;
        Ok([
            Fact::new(
                "closed form",
                format!("{name}: worth {value} at the start in continuous time"),
            ),
            Fact::new("", format!("earns {}", self.earned(spec, &self.quotes)?)),
            Fact::new(
                "risk-neutral",
                format!("offset 1/k = {offset} on both sides earns {earned}"),
            ),
        ])
    }

    /// The profit of a strategy, clean and against the worst drift.
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

/// Plays the first episodes by `strategy`, clean: mid price, inventory and wealth before the first
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
    use crate::units::Bps;

    #[test]
    fn no_worst_drift_is_shown_under_an_episode_budget() {
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
        spec.shocks.episode_budget_bps = Some(Bps::new(10.0).unwrap());
        let text = told(&spec);
        assert!(text.contains("under an episode budget"), "{text}");
        assert!(!text.contains("against"), "{text}");
    }
}
