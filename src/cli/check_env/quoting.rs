//! The card of a quoting market.

use super::{
    card::{Card, Fact},
    figures::{figure, spread},
    sampling::{SEED, episodes, n_episodes},
};
use crate::{
    config::{Game, MarketMakingFile, Source},
    env::{Shock, ShockKind},
    games::quoting::{
        MarketMaking, MarketMakingError, MarketMakingSpec,
        closed_form::{
            FixedOffsets, InventoryPenalty, OptimalQuotes, QuotingStrategy, QuotingView, WorstDrift,
        },
        simulate_quoting,
    },
    run::RunError,
};

/// Builds the market and plays its closed-form strategy.
pub(super) fn card(
    file: &MarketMakingFile,
    game: &Game,
    source: &Source,
) -> Result<Card, RunError> {
    let spec = &file.market_making;
    let mut built = source.checked("market_making", MarketMaking::new(spec.clone()))?;
    let (quotes, facts) = source.checked("market_making", closed_form(spec))?;
    let mut card = Card::new(source, game, &mut built, spec)?;
    card.facts.extend(facts);
    card.samples = episodes(
        &mut built,
        ["mid", "inventory", "wealth"],
        |env| [env.mid(), f64::from(env.inventory()), env.wealth()],
        |env| {
            env.play(quotes.quotes(env.view()), Shock::NONE);
            env.outcome().is_over()
        },
    );
    Ok(card)
}

/// Best known quotes: robust to the worst drift where drifts are admitted at any time and there is
/// no inventory penalty, else optimal in the clean market. Under an episode budget the worst drift
/// is unknown, because the adversary saves the budget for the worst moments.
fn closed_form(spec: &MarketMakingSpec) -> Result<(OptimalQuotes, [Fact; 3]), MarketMakingError> {
    let shocks = &spec.shocks;
    let is_free = (spec.running, spec.terminal) == (InventoryPenalty::None, InventoryPenalty::None);
    let is_drift = shocks.kind == ShockKind::Drift;
    // Unit: currency / time.
    let max_drift = if is_free && is_drift && shocks.episode_budget_bps.is_none() {
        shocks.budget_bps.get() / spec.drift_bps(1.0)
    } else {
        0.0
    };
    let (name, quotes) = if max_drift > 0.0 {
        let (bound, horizon) = (spec.max_inventory, spec.horizon);
        let quotes = OptimalQuotes::minimax(spec.flow, max_drift, bound, horizon, spec.n_steps)?;
        let name = format!("minimax against drifts up to {}", figure(max_drift));
        (name, quotes)
    } else {
        let unknown = " (no worst drift is known under an episode budget)";
        let is_saved = is_drift && shocks.episode_budget_bps.is_some();
        let name = format!(
            "optimum of the clean market{}",
            if is_saved { unknown } else { "" }
        );
        (name, spec.problem().solve(spec.n_steps)?)
    };
    let value = figure(quotes.value(QuotingView {
        time_left: spec.horizon,
        inventory: 0,
    }));
    let known = format!("{name}: worth {value} at the start in continuous time");
    let earned_by_best = earned(spec, &quotes, max_drift)?;
    let offset = figure(spec.flow.risk_neutral_offset());
    let neutral = earned(spec, &FixedOffsets::risk_neutral(&spec.flow), max_drift)?;
    let neutral = format!("offset 1/k = {offset} on both sides earns {neutral}");
    let facts = [
        Fact::new("closed form", known),
        Fact::new("", format!("earns {earned_by_best}")),
        Fact::new("risk-neutral", neutral),
    ];
    Ok((quotes, facts))
}

/// Profit of a strategy, clean and, if `max_drift` is positive, against the worst drift.
fn earned(
    spec: &MarketMakingSpec,
    strategy: &impl QuotingStrategy,
    max_drift: f64,
) -> Result<String, MarketMakingError> {
    let n_episodes = n_episodes(spec.n_steps);
    let against = |max_drift| {
        let adversary = WorstDrift { max_drift };
        let played = simulate_quoting(spec, strategy, &adversary, SEED, 0..n_episodes);
        played.map(|played| spread(&played.profit))
    };
    let mut profits = against(0.0)?;
    if max_drift > 0.0 {
        profits.push_str(", ");
        profits.push_str(&against(max_drift)?);
        profits.push_str(" against the worst drift,");
    }
    Ok(format!("{profits} over {n_episodes} episodes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bps;

    #[test]
    fn no_worst_drift_is_shown_under_an_episode_budget() {
        let told = |spec: &MarketMakingSpec| {
            let facts = closed_form(spec).unwrap().1;
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
