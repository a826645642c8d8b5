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
    /// Holdings that a jump at the newest close hits; `None`, the default, where shocks do not move
    /// the true price or the environment has no such weights.
    fn exposure<'a>(&self, _snapshot: &'a [f64]) -> Option<Exposure<'a>> {
        None
    }
}

/// Holdings that a jump of the true price hits.
///
/// ```
/// use shockproof::env::Exposure;
///
/// let held = Exposure { weights: &[0.5, -0.2], unit_bps: 1.0 };
/// let loss = held.loss(&[-100.0, 100.0]); // 1 % down where long, 1 % up where short
/// assert!((loss - 0.007).abs() < 2e-5);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Exposure<'a> {
    /// Weights held through the newest close, before any liquidation there, `[n_assets]`. They are
    /// known when the jump is chosen; later prices are not.
    pub weights: &'a [f64],
    /// Length of one unit of the map's shocks. Unit: bps.
    pub unit_bps: f64,
}

impl Exposure<'_> {
    /// Loss `Σ_i w_i (1 − e^{z_i})` that the jump z itself causes. Unit: share of equity.
    #[must_use]
    pub fn loss(&self, shock: &[f64]) -> f64 {
        let unit = self.unit_bps * 1e-4;
        let losses = self.weights.iter().zip(shock);
        losses.map(|(w, z)| -w * (z * unit).exp_m1()).sum()
    }

    /// Derivative `−w_i e^{z_i}` of the loss, per unit of the shock of asset `i`.
    #[must_use]
    pub fn slope(&self, i: usize, shock_i: f64) -> f64 {
        let unit = self.unit_bps * 1e-4;
        -self.weights[i] * unit * (shock_i * unit).exp()
    }
}

/// Data that determine the next step's profit (for `OneStepPnl`).
#[derive(Debug, Clone, Copy)]
pub struct Hindsight<'a> {
    /// Profit of the step per unit of weight decided, per asset: `(mark_{t+1} − fill_{t+1}) /
    /// price_t`, where the units of the order follow from `price_t`, minus the funding that a long
    /// position pays. Interest and borrow fees are left out. Unit: fraction of equity.
    pub simple_returns: &'a [f64],
    /// Weights held before the decision.
    pub weights: &'a [f64],
    /// Proportional cost per asset and unit of turnover. Unit: fraction.
    pub cost_rates: &'a [f64],
    /// Bound on the sum of absolute weights; larger actions are scaled down to this bound.
    pub max_gross: f64,
}
