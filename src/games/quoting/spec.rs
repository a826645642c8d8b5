//! What a quoting market is.

use super::closed_form::{
    Disturbance, DisturbanceSet, FillRule, InventoryPenalty, OrderFlow, QuoteTiming, Quotes,
    QuotingError, QuotingGame, QuotingProblem,
};
use crate::{
    env::{Shock, ShockError, ShockKind, ShockSpec},
    games::Sight,
};
use crate::{
    market::{Bound, check_bounds},
    units::{Bps, UnitError},
};
use serde::{Deserialize, Serialize};

/// The rules of a [`super::MarketMaking`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketMakingSpec {
    /// `S_0` > 0, what bps of price shocks are relative to. Unit: currency.
    pub initial_mid: f64,
    /// σ > 0. Unit: currency / √time.
    pub volatility: f64,
    /// T > 0.
    pub horizon: f64,
    /// Steps of length dt = T / `n_steps`; at most 1,000,000.
    pub n_steps: u32,
    /// A and k.
    pub flow: OrderFlow,
    /// From the rate of orders to the probability of a fill.
    pub fills: FillRule,
    /// What comes first within a step.
    pub timing: QuoteTiming,
    /// Largest |q|: at it, the side that would add is not quoted.
    pub max_inventory: u32,
    /// Offsets that actions stand for.
    pub offsets: OffsetRange,
    /// Taken from the reward in every step, times dt, for the inventory that bore the step's move.
    pub running: InventoryPenalty,
    /// Taken from the last reward, for the last inventory.
    pub terminal: InventoryPenalty,
    /// What is observed besides the account.
    pub sight: Sight,
    /// Admissible shocks; kind `Drift` or `Jump`.
    pub shocks: ShockSpec,
}

/// The offsets at the ends of the action range. Unit: currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffsetRange {
    /// Offset of action −1; negative lets a quoter cross the mid price.
    pub low: f64,
    /// Offset of action 1.
    pub high: f64,
}

/// A quoting market that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MarketMakingError {
    /// Orders, penalties, times or bounds that cannot be.
    #[error(transparent)]
    Quoting(#[from] QuotingError),
    /// A range of offsets without an inside.
    #[error("offsets: found {low} to {high}, expected finite numbers, low below high")]
    Offsets {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Shocks that cannot be.
    #[error(transparent)]
    Shocks(#[from] ShockError),
    /// A misprint in a market that observes no price.
    #[error(
        "shocks.kind: found Print, expected Drift or Jump; quotes are offsets from the true price"
    )]
    Print,
    /// A bound on drifts that cannot be.
    #[error("drift bound: {0}; give a finite drift >= 0")]
    Drift(#[from] UnitError),
}

/// Most steps of an episode, which whoever solves the market tabulates.
const MAX_STEPS: u32 = 1_000_000;

impl MarketMakingSpec {
    /// The market of Avellaneda and Stoikov (2008), section 3.3: S = 100, σ = 2, T = 1, dt = .005,
    /// A = 140, k = 1.5, linear fills, quotes first; the inventory bound of 50 is never met there.
    /// No shocks, no penalties, offsets in [−1, 3].
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
            sight: Sight::Account,
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

    /// What the shocks admit in every step, the episode's budget aside.
    #[must_use]
    pub fn disturbances(&self) -> DisturbanceSet {
        let per_drift = self.drift_bps(1.0);
        DisturbanceSet {
            max_drift: self.shocks.budget_bps.get() / per_drift,
            min_arrival_multiplier: self.shocks.min_liquidity_multiplier,
            max_decay_multiplier: self.shocks.max_spread_multiplier,
        }
    }

    /// This market as a game in steps, in which the worst that can happen to a strategy is known up
    /// to a search along edges.
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

    /// # Errors
    /// [`MarketMakingError`] naming the field outside its range.
    pub fn check(&self) -> Result<(), MarketMakingError> {
        check_bounds(&[
            ("initial_mid", self.initial_mid, Bound::Positive),
            ("volatility", self.volatility, Bound::Positive),
        ])
        .map_err(QuotingError::from)?;
        if self.n_steps == 0 {
            return Err(QuotingError::NoSteps.into());
        }
        if self.n_steps > MAX_STEPS {
            let (found, limit) = (self.n_steps, MAX_STEPS);
            return Err(QuotingError::TooManySteps { found, limit }.into());
        }
        self.problem().check()?;
        let OffsetRange { low, high } = self.offsets;
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(MarketMakingError::Offsets { low, high });
        }
        if self.shocks.kind == ShockKind::Print {
            return Err(MarketMakingError::Print);
        }
        Ok(self.shocks.space(1).check()?)
    }

    /// Length of a step. Unit: time.
    #[must_use]
    pub fn step_time(&self) -> f64 {
        self.horizon / f64::from(self.n_steps)
    }

    /// The clean market's problem in continuous time, whose solution is a baseline.
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

    /// What a drift (currency / time) moves the price by in one step. Unit: bps of `initial_mid`.
    #[must_use]
    pub fn drift_bps(&self, drift: f64) -> f64 {
        drift * self.step_time() / self.initial_mid * 1e4
    }

    /// The shock that a disturbance is in this market; `price_bps` holds its price part.
    pub fn shock_of<'a>(&self, disturbance: Disturbance, price_bps: &'a mut [f64; 1]) -> Shock<'a> {
        *price_bps = [self.drift_bps(disturbance.drift)];
        Shock {
            price_bps,
            spread_multiplier: disturbance.decay_multiplier,
            liquidity_multiplier: disturbance.arrival_multiplier,
        }
    }

    /// The quotes that an action `[bid, ask]` stands for: −1 is the lowest offset, 1 the highest,
    /// linear between; numbers outside are moved to the nearer end.
    #[must_use]
    pub fn quotes(&self, [bid, ask]: [f32; 2]) -> Quotes {
        let OffsetRange { low, high } = self.offsets;
        let offset = |a: f32| low + 0.5 * (high - low) * (f64::from(a).clamp(-1.0, 1.0) + 1.0);
        Quotes {
            bid_offset: offset(bid),
            ask_offset: offset(ask),
        }
    }

    /// The action `[bid, ask]` whose quotes are the nearest to `quotes`.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "actions are f32 by contract"
    )]
    pub fn action(&self, quotes: Quotes) -> [f32; 2] {
        let OffsetRange { low, high } = self.offsets;
        let action = |offset: f64| (2.0 * (offset - low) / (high - low) - 1.0).clamp(-1.0, 1.0);
        [
            action(quotes.bid_offset) as f32,
            action(quotes.ask_offset) as f32,
        ]
    }
}
