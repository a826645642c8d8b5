//! Networks with fixed weights: plain slices in and out, nothing recorded.

use super::{Matrix, Mlp, Passed, Real, TensorOps, Traced, matrix, packed::Packed};
use dfdx::{
    shapes::HasShape,
    tensor::Trace,
    tensor_ops::{Backward, SumTo, TryMul},
};

/// A network with fixed weights.
pub trait FrozenNetwork<Err>: std::fmt::Debug + Clone {
    /// Writes the outputs at `x [n_rows, n_in]` to `y [n_rows, n_out]`.
    ///
    /// # Errors
    /// The device's error.
    fn values(&self, x: &[f32], y: &mut [f32]) -> Result<(), Err>;

    /// Writes `ȳᵀ J` to `to_x [n_rows, n_in]` and returns the answers of `cotangent` in order.
    /// `cotangent(first row, y, ȳ)` reads some output rows y, `[n, n_out]`, writes ȳ and returns an
    /// answer. `passed` receives all layer values for another derivative at the same rows.
    ///
    /// # Errors
    /// The device's error.
    fn pull<R: Send>(
        &self,
        x: &[f32],
        cotangent: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
        to_x: &mut [f32],
        passed: Option<&mut Passed>,
    ) -> Result<Vec<R>, Err>;

    /// A copy that computes on one host thread; `None` if the device is not the host.
    fn on_host(&self) -> Option<Packed> {
        None
    }
}

/// A network on any device, computed by tensor operations.
#[derive(Debug, Clone)]
pub struct Composed<E: Real, D: TensorOps<E>>(Mlp<E, D>);

impl<E: Real, D: TensorOps<E>> Composed<E, D> {
    pub(super) fn of(mlp: &Mlp<E, D>) -> Self {
        Self(mlp.clone())
    }

    fn upload(&self, x: &[f32]) -> Result<Matrix<E, D>, D::Err> {
        let n_in = self.0.n_inputs();
        matrix(&self.0.device(), x, x.len() / n_in.max(1), n_in)
    }
}

impl<E: Real, D: TensorOps<E>> FrozenNetwork<D::Err> for Composed<E, D> {
    fn values(&self, x: &[f32], y: &mut [f32]) -> Result<(), D::Err> {
        download(&self.0.forward(self.upload(x)?)?.as_vec(), y);
        Ok(())
    }

    fn pull<R: Send>(
        &self,
        x: &[f32],
        cotangent: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
        to_x: &mut [f32],
        _passed: Option<&mut Passed>,
    ) -> Result<Vec<R>, D::Err> {
        let x = self.upload(x)?;
        let values: Traced<E, D> = self.0.forward(x.leaky_trace())?;
        let y: Vec<f32> = values.as_vec().into_iter().map(E::get_f32).collect();
        let mut to_y = vec![0.0; y.len()];
        let answer = cotangent(0, &y, &mut to_y);
        let (n_rows, n_out) = *values.shape();
        let to_y = matrix(&self.0.device(), &to_y, n_rows, n_out)?;
        let gradients = values.try_mul(to_y)?.try_sum()?.try_backward()?;
        download(&gradients.get(&x).as_vec(), to_x);
        Ok(vec![answer])
    }
}

fn download<E: Real>(from: &[E], to: &mut [f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = from.get_f32();
    }
}
