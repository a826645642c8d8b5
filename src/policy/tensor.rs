//! Tensor types with sizes known at run time, and the scalars that networks compute in.

use dfdx::{
    dtypes::Dtype,
    shapes::Rank0,
    tensor::{CopySlice, NoneTape, OwnedTape, Storage, Tensor, TensorFromVec},
};

/// A scalar type of networks: `f32` for training, `f64` for checking derivatives.
pub trait Real: Dtype {
    /// Converts to the nearest value of this type.
    fn of(value: f64) -> Self;
    /// Converts to `f64`, exactly.
    fn get(self) -> f64;
    /// Hyperbolic tangent, in [-1, 1].
    #[must_use]
    fn tanh(self) -> Self;
    /// Converts to the nearest value of this type.
    #[must_use]
    fn of_f32(value: f32) -> Self {
        Self::of(f64::from(value))
    }
    /// Converts to the nearest `f32`.
    fn get_f32(self) -> f32 {
        f32::of(self.get())
    }
}

impl Real for f32 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "rounding to f32 is the purpose"
    )]
    fn of(value: f64) -> Self {
        value as Self
    }
    fn get(self) -> f64 {
        f64::from(self)
    }
    fn tanh(self) -> Self {
        crate::dense::tanh(self)
    }
}

impl Real for f64 {
    fn of(value: f64) -> Self {
        value
    }
    fn get(self) -> f64 {
        self
    }
    fn tanh(self) -> Self {
        Self::tanh(self)
    }
}

/// A tensor `[n_rows, n_cols]`; rows are samples.
pub type Matrix<E, D, T = NoneTape> = Tensor<(usize, usize), E, D, T>;

/// A matrix with a tape.
pub type Traced<E, D> = Matrix<E, D, OwnedTape<E, D>>;

/// A tensor `[n]`.
pub type Vector<E, D, T = NoneTape> = Tensor<(usize,), E, D, T>;

/// A tensor with a single entry.
pub type Scalar<E, D, T = NoneTape> = Tensor<Rank0, E, D, T>;

/// Uploads `values` (row-major `[n_rows, n_cols]`) in one copy.
///
/// # Errors
/// The device's error when the length is not `n_rows * n_cols` or memory runs out.
pub fn matrix<E: Real, D: TensorFromVec<E>>(
    device: &D,
    values: &[f32],
    n_rows: usize,
    n_cols: usize,
) -> Result<Matrix<E, D>, D::Err> {
    let values = values.iter().map(|&value| E::of_f32(value)).collect();
    device.try_tensor_from_vec(values, (n_rows, n_cols))
}

/// Value of a scalar tensor, on the host.
pub fn scalar_value<E: Real, D: Storage<E> + CopySlice<E>, T>(scalar: &Scalar<E, D, T>) -> f64 {
    let value = scalar.as_vec();
    value.first().map_or(f64::NAN, |value| value.get())
}
