//! The two names every tensor signature needs: a scalar that networks compute in, and a device that
//! computes.

use super::{
    FrozenPolicy, Mlp, Passed, activation,
    frozen::{Composed, FrozenNetwork, Packed},
    fused, tangent, trunk,
};
use crate::agent::{Activation, Head};
use dfdx::{
    dtypes::Dtype,
    shapes::{HasShape, Rank0},
    tensor::{
        Cpu, CpuError, Gradients, NoneTape, OwnedTape, PutTape, Storage, Tape, Tensor, Trace,
    },
    tensor_ops::{Device, SgdConfig, SumTo, TryAdd, TryMul},
};

/// A scalar type of networks: `f32` for training, `f64` for checking derivatives.
pub trait Real: Dtype {
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// The nearest value of this type.
    fn of_f32(value: f32) -> Self;
    /// The nearest values of this type.
    #[must_use]
    fn of_slice(values: &[f32]) -> Vec<Self> {
        values.iter().map(|&value| Self::of_f32(value)).collect()
    }
    /// The nearest values of this type.
    #[must_use]
    fn of_vec(values: Vec<f32>) -> Vec<Self> {
        Self::of_slice(&values)
    }
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
    fn of_slice(values: &[f32]) -> Vec<Self> {
        values.to_vec()
    }
    fn of_vec(values: Vec<f32>) -> Vec<Self> {
        values
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

/// Whether a gradient with respect to the weights will be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightGradient {
    /// It is on the tape.
    Wanted,
    /// The tape holds none: the value alone is right.
    Unneeded,
}

/// [`Backend::differentiate`]'s answer.
#[derive(Debug)]
pub struct Differentiated<R, E: Real, D: Backend<E>> {
    /// What the caller's function said of each block of rows, in order.
    pub answers: Vec<R>,
    /// Tensors and the gradients by them: for [`Backend::host_scalar`].
    pub terms: Vec<(Traced<E, D>, Vec<E>)>,
}

/// Where a penalty on tangents is taken. Row-major on the host, `[n_rows, n_inputs]` each.
#[derive(Debug, Clone, Copy)]
pub struct TangentPoints<'a> {
    /// o.
    pub points: &'a [f32],
    /// ȯ.
    pub tangents: &'a [f32],
    /// Passes of the policy network through the points, where somebody kept them: they save time
    /// and change nothing.
    pub passed: &'a [Passed],
}

/// [`Backend::tangent_penalty`]'s answer.
#[derive(Debug)]
pub struct TangentPenalty<E: Real, D: Backend<E>> {
    /// mean h(‖ẏ‖²), with the tape of everything.
    pub value: Scalar<E, D, OwnedTape<E, D>>,
    /// ‖ẏ‖² per row.
    pub squared: Vec<f64>,
}

/// A device that can do everything this crate asks of tensors of `E`: dfdx's `Device<E>`, and the
/// work of whole layers and networks as single operations. The defaults are compositions of the
/// tensor library's operations; the CPU has its own.
pub trait Backend<E: Real>: Device<E> {
    /// A network whose weights stand still.
    type Frozen: FrozenNetwork<Self::Err>;

    /// The weights as they are now, for passes that record nothing.
    fn freeze(mlp: &Mlp<E, Self>) -> Self::Frozen;

    /// The same policy for one thread of the host, which may send it to another; `None` where the
    /// device is not the host.
    fn on_host(_policy: &FrozenPolicy<E, Self>) -> Option<FrozenPolicy<f32, Cpu>> {
        None
    }

    /// The gradient of a loss of y(x) that the host computes: `cotangent(first row, y, ȳ)` reads
    /// some rows of y, `[n, n_out]`, writes the loss's derivatives ȳ, and says what it wants to
    /// say.
    ///
    /// # Errors
    /// The device's error.
    fn differentiate<R: Send>(
        mlp: &Mlp<E, Self>,
        x: &Matrix<E, Self>,
        cotangent: impl Fn(usize, &[E], &mut [E]) -> R + Send + Sync,
    ) -> Result<Differentiated<R, E, Self>, Self::Err> {
        let y = mlp.forward(x.leaky_trace())?;
        let values = y.as_vec();
        let mut to_y = vec![E::default(); values.len()];
        let answer = cotangent(0, &values, &mut to_y);
        Ok(Differentiated {
            answers: vec![answer],
            terms: vec![(y, to_y)],
        })
    }

    /// [`Backend::differentiate`] of two networks of the same inputs.
    ///
    /// # Errors
    /// The device's error.
    #[allow(clippy::type_complexity, reason = "the answers of two networks")]
    fn differentiate_both<R: Send, Q: Send>(
        (first, second): (&Mlp<E, Self>, &Mlp<E, Self>),
        x: &Matrix<E, Self>,
        of_first: impl Fn(usize, &[E], &mut [E]) -> R + Send + Sync,
        of_second: impl Fn(usize, &[E], &mut [E]) -> Q + Send + Sync,
    ) -> Result<(Differentiated<R, E, Self>, Differentiated<Q, E, Self>), Self::Err> {
        let first = Self::differentiate(first, x, of_first)?;
        Ok((first, Self::differentiate(second, x, of_second)?))
    }

    /// `mean h(‖ẏ‖²)` over rows, ẏ = J ẋ the tangent of the head's output, for points x and
    /// tangents ẋ; `h` maps ‖ẏ‖² to a value and its derivative. Differentiable in the weights only.
    ///
    /// # Errors
    /// The device's error.
    fn tangent_penalty(
        mlp: &Mlp<E, Self>,
        head: Head,
        at: TangentPoints<'_>,
        h: &(dyn Fn(f64) -> (f64, f64) + Sync),
        _wanted: WeightGradient,
    ) -> Result<TangentPenalty<E, Self>, Self::Err> {
        let weight = mlp.layers.first().map(|layer| &layer.weight);
        let device = weight.map_or_else(Self::default, |weight| weight.device().clone());
        let n_in = weight.map_or(1, |weight| weight.shape().0);
        let upload = |rows: &[f32]| matrix(&device, rows, rows.len() / n_in, n_in);
        tangent::composed(mlp, head, (&upload(at.points)?, &upload(at.tangents)?), h)
    }

    /// A loss that was computed on the host, back on the tape: its `value`, and its gradient with
    /// respect to each of some matrices (row-major, as long as the matrix).
    ///
    /// # Errors
    /// The device's error.
    fn host_scalar(
        value: f64,
        terms: Vec<(Traced<E, Self>, Vec<E>)>,
    ) -> Result<Scalar<E, Self, OwnedTape<E, Self>>, Self::Err> {
        let device = Self::default();
        let zero: Scalar<E, Self> = device.try_zeros_like(&Rank0::default())?;
        let mut sum = zero.put_tape(OwnedTape::default());
        for (term, gradient) in terms {
            let gradient = term.device().try_tensor_from_vec(gradient, *term.shape())?;
            sum = sum.try_add(term.try_mul(gradient)?.try_sum::<(), _>()?)?;
        }
        let found = scalar_value(&sum);
        sum.try_add(E::of(value - found))
    }

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

    /// v ⊙ slope(y), where y is the activation's value. Differentiable in v and in y; the tape of y
    /// is not part of the result and must be merged by whoever differentiates.
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

    /// Σ g² over the gradient of `parameter`; 0 where it has none.
    ///
    /// # Errors
    /// The device's error.
    fn squared_gradient(
        parameter: &Matrix<E, Self>,
        gradients: &mut Gradients<E, Self>,
    ) -> Result<f64, Self::Err> {
        gradients.try_alloc_for(parameter)?;
        let gradient = gradients.get(parameter);
        Ok(scalar_value(&gradient.try_square()?.try_sum::<(), _>()?))
    }

    /// g ← c g for a raw buffer. dfdx has no such kernel for buffers, but plain descent with step
    /// −c from zero is one.
    ///
    /// # Errors
    /// The device's error.
    fn scale(&self, gradient: &mut <Self as Storage<E>>::Vec, c: f64) -> Result<(), Self::Err> {
        let n = <Self as Storage<E>>::len(self, gradient);
        let mut scaled = <Self as Storage<E>>::try_alloc_len(self, n)?;
        // Unused without momentum, but the kernel walks the four buffers together.
        let mut velocity = <Self as Storage<E>>::try_alloc_len(self, n)?;
        let descent = SgdConfig {
            lr: -c,
            momentum: None,
            weight_decay: None,
        };
        self.sgd_kernel(&descent, &mut scaled, &mut velocity, gradient)?;
        *gradient = scaled;
        Ok(())
    }
}

/// What both scalars have of a layer's work on the CPU.
macro_rules! fused_on_the_cpu {
    ($real:ty) => {
        fn host_scalar(
            value: f64,
            terms: Vec<(Traced<$real, Self>, Vec<$real>)>,
        ) -> Result<Scalar<$real, Self, OwnedTape<$real, Self>>, CpuError> {
            fused::host_scalar(value, terms)
        }
        fn bias_activation<T: Tape<$real, Self>>(
            z: Matrix<$real, Self, T>,
            bias: Matrix<$real, Self>,
            activation: Option<Activation>,
        ) -> Result<Matrix<$real, Self, T>, CpuError> {
            fused::bias_activation(z, &bias, activation)
        }
        fn scale_by_slope<T: Tape<$real, Self>>(
            v: Matrix<$real, Self, T>,
            y: &Matrix<$real, Self>,
            activation: Activation,
        ) -> Result<Matrix<$real, Self, T>, CpuError> {
            fused::scale_by_slope(v, y, activation)
        }
    };
}

impl Backend<f32> for Cpu {
    type Frozen = Packed;

    fn freeze(mlp: &Mlp<f32, Self>) -> Packed {
        Packed::of(mlp)
    }
    fn on_host(policy: &FrozenPolicy<f32, Self>) -> Option<FrozenPolicy<f32, Self>> {
        Some(policy.alone())
    }
    fn differentiate<R: Send>(
        mlp: &Mlp<f32, Self>,
        x: &Matrix<f32, Self>,
        cotangent: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
    ) -> Result<Differentiated<R, f32, Self>, CpuError> {
        Ok(trunk::differentiate(mlp, x, cotangent))
    }
    fn differentiate_both<R: Send, Q: Send>(
        both: (&Mlp<f32, Self>, &Mlp<f32, Self>),
        x: &Matrix<f32, Self>,
        of_first: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
        of_second: impl Fn(usize, &[f32], &mut [f32]) -> Q + Send + Sync,
    ) -> Result<(Differentiated<R, f32, Self>, Differentiated<Q, f32, Self>), CpuError> {
        Ok(trunk::differentiate_both(both, x, of_first, of_second))
    }
    fn tangent_penalty(
        mlp: &Mlp<f32, Self>,
        head: Head,
        at: TangentPoints<'_>,
        h: &(dyn Fn(f64) -> (f64, f64) + Sync),
        wanted: WeightGradient,
    ) -> Result<TangentPenalty<f32, Self>, CpuError> {
        trunk::tangent_penalty(mlp, head, at, h, wanted)
    }
    fused_on_the_cpu!(f32);
    fn squared_gradient(
        parameter: &Matrix<f32, Self>,
        gradients: &mut Gradients<f32, Self>,
    ) -> Result<f64, CpuError> {
        Ok(sum_of_squares(gradients.get_or_alloc_mut(parameter)?))
    }
    fn scale(&self, gradient: &mut <Self as Storage<f32>>::Vec, c: f64) -> Result<(), CpuError> {
        let c = f32::of(c);
        gradient.iter_mut().for_each(|g| *g *= c);
        Ok(())
    }
}

/// In 64 partial sums, so that the order is fixed and the loop vectorizes.
fn sum_of_squares(values: &[f32]) -> f64 {
    let mut sums = [0.0_f64; 64];
    let chunks = values.chunks_exact(64);
    for (sum, v) in sums.iter_mut().zip(chunks.remainder()) {
        *sum += v.get() * v.get();
    }
    for chunk in chunks {
        for (sum, v) in sums.iter_mut().zip(chunk) {
            *sum += v.get() * v.get();
        }
    }
    sums.iter().sum()
}

impl Backend<f64> for Cpu {
    type Frozen = Composed<f64, Self>;

    fn freeze(mlp: &Mlp<f64, Self>) -> Self::Frozen {
        Composed::of(mlp)
    }
    fused_on_the_cpu!(f64);
}

#[cfg(feature = "cuda")]
macro_rules! composed_on_the_gpu {
    ($($real:ty),*) => {$(
        impl Backend<$real> for dfdx::tensor::Cuda {
            type Frozen = Composed<$real, Self>;
            fn freeze(mlp: &Mlp<$real, Self>) -> Self::Frozen {
                Composed::of(mlp)
            }
        }
    )*};
}
#[cfg(feature = "cuda")]
composed_on_the_gpu!(f32, f64);

/// A tensor `[n_rows, n_cols]` with sizes known at run time; rows are samples.
pub type Matrix<E, D, T = NoneTape> = Tensor<(usize, usize), E, D, T>;

/// A matrix with a tape.
pub type Traced<E, D> = Matrix<E, D, OwnedTape<E, D>>;

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
    device.try_tensor_from_vec(E::of_slice(values), (n_rows, n_cols))
}

/// Uploads `values` as a vector in one copy.
///
/// # Errors
/// The device's error when memory runs out.
pub fn vector<E: Real, D: Backend<E>>(device: &D, values: &[f32]) -> Result<Vector<E, D>, D::Err> {
    let n = values.len();
    device.try_tensor_from_vec(E::of_slice(values), (n,))
}

/// The number in a scalar tensor, on the host.
pub fn scalar_value<E: Real, D: Backend<E>, T>(scalar: &Scalar<E, D, T>) -> f64 {
    scalar
        .as_vec()
        .first()
        .map_or(f64::NAN, |value| value.get())
}
