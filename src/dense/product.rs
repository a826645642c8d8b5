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

    /// The first `depth` numbers of `R` rows from `row` on.
    #[inline(always)]
    fn some<const R: usize>(self, row: usize, depth: usize) -> [&'a [f32]; R] {
        let mut rows: [&[f32]; R] = [&[]; R];
        for i in 0..R {
            let begin = (row + i) * self.ld;
            rows[i] = &self.data[begin..begin + depth];
        }
        rows
    }
}

/// What becomes of a vector of sums before it is stored. A trait and not a closure: a closure cannot be forced into its caller,
/// and outside of it there are no vector instructions.
pub(super) trait Finish<S: Simd>: Copy {
    /// The vector at index `i` of the output's vectors.
    fn finish(self, s: S, sums: S::f32s, i: usize) -> S::f32s;
}

/// Nothing.
#[derive(Clone, Copy)]
pub(super) struct Linear;

impl<S: Simd> Finish<S> for Linear {
    #[inline(always)]
    fn finish(self, _: S, sums: S::f32s, _: usize) -> S::f32s {
        sums
    }
}

/// Rows of a tile. Four rows by two vectors keep eight sums in registers: as many as the multipliers' latency asks for.
const TILE: usize = 4;

/// out = finish(bias + x M), `out [n_rows, padded(n_cols)]`.
///
/// Every sum runs over the depth in order, whatever the tile: a row's result does not depend on the rows around it.
#[inline(always)]
pub(super) fn product<S: Simd>(
    s: S,
    x: Rows<'_>,
    matrix: &Panels,
    bias: Option<&[f32]>,
    out: &mut [f32],
    finish: impl Finish<S>,
) {
    let depth = matrix.depth;
    if depth == 0 {
        return;
    }
    let n_vectors = padded(matrix.n_cols) / S::F32_LANES;
    let (panels, _) = S::as_simd_f32s(&matrix.data);
    let (panels, _) = panels.as_chunks::<2>();
    let (out, _) = S::as_mut_simd_f32s(out);
    let n_panels = panels.len() / depth;
    let n_rows = x.len();
    let mut row = 0;
    while row + TILE <= n_rows {
        for panel in 0..n_panels {
            let columns = panels_from(panels, panel, depth);
            let sums = tile::<S, TILE, 1>(s, x.some(row, depth), columns, bias, panel);
            store(
                s,
                sums,
                out,
                (row * n_vectors + 2 * panel, n_vectors),
                finish,
            );
        }
        row += TILE;
    }
    while row < n_rows {
        let mut panel = 0;
        while panel + 4 <= n_panels {
            let columns = panels_from(panels, panel, depth);
            let sums = tile::<S, 1, 4>(s, x.some(row, depth), columns, bias, panel);
            store(
                s,
                sums,
                out,
                (row * n_vectors + 2 * panel, n_vectors),
                finish,
            );
            panel += 4;
        }
        while panel < n_panels {
            let columns = panels_from(panels, panel, depth);
            let sums = tile::<S, 1, 1>(s, x.some(row, depth), columns, bias, panel);
            store(
                s,
                sums,
                out,
                (row * n_vectors + 2 * panel, n_vectors),
                finish,
            );
            panel += 1;
        }
        row += 1;
    }
}

#[inline(always)]
fn panels_from<V, const P: usize>(panels: &[[V; 2]], first: usize, depth: usize) -> [&[[V; 2]]; P] {
    let mut columns: [&[[V; 2]]; P] = [&[]; P];
    for p in 0..P {
        columns[p] = &panels[(first + p) * depth..(first + p + 1) * depth];
    }
    columns
}

/// Sums of `R` rows against `P` panels from `first` on.
#[inline(always)]
fn tile<S: Simd, const R: usize, const P: usize>(
    s: S,
    x: [&[f32]; R],
    columns: [&[[S::f32s; 2]]; P],
    bias: Option<&[f32]>,
    first: usize,
) -> [[[S::f32s; 2]; P]; R] {
    let depth = x[0].len();
    let mut sums = [[[s.splat_f32s(0.0); 2]; P]; R];
    if let Some(bias) = bias {
        let (bias, _) = S::as_simd_f32s(bias);
        for p in 0..P {
            for i in 0..R {
                sums[i][p] = [bias[2 * (first + p)], bias[2 * (first + p) + 1]];
            }
        }
    }
    // Tells the compiler what the loop below need not check.
    let (mut x, mut columns) = (x, columns);
    for i in 0..R {
        x[i] = &x[i][..depth];
    }
    for p in 0..P {
        columns[p] = &columns[p][..depth];
    }
    for k in 0..depth {
        for i in 0..R {
            let a = s.splat_f32s(x[i][k]);
            for p in 0..P {
                let b = columns[p][k];
                sums[i][p][0] = s.mul_add_e_f32s(a, b[0], sums[i][p][0]);
                sums[i][p][1] = s.mul_add_e_f32s(a, b[1], sums[i][p][1]);
            }
        }
    }
    sums
}

/// Finishes the sums of a tile and writes them from vector `begin` on, rows `n_vectors` apart.
#[inline(always)]
fn store<S: Simd, const R: usize, const P: usize>(
    s: S,
    sums: [[[S::f32s; 2]; P]; R],
    out: &mut [S::f32s],
    (begin, n_vectors): (usize, usize),
    finish: impl Finish<S>,
) {
    for i in 0..R {
        for p in 0..P {
            for h in 0..2 {
                let at = begin + i * n_vectors + 2 * p + h;
                out[at] = finish.finish(s, sums[i][p][h], at);
            }
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
        let (left, right) = (g[0], g[1]);
        for i in 0..R {
            let a = s.splat_f32s(x[i]);
            sums[i][0] = s.mul_add_e_f32s(a, left, sums[i][0]);
            sums[i][1] = s.mul_add_e_f32s(a, right, sums[i][1]);
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
