//! Simulation of an execution plan.

use super::{Execution, ExecutionError, ExecutionSpec, almgren_chriss::Trajectory};
use crate::env::{Env as _, Shock};
use crate::{rng::Streams, stats::Welford};
use std::ops::Range;

/// Plays `plan` over `paths` of the market with the same `shock` in every step; returns the
/// statistics of the cost. Unit: currency.
///
/// Path i is the episode of seed `Streams::new(seed).episode_seed(0, i)`: the same noise for every
/// plan. After the end of a shorter plan nothing is sold until the last step, which sells the rest.
///
/// # Errors
/// [`ExecutionError`] of the spec.
pub fn simulate_execution(
    spec: &ExecutionSpec,
    plan: &Trajectory,
    shock: Shock<'_>,
    seed: u64,
    paths: Range<u64>,
) -> Result<Welford, ExecutionError> {
    let mut env = Execution::new(spec.clone())?;
    let (streams, mut cost) = (Streams::new(seed), Welford::default());
    for path in paths {
        env.reset(streams.episode_seed(0, path));
        let mut trades = plan.trades();
        while !env.outcome().is_over() {
            env.play(trades.next().unwrap_or(0.0), shock);
        }
        cost.push(env.cost());
    }
    Ok(cost)
}
