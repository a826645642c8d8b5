//! A rollout: n steps of some environment copies, in flat buffers.

use super::reward_scale::RewardScale;
use crate::{
    algo::{Samples, pick_rows},
    env::{ActionSpace, Outcome, Steps, VectorEnv},
    policy::Decisions,
};
use std::ops::Range;

/// Observations, actions and rewards of one rollout, for all copies or some: `n_rows = n_steps *
/// n_envs` rows, `row = t * n_envs + copy`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rollout {
    pub(super) n_steps: usize,
    pub(super) n_envs: usize,
    pub(super) snapshot_len: usize,
    /// Columns `o_t, a_t, log π(a_t | o_t), V(o_t)`; after [`Rollout::estimate`] also advantages
    /// and returns in the learner's unit.
    pub(super) samples: Samples,
    /// Value after the step, `[n_rows]`: V(`o_{t+1}`) while the episode runs, V of its final
    /// observation where it was truncated, 0 where it terminated.
    pub(super) values_tp1: Vec<f32>,
    /// Reward of the step in the environment's unit, `[n_rows]`.
    pub(super) rewards: Vec<f64>,
    /// Outcome of the step, `[n_rows]`.
    pub(super) outcomes: Vec<Outcome>,
    /// Snapshots that rebuild `o_t` under another shock, `[n_rows, snapshot_len]`; empty without a
    /// shock map.
    pub(super) snapshots: Vec<f64>,
    /// Derivatives of the steps, `[n_rows, derivative_len]`; empty unless they are recorded.
    pub(super) derivatives: Vec<f64>,
    /// Episodes that ended, by row.
    pub(super) ended: Vec<Ended>,
    /// Final observations of truncated episodes, and the rows of their last steps.
    pub(super) cut_off: (Vec<f32>, Vec<usize>),
    /// Range of the action space; `None` for a categorical space.
    pub(super) range: Option<[f32; 2]>,
    /// Number of actions that the environment refused.
    pub(super) n_refused: u64,
}

/// An episode that ended in step `row`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ended {
    pub(super) row: usize,
    pub(super) episode_return: f64,
    pub(super) length: u64,
}

impl Rollout {
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
            derivatives: Vec::new(),
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

    /// Observations of some rows, `[rows.len(), n_inputs]`.
    pub(super) fn observations_of(&self, rows: &[usize]) -> Vec<f32> {
        pick_rows(&self.samples.observations, self.samples.n_inputs, rows)
    }

    /// Snapshots of some rows, `[rows.len(), snapshot_len]`; empty without a shock map.
    pub(super) fn snapshots_of(&self, rows: &[usize]) -> Vec<f64> {
        if self.snapshots.is_empty() {
            Vec::new()
        } else {
            pick_rows(&self.snapshots, self.snapshot_len, rows)
        }
    }

    /// Empties the rollout and keeps its memory.
    pub(super) fn clear(&mut self) {
        self.samples.observations.clear();
        self.samples.actions.clear();
        self.samples.log_probs.clear();
        self.samples.values.clear();
        self.values_tp1.clear();
        self.rewards.clear();
        self.outcomes.clear();
        self.snapshots.clear();
        self.derivatives.clear();
        self.ended.clear();
        self.cut_off.0.clear();
        self.cut_off.1.clear();
    }

    /// Records observations and decisions before a step.
    pub(super) fn record_decision(&mut self, played: Steps<'_>, decisions: &Decisions) {
        let samples = &mut self.samples;
        samples.observations.extend_from_slice(played.observations);
        self.snapshots.extend_from_slice(played.snapshots);
        samples.log_probs.extend_from_slice(&decisions.log_probs);
        samples
            .actions
            .append(&decisions.actions, 0..decisions.actions.len());
    }

    /// Records rewards and outcomes after a step.
    pub(super) fn record_result(&mut self, played: Steps<'_>) {
        let first = self.rewards.len();
        self.rewards.extend_from_slice(played.rewards);
        self.derivatives.extend_from_slice(played.derivatives);
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

    /// Records every reward in `scale`.
    pub(super) fn record_rewards(&self, scale: &mut RewardScale) {
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

    /// Replaces this rollout by `parts`, the rollouts of consecutive copies, in order.
    pub(super) fn join(&mut self, parts: &[&Self]) {
        self.clear();
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

    /// Appends the rows `rows` of another rollout.
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
        let derivative_len = part.derivatives.len() / part.n_rows().max(1);
        let derivatives = &part.derivatives[wide(derivative_len)];
        self.derivatives.extend_from_slice(derivatives);
        self.rewards.extend_from_slice(&part.rewards[rows.clone()]);
        self.outcomes.extend_from_slice(&part.outcomes[rows]);
    }
}
