//! Matrix products of a dense layer: rows times panels, transposed inputs times cotangents.

use super::{Stack, padded, panels::Panels};
use pulp::Simd;

/// Row-major matrix whose rows start `ld` entries apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) data: &'a [f32],
    pub(super) ld: usize,
}

impl<'a> Rows<'a> {
    /// Rows padded to whole vectors.
    pub(super) const fn padded(data: &'a [f32], n_cols: usize) -> Self {
        Self {
            data,
            ld: padded(n_cols),
        }
    }

    const fn len(self) -> usize {
        self.data.len() / self.ld
    }

    /// The first `depth` entries of each of the `R` rows from `row` on.
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

/// Function applied to a vector of sums before it is stored. It is a trait because closures cannot
/// be forced inline, and a function that is not inlined loses the vector instructions.
pub(super) trait Finish<S: Simd> {
    /// Vector to store at index `i`, counted in vectors of the output.
    fn finish(&mut self, s: S, sums: S::f32s, i: usize) -> S::f32s;
}

/// Stores the sums unchanged.
pub(super) struct Linear;

impl<S: Simd> Finish<S> for Linear {
    #[inline(always)]
    fn finish(&mut self, _: S, sums: S::f32s, _: usize) -> S::f32s {
        sums
    }
}

/// out = finish(bias + x M), `out [n_rows, padded(n_cols)]`.
///
/// Every tile sums over the depth in order, so a row's result does not depend on other rows.
#[inline(always)]
pub(super) fn product<S: Simd>(
    s: S,
    x: Rows<'_>,
    matrix: &Panels,
    bias: Option<&[f32]>,
    out: &mut [f32],
    mut finish: impl Finish<S>,
) {
    if padded(matrix.n_cols) == S::F32_LANES {
        product_by::<S, 1>(s, x, matrix, bias, out, &mut finish);
    } else {
        product_by::<S, 2>(s, x, matrix, bias, out, &mut finish);
    }
}

/// [`product`] for panels of `H` vectors. A tile keeps six rows by two vectors, or eight by one, in
/// registers: enough independent sums to hide the latency of a multiplication.
#[inline(always)]
fn product_by<S: Simd, const H: usize>(
    s: S,
    x: Rows<'_>,
    matrix: &Panels,
    bias: Option<&[f32]>,
    out: &mut [f32],
    finish: &mut impl Finish<S>,
) {
    let depth = matrix.depth;
    if depth == 0 {
        return;
    }
    let (panels, _) = S::as_simd_f32s(&matrix.data);
    let panels = (panels.as_chunks::<H>().0, depth);
    let (out, _) = S::as_mut_simd_f32s(out);
    let n_rows = x.len();
    let mut row = 0;
    while row < n_rows {
        row += match (n_rows - row, H) {
            (8.., 1) => some_rows::<S, 8, 1, H>(s, (x, row), panels, bias, out, finish),
            (6.., 2..) => some_rows::<S, 6, 1, H>(s, (x, row), panels, bias, out, finish),
            (4.., _) => some_rows::<S, 4, 1, H>(s, (x, row), panels, bias, out, finish),
            _ => some_rows::<S, 1, 4, H>(s, (x, row), panels, bias, out, finish),
        };
    }
}

/// Multiplies `R` rows by all panels, `P` panels at a time and the rest singly; returns R.
#[inline(always)]
fn some_rows<S: Simd, const R: usize, const P: usize, const H: usize>(
    s: S,
    (x, row): (Rows<'_>, usize),
    (panels, depth): (&[[S::f32s; H]], usize),
    bias: Option<&[f32]>,
    out: &mut [S::f32s],
    finish: &mut impl Finish<S>,
) -> usize {
    let n_panels = panels.len() / depth;
    let x = x.some::<R>(row, depth);
    let mut panel = 0;
    while panel + P <= n_panels {
        let columns = panels_from::<_, P, H>(panels, panel, depth);
        let sums = tile::<S, R, P, H>(s, x, columns, bias, panel);
        store(s, sums, out, (row, panel, n_panels), finish);
        panel += P;
    }
    while panel < n_panels {
        let columns = panels_from::<_, 1, H>(panels, panel, depth);
        let sums = tile::<S, R, 1, H>(s, x, columns, bias, panel);
        store(s, sums, out, (row, panel, n_panels), finish);
        panel += 1;
    }
    R
}

#[inline(always)]
fn panels_from<V, const P: usize, const H: usize>(
    panels: &[[V; H]],
    first: usize,
    depth: usize,
) -> [&[[V; H]]; P] {
    let mut columns: [&[[V; H]]; P] = [&[]; P];
    for p in 0..P {
        columns[p] = &panels[(first + p) * depth..(first + p + 1) * depth];
    }
    columns
}

/// Products of `R` rows with the `P` panels from `first` on.
#[inline(always)]
fn tile<S: Simd, const R: usize, const P: usize, const H: usize>(
    s: S,
    x: [&[f32]; R],
    columns: [&[[S::f32s; H]]; P],
    bias: Option<&[f32]>,
    first: usize,
) -> [[[S::f32s; H]; P]; R] {
    let depth = x[0].len();
    let mut sums = [[[s.splat_f32s(0.0); H]; P]; R];
    if let Some(bias) = bias {
        let (bias, _) = S::as_simd_f32s(bias);
        for p in 0..P {
            for i in 0..R {
                for h in 0..H {
                    sums[i][p][h] = bias[H * (first + p) + h];
                }
            }
        }
    }
    // Slices of known length remove the bounds checks of the loop below.
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
                for h in 0..H {
                    sums[i][p][h] = s.mul_add_e_f32s(a, b[h], sums[i][p][h]);
                }
            }
        }
    }
    sums
}

/// Finishes the sums of a tile and writes them from the tile's first row and panel on.
#[inline(always)]
fn store<S: Simd, const R: usize, const P: usize, const H: usize>(
    s: S,
    sums: [[[S::f32s; H]; P]; R],
    out: &mut [S::f32s],
    (row, panel, n_panels): (usize, usize, usize),
    finish: &mut impl Finish<S>,
) {
    for i in 0..R {
        let begin = H * ((row + i) * n_panels + panel);
        for p in 0..P {
            for h in 0..H {
                let at = begin + H * p + h;
                out[at] = finish.finish(s, sums[i][p][h], at);
            }
        }
    }
}

/// Number of rows summed at a time. They fit into the first-level cache, and calls on blocks of
/// this many rows give the bits of one call on all rows.
const WALK: usize = Stack::BLOCK;

/// `w ← w + Σ xᵀ g` over `pairs` (x, g) with equal numbers of rows: `x [n_rows, n_in]`, `g [n_rows,
/// padded(n_out)]`, `w [n_in, padded(n_out)]`.
#[inline(always)]
pub(super) fn add_outer<S: Simd, const P: usize>(
    s: S,
    pairs: [(Rows<'_>, Rows<'_>); P],
    n_in: usize,
    w: &mut [f32],
) {
    let (n_rows, ld) = (pairs[0].1.len(), pairs[0].1.ld);
    let mut row = 0;
    while row < n_rows {
        let end = n_rows.min(row + WALK);
        let mut walk = pairs;
        for (x, g) in &mut walk {
            x.data = &x.data[row * x.ld..end * x.ld];
            g.data = &g.data[row * g.ld..end * g.ld];
        }
        if ld == S::F32_LANES {
            outer_column::<S, 1, P>(s, walk, 0, n_in, w);
        } else {
            for column in 0..ld / (2 * S::F32_LANES) {
                outer_column::<S, 2, P>(s, walk, column, n_in, w);
            }
        }
        row = end;
    }
}

/// Updates one block of columns of w, `H` vectors wide.
#[inline(always)]
fn outer_column<S: Simd, const H: usize, const P: usize>(
    s: S,
    pairs: [(Rows<'_>, Rows<'_>); P],
    column: usize,
    n_in: usize,
    w: &mut [f32],
) {
    let mut k = 0;
    while k < n_in {
        k += match (n_in - k, H) {
            (8.., 1) => outer_tile::<S, 8, H, P>(s, pairs, k, column, w),
            (6.., _) => outer_tile::<S, 6, H, P>(s, pairs, k, column, w),
            (4.., _) => outer_tile::<S, 4, H, P>(s, pairs, k, column, w),
            (2.., _) => outer_tile::<S, 2, H, P>(s, pairs, k, column, w),
            _ => outer_tile::<S, 1, H, P>(s, pairs, k, column, w),
        };
    }
}

/// Updates `R` rows of one block of columns of w, `H` vectors wide; returns R.
#[inline(always)]
fn outer_tile<S: Simd, const R: usize, const H: usize, const P: usize>(
    s: S,
    pairs: [(Rows<'_>, Rows<'_>); P],
    k: usize,
    column: usize,
    w: &mut [f32],
) -> usize {
    let width = H * S::F32_LANES;
    let begin = column * width;
    let mut sums = [[s.splat_f32s(0.0); H]; R];
    for (x, g) in pairs {
        for (x, g) in x.data.chunks_exact(x.ld).zip(g.data.chunks_exact(g.ld)) {
            let x = &x[k..k + R];
            let (g, _) = S::as_simd_f32s(&g[begin..begin + width]);
            let g = &g[..H];
            for i in 0..R {
                let a = s.splat_f32s(x[i]);
                for h in 0..H {
                    sums[i][h] = s.mul_add_e_f32s(a, g[h], sums[i][h]);
                }
            }
        }
    }
    let ld = pairs[0].1.ld;
    for (i, sum) in sums.iter().enumerate() {
        let begin = (k + i) * ld + begin;
        let (w, _) = S::as_mut_simd_f32s(&mut w[begin..begin + width]);
        for h in 0..H {
            w[h] = s.add_f32s(w[h], sum[h]);
        }
    }
    R
}

/// Adds the rows of g to `b [padded(n_out)]`, [`WALK`] rows at a time like [`add_outer`].
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
