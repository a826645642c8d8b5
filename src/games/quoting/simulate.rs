//! Simulation of a strategy against an adversary.

use super::{
    MarketMaking, MarketMakingError, MarketMakingSpec,
    closed_form::{QuotingAdversary, QuotingStrategy},
};
use crate::env::Env as _;
use crate::{rng::Streams, stats::Welford};
use std::ops::Range;

/// Statistics over simulated paths.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QuotingSummary {
    /// Wealth at the end, marked at the mid price, without penalties. Unit: currency.
    pub profit: Welford,
    /// Sum of rewards: profit minus penalties. Unit: currency.
    pub reward: Welford,
    /// Inventory q at the end. Unit: orders.
    pub final_inventory: Welford,
    /// Mean of ask − bid over the steps of a path in which both are quoted. Unit: currency.
    pub spread: Welford,
    /// Number of orders filled in a path.
    pub n_fills: Welford,
}

impl QuotingSummary {
    /// Adds the paths of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.profit.merge(&other.profit);
        self.reward.merge(&other.reward);
        self.final_inventory.merge(&other.final_inventory);
        self.spread.merge(&other.spread);
        self.n_fills.merge(&other.n_fills);
    }
}

/// Plays `strategy` against `adversary` over `paths` of the market, which are episodes of
/// [`MarketMaking`]: path i is the episode of seed `Streams::new(seed).episode_seed(0, i)`.
///
/// Path i has the same noise under every strategy, so a difference of two strategies is estimated
/// more precisely than each alone. Ranges of paths can be simulated separately and merged. Shocks
/// outside the market's set are projected onto it.
///
/// ```
/// use shockproof::games::quoting::{MarketMakingSpec, simulate_quoting};
/// use shockproof::games::quoting::closed_form::{
///     FixedOffsets, OptimalQuotes, QuoteTiming, WorstDrift,
/// };
///
/// let mut spec = MarketMakingSpec::avellaneda_stoikov().with_drift(5.0)?;
/// spec.timing = QuoteTiming::PriceFirst;
/// let worst = WorstDrift { max_drift: 5.0 };
/// let neutral = FixedOffsets::risk_neutral(&spec.flow);
/// let (bound, horizon) = (spec.max_inventory, spec.horizon);
/// let robust = OptimalQuotes::minimax(spec.flow, 5.0, bound, horizon, spec.n_steps)?;
/// let robust = simulate_quoting(&spec, &robust, &worst, 1, 0..500)?.profit.mean();
/// let neutral = simulate_quoting(&spec, &neutral, &worst, 1, 0..500)?.profit.mean();
/// assert!(robust > neutral); // 61 and 46
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`MarketMakingError`] of the spec.
pub fn simulate_quoting(
    spec: &MarketMakingSpec,
    strategy: &(impl QuotingStrategy + ?Sized),
    adversary: &(impl QuotingAdversary + ?Sized),
    seed: u64,
    paths: Range<u64>,
) -> Result<QuotingSummary, MarketMakingError> {
    let mut env = MarketMaking::new(spec.clone())?;
    let (streams, mut summary) = (Streams::new(seed), QuotingSummary::default());
    for path in paths {
        env.reset(streams.episode_seed(0, path));
        let (mut reward, mut n_fills, mut spread) = (0.0, 0, Welford::default());
        while !env.outcome().is_over() {
            let view = env.view();
            let quotes = strategy.quotes(view);
            let mut price_bps = [0.0];
            let shock = spec.shock_of(adversary.disturb(view), &mut price_bps);
            reward += env.play(quotes, shock).reward;
            let (bought, sold) = env.last_fills();
            n_fills += bought + sold;
            if quotes.spread().is_finite() {
                spread.push(quotes.spread());
            }
        }
        summary.profit.push(env.wealth());
        summary.reward.push(reward);
        summary.final_inventory.push(f64::from(env.inventory()));
        summary.spread.extend(spread.mean());
        summary.n_fills.push(f64::from(n_fills));
    }
    Ok(summary)
}
