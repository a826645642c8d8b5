//! Rows in blocks, on as many threads as there are.

use crate::dense::{Gradients, Stack};
use rayon::prelude::*;

/// Calls `f(block, rows of out)` for every block of `out [n_rows, n_cols]` and returns the answers in order.
///
/// Blocks have [`Stack::BLOCK`] rows whatever the number of threads, so what is computed does not depend on it. The threads are
/// those of the rayon pool that the caller runs in.
pub(super) fn for_each_block<R: Send>(
    out: &mut [f32],
    n_cols: usize,
    f: impl Fn(usize, &mut [f32]) -> R + Send + Sync,
) -> Vec<R> {
    let len = Stack::BLOCK * n_cols.max(1);
    let f = |(block, rows): (usize, &mut [f32])| f(block, rows);
    if out.len() <= len || rayon::current_num_threads() == 1 {
        out.chunks_mut(len).enumerate().map(f).collect()
    } else {
        out.par_chunks_mut(len).enumerate().map(f).collect()
    }
}

/// The sum over the blocks of `n_rows` rows of the gradients that `add(block, sum)` adds, block after block: the same bits at any
/// number of threads.
pub(super) fn sum_over_blocks(
    stack: &Stack,
    n_rows: usize,
    add: impl Fn(usize, &mut Gradients) + Send + Sync,
) -> Gradients {
    let n_blocks = n_rows.div_ceil(Stack::BLOCK);
    let mut total = Gradients::zeros(stack);
    if n_blocks < 2 || rayon::current_num_threads() == 1 {
        for block in 0..n_blocks {
            add(block, &mut total);
        }
        return total;
    }
    let part = |block| {
        let mut part = Gradients::zeros(stack);
        add(block, &mut part);
        part
    };
    let parts: Vec<Gradients> = (0..n_blocks).into_par_iter().map(part).collect();
    for part in &parts {
        total.add(part);
    }
    total
}

/// The rows of block `block` of a table `[n_rows, n_cols]`.
pub(super) fn block_of(table: &[f32], block: usize, n_cols: usize) -> &[f32] {
    let len = Stack::BLOCK * n_cols;
    let begin = block * len;
    &table[begin..table.len().min(begin + len)]
}

/// The same for pairs of tables that are written together.
pub(super) fn for_each_block_of_two<R: Send>(
    (a, a_cols): (&mut [f32], usize),
    (b, b_cols): (&mut [f32], usize),
    f: impl Fn(usize, &mut [f32], &mut [f32]) -> R + Send + Sync,
) -> Vec<R> {
    let (a_len, b_len) = (Stack::BLOCK * a_cols.max(1), Stack::BLOCK * b_cols.max(1));
    let f = |(block, (a, b)): (usize, (&mut [f32], &mut [f32]))| f(block, a, b);
    if a.len() <= a_len || rayon::current_num_threads() == 1 {
        let blocks = a.chunks_mut(a_len).zip(b.chunks_mut(b_len));
        blocks.enumerate().map(f).collect()
    } else {
        let blocks = a.par_chunks_mut(a_len).zip(b.par_chunks_mut(b_len));
        blocks.enumerate().map(f).collect()
    }
}
