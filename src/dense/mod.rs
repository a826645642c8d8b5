//! Dense networks on the CPU in `f32`: forward, backward, and their tangents, on blocks of rows.
//!
//! A [`Stack`] holds the weights of a multilayer perceptron in the kernels' reading order. It
//! computes values ([`Stack::infer`]; [`Stack::forward`] also keeps the hidden layers) and forward
//! tangents ([`Stack::tangent`]). A [`Pullback`] holds the transposed weights and computes
//! gradients: [`Pullback::pull`] from a cotangent of the output, [`Pullback::pull_tangent`] from
//! cotangents of the output *and* of its tangent. The latter is the exact weight gradient of a
//! Jacobian penalty without second-order differentiation.
//!
//! The kernels use the machine's vector instructions (`pulp`), without threads, tapes or devices. A
//! row's result depends on that row alone, so training and a deployed bot compute the same bits on
//! the same machine.
//!
//! For layers i = 0..L: `y_0 = x`, `a_i = y_i W_i + b_i`, `y_{i+1} = σ(a_i)` (last layer: `y_L =
//! a_{L-1}`). Tangents: `s_i = ẏ_i W_i`, `ẏ_{i+1} = s_i ⊙ σ'(y_{i+1})`, with the slope σ' as a
//! function of the value y.
#![allow(
    clippy::inline_always,
    reason = "a kernel outside its dispatch is compiled without the machine's vector instructions"
)]
#![allow(
    clippy::many_single_char_names,
    reason = "the letters of the equations above"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "the compiler unrolls indexed loops over small arrays into registers"
)]

mod activation;
mod buffer;
mod gradients;
mod panels;
mod product;
mod pullback;
mod stack;

pub use activation::{Activation, tanh};
pub use buffer::Buffer;
pub use gradients::Gradients;
pub use pullback::{Pullback, TangentPoint};
pub use stack::{Hidden, LayerWeights, Scratch, Stack, Tangents};

/// Number of columns, rounded up to whole vectors of any machine: 8 or a multiple of 16.
const fn padded(n: usize) -> usize {
    if n <= 8 { 8 } else { n.div_ceil(16) * 16 }
}

/// Copies `rows [n_rows, n_cols]` and pads each row with zeros to [`padded`] columns.
fn pad(rows: &[f32], n_cols: usize) -> Buffer {
    let ld = padded(n_cols);
    let mut out = Buffer::of_len(rows.len() / n_cols.max(1) * ld);
    for (to, from) in out.chunks_exact_mut(ld).zip(rows.chunks_exact(n_cols)) {
        let (to, zeros) = to.split_at_mut(n_cols);
        to.copy_from_slice(from);
        zeros.fill(0.0);
    }
    out
}

/// Copies the first `n_cols` columns of padded rows to `to`.
fn unpad(from: &[f32], n_cols: usize, to: &mut [f32]) {
    let rows = from.chunks_exact(padded(n_cols));
    for (to, from) in to.chunks_exact_mut(n_cols).zip(rows) {
        to.copy_from_slice(&from[..n_cols]);
    }
}

#[cfg(test)]
mod tests;
