//! Directional sensitivities and Jacobian norms, off the tape: the quantities of the paper's
//! stability claims.

use super::frobenius::unit_cotangents;
use crate::{
    algo::{AlgoError, Ascent},
    policy::{ActorCritic, Backend, Matrix, Real, WeightGradient},
};
use dfdx::shapes::HasShape;

/// Directional sensitivities s = ‖J B u‖ over points: the change of the policy's output per
/// full-budget shock along u.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity {
    /// Mean.
    pub mean: f64,
    /// 95 % quantile, interpolated between order statistics.
    pub p95: f64,
    /// Maximum.
    pub max: f64,
}

impl Sensitivity {
    /// Computes the statistics of `sensitivities`; `None` for an empty list.
    #[must_use]
    pub fn of(mut sensitivities: Vec<f64>) -> Option<Self> {
        let max = sensitivities.iter().copied().max_by(f64::total_cmp)?;
        #[allow(clippy::cast_precision_loss, reason = "a batch is far below 2^52")]
        let n = sensitivities.len() as f64;
        let mean = sensitivities.iter().sum::<f64>() / n;
        let position = 0.95 * (n - 1.0);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a non-negative position in the list"
        )]
        let below = position.floor() as usize;
        let (_, low, above) = sensitivities.select_nth_unstable_by(below, f64::total_cmp);
        let (low, high) = (*low, above.iter().copied().min_by(f64::total_cmp));
        Some(Self {
            mean,
            p95: low + (position - position.floor()) * (high.unwrap_or(low) - low),
            max,
        })
    }
}

/// Sensitivity s = ‖J(point) tangent‖ per point, `[n_points]`.
///
/// # Errors
/// [`AlgoError::Policy`].
pub fn sensitivities<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    ascent: &Ascent<'_>,
) -> Result<Vec<f64>, AlgoError> {
    let (h, unneeded) = (|q| (q, 1.0), WeightGradient::Unneeded);
    let penalty = policy.tangent_penalty(ascent.tangent_points(), &h, unneeded)?;
    Ok(penalty.squared.into_iter().map(f64::sqrt).collect())
}

/// Jacobian norm ‖J(o)‖_F over all inputs per observation, `[n_rows]`.
///
/// # Errors
/// [`AlgoError::Policy`].
pub fn jacobian_norms<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    observations: &Matrix<E, D>,
) -> Result<Vec<f64>, AlgoError> {
    let cotangents = unit_cotangents(policy, observations.shape().0)?;
    let squared = policy.squared_vjp(observations.clone(), &cotangents)?;
    Ok(squared
        .as_vec()
        .into_iter()
        .map(|s| s.get().sqrt())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_of_known_numbers() {
        assert_eq!(Sensitivity::of(Vec::new()), None);
        let found = Sensitivity::of((0..=100).rev().map(f64::from).collect()).expect("numbers");
        assert!((found.mean - 50.0).abs() < 1e-12);
        assert!((found.p95 - 95.0).abs() < 1e-12);
        assert!((found.max - 100.0).abs() < 1e-12);
        let pair = Sensitivity::of(vec![1.0, 3.0]).expect("numbers");
        assert!((pair.p95 - 2.9).abs() < 1e-12);
    }
}
