//! Weight matrix in the kernels' reading order.

use super::padded;
use pulp::{Arch, Simd, WithSimd};

/// A matrix `[depth, n_cols]` cut into panels, each contiguous over depth. A panel is two vectors
/// wide, or one vector if all columns fit in it; the padding is zero.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panels {
    /// Number of rows of the matrix, the length of a dot product.
    pub(super) depth: usize,
    /// Number of columns without the padding.
    pub(super) n_cols: usize,
    /// Packed entries, `[n_panels, depth, width]`.
    pub(super) data: Vec<f32>,
}

impl Panels {
    /// Packs `matrix [depth, n_cols]`, row-major.
    pub(super) fn of(matrix: &[f32], depth: usize, n_cols: usize) -> Self {
        Self::gather(depth, n_cols, |k, panel, begin| {
            let row = &matrix[k * n_cols..(k + 1) * n_cols];
            let n = panel.len().min(n_cols - begin);
            panel[..n].copy_from_slice(&row[begin..begin + n]);
        })
    }

    /// Packs the transpose of `matrix [n_cols, depth]`, row-major.
    pub(super) fn of_transposed(matrix: &[f32], depth: usize, n_cols: usize) -> Self {
        Self::gather(depth, n_cols, |k, panel, begin| {
            let column = matrix[begin * depth..].iter().skip(k).step_by(depth);
            for (to, from) in panel.iter_mut().zip(column) {
                *to = *from;
            }
        })
    }

    /// Packs a matrix; `fill(k, panel_row, begin)` writes row k of the panel from column `begin`.
    fn gather(depth: usize, n_cols: usize, fill: impl Fn(usize, &mut [f32], usize)) -> Self {
        let width = Arch::new().dispatch(Width).min(padded(n_cols));
        let mut data = vec![0.0; padded(n_cols) * depth];
        for (p, panel) in data.chunks_exact_mut((width * depth).max(1)).enumerate() {
            let begin = p * width;
            if begin < n_cols {
                for (k, row) in panel.chunks_exact_mut(width).enumerate() {
                    fill(k, row, begin);
                }
            }
        }
        Self {
            depth,
            n_cols,
            data,
        }
    }
}

/// Width of a panel on this machine.
struct Width;

impl WithSimd for Width {
    type Output = usize;
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        2 * S::F32_LANES
    }
}
