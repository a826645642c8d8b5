//! The card of an execution market.

use super::{
    card::{Card, Fact, Sample, Scale},
    figures::{figure, spread},
    sampling::{SEED, episodes, n_episodes},
};
use crate::{
    config::{ExecutionFile, Game, Source},
    env::Shock,
    games::execution::{
        Execution, ExecutionError, ExecutionSpec, almgren_chriss::Trajectory, simulate_execution,
    },
    run::RunError,
};

/// Builds the market and plays the Almgren–Chriss plan.
pub(super) fn card(file: &ExecutionFile, game: &Game, source: &Source) -> Result<Card, RunError> {
    let spec = &file.execution;
    let mut built = source.checked("execution", Execution::new(spec.clone()))?;
    let (plan, facts) = source.checked("execution", closed_form(spec))?;
    let mut card = Card::new(source, game, &mut built, spec)?;
    card.facts.extend(facts);
    // The plan's holdings are the same in each episode.
    let holdings = [("the plan".to_owned(), plan.holdings.clone())];
    card.samples = vec![Sample::new("holdings", Scale::Linear, holdings)];
    let trades: Vec<f64> = plan.trades().collect();
    let prices = episodes(
        &mut built,
        ["price"],
        |env| [env.price()],
        |env| {
            let n = usize::try_from(env.n_played()).ok();
            let trade = n.and_then(|n| trades.get(n)).copied();
            env.play(trade.unwrap_or(0.0), Shock::NONE);
            env.outcome().is_over()
        },
    );
    card.samples.extend(prices);
    Ok(card)
}

fn closed_form(spec: &ExecutionSpec) -> Result<(Trajectory, [Fact; 2]), ExecutionError> {
    let block = &spec.liquidation;
    let plan = block.optimal(spec.risk_aversion)?;
    let n_episodes = n_episodes(block.n_steps);
    let played = simulate_execution(spec, &plan, Shock::NONE, SEED, 0..n_episodes)?;
    let known = format!(
        "Almgren and Chriss: urgency {}, expected cost {}, standard deviation {}",
        figure(block.urgency(spec.risk_aversion)?),
        figure(block.expected_cost(&plan)),
        figure(block.cost_std(&plan))
    );
    let played = format!("costs {} over {n_episodes} episodes", spread(&played));
    Ok((
        plan,
        [Fact::new("closed form", known), Fact::new("", played)],
    ))
}
