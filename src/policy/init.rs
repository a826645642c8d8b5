//! Orthogonal initialization.

use crate::rng::Rng;
use rand::Rng as _;
use rand_distr::StandardNormal;

/// Draws a matrix `[n_rows, n_cols]` (row-major) of `gain` times orthonormal columns (rows when
/// there are fewer rows than columns).
///
/// Gram-Schmidt, run twice per vector, on independent standard normal draws makes the result
/// uniform over such matrices. A. Saxe et al., "Exact solutions to the nonlinear dynamics of
/// learning in deep linear neural networks" (arXiv 1312.6120).
pub(super) fn orthogonal(n_rows: usize, n_cols: usize, gain: f64, rng: &mut Rng) -> Vec<f64> {
    let (length, count) = (n_rows.max(n_cols), n_rows.min(n_cols));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    while basis.len() < count {
        let mut v: Vec<f64> = (0..length).map(|_| rng.sample(StandardNormal)).collect();
        for _ in 0..2 {
            for b in &basis {
                let projection = dot(&v, b);
                v.iter_mut().zip(b).for_each(|(x, y)| *x -= projection * y);
            }
        }
        let norm = dot(&v, &v).sqrt();
        if norm > 1e-6 {
            for x in &mut v {
                *x /= norm;
            }
            basis.push(v);
        }
    }
    let entry = |row: usize, col: usize| {
        if n_rows >= n_cols {
            basis[col][row]
        } else {
            basis[row][col]
        }
    };
    (0..n_rows * n_cols)
        .map(|i| gain * entry(i / n_cols, i % n_cols))
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Component, Streams};

    #[test]
    fn columns_or_rows_are_orthogonal_with_the_gain() {
        let mut rng = Streams::new(3).stream(Component::Init, 0);
        for (n_rows, n_cols, gain) in [(7, 4, 1.5), (4, 7, 0.01), (6, 6, 1.0), (1, 5, 2.0)] {
            let w = orthogonal(n_rows, n_cols, gain, &mut rng);
            let tall = n_rows >= n_cols;
            let (length, count) = (n_rows.max(n_cols), n_rows.min(n_cols));
            let at = |vector: usize, i: usize| {
                if tall {
                    w[i * n_cols + vector]
                } else {
                    w[vector * n_cols + i]
                }
            };
            for a in 0..count {
                for b in 0..count {
                    let product: f64 = (0..length).map(|i| at(a, i) * at(b, i)).sum();
                    let expected = if a == b { gain * gain } else { 0.0 };
                    assert!((product - expected).abs() < 1e-12, "{product} {expected}");
                }
            }
        }
    }
}
