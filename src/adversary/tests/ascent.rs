//! Tests of the ascent on quadratics, whose maxima are known.

use super::{Chart, InnerSteps, Moved};
use crate::{
    adversary::{
        AdversaryError, AscentConfig, AscentTrace, StepRule,
        ascent::{Ascent, Course, InnerObjective},
    },
    algo::Directions,
    env::{Hindsight, Norm, ShockMap},
    policy::Passed,
    rng::{Component, Streams},
};
use std::borrow::Cow;

/// Linear shock map φ(h, z) = h + M z, per bp; the snapshot is h.
pub(super) struct LinearMap {
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

/// Quadratic objective `g(o) = Σ_i slope_i o_i − ½ curvature_i o_i²`.
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
        _passed: Option<&mut Passed>,
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

pub(super) fn diagonal() -> LinearMap {
    LinearMap {
        matrix: MAP_DIAGONAL.to_vec(),
        n_assets: 2,
    }
}

pub(super) fn chart<'a>(map: &'a LinearMap, snapshots: &'a [f64], norm: Norm) -> Chart<'a> {
    Chart {
        moved: Moved::Prices {
            map,
            snapshots,
            n_assets: 2,
        },
        n_inputs: 2,
        norm,
        unit: 100.0,
    }
}

fn run(config: &AscentConfig, norm: Norm, inner: &Quadratic, snapshots: &[f64]) -> AscentTrace {
    let map = diagonal();
    let mut rng = Streams::new(5).stream(Component::Ascent, 0);
    let ascent = Ascent {
        chart: &chart(&map, snapshots, norm),
        inner,
        config,
        n_rows: snapshots.len() / 2,
        course: Course::default(),
        holdings: None,
    };
    let mut trace = AscentTrace::default();
    ascent.climb(&mut rng, &mut trace).unwrap();
    trace
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
    // B' = diag(2, 5), so the gradient is (2, −5), the direction of the maximizer in the ball.
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

/// Hessian in z': diag(2² a, 5² b). Raw steps below 1/L ascend and meet η ≤ 1/L; steps beyond 2/L
/// descend and violate it.
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
            ..base.clone()
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
fn zero_and_nan_gradients_give_no_direction_and_no_nan() {
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
fn random_directions_do_not_change_the_path() {
    let inner = Quadratic {
        slope: vec![1.0, 0.5],
        curvature: vec![0.1; 2],
    };
    let config = AscentConfig::default();
    let gradient = run(&config, Norm::L2, &inner, &[0.1; 8]);
    let random = run(
        &AscentConfig {
            direction: Directions::Random,
            ..config.clone()
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
    // The objective is convex in z' with two maxima, at both ends; the start decides between them.
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
            ..config.clone()
        },
        Norm::LInf,
        &inner,
        &[0.0; 40],
    ));
    assert!(once.iter().zip(&often).all(|(a, b)| b >= a));
    assert!(once.iter().sum::<f64>() + 1.0 < often.iter().sum::<f64>());
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
    assert!((0..3).any(|k| one.points[..2] == trace.points[(k * 4 + 2) * 2..(k * 4 + 2) * 2 + 2]));
}
