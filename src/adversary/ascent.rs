//! The inner loop: projected gradient ascent over a batch.

use super::{
    AdversaryError, Objective,
    ball::{normalize, project_to_unit_ball, sample_in_ball, sample_unit_vector},
    chart::{Chart, Rows},
    noise::RowNoise,
    trace::AscentTrace,
};
use crate::{algo::Directions, env::Norm, policy::Passed, rng::Rng};
use serde::{Deserialize, Serialize};

/// How the inner problem is climbed. Lengths are in units of the budget (the ball has radius one).
///
/// The default is the cheap form: one sampled inner step of an ascent that is run once per rollout,
/// from a quarter of the samples. Over five seeds of the shipped panel it reached the sensitivity
/// and the robustness gap of the full form (five steps, all of them penalized, climbed anew on
/// every minibatch): `configs/cheap_aajr.ron`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AscentConfig {
    /// What is climbed.
    pub objective: Objective,
    /// K, at least 1.
    pub n_steps: usize,
    /// η > 0. With [`StepRule::Normalized`] the length of a step; with [`StepRule::Raw`] the factor
    /// of the gradient.
    pub step_size: f64,
    /// Whether the gradient's length counts.
    pub step: StepRule,
    /// What `u_k` is: `∇g / ‖∇g‖₂`, or uniform on the Euclidean sphere at the same points (the path
    /// still follows the gradient), or sign(∇g) scaled to Euclidean length one (the path then steps
    /// η sign(∇g), whatever the [`StepRule`]).
    pub direction: Directions,
    /// Radius in [0, 1] of the ball from which z'_0 is drawn. [`Objective::ActionDeviation`] needs
    /// it above zero: its gradient vanishes at z = 0.
    pub random_start: f64,
    /// Trajectories per row, at least 1; the one that ends highest is kept.
    pub n_restarts: usize,
    /// Which inner steps the regularizer penalizes.
    pub penalized: InnerSteps,
    /// How often the regularizer's ascent is run anew.
    pub refresh: AscentRefresh,
    /// Share in (0, 1] of the samples of each minibatch that the regularizer climbs from and
    /// penalizes, drawn anew each time: the mean it estimates is the same.
    pub penalized_share: f64,
    /// Radius of the ball in `Space::Observation`. Unit: normalized observation units (standard
    /// deviations of the training span).
    pub observation_radius: f64,
}

/// Steps or restarts beyond which a typing error is likelier than a purpose (every step of a batch
/// is kept).
const MOST: usize = 10_000;

impl Default for AscentConfig {
    fn default() -> Self {
        Self {
            objective: Objective::ActionDeviation,
            n_steps: 3,
            step_size: 0.5,
            step: StepRule::Normalized,
            direction: Directions::Gradient,
            random_start: 0.1,
            n_restarts: 1,
            penalized: InnerSteps::Sampled,
            refresh: AscentRefresh::OncePerRollout,
            observation_radius: 0.25,
            penalized_share: 0.25,
        }
    }
}

impl AscentConfig {
    /// # Errors
    /// [`AdversaryError::Parameter`] naming the first number outside its range.
    pub fn check(&self) -> Result<(), AdversaryError> {
        let in_range = |parameter, found: f64, is_fine, expected| {
            if is_fine {
                Ok(())
            } else {
                Err(AdversaryError::Parameter {
                    parameter,
                    found,
                    expected,
                })
            }
        };
        let positive = |x: f64| x.is_finite() && x > 0.0;
        in_range(
            "n_steps",
            count(self.n_steps),
            (1..=MOST).contains(&self.n_steps),
            "an integer in 1..=10000",
        )?;
        in_range(
            "n_restarts",
            count(self.n_restarts),
            (1..=MOST).contains(&self.n_restarts),
            "an integer in 1..=10000",
        )?;
        in_range(
            "step_size",
            self.step_size,
            positive(self.step_size),
            "a finite number > 0",
        )?;
        in_range(
            "random_start",
            self.random_start,
            (0.0..=1.0).contains(&self.random_start),
            "a number in [0, 1]",
        )?;
        in_range(
            "penalized_share",
            self.penalized_share,
            self.penalized_share > 0.0 && self.penalized_share <= 1.0,
            "a number in (0, 1]",
        )?;
        in_range(
            "observation_radius",
            self.observation_radius,
            positive(self.observation_radius),
            "a finite number > 0",
        )
    }
}

/// Whether the gradient's length counts in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepRule {
    /// z' + η ∇g / ‖∇g‖₂: the practical default.
    Normalized,
    /// z' + η ∇g: the paper's step, for which η ≤ 1/L means something.
    Raw,
}

/// Which of the K inner steps the regularizer penalizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InnerSteps {
    /// All of them.
    All,
    /// One per sample, drawn uniformly: an unbiased estimate of the same mean at a K-th of the
    /// price.
    Sampled,
}

/// How often the regularizer's ascent is run anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AscentRefresh {
    /// For each minibatch, against the policy of that moment.
    EveryMinibatch,
    /// Once per rollout, before its first epoch.
    OncePerRollout,
}

/// The inner objective g∘φ⁻¹ as the ascent sees it: a function of observations.
pub trait InnerObjective {
    /// Writes g of each row (`losses [n_rows]`) and, where asked, ∂g/∂o (`gradient [n_rows,
    /// n_inputs]`).
    ///
    /// # Errors
    /// Whatever the policy behind it may fail with.
    fn evaluate(
        &self,
        observations: &[f32],
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
    ) -> Result<(), AdversaryError>;

    /// The same with the gradient, and what of the policy's pass may serve another derivative at
    /// the same observations: nothing, unless an objective knows better.
    ///
    /// # Errors
    /// As [`InnerObjective::evaluate`].
    fn evaluate_and_keep(
        &self,
        observations: &[f32],
        losses: &mut [f64],
        gradient: &mut [f32],
    ) -> Result<Passed, AdversaryError> {
        self.evaluate(observations, losses, Some(gradient))?;
        Ok(Passed::default())
    }
}

/// Projected gradient ascent over a batch.
///
/// ```text
/// z'_{k+1} = Proj( z'_k + η d(∇g(z'_k)) ),   u_k = ∇g / ‖∇g‖₂,   ∇g = B'ᵀ ∂g/∂o
/// ```
///
/// `chart`: coordinates of the rows; `inner`: the objective for the same rows. A zero gradient
/// gives u = 0 and no step. Source: F. Mumcu, Y. Yilmaz, arXiv 2603.04378, inner maximization; the
/// normalized step is ours. All random numbers come from `rng`; starts are drawn before directions,
/// so that [`Directions::Random`] sees the same points as [`Directions::Gradient`].
///
/// # Errors
/// Those of `inner`.
pub fn ascend(
    chart: &Chart<'_>,
    inner: &impl InnerObjective,
    config: &AscentConfig,
    n_rows: usize,
    rng: &mut impl RowNoise,
) -> Result<AscentTrace, AdversaryError> {
    let mut best = AscentTrace::default();
    let last = LastLoss::Evaluated;
    ascend_into(chart, inner, config, (n_rows, last), rng, &mut best)?;
    Ok(best)
}

/// Whether g(z'_K) is evaluated: it costs one more pass, and whoever only wants directions does not
/// look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastLoss {
    /// It is.
    Evaluated,
    /// It is NaN in the trace, unless restarts need it.
    Skipped,
}

/// [`ascend`] into a trace whose memory is used again.
pub(super) fn ascend_into(
    chart: &Chart<'_>,
    inner: &impl InnerObjective,
    config: &AscentConfig,
    (n_rows, last): (usize, LastLoss),
    rng: &mut impl RowNoise,
    best: &mut AscentTrace,
) -> Result<(), AdversaryError> {
    let last = if config.n_restarts > 1 {
        LastLoss::Evaluated
    } else {
        last
    };
    start(chart, config, n_rows, rng, best);
    climb(chart, inner, config, last, rng, best)?;
    let mut other = AscentTrace::default();
    for _ in 1..config.n_restarts {
        start(chart, config, n_rows, rng, &mut other);
        climb(chart, inner, config, last, rng, &mut other)?;
        let last = config.n_steps * n_rows;
        for row in 0..n_rows {
            if other.losses[last + row] > best.losses[last + row] {
                best.copy_row(row, &other);
            }
        }
    }
    Ok(())
}

/// Draws z'_0 of every row.
fn start(
    chart: &Chart<'_>,
    config: &AscentConfig,
    n_rows: usize,
    rng: &mut impl RowNoise,
    trace: &mut AscentTrace,
) {
    let n_coordinates = chart.n_coordinates();
    trace.reshape(n_rows, config.n_steps, chart.n_inputs(), n_coordinates);
    if n_coordinates > 0 {
        let starts = trace.shocks[..n_rows * n_coordinates].chunks_exact_mut(n_coordinates);
        for (row, z) in starts.enumerate() {
            sample_in_ball(chart.norm(), config.random_start, rng.of_row(row), z);
            project_to_unit_ball(chart.norm(), z);
        }
    }
}

/// One trajectory per row from `starts [n_rows, n_coordinates]` in the unit ball.
pub(super) fn ascend_from(
    chart: &Chart<'_>,
    inner: &impl InnerObjective,
    config: &AscentConfig,
    (n_rows, starts): (usize, &[f64]),
    rng: &mut impl RowNoise,
) -> Result<AscentTrace, AdversaryError> {
    let mut trace = AscentTrace::default();
    let n_coordinates = chart.n_coordinates();
    trace.reshape(n_rows, config.n_steps, chart.n_inputs(), n_coordinates);
    trace.shocks[..starts.len()].copy_from_slice(starts);
    let last = LastLoss::Evaluated;
    climb(chart, inner, config, last, rng, &mut trace)?;
    Ok(trace)
}

/// One trajectory per row from the starts that `trace` holds.
fn climb(
    chart: &Chart<'_>,
    inner: &impl InnerObjective,
    config: &AscentConfig,
    last: LastLoss,
    rng: &mut impl RowNoise,
    trace: &mut AscentTrace,
) -> Result<(), AdversaryError> {
    let n_rows = trace.n_rows;
    if n_rows == 0 || trace.n_coordinates == 0 {
        trace.points.fill(0.0);
        trace.tangents.fill(0.0);
        trace.losses.fill(0.0);
        return Ok(());
    }
    // Who penalizes every point before the policy changes passes through all of them again.
    let are_kept = last == LastLoss::Skipped
        && config.penalized == InnerSteps::All
        && config.refresh == AscentRefresh::EveryMinibatch;
    let mut climber = Climber::new(chart, n_rows);
    let len = n_rows * trace.n_inputs;
    for k in 0..config.n_steps {
        climber.linearize(trace, k);
        let points = &trace.points[k * len..(k + 1) * len];
        let losses = &mut trace.losses[k * n_rows..(k + 1) * n_rows];
        // Until the step, the place of the tangents holds the gradients that they come from.
        let gradient = &mut trace.tangents[k * len..(k + 1) * len];
        if are_kept {
            let passed = inner.evaluate_and_keep(points, losses, gradient)?;
            trace.passed.push(passed);
        } else {
            inner.evaluate(points, losses, Some(gradient))?;
        }
        climber.step(config, trace, k, rng);
    }
    let losses = config.n_steps * n_rows..;
    if last == LastLoss::Skipped {
        trace.losses[losses].fill(f64::NAN);
        return Ok(());
    }
    let observations = climber.observe_last(trace);
    inner.evaluate(&observations, &mut trace.losses[losses], None)
}

/// The chart of a climb, and memory for it.
struct Climber<'a> {
    norm: Norm,
    rows: Rows<'a>,
    shock_bps: Vec<f64>,
    /// B of each row, `[n_rows, n_inputs, n_coordinates]`.
    jacobian: Vec<f32>,
}

impl<'a> Climber<'a> {
    fn new(chart: &'a Chart<'_>, n_rows: usize) -> Self {
        let rows = chart.rows();
        Self {
            norm: chart.norm(),
            rows,
            shock_bps: vec![0.0; chart.n_coordinates()],
            jacobian: vec![0.0; n_rows * rows.jacobian_len()],
        }
    }

    fn linearize(&mut self, trace: &mut AscentTrace, k: usize) {
        let (n_inputs, len) = (trace.n_inputs, self.rows.jacobian_len());
        for row in 0..trace.n_rows {
            let e = k * trace.n_rows + row;
            let z = &trace.shocks[e * trace.n_coordinates..(e + 1) * trace.n_coordinates];
            let point = &mut trace.points[e * n_inputs..(e + 1) * n_inputs];
            let jacobian = &mut self.jacobian[row * len..(row + 1) * len];
            self.rows
                .linearize(row, z, &mut self.shock_bps, point, jacobian);
        }
    }

    /// From ∂g/∂o at `z'_k`, which `trace.tangents` holds: `u_k`, `B' u_k` and `z'_{k+1}`.
    fn step(
        &self,
        config: &AscentConfig,
        trace: &mut AscentTrace,
        k: usize,
        rng: &mut impl RowNoise,
    ) {
        let (n_rows, c, n_inputs) = (trace.n_rows, trace.n_coordinates, trace.n_inputs);
        let len = self.rows.jacobian_len();
        let (now, next) = trace.shocks.split_at_mut((k + 1) * n_rows * c);
        for row in 0..n_rows {
            let e = k * n_rows + row;
            let jacobian = &self.jacobian[row * len..(row + 1) * len];
            let tangent = &mut trace.tangents[e * n_inputs..(e + 1) * n_inputs];
            let gradient = &mut trace.gradients[e * c..(e + 1) * c];
            let u = &mut trace.directions[e * c..(e + 1) * c];
            let path = (&now[e * c..(e + 1) * c], &mut next[row * c..(row + 1) * c]);
            self.rows.pull_back(jacobian, tangent, gradient);
            direct(config, gradient, u, path, rng.of_row(row));
            project_to_unit_ball(self.norm, &mut next[row * c..(row + 1) * c]);
            self.rows.push_forward(jacobian, u, tangent);
        }
    }

    /// `φ(h, z_K)`, `[n_rows, n_inputs]`.
    fn observe_last(&mut self, trace: &AscentTrace) -> Vec<f32> {
        let mut observations = vec![0.0; trace.n_rows * trace.n_inputs];
        for (row, out) in observations.chunks_exact_mut(trace.n_inputs).enumerate() {
            let z = trace.shock(trace.n_steps, row);
            self.rows.observe(row, z, &mut self.shock_bps, out);
        }
        observations
    }
}

/// Writes u, and z of the next step before its projection. A gradient without a direction gives
/// neither u nor a step.
fn direct(
    config: &AscentConfig,
    gradient: &mut [f64],
    u: &mut [f64],
    (now, next): (&[f64], &mut [f64]),
    rng: &mut Rng,
) {
    u.copy_from_slice(gradient);
    if normalize(u) <= 0.0 {
        // Not finite, or nothing: recorded as nothing.
        gradient.fill(0.0);
    }
    if matches!(config.direction, Directions::Sign) {
        for u_i in u.iter_mut() {
            *u_i = if *u_i > 0.0 {
                1.0
            } else if *u_i < 0.0 {
                -1.0
            } else {
                0.0
            };
        }
    }
    let step: &[f64] = match (config.direction, config.step) {
        (Directions::Sign, _) | (_, StepRule::Normalized) => u,
        (_, StepRule::Raw) => gradient,
    };
    for (next, (now, d)) in next.iter_mut().zip(now.iter().zip(step)) {
        *next = now + config.step_size * d;
    }
    match config.direction {
        Directions::Gradient => {}
        Directions::Random => sample_unit_vector(rng, u),
        Directions::Sign => {
            normalize(u);
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "shown in a message")]
const fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        env::{Hindsight, Norm, ShockMap},
        rng::{Component, Streams},
    };
    use std::borrow::Cow;

    /// φ(h, z) = h + M z, per bp: the snapshot is h.
    struct LinearMap {
        matrix: Vec<f32>,
        n_assets: usize,
    }

    impl ShockMap for LinearMap {
        fn snapshot_len(&self) -> usize {
            self.matrix.len() / self.n_assets
        }
        #[allow(clippy::cast_possible_truncation, reason = "test")]
        fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
            for ((o, h), row) in observation
                .iter_mut()
                .zip(snapshot)
                .zip(self.matrix.chunks(self.n_assets))
            {
                *o = (h + row
                    .iter()
                    .zip(shock_bps)
                    .map(|(m, z)| f64::from(*m) * z)
                    .sum::<f64>()) as f32;
            }
        }
        fn jacobian(
            &self,
            snapshot: &[f64],
            shock_bps: &[f64],
            observation: &mut [f32],
            jacobian: &mut [f32],
        ) {
            self.observe(snapshot, shock_bps, observation);
            jacobian.copy_from_slice(&self.matrix);
        }
        fn hindsight<'a>(&self, _snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
            None
        }
    }

    /// `g(o) = Σ_i slope_i o_i − ½ curvature_i o_i²`.
    struct Quadratic {
        slope: Vec<f32>,
        curvature: Vec<f32>,
    }

    impl InnerObjective for Quadratic {
        fn evaluate(
            &self,
            observations: &[f32],
            losses: &mut [f64],
            mut gradient: Option<&mut [f32]>,
        ) -> Result<(), AdversaryError> {
            let n = self.slope.len();
            for (row, loss) in losses.iter_mut().enumerate() {
                *loss = 0.0;
                for i in 0..n {
                    let o = observations[row * n + i];
                    *loss += f64::from(self.slope[i]) * f64::from(o)
                        - 0.5 * f64::from(self.curvature[i]) * f64::from(o).powi(2);
                    if let Some(gradient) = &mut gradient {
                        gradient[row * n + i] = self.slope[i] - self.curvature[i] * o;
                    }
                }
            }
            Ok(())
        }
    }

    const MAP_DIAGONAL: &[f32] = &[0.02, 0.0, 0.0, 0.05];

    fn diagonal() -> LinearMap {
        LinearMap {
            matrix: MAP_DIAGONAL.to_vec(),
            n_assets: 2,
        }
    }

    fn chart<'a>(map: &'a LinearMap, snapshots: &'a [f64], norm: Norm) -> Chart<'a> {
        Chart::Price {
            map,
            snapshots,
            n_assets: 2,
            n_inputs: 2,
            norm,
            budget_bps: 100.0,
        }
    }

    fn run(config: &AscentConfig, norm: Norm, inner: &Quadratic, snapshots: &[f64]) -> AscentTrace {
        let map = diagonal();
        let mut rng = Streams::new(5).stream(Component::Ascent, 0);
        ascend(
            &chart(&map, snapshots, norm),
            inner,
            config,
            snapshots.len() / 2,
            &mut rng,
        )
        .unwrap()
    }

    #[test]
    fn a_linear_objective_ends_at_the_vertex_and_on_the_sphere() {
        let inner = Quadratic {
            slope: vec![1.0, -1.0],
            curvature: vec![0.0; 2],
        };
        let config = AscentConfig {
            n_steps: 24,
            ..AscentConfig::default()
        };
        let trace = run(&config, Norm::LInf, &inner, &[0.0; 6]);
        for row in 0..3 {
            let z = trace.shock(24, row);
            assert!(
                (z[0] - 1.0).abs() < 1e-9 && (z[1] + 1.0).abs() < 1e-9,
                "{z:?}"
            );
        }
        // B' = diag(2, 5): the gradient is (2, -5), and so is the maximizer's direction in the
        // Euclidean ball.
        let trace = run(&config, Norm::L2, &inner, &[0.0; 6]);
        let (z, length) = (trace.shock(24, 1), 29.0_f64.sqrt());
        assert!(
            (z[0] - 2.0 / length).abs() < 1e-3 && (z[1] + 5.0 / length).abs() < 1e-3,
            "{z:?}"
        );
        // u = (2, -5)/√29, so B' u = (4, -25)/√29.
        assert!((f64::from(trace.tangents[0]) - 4.0 / length).abs() < 1e-5);
        assert!((f64::from(trace.tangents[1]) + 25.0 / length).abs() < 1e-5);
        let stability = trace.stability();
        assert_eq!(stability.ascent_share, Some(1.0));
        assert!(stability.effective_smoothness.unwrap() < 1e-2);
    }

    /// Hessian in z': diag(2² a, 5² b). Raw steps below 1/L ascend and are seen to hold; steps
    /// beyond 2/L descend and are seen not to.
    #[test]
    fn the_measured_smoothness_is_that_of_the_quadratic() {
        let inner = Quadratic {
            slope: vec![0.0; 2],
            curvature: vec![0.0, 0.04],
        };
        let base = AscentConfig {
            step: StepRule::Raw,
            random_start: 0.5,
            n_steps: 4,
            ..AscentConfig::default()
        };
        let snapshots: Vec<f64> = (0..20).map(|i| 0.05 * f64::from(i % 7)).collect();
        let small = run(
            &AscentConfig {
                step_size: 0.5,
                ..base
            },
            Norm::LInf,
            &inner,
            &snapshots,
        )
        .stability();
        assert!(
            (small.effective_smoothness.unwrap() - 1.0).abs() < 1e-2,
            "{small:?}"
        );
        assert_eq!(
            (small.ascent_share, small.step_size_held),
            (Some(1.0), Some(1.0))
        );
        assert!(
            small.losses.windows(2).all(|pair| pair[1] >= pair[0]),
            "{small:?}"
        );
        let large = run(
            &AscentConfig {
                step_size: 2.2,
                n_steps: 1,
                ..base
            },
            Norm::LInf,
            &inner,
            &snapshots[..4],
        )
        .stability();
        assert_eq!(large.step_size_held, Some(0.0), "{large:?}");
    }

    #[test]
    fn zero_and_broken_gradients_give_no_direction_and_no_nan() {
        for slope in [0.0, f32::NAN] {
            let inner = Quadratic {
                slope: vec![slope, 0.0],
                curvature: vec![0.0; 2],
            };
            for direction in [Directions::Gradient, Directions::Sign] {
                for step in [StepRule::Normalized, StepRule::Raw] {
                    let config = AscentConfig {
                        step,
                        direction,
                        ..AscentConfig::default()
                    };
                    let trace = run(&config, Norm::L2, &inner, &[0.3; 4]);
                    assert!(trace.directions.iter().all(|u| u.abs() < 1e-300));
                    assert!(trace.tangents.iter().all(|t| t.abs() < 1e-30));
                    assert!(trace.shocks.iter().all(|z| z.is_finite()));
                    assert_eq!(trace.shock(0, 0), trace.shock(config.n_steps, 0));
                    assert_eq!(trace.stability().ascent_share, None);
                }
            }
        }
    }

    #[test]
    fn random_directions_leave_the_path_alone() {
        let inner = Quadratic {
            slope: vec![1.0, 0.5],
            curvature: vec![0.1; 2],
        };
        let config = AscentConfig::default();
        let gradient = run(&config, Norm::L2, &inner, &[0.1; 8]);
        let random = run(
            &AscentConfig {
                direction: Directions::Random,
                ..config
            },
            Norm::L2,
            &inner,
            &[0.1; 8],
        );
        assert_eq!(gradient.points, random.points);
        assert_ne!(gradient.directions, random.directions);
        for u in random.directions.chunks(2) {
            assert!((u[0].hypot(u[1]) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn sign_directions_have_unit_length_and_step_along_the_diagonal() {
        let inner = Quadratic {
            slope: vec![1.0, -0.5],
            curvature: vec![0.0; 2],
        };
        let config = AscentConfig {
            direction: Directions::Sign,
            step_size: 0.25,
            random_start: 0.0,
            ..AscentConfig::default()
        };
        let trace = run(&config, Norm::LInf, &inner, &[0.0; 2]);
        assert_eq!(trace.shock(1, 0), [0.25, -0.25]);
        assert!((trace.directions[0] - 0.5_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_restart_never_ends_lower() {
        // Convex in z': two maxima, at both ends; which one is reached depends on the start.
        let inner = Quadratic {
            slope: vec![0.2, 0.0],
            curvature: vec![-1.0, 0.0],
        };
        let config = AscentConfig {
            random_start: 1.0,
            step_size: 0.1,
            n_steps: 3,
            ..AscentConfig::default()
        };
        let last = |trace: &AscentTrace| trace.losses[3 * trace.n_rows..].to_vec();
        let once = last(&run(&config, Norm::LInf, &inner, &[0.0; 40]));
        let often = last(&run(
            &AscentConfig {
                n_restarts: 8,
                ..config
            },
            Norm::LInf,
            &inner,
            &[0.0; 40],
        ));
        assert!(once.iter().zip(&often).all(|(a, b)| b >= a));
        assert!(once.iter().sum::<f64>() + 1.0 < often.iter().sum::<f64>());
    }

    #[test]
    fn pulling_back_is_the_transpose_of_pushing_forward() {
        let map = diagonal();
        let snapshots = [0.1, 0.2];
        let nominal = [0.1_f32, 0.2, -0.3, 0.4];
        let observation = |shockable: &'static [usize]| Chart::Observation {
            nominal: &nominal,
            shockable,
            n_inputs: 4,
            norm: Norm::LInf,
            radius: 0.3,
        };
        // Neighbors, and not.
        let charts = [
            chart(&map, &snapshots, Norm::L2),
            observation(&[1, 2]),
            observation(&[3, 0]),
        ];
        for chart in charts {
            let (n, n_inputs) = (chart.n_coordinates(), chart.n_inputs());
            let (u, cotangent) = (&[0.4, -0.7][..n], [0.3_f32, -1.1, 0.7, 0.2]);
            let cotangent = &cotangent[..n_inputs];
            let rows = chart.rows();
            let mut jacobian = vec![0.0; rows.jacobian_len()];
            let (mut origin, mut bps, mut tangent, mut back) = (
                vec![0.0; n_inputs],
                vec![0.0; n],
                vec![9.0; n_inputs],
                vec![9.0; n],
            );
            rows.linearize(0, &vec![0.0; n], &mut bps, &mut origin, &mut jacobian);
            assert_eq!(origin, *chart.undisturbed(1));
            rows.push_forward(&jacobian, u, &mut tangent);
            rows.pull_back(&jacobian, cotangent, &mut back);
            let left: f64 = tangent
                .iter()
                .zip(cotangent)
                .map(|(t, g)| f64::from(*t) * f64::from(*g))
                .sum();
            let right: f64 = back.iter().zip(u).map(|(b, u)| b * u).sum();
            assert!((left - right).abs() < 1e-6, "{left} {right}");
            // And the tangent is the derivative of the observation.
            let (mut moved, h) = (vec![0.0; n_inputs], 1e-2);
            rows.observe(
                0,
                &u.iter().map(|x| h * x).collect::<Vec<_>>(),
                &mut bps,
                &mut moved,
            );
            for i in 0..n_inputs {
                assert!(
                    ((f64::from(moved[i]) - f64::from(origin[i])) / h - f64::from(tangent[i]))
                        .abs()
                        < 1e-4
                );
            }
        }
    }

    #[test]
    fn gathering_stacks_steps_or_draws_one() {
        let inner = Quadratic {
            slope: vec![1.0, 0.5],
            curvature: vec![0.1; 2],
        };
        let trace = run(&AscentConfig::default(), Norm::L2, &inner, &[0.1; 8]);
        let mut rng = Streams::new(1).stream(Component::Regularizer, 0);
        let all = trace.gather(&[2, 0], InnerSteps::All, &mut rng);
        assert_eq!((all.points.len(), all.n_steps), (6 * 2, 3));
        assert_eq!(all.points[..2], trace.points[4..6]);
        assert_eq!(all.points[4..6], trace.points[(4 + 2) * 2..(4 + 2) * 2 + 2]);
        let whole = trace.gather(&[0, 1, 2, 3], InnerSteps::All, &mut rng);
        assert!(matches!(whole.points, Cow::Borrowed(_)));
        assert_eq!(
            (&*whole.points, &*whole.tangents),
            (&trace.points[..], &trace.tangents[..])
        );
        let one = trace.gather(&[2, 0], InnerSteps::Sampled, &mut rng);
        assert_eq!((one.points.len(), one.n_steps), (2 * 2, 1));
        assert!(
            (0..3).any(|k| one.points[..2] == trace.points[(k * 4 + 2) * 2..(k * 4 + 2) * 2 + 2])
        );
    }

    #[test]
    fn numbers_outside_their_range_are_named() {
        let config = AscentConfig {
            step_size: -1.0,
            ..AscentConfig::default()
        };
        assert_eq!(
            config.check().unwrap_err().to_string(),
            "ascent: found step_size = -1, expected a finite number > 0"
        );
        for n in [0, usize::MAX] {
            let steps = AscentConfig {
                n_steps: n,
                ..AscentConfig::default()
            };
            let restarts = AscentConfig {
                n_restarts: n,
                ..AscentConfig::default()
            };
            assert!(steps.check().is_err() && restarts.check().is_err());
        }
        assert!(
            AscentConfig {
                random_start: 1.5,
                ..AscentConfig::default()
            }
            .check()
            .is_err()
        );
        assert!(AscentConfig::default().check().is_ok());
    }
}
