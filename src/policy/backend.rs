//! The two names every tensor signature needs: a scalar that networks compute in, and a device that computes.

use dfdx::{
    dtypes::Dtype,
    shapes::Rank0,
    tensor::{NoneTape, Tensor},
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
}

/// A device that can do everything this crate asks of tensors of `E`: short for dfdx's `Device<E>`.
pub trait Backend<E: Real>: Device<E> {}

impl<E: Real, D: Device<E>> Backend<E> for D {}

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
