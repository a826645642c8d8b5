//! The card of an execution market.

use super::{
    card::{Card, Fact, Sample, Scale},
    figures::{figure, spread},
    sampling::{N_PATHS, SEED, n_episodes},
};
use crate::{
    config::{ExecutionFile, Game, Source},
    env::{Env, Shock},
    games::execution::{
        Execution, ExecutionError, ExecutionSpec, almgren_chriss::Trajectory, simulate_execution,
    },
    rng::Streams,
    run::RunError,
};

/// Builds the market and plays the plan of Almgren and Chriss.
pub(super) fn card(file: &ExecutionFile, game: &Game, source: &Source) -> Result<Card, RunError> {
    let spec = &file.execution;
    let rejected = |error| RunError::from(source.reject_error("execution", &error));
    let mut built = Execution::new(spec.clone()).map_err(rejected)?;
    let plan = spec.liquidation.optimal(spec.risk_aversion);
    let plan = plan.map_err(|error| rejected(error.into()))?;
    let mut card = Card::new(source, game, &mut built, spec)?;
    card.facts
        .extend(closed_form(spec, &plan).map_err(rejected)?);
    card.samples = samples(&mut built, &plan);
    Ok(card)
}

fn closed_form(spec: &ExecutionSpec, plan: &Trajectory) -> Result<[Fact; 2], ExecutionError> {
    let block = &spec.liquidation;
    let n_episodes = n_episodes(block.n_steps);
    let played = simulate_execution(spec, plan, Shock::NONE, SEED, 0..n_episodes)?;
    Ok([
        Fact::new(
            "closed form",
            format!(
                "Almgren and Chriss: urgency {}, expected cost {}, standard deviation {}",
                figure(block.urgency(spec.risk_aversion)?),
                figure(block.expected_cost(plan)),
                figure(block.cost_std(plan))
            ),
        ),
        Fact::new(
            "",
            format!("costs {} over {n_episodes} episodes", spread(&played)),
        ),
    ])
}

/// Plays the first episodes by the plan, clean: holdings, which are the same in each, and price.
fn samples(env: &mut Execution, plan: &Trajectory) -> Vec<Sample> {
    let streams = Streams::new(SEED);
    let prices: Vec<(String, Vec<f64>)> = (0..u64::from(N_PATHS))
        .map(|episode| {
            env.reset(streams.episode_seed(0, episode));
            let mut prices = vec![env.price()];
            let mut trades = plan.trades();
            while !env.outcome().is_over() {
                env.play(trades.next().unwrap_or(0.0), Shock::NONE);
                prices.push(env.price());
            }
            (format!("episode {episode}"), prices)
        })
        .collect();
    let holdings = [("the plan".to_owned(), plan.holdings.clone())];
    vec![
        Sample::new("holdings", Scale::Linear, holdings),
        Sample::new("price", Scale::Linear, prices),
    ]
}
