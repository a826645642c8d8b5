//! Devices that differentiate whole networks, and their networks with fixed weights.

use super::{
    Matrix, Mlp, Real, TensorOps, composed,
    composed::{Differentiated, TangentPenalty, TangentPoints, WeightGradient},
    frozen::{Composed, FrozenNetwork},
};
use crate::agent::Head;
use dfdx::tensor::Cpu;

/// A device that differentiates whole networks. The default methods compose tensor operations
/// (`composed`); the CPU in f32 has vector kernels (`trunk`, `packed`).
pub trait Backend<E: Real>: TensorOps<E> {
    /// A network with fixed weights.
    type Frozen: FrozenNetwork<Self::Err>;

    /// Copies the weights of a network for passes that record nothing.
    fn freeze(mlp: &Mlp<E, Self>) -> Self::Frozen;

    /// Gradients of two losses that the host computes, one loss per network; both networks run at
    /// the inputs `x`. `of_first(first row, y, ȳ)` reads some output rows y, `[n, n_out]`, writes
    /// the derivatives of the first loss to ȳ and returns an answer; `of_second` does so for the
    /// second loss.
    ///
    /// # Errors
    /// The device's error.
    #[allow(clippy::type_complexity, reason = "the answers of two networks")]
    fn differentiate<R: Send, Q: Send>(
        (first, second): (&Mlp<E, Self>, &Mlp<E, Self>),
        x: &Matrix<E, Self>,
        of_first: impl Fn(usize, &[E], &mut [E]) -> R + Send + Sync,
        of_second: impl Fn(usize, &[E], &mut [E]) -> Q + Send + Sync,
    ) -> Result<(Differentiated<R, E, Self>, Differentiated<Q, E, Self>), Self::Err> {
        let first = composed::differentiate(first, x, of_first)?;
        Ok((first, composed::differentiate(second, x, of_second)?))
    }

    /// Mean of `h(‖ẏ‖²)` over rows, ẏ = J ẋ the tangent of the head's output at point x along ẋ.
    /// `h` maps ‖ẏ‖² to a value and its derivative. Differentiable in the weights only.
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
        composed::tangent_penalty(mlp, head, at, h)
    }
}

macro_rules! composed {
    ($device:ty: $($real:ty),*) => {$(
        impl Backend<$real> for $device {
            type Frozen = Composed<$real, Self>;
            fn freeze(mlp: &Mlp<$real, Self>) -> Self::Frozen {
                Composed::of(mlp)
            }
        }
    )*};
}
composed!(Cpu: f64);
#[cfg(feature = "cuda")]
composed!(dfdx::tensor::Cuda: f32, f64);
