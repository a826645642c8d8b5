//! Nonlinearities and their slopes, as tape-carrying tensor operations.
//!
//! | name | y(z) | slope y'(z) |
//! |---|---|---|
//! | `Tanh` | tanh z | 1 − y² |
//! | `Softsign` | z / (1 + \|z\|) | (1 − \|y\|)² |
//! | `Relu` | max(0, z) | 1 where z > 0, else 0 |

use super::{Backend, Matrix, Real};
use crate::agent::Activation;
use dfdx::{
    shapes::HasShape,
    tensor::{PutTape, Tape},
    tensor_ops::{ChooseFrom, TryAdd, TryDiv, TryGt},
};

/// y(z).
pub(super) fn activate<E: Real, D: Backend<E>, T: Tape<E, D>>(
    activation: Activation,
    z: Matrix<E, D, T>,
) -> Result<Matrix<E, D, T>, D::Err> {
    match activation {
        Activation::Tanh => z.try_tanh(),
        Activation::Softsign => {
            let denominator = z.retaped::<T>().try_abs()?.try_add(E::ONE)?;
            z.try_div(denominator)
        }
        Activation::Relu => z.try_relu(),
    }
}

/// (y(z), y'(z)). The slope is a function of y (or of z) with a tape of its own that starts at y: whoever differentiates
/// through the slope must merge the tape of y as well.
pub(super) fn activate_with_slope<E: Real, D: Backend<E>, T: Tape<E, D>>(
    activation: Activation,
    z: Matrix<E, D, T>,
) -> Result<(Matrix<E, D, T>, Matrix<E, D, T>), D::Err> {
    match activation {
        Activation::Tanh => {
            let y = z.try_tanh()?;
            let slope = tanh_slope(&y)?;
            Ok((y, slope))
        }
        Activation::Softsign => {
            let y = activate(activation, z)?;
            let distance = y.retaped::<T>().try_abs()?.try_negate()?.try_add(E::ONE)?;
            Ok((y, distance.try_square()?))
        }
        Activation::Relu => {
            let device = z.device().clone();
            let shape = *z.shape();
            let (ones, zeros) = (
                device.try_ones_like(&shape)?,
                device.try_zeros_like(&shape)?,
            );
            let slope = z.try_gt(E::default())?.try_choose(ones, zeros)?;
            Ok((z.try_relu()?, slope.put_tape(T::default())))
        }
    }
}

/// 1 − y², the slope of y = tanh z.
pub(super) fn tanh_slope<E: Real, D: Backend<E>, T: Tape<E, D>>(
    y: &Matrix<E, D, T>,
) -> Result<Matrix<E, D, T>, D::Err> {
    y.retaped::<T>().try_square()?.try_negate()?.try_add(E::ONE)
}
