//! Cholesky factor of a positive definite matrix.

/// Lower triangular L with `L Lᵀ = M`, row-major `[n, n]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cholesky {
    n: usize,
    factor: Vec<f64>,
}

/// First row whose pivot is not positive, and the squared pivot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NotPositive {
    pub(super) row: usize,
    pub(super) found: f64,
}

impl Cholesky {
    /// Factors the symmetric `matrix [n, n]`; reads only its lower triangle. Each squared diagonal
    /// entry of the factor must exceed `least`.
    pub(super) fn new(matrix: &[f64], n: usize, least: f64) -> Result<Self, NotPositive> {
        let mut factor = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                let known: f64 = (0..column)
                    .map(|k| factor[row * n + k] * factor[column * n + k])
                    .sum();
                let left = matrix[row * n + column] - known;
                factor[row * n + column] = if row > column {
                    left / factor[column * n + column]
                } else if left > least {
                    left.sqrt()
                } else {
                    return Err(NotPositive { row, found: left });
                };
            }
        }
        Ok(Self { n, factor })
    }

    /// Writes `L x` to `out`.
    pub(super) fn apply(&self, x: &[f64], out: &mut [f64]) {
        for (row, to) in self.factor.chunks_exact(self.n).zip(out) {
            *to = row.iter().zip(x).map(|(l, x)| l * x).sum();
        }
    }

    /// Solves `M x = y`.
    pub(super) fn solve(&self, y: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut x = y.to_vec();
        for row in 0..n {
            let known: f64 = (0..row).map(|k| self.factor[row * n + k] * x[k]).sum();
            x[row] = (x[row] - known) / self.factor[row * n + row];
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|k| self.factor[k * n + row] * x[k]).sum();
            x[row] = (x[row] - known) / self.factor[row * n + row];
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_reproduces_and_inverts_its_matrix() {
        // M = L Lᵀ with L = [[2, 0, 0], [1, 3, 0], [-1, 0.5, 1.5]].
        let matrix = [4.0, 2.0, -2.0, 2.0, 10.0, 0.5, -2.0, 0.5, 3.5];
        let factor = Cholesky::new(&matrix, 3, 0.0).unwrap();
        let mut out = [0.0; 3];
        factor.apply(&[1.0, -2.0, 4.0], &mut out);
        assert!((out[0] - 2.0).abs() < 1e-15 && (out[1] + 5.0).abs() < 1e-15);
        assert!((out[2] - 4.0).abs() < 1e-15);
        // M (1, −2, 3) = (−6, −16.5, 7.5).
        for (found, expected) in factor
            .solve(&[-6.0, -16.5, 7.5])
            .iter()
            .zip([1.0, -2.0, 3.0])
        {
            assert!((found - expected).abs() < 1e-14, "{found}");
        }
    }

    #[test]
    fn indefinite_matrices_are_refused_with_their_row() {
        let ended = Cholesky::new(&[1.0, 0.0, 2.0, 1.0], 2, 0.0).unwrap_err();
        assert_eq!((ended.row, ended.found), (1, -3.0));
    }
}
