//! Blocks of rows, computed on the threads of the caller's rayon pool.
//!
//! A block always has [`Stack::BLOCK`] rows, and results of blocks are combined in order, so
//! results do not depend on the number of threads.

use crate::dense::{Gradients, Stack};
use rayon::prelude::*;

/// Calls `f(block, rows of out)` for every block of `out [n_rows, n_cols]`; returns its answers.
pub(super) fn for_each_block<R: Send>(
    out: &mut [f32],
    n_cols: usize,
    n_threads: usize,
    f: impl Fn(usize, &mut [f32]) -> R + Send + Sync,
) -> Vec<R> {
    let len = Stack::BLOCK * n_cols.max(1);
    let f = |(block, rows): (usize, &mut [f32])| f(block, rows);
    if is_alone(out.len().div_ceil(len), n_threads) {
        out.chunks_mut(len).enumerate().map(f).collect()
    } else {
        out.par_chunks_mut(len).enumerate().map(f).collect()
    }
}

/// Calls `f(block, sum)`, which adds gradients to `sum`, for every block of `n_rows` rows; returns
/// the answers in order and the sum over all blocks. One thread has a single sum; several threads
/// have one sum per block, added in order.
pub(super) fn fold_blocks<R: Send>(
    stack: &Stack,
    n_rows: usize,
    n_threads: usize,
    f: impl Fn(usize, &mut Gradients) -> R + Send + Sync,
) -> (Vec<R>, Gradients) {
    let n_blocks = n_rows.div_ceil(Stack::BLOCK);
    let mut total = Gradients::zeros(stack);
    if is_alone(n_blocks, n_threads) {
        let answers = (0..n_blocks).map(|block| f(block, &mut total)).collect();
        return (answers, total);
    }
    let part = |block| {
        let mut part = Gradients::zeros(stack);
        (f(block, &mut part), part)
    };
    let parts: Vec<_> = (0..n_blocks).into_par_iter().map(part).collect();
    let mut answers = Vec::with_capacity(n_blocks);
    for (answer, part) in parts {
        total.add(&part);
        answers.push(answer);
    }
    (answers, total)
}

/// Smallest number of blocks that is worth several threads.
const LEAST_SHARED: usize = 8;

fn is_alone(n_blocks: usize, n_threads: usize) -> bool {
    n_blocks < LEAST_SHARED || n_threads <= 1
}

/// Rows of block `block` in a table `[n_rows, n_cols]`.
pub(super) fn block_of(table: &[f32], block: usize, n_cols: usize) -> &[f32] {
    let len = Stack::BLOCK * n_cols;
    let begin = block * len;
    &table[begin..table.len().min(begin + len)]
}
