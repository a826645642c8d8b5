//! Quoting against arriving orders.

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
/// | **Step** | [`crate::games::quoting::closed_form::QuoteTiming`] says whether quotes are filled before or after the price moves by `σ √dt ξ`; at most one order of one unit per side |
/// | **Fills** | [`crate::games::quoting::closed_form::FillRule`] says how a rate becomes a probability |
/// | **Observation** | `[mid.last_move]` where [`super::Sight::LastMove`], then `account.time_left` (fraction of the horizon) and `account.inventory` (fraction of the bound) |
/// | **Action** | `[bid, ask]` in [−1, 1], linear in the offset: [`MarketMakingSpec::quotes`]; beyond the range the nearer end counts |
/// | **Reward** | change of wealth (cash plus inventory at the mid price) minus the running penalty times dt; at the end minus the terminal penalty. Unit: currency |
/// | **Start** | no inventory, no wealth, t = 0 |
/// | **End** | at T, terminated: time left is part of the state |
///
/// **Shocks.** The price moves by `initial_mid · z · 1e-4` (the price is arithmetic: bps of the
/// initial mid, not of the log price). Kind `Drift`: with the step's own move, so that a drift b is
/// z = b dt / initial mid ([`MarketMakingSpec::drift_bps`]) and is borne by the inventory that
/// bears that move. Kind `Jump`: at the end of the step, borne by the inventory after the fills.
/// The liquidity multiplier m ≤ 1 scales the arrival rate to m A; the spread multiplier m ≥ 1
/// scales the decay to m k, which keeps orders closer to the mid price. The ranges are one-sided:
/// towards fewer orders, which is where a quoter's worst case lies, if not always
/// ([`crate::games::quoting::closed_form::WorstResponse`]; against a quoter who crosses the mid
/// price the clean decay is the worst).
///
/// An action or quote that is no number leaves the step without quotes and is counted
/// ([`Simulated::interventions`]).
pub type MarketMaking = Simulated<MarketMakingSpec>;

impl MarketMaking {
    /// A market, reset with seed 0.
    ///
    /// # Errors
    /// [`MarketMakingError`] naming the field outside its range.
    pub fn new(spec: MarketMakingSpec) -> Result<Self, MarketMakingError> {
        spec.check()?;
        Ok(Self::by(spec))
    }

    /// What a [`crate::games::quoting::closed_form::QuotingStrategy`] decides on.
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

    /// Orders bought minus orders sold.
    #[must_use]
    pub const fn inventory(&self) -> i32 {
        self.position().inventory
    }

    /// Profit since the start, marked at the mid price, penalties aside. Unit: currency.
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
