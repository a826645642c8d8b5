//! Networks on the CPU in f32, packed for the vector kernels.

use super::{
    FrozenNetwork, Mlp, Passed,
    blocks::{block_of, for_each_block},
    fused::data,
    passed::Values,
};
use crate::dense::{Buffer, LayerWeights, Pullback, Stack};
use dfdx::tensor::Cpu;
use std::sync::Arc;

/// Packs the weights of a network for the kernels, forward and backward.
pub(super) fn pack(mlp: &Mlp<f32, Cpu>) -> (Stack, Pullback) {
    let data: Vec<_> = mlp.parameters().map(data).collect();
    let pairs = data.as_chunks().0.iter();
    let layers: Vec<_> = pairs
        .map(|[weight, bias]| LayerWeights { weight, bias })
        .collect();
    (Stack::new(&layers, mlp.activation), Pullback::new(&layers))
}

/// A network with fixed weights on the CPU, packed for the vector kernels.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    stack: Arc<Stack>,
    pullback: Pullback,
    /// Largest number of threads; `None` for all threads of the pool.
    most_threads: Option<usize>,
}

impl Packed {
    pub(super) fn of(mlp: &Mlp<f32, Cpu>) -> Self {
        let (stack, pullback) = pack(mlp);
        Self {
            stack: Arc::new(stack),
            pullback,
            most_threads: None,
        }
    }

    fn n_threads(&self) -> usize {
        self.most_threads.unwrap_or_else(rayon::current_num_threads)
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

    fn on_host(&self) -> Option<Self> {
        Some(Self {
            most_threads: Some(1),
            ..self.clone()
        })
    }
}
