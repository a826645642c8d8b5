//! A strategy against an adversary over many paths.

use super::{
    MarketMaking, MarketMakingError, MarketMakingSpec,
    closed_form::{QuotingAdversary, QuotingStrategy},
};
use crate::env::Env as _;
use crate::{rng::Streams, stats::Welford};
use std::ops::Range;

/// What came of it, over paths.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QuotingSummary {
    /// Wealth at the end, marked at the mid price, penalties aside. Unit: currency.
    pub profit: Welford,
    /// Sum of rewards: profit minus penalties. Unit: currency.
    pub reward: Welford,
    /// q at the end.
    pub final_inventory: Welford,
    /// Mean over a path of ask − bid, where both are quoted. Unit: currency.
    pub spread: Welford,
    /// Orders filled in a path.
    pub n_fills: Welford,
}

impl QuotingSummary {
    /// Takes in the paths of `other`.
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
/// Path i meets the same noise whoever plays, so two strategies on the same paths are compared far
/// better than each is known; ranges of paths can be played apart and merged. Shocks outside the
/// market's set are projected onto it, as in every step.
///
/// ```
/// use shockproof::env::{MarketMakingSpec, QuoteTiming, simulate_quoting};
/// use shockproof::games::quoting::closed_form::{FixedOffsets, OptimalQuotes, WorstDrift};
///
/// let mut spec = MarketMakingSpec::avellaneda_stoikov().with_drift(5.0)?;
/// spec.timing = QuoteTiming::PriceFirst;
/// let (worst, neutral) = (WorstDrift { max_drift: 5.0 }, FixedOffsets::risk_neutral(&spec.flow));
/// let robust = OptimalQuotes::minimax(spec.flow, 5.0, spec.max_inventory, spec.horizon, spec.n_steps)?;
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
