//! Tests that trainings are reproducible and that the regularizer lowers the sensitivity.

use super::{Recorder, adversarial, echo, run, small};
use crate::{
    adversary::{AscentConfig, AscentRefresh, InnerSteps, Objective, Player},
    algo::{Directions, Form, Regularizer, Space},
    env::toy::Toy,
    policy::NamedTensor,
    train::{METRICS, Metric, MetricRow, TrainConfig},
};

/// Metric rows and final weights of a training.
fn outcome(
    make: impl Fn() -> Toy,
    config: &TrainConfig,
    n_workers: usize,
) -> (Vec<MetricRow>, Vec<NamedTensor>) {
    let mut recorder = Recorder::default();
    let trained = run(make, config, n_workers, &mut recorder).unwrap();
    (recorder.rows, trained.policy.to_tensors())
}

#[test]
fn same_bytes_at_any_number_of_workers() {
    for refresh in [AscentRefresh::EveryMinibatch, AscentRefresh::OncePerRollout] {
        let config = TrainConfig {
            regularizer: adversarial(0.5),
            player: Player::Gradient(AscentConfig::default()),
            ascent: AscentConfig {
                refresh,
                penalized_share: 0.3,
                penalized: InnerSteps::Sampled,
                ..AscentConfig::default()
            },
            ..small(4)
        };
        let inline = outcome(Toy::default, &config, 1);
        assert_eq!(inline.0.len(), 4);
        for n_workers in [1, 2, 6] {
            assert!(
                inline == outcome(Toy::default, &config, n_workers),
                "{n_workers} workers differ"
            );
        }
    }
}

#[test]
fn weight_zero_and_measuring_change_no_weight() {
    let plain = small(3);
    let (rows, weights) = outcome(Toy::default, &plain, 1);
    let zero = TrainConfig {
        regularizer: adversarial(0.0),
        ..plain.clone()
    };
    assert!((rows, weights.clone()) == outcome(Toy::default, &zero, 1));
    let unmeasured = TrainConfig {
        measured_rows: 0,
        ..plain.clone()
    };
    assert!(weights == outcome(Toy::default, &unmeasured, 1).1);
    let penalized = TrainConfig {
        regularizer: adversarial(1.0),
        ..plain
    };
    assert!(weights != outcome(Toy::default, &penalized, 1).1);
}

#[test]
fn every_metric_of_a_shocked_training_has_a_value() {
    let config = TrainConfig {
        regularizer: adversarial(0.5),
        player: Player::Random,
        ..small(2)
    };
    let (rows, _) = outcome(Toy::default, &config, 1);
    for definition in METRICS {
        assert!(
            rows[1].get(definition.metric).is_some(),
            "{} has no value",
            definition.name
        );
    }
    assert_eq!((rows[1].update, rows[1].env_steps), (2, 2 * 6 * 16));
}

fn sensitivity_after(regularizer: Regularizer, ascent: AscentConfig) -> (f64, f64) {
    let config = TrainConfig {
        regularizer,
        ascent,
        ..small(120)
    };
    let last = run(echo, &config, 1, &mut Recorder::default())
        .unwrap()
        .last_row;
    (
        last.get(Metric::SensitivityMean).unwrap(),
        last.get(Metric::RewardMean).unwrap(),
    )
}

#[test]
fn adversarial_regularization_lowers_the_sensitivity_that_plain_ppo_learns() {
    let ascent = AscentConfig {
        objective: Objective::ActionDeviation,
        ..AscentConfig::default()
    };
    let (plain, _) = sensitivity_after(Regularizer::None, ascent.clone());
    // The best policy has slope 1/2 in x, and a full budget moves x by 1.
    assert!((plain - 0.5).abs() < 0.12, "{plain}");
    let (every, once) = (AscentRefresh::EveryMinibatch, AscentRefresh::OncePerRollout);
    for (penalized, refresh, penalized_share) in [
        (InnerSteps::All, every, 1.0),
        (InnerSteps::Sampled, every, 1.0),
        (InnerSteps::Sampled, every, 0.25),
        (InnerSteps::Sampled, once, 0.25),
    ] {
        let (aajr, _) = sensitivity_after(
            adversarial(3.0),
            AscentConfig {
                penalized,
                refresh,
                penalized_share,
                ..ascent.clone()
            },
        );
        assert!(
            aajr < 0.5 * plain,
            "{penalized:?} {refresh:?}: {aajr} against {plain}"
        );
    }
    let observation = Regularizer::Adversarial {
        weight: 3.0,
        space: Space::Observation,
        form: Form::Square,
    };
    let (aajr, _) = sensitivity_after(
        observation,
        AscentConfig {
            observation_radius: 1.0,
            ..ascent.clone()
        },
    );
    assert!(
        aajr < 0.5 * plain,
        "observation space: {aajr} against {plain}"
    );
    let sign = AscentConfig {
        direction: Directions::Sign,
        ..ascent.clone()
    };
    let random = Regularizer::RandomDirection {
        weight: 3.0,
        space: Space::Price,
        form: Form::Square,
    };
    for (aajr, _) in [
        sensitivity_after(adversarial(3.0), sign),
        sensitivity_after(random, ascent),
    ] {
        assert!(aajr < 0.5 * plain, "{aajr} against {plain}");
    }
}

/// Two methods with different inner loops are measured alike: at weight 0 they are the same policy.
#[test]
fn measurements_do_not_use_the_method_s_own_ascent() {
    let ascent = AscentConfig {
        random_start: 1.0,
        ..AscentConfig::default()
    };
    let own = AscentConfig {
        objective: Objective::Value,
        n_steps: 1,
        ..ascent.clone()
    };
    let after = |ascent, measure| {
        let config = TrainConfig {
            ascent,
            measure,
            ..small(3)
        };
        let trained = run(echo, &config, 1, &mut Recorder::default()).unwrap();
        trained.last_row
    };
    let shared = after(ascent.clone(), None);
    assert_eq!(after(own.clone(), Some(ascent)), shared);
    assert_ne!(after(own, None), shared);
}
