//! Tests of the pathwise learner: it finds a known optimum, and is reproducible.

use super::{Recorder, adversarial, run};
use crate::{
    algo::{Algorithm, LearnConfig, Schedule},
    env::{NotDifferentiable, Reward, ShockSpec, TradingEnv, TradingSpec, toy::Toy},
    features::{AccountFeature, FeatureSpec},
    market::{Allocation, Costs},
    models::{Correlation, SignalMarket, SignalPath},
    policy::{Actions, NamedTensor},
    rng::Streams,
    train::{MetricRow, TrainConfig, TrainError},
    units::bps,
};
use chrono::DateTime;

const RISK_AVERSION: f64 = 100.0;

fn path() -> SignalPath {
    let market = SignalMarket {
        symbols: ["A", "B"].map(String::from).to_vec(),
        initial_price: 100.0,
        n_bars: 6000,
        bar_seconds: 86_400,
        steps_per_bar: 1,
        start: DateTime::UNIX_EPOCH,
        bar_volatility: 0.01,
        correlation: Correlation::Independent,
        n_signals: 4,
        n_relevant: 3,
        persistence: 0.5,
        sharpness: 1.0,
        signal_strength: 0.6,
        n_returns: 0,
        return_strength: 0.0,
        coefficients_seed: 1,
    };
    market.simulate(&Streams::new(2), 0).unwrap()
}

fn env(path: &SignalPath, account: Vec<AccountFeature>) -> TradingEnv {
    let spec = TradingSpec {
        costs: Costs {
            half_spread: bps!(0.5),
            ..Costs::FREE
        },
        allocation: Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross: 2.0,
        },
        reward: Reward::PnlMinusRisk {
            risk_aversion: RISK_AVERSION,
        },
        horizon: Some(100),
        account,
        shocks: ShockSpec::prints(bps!(100.0)),
        ..TradingSpec::new(vec![
            FeatureSpec::LogReturns { window: 1 },
            FeatureSpec::Signals,
        ])
    };
    TradingEnv::fit(path.panel().clone(), spec, 0..5000).unwrap()
}

fn config(n_updates: u64, horizon: usize) -> TrainConfig {
    let mut config = TrainConfig::pathwise(n_updates * 128);
    config.n_envs = 128 / horizon;
    config.policy.hidden = vec![32];
    config.policy.critic_hidden = vec![16];
    config.learn = LearnConfig {
        algorithm: Algorithm::Pathwise { horizon },
        n_steps: horizon,
        learning_rate: Schedule::Linear {
            from: 1e-2,
            to: 0.0,
        },
        ..config.learn
    };
    config
}

/// Metric rows and final weights of a training.
fn outcome(
    env: &TradingEnv,
    config: &TrainConfig,
    n_workers: usize,
) -> (Vec<MetricRow>, Vec<NamedTensor>) {
    let mut recorder = Recorder::default();
    let trained = run(|| env.clone(), config, n_workers, &mut recorder).unwrap();
    (recorder.rows, trained.policy.to_tensors())
}

/// After 77,000 steps (H = 1, and H = 4 with the weights observed) the policy earns most of the
/// optimum's expected reward.
#[test]
fn the_optimum_of_a_signal_market_is_found() {
    let path = path();
    for (horizon, account) in [(1, vec![]), (4, vec![AccountFeature::Weights])] {
        let env = env(&path, account);
        let trained = run(
            || env.clone(),
            &config(600, horizon),
            1,
            &mut Recorder::default(),
        );
        let policy = trained.unwrap().policy;
        let (mut found, mut best) = (0.0, 0.0);
        for t in 10..6000 {
            let mut observation = env.market().observation(t).to_vec();
            observation.resize(policy.spec().n_inputs, 0.0);
            let Actions::Continuous(action) = policy.decide(&observation, 1).unwrap() else {
                panic!("kind")
            };
            let weights: Vec<f64> = action.into_iter().map(f64::from).collect();
            found += path.expected_reward(t, &weights, RISK_AVERSION);
            let optimum = path.best_weights(t, RISK_AVERSION).unwrap();
            best += path.expected_reward(t, &optimum, RISK_AVERSION);
        }
        assert!(found / best > 0.7, "H = {horizon}: {}", found / best);
    }
}

#[test]
fn same_bytes_at_any_number_of_workers() {
    let env = env(&path(), vec![AccountFeature::Weights, AccountFeature::Cash]);
    let config = TrainConfig {
        regularizer: adversarial(0.5),
        measured_rows: 16,
        ..config(3, 4)
    };
    let inline = outcome(&env, &config, 1);
    assert_eq!(inline.0.len(), 3);
    for n_workers in [2, 5] {
        assert!(inline == outcome(&env, &config, n_workers), "{n_workers}");
    }
}

#[test]
fn weight_zero_changes_no_weight_and_a_penalty_does() {
    let env = env(&path(), vec![AccountFeature::Weights]);
    let with = |regularizer| {
        let config = TrainConfig {
            regularizer,
            ..config(3, 2)
        };
        outcome(&env, &config, 1).1
    };
    let plain = with(crate::algo::Regularizer::None);
    assert!(plain == with(adversarial(0.0)));
    assert!(plain != with(adversarial(1.0)));
}

/// The loss does not depend on σ, so it stays as it was.
#[test]
fn the_standard_deviation_is_not_learned() {
    let (_, tensors) = outcome(&env(&path(), vec![]), &config(3, 1), 1);
    let log_std = tensors
        .iter()
        .find(|tensor| tensor.name.contains("log_std"));
    assert_eq!(log_std.unwrap().values, [-3.0; 2]);
}

#[test]
fn an_environment_without_derivatives_is_refused() {
    let said = run(Toy::default, &config(1, 1), 1, &mut Recorder::default());
    let reason = NotDifferentiable::Environment;
    assert!(matches!(said, Err(TrainError::NotDifferentiable(found)) if found == reason));
    let mut config = config(1, 4);
    config.learn.algorithm = Algorithm::Pathwise { horizon: 3 };
    let said = config.check().unwrap_err().to_string();
    let expected = "learn.algorithm.horizon: found 3, expected a divisor of n_steps";
    assert_eq!(said, expected);
}
