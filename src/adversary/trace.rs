//! What an ascent leaves behind.

use super::{ascent::InnerSteps, ball::dot};
use crate::{algo::Ascent, policy::Passed, rng::Rng};
use rand::Rng as _;
use std::borrow::Cow;

/// A step shorter than this (in units of the budget) did not move: the projection took it back. A
/// second difference over a shorter one would be rounding noise of f32 observations.
const SHORTEST_STEP: f64 = 1e-2;

/// Points, directions, tangents and losses of an ascent over `n_rows` rows in `n_steps` steps.
///
/// Row-major, step first: entry (k, row) of an array with `d` numbers per entry starts at `(k *
/// n_rows + row) * d`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AscentTrace {
    /// Rows of the batch.
    pub n_rows: usize,
    /// K.
    pub n_steps: usize,
    /// Numbers per observation.
    pub n_inputs: usize,
    /// Numbers per shock.
    pub n_coordinates: usize,
    /// z'_k in the unit ball, k = 0..=K: `[K + 1, n_rows, n_coordinates]`.
    pub shocks: Vec<f64>,
    /// ∇g(z'_k), k = 0..K: `[K, n_rows, n_coordinates]`.
    pub gradients: Vec<f64>,
    /// `u_k`, k = 0..K, of Euclidean length one or zero: `[K, n_rows, n_coordinates]`.
    pub directions: Vec<f64>,
    /// `φ(h, z_k)`, k = 0..K: `[K, n_rows, n_inputs]`.
    pub points: Vec<f32>,
    /// `B'_k u_k`, k = 0..K: `[K, n_rows, n_inputs]`.
    pub tangents: Vec<f32>,
    /// g(z'_k), k = 0..=K: `[K + 1, n_rows]`.
    pub losses: Vec<f64>,
    /// Passes of the policy through the points, k = 0..K; empty where nobody is to use them again.
    pub passed: Vec<Passed>,
}

impl AscentTrace {
    /// Takes another shape and keeps the memory; the numbers mean nothing until they are written.
    pub(super) fn reshape(
        &mut self,
        n_rows: usize,
        n_steps: usize,
        n_inputs: usize,
        n_coordinates: usize,
    ) {
        self.n_rows = n_rows;
        self.n_steps = n_steps;
        self.n_inputs = n_inputs;
        self.n_coordinates = n_coordinates;
        self.shocks
            .resize((n_steps + 1) * n_rows * n_coordinates, 0.0);
        self.gradients.resize(n_steps * n_rows * n_coordinates, 0.0);
        self.directions
            .resize(n_steps * n_rows * n_coordinates, 0.0);
        self.points.resize(n_steps * n_rows * n_inputs, 0.0);
        self.tangents.resize(n_steps * n_rows * n_inputs, 0.0);
        self.losses.resize((n_steps + 1) * n_rows, 0.0);
        self.passed.clear();
    }

    /// z'_k of `row`.
    #[must_use]
    pub fn shock(&self, k: usize, row: usize) -> &[f64] {
        entry(&self.shocks, k * self.n_rows + row, self.n_coordinates)
    }

    /// The shock with the largest loss among k = 0..=K of `row`.
    #[must_use]
    pub fn best_shock(&self, row: usize) -> &[f64] {
        let loss = |k: usize| self.losses[k * self.n_rows + row];
        let best =
            (1..=self.n_steps).fold(0, |best, k| if loss(k) > loss(best) { k } else { best });
        self.shock(best, row)
    }

    /// Points and tangents of the given rows for the regularizer, stacked over k: of all K steps,
    /// or of one drawn uniformly per row. All steps of all rows in order are not copied.
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
        let collect = |source: &[f32]| -> Cow<'_, [f32]> {
            let mut out = Vec::with_capacity(entries.len() * self.n_inputs);
            for e in &entries {
                out.extend_from_slice(entry(source, *e, self.n_inputs));
            }
            out.into()
        };
        Ascent {
            points: collect(&self.points),
            tangents: collect(&self.tangents),
            n_steps: match steps {
                InnerSteps::All => self.n_steps,
                InnerSteps::Sampled => 1,
            },
            passed: &[],
        }
    }

    /// Overwrites `row` with that of another trace of the same shape.
    pub(super) fn copy_row(&mut self, row: usize, from: &Self) {
        let (n, c, i) = (self.n_rows, self.n_coordinates, self.n_inputs);
        for k in 0..=self.n_steps {
            let e = k * n + row;
            self.losses[e] = from.losses[e];
            self.shocks[e * c..(e + 1) * c].copy_from_slice(&from.shocks[e * c..(e + 1) * c]);
            if k < self.n_steps {
                self.gradients[e * c..(e + 1) * c]
                    .copy_from_slice(&from.gradients[e * c..(e + 1) * c]);
                self.directions[e * c..(e + 1) * c]
                    .copy_from_slice(&from.directions[e * c..(e + 1) * c]);
                self.points[e * i..(e + 1) * i].copy_from_slice(&from.points[e * i..(e + 1) * i]);
                self.tangents[e * i..(e + 1) * i]
                    .copy_from_slice(&from.tangents[e * i..(e + 1) * i]);
            }
        }
    }

    /// Measures the stability of the ascent (the stability claims of arXiv 2603.04378).
    #[must_use]
    pub fn stability(&self) -> Stability {
        let mut counts = Counts::default();
        for k in 0..self.n_steps {
            for row in 0..self.n_rows {
                let (z, z_next) = (self.shock(k, row), self.shock(k + 1, row));
                let v: Vec<f64> = z_next.iter().zip(z).map(|(b, a)| b - a).collect();
                let gradient = entry(&self.gradients, k * self.n_rows + row, self.n_coordinates);
                let rise =
                    self.losses[(k + 1) * self.n_rows + row] - self.losses[k * self.n_rows + row];
                counts.add(&v, gradient, rise);
            }
        }
        let mean_loss = |k: usize| mean(&self.losses[k * self.n_rows..(k + 1) * self.n_rows]);
        Stability {
            losses: (0..=self.n_steps).filter_map(mean_loss).collect(),
            ascent_share: ratio(counts.ascended, counts.moved),
            effective_smoothness: (counts.moved > 0.0).then(|| counts.smoothness / counts.moved),
            step_size_held: ratio(counts.held, counts.moved),
            moved_share: ratio(counts.moved, counts.all),
        }
    }
}

/// Stability of an ascent: the paper's claims made visible. `None` where no step moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// Mean of g(z'_k) over rows, k = 0..=K.
    pub losses: Vec<f64>,
    /// Share of the steps that moved which raised g.
    pub ascent_share: Option<f64>,
    /// Mean over the steps that moved of L = |v' H v| / ‖v‖², v = z'_{k+1} − z'_k the projected
    /// step, by the second difference v' H v ≈ 2 (g(z' + v) − g(z') − ⟨∇g(z'), v⟩).
    pub effective_smoothness: Option<f64>,
    /// Share of the steps that moved with η ≤ 1/L, η = ‖v‖₂ / ‖∇g‖₂ the step size in terms of the
    /// raw gradient.
    pub step_size_held: Option<f64>,
    /// Share of steps that moved (longer than 1e-2 of the budget); the projection takes back the
    /// others.
    pub moved_share: Option<f64>,
}

#[derive(Default)]
struct Counts {
    all: f64,
    moved: f64,
    ascended: f64,
    held: f64,
    smoothness: f64,
}

impl Counts {
    fn add(&mut self, v: &[f64], gradient: &[f64], rise: f64) {
        self.all += 1.0;
        let square = dot(v, v);
        if square.sqrt() < SHORTEST_STEP || !rise.is_finite() {
            return;
        }
        let smoothness = (2.0 * (rise - dot(gradient, v))).abs() / square;
        let slope = dot(gradient, gradient).sqrt();
        self.moved += 1.0;
        self.smoothness += smoothness;
        self.ascended += f64::from(rise > 0.0);
        // η ≤ 1/L without the division by a zero L.
        self.held += f64::from(square.sqrt() * smoothness <= slope);
    }
}

fn entry<T>(values: &[T], index: usize, len: usize) -> &[T] {
    &values[index * len..(index + 1) * len]
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
