//! The two matrix products of a dense layer: rows times panels, and inputs transposed times cotangents.

use super::{Stack, padded, panels::Panels};
use pulp::Simd;

/// Row-major numbers, `ld` apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) data: &'a [f32],
    pub(super) ld: usize,
}

impl<'a> Rows<'a> {
    /// Rows whose buffers are padded.
    pub(super) const fn padded(data: &'a [f32], n_cols: usize) -> Self {
        Self {
            data,
            ld: padded(n_cols),
        }
    }

    const fn len(self) -> usize {
        self.data.len() / self.ld
    }
}

/// Rows of a tile. Four rows by two vectors keep eight sums in registers: as many as the multipliers' latency asks for.
const TILE: usize = 4;

/// out = finish(bias + x M), `out [n_rows, padded(n_cols)]`. `finish` gets each vector and its index in `out`.
///
/// Every sum runs over the depth in order, whatever the tile: a row's result does not depend on the rows around it.
#[inline(always)]
pub(super) fn product<S: Simd>(
    s: S,
    x: Rows<'_>,
    matrix: &Panels,
    bias: Option<&[f32]>,
    out: &mut [f32],
    finish: impl Fn(S::f32s, usize) -> S::f32s,
) {
    let (depth, ld) = (matrix.depth, padded(matrix.n_cols));
    let (panels, _) = S::as_simd_f32s(&matrix.data);
    let (panels, _) = panels.as_chunks::<2>();
    let bias = bias.map(|bias| S::as_simd_f32s(bias).0.as_chunks::<2>().0);
    let (out, _) = S::as_mut_simd_f32s(out);
    let n_vectors = ld / S::F32_LANES;
    let n_rows = x.len();
    let mut row = 0;
    while row < n_rows {
        let out = &mut out[row * n_vectors..];
        let begin = row * n_vectors;
        let finish = |v, i| finish(v, begin + i);
        if row + TILE <= n_rows {
            rows::<S, TILE, 1>(s, x, row, depth, panels, bias, out, &finish);
            row += TILE;
        } else {
            rows::<S, 1, 4>(s, x, row, depth, panels, bias, out, &finish);
            row += 1;
        }
    }
}

/// `R` rows against all panels, `P` of them at a time where so many are left.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "inlined into one caller")]
fn rows<S: Simd, const R: usize, const P: usize>(
    s: S,
    x: Rows<'_>,
    row: usize,
    depth: usize,
    panels: &[[S::f32s; 2]],
    bias: Option<&[[S::f32s; 2]]>,
    out: &mut [S::f32s],
    finish: &impl Fn(S::f32s, usize) -> S::f32s,
) {
    let x: [&[f32]; R] = std::array::from_fn(|i| &x.data[(row + i) * x.ld..][..depth]);
    if depth == 0 {
        return;
    }
    let n_panels = panels.len() / depth;
    let n_vectors = 2 * n_panels;
    let mut panel = 0;
    while panel < n_panels {
        if P > 1 && panel + P <= n_panels {
            tile::<S, R, P>(s, x, panels, bias, (panel, n_vectors), out, finish);
            panel += P;
        } else {
            tile::<S, R, 1>(s, x, panels, bias, (panel, n_vectors), out, finish);
            panel += 1;
        }
    }
}

#[inline(always)]
fn tile<S: Simd, const R: usize, const P: usize>(
    s: S,
    x: [&[f32]; R],
    panels: &[[S::f32s; 2]],
    bias: Option<&[[S::f32s; 2]]>,
    (first, n_vectors): (usize, usize),
    out: &mut [S::f32s],
    finish: &impl Fn(S::f32s, usize) -> S::f32s,
) {
    let depth = x[0].len();
    let columns: [&[[S::f32s; 2]]; P] =
        std::array::from_fn(|p| &panels[(first + p) * depth..][..depth]);
    let mut sums = [[[s.splat_f32s(0.0); 2]; P]; R];
    if let Some(bias) = bias {
        for sums in &mut sums {
            sums.copy_from_slice(&bias[first..first + P]);
        }
    }
    let x: [&[f32]; R] = x.map(|x| &x[..depth]);
    for k in 0..depth {
        let b: [[S::f32s; 2]; P] = std::array::from_fn(|p| columns[p][k]);
        for (sums, x) in sums.iter_mut().zip(&x) {
            let a = s.splat_f32s(x[k]);
            for (sum, b) in sums.iter_mut().zip(&b) {
                sum[0] = s.mul_add_e_f32s(a, b[0], sum[0]);
                sum[1] = s.mul_add_e_f32s(a, b[1], sum[1]);
            }
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        let begin = i * n_vectors + 2 * first;
        let out = &mut out[begin..begin + 2 * P];
        for (j, sum) in sums.as_flattened().iter().enumerate() {
            out[j] = finish(*sum, begin + j);
        }
    }
}

/// Rows of cotangents that are summed at once: they stay in the first cache, and sums over blocks of so many rows add up to the
/// bits of the sum over all.
const WALK: usize = Stack::BLOCK;

/// `w ← w + xᵀ g`: `x [n_rows, n_in]`, `g [n_rows, padded(n_out)]`, `w [n_in, padded(n_out)]`.
#[inline(always)]
pub(super) fn add_outer<S: Simd>(s: S, x: Rows<'_>, n_in: usize, g: Rows<'_>, w: &mut [f32]) {
    for (x_walk, g_walk) in x.data.chunks(WALK * x.ld).zip(g.data.chunks(WALK * g.ld)) {
        let x = Rows { data: x_walk, ..x };
        let g = Rows { data: g_walk, ..g };
        for column in 0..g.ld / (2 * S::F32_LANES) {
            let mut k = 0;
            while k < n_in {
                k += match n_in - k {
                    6.. => outer_tile::<S, 6>(s, x, k, g, column, w),
                    2.. => outer_tile::<S, 2>(s, x, k, g, column, w),
                    _ => outer_tile::<S, 1>(s, x, k, g, column, w),
                };
            }
        }
    }
}

/// `R` rows of w, two vectors wide; returns R.
#[inline(always)]
fn outer_tile<S: Simd, const R: usize>(
    s: S,
    x: Rows<'_>,
    k: usize,
    g: Rows<'_>,
    column: usize,
    w: &mut [f32],
) -> usize {
    let width = 2 * S::F32_LANES;
    let begin = column * width;
    let mut sums = [[s.splat_f32s(0.0); 2]; R];
    for (x, g) in x.data.chunks_exact(x.ld).zip(g.data.chunks_exact(g.ld)) {
        let x = &x[k..k + R];
        let (g, _) = S::as_simd_f32s(&g[begin..begin + width]);
        let g = [g[0], g[1]];
        for (sum, x) in sums.iter_mut().zip(x) {
            let a = s.splat_f32s(*x);
            sum[0] = s.mul_add_e_f32s(a, g[0], sum[0]);
            sum[1] = s.mul_add_e_f32s(a, g[1], sum[1]);
        }
    }
    for (i, sum) in sums.iter().enumerate() {
        let begin = (k + i) * g.ld + begin;
        let (w, _) = S::as_mut_simd_f32s(&mut w[begin..begin + width]);
        w[0] = s.add_f32s(w[0], sum[0]);
        w[1] = s.add_f32s(w[1], sum[1]);
    }
    R
}

/// b ← b + Σ of the rows of g, `b [padded(n_out)]`; a walk at a time, as [`add_outer`] sums.
#[inline(always)]
pub(super) fn add_columns<S: Simd>(s: S, g: Rows<'_>, b: &mut [f32]) {
    let (b, _) = S::as_mut_simd_f32s(b);
    for walk in g.data.chunks(WALK * g.ld) {
        for (j, b) in b.iter_mut().enumerate() {
            let mut sum = s.splat_f32s(0.0);
            for g in walk.chunks_exact(g.ld) {
                sum = s.add_f32s(sum, S::as_simd_f32s(g).0[j]);
            }
            *b = s.add_f32s(*b, sum);
        }
    }
}
