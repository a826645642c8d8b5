//! Minus the next step's profit, from hindsight data.

use super::{AttackObjective, ObjectiveNeeds, ObjectiveRow};
use crate::adversary::ball::sign;

/// Negative profit `−(Σ_i w̃_i r_i − Σ_i c_i |w̃_i − w⁻_i|)`, see [`Objective`](super::Objective).
pub(super) struct OneStepPnl;

impl AttackObjective for OneStepPnl {
    fn needs(&self) -> ObjectiveNeeds {
        ObjectiveNeeds {
            hindsight: true,
            ..ObjectiveNeeds::OUTPUT
        }
    }

    /// With s = Σ|w| > G: `∂w̃_i/∂w_j = G (δ_ij / s − w_i sign(w_j) / s²)`, so
    /// `∂L/∂w_j = (G / s) (g_j − sign(w_j) Σ_i g_i w_i / s)`, `g_i = ∂L/∂w̃_i`.
    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
        let (Some(known), Some(positions)) = (row.hindsight, row.positions) else {
            gradient.fill(0.0);
            return 0.0;
        };
        let stride = positions.n_outputs();
        let weights = || row.output.chunks_exact(stride).map(|o| positions.weight(o));
        let gross: f64 = weights().map(f64::abs).sum();
        let is_binding = gross > known.max_gross;
        let scale = if is_binding {
            known.max_gross / gross
        } else {
            1.0
        };
        let slope = |executed: f64, j: usize| {
            -known.simple_returns[j] + known.cost_rates[j] * sign(executed - known.weights[j])
        };
        let (mut loss, mut pull) = (0.0, 0.0);
        for (j, w) in weights().enumerate() {
            let executed = w * scale;
            let cost = known.cost_rates[j] * (executed - known.weights[j]).abs();
            loss -= executed * known.simple_returns[j] - cost;
            pull += slope(executed, j) * w;
        }
        let outputs = row.output.chunks_exact(stride);
        for (j, (out, gradient)) in outputs.zip(gradient.chunks_exact_mut(stride)).enumerate() {
            let w = positions.weight(out);
            let mut slope = slope(w * scale, j);
            if is_binding {
                slope = scale * (slope - sign(w) * pull / gross);
            }
            positions.pull_back(slope, out, gradient);
        }
        loss
    }

    /// Both losses are shares of equity.
    fn holdings_weight(&self) -> f64 {
        1.0
    }
}
