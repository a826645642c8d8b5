//! Proximal policy optimization: the clipped surrogate and what is reported about it.
//!
//! J. Schulman et al., "Proximal policy optimization algorithms" (arXiv 1707.06347).

use crate::policy::{Backend, Real, Scalar, Vector};
use dfdx::{
    tensor::Tape,
    tensor_ops::{MeanTo, TryMul, TrySub},
};

/// `−mean min(ρ A, clip(ρ, 1 − ε, 1 + ε) A)`, `ρ = exp(log π_new − log π_old)`; arguments
/// `[n_rows]` (eq. 7).
///
/// # Errors
/// The device's error. Panics (in dfdx) when the lengths differ.
pub fn clipped_surrogate<E: Real, D: Backend<E>, T: Tape<E, D>>(
    log_prob: Vector<E, D, T>,
    old_log_prob: Vector<E, D>,
    advantage: &Vector<E, D>,
    clip_epsilon: f64,
) -> Result<Scalar<E, D, T>, D::Err> {
    let ratio = log_prob.try_sub(old_log_prob)?.try_exp()?;
    let clipped = ratio
        .retaped::<T>()
        .try_clamp(1.0 - clip_epsilon, 1.0 + clip_epsilon)?
        .try_mul(advantage.clone())?;
    let surrogate = ratio.try_mul(advantage.clone())?.try_minimum(clipped)?;
    surrogate.try_mean::<(), _>()?.try_negate()
}

/// How far the policy moved since the rollout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioStatistics {
    /// mean (ρ − 1 − log ρ): the k3 estimate of KL(old ‖ new), never negative (J. Schulman,
    /// "Approximating KL divergence").
    pub approx_kl: f64,
    /// Share of ratios outside [1 − ε, 1 + ε].
    pub clip_fraction: f64,
}

/// Statistics of the ratios ρ = exp(new − old) of two lists of log probabilities.
#[must_use]
pub fn ratio_statistics(
    new: impl ExactSizeIterator<Item = f64>,
    old: &[f32],
    clip_epsilon: f64,
) -> RatioStatistics {
    let (mut kl, mut n_clipped, mut n) = (0.0, 0.0, 0.0);
    for (new, old) in new.zip(old) {
        let log_ratio = new - f64::from(*old);
        // exp_m1 keeps the digits that e^x - 1 - x would cancel.
        let excess = log_ratio.exp_m1();
        kl += excess - log_ratio;
        n_clipped += f64::from(u8::from(excess.abs() > clip_epsilon));
        n += 1.0;
    }
    RatioStatistics {
        approx_kl: kl / f64::max(n, 1.0),
        clip_fraction: n_clipped / f64::max(n, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::scalar_value;
    use dfdx::{
        tensor::{Cpu, TensorFromVec, Trace},
        tensor_ops::Backward,
    };

    /// Ratios 1, 1.5, 1.5, .5, .5 with advantages 2, 1, −1, 1, −1 and ε = .2: terms 2, 1.2, −1.5,
    /// .5, −.8; the gradient with respect to log π is −ρA/5 where the unclipped branch is the
    /// smaller one, else 0.
    #[test]
    fn closed_values_and_gradient() {
        let device = Cpu::default();
        let ratios = [1.0_f64, 1.5, 1.5, 0.5, 0.5];
        let new = device.tensor_from_vec(ratios.iter().map(|r| r.ln()).collect(), (5,));
        let old = device.tensor_from_vec(vec![0.0; 5], (5,));
        let advantage = device.tensor_from_vec(vec![2.0, 1.0, -1.0, 1.0, -1.0], (5,));
        let loss = clipped_surrogate(new.leaky_trace(), old, &advantage, 0.2).expect("on the CPU");
        assert!((scalar_value(&loss) + 1.4 / 5.0).abs() < 1e-12);
        let gradient = loss.backward().get(&new).as_vec();
        for (g, e) in gradient.iter().zip([-0.4, 0.0, 0.3, -0.1, 0.0]) {
            assert!((g - e).abs() < 1e-12, "{gradient:?}");
        }
    }

    #[test]
    fn statistics_of_known_ratios() {
        let new = [1.5_f64.ln(), 0.0, 0.9_f64.ln(), 0.7_f64.ln()];
        let found = ratio_statistics(new.into_iter(), &[0.0; 4], 0.2);
        let kl = (0.5 - 1.5_f64.ln()) + (-0.1 - 0.9_f64.ln()) + (-0.3 - 0.7_f64.ln());
        assert!((found.approx_kl - kl / 4.0).abs() < 1e-12);
        assert!((found.clip_fraction - 0.5).abs() < 1e-12);
    }
}
