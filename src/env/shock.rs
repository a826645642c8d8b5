//! Shocks in price space: their kinds, their set, and the map from a shock to an observation.

use crate::units::Bps;
use serde::{Deserialize, Serialize};

/// What a shock does to the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ShockKind {
    /// Seen, not traded, gone next bar: the newest bar's close is misprinted in the observation only.
    Print,
    /// The true price moves at the close of the newest bar and stays moved.
    Jump,
}

/// The norm in which a price shock is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Norm {
    /// max over assets.
    LInf,
    /// Euclidean over assets.
    L2,
}

/// The admissible shocks of one step and one episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShockSpace {
    /// What a shock does.
    pub kind: ShockKind,
    /// Number of assets that can be shocked (0: no shocks at all).
    pub n_assets: usize,
    /// Norm of the price move.
    pub norm: Norm,
    /// Bound of one step's log-price move in `norm`.
    pub budget_bps: Bps,
    /// Bound on the sum over an episode of the norms of the price moves; `None` is unbounded.
    pub episode_budget_bps: Option<Bps>,
    /// Largest spread multiplier, >= 1 (1: spreads cannot be shocked).
    pub max_spread_multiplier: f64,
    /// Smallest liquidity multiplier in (0, 1] (1: liquidity cannot be shocked).
    pub min_liquidity_multiplier: f64,
}

/// One shock, chosen for the bar that the step reveals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shock<'a> {
    /// Log-price move per asset, `[n_assets]`; empty means none. Unit: bps, signed.
    pub price_bps: &'a [f64],
    /// Multiplies the half spread of the step's trades.
    pub spread_multiplier: f64,
    /// Divides the depth that the step's impact is computed from.
    pub liquidity_multiplier: f64,
}

impl Shock<'_> {
    /// The clean market.
    pub const NONE: Shock<'static> = Shock {
        price_bps: &[],
        spread_multiplier: 1.0,
        liquidity_multiplier: 1.0,
    };
}

/// What an adversary with hindsight knows of the next step's profit (for `OneStepPnl`).
#[derive(Debug, Clone, Copy)]
pub struct Hindsight<'a> {
    /// Simple return of each asset from the fill of this decision to the mark at the end of the step.
    pub simple_returns: &'a [f64],
    /// Weights held before the decision.
    pub weights: &'a [f64],
    /// Proportional cost per unit of turnover (fraction).
    pub cost_rate: f64,
}

/// φ(h, z): the exact map from a price shock z of the newest bar to the observation, given a snapshot of the history h.
///
/// Pure and shared: any thread may ask. Shapes: `snapshot [snapshot_len]`, `shock_bps [n_assets]`,
/// `observation [n_fields]` (normalized, f32, as the policy sees it), `jacobian [n_fields, n_assets]` row-major, per bp.
pub trait ShockMap: Send + Sync {
    /// Length of a snapshot.
    fn snapshot_len(&self) -> usize;
    /// φ(h, z).
    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]);
    /// φ(h, z) and B = ∂φ/∂z, exact (dual numbers).
    fn jacobian(
        &self,
        snapshot: &[f64],
        shock_bps: &[f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    );
    /// The profit an adversary with hindsight can compute; `None` where the environment cannot know it.
    fn hindsight<'a>(&self, snapshot: &'a [f64]) -> Option<Hindsight<'a>>;
}
