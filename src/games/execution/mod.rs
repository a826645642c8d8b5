//! The game of selling a block with impact.

pub mod almgren_chriss;
mod episode;
mod simulate;
mod spec;
#[cfg(test)]
mod tests;

pub use simulate::simulate_execution;
pub use spec::{ExecutionError, ExecutionSpec};

use super::Simulated;

/// The market of Almgren and Chriss (2000): a block is sold in N steps. Every sale moves the price
/// for good (permanent impact) and is filled below it (half spread and temporary impact). Equations
/// and optimal plan: [`almgren_chriss::Liquidation`].
///
/// | | |
/// |---|---|
/// | **Step** | a sale at the last price less `ε + (η/τ) n`, then a move by `σ √τ ξ − γ n` |
/// | **Observation** | `[mid.last_move]` if observed, `account.time_left`, `account.holdings` |
/// | **Action** | one number in [−1, 1]: [`ExecutionSpec::share`]; the last step sells the rest |
/// | **Reward** | change of wealth minus `λ σ² τ x²`, x the holdings after. Unit: currency |
/// | **Start** | all shares, t = 0 |
/// | **End** | after N steps, terminated |
///
/// The last move is observed without the agent's impact; account fields are fractions. Wealth is
/// proceeds plus holdings at the newest price. Rewards sum to −cost − λ `V[cost]` of the holdings.
///
/// **Shocks.** The price moves by `initial_price · z · 1e-4` at the end of the step, after the sale
/// (bps of the initial price; a drift b is z = b τ / initial price, [`ExecutionSpec::drift_bps`]).
/// Sales precede the shock, so `Drift` and `Jump` have the same effect. The liquidity multiplier m
/// ≤ 1 divides both impacts (less depth); the spread multiplier scales ε.
///
/// A NaN action or sale sells nothing before the last step; [`Simulated::interventions`] counts it.
pub type Execution = Simulated<ExecutionSpec>;

impl Execution {
    /// Builds a market and resets it with seed 0.
    ///
    /// # Errors
    /// [`ExecutionError`] naming the field outside its range.
    pub fn new(spec: ExecutionSpec) -> Result<Self, ExecutionError> {
        spec.check()?;
        Ok(Self::with_rules(spec))
    }

    /// Number of shares still held.
    #[must_use]
    pub const fn holdings(&self) -> f64 {
        self.position().holdings
    }

    /// The true price. Unit: currency / share.
    #[must_use]
    pub const fn price(&self) -> f64 {
        self.position().price
    }

    /// Shortfall so far: initial value minus proceeds minus value of the holdings. Unit: currency.
    #[must_use]
    pub fn cost(&self) -> f64 {
        let spec = self.spec();
        spec.liquidation.shares * spec.initial_price - self.position().wealth()
    }
}
