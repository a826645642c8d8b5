//! The map from a shock to an observation.

/// φ(h, z): exact map from a price shock z of the newest bar to the observation, given a snapshot
/// of the history h.
///
/// A map is pure and shared between threads. Shapes: `snapshot [snapshot_len]`, `shock_bps
/// [n_assets]`, `observation [n_fields]` (normalized, f32, the input of the policy), `jacobian
/// [n_fields, n_assets]` row-major, per bp.
pub trait ShockMap: Send + Sync {
    /// Length of a snapshot.
    fn snapshot_len(&self) -> usize;
    /// Writes φ(h, z) to `observation`.
    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]);
    /// Writes φ(h, z) and its exact derivative B = ∂φ/∂z.
    fn jacobian(
        &self,
        snapshot: &[f64],
        shock_bps: &[f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    );
    /// Data of the next step's profit; `None` if the environment cannot know them.
    fn hindsight<'a>(&self, snapshot: &'a [f64]) -> Option<Hindsight<'a>>;
}

/// Data that determine the next step's profit (for `OneStepPnl`).
#[derive(Debug, Clone, Copy)]
pub struct Hindsight<'a> {
    /// Simple return per asset from the fill of the decision to the mark at the end of the step,
    /// minus the funding that a long position pays. Interest and borrow fees are left out.
    pub simple_returns: &'a [f64],
    /// Weights held before the decision.
    pub weights: &'a [f64],
    /// Proportional cost per asset and unit of turnover. Unit: fraction.
    pub cost_rates: &'a [f64],
    /// Bound on the sum of absolute weights; larger actions are scaled down to this bound.
    pub max_gross: f64,
}
