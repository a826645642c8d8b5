//! Correlation between assets.

use super::{
    ModelError,
    cholesky::{Cholesky, NotPositive},
};
use serde::{Deserialize, Serialize};

/// Correlation of the normal drivers of the assets in each step.
///
/// `w = L z` with independent standard normals z and the correlation matrix `L Lᵀ` (Glasserman
/// 2004, section 2.3.3). The driver w is the whole noise of a Brownian asset, the diffusion of a
/// jump model, or the normal factor of a GARCH innovation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Correlation {
    /// Draws each asset independently. Pick it for a single asset.
    #[default]
    Independent,
    /// Sets the same correlation between any two assets. Pick it for assets of one market. Range:
    /// (-1/(n - 1), 1).
    Common(f64),
    /// Sets the matrix `[asset][asset]`: symmetric, ones on the diagonal, positive definite. Pick
    /// it when correlations differ.
    Matrix(Vec<Vec<f64>>),
}

impl Correlation {
    /// Correlation matrix of `n` assets, row-major; not checked to be positive definite.
    pub(super) fn matrix(&self, n: usize) -> Result<Vec<f64>, ModelError> {
        let rows = match self {
            Self::Independent => equal(0.0, n),
            Self::Common(correlation) => equal(*correlation, n),
            Self::Matrix(rows) => rows.clone(),
        };
        check_entries(&rows, n)?;
        Ok(rows.concat())
    }

    /// Cholesky factor L of the correlation matrix.
    pub(super) fn factor(&self, n: usize) -> Result<Cholesky, ModelError> {
        let refuse = |at: NotPositive| ModelError::NotPositiveDefinite {
            row: at.row,
            found: at.found,
        };
        Cholesky::new(&self.matrix(n)?, n, LEAST_PIVOT).map_err(refuse)
    }
}

/// Smallest squared diagonal entry of the factor; smaller entries count as zero.
const LEAST_PIVOT: f64 = 1e-12;

fn equal(correlation: f64, n: usize) -> Vec<Vec<f64>> {
    let entry = |i, j| if i == j { 1.0 } else { correlation };
    (0..n)
        .map(|i| (0..n).map(|j| entry(i, j)).collect())
        .collect()
}

fn check_entries(rows: &[Vec<f64>], n: usize) -> Result<(), ModelError> {
    check_square("correlation", rows, n)?;
    for (row, entries) in rows.iter().enumerate() {
        for (column, &found) in entries.iter().enumerate() {
            let refuse = |expected| ModelError::Entry {
                matrix: "correlation",
                row,
                column,
                found,
                expected,
            };
            if !(-1.0..=1.0).contains(&found) {
                return Err(refuse("a number in [-1, 1]"));
            }
            if row == column && (found - 1.0).abs() > 0.0 {
                return Err(refuse("1 on the diagonal"));
            }
            if (found - rows[column][row]).abs() > 1e-12 {
                return Err(refuse("the same as across the diagonal"));
            }
        }
    }
    Ok(())
}

/// Checks that a matrix has n rows of length n.
pub(super) fn check_square(
    matrix: &'static str,
    rows: &[Vec<f64>],
    n: usize,
) -> Result<(), ModelError> {
    let wrong = rows.iter().position(|row| row.len() != n);
    let (row, found) = match wrong {
        Some(row) => (row, rows[row].len()),
        None if rows.len() != n => (rows.len().min(n), 0),
        None => return Ok(()),
    };
    Err(ModelError::Shape {
        matrix,
        row,
        found,
        expected: n,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_matrices_are_refused_by_entry() {
        let refusal = |rows: &[&[f64]]| {
            let rows = rows.iter().map(|row| row.to_vec()).collect();
            Correlation::Matrix(rows).factor(2).unwrap_err().to_string()
        };
        let cases: [(&[&[f64]], &str); 7] = [
            (
                &[&[1.0, 0.0]],
                "correlation: found 0 in row 1, expected 2 numbers",
            ),
            (
                &[&[1.0, 0.0], &[0.0]],
                "correlation: found 1 in row 1, expected 2 numbers",
            ),
            (
                &[&[1.0, 1.5], &[1.5, 1.0]],
                "found 1.5 in row 0, column 1, expected a number in [-1, 1]",
            ),
            (
                &[&[1.0, f64::NAN], &[0.0, 1.0]],
                "found NaN in row 0, column 1",
            ),
            (
                &[&[1.0, 0.1], &[0.2, 1.0]],
                "row 0, column 1, expected the same as across the diagonal",
            ),
            (
                &[&[1.0, 0.0], &[0.0, 0.9]],
                "found 0.9 in row 1, column 1, expected 1 on the diagonal",
            ),
            (
                &[&[1.0, 1.0], &[1.0, 1.0]],
                "not positive definite (squared pivot",
            ),
        ];
        for (rows, part) in cases {
            let message = refusal(rows);
            assert!(message.contains(part), "{message}: lacks {part}");
        }
    }

    #[test]
    fn common_correlation_is_bounded_below() {
        assert!(Correlation::Common(-0.49).factor(3).is_ok());
        assert!(Correlation::Common(-0.5).factor(3).is_err());
        assert!(Correlation::Common(1.0).factor(2).is_err());
        assert_eq!(
            Correlation::Independent.matrix(2).unwrap(),
            [1.0, 0.0, 0.0, 1.0]
        );
    }
}
