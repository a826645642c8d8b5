//! Networks whose weights stand still: plain slices in and out, nothing recorded.

use super::{
    Backend, Matrix, Mlp, Real,
    blocks::{block_of, for_each_block, n_threads},
    matrix,
    passed::{Passed, Values},
};
use crate::dense::{Buffer, LayerWeights, Pullback, Stack};
use dfdx::{
    shapes::HasShape,
    tensor::{Cpu, OwnedTape, Trace},
    tensor_ops::{Backward, SumTo, TryMul},
};
use std::sync::Arc;

/// A network that only computes.
pub trait FrozenNetwork<Err>: std::fmt::Debug + Clone {
    /// y of `x [n_rows, n_in]` into `y [n_rows, n_out]`.
    ///
    /// # Errors
    /// The device's error.
    fn values(&self, x: &[f32], y: &mut [f32]) -> Result<(), Err>;

    /// `ȳᵀ J` into `to_x [n_rows, n_in]`, where `cotangent(first row, y, ȳ)` reads some rows of
    /// y(x), `[n, n_out]`, writes ȳ and says what it wants to say; the answers in order. `passed`
    /// takes what may serve another derivative at the same rows.
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
}

/// The weights of a network on the host, one pair per layer.
pub(super) struct HostWeights(Vec<(Vec<f32>, Vec<f32>)>);

impl HostWeights {
    pub(super) fn of(mlp: &Mlp<f32, Cpu>) -> Self {
        let data = |m: &Matrix<f32, Cpu>| {
            let (n_rows, n_cols) = *m.shape();
            let mut data = vec![0.0; n_rows * n_cols];
            m.copy_into(&mut data);
            data
        };
        let layers = mlp.layers.iter();
        Self(layers.map(|l| (data(&l.weight), data(&l.bias))).collect())
    }

    pub(super) fn layers(&self) -> Vec<LayerWeights<'_>> {
        let layers = self.0.iter();
        layers
            .map(|(weight, bias)| LayerWeights { weight, bias })
            .collect()
    }
}

/// Weights on the CPU, packed for the vector kernels.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    stack: Arc<Stack>,
    pullback: Pullback,
    /// At most so many threads; `None` for those of the pool.
    most_threads: Option<usize>,
}

impl Packed {
    pub(super) fn of(mlp: &Mlp<f32, Cpu>) -> Self {
        let weights = HostWeights::of(mlp);
        let layers = weights.layers();
        Self {
            stack: Arc::new(Stack::new(&layers, mlp.activation)),
            pullback: Pullback::new(&layers),
            most_threads: None,
        }
    }

    /// The same on one thread.
    pub(super) fn alone(self) -> Self {
        Self {
            most_threads: Some(1),
            ..self
        }
    }

    fn n_threads(&self) -> usize {
        self.most_threads.unwrap_or_else(n_threads)
    }
}

impl<Err> FrozenNetwork<Err> for Packed {
    fn values(&self, x: &[f32], y: &mut [f32]) -> Result<(), Err> {
        let (n_in, n_out) = (self.stack.n_inputs(), self.stack.n_outputs());
        for_each_block(y, n_out, self.n_threads(), |block, y| {
            let mut scratch = self.stack.scratch(y.len() / n_out);
            self.stack.infer(block_of(x, block, n_in), &mut scratch, y);
        });
        Ok(())
    }

    fn pull<R: Send>(
        &self,
        x: &[f32],
        cotangent: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
        to_x: &mut [f32],
        passed: Option<&mut Passed>,
    ) -> Result<Vec<R>, Err> {
        let (stack, n_in, is_kept) = (&*self.stack, self.stack.n_inputs(), passed.is_some());
        let pulled = for_each_block(to_x, n_in, self.n_threads(), |block, to_x| {
            let x = block_of(x, block, n_in);
            let values = Values::of(stack, x);
            let mut to_y = vec![0.0; values.output.len()];
            let answer = cotangent(block * Stack::BLOCK, &values.output, &mut to_y);
            let at = (x, &values.hidden);
            self.pullback.pull(stack, at, &to_y, None, Some(to_x));
            (answer, is_kept.then(|| (Buffer::copy_of(x), values)))
        });
        let (answers, blocks): (_, Vec<_>) = pulled.into_iter().unzip();
        if let Some(passed) = passed {
            *passed = Passed::of(&self.stack, blocks.into_iter().flatten());
        }
        Ok(answers)
    }
}

/// Weights on any device, through the tensor library.
#[derive(Debug, Clone)]
pub struct Composed<E: Real, D: Backend<E>> {
    mlp: Mlp<E, D>,
    device: D,
    n_in: usize,
}

impl<E: Real, D: Backend<E>> Composed<E, D> {
    pub(super) fn of(mlp: &Mlp<E, D>) -> Self {
        let first = mlp.layers.first();
        Self {
            mlp: mlp.clone(),
            device: first.map_or_else(D::default, |layer| layer.weight.device().clone()),
            n_in: first.map_or(0, |layer| layer.weight.shape().0),
        }
    }
}

impl<E: Real, D: Backend<E>> FrozenNetwork<D::Err> for Composed<E, D> {
    fn values(&self, x: &[f32], y: &mut [f32]) -> Result<(), D::Err> {
        let x = matrix(&self.device, x, x.len() / self.n_in.max(1), self.n_in)?;
        download(&self.mlp.forward(x)?.as_vec(), y);
        Ok(())
    }

    fn pull<R: Send>(
        &self,
        x: &[f32],
        cotangent: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
        to_x: &mut [f32],
        _passed: Option<&mut Passed>,
    ) -> Result<Vec<R>, D::Err> {
        let n_rows = x.len() / self.n_in.max(1);
        let x: Matrix<E, D> = matrix(&self.device, x, n_rows, self.n_in)?;
        let values: Matrix<E, D, OwnedTape<E, D>> = self.mlp.forward(x.leaky_trace())?;
        let y: Vec<f32> = values.as_vec().into_iter().map(E::get_f32).collect();
        let mut to_y = vec![0.0; y.len()];
        let answer = cotangent(0, &y, &mut to_y);
        let to_y = matrix(&self.device, &to_y, n_rows, values.shape().1)?;
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
