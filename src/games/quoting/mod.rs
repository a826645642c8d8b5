//! The game of quoting against arriving orders.

pub mod closed_form;
mod episode;
mod simulate;
mod spec;
#[cfg(test)]
mod tests;

pub use simulate::{QuotingSummary, simulate_quoting};
pub use spec::{MarketMakingError, MarketMakingSpec, OffsetRange};

use super::Simulated;
use closed_form::QuotingView;

/// The market of Avellaneda and Stoikov (2008): a mid price that diffuses, orders that arrive at
/// rate `A e^{−kδ}` on each side of it, and a quoter who sets one offset δ per side and step.
///
/// | | |
/// |---|---|
/// | **Step** | quotes are filled before or after the price moves by `σ √dt ξ`: [`QuoteTiming`] |
/// | **Fills** | at most one order of one unit per side, with a probability by [`FillRule`] |
/// | **Observation** | `[mid.last_move]` if observed, `account.time_left`, `account.inventory` |
/// | **Action** | `[bid, ask]` in [−1, 1]: [`MarketMakingSpec::quotes`] |
/// | **Reward** | change of wealth (at the mid price) minus penalties. Unit: currency |
/// | **Start** | no inventory, no wealth, t = 0 |
/// | **End** | at T, terminated: time left is part of the state |
///
/// **Shocks.** The price moves by `initial_mid · z · 1e-4` (the price is arithmetic: bps of the
/// initial mid, not of the log price). A `Drift` comes with the step's own move and hits the same
/// inventory: a drift b is z = b dt / initial mid ([`MarketMakingSpec::drift_bps`]). A `Jump` comes
/// at the end of the step and hits the inventory after the fills. The liquidity multiplier m ≤ 1
/// scales the arrival rate to m A; the spread multiplier m ≥ 1 scales the decay to m k, which keeps
/// orders closer to the mid price. Fewer orders are usually the worst case of a quoter; against a
/// quoter who crosses the mid price, the clean decay is worse ([`WorstResponse`]).
///
/// A step with a NaN action or quote has no quotes; [`Simulated::interventions`] counts it.
///
/// [`QuoteTiming`]: closed_form::QuoteTiming
/// [`FillRule`]: closed_form::FillRule
/// [`WorstResponse`]: closed_form::WorstResponse
pub type MarketMaking = Simulated<MarketMakingSpec>;

impl MarketMaking {
    /// Builds a market and resets it with seed 0.
    ///
    /// # Errors
    /// [`MarketMakingError`] naming the field outside its range.
    pub fn new(spec: MarketMakingSpec) -> Result<Self, MarketMakingError> {
        spec.check()?;
        Ok(Self::with_rules(spec))
    }

    /// Current input of a [`closed_form::QuotingStrategy`].
    #[must_use]
    pub fn view(&self) -> QuotingView {
        let spec = self.spec();
        QuotingView {
            time_left: f64::from(spec.n_steps - self.n_played()) * spec.step_time(),
            inventory: self.inventory(),
        }
    }

    /// The true mid price. Unit: currency.
    #[must_use]
    pub const fn mid(&self) -> f64 {
        self.position().mid
    }

    /// Inventory: orders bought minus orders sold.
    #[must_use]
    pub const fn inventory(&self) -> i32 {
        self.position().inventory
    }

    /// Profit since the start, marked at the mid price, without penalties. Unit: currency.
    #[must_use]
    pub const fn wealth(&self) -> f64 {
        self.position().wealth
    }

    /// Orders bought and sold in the last step.
    #[must_use]
    pub const fn last_fills(&self) -> (i32, i32) {
        (self.position().bought, self.position().sold)
    }
}
