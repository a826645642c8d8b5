//! Playing: n steps of all environment copies, clean or shocked, into flat buffers.

use super::{
    TrainConfig, TrainError,
    log::{Metric, MetricRow},
    reward_scale::RewardScale,
};
use crate::{
    adversary::{Player, ShockRules},
    algo::{AdvantageScaling, LearnConfig, Samples, Trajectories, gae, normalize},
    env::{Action, ActionSpace, Env, Outcome, Shocks, VectorEnv},
    policy::{Actions, ActorCritic, Backend, Decisions, FrozenPolicy},
    rng::{Component, Rng, Streams},
    stats,
};

/// What was seen, done and earned in one rollout: `n_rows = n_steps * n_envs` rows, `row = t * n_envs + copy`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rollout {
    n_steps: usize,
    n_envs: usize,
    snapshot_len: usize,
    /// `o_t, a_t, log π(a_t | o_t), V(o_t)`, and after [`Rollout::estimate`] advantages and returns in the learner's unit.
    pub(super) samples: Samples,
    /// V of what follows: of `o_{t+1}` while the episode runs, of its final observation where it was truncated, 0 where it
    /// terminated; `[n_rows]`.
    values_tp1: Vec<f32>,
    /// `r_{t+1}` in the environment's unit, `[n_rows]`.
    pub(super) rewards: Vec<f64>,
    /// How the step ended, `[n_rows]`.
    outcomes: Vec<Outcome>,
    /// What rebuilds `o_t` under another shock, `[n_rows, snapshot_len]`; empty without a shock map.
    snapshots: Vec<f64>,
    /// Returns and lengths of the episodes that ended.
    ended: Vec<(f64, u64)>,
    /// What the action space calls meaningful; `None` for choices.
    range: Option<[f32; 2]>,
    /// Actions that the environment refused.
    n_refused: u64,
}

impl Rollout {
    fn new<E>(vector: &VectorEnv<E>, n_steps: usize) -> Self {
        let samples = Samples {
            n_inputs: vector.layout().n_fields(),
            n_dims: vector.action_space().n_dims(),
            ..Samples::default()
        };
        Self {
            n_steps,
            n_envs: vector.n_copies(),
            snapshot_len: vector.snapshot_len(),
            samples,
            values_tp1: Vec::new(),
            rewards: Vec::new(),
            outcomes: Vec::new(),
            snapshots: Vec::new(),
            ended: Vec::new(),
            range: match vector.action_space() {
                ActionSpace::Continuous { low, high, .. } => Some([*low, *high]),
                ActionSpace::Categorical { .. } => None,
            },
            n_refused: 0,
        }
    }

    pub(super) const fn n_rows(&self) -> usize {
        self.n_steps * self.n_envs
    }

    /// Turns rewards times `reward_factor` into advantages and returns: `discount_t` = γ, or 0 where the step terminated;
    /// `trace_t` = λ, or 0 where the episode ended for whatever reason.
    pub(super) fn estimate(
        &mut self,
        learn: &LearnConfig,
        reward_factor: f64,
    ) -> Result<(), TrainError> {
        let column = |of: &dyn Fn(Outcome) -> f64| -> Vec<f32> {
            self.outcomes
                .iter()
                .map(|outcome| narrow(of(*outcome)))
                .collect()
        };
        let discounts = column(&|outcome| {
            if outcome == Outcome::Terminated {
                0.0
            } else {
                learn.gamma
            }
        });
        let traces = column(&|outcome| {
            if outcome.is_over() {
                0.0
            } else {
                learn.gae_lambda
            }
        });
        let rewards: Vec<f32> = self
            .rewards
            .iter()
            .map(|reward| narrow(reward * reward_factor))
            .collect();
        let trajectories = Trajectories {
            reward_t: &rewards,
            value_t: &self.samples.values,
            value_tp1: &self.values_tp1,
            discount_t: &discounts,
            trace_t: &traces,
            n_envs: self.n_envs,
        };
        gae(
            trajectories,
            &mut self.samples.advantages,
            &mut self.samples.returns,
        )?;
        if learn.advantages == AdvantageScaling::PerRollout {
            normalize(&mut self.samples.advantages);
        }
        Ok(())
    }

    /// The observations of some rows, `[rows.len(), n_inputs]`.
    pub(super) fn observations_of(&self, rows: &[usize]) -> Vec<f32> {
        pick(&self.samples.observations, self.samples.n_inputs, rows)
    }

    /// The snapshots of some rows, `[rows.len(), snapshot_len]`; empty without a shock map.
    pub(super) fn snapshots_of(&self, rows: &[usize]) -> Vec<f64> {
        if self.snapshots.is_empty() {
            Vec::new()
        } else {
            pick(&self.snapshots, self.snapshot_len, rows)
        }
    }

    /// The first number of the rollout that is not finite: where it stands, and what it is.
    pub(super) fn not_finite(&self) -> Option<(&'static str, f64)> {
        let first = |name, values: &[f32]| {
            let found = values.iter().find(|value| !value.is_finite());
            found.map(|found| (name, f64::from(*found)))
        };
        let reward = || self.rewards.iter().find(|reward| !reward.is_finite());
        first("observation", &self.samples.observations)
            .or_else(|| first("log probability of an action", &self.samples.log_probs))
            .or_else(|| first("value estimate", &self.samples.values))
            .or_else(|| reward().map(|found| ("reward", *found)))
    }

    fn clear(&mut self) {
        self.samples.observations.clear();
        match &mut self.samples.actions {
            Actions::Continuous(actions) => actions.clear(),
            Actions::Categorical(actions) => actions.clear(),
        }
        self.samples.log_probs.clear();
        self.samples.values.clear();
        self.values_tp1.clear();
        self.rewards.clear();
        self.outcomes.clear();
        self.snapshots.clear();
        self.ended.clear();
    }

    /// Writes what the episodes and rewards of the rollout say into `row`.
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn write(&self, row: &mut MetricRow) {
        let n = self.ended.len() as f64;
        let (total, steps) = self
            .ended
            .iter()
            .fold((0.0, 0), |sum, e| (sum.0 + e.0, sum.1 + e.1));
        row.set(Metric::EpisodeReturn, total / n);
        row.set(Metric::EpisodeLength, steps as f64 / n);
        row.set(Metric::RewardMean, stats::mean(&self.rewards));
        row.set(Metric::ExplainedVariance, explained_variance(&self.samples));
        row.set(Metric::ClampedShare, self.clamped_share());
        let n_rows = self.n_rows() as f64;
        row.set(Metric::RefusedShare, self.n_refused as f64 / n_rows);
    }

    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn clamped_share(&self) -> Option<f64> {
        let (Some([low, high]), Actions::Continuous(actions)) = (self.range, &self.samples.actions)
        else {
            return None;
        };
        let outside = |x: &&f32| **x < low || **x > high;
        Some(actions.iter().filter(outside).count() as f64 / actions.len() as f64)
    }
}

/// 1 − Var(R − V) / Var(R); `None` where all returns are equal.
fn explained_variance(samples: &Samples) -> Option<f64> {
    let (mut returns, mut errors) = (stats::Welford::default(), stats::Welford::default());
    for (return_t, value_t) in samples.returns.iter().zip(&samples.values) {
        returns.push(f64::from(*return_t));
        errors.push(f64::from(*return_t) - f64::from(*value_t));
    }
    let total = returns.variance().filter(|variance| *variance > 0.0)?;
    Some(1.0 - errors.variance()? / total)
}

fn pick<T: Copy>(table: &[T], n_cols: usize, rows: &[usize]) -> Vec<T> {
    let mut out = Vec::with_capacity(rows.len() * n_cols);
    for row in rows {
        out.extend_from_slice(&table[row * n_cols..(row + 1) * n_cols]);
    }
    out
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the learner computes in f32"
)]
const fn narrow(x: f64) -> f32 {
    x as f32
}

/// Plays rollouts. Action noise comes from one stream per copy, shocks from one stream per rollout.
#[derive(Debug)]
pub(super) struct Collector {
    rollout: Rollout,
    action_rngs: Vec<Rng>,
    player: Player,
    /// Copies that the player shocks: the first so many.
    n_shocked: usize,
    streams: Streams,
    decisions: Decisions,
    shocks_bps: Vec<f64>,
    /// Final observations of truncated episodes, and the rows they belong to.
    cut_off: (Vec<f32>, Vec<usize>),
    values: Vec<f32>,
}

impl Collector {
    pub(super) fn new<E>(vector: &VectorEnv<E>, config: &TrainConfig, streams: Streams) -> Self {
        let copies = 0..vector.n_copies() as u64;
        Self {
            rollout: Rollout::new(vector, config.learn.n_steps),
            player: config.player,
            n_shocked: share_of(vector.n_copies(), config.shocked_share),
            action_rngs: copies
                .map(|copy| streams.stream(Component::Policy, copy))
                .collect(),
            streams,
            decisions: Decisions::default(),
            shocks_bps: vec![0.0; vector.n_copies() * vector.shock_space().n_assets],
            cut_off: (Vec::new(), Vec::new()),
            values: Vec::new(),
        }
    }

    /// The last rollout.
    pub(super) const fn rollout(&self) -> &Rollout {
        &self.rollout
    }

    /// Plays rollout number `update`. `scale` sees every reward.
    pub(super) fn play<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &ActorCritic<f32, D>,
        update: u64,
        scale: &mut RewardScale,
    ) -> Result<&mut Rollout, TrainError> {
        let mut shock_rng = self.streams.stream(Component::Adversary, update);
        let refused_before: u64 = vector.n_refused().iter().sum();
        self.rollout.clear();
        self.cut_off.0.clear();
        self.cut_off.1.clear();
        let frozen = policy.freeze();
        for _ in 0..self.rollout.n_steps {
            frozen.act(
                vector.observations(),
                &mut self.action_rngs,
                &mut self.decisions,
            )?;
            self.before_step(vector);
            self.choose_shocks(vector, &frozen, &mut shock_rng)?;
            let shocks = Shocks {
                price_bps: &self.shocks_bps,
                ..Shocks::NONE
            };
            vector.step(self.decisions.actions.as_action(), shocks)?;
            self.after_step(vector, scale);
        }
        self.bootstrap(vector, &frozen)?;
        self.rollout.n_refused = vector.n_refused().iter().sum::<u64>() - refused_before;
        Ok(&mut self.rollout)
    }

    fn before_step<E>(&mut self, vector: &VectorEnv<E>) {
        let rollout = &mut self.rollout;
        rollout
            .samples
            .observations
            .extend_from_slice(vector.observations());
        rollout.snapshots.extend_from_slice(vector.snapshots());
        rollout
            .samples
            .log_probs
            .extend_from_slice(&self.decisions.log_probs);
        match (&mut rollout.samples.actions, &self.decisions.actions) {
            (Actions::Continuous(all), Actions::Continuous(new)) => all.extend_from_slice(new),
            (Actions::Categorical(all), Actions::Categorical(new)) => all.extend_from_slice(new),
            // The first step of the first rollout.
            (all, new) => *all = new.clone(),
        }
    }

    fn choose_shocks<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &FrozenPolicy<f32, D>,
        rng: &mut Rng,
    ) -> Result<(), TrainError> {
        if matches!(self.player, Player::None) || self.n_shocked == 0 {
            return Ok(());
        }
        let Some(map) = vector.shock_map() else {
            return Ok(());
        };
        vector.preview(self.decisions.actions.as_action())?;
        let rules = ShockRules {
            map: map.as_ref(),
            shocks: vector.shock_space(),
            actions: vector.action_space(),
        };
        let snapshots = &vector.previews()[..self.n_shocked * vector.snapshot_len()];
        let shocks_bps = &mut self.shocks_bps[..self.n_shocked * rules.shocks.n_assets];
        self.player
            .choose(policy, rules, snapshots, rng, shocks_bps)?;
        Ok(())
    }

    fn after_step<E>(&mut self, vector: &VectorEnv<E>, scale: &mut RewardScale) {
        let first_row = self.rollout.rewards.len();
        self.rollout.rewards.extend_from_slice(vector.rewards());
        self.rollout.outcomes.extend_from_slice(vector.outcomes());
        for (copy, (&reward, &outcome)) in
            vector.rewards().iter().zip(vector.outcomes()).enumerate()
        {
            scale.record(copy, reward, outcome);
            if outcome.is_over() {
                let episode = (
                    vector.episode_returns()[copy],
                    vector.episode_lengths()[copy],
                );
                self.rollout.ended.push(episode);
            }
            if outcome == Outcome::Truncated {
                let last = vector.final_observation(copy);
                self.cut_off.0.extend_from_slice(last);
                self.cut_off.1.push(first_row + copy);
            }
        }
    }

    /// Fills the values of all rows, and `values_tp1`.
    fn bootstrap<E, D: Backend<f32>>(
        &mut self,
        vector: &VectorEnv<E>,
        policy: &FrozenPolicy<f32, D>,
    ) -> Result<(), TrainError> {
        let rollout = &mut self.rollout;
        let (samples, n_rows) = (&mut rollout.samples, rollout.n_steps * rollout.n_envs);
        // Acting does not ask for values: all rows at once are enough for several threads.
        policy.values(&samples.observations, n_rows, &mut samples.values)?;
        policy.values(vector.observations(), rollout.n_envs, &mut self.values)?;
        rollout
            .values_tp1
            .extend_from_slice(&rollout.samples.values[rollout.n_envs..]);
        rollout.values_tp1.extend_from_slice(&self.values);
        for (value, outcome) in rollout.values_tp1.iter_mut().zip(&rollout.outcomes) {
            if outcome.is_over() {
                *value = 0.0;
            }
        }
        if !self.cut_off.1.is_empty() {
            policy.values(&self.cut_off.0, self.cut_off.1.len(), &mut self.values)?;
            for (&row, &value) in self.cut_off.1.iter().zip(&self.values) {
                rollout.values_tp1[row] = value;
            }
        }
        Ok(())
    }
}

impl Actions {
    /// The same actions as environments take them.
    #[must_use]
    pub const fn as_action(&self) -> Action<'_> {
        match self {
            Self::Continuous(values) => Action::Continuous(values.as_slice()),
            Self::Categorical(levels) => Action::Categorical(levels.as_slice()),
        }
    }
}

/// `share` of `n`, rounded to the nearest.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share in [0, 1] of a small count"
)]
pub(super) fn share_of(n: usize, share: f64) -> usize {
    ((n as f64 * share).round() as usize).min(n)
}

#[cfg(test)]
mod tests {
    use super::super::RewardUnit;
    use super::*;
    use crate::env::{Snapshots, toy::Toy};
    use dfdx::tensor::Cpu;
    use std::num::NonZeroUsize;

    fn toys(n_envs: usize) -> VectorEnv<Toy> {
        let envs = (0..n_envs).map(|_| Toy::default()).collect();
        let streams = Streams::new(2);
        let mut vector =
            VectorEnv::new(envs, streams, NonZeroUsize::MIN, Snapshots::EveryStep).unwrap();
        vector.reset().unwrap();
        vector
    }

    fn policy(config: &TrainConfig, vector: &VectorEnv<Toy>) -> ActorCritic<f32, Cpu> {
        let spec = config
            .policy
            .network(vector.layout(), vector.action_space());
        let mut rng = Streams::new(2).stream(Component::Init, 0);
        ActorCritic::new(&spec, &[8], 0.0, &mut rng, &Cpu::default()).unwrap()
    }

    fn play(config: &TrainConfig) -> (ActorCritic<f32, Cpu>, Collector) {
        let mut vector = toys(config.n_envs);
        let policy = policy(config, &vector);
        let mut scale = RewardScale::new(RewardUnit::Fixed(1.0), 0.99, config.n_envs);
        let mut collector = Collector::new(&vector, config, Streams::new(2));
        collector.play(&mut vector, &policy, 1, &mut scale).unwrap();
        (policy, collector)
    }

    fn five_copies() -> TrainConfig {
        TrainConfig {
            n_envs: 5,
            ..TrainConfig::ppo(1 << 20)
        }
    }

    /// The successors of a rollout against a replay of its actions: running steps bootstrap from the next observation,
    /// truncated ones from their own last observation, terminated ones from nothing.
    #[test]
    fn what_follows_is_the_next_the_final_or_nothing() {
        let (policy, collector) = play(&five_copies());
        let (rollout, n_envs) = (collector.rollout(), 5);
        let mut replay = toys(n_envs);
        let Actions::Continuous(actions) = &rollout.samples.actions else {
            panic!("continuous")
        };
        let (mut values, mut n_over) = (Vec::new(), [0; 3]);
        for t in 0..rollout.n_steps {
            let rows = t * n_envs..(t + 1) * n_envs;
            let pairs = rows.start * 2..rows.end * 2;
            assert_eq!(
                rollout.samples.observations[pairs.clone()],
                *replay.observations()
            );
            assert_eq!(rollout.snapshots[pairs], *replay.snapshots());
            let action = Action::Continuous(&actions[rows.clone()]);
            replay.step(action, Shocks::NONE).unwrap();
            let last: Vec<f32> = (0..n_envs)
                .flat_map(|copy| replay.final_observation(copy).to_vec())
                .collect();
            policy.values(&last, n_envs, &mut values).unwrap();
            for (row, copy) in rows.zip(0..) {
                let outcome = replay.outcomes()[copy];
                n_over[outcome as usize] += 1;
                let expected = if outcome == Outcome::Terminated {
                    0.0
                } else {
                    values[copy]
                };
                assert!((rollout.values_tp1[row] - expected).abs() < 1e-6);
                assert_eq!(rollout.outcomes[row], outcome);
            }
        }
        assert!(n_over.iter().all(|n| *n > 10), "{n_over:?}");
        assert_eq!(rollout.ended.len(), n_over[1] + n_over[2]);
    }

    /// γ = 1, λ = 1: the return is the sum of rewards to come, plus the value beyond a cut.
    #[test]
    fn returns_without_discount_are_sums() {
        let config = five_copies();
        let (_, mut collector) = play(&config);
        let learn = LearnConfig {
            gamma: 1.0,
            gae_lambda: 1.0,
            ..config.learn
        };
        let rollout = &mut collector.rollout;
        rollout.estimate(&learn, 2.0).unwrap();
        for row in 0..rollout.n_rows() {
            let mut to_come = 0.0;
            for later in (row..rollout.n_rows()).step_by(5) {
                to_come += 2.0 * rollout.rewards[later];
                if rollout.outcomes[later].is_over() || later + 5 >= rollout.n_rows() {
                    to_come += f64::from(rollout.values_tp1[later]);
                    break;
                }
            }
            assert!((f64::from(rollout.samples.returns[row]) - to_come).abs() < 1e-4);
        }
    }

    #[test]
    fn actions_out_of_range_and_refused_are_counted() {
        let (_, collector) = play(&five_copies());
        let rollout = collector.rollout();
        let mut row = MetricRow::new(1, 0);
        rollout.write(&mut row);
        let Actions::Continuous(actions) = &rollout.samples.actions else {
            panic!("continuous")
        };
        let outside: Vec<f64> = actions
            .iter()
            .map(|x| f64::from(u8::from(x.abs() > 1.0)))
            .collect();
        let expected = stats::mean(&outside).unwrap();
        assert!(expected > 0.0 && expected < 1.0);
        assert!((row.get(Metric::ClampedShare).unwrap() - expected).abs() < 1e-12);
        assert!(row.get(Metric::RefusedShare).unwrap() <= 0.0);

        let config = five_copies();
        let mut vector = toys(config.n_envs);
        // A refusal before the rollout does not count.
        let bad = [f32::NAN; 5];
        vector.step(Action::Continuous(&bad), Shocks::NONE).unwrap();
        let spec = config
            .policy
            .network(vector.layout(), vector.action_space());
        let mut rng = Streams::new(2).stream(Component::Init, 0);
        let mad = ActorCritic::new(&spec, &[8], f64::NAN, &mut rng, &Cpu::default()).unwrap();
        let mut scale = RewardScale::new(RewardUnit::Fixed(1.0), 0.99, config.n_envs);
        let mut collector = Collector::new(&vector, &config, Streams::new(2));
        collector.play(&mut vector, &mad, 1, &mut scale).unwrap();
        collector.rollout().write(&mut row);
        assert!((row.get(Metric::RefusedShare).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn only_the_given_share_of_copies_is_shocked() {
        let shares = [(8, 0.5), (3, 0.5), (8, 1.0), (8, 0.0)].map(|(n, share)| share_of(n, share));
        assert_eq!(shares, [4, 2, 8, 0]);
        let (_, collector) = play(&TrainConfig {
            n_envs: 4,
            player: Player::Random,
            shocked_share: 0.5,
            ..TrainConfig::ppo(1 << 20)
        });
        let (shocked, clean) = collector.shocks_bps.split_at(2);
        assert!(shocked.iter().all(|z| z.abs() > 0.0), "{shocked:?}");
        assert!(clean.iter().all(|z| z.abs() <= 0.0), "{clean:?}");
    }
}
