//! Record of an ascent.

use super::{InnerSteps, chart::Chart};
use crate::{
    algo::{Ascent, pick_rows},
    policy::Passed,
    rng::Rng,
};
use rand::Rng as _;
use std::borrow::Cow;

/// Points, directions, tangents and losses of an ascent over `n_rows` rows in `n_steps` steps.
///
/// Row-major, step first: entry (k, row) of an array with `d` numbers per entry starts at `(k *
/// n_rows + row) * d`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AscentTrace {
    /// Number of rows in the batch.
    pub n_rows: usize,
    /// Number of steps K.
    pub n_steps: usize,
    /// Entries per observation.
    pub n_inputs: usize,
    /// Entries per shock.
    pub n_coordinates: usize,
    /// Shocks z'_k in the unit ball, k = 0..=K: `[K + 1, n_rows, n_coordinates]`.
    pub shocks: Vec<f64>,
    /// Gradients ∇g(z'_k), k = 0..K: `[K, n_rows, n_coordinates]`.
    pub gradients: Vec<f64>,
    /// Directions `u_k`, k = 0..K, of Euclidean length one or zero: `[K, n_rows, n_coordinates]`.
    pub directions: Vec<f64>,
    /// Points `φ(h, z_k)`, k = 0..K: `[K, n_rows, n_inputs]`.
    pub points: Vec<f32>,
    /// Tangents `B'_k u_k`, k = 0..K: `[K, n_rows, n_inputs]`.
    pub tangents: Vec<f32>,
    /// Losses g(z'_k), k = 0..=K: `[K + 1, n_rows]`.
    pub losses: Vec<f64>,
    /// Cached layer values of the policy at the points, k = 0..K; empty where nothing reuses them.
    pub passed: Vec<Passed>,
}

impl AscentTrace {
    /// Changes the shape and keeps the memory; entries are stale until they are written.
    pub(super) fn reshape(&mut self, n_rows: usize, n_steps: usize, chart: &Chart<'_>) {
        let (n_inputs, n_coordinates) = (chart.n_inputs, chart.n_coordinates());
        self.n_rows = n_rows;
        self.n_steps = n_steps;
        self.n_inputs = n_inputs;
        self.n_coordinates = n_coordinates;
        let (entries, with_last) = (n_steps * n_rows, (n_steps + 1) * n_rows);
        self.shocks.resize(with_last * n_coordinates, 0.0);
        self.gradients.resize(entries * n_coordinates, 0.0);
        self.directions.resize(entries * n_coordinates, 0.0);
        self.points.resize(entries * n_inputs, 0.0);
        self.tangents.resize(entries * n_inputs, 0.0);
        self.losses.resize(with_last, 0.0);
        self.passed.clear();
    }

    /// Shock z'_k of `row`.
    #[must_use]
    pub fn shock(&self, k: usize, row: usize) -> &[f64] {
        entry(&self.shocks, k * self.n_rows + row, self.n_coordinates)
    }

    /// Shock with the largest loss among k = 0..=K of `row`.
    #[must_use]
    pub fn best_shock(&self, row: usize) -> &[f64] {
        self.best(row).1
    }

    /// Largest loss among k = 0..=K of `row`, and its shock.
    pub(super) fn best(&self, row: usize) -> (f64, &[f64]) {
        let loss = |k: usize| self.losses[k * self.n_rows + row];
        let best =
            (1..=self.n_steps).fold(0, |best, k| if loss(k) > loss(best) { k } else { best });
        (loss(best), self.shock(best, row))
    }

    /// Points and tangents of `rows` for the regularizer, stacked over k: all K steps, or one
    /// uniformly drawn step per row. All steps of all rows in order are borrowed, not copied.
    #[must_use]
    pub fn gather(&self, rows: &[usize], steps: InnerSteps, rng: &mut Rng) -> Ascent<'_> {
        let all_in_order =
            rows.len() == self.n_rows && rows.iter().enumerate().all(|(i, row)| i == *row);
        let entries: Vec<usize> = match steps {
            InnerSteps::All if all_in_order => {
                return Ascent {
                    points: Cow::Borrowed(&self.points),
                    tangents: Cow::Borrowed(&self.tangents),
                    n_steps: self.n_steps,
                    passed: &self.passed,
                };
            }
            InnerSteps::All => (0..self.n_steps)
                .flat_map(|k| rows.iter().map(move |row| k * self.n_rows + row))
                .collect(),
            InnerSteps::Sampled => rows
                .iter()
                .map(|row| rng.gen_range(0..self.n_steps) * self.n_rows + row)
                .collect(),
        };
        Ascent {
            points: pick_rows(&self.points, self.n_inputs, &entries).into(),
            tangents: pick_rows(&self.tangents, self.n_inputs, &entries).into(),
            n_steps: match steps {
                InnerSteps::All => self.n_steps,
                InnerSteps::Sampled => 1,
            },
            passed: &[],
        }
    }

    /// Overwrites `row` by the same row of another trace of the same shape.
    pub(super) fn copy_row(&mut self, row: usize, from: &Self) {
        let (n, c, i) = (self.n_rows, self.n_coordinates, self.n_inputs);
        for k in 0..=self.n_steps {
            let e = k * n + row;
            copy_entry(&mut self.losses, &from.losses, e, 1);
            copy_entry(&mut self.shocks, &from.shocks, e, c);
            if k < self.n_steps {
                copy_entry(&mut self.gradients, &from.gradients, e, c);
                copy_entry(&mut self.directions, &from.directions, e, c);
                copy_entry(&mut self.points, &from.points, e, i);
                copy_entry(&mut self.tangents, &from.tangents, e, i);
            }
        }
    }
}

fn copy_entry<T: Copy>(to: &mut [T], from: &[T], index: usize, len: usize) {
    to[index * len..(index + 1) * len].copy_from_slice(entry(from, index, len));
}

pub(super) fn entry<T>(values: &[T], index: usize, len: usize) -> &[T] {
    &values[index * len..(index + 1) * len]
}
