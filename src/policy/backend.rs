//! The two names every tensor signature needs: a scalar that networks compute in, and a device that computes.

use super::{activation, fused};
use crate::agent::Activation;
use dfdx::{
    dtypes::Dtype,
    shapes::Rank0,
    tensor::{Cpu, NoneTape, Tape, Tensor},
    tensor_ops::Device,
};

/// A scalar type of networks: `f32` for training, `f64` for checking derivatives.
pub trait Real: Dtype {
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// The nearest value of this type.
    fn of_f32(value: f32) -> Self;
    /// As `f64`, exactly.
    fn get(self) -> f64;
    /// The nearest `f32`.
    fn get_f32(self) -> f32;
    /// The hyperbolic tangent, in [-1, 1].
    #[must_use]
    fn tanh(self) -> Self;
    /// The absolute value.
    #[must_use]
    fn magnitude(self) -> Self;
    /// −1, 0 or 1; 0 at both zeros.
    #[must_use]
    fn sign(self) -> Self;
}

impl Real for f32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "rounding to f32 is the purpose"
    )]
    fn of(value: f64) -> Self {
        value as Self
    }
    fn of_f32(value: f32) -> Self {
        value
    }
    fn get(self) -> f64 {
        f64::from(self)
    }
    fn get_f32(self) -> f32 {
        self
    }
    fn tanh(self) -> Self {
        crate::dense::tanh(self)
    }
    fn magnitude(self) -> Self {
        self.abs()
    }
    fn sign(self) -> Self {
        Self::from(i8::from(self > 0.0) - i8::from(self < 0.0))
    }
}

impl Real for f64 {
    fn of(value: f64) -> Self {
        value
    }
    fn of_f32(value: f32) -> Self {
        Self::from(value)
    }
    fn get(self) -> f64 {
        self
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "rounding to f32 is the purpose"
    )]
    fn get_f32(self) -> f32 {
        self as f32
    }
    fn tanh(self) -> Self {
        Self::tanh(self)
    }
    fn magnitude(self) -> Self {
        self.abs()
    }
    fn sign(self) -> Self {
        Self::from(i8::from(self > 0.0) - i8::from(self < 0.0))
    }
}

/// A device that can do everything this crate asks of tensors of `E`: dfdx's `Device<E>` and a layer's elementwise work.
pub trait Backend<E: Real>: Device<E> {
    /// y(z + b), `z [n_rows, n]`, `bias [1, n]`; no activation is the identity.
    ///
    /// # Errors
    /// The device's error.
    fn bias_activation<T: Tape<E, Self>>(
        z: Matrix<E, Self, T>,
        bias: Matrix<E, Self>,
        activation: Option<Activation>,
    ) -> Result<Matrix<E, Self, T>, Self::Err> {
        activation::bias_activation(z, bias, activation)
    }

    /// v ⊙ slope(y), where y is the activation's value. Differentiable in v and in y; the tape of y is not part of the result
    /// and must be merged by whoever differentiates.
    ///
    /// # Errors
    /// The device's error.
    fn scale_by_slope<T: Tape<E, Self>>(
        v: Matrix<E, Self, T>,
        y: &Matrix<E, Self>,
        activation: Activation,
    ) -> Result<Matrix<E, Self, T>, Self::Err> {
        activation::scale_by_slope(v, y, activation)
    }
}

macro_rules! fused_on_the_cpu {
    ($($real:ty),*) => {$(
        impl Backend<$real> for Cpu {
            fn bias_activation<T: Tape<$real, Self>>(
                z: Matrix<$real, Self, T>,
                bias: Matrix<$real, Self>,
                activation: Option<Activation>,
            ) -> Result<Matrix<$real, Self, T>, Self::Err> {
                fused::bias_activation(z, &bias, activation)
            }
            fn scale_by_slope<T: Tape<$real, Self>>(
                v: Matrix<$real, Self, T>,
                y: &Matrix<$real, Self>,
                activation: Activation,
            ) -> Result<Matrix<$real, Self, T>, Self::Err> {
                fused::scale_by_slope(v, y, activation)
            }
        }
    )*};
}
fused_on_the_cpu!(f32, f64);

#[cfg(feature = "cuda")]
impl Backend<f32> for dfdx::tensor::Cuda {}
#[cfg(feature = "cuda")]
impl Backend<f64> for dfdx::tensor::Cuda {}

/// A tensor `[n_rows, n_cols]` with sizes known at run time; rows are samples.
pub type Matrix<E, D, T = NoneTape> = Tensor<(usize, usize), E, D, T>;

/// A tensor `[n]` with its size known at run time.
pub type Vector<E, D, T = NoneTape> = Tensor<(usize,), E, D, T>;

/// A tensor with one number.
pub type Scalar<E, D, T = NoneTape> = Tensor<Rank0, E, D, T>;

/// Uploads `values` (row-major `[n_rows, n_cols]`) in one copy.
///
/// # Errors
/// The device's error when the length is not `n_rows * n_cols` or memory runs out.
pub fn matrix<E: Real, D: Backend<E>>(
    device: &D,
    values: &[f32],
    n_rows: usize,
    n_cols: usize,
) -> Result<Matrix<E, D>, D::Err> {
    let values: Vec<E> = values.iter().map(|&value| E::of_f32(value)).collect();
    device.try_tensor_from_vec(values, (n_rows, n_cols))
}

/// Uploads `values` as a vector in one copy.
///
/// # Errors
/// The device's error when memory runs out.
pub fn vector<E: Real, D: Backend<E>>(device: &D, values: &[f32]) -> Result<Vector<E, D>, D::Err> {
    let n = values.len();
    let values: Vec<E> = values.iter().map(|&value| E::of_f32(value)).collect();
    device.try_tensor_from_vec(values, (n,))
}

/// The number in a scalar tensor, on the host.
pub fn scalar_value<E: Real, D: Backend<E>, T>(scalar: &Scalar<E, D, T>) -> f64 {
    scalar
        .as_vec()
        .first()
        .map_or(f64::NAN, |value| value.get())
}
