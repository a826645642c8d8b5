//! Tests of objectives through a policy with fixed weights.

use super::{Chart, InnerSteps, Moved};
use crate::{
    adversary::{
        AdversaryError, AscentConfig, AscentRefresh, AscentTrace, Course, LastLoss, Objective,
        ascent::{Ascent, InnerObjective},
        frozen::FrozenObjective,
    },
    agent::{Activation, Head, NetworkSpec, Squash},
    env::Norm,
    policy::{ActorCritic, FrozenPolicy, Passed},
    rng::{Component, Streams},
};
use dfdx::tensor::Cpu;
use rand::Rng as _;

fn policy(head: Head) -> FrozenPolicy<f32, Cpu> {
    let spec = NetworkSpec {
        n_inputs: 3,
        hidden: vec![8, 8],
        activation: Activation::Tanh,
        head,
    };
    let mut rng = Streams::new(4).stream(Component::Init, 0);
    let mut policy = ActorCritic::new(&spec, &[8], -0.5, &mut rng, &Cpu::default()).unwrap();
    // The last layer has gain 0.01 at first: scaled up, its slope is large enough to measure.
    for parameter in policy.parameters_mut() {
        *parameter = (parameter.clone() * 3.0_f32).clone();
    }
    policy.freeze()
}

#[test]
fn gradients_match_central_differences() {
    let heads = [
        Head::Gaussian {
            n_dims: 2,
            squash: Squash::Tanh,
        },
        Head::Categorical {
            n_dims: 1,
            n_levels: 3,
        },
    ];
    let mut rng = Streams::new(9).stream(Component::Ascent, 0);
    let nominal: Vec<f32> = (0..12).map(|_| rng.gen_range(-1.0..1.0)).collect();
    let moved: Vec<f32> = nominal
        .iter()
        .map(|o| o + rng.gen_range(-0.5..0.5))
        .collect();
    for head in heads {
        let policy = policy(head);
        let chart = Chart {
            moved: Moved::Fields {
                nominal: &nominal,
                shockable: &[0, 2],
            },
            n_inputs: 3,
            norm: Norm::LInf,
            unit: 1.0,
        };
        for objective in [
            Objective::Value,
            Objective::ActionDeviation,
            Objective::Divergence,
        ] {
            let frozen = FrozenObjective::new(&policy, &objective, &chart, None, 4).unwrap();
            let (mut losses, mut gradient) = (vec![0.0; 4], vec![0.0; 12]);
            frozen
                .evaluate(&moved, &mut losses, Some(&mut gradient), None)
                .unwrap();
            let mut again = vec![0.0; 4];
            frozen.evaluate(&moved, &mut again, None, None).unwrap();
            assert_eq!(losses, again);
            let largest = gradient.iter().fold(0.0_f32, |m, g| m.max(g.abs()));
            assert!(largest > 1e-4, "no slope to test");
            for j in 0..12 {
                let mut ends = [0.0; 2];
                for (end, h) in ends.iter_mut().zip([0.02_f32, -0.02]) {
                    let mut o = moved.clone();
                    o[j] += h;
                    frozen.evaluate(&o, &mut losses, None, None).unwrap();
                    *end = losses.iter().sum();
                }
                let slope = (ends[0] - ends[1]) / 0.04;
                assert!(
                    (slope - f64::from(gradient[j])).abs() < 2e-2 * f64::from(largest),
                    "{objective:?} {slope} {}",
                    gradient[j]
                );
            }
        }
    }
}

#[test]
fn only_the_full_form_keeps_its_layer_values() {
    let policy = policy(Head::Gaussian {
        n_dims: 1,
        squash: Squash::Tanh,
    });
    let chart = Chart {
        moved: Moved::Fields {
            nominal: &[0.3; 12],
            shockable: &[0, 2],
        },
        n_inputs: 3,
        norm: Norm::L2,
        unit: 1.0,
    };
    let objective = Objective::ActionDeviation;
    let inner = FrozenObjective::new(&policy, &objective, &chart, None, 4).unwrap();
    let kept = |refresh, penalized, last| {
        let config = AscentConfig {
            penalized,
            refresh,
            ..AscentConfig::default()
        };
        let mut rng = Streams::new(9).stream(Component::Ascent, 0);
        let mut trace = AscentTrace::default();
        let ascent = Ascent {
            chart: &chart,
            inner: &inner,
            config: &config,
            n_rows: 4,
            course: Course { starts: None, last },
            holdings: None,
        };
        ascent.climb(&mut rng, &mut trace).unwrap();
        let rows = [0, 1, 2, 3];
        let gathered = trace.gather(&rows, penalized, &mut rng);
        assert!(gathered.passed.iter().all(|p| *p != Passed::default()));
        gathered.passed.len()
    };
    let (each, all, skipped) = (
        AscentRefresh::EveryMinibatch,
        InnerSteps::All,
        LastLoss::Skipped,
    );
    assert_eq!(kept(each, all, skipped), AscentConfig::default().n_steps);
    assert_eq!(kept(each, all, LastLoss::Evaluated), 0);
    assert_eq!(kept(each, InnerSteps::Sampled, skipped), 0);
    assert_eq!(kept(AscentRefresh::OncePerRollout, all, skipped), 0);
}

#[test]
fn profit_needs_hindsight() {
    let policy = policy(Head::Gaussian {
        n_dims: 1,
        squash: Squash::Tanh,
    });
    let chart = Chart {
        moved: Moved::Fields {
            nominal: &[0.0; 3],
            shockable: &[0],
        },
        n_inputs: 3,
        norm: Norm::L2,
        unit: 1.0,
    };
    let refused = FrozenObjective::new(&policy, &Objective::OneStepPnl, &chart, None, 1);
    assert_eq!(refused.err().unwrap(), AdversaryError::NoHindsight);
}
