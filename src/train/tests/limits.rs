//! Tests of trainings that are refused, diverge or stop early.

use super::{Echo, Recorder, adversarial, echo, run, small};
use crate::{
    adversary::Player,
    algo::{Form, Regularizer, Space},
    train::{CheckpointReason, TrainConfig, TrainError},
    units::Bps,
};

#[test]
fn a_price_space_adversary_with_nothing_to_spend_is_refused() {
    let broke = || {
        let mut echo = echo();
        echo.shock_space.budget_bps = Bps::ZERO;
        echo
    };
    let in_observation = Regularizer::Adversarial {
        weight: 1.0,
        space: Space::Observation,
        form: Form::Square,
    };
    let starving = TrainConfig {
        player: Player::Starve,
        ..small(1)
    };
    let said = run(echo, &starving, 1, &mut Recorder::default()).unwrap_err();
    let expected = "train.player: found Starve where spreads and liquidity cannot be shocked";
    assert!(said.to_string().starts_with(expected), "{said}");
    let emptied = || {
        let mut echo = broke();
        echo.shock_space.max_spread_multiplier = 2.0;
        echo
    };
    for player in [Player::Starve, Player::Random] {
        let config = TrainConfig { player, ..small(1) };
        assert!(run(emptied, &config, 1, &mut Recorder::default()).is_ok());
    }
    for (field, regularizer, player) in [
        ("regularizer", adversarial(1.0), Player::None),
        ("player", Regularizer::None, Player::Random),
        ("", adversarial(0.0), Player::None),
        ("", in_observation, Player::None),
        ("", Regularizer::None, Player::None),
    ] {
        let config = TrainConfig {
            regularizer,
            player,
            ..small(1)
        };
        let said = run(broke, &config, 1, &mut Recorder::default());
        let said = said.map_or_else(|error| error.to_string(), |_| String::new());
        if field.is_empty() {
            assert_eq!(said, "");
        } else {
            let expected = format!("train.{field}: found a shock budget of 0 bps, expected");
            assert!(said.starts_with(&expected), "{said}");
        }
        assert!(run(echo, &config, 1, &mut Recorder::default()).is_ok());
    }
}

#[test]
fn an_adversary_without_shocks_is_refused_and_other_methods_train() {
    let unshockable = || Echo::new(u32::MAX, 0);
    let refused = |config: &TrainConfig| {
        run(unshockable, config, 1, &mut Recorder::default())
            .unwrap_err()
            .to_string()
    };
    let message = refused(&TrainConfig {
        regularizer: adversarial(1.0),
        ..small(1)
    });
    assert!(
        message.starts_with("train.regularizer needs an environment with a shock map"),
        "{message}"
    );
    let message = refused(&TrainConfig {
        player: Player::Random,
        ..small(1)
    });
    assert!(message.starts_with("train.player needs"), "{message}");
    for regularizer in [
        Regularizer::None,
        Regularizer::Frobenius {
            weight: 0.1,
            projections: None,
        },
    ] {
        let config = TrainConfig {
            regularizer,
            ..small(1)
        };
        assert!(run(unshockable, &config, 1, &mut Recorder::default()).is_ok());
    }
}

#[test]
fn a_number_that_is_not_finite_stops_the_run_and_keeps_the_last_good_weights() {
    let mut good = Recorder::default();
    let first = TrainConfig {
        checkpoint_every: Some(1),
        ..small(3)
    };
    run(echo, &first, 1, &mut good).unwrap();
    // Sixteen episodes per update and copy: the twentieth lies in update 2.
    let mut recorder = Recorder::default();
    let error = run(|| Echo::new(20, 1), &small(3), 1, &mut recorder).unwrap_err();
    let TrainError::Diverged {
        update: 2,
        last_good,
        ..
    } = &error
    else {
        panic!("{error}")
    };
    assert!(
        error
            .to_string()
            .contains("update 2: rollout: reward: found NaN"),
        "{error}"
    );
    assert_eq!(last_good.reason, CheckpointReason::BeforeDivergence);
    assert_eq!(last_good.tensors, good.checkpoints[0].tensors);
    assert_eq!(recorder.checkpoints, [(**last_good).clone()]);
}

#[test]
fn an_observer_stops_early_and_gets_the_scheduled_and_final_checkpoints() {
    let config = TrainConfig {
        checkpoint_every: Some(2),
        ..small(9)
    };
    let mut recorder = Recorder {
        stop_after: Some(5),
        ..Recorder::default()
    };
    let trained = run(echo, &config, 1, &mut recorder).unwrap();
    assert_eq!((trained.updates, trained.env_steps), (5, 5 * 6 * 16));
    let seen: Vec<_> = recorder
        .checkpoints
        .iter()
        .map(|c| (c.update, c.reason))
        .collect();
    let (scheduled, last) = (CheckpointReason::Scheduled, CheckpointReason::Final);
    assert_eq!(seen, [(2, scheduled), (4, scheduled), (5, last)]);
    assert_eq!(recorder.checkpoints[2].tensors, trained.policy.to_tensors());
}
