//! Conditional means of a signal market.

use super::{SignalMarket, streams::Purpose, streams::stream};
use crate::rng::{Rng, Streams};
use rand_distr::{Distribution, StandardNormal};

/// Coefficients Q, c, d, e and τ of a [`SignalMarket`], drawn and scaled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SignalMeans {
    n_relevant: usize,
    n_returns: usize,
    sharpness: f64,
    /// Factor 1/τ.
    unit: f64,
    /// Rotation Q, `[n_relevant, n_relevant]`.
    rotation: Vec<Vec<f64>>,
    /// σ A (c, e) of each asset, `[2 n_relevant]`.
    of_signals: Vec<Vec<f64>>,
    /// σ B d of each asset, `[n_returns]`.
    of_returns: Vec<Vec<f64>>,
}

impl SignalMeans {
    /// Draws the coefficients of a checked market.
    pub(super) fn draw(market: &SignalMarket) -> Self {
        let streams = Streams::new(market.coefficients_seed);
        let n = market.n_relevant;
        let coefficients = |n: usize, scale: f64, rng: &mut Rng| -> Vec<f64> {
            direction(n, rng).iter().map(|c| scale * c).collect()
        };
        let (mut of_signals, mut of_returns) = (Vec::new(), Vec::new());
        for asset in 0..market.symbols.len() {
            // Stream 0 of the coefficients belongs to the rotation.
            let rng = &mut stream(streams, 0, asset + 1, Purpose::Coefficients);
            let sigma = market.bar_volatility;
            of_signals.push(coefficients(2 * n, sigma * market.signal_strength, rng));
            of_returns.push(coefficients(
                market.n_returns,
                sigma * market.return_strength,
                rng,
            ));
        }
        Self {
            n_relevant: n,
            n_returns: market.n_returns,
            sharpness: market.sharpness,
            unit: mean_square_tanh(market.sharpness).sqrt().recip(),
            rotation: rotation(n, &mut stream(streams, 0, 0, Purpose::Coefficients)),
            of_signals,
            of_returns,
        }
    }

    /// Writes the means m `[n_assets]` for `signals [n_signals]` and `recent [n_assets,
    /// n_returns]`, the last returns divided by σ, newest first.
    pub(super) fn write(&self, signals: &[f64], recent: &[f64], out: &mut [f64]) {
        let relevant = &signals[..self.n_relevant];
        let bent: Vec<f64> = self
            .rotation
            .iter()
            .map(|row| self.unit * (self.sharpness * dot(row, relevant)).tanh())
            .collect();
        let next = bent[1..].iter().chain(&bent[..1]);
        let products: Vec<f64> = bent.iter().zip(next).map(|(a, b)| a * b).collect();
        for (asset, to) in out.iter_mut().enumerate() {
            let (single, paired) = self.of_signals[asset].split_at(self.n_relevant);
            let own = &recent[asset * self.n_returns..(asset + 1) * self.n_returns];
            let of_returns: f64 = self.of_returns[asset]
                .iter()
                .zip(own)
                .map(|(d, scaled)| d * scaled.tanh())
                .sum();
            *to = dot(single, &bent) + dot(paired, &products) + of_returns;
        }
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Draws a unit vector, uniform on the sphere.
fn direction(n: usize, rng: &mut Rng) -> Vec<f64> {
    let mut vector: Vec<f64> = (0..n).map(|_| StandardNormal.sample(rng)).collect();
    normalize(&mut vector);
    vector
}

fn normalize(vector: &mut [f64]) {
    let norm = dot(vector, vector).sqrt();
    for x in vector.iter_mut() {
        *x /= norm;
    }
}

/// Draws an orthogonal matrix by Gram–Schmidt on uniform directions, twice against rounding.
fn rotation(n: usize, rng: &mut Rng) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(n);
    while rows.len() < n {
        let mut row = direction(n, rng);
        for _ in 0..2 {
            for known in &rows {
                let along = dot(&row, known);
                row.iter_mut().zip(known).for_each(|(x, k)| *x -= along * k);
            }
            normalize(&mut row);
        }
        rows.push(row);
    }
    rows
}

/// `E tanh²(κ N)` of a standard normal N by the trapezoid rule on [−10, 10]. The step min(0.01,
/// 0.1/κ) is far below the width of both factors, so the rule converges exponentially. For κ > 1000
/// tanh is nearly a step function, and `1 − √(2/π)/κ` is used.
fn mean_square_tanh(kappa: f64) -> f64 {
    if kappa > 1000.0 {
        return 1.0 - (2.0 / std::f64::consts::PI).sqrt() / kappa;
    }
    let step = 0.01_f64.min(0.1 / kappa);
    let mut sum = 0.0;
    let mut x = step;
    while x < 10.0 {
        sum += (kappa * x).tanh().powi(2) * (-x * x / 2.0).exp();
        x += step;
    }
    // Twice the integral over positive x; the integrand at 0 is 0.
    2.0 * sum * step / std::f64::consts::TAU.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Component;

    #[test]
    fn rotations_are_orthogonal() {
        let rows = rotation(30, &mut Streams::new(1).stream(Component::Simulation, 0));
        for (i, a) in rows.iter().enumerate() {
            for (j, b) in rows.iter().enumerate() {
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((dot(a, b) - expected).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn mean_square_rises_from_kappa_squared_to_one() {
        // tanh² x = x² − 2/3 x⁴ + 17/45 x⁶ − …
        let k2 = 1e-4_f64;
        let small = k2 - 2.0 * k2 * k2 + 17.0 / 3.0 * k2.powi(3);
        assert!((mean_square_tanh(0.01) - small).abs() < 1e-13);
        // Large κ: 1 − ∫ sech²(κx) φ(x) dx = 1 − (2/κ) φ(0) + O(κ⁻³).
        for kappa in [50.0, 999.0, 1001.0] {
            let large = 1.0 - (2.0 / std::f64::consts::PI).sqrt() / kappa;
            assert!((mean_square_tanh(kappa) - large).abs() < 1.0 / (kappa * kappa * kappa));
        }
    }
}
