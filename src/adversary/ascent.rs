//! The inner loop: projected gradient ascent over a batch.

use super::{
    AdversaryError, AscentConfig, AscentRefresh, InnerSteps,
    ball::{project_to_unit_ball, sample_in_ball},
    chart::Chart,
    climber::Climber,
    noise::RowNoise,
    trace::AscentTrace,
};
use crate::policy::Passed;

/// The inner objective g∘φ⁻¹ as the ascent sees it: a function of observations.
pub(super) trait InnerObjective {
    /// Writes g of each row (`losses [n_rows]`) and, where given, ∂g/∂o (`gradient [n_rows,
    /// n_inputs]`) and the layer values that another derivative at the same observations can use
    /// again (`passed`).
    ///
    /// # Errors
    /// [`AdversaryError`] of the policy.
    fn evaluate(
        &self,
        observations: &[f32],
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
        passed: Option<&mut Passed>,
    ) -> Result<(), AdversaryError>;
}

/// Evaluation of g(z'_K), which costs one more pass and which directions alone do not need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastLoss {
    /// Evaluates it.
    Evaluated,
    /// Leaves NaN in the trace, unless restarts need the loss.
    Skipped,
}

/// Rows of an ascent, and its beginning and end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course<'a> {
    pub(super) n_rows: usize,
    pub(super) last: LastLoss,
    /// z'_0 of all rows, `[n_rows, n_coordinates]` in the unit ball; drawn where `None`.
    pub(super) starts: Option<&'a [f64]>,
}

/// Projected gradient ascent over a batch.
///
/// ```text
/// z'_{k+1} = Proj( z'_k + η d(∇g(z'_k)) ),   u_k = ∇g / ‖∇g‖₂,   ∇g = B'ᵀ ∂g/∂o
/// ```
///
/// `chart`: coordinates of the rows; `inner`: the objective for the same rows. A zero gradient
/// gives u = 0 and no step. Source: F. Mumcu, Y. Yilmaz, arXiv 2603.04378, inner maximization; the
/// normalized step is ours. All random numbers come from `noise`; starts are drawn before
/// directions, so that `Directions::Random` sees the same points as `Directions::Gradient`.
///
/// # Errors
/// [`AdversaryError`] of `inner`.
pub(super) fn ascend(
    chart: &Chart<'_>,
    inner: &impl InnerObjective,
    config: &AscentConfig,
    n_rows: usize,
    noise: &mut dyn RowNoise,
) -> Result<AscentTrace, AdversaryError> {
    let mut trace = AscentTrace::default();
    let course = Course {
        n_rows,
        last: LastLoss::Evaluated,
        starts: None,
    };
    ascend_into(chart, inner, config, course, noise, &mut trace)?;
    Ok(trace)
}

/// [`ascend`] into a trace whose memory is used again. Given starts are climbed from once, without
/// restarts.
pub(super) fn ascend_into(
    chart: &Chart<'_>,
    inner: &impl InnerObjective,
    config: &AscentConfig,
    course: Course<'_>,
    noise: &mut dyn RowNoise,
    best: &mut AscentTrace,
) -> Result<(), AdversaryError> {
    let n_rows = course.n_rows;
    let (n_trials, last) = match course.starts {
        None if config.n_restarts > 1 => (config.n_restarts, LastLoss::Evaluated),
        _ => (1, course.last),
    };
    start(chart, config, course, noise, best);
    climb(chart, inner, config, last, noise, best)?;
    let mut other = AscentTrace::default();
    for _ in 1..n_trials {
        start(chart, config, course, noise, &mut other);
        climb(chart, inner, config, last, noise, &mut other)?;
        let last = config.n_steps * n_rows;
        for row in 0..n_rows {
            if other.losses[last + row] > best.losses[last + row] {
                best.copy_row(row, &other);
            }
        }
    }
    Ok(())
}

/// Writes z'_0 of every row.
fn start(
    chart: &Chart<'_>,
    config: &AscentConfig,
    course: Course<'_>,
    noise: &mut dyn RowNoise,
    trace: &mut AscentTrace,
) {
    let (n_rows, n_coordinates) = (course.n_rows, chart.n_coordinates());
    trace.reshape(n_rows, config.n_steps, chart.n_inputs(), n_coordinates);
    let first = &mut trace.shocks[..n_rows * n_coordinates];
    if let Some(starts) = course.starts {
        first.copy_from_slice(starts);
        return;
    }
    for (row, z) in first.chunks_exact_mut(n_coordinates.max(1)).enumerate() {
        sample_in_ball(chart.norm(), config.random_start, noise.of_row(row), z);
        project_to_unit_ball(chart.norm(), z);
    }
}

/// One trajectory per row from the starts that `trace` holds.
fn climb(
    chart: &Chart<'_>,
    inner: &impl InnerObjective,
    config: &AscentConfig,
    last: LastLoss,
    noise: &mut dyn RowNoise,
    trace: &mut AscentTrace,
) -> Result<(), AdversaryError> {
    let n_rows = trace.n_rows;
    if n_rows == 0 || trace.n_coordinates == 0 {
        trace.points.fill(0.0);
        trace.tangents.fill(0.0);
        trace.losses.fill(0.0);
        return Ok(());
    }
    // A regularizer that penalizes every point before the policy changes passes through all of
    // them again.
    let is_kept = last == LastLoss::Skipped
        && config.penalized == InnerSteps::All
        && config.refresh == AscentRefresh::EveryMinibatch;
    let mut climber = Climber::new(chart, n_rows);
    let len = n_rows * trace.n_inputs;
    for k in 0..config.n_steps {
        climber.linearize(trace, k);
        let points = &trace.points[k * len..(k + 1) * len];
        let losses = &mut trace.losses[k * n_rows..(k + 1) * n_rows];
        // Until the step, the place of the tangents holds the gradients that they come from.
        let gradient = Some(&mut trace.tangents[k * len..(k + 1) * len]);
        let mut passed = Passed::default();
        inner.evaluate(points, losses, gradient, is_kept.then_some(&mut passed))?;
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
    let observations = climber.observe_last(trace);
    inner.evaluate(&observations, &mut trace.losses[losses], None, None)
}
