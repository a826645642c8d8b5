//! Results of one step in many copies of an environment.

use crate::env::{Env, Outcome, Step};
use std::ops::Range;

/// Times at which snapshots for the shock map are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshots {
    /// Never: the arrays of snapshots stay empty.
    Off,
    /// At every reset and step.
    EveryStep,
}

/// Times at which derivatives of a step are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivatives {
    /// Never: the array of derivatives stays empty.
    Off,
    /// At every step of an environment that has them ([`Env::differentiable`]).
    EveryStep,
}

/// Data that copies write beside observations, rewards and outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Snapshots for the shock map.
    pub snapshots: Snapshots,
    /// Derivatives of steps.
    pub derivatives: Derivatives,
}

impl From<Snapshots> for Record {
    fn from(snapshots: Snapshots) -> Self {
        Self {
            snapshots,
            derivatives: Derivatives::Off,
        }
    }
}

/// Results of the last step of consecutive copies; the first array index is the copy.
#[derive(Debug, Clone, Copy)]
pub struct Steps<'a> {
    /// Current observations, row-major `[n_copies, n_fields]`; after an episode's end, the first of
    /// the next episode.
    pub observations: &'a [f32],
    /// Snapshots of the current observations, row-major `[n_copies, snapshot_len]`; empty with
    /// [`Snapshots::Off`].
    pub snapshots: &'a [f64],
    /// Derivatives of the step, row-major `[n_copies, row_len]`
    /// ([`Differentiable::row_len`](crate::env::Differentiable::row_len)); empty with
    /// [`Derivatives::Off`].
    pub derivatives: &'a [f64],
    /// Rewards of the step, `[n_copies]`.
    pub rewards: &'a [f64],
    /// Outcomes of the step, `[n_copies]`.
    pub outcomes: &'a [Outcome],
    /// Sum of rewards of the episode that ended in this step or is running, `[n_copies]`.
    pub episode_returns: &'a [f64],
    /// Steps of the episode that ended in this step or is running, `[n_copies]`.
    pub episode_lengths: &'a [u64],
    results: &'a Results,
}

impl<'a> Steps<'a> {
    /// The first `n_copies` copies in `results`.
    pub(super) fn new(results: &'a Results, n_copies: usize) -> Self {
        let n_snapshots = results.snapshots.len().min(n_copies * results.snapshot_len);
        let n_derivatives = n_copies * results.derivative_len;
        Self {
            observations: &results.observations[..n_copies * results.n_fields],
            snapshots: &results.snapshots[..n_snapshots],
            derivatives: &results.derivatives[..n_derivatives],
            rewards: &results.rewards[..n_copies],
            outcomes: &results.outcomes[..n_copies],
            episode_returns: &results.episode_returns[..n_copies],
            episode_lengths: &results.episode_lengths[..n_copies],
            results,
        }
    }

    /// Observation of copy `i` right after the step, before any auto-reset, `[n_fields]`. A
    /// truncated episode bootstraps from this observation.
    ///
    /// # Panics
    /// When `i` is not the index of a copy.
    #[must_use]
    pub fn final_observation(&self, i: usize) -> &'a [f32] {
        let all = if self.outcomes[i].is_over() {
            &self.results.final_observations
        } else {
            &self.results.observations
        };
        &all[self.results.row(i)]
    }
}

/// Arrays into which copies write their steps, row-major; the first index is the copy.
#[derive(Debug)]
pub(super) struct Results {
    pub(super) n_copies: usize,
    n_fields: usize,
    pub(super) snapshot_len: usize,
    pub(super) observations: Vec<f32>,
    /// Final observations of the episodes that ended in the step; other rows are stale.
    final_observations: Vec<f32>,
    pub(super) rewards: Vec<f64>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) episode_returns: Vec<f64>,
    pub(super) episode_lengths: Vec<u64>,
    pub(super) n_refused: Vec<u64>,
    pub(super) snapshots: Vec<f64>,
    pub(super) previews: Vec<f64>,
    /// 0 without derivatives.
    derivative_len: usize,
    derivatives: Vec<f64>,
}

impl Results {
    pub(super) fn new(env: &impl Env, n_copies: usize, record: Record) -> Self {
        let n_fields = env.layout().n_fields();
        let snapshot_len = env.shock_map().map_or(0, |map| map.snapshot_len());
        let n_kept = match record.snapshots {
            Snapshots::Off => 0,
            Snapshots::EveryStep => n_copies * snapshot_len,
        };
        let derivative_len = match record.derivatives {
            Derivatives::Off => 0,
            Derivatives::EveryStep => env.differentiable().map_or(0, |shape| shape.row_len()),
        };
        Self {
            n_copies,
            n_fields,
            snapshot_len,
            observations: vec![0.0; n_copies * n_fields],
            final_observations: vec![0.0; n_copies * n_fields],
            rewards: vec![0.0; n_copies],
            outcomes: vec![Outcome::Running; n_copies],
            episode_returns: vec![0.0; n_copies],
            episode_lengths: vec![0; n_copies],
            n_refused: vec![0; n_copies],
            snapshots: vec![0.0; n_kept],
            previews: vec![0.0; n_copies * snapshot_len],
            derivative_len,
            derivatives: vec![0.0; n_copies * derivative_len],
        }
    }

    fn row(&self, i: usize) -> Range<usize> {
        i * self.n_fields..(i + 1) * self.n_fields
    }

    /// Row of the derivatives of copy `i`; `None` if they are off.
    pub(super) fn derivative_mut(&mut self, i: usize) -> Option<&mut [f64]> {
        let n = self.derivative_len;
        (n > 0).then(|| &mut self.derivatives[i * n..(i + 1) * n])
    }

    /// Writes the first observation of an episode of copy `i`.
    pub(super) fn put_first(&mut self, i: usize, observation: &[f32]) {
        let row = self.row(i);
        self.observations[row].copy_from_slice(observation);
    }

    pub(super) fn put_step(&mut self, i: usize, step: Step<'_>) {
        self.rewards[i] = step.reward;
        self.outcomes[i] = step.outcome;
        self.put_first(i, step.observation);
    }

    /// Stores the current observation of copy `i` as its final observation.
    pub(super) fn keep_final(&mut self, i: usize) {
        let row = self.row(i);
        self.final_observations[row.clone()].copy_from_slice(&self.observations[row]);
    }

    /// Copies the steps of this worker into `all`, from copy `begin` on.
    pub(super) fn write_steps(&self, all: &mut Self, begin: usize) {
        let n = self.n_fields;
        put(&mut all.observations, &self.observations, begin, n);
        put(&mut all.rewards, &self.rewards, begin, 1);
        put(&mut all.outcomes, &self.outcomes, begin, 1);
        put(&mut all.episode_returns, &self.episode_returns, begin, 1);
        put(&mut all.episode_lengths, &self.episode_lengths, begin, 1);
        put(&mut all.n_refused, &self.n_refused, begin, 1);
        if !self.snapshots.is_empty() {
            put(
                &mut all.snapshots,
                &self.snapshots,
                begin,
                self.snapshot_len,
            );
        }
        let width = self.derivative_len;
        put(&mut all.derivatives, &self.derivatives, begin, width);
        for (i, outcome) in self.outcomes.iter().enumerate() {
            if outcome.is_over() {
                let last = &self.final_observations[self.row(i)];
                put(&mut all.final_observations, last, begin + i, n);
            }
        }
    }

    /// Copies the previews of this worker into `all`, from copy `begin` on.
    pub(super) fn write_previews(&self, all: &mut Self, begin: usize) {
        put(&mut all.previews, &self.previews, begin, self.snapshot_len);
    }
}

/// Copies `part` into the rows of `all` from row `begin` on.
fn put<T: Copy>(all: &mut [T], part: &[T], begin: usize, width: usize) {
    all[begin * width..begin * width + part.len()].copy_from_slice(part);
}
