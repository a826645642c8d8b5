//! Rows in blocks, on as many threads as there are.

use crate::dense::Stack;
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
