//! Nonlinearities and their slopes as compositions of tensor operations, for any device. The table
//! of formulas is in `dense/activation`.
//!
//! A slope is a function of y alone, so a forward pass keeps nothing else. `fused` has the same
//! functions as single CPU operations, which tests compare with these compositions.

use super::{Matrix, Real};
use crate::agent::Activation;
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::Tape,
    tensor_ops::{BroadcastTo, ChooseFrom, Device, ReshapeTo, TryAdd, TryDiv, TryGt, TryMul},
};

/// Layer output y(z + b), `z [n_rows, n]`, `bias [1, n]`; without an activation, z + b.
pub(super) fn bias_activation<E: Real, D: Device<E>, T: Tape<E, D>>(
    z: Matrix<E, D, T>,
    bias: &Matrix<E, D>,
    activation: Option<Activation>,
) -> Result<Matrix<E, D, T>, D::Err> {
    let shape = *z.shape();
    let bias = bias.clone().try_reshape_like(&(shape.1,))?;
    let z = z.try_add(bias.try_broadcast_like::<_, Axis<0>>(&shape)?)?;
    match activation {
        None => Ok(z),
        Some(Activation::Tanh) => z.try_tanh(),
        Some(Activation::Softsign) => {
            let denominator = z.retaped::<T>().try_abs()?.try_add(E::ONE)?;
            z.try_div(denominator)
        }
        Some(Activation::Relu) => z.try_relu(),
    }
}

/// Product v ⊙ slope(y), differentiable in v and in y; the result lacks the tape of y.
pub(super) fn scale_by_slope<E: Real, D: Device<E>, T: Tape<E, D>>(
    v: Matrix<E, D, T>,
    y: &Matrix<E, D>,
    activation: Activation,
) -> Result<Matrix<E, D, T>, D::Err> {
    let from_y = y.retaped::<T>();
    match activation {
        Activation::Tanh => {
            let square = from_y.try_square()?;
            v.try_mul(square.try_negate()?.try_add(E::ONE)?)
        }
        Activation::Softsign => {
            let distance = from_y.try_abs()?.try_negate()?.try_add(E::ONE)?;
            v.try_mul(distance.try_square()?)
        }
        Activation::Relu => {
            let ones: Matrix<E, D> = y.device().try_ones_like(y)?;
            let zeros = y.device().try_zeros_like(y)?;
            v.try_mul(y.try_gt(E::default())?.try_choose(ones, zeros)?)
        }
    }
}
