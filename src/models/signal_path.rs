//! Path of a signal market: exact conditional moments, best weights and regret.

use super::{cholesky::Cholesky, signal_means::dot};
use crate::market::Panel;

/// Path of a [`SignalMarket`](super::SignalMarket), with the conditional moments of its returns.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalPath {
    pub(super) panel: Panel,
    pub(super) means: Vec<f64>,
    /// Moment factors `e^{σ² ρ_ij}`, `[n_assets, n_assets]`.
    pub(super) growth_moments: Vec<f64>,
}

impl SignalPath {
    /// Bars of the path, with the signals known at their ends.
    #[must_use]
    pub const fn panel(&self) -> &Panel {
        &self.panel
    }

    /// Signals at the close of bar `t`, `[n_signals]`; `t` is below the panel's `n_bars`.
    #[must_use]
    pub fn signals(&self, t: usize) -> &[f64] {
        self.panel.signals(t)
    }

    /// Expected simple return of each asset from the close of bar `t` to the next close, given all
    /// data up to the close of bar `t`, `[n_assets]`. Also defined at the last bar.
    #[must_use]
    pub fn conditional_means(&self, t: usize) -> &[f64] {
        let n = self.panel.n_assets();
        &self.means[t * n..(t + 1) * n]
    }

    /// Second moments `E R_i R_j` of the returns of [`SignalPath::conditional_means`], `[n_assets,
    /// n_assets]`: `(1 + μ_i)(1 + μ_j) e^{σ² ρ_ij} − 1 − μ_i − μ_j` (log-normal law).
    #[must_use]
    pub fn second_moments(&self, t: usize) -> Vec<f64> {
        let means = self.conditional_means(t);
        let n = means.len();
        let entry = |ij: usize| {
            let (a, b) = (means[ij / n], means[ij % n]);
            (1.0 + a) * (1.0 + b) * self.growth_moments[ij] - 1.0 - a - b
        };
        (0..n * n).map(entry).collect()
    }

    /// Expected reward `E[x − (λ/2) x²]` of the simple return `x = w · R` without costs. The
    /// weights w are held from the close of bar `t` to the next; λ is the `risk_aversion`.
    #[must_use]
    pub fn expected_reward(&self, t: usize, weights: &[f64], risk_aversion: f64) -> f64 {
        dot(weights, self.conditional_means(t)) - risk_aversion / 2.0 * self.mean_square(t, weights)
    }

    /// Regret: [`SignalPath::expected_reward`] of [`SignalPath::best_weights`] w* minus that of
    /// `weights` w: `(λ/2) (w − w*)ᵀ M (w − w*)` >= 0, M the second moments. `None` if λ is not
    /// positive.
    ///
    /// The regret refers to the simulated market without the shocks of an environment.
    #[must_use]
    pub fn regret(&self, t: usize, weights: &[f64], risk_aversion: f64) -> Option<f64> {
        let mut gap = self.best_weights(t, risk_aversion)?;
        for (gap, weight) in gap.iter_mut().zip(weights) {
            *gap -= weight;
        }
        Some(risk_aversion / 2.0 * self.mean_square(t, &gap))
    }

    /// Mean square `E (w · R)²`.
    fn mean_square(&self, t: usize, weights: &[f64]) -> f64 {
        debug_assert_eq!(weights.len(), self.panel.n_assets());
        let moments = self.second_moments(t);
        moments
            .chunks_exact(weights.len())
            .zip(weights)
            .map(|(row, weight)| weight * dot(row, weights))
            .sum()
    }

    /// Unconstrained weights that maximize [`SignalPath::expected_reward`]: `M⁻¹ μ / λ` with the
    /// second moments M. `None` if λ is not positive, because no optimum exists.
    #[must_use]
    pub fn best_weights(&self, t: usize, risk_aversion: f64) -> Option<Vec<f64>> {
        if risk_aversion.is_nan() || risk_aversion <= 0.0 {
            return None;
        }
        let n = self.panel.n_assets();
        let factor = Cholesky::new(&self.second_moments(t), n, 0.0).ok()?;
        let mut weights = factor.solve(self.conditional_means(t));
        for weight in &mut weights {
            *weight /= risk_aversion;
        }
        Some(weights)
    }
}
