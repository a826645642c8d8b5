//! Consecutive copies of an environment, played in one thread.

use super::{
    error::{VectorError, check_actions},
    moves::{Moves, Shocks},
    results::{Results, Steps},
};
use crate::env::{Action, ActionSpace, Env, Outcome};
use crate::rng::Streams;

/// Consecutive copies, from index `begin` on, and the indices of their current episodes.
pub(super) struct Copies<E> {
    envs: Vec<E>,
    begin: usize,
    streams: Streams,
    episodes: Vec<u64>,
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

    fn action_space(&self) -> Option<&ActionSpace> {
        self.envs.first().map(Env::action_space)
    }

    /// Starts the current episode of copy `i`.
    fn start(&mut self, i: usize, results: &mut Results) {
        let copy = (self.begin + i) as u64;
        let seed = self.streams.episode_seed(copy, self.episodes[i]);
        results.put_first(i, self.envs[i].reset(seed));
    }

    pub(super) fn reset(&mut self, results: &mut Results) {
        self.episodes.fill(0);
        for i in 0..self.len() {
            self.start(i, results);
            results.rewards[i] = 0.0;
            results.outcomes[i] = Outcome::Running;
            results.episode_returns[i] = 0.0;
            results.episode_lengths[i] = 0;
            results.n_refused[i] = self.envs[i].n_refused();
        }
        self.write_snapshots(results);
    }

    /// Plays one step in every copy; a copy whose episode ends starts its next episode.
    pub(super) fn step(&mut self, moves: &Moves<'_>, results: &mut Results) {
        for i in 0..self.len() {
            if results.outcomes[i].is_over() {
                results.episode_returns[i] = 0.0;
                results.episode_lengths[i] = 0;
            }
            let env = &mut self.envs[i];
            results.put_step(i, env.step(moves.action(i), moves.shock(i)));
            if let Some(row) = results.derivative_mut(i) {
                env.step_derivative(moves.action(i), row);
            }
            results.n_refused[i] = env.n_refused();
            results.episode_returns[i] += results.rewards[i];
            results.episode_lengths[i] += 1;
            if results.outcomes[i].is_over() {
                results.keep_final(i);
                self.episodes[i] += 1;
                self.start(i, results);
            }
        }
        self.write_snapshots(results);
    }

    fn write_snapshots(&self, results: &mut Results) {
        if results.snapshots.is_empty() {
            return;
        }
        let rows = results.snapshots.chunks_exact_mut(results.snapshot_len);
        for (env, row) in self.envs.iter().zip(rows) {
            env.snapshot(row);
        }
    }

    pub(super) fn preview(&self, moves: &Moves<'_>, results: &mut Results) {
        let width = results.snapshot_len.max(1);
        let rows = results.previews.chunks_exact_mut(width);
        for (i, (env, row)) in self.envs.iter().zip(rows).enumerate() {
            env.preview(moves.action(i), row);
        }
    }
}

/// The copies of one worker, played without waiting for other workers
/// ([`crate::env::VectorEnv::run_jobs`]).
pub struct Chunk<'a, E> {
    copies: &'a mut Copies<E>,
    results: &'a mut Results,
}

impl<E> std::fmt::Debug for Chunk<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunk")
            .field("begin", &self.copies.begin)
            .field("episodes", &self.copies.episodes)
            .finish_non_exhaustive()
    }
}

impl<'a, E: Env> Chunk<'a, E> {
    /// Creates a chunk; the first rows of `results` belong to `copies`.
    pub(super) const fn new(copies: &'a mut Copies<E>, results: &'a mut Results) -> Self {
        Self { copies, results }
    }

    /// Last step of the chunk's copies.
    #[must_use]
    pub fn steps(&self) -> Steps<'_> {
        Steps::new(self.results, self.copies.len())
    }

    /// Plays one clean step in every copy of the chunk. `actions` is row-major `[n_copies,
    /// n_dims]`.
    ///
    /// # Errors
    /// [`VectorError::Shape`] or [`VectorError::Kind`] for actions of another size or kind; then no
    /// copy is stepped.
    pub fn step(&mut self, actions: Action<'_>) -> Result<(), VectorError> {
        let Some(space) = self.copies.action_space() else {
            return Ok(());
        };
        check_actions(space, self.copies.len(), actions)?;
        let moves = Moves {
            n_dims: space.n_dims(),
            n_assets: 0,
            actions,
            shocks: Shocks::NONE,
        };
        self.copies.step(&moves, self.results);
        Ok(())
    }
}
