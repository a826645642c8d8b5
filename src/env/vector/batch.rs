//! What travels between a vector environment and its workers: the moves of some copies and what
//! came of them.

use super::{
    moves::{Moves, Shocks},
    vector_env::Snapshots,
};
use crate::env::{Action, ActionSpace, Env, Outcome, Step};
use crate::rng::Streams;
use std::ops::Range;

/// What came of the moves in `n_copies` copies, every array row-major with the copy first.
#[derive(Debug)]
pub(super) struct Results {
    n_copies: usize,
    n_fields: usize,
    snapshot_len: usize,
    pub(super) observations: Vec<f32>,
    /// Rows of copies whose episode ended in the step; other rows are stale.
    final_observations: Vec<f32>,
    pub(super) rewards: Vec<f64>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) episode_returns: Vec<f64>,
    pub(super) episode_lengths: Vec<u64>,
    pub(super) n_refused: Vec<u64>,
    pub(super) snapshots: Vec<f64>,
    pub(super) previews: Vec<f64>,
}

impl Results {
    pub(super) fn new(env: &impl Env, n_copies: usize, snapshots: Snapshots) -> Self {
        let n_fields = env.layout().n_fields();
        let snapshot_len = env.shock_map().map_or(0, |map| map.snapshot_len());
        let kept = match snapshots {
            Snapshots::Off => 0,
            Snapshots::EveryStep => n_copies * snapshot_len,
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
            snapshots: vec![0.0; kept],
            previews: vec![0.0; n_copies * snapshot_len],
        }
    }

    pub(super) const fn n_copies(&self) -> usize {
        self.n_copies
    }

    pub(super) const fn n_fields(&self) -> usize {
        self.n_fields
    }

    pub(super) const fn snapshot_len(&self) -> usize {
        self.snapshot_len
    }

    /// The observation of copy `i` right after the step, before any reset.
    pub(super) fn final_observation(&self, i: usize) -> &[f32] {
        let all = if self.outcomes[i].is_over() {
            &self.final_observations
        } else {
            &self.observations
        };
        &all[self.row(i)]
    }

    fn row(&self, i: usize) -> Range<usize> {
        i * self.n_fields..(i + 1) * self.n_fields
    }

    /// Writes the step of copy `i`.
    fn put_step(&mut self, i: usize, step: Step<'_>) {
        let row = self.row(i);
        self.rewards[i] = step.reward;
        self.outcomes[i] = step.outcome;
        self.observations[row].copy_from_slice(step.observation);
    }

    /// Puts this chunk into the whole, from copy `begin` on.
    pub(super) fn write_steps(&self, all: &mut Self, begin: usize) {
        let n = self.n_fields;
        put(&mut all.observations, &self.observations, begin, n);
        put(&mut all.rewards, &self.rewards, begin, 1);
        put(&mut all.outcomes, &self.outcomes, begin, 1);
        put(&mut all.episode_returns, &self.episode_returns, begin, 1);
        put(&mut all.episode_lengths, &self.episode_lengths, begin, 1);
        put(&mut all.n_refused, &self.n_refused, begin, 1);
        let n = self.snapshot_len;
        if !self.snapshots.is_empty() {
            put(&mut all.snapshots, &self.snapshots, begin, n);
        }
        for (i, outcome) in self.outcomes.iter().enumerate() {
            if outcome.is_over() {
                let last = &self.final_observations[self.row(i)];
                put(&mut all.final_observations, last, begin + i, self.n_fields);
            }
        }
    }

    /// Puts this chunk's previews into the whole, from copy `begin` on.
    pub(super) fn write_previews(&self, all: &mut Self, begin: usize) {
        put(&mut all.previews, &self.previews, begin, self.snapshot_len);
    }
}

/// Copies `chunk` into the rows of `all` from row `begin` on.
fn put<T: Copy>(all: &mut [T], chunk: &[T], begin: usize, width: usize) {
    all[begin * width..begin * width + chunk.len()].copy_from_slice(chunk);
}

/// The moves of one chunk on their way to its worker.
#[derive(Debug)]
pub(super) struct Inbox {
    n_dims: usize,
    n_assets: usize,
    actions: Actions,
    price_bps: Vec<f64>,
    spread_multipliers: Vec<f64>,
    liquidity_multipliers: Vec<f64>,
}

#[derive(Debug)]
enum Actions {
    Continuous(Vec<f32>),
    Categorical(Vec<u32>),
}

impl Inbox {
    /// Empty, with room for the moves of `n_copies` copies.
    pub(super) fn new(env: &impl Env, n_copies: usize) -> Self {
        let n_dims = env.action_space().n_dims();
        let n_assets = env.shock_space().n_assets;
        let (n_actions, n_shocks) = (n_copies * n_dims, n_copies * n_assets);
        Self {
            n_dims,
            n_assets,
            actions: match env.action_space() {
                ActionSpace::Continuous { .. } => {
                    Actions::Continuous(Vec::with_capacity(n_actions))
                }
                ActionSpace::Categorical { .. } => {
                    Actions::Categorical(Vec::with_capacity(n_actions))
                }
            },
            price_bps: Vec::with_capacity(n_shocks),
            spread_multipliers: Vec::with_capacity(n_copies),
            liquidity_multipliers: Vec::with_capacity(n_copies),
        }
    }

    /// Takes a copy of `moves`.
    pub(super) fn fill(&mut self, moves: &Moves<'_>) {
        fn copy<T: Copy>(to: &mut Vec<T>, from: &[T]) {
            to.clear();
            to.extend_from_slice(from);
        }
        match (&mut self.actions, moves.actions) {
            (Actions::Continuous(own), Action::Continuous(given)) => copy(own, given),
            (Actions::Categorical(own), Action::Categorical(given)) => copy(own, given),
            _ => debug_assert!(false, "invariant: moves were checked against the space"),
        }
        copy(&mut self.price_bps, moves.shocks.price_bps);
        copy(
            &mut self.spread_multipliers,
            moves.shocks.spread_multipliers,
        );
        copy(
            &mut self.liquidity_multipliers,
            moves.shocks.liquidity_multipliers,
        );
    }

    /// What [`Inbox::fill`] took.
    pub(super) fn moves(&self) -> Moves<'_> {
        Moves {
            n_dims: self.n_dims,
            n_assets: self.n_assets,
            actions: match &self.actions {
                Actions::Continuous(actions) => Action::Continuous(actions),
                Actions::Categorical(actions) => Action::Categorical(actions),
            },
            shocks: Shocks {
                price_bps: &self.price_bps,
                spread_multipliers: &self.spread_multipliers,
                liquidity_multipliers: &self.liquidity_multipliers,
            },
        }
    }
}

/// Some consecutive copies and the number of their current episodes.
pub(super) struct Copies<E> {
    envs: Vec<E>,
    begin: usize,
    streams: Streams,
    episodes: Vec<u64>,
}

impl<E> std::fmt::Debug for Copies<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copies")
            .field("begin", &self.begin)
            .field("episodes", &self.episodes)
            .finish_non_exhaustive()
    }
}

impl<E: Env> Copies<E> {
    pub(super) fn new(envs: Vec<E>, begin: usize, streams: Streams) -> Self {
        Self {
            episodes: vec![0; envs.len()],
            envs,
            begin,
            streams,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.episodes.len()
    }

    /// What an agent may do in any of them.
    pub(super) fn action_space(&self) -> Option<&ActionSpace> {
        self.envs.first().map(Env::action_space)
    }

    fn seed(&self, i: usize) -> u64 {
        self.streams
            .episode_seed((self.begin + i) as u64, self.episodes[i])
    }

    /// Copy `i` starts its next episode.
    fn restart(&mut self, i: usize, results: &mut Results) {
        let seed = self.seed(i);
        let row = results.row(i);
        results.observations[row].copy_from_slice(self.envs[i].reset(seed));
    }

    pub(super) fn reset(&mut self, results: &mut Results) {
        self.episodes.fill(0);
        for i in 0..self.len() {
            self.restart(i, results);
            results.rewards[i] = 0.0;
            results.outcomes[i] = Outcome::Running;
            results.episode_returns[i] = 0.0;
            results.episode_lengths[i] = 0;
            results.n_refused[i] = self.envs[i].n_refused();
        }
        self.write_snapshots(results);
    }

    pub(super) fn step(&mut self, moves: &Moves<'_>, results: &mut Results) {
        for i in 0..self.len() {
            if results.outcomes[i].is_over() {
                results.episode_returns[i] = 0.0;
                results.episode_lengths[i] = 0;
            }
            let env = &mut self.envs[i];
            results.put_step(i, env.step(moves.action(i), moves.shock(i)));
            results.n_refused[i] = env.n_refused();
            results.episode_returns[i] += results.rewards[i];
            results.episode_lengths[i] += 1;
            if results.outcomes[i].is_over() {
                self.next_episode(i, results);
            }
        }
        self.write_snapshots(results);
    }

    /// Copy `i` is over: its observation becomes its final one, and another episode starts.
    fn next_episode(&mut self, i: usize, results: &mut Results) {
        let row = results.row(i);
        let Results {
            final_observations,
            observations,
            ..
        } = results;
        final_observations[row.clone()].copy_from_slice(&observations[row]);
        self.episodes[i] += 1;
        self.restart(i, results);
    }

    fn write_snapshots(&self, results: &mut Results) {
        if results.snapshots.is_empty() {
            return;
        }
        let rows = results.snapshots.chunks_exact_mut(results.snapshot_len);
        for (i, row) in rows.enumerate().take(self.episodes.len()) {
            self.envs[i].snapshot(row);
        }
    }

    pub(super) fn preview(&mut self, moves: &Moves<'_>, results: &mut Results) {
        let rows = results
            .previews
            .chunks_exact_mut(results.snapshot_len.max(1));
        for (i, row) in rows.enumerate().take(self.episodes.len()) {
            self.envs[i].preview(moves.action(i), row);
        }
    }
}
