//! What n steps of some environment copies were, in flat buffers.

use super::{
    TrainError,
    log::{Metric, MetricRow},
    reward_scale::RewardScale,
};
use crate::{
    algo::{AdvantageScaling, LearnConfig, Samples, Trajectories, gae, normalize},
    env::{ActionSpace, Outcome, Steps, VectorEnv},
    policy::{Actions, Backend, Decisions, FrozenPolicy},
    stats,
};
use std::ops::Range;

/// What was seen, done and earned in one rollout of all copies, or of some: `n_rows = n_steps *
/// n_envs` rows, `row = t * n_envs + copy`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rollout {
    pub(super) n_steps: usize,
    n_envs: usize,
    snapshot_len: usize,
    /// `o_t, a_t, log π(a_t | o_t), V(o_t)`, and after [`Rollout::estimate`] advantages and returns
    /// in the learner's unit.
    pub(super) samples: Samples,
    /// V of what follows: of `o_{t+1}` while the episode runs, of its final observation where it
    /// was truncated, 0 where it terminated; `[n_rows]`.
    pub(super) values_tp1: Vec<f32>,
    /// `r_{t+1}` in the environment's unit, `[n_rows]`.
    pub(super) rewards: Vec<f64>,
    /// How the step ended, `[n_rows]`.
    pub(super) outcomes: Vec<Outcome>,
    /// What rebuilds `o_t` under another shock, `[n_rows, snapshot_len]`; empty without a shock
    /// map.
    pub(super) snapshots: Vec<f64>,
    /// The episodes that ended, by row.
    pub(super) ended: Vec<Ended>,
    /// Final observations of truncated episodes, and the rows they belong to.
    cut_off: (Vec<f32>, Vec<usize>),
    /// What the action space calls meaningful; `None` for choices.
    range: Option<[f32; 2]>,
    /// Actions that the environment refused.
    pub(super) n_refused: u64,
}

/// An episode that ended in step `row`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ended {
    row: usize,
    episode_return: f64,
    length: u64,
}

impl Rollout {
    /// Empty, for `n_envs` of the copies.
    pub(super) fn new<E>(vector: &VectorEnv<E>, n_envs: usize, n_steps: usize) -> Self {
        let samples = Samples {
            n_inputs: vector.layout().n_fields(),
            n_dims: vector.action_space().n_dims(),
            ..Samples::default()
        };
        Self {
            n_steps,
            n_envs,
            snapshot_len: vector.snapshot_len(),
            samples,
            values_tp1: Vec::new(),
            rewards: Vec::new(),
            outcomes: Vec::new(),
            snapshots: Vec::new(),
            ended: Vec::new(),
            cut_off: (Vec::new(), Vec::new()),
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

    /// Turns rewards times `reward_factor` into advantages and returns: `discount_t` = γ, or 0
    /// where the step terminated; `trace_t` = λ, or 0 where the episode ended for whatever reason.
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

    pub(super) fn clear(&mut self) {
        self.samples.observations.clear();
        self.samples.actions.clear();
        self.samples.log_probs.clear();
        self.samples.values.clear();
        self.values_tp1.clear();
        self.rewards.clear();
        self.outcomes.clear();
        self.snapshots.clear();
        self.ended.clear();
        self.cut_off.0.clear();
        self.cut_off.1.clear();
    }

    /// Before a step: what is seen and what was decided.
    pub(super) fn see(&mut self, played: Steps<'_>, decisions: &Decisions) {
        let samples = &mut self.samples;
        samples.observations.extend_from_slice(played.observations);
        self.snapshots.extend_from_slice(played.snapshots);
        samples.log_probs.extend_from_slice(&decisions.log_probs);
        samples
            .actions
            .append(&decisions.actions, 0..decisions.actions.len());
    }

    /// After it: what came of it.
    pub(super) fn hear(&mut self, played: Steps<'_>) {
        let first = self.rewards.len();
        self.rewards.extend_from_slice(played.rewards);
        self.outcomes.extend_from_slice(played.outcomes);
        for (copy, &outcome) in played.outcomes.iter().enumerate() {
            let row = first + copy;
            if outcome.is_over() {
                self.ended.push(Ended {
                    row,
                    episode_return: played.episode_returns[copy],
                    length: played.episode_lengths[copy],
                });
            }
            if outcome == Outcome::Truncated {
                let last = played.final_observation(copy);
                self.cut_off.0.extend_from_slice(last);
                self.cut_off.1.push(row);
            }
        }
    }

    /// Puts rollouts of some copies each, in the order of the copies, together into this one of
    /// all.
    pub(super) fn join(&mut self, parts: &[&Self]) {
        for t in 0..self.n_steps {
            for part in parts {
                let rows = t * part.n_envs..(t + 1) * part.n_envs;
                self.append(part, rows);
            }
        }
        let (n_inputs, n_envs) = (self.samples.n_inputs, self.n_envs);
        let mut begin = 0;
        let mut cut_off = Vec::new();
        for part in parts {
            let of_all = |row: usize| row / part.n_envs * n_envs + begin + row % part.n_envs;
            let ended = part.ended.iter();
            self.ended.extend(ended.map(|ended| Ended {
                row: of_all(ended.row),
                ..*ended
            }));
            let (last, rows) = &part.cut_off;
            let rows = rows.iter().map(|row| of_all(*row));
            cut_off.extend(rows.zip(last.chunks_exact(n_inputs)));
            begin += part.n_envs;
        }
        self.ended.sort_unstable_by_key(|ended| ended.row);
        cut_off.sort_unstable_by_key(|(row, _)| *row);
        for (row, last) in cut_off {
            self.cut_off.0.extend_from_slice(last);
            self.cut_off.1.push(row);
        }
    }

    /// Appends the columns of `rows` of another rollout.
    fn append(&mut self, part: &Self, rows: Range<usize>) {
        let wide = |width: usize| rows.start * width..rows.end * width;
        let (to, from) = (&mut self.samples, &part.samples);
        let observations = &from.observations[wide(from.n_inputs)];
        to.observations.extend_from_slice(observations);
        to.log_probs
            .extend_from_slice(&from.log_probs[rows.clone()]);
        to.actions.append(&from.actions, wide(from.n_dims));
        if !part.snapshots.is_empty() {
            self.snapshots
                .extend_from_slice(&part.snapshots[wide(part.snapshot_len)]);
        }
        self.rewards.extend_from_slice(&part.rewards[rows.clone()]);
        self.outcomes.extend_from_slice(&part.outcomes[rows]);
    }

    /// Fills the values of all rows and of what follows them; `following [n_envs, n_inputs]` is
    /// what the copies see after the last step.
    pub(super) fn evaluate<D: Backend<f32>>(
        &mut self,
        policy: &FrozenPolicy<f32, D>,
        following: &[f32],
        scratch: &mut Vec<f32>,
    ) -> Result<(), TrainError> {
        let (n_envs, n_rows) = (self.n_envs, self.n_rows());
        let samples = &mut self.samples;
        // Acting does not ask for values: all rows at once are enough for several threads.
        policy.values(&samples.observations, n_rows, &mut samples.values)?;
        policy.values(following, n_envs, scratch)?;
        self.values_tp1.extend_from_slice(&samples.values[n_envs..]);
        self.values_tp1.extend_from_slice(scratch);
        for (value, outcome) in self.values_tp1.iter_mut().zip(&self.outcomes) {
            if outcome.is_over() {
                *value = 0.0;
            }
        }
        let (last, rows) = &self.cut_off;
        policy.values(last, rows.len(), scratch)?;
        for (&row, &value) in rows.iter().zip(&*scratch) {
            self.values_tp1[row] = value;
        }
        Ok(())
    }

    /// Feeds every reward to `scale`.
    pub(super) fn record(&self, scale: &mut RewardScale) {
        let steps = self
            .rewards
            .chunks_exact(self.n_envs)
            .zip(self.outcomes.chunks_exact(self.n_envs));
        for (rewards, outcomes) in steps {
            for (copy, (&reward, &outcome)) in rewards.iter().zip(outcomes).enumerate() {
                scale.record(copy, reward, outcome);
            }
        }
    }

    /// Writes what the episodes and rewards of the rollout say into `row`.
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn write(&self, row: &mut MetricRow) {
        let n = self.ended.len() as f64;
        let (total, steps) = self.ended.iter().fold((0.0, 0), |sum, e| {
            (sum.0 + e.episode_return, sum.1 + e.length)
        });
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
