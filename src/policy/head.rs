//! From the last linear layer to the deterministic output of a head, and its (symmetric) derivative.
//!
//! | head | output y(z) | ∂y/∂z applied to v |
//! |---|---|---|
//! | Gaussian, `Identity` | z | v |
//! | Gaussian, `Tanh` | tanh z | (1 − y²) ⊙ v |
//! | categorical | p = softmax(z) per choice | p ⊙ (v − Σ p ⊙ v) per choice |

use super::{Backend, Matrix, Real};
use crate::agent::{Activation, Head, Squash};
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::Tape,
    tensor_ops::{BroadcastTo, ReshapeTo, SumTo, TryMul, TrySub},
};

/// y(z), `[n_rows, n_outputs]`.
pub(super) fn output<E: Real, D: Backend<E>, T: Tape<E, D>>(
    head: Head,
    z: Matrix<E, D, T>,
) -> Result<Matrix<E, D, T>, D::Err> {
    match head {
        Head::Gaussian {
            squash: Squash::Identity,
            ..
        } => Ok(z),
        Head::Gaussian {
            squash: Squash::Tanh,
            ..
        } => z.try_tanh(),
        Head::Categorical { n_levels, .. } => {
            let shape = *z.shape();
            per_choice(z, n_levels)?
                .try_softmax::<Axis<1>>()?
                .try_reshape_like(&shape)
        }
    }
}

/// (∂y/∂z) v, `[n_rows, n_outputs]`, where `y` is the output of [`output`]. The matrix is symmetric, so tangents and
/// cotangents share it.
pub(super) fn derivative<E: Real, D: Backend<E>, T: Tape<E, D>>(
    head: Head,
    y: &Matrix<E, D>,
    v: Matrix<E, D, T>,
) -> Result<Matrix<E, D, T>, D::Err> {
    match head {
        Head::Gaussian {
            squash: Squash::Identity,
            ..
        } => Ok(v),
        Head::Gaussian {
            squash: Squash::Tanh,
            ..
        } => D::scale_by_slope(v, y, Activation::Tanh),
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

/// The same numbers with one row per choice: `[n_rows * n_dims, n_levels]`.
pub(super) fn per_choice<E: Real, D: Backend<E>, T: Tape<E, D>>(
    z: Matrix<E, D, T>,
    n_levels: usize,
) -> Result<Matrix<E, D, T>, D::Err> {
    let (n_rows, n_cols) = *z.shape();
    z.try_reshape_like(&(n_rows * n_cols / n_levels, n_levels))
}
