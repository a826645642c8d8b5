//! The state of a training between updates, and the stages of one.

use super::{
    Checkpoint, CheckpointReason, MetricRow, Observer, TrainConfig, TrainError, Trained,
    collector::Collector,
    measure::{measure_attack, measure_jacobian},
    reward_scale::RewardScale,
    rollout::Rollout,
    update::{InnerLoop, learn},
};
use crate::{
    adversary::{AdversaryError, InnerProblem, Player},
    algo::{AlgoError, Learner, Space},
    env::{Env, VectorEnv},
    policy::{ActorCritic, Backend, NamedTensor},
    rng::{Component, Streams},
};

/// Marks the stream of the measurements, apart from those of the updates.
const MEASUREMENT: u64 = 1 << 55;

/// Networks, optimizer, rollout and everything else that lasts.
pub(super) struct Trainer<'a, D: Backend<f32>> {
    config: &'a TrainConfig,
    streams: Streams,
    learner: Learner<f32, D>,
    collector: Collector,
    scale: RewardScale,
    /// The regularizer's ascent.
    inner: Option<InnerLoop>,
    /// What is measured whatever the regularizer: price space where there is a shock map.
    measured: Option<InnerProblem>,
    rows_done: u64,
}

impl<'a, D: Backend<f32>> Trainer<'a, D> {
    pub(super) fn new<E: Env + 'static>(
        vector: &VectorEnv<E>,
        config: &'a TrainConfig,
        streams: Streams,
        device: &D,
    ) -> Result<Self, TrainError> {
        let (layout, shocks, actions) =
            (vector.layout(), vector.shock_space(), vector.action_space());
        let problem =
            |who, space| InnerProblem::new(who, space, layout, vector.shock_map(), shocks, actions);
        let needs_prices = match config.player {
            Player::None | Player::Starve => false,
            Player::Random => shocks.n_assets == 0 && !shocks.admits_multipliers(),
            Player::Gradient(_) => true,
        };
        if needs_prices {
            problem("train.player", Space::Price)?;
        }
        let inner = InnerLoop::new(config, |space| Ok(problem("train.regularizer", space)?))?;
        config.check_budget(shocks)?;
        let measured = [Space::Price, Space::Observation]
            .into_iter()
            .find_map(|space| problem("measurement", space).ok())
            .filter(|_| config.measured_rows > 0);
        let spec = config.policy.network(layout, actions);
        let mut rng = streams.stream(Component::Init, 0);
        let policy = ActorCritic::new(
            &spec,
            &config.policy.critic_hidden,
            config.policy.initial_log_std,
            &mut rng,
            device,
        )?;
        Ok(Self {
            config,
            streams,
            learner: Learner::new(policy, config.learn.adam_epsilon)?,
            collector: Collector::new(vector, config, streams),
            scale: RewardScale::new(config.reward_unit, config.learn.gamma, vector.n_copies()),
            inner,
            measured,
            rows_done: 0,
        })
    }

    /// Plays rollout `update` and estimates its advantages.
    pub(super) fn play<E: Env + 'static>(
        &mut self,
        vector: &mut VectorEnv<E>,
        update: u64,
    ) -> Result<(), TrainError> {
        let rollout = self
            .collector
            .play(vector, &self.learner.policy, update, &mut self.scale)?;
        self.rows_done += rollout.n_rows() as u64;
        if let Some((tensor, found)) = rollout.not_finite() {
            return Err(AlgoError::NonFinite {
                tensor: format!("rollout: {tensor}"),
                found,
            }
            .into());
        }
        rollout.estimate(&self.config.learn, self.scale.factor())
    }

    /// Learns from the rollout, measures the result and writes the row of the metric log.
    pub(super) fn learn(&mut self, update: u64, n_updates: u64) -> Result<MetricRow, TrainError> {
        let mut row = MetricRow::new(update, self.rows_done);
        let rollout = self.collector.rollout();
        rollout.write(&mut row);
        #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let progress = (update - 1) as f64 / n_updates as f64;
        let when = (update, progress);
        learn(
            &mut self.learner,
            rollout,
            self.inner.as_ref(),
            self.config,
            self.streams,
            when,
            &mut row,
        )?;
        if let Some((tensor, found)) = not_finite(&self.learner.policy.to_tensors()) {
            return Err(AlgoError::NonFinite { tensor, found }.into());
        }
        self.measure(update, &mut row)?;
        Ok(row)
    }

    fn measure(&self, update: u64, row: &mut MetricRow) -> Result<(), TrainError> {
        let rollout: &Rollout = self.collector.rollout();
        let rows = evenly_spaced(rollout.n_rows(), self.config.measured_rows);
        if rows.is_empty() {
            return Ok(());
        }
        let policy = &self.learner.policy;
        let observations = rollout.observations_of(&rows);
        measure_jacobian(policy, &observations, row)?;
        let Some(problem) = &self.measured else {
            return Ok(());
        };
        let mut rng = self.streams.stream(Component::Ascent, MEASUREMENT | update);
        let batch = (observations.as_slice(), rollout.snapshots_of(&rows));
        let measured = measure_attack(
            policy,
            problem,
            (batch.0, &batch.1),
            &self.config.yardstick(),
            &mut rng,
            row,
        );
        match measured {
            // The configured objective may be one that this environment cannot have; then there is
            // nothing to measure.
            Err(TrainError::Adversary(
                AdversaryError::NoHindsight | AdversaryError::LevelName { .. },
            )) => Ok(()),
            other => other,
        }
    }

    pub(super) fn checkpoint(&self, update: u64) -> Checkpoint {
        Checkpoint {
            reason: CheckpointReason::Scheduled,
            update,
            env_steps: self.rows_done,
            tensors: self.learner.policy.to_tensors(),
        }
    }

    pub(super) fn finish(
        self,
        last_row: MetricRow,
        observer: &mut dyn Observer,
    ) -> Result<Trained<D>, TrainError> {
        let update = last_row.update;
        let last = Checkpoint {
            reason: CheckpointReason::Final,
            ..self.checkpoint(update)
        };
        observer
            .on_checkpoint(&last)
            .map_err(|source| TrainError::Observer { update, source })?;
        Ok(Trained {
            policy: self.learner.policy,
            updates: update,
            env_steps: self.rows_done,
            last_row,
        })
    }
}

/// Turns a number that is not finite into [`TrainError::Diverged`] and hands the last good weights
/// to the observer; other errors pass.
pub(super) fn report_divergence(
    error: TrainError,
    update: u64,
    good: Checkpoint,
    observer: &mut dyn Observer,
) -> TrainError {
    let TrainError::Algo(AlgoError::NonFinite { tensor, found }) = error else {
        return error;
    };
    let last_good = Checkpoint {
        reason: CheckpointReason::BeforeDivergence,
        ..good
    };
    if let Err(source) = observer.on_checkpoint(&last_good) {
        return TrainError::Observer { update, source };
    }
    TrainError::Diverged {
        update,
        tensor,
        found,
        last_good: Box::new(last_good),
    }
}

/// At most `n_wanted` of `0..n`, evenly spaced.
fn evenly_spaced(n: usize, n_wanted: usize) -> Vec<usize> {
    let n_wanted = n_wanted.min(n);
    (0..n_wanted).map(|i| i * n / n_wanted).collect()
}

fn not_finite(tensors: &[NamedTensor]) -> Option<(String, f64)> {
    tensors.iter().find_map(|tensor| {
        let found = tensor.values.iter().find(|value| !value.is_finite())?;
        Some((tensor.name.clone(), f64::from(*found)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Metric, ObserverError, Progress, Unobserved, train};
    use super::*;
    use crate::{
        adversary::{AscentConfig, AscentRefresh, InnerSteps, Objective},
        algo::{Algorithm, Directions, Form, LearnConfig, Regularizer},
        bps,
        env::{
            Action, ActionSpace, Hindsight, Norm, Outcome, Shock, ShockKind, ShockMap, ShockSpace,
            Step,
            toy::{Shockable, Toy, field},
        },
        features::Layout,
        units::Bps,
    };
    use dfdx::tensor::Cpu;
    use rand::Rng as _;
    use std::{num::NonZeroUsize, sync::Arc};

    /// One step per episode: observe two numbers, of which a shock moves the first, and name their
    /// mean. Reward −(a − (x + y)/2)². Snapshot `[x, y]`. With `broken`, the reward is NaN from
    /// that episode on.
    struct Echo {
        layout: Layout,
        action_space: ActionSpace,
        shock_space: ShockSpace,
        observation: [f32; 2],
        n_episodes: u32,
        broken_from: u32,
    }

    struct EchoMap;

    #[allow(clippy::cast_possible_truncation, reason = "observations are f32")]
    const fn narrow(x: f64) -> f32 {
        x as f32
    }

    impl ShockMap for EchoMap {
        fn snapshot_len(&self) -> usize {
            2
        }
        fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
            observation
                .copy_from_slice(&[snapshot[0] + shock_bps[0] * 0.01, snapshot[1]].map(narrow));
        }
        fn jacobian(
            &self,
            snapshot: &[f64],
            shock_bps: &[f64],
            observation: &mut [f32],
            jacobian: &mut [f32],
        ) {
            self.observe(snapshot, shock_bps, observation);
            jacobian.copy_from_slice(&[0.01, 0.0]);
        }
        fn hindsight<'a>(&self, _snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
            None
        }
    }

    impl Echo {
        fn new(broken_from: u32, n_assets: usize) -> Self {
            let toy = Toy::default();
            Self {
                layout: Layout {
                    market: vec![field("x", Shockable::Yes), field("y", Shockable::No)],
                    account: Vec::new(),
                },
                action_space: toy.action_space().clone(),
                shock_space: ShockSpace {
                    kind: ShockKind::Print,
                    n_assets,
                    norm: Norm::LInf,
                    budget_bps: bps!(100.0),
                    ..ShockSpace::none()
                },
                observation: [0.0; 2],
                n_episodes: 0,
                broken_from,
            }
        }
    }

    impl Env for Echo {
        fn layout(&self) -> &Layout {
            &self.layout
        }
        fn action_space(&self) -> &ActionSpace {
            &self.action_space
        }
        fn shock_space(&self) -> &ShockSpace {
            &self.shock_space
        }
        fn reset(&mut self, seed: u64) -> &[f32] {
            let mut rng = Streams::new(seed).stream(Component::Market, 0);
            self.observation = [rng.gen_range(-1.0..1.0), rng.gen_range(-1.0..1.0)];
            self.n_episodes += 1;
            &self.observation
        }
        fn step(&mut self, action: Action<'_>, _shock: Shock<'_>) -> Step<'_> {
            let Action::Continuous([a]) = action else {
                panic!("continuous")
            };
            let miss = f64::from(a - 0.5 * (self.observation[0] + self.observation[1]));
            let reward = if self.n_episodes > self.broken_from {
                f64::NAN
            } else {
                -miss * miss
            };
            Step {
                observation: &self.observation,
                reward,
                outcome: Outcome::Terminated,
            }
        }
        fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
            (self.shock_space.n_assets > 0).then(|| Arc::new(EchoMap) as Arc<dyn ShockMap>)
        }
        fn snapshot(&self, out: &mut [f64]) {
            out.copy_from_slice(&self.observation.map(f64::from));
        }
        fn preview(&self, _action: Action<'_>, out: &mut [f64]) {
            self.snapshot(out);
        }
    }

    /// Keeps everything; stops after update `stop_after`.
    #[derive(Default)]
    struct Recorder {
        rows: Vec<MetricRow>,
        checkpoints: Vec<Checkpoint>,
        stop_after: Option<u64>,
    }

    impl Observer for Recorder {
        fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError> {
            self.rows.push(row.clone());
            Ok(if self.stop_after == Some(row.update) {
                Progress::Stop
            } else {
                Progress::Continue
            })
        }
        fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), ObserverError> {
            self.checkpoints.push(checkpoint.clone());
            Ok(())
        }
    }

    fn small(n_updates: u64) -> TrainConfig {
        let mut config = TrainConfig::ppo(n_updates * 6 * 16);
        config.n_envs = 6;
        config.policy.hidden = vec![16];
        config.policy.critic_hidden = vec![16];
        config.learn = LearnConfig {
            n_steps: 16,
            ..config.learn
        };
        if let Algorithm::Ppo { n_epochs, .. } = &mut config.learn.algorithm {
            *n_epochs = 3;
        }
        config.measured_rows = 32;
        config
    }

    fn adversarial(weight: f64) -> Regularizer {
        Regularizer::Adversarial {
            weight,
            space: Space::Price,
            form: Form::Square,
        }
    }

    fn run<E: Env + 'static>(
        make: impl Fn() -> E,
        config: &TrainConfig,
        n_workers: usize,
        recorder: &mut Recorder,
    ) -> Result<Trained<Cpu>, TrainError> {
        let envs = (0..config.n_envs).map(|_| make()).collect();
        train(
            envs,
            config,
            11,
            NonZeroUsize::new(n_workers).unwrap(),
            &Cpu::default(),
            recorder,
        )
    }

    fn echo() -> Echo {
        Echo::new(u32::MAX, 1)
    }

    /// Rows and final weights.
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
        for definition in super::super::METRICS {
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
        let (plain, _) = sensitivity_after(Regularizer::None, ascent);
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
                    ..ascent
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
                ..ascent
            },
        );
        assert!(
            aajr < 0.5 * plain,
            "observation space: {aajr} against {plain}"
        );
        let sign = AscentConfig {
            direction: Directions::Sign,
            ..ascent
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

    /// Two methods whose own inner loops differ are measured alike: with the weight 0 they are the
    /// same policy.
    #[test]
    fn the_yardstick_is_not_the_method_s_own_ascent() {
        let ascent = AscentConfig {
            random_start: 1.0,
            ..AscentConfig::default()
        };
        let own = AscentConfig {
            objective: Objective::Value,
            n_steps: 1,
            ..ascent
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
        let shared = after(ascent, None);
        assert_eq!(after(own, Some(ascent)), shared);
        assert_ne!(after(own, None), shared);
    }

    #[test]
    fn an_adversary_without_shocks_is_refused_and_everything_else_trains() {
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

    #[test]
    fn another_number_of_environments_is_refused() {
        let error = train(
            vec![echo()],
            &small(1),
            0,
            NonZeroUsize::MIN,
            &Cpu::default(),
            &mut Unobserved,
        );
        assert_eq!(
            error.unwrap_err().to_string(),
            "found 1 environments, expected train.n_envs = 6"
        );
    }
}
