//! Stability of an ascent: measures of the stability claims of arXiv 2603.04378.

use super::{
    ball::dot,
    trace::{AscentTrace, entry},
};

/// Shortest step that counts as a move, in units of the budget. Shorter steps, cut by the
/// projection, are left out, because a second difference over them is rounding noise of f32
/// observations.
const SHORTEST_STEP: f64 = 1e-2;

impl AscentTrace {
    /// Measures the stability of the ascent.
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

/// Stability of an ascent; a measure is `None` where no step moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// Mean loss g(z'_k) over rows, k = 0..=K.
    pub losses: Vec<f64>,
    /// Share of the moved steps that raised g.
    pub ascent_share: Option<f64>,
    /// Mean of L = |vᵀ H v| / ‖v‖² over the moved steps; v = z'_{k+1} − z'_k is the projected step,
    /// and vᵀ H v ≈ 2 (g(z' + v) − g(z') − ⟨∇g(z'), v⟩) a second difference.
    pub effective_smoothness: Option<f64>,
    /// Share of the moved steps with η ≤ 1/L, for the raw-gradient step size η = ‖v‖₂ / ‖∇g‖₂.
    pub step_size_held: Option<f64>,
    /// Share of steps that moved by at least 1e-2 of the budget, after the projection.
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
        // Checks η ≤ 1/L without dividing by a zero L.
        self.held += f64::from(square.sqrt() * smoothness <= slope);
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
