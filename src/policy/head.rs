//! Deterministic output of a head as a function of the last linear layer, with its (symmetric)
//! derivative.
//!
//! | head | output y(z) | ∂y/∂z applied to v |
//! |---|---|---|
//! | Gaussian, `Identity` | z | v |
//! | Gaussian, `Tanh` | tanh z | (1 − y²) ⊙ v |
//! | categorical | p = softmax(z) per choice | p ⊙ (v − Σ p ⊙ v) per choice |

use super::{Matrix, Real, TensorOps};
use crate::agent::{Activation, Head, Squash};
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::Tape,
    tensor_ops::{BroadcastTo, ReshapeTo, SumTo, TryMul, TrySub},
};

/// Output y(z), `[n_rows, n_outputs]`.
pub(super) fn output<E: Real, D: TensorOps<E>, T: Tape<E, D>>(
    head: Head,
    z: Matrix<E, D, T>,
) -> Result<Matrix<E, D, T>, D::Err> {
    match head {
        Head::Gaussian { squash, .. } => match squash {
            Squash::Identity => Ok(z),
            Squash::Tanh => z.try_tanh(),
        },
        Head::Categorical { n_levels, .. } => {
            let shape = *z.shape();
            per_choice(z, n_levels)?
                .try_softmax::<Axis<1>>()?
                .try_reshape_like(&shape)
        }
    }
}

/// Product (∂y/∂z) v, `[n_rows, n_outputs]`, at the output `y` of [`output`]. The matrix is
/// symmetric, so tangents and cotangents share this function.
pub(super) fn derivative<E: Real, D: TensorOps<E>, T: Tape<E, D>>(
    head: Head,
    y: &Matrix<E, D>,
    v: Matrix<E, D, T>,
) -> Result<Matrix<E, D, T>, D::Err> {
    match head {
        Head::Gaussian { squash, .. } => match squash {
            Squash::Identity => Ok(v),
            Squash::Tanh => D::scale_by_slope(v, y, Activation::Tanh),
        },
        Head::Categorical { n_levels, .. } => {
            let shape = *v.shape();
            let p = per_choice(y.clone(), n_levels)?;
            let v = per_choice(v, n_levels)?;
            let mean = v.retaped::<T>().try_mul(p.clone())?;
            let mean = mean.try_sum::<(usize,), Axis<1>>()?;
            let mean = mean.try_broadcast_like::<_, Axis<1>>(p.shape())?;
            v.try_sub(mean)?.try_mul(p)?.try_reshape_like(&shape)
        }
    }
}

/// Reshapes to one row per choice: `[n_rows * n_dims, n_levels]`.
pub(super) fn per_choice<E: Real, D: TensorOps<E>, T: Tape<E, D>>(
    z: Matrix<E, D, T>,
    n_levels: usize,
) -> Result<Matrix<E, D, T>, D::Err> {
    let (n_rows, n_cols) = *z.shape();
    z.try_reshape_like(&(n_rows * n_cols / n_levels, n_levels))
}

/// Replaces v by (∂y/∂z) v on the host, at the output `y`.
pub(super) fn derivative_rows(head: Head, y: &[f32], v: &mut [f32]) {
    match head {
        Head::Gaussian { squash, .. } => match squash {
            Squash::Identity => {}
            Squash::Tanh => v.iter_mut().zip(y).for_each(|(v, y)| *v *= 1.0 - y * y),
        },
        Head::Categorical { n_levels, .. } => {
            let choices = v.chunks_exact_mut(n_levels).zip(y.chunks_exact(n_levels));
            for (v, p) in choices {
                let mean = dot(p, v);
                v.iter_mut().zip(p).for_each(|(v, p)| *v = p * (*v - mean));
            }
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Sum `share · Σ h(q)`, and its derivative with respect to each q.
pub(super) fn sum_of(
    squared: &[f64],
    h: &(dyn Fn(f64) -> (f64, f64) + Sync),
    share: f64,
) -> (f64, Vec<f64>) {
    let mut sum = 0.0;
    let slopes = squared.iter().map(|q| {
        let (value, slope) = h(*q);
        sum += value * share;
        slope * share
    });
    let slopes = slopes.collect();
    (sum, slopes)
}

/// Penalty `share · Σ h(‖ẏ‖²)` and its exact gradients in a network's output z and tangent ż.
#[derive(Debug)]
pub(super) struct TangentRows {
    pub(super) total: f64,
    /// Squared tangent norm ‖ẏ‖² per row.
    pub(super) squared: Vec<f64>,
    /// Gradient with respect to z, `[n_rows, n_outputs]`.
    pub(super) to_z: Vec<f32>,
    /// Gradient with respect to ż, `[n_rows, n_outputs]`.
    pub(super) to_tangent: Vec<f32>,
}

impl TangentRows {
    pub(super) fn evaluate(
        head: Head,
        z: &[f32],
        dz: &[f32],
        h: &(dyn Fn(f64) -> (f64, f64) + Sync),
        share: f64,
    ) -> Self {
        let n_outputs = head.n_outputs();
        let (mut y, mut dy) = (z.to_vec(), dz.to_vec());
        head.output_rows(&mut y);
        derivative_rows(head, &y, &mut dy);
        let rows = dy.chunks_exact(n_outputs);
        let squared: Vec<f64> = rows
            .map(|row| row.iter().map(|x| x.get() * x.get()).sum())
            .collect();
        let (total, slopes) = sum_of(&squared, h, share);
        // ∂/∂ẏ = 2 h' ẏ.
        for (row, slope) in dy.chunks_exact_mut(n_outputs).zip(&slopes) {
            let factor = f32::of(2.0 * slope);
            for x in row {
                *x *= factor;
            }
        }
        let mut to_z = bend(head, &y, dz, &dy);
        derivative_rows(head, &y, &mut to_z);
        derivative_rows(head, &y, &mut dy);
        Self {
            total,
            squared,
            to_z,
            to_tangent: dy,
        }
    }
}

/// Gradient ∂⟨c, ẏ⟩/∂y at fixed ż and c, where ẏ = (∂y/∂z)(y) ż.
///
/// Squashed mean: −2 y ż c. Probabilities: c (ż − m) − ż ⟨c, p⟩, m = ⟨p, ż⟩.
fn bend(head: Head, y: &[f32], dz: &[f32], c: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; y.len()];
    match head {
        Head::Gaussian { squash, .. } => {
            if squash == Squash::Tanh {
                for (out, ((y, dz), c)) in out.iter_mut().zip(y.iter().zip(dz).zip(c)) {
                    *out = -2.0 * y * dz * c;
                }
            }
        }
        Head::Categorical { n_levels, .. } => {
            let choices = y.chunks_exact(n_levels).zip(dz.chunks_exact(n_levels));
            let choices = choices.zip(c.chunks_exact(n_levels));
            for (out, ((p, dz), c)) in out.chunks_exact_mut(n_levels).zip(choices) {
                let (mean, weight) = (dot(p, dz), dot(c, p));
                for (out, (dz, c)) in out.iter_mut().zip(dz.iter().zip(c)) {
                    *out = c * (dz - mean) - dz * weight;
                }
            }
        }
    }
    out
}
