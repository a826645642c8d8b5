//! Rules of a quoting market, as an env file states them.

use super::closed_form::{
    Disturbance, DisturbanceSet, FillRule, InventoryPenalty, OrderFlow, QuoteTiming, Quotes,
    QuotingError, QuotingGame, QuotingProblem, check_steps,
};
use crate::{
    env::{Shock, ShockKind, ShockSpec},
    games::ObservedPrice,
    market::{Bound, OutOfBounds, check_bounds},
    units::{Bps, UnitError},
};
use serde::{Deserialize, Serialize};

/// Rules of a [`super::MarketMaking`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct MarketMakingSpec {
    /// `S_0`, the mid price at the start; shocks are in bps of it. Unit: currency. Range: > 0.
    pub initial_mid: f64,
    /// σ of the mid price. Unit: currency / √time. Range: > 0.
    pub volatility: f64,
    /// T, the length of an episode. Unit: time. Range: > 0.
    pub horizon: f64,
    /// Number of steps, of length dt = T / `n_steps`. Range: 1 to 1,000,000.
    pub n_steps: u32,
    /// Arrival rate of the orders, and its decay with the offset.
    pub flow: OrderFlow,
    /// Rule from the rate of orders to the probability of a fill.
    pub fills: FillRule,
    /// Order of events within a step.
    pub timing: QuoteTiming,
    /// Largest |q|; at this bound the side that would increase |q| is not quoted. Unit: orders.
    /// Range: 1 to 10,000.
    pub max_inventory: u32,
    /// Offsets at the ends of the action range.
    pub offsets: OffsetRange,
    /// Penalty per unit of time on the inventory that bears a step's price move.
    pub running: InventoryPenalty,
    /// Penalty on the inventory after the last step.
    pub terminal: InventoryPenalty,
    /// Observed part of the price.
    pub sight: ObservedPrice,
    /// Admissible shocks, of kind `Drift` or `Jump`.
    pub shocks: ShockSpec,
}

/// Offsets at the ends of the action range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct OffsetRange {
    /// Offset of action −1. A negative offset crosses the mid price. Unit: currency.
    pub low: f64,
    /// Offset of action 1. Unit: currency. Range: > `low`.
    pub high: f64,
}

/// Invalid rules of a quoting market.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MarketMakingError {
    /// Invalid orders, penalties, times or bounds.
    #[error(transparent)]
    Quoting(#[from] QuotingError),
    /// An empty range of offsets.
    #[error("offsets: found {low} to {high}, expected finite numbers, low below high")]
    Offsets {
        /// Lower end of the range.
        low: f64,
        /// Upper end of the range.
        high: f64,
    },
    /// Invalid shocks.
    #[error(transparent)]
    Shocks(#[from] OutOfBounds),
    /// Shocks of kind `Print`: this market observes no price.
    #[error(
        "shocks.kind: found Print, expected Drift or Jump; quotes are offsets from the true price"
    )]
    Print,
    /// Shocks with `print_ending: Kept`, although this market has no misprints.
    #[error("shocks.print_ending: found Kept, expected Corrected; leave print_ending out")]
    PrintEnding,
    /// An invalid bound on drifts.
    #[error("drift bound: {0}; give a finite drift >= 0")]
    Drift(#[from] UnitError),
}

/// Maximum number of steps of an episode; solutions are tables over the steps.
const MAX_STEPS: u32 = 1_000_000;

impl MarketMakingSpec {
    /// The market of Avellaneda and Stoikov (2008), section 3.3: S = 100, σ = 2, T = 1, dt = .005,
    /// A = 140, k = 1.5, linear fills, quotes first; the inventory bound of 50 is never reached. It
    /// has no shocks and no penalties; offsets are in [−1, 3].
    #[must_use]
    pub const fn avellaneda_stoikov() -> Self {
        Self {
            initial_mid: 100.0,
            volatility: 2.0,
            horizon: 1.0,
            n_steps: 200,
            flow: OrderFlow {
                arrival_rate: 140.0,
                decay: 1.5,
            },
            fills: FillRule::Linear,
            timing: QuoteTiming::QuotesFirst,
            max_inventory: 50,
            offsets: OffsetRange {
                low: -1.0,
                high: 3.0,
            },
            running: InventoryPenalty::None,
            terminal: InventoryPenalty::None,
            sight: ObservedPrice::Account,
            shocks: ShockSpec {
                kind: ShockKind::Drift,
                ..ShockSpec::none()
            },
        }
    }

    /// The same market with drifts in [−`max_drift`, `max_drift`] as the adversary's moves: the
    /// drift game of Spooner and Savani (2020), arXiv 2003.01820. Unit: currency / time.
    ///
    /// # Errors
    /// [`MarketMakingError::Drift`].
    pub fn with_drift(self, max_drift: f64) -> Result<Self, MarketMakingError> {
        self.with_disturbances(&DisturbanceSet::drift(max_drift))
    }

    /// The same market with drifts, arrivals and decays as the adversary's moves.
    ///
    /// # Errors
    /// [`MarketMakingError::Drift`] or [`MarketMakingError::Quoting`].
    pub fn with_disturbances(mut self, set: &DisturbanceSet) -> Result<Self, MarketMakingError> {
        let budget_bps = Bps::new(self.drift_bps(set.max_drift))?;
        set.check()?;
        self.shocks = ShockSpec {
            budget_bps,
            max_spread_multiplier: set.max_decay_multiplier,
            min_liquidity_multiplier: set.min_arrival_multiplier,
            kind: ShockKind::Drift,
            ..ShockSpec::none()
        };
        Ok(self)
    }

    /// Set of disturbances that the shocks admit in every step, ignoring the episode's budget.
    #[must_use]
    pub fn disturbances(&self) -> DisturbanceSet {
        let per_drift = self.drift_bps(1.0);
        DisturbanceSet {
            max_drift: self.shocks.budget_bps.get() / per_drift,
            min_arrival_multiplier: self.shocks.min_liquidity_multiplier,
            max_decay_multiplier: self.shocks.max_spread_multiplier,
        }
    }

    /// Discrete-time game of this market, for [`QuotingGame::worst_response`].
    #[must_use]
    pub const fn game(&self) -> QuotingGame {
        QuotingGame {
            problem: self.problem(),
            n_steps: self.n_steps,
            fills: self.fills,
            timing: self.timing,
            drift_timing: match self.shocks.kind {
                ShockKind::Jump => QuoteTiming::QuotesFirst,
                ShockKind::Print | ShockKind::Drift => self.timing,
            },
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`MarketMakingError`] naming the field outside its range.
    pub fn check(&self) -> Result<(), MarketMakingError> {
        check_bounds(&[
            ("initial_mid", self.initial_mid, Bound::Positive),
            ("volatility", self.volatility, Bound::Positive),
        ])
        .map_err(QuotingError::from)?;
        self.problem().check()?;
        check_steps(self.n_steps, MAX_STEPS)?;
        let OffsetRange { low, high } = self.offsets;
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(MarketMakingError::Offsets { low, high });
        }
        if self.shocks.kind == ShockKind::Print {
            return Err(MarketMakingError::Print);
        }
        if self.shocks.has_idle_ending() {
            return Err(MarketMakingError::PrintEnding);
        }
        Ok(self.shocks.space(1).check()?)
    }

    /// Length of a step. Unit: time.
    #[must_use]
    pub fn step_time(&self) -> f64 {
        self.horizon / f64::from(self.n_steps)
    }

    /// Problem of the clean market in continuous time, whose solution is a baseline.
    #[must_use]
    pub const fn problem(&self) -> QuotingProblem {
        QuotingProblem {
            flow: self.flow,
            running: self.running,
            terminal: self.terminal,
            max_inventory: self.max_inventory,
            horizon: self.horizon,
        }
    }

    /// Price move of one step under a drift (currency / time). Unit: bps of `initial_mid`.
    #[must_use]
    pub fn drift_bps(&self, drift: f64) -> f64 {
        drift * self.step_time() / self.initial_mid * 1e4
    }

    /// Shock that has the effect of a disturbance; its price part is written to `price_bps`.
    pub fn shock_of<'a>(&self, disturbance: Disturbance, price_bps: &'a mut [f64; 1]) -> Shock<'a> {
        *price_bps = [self.drift_bps(disturbance.drift)];
        Shock {
            price_bps,
            spread_multiplier: disturbance.decay_multiplier,
            liquidity_multiplier: disturbance.arrival_multiplier,
        }
    }

    /// Quotes of an action `[bid, ask]`: offsets from the lowest at −1 to the highest at 1, linear
    /// between; numbers outside are clamped.
    #[must_use]
    pub fn quotes(&self, [bid, ask]: [f32; 2]) -> Quotes {
        let OffsetRange { low, high } = self.offsets;
        let offset = |a: f32| low + 0.5 * (high - low) * (f64::from(a).clamp(-1.0, 1.0) + 1.0);
        Quotes {
            bid_offset: offset(bid),
            ask_offset: offset(ask),
        }
    }

    /// Action `[bid, ask]` whose quotes are nearest to `quotes`.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "actions are f32 by contract"
    )]
    pub fn action(&self, quotes: Quotes) -> [f32; 2] {
        let OffsetRange { low, high } = self.offsets;
        [quotes.bid_offset, quotes.ask_offset]
            .map(|offset| (2.0 * (offset - low) / (high - low) - 1.0).clamp(-1.0, 1.0) as f32)
    }
}
