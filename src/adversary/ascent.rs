//! The inner loop: projected gradient ascent over a batch.

use super::{
    AdversaryError, AscentConfig, AscentRefresh, InnerSteps, RowNoise,
    ball::{project_to_unit_ball, sample_in_ball},
    chart::Chart,
    climber::Climber,
    holdings::Holdings,
    trace::AscentTrace,
};
use crate::policy::Passed;

/// Inner objective of an ascent, as a function of observations.
pub(super) trait InnerObjective {
    /// Writes g of each row to `losses [n_rows]` and, where given, ∂g/∂o to `gradient [n_rows,
    /// n_inputs]` and reusable layer values to `passed`.
    fn evaluate(
        &self,
        observations: &[f32],
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
        passed: Option<&mut Passed>,
    ) -> Result<(), AdversaryError>;
}

/// Start and end of an ascent. The default draws the starts and evaluates the last loss.
#[derive(Debug, Clone, Copy, Default)]
pub struct Course<'a> {
    /// Starts z'_0 of all rows in the unit ball, `[n_rows, n_coordinates]`; drawn where `None`.
    /// Given starts run once, without restarts.
    pub starts: Option<&'a [f64]>,
    /// Evaluation of the last loss g(z'_K).
    pub last: LastLoss,
}

/// Evaluation of the last loss g(z'_K), which costs one more pass; directions do not need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LastLoss {
    /// Evaluates the last loss.
    #[default]
    Evaluated,
    /// Leaves NaN in the trace, unless restarts need the loss.
    Skipped,
}

/// Projected gradient ascent over a batch.
///
/// ```text
/// z'_{k+1} = Proj( z'_k + η d(∇g(z'_k)) ),   u_k = ∇g / ‖∇g‖₂,   ∇g = B'ᵀ ∂g/∂o
/// ```
///
/// A zero gradient gives no step, and u = 0 unless directions are random. Source: F. Mumcu, Y.
/// Yilmaz, arXiv 2603.04378, inner maximization; the normalized step is ours. Starts are drawn
/// before directions, so `Directions::Random` has the same points as `Directions::Gradient`.
pub(super) struct Ascent<'a> {
    /// Coordinates of the rows.
    pub(super) chart: &'a Chart<'a>,
    /// Objective of the rows.
    pub(super) inner: &'a dyn InnerObjective,
    pub(super) config: &'a AscentConfig,
    pub(super) n_rows: usize,
    pub(super) course: Course<'a>,
    /// Holdings whose loss is added to the objective, if shocks are jumps.
    pub(super) holdings: Option<&'a Holdings<'a>>,
}

impl Ascent<'_> {
    /// Writes the best trajectory of each row to `best` and reuses its memory; draws from `noise`.
    pub(super) fn climb(
        &self,
        noise: &mut dyn RowNoise,
        best: &mut AscentTrace,
    ) -> Result<(), AdversaryError> {
        let (n_trials, last) = match self.course.starts {
            None if self.config.n_restarts > 1 => (self.config.n_restarts, LastLoss::Evaluated),
            _ => (1, self.course.last),
        };
        self.climb_once(last, noise, best)?;
        let mut other = AscentTrace::default();
        for _ in 1..n_trials {
            self.climb_once(last, noise, &mut other)?;
            let last = self.config.n_steps * self.n_rows;
            for row in 0..self.n_rows {
                if other.losses[last + row] > best.losses[last + row] {
                    best.copy_row(row, &other);
                }
            }
        }
        Ok(())
    }

    /// Runs one trajectory per row.
    fn climb_once(
        &self,
        last: LastLoss,
        noise: &mut dyn RowNoise,
        trace: &mut AscentTrace,
    ) -> Result<(), AdversaryError> {
        let (config, n_rows) = (self.config, self.n_rows);
        self.start(noise, trace);
        if n_rows == 0 || trace.n_coordinates == 0 {
            trace.points.fill(0.0);
            trace.tangents.fill(0.0);
            trace.losses.fill(0.0);
            return Ok(());
        }
        // Layer values are kept for a regularizer that penalizes all points before the policy
        // changes.
        let is_kept = last == LastLoss::Skipped
            && config.penalized == InnerSteps::All
            && config.refresh == AscentRefresh::EveryMinibatch;
        let mut climber = Climber::new(self.chart, self.holdings, n_rows);
        let len = n_rows * trace.n_inputs;
        for k in 0..config.n_steps {
            climber.linearize(trace, k);
            let points = &trace.points[k * len..(k + 1) * len];
            let losses = &mut trace.losses[k * n_rows..(k + 1) * n_rows];
            // `tangents` holds ∂g/∂o until `step` replaces it by the tangents.
            let gradient = Some(&mut trace.tangents[k * len..(k + 1) * len]);
            let mut passed = Passed::default();
            let kept = is_kept.then_some(&mut passed);
            self.inner.evaluate(points, losses, gradient, kept)?;
            if let Some(holdings) = self.holdings {
                let c = trace.n_coordinates;
                holdings.add(losses, &trace.shocks[k * n_rows * c..(k + 1) * n_rows * c]);
            }
            if is_kept {
                trace.passed.push(passed);
            }
            climber.step(config, trace, k, noise);
        }
        let losses = config.n_steps * n_rows..;
        if last == LastLoss::Skipped {
            trace.losses[losses].fill(f64::NAN);
            return Ok(());
        }
        let shocks = &trace.shocks[config.n_steps * n_rows * trace.n_coordinates..];
        trace.losses[losses].copy_from_slice(&self.losses_at(shocks)?);
        Ok(())
    }

    /// Losses of `shocks [n_rows, n_coordinates]`.
    pub(super) fn losses_at(&self, shocks: &[f64]) -> Result<Vec<f64>, AdversaryError> {
        let (n, n_inputs) = (self.chart.n_coordinates(), self.chart.n_inputs);
        let (mut bps, mut losses) = (vec![0.0; n], vec![0.0; self.n_rows]);
        let mut observations = vec![0.0; self.n_rows * n_inputs];
        let rows = observations.chunks_exact_mut(n_inputs.max(1));
        for ((row, out), z) in rows.enumerate().zip(shocks.chunks_exact(n.max(1))) {
            self.chart.observe(row, z, &mut bps, out, None);
        }
        self.inner
            .evaluate(&observations, &mut losses, None, None)?;
        if let Some(holdings) = self.holdings {
            holdings.add(&mut losses, shocks);
        }
        Ok(losses)
    }

    /// Writes the start z'_0 of every row.
    fn start(&self, noise: &mut dyn RowNoise, trace: &mut AscentTrace) {
        trace.reshape(self.n_rows, self.config.n_steps, self.chart);
        let n = trace.n_coordinates;
        let first = &mut trace.shocks[..self.n_rows * n];
        if let Some(starts) = self.course.starts {
            first.copy_from_slice(starts);
            return;
        }
        let (norm, radius) = (self.chart.norm, self.config.random_start);
        for (row, z) in first.chunks_exact_mut(n.max(1)).enumerate() {
            sample_in_ball(norm, radius, noise.of_row(row), z);
            project_to_unit_ball(norm, z);
        }
    }
}
