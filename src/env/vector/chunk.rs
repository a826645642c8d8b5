//! Some copies of a vector environment, on the worker that holds them.

use super::{
    batch::{Copies, Results},
    moves::{Moves, Shocks},
    vector_env::{VectorError, check_actions},
};
use crate::env::{Action, Env, Outcome};

/// What came of the last step in some consecutive copies, the copy first in every array.
#[derive(Debug, Clone, Copy)]
pub struct Played<'a> {
    /// Current observations, row-major `[n_copies, n_fields]`: after an episode's end, those of the
    /// next episode.
    pub observations: &'a [f32],
    /// Snapshots of the current observations, row-major `[n_copies, snapshot_len]`; empty where
    /// none are written.
    pub snapshots: &'a [f64],
    /// Rewards of the step, `[n_copies]`.
    pub rewards: &'a [f64],
    /// Outcomes of the step, `[n_copies]`.
    pub outcomes: &'a [Outcome],
    /// Sum of rewards of the episode that ended in this step (so far, where it is running),
    /// `[n_copies]`.
    pub episode_returns: &'a [f64],
    /// Steps of that episode, `[n_copies]`.
    pub episode_lengths: &'a [u64],
    results: &'a Results,
}

impl<'a> Played<'a> {
    /// Of the first `n_copies` copies in `results`.
    pub(super) fn of(results: &'a Results, n_copies: usize) -> Self {
        let n_snapshots = results
            .snapshots
            .len()
            .min(n_copies * results.snapshot_len());
        Self {
            observations: &results.observations[..n_copies * results.n_fields()],
            snapshots: &results.snapshots[..n_snapshots],
            rewards: &results.rewards[..n_copies],
            outcomes: &results.outcomes[..n_copies],
            episode_returns: &results.episode_returns[..n_copies],
            episode_lengths: &results.episode_lengths[..n_copies],
            results,
        }
    }

    /// Observation of copy `i` right after the step, before any auto-reset, `[n_fields]`.
    ///
    /// # Panics
    /// When there is no such copy.
    #[must_use]
    pub fn final_observation(&self, i: usize) -> &'a [f32] {
        self.results.final_observation(i)
    }
}

/// The copies of one worker, to be played without waiting for the others
/// ([`crate::env::VectorEnv::apart`]).
#[derive(Debug)]
pub struct Chunk<'a, E> {
    copies: &'a mut Copies<E>,
    results: &'a mut Results,
}

impl<'a, E: Env> Chunk<'a, E> {
    /// `results` begins with those of `copies`.
    pub(super) const fn new(copies: &'a mut Copies<E>, results: &'a mut Results) -> Self {
        Self { copies, results }
    }

    /// How the copies stand.
    #[must_use]
    pub fn played(&self) -> Played<'_> {
        Played::of(self.results, self.copies.len())
    }

    /// Plays one step of the clean market in every copy of the chunk. `actions` is row-major
    /// `[n_copies, n_dims]`.
    ///
    /// # Errors
    /// [`VectorError::Shape`] or [`VectorError::Kind`] for actions of another size or kind; nothing
    /// is stepped then.
    pub fn step(&mut self, actions: Action<'_>) -> Result<(), VectorError> {
        let n_copies = self.copies.len();
        let Some(space) = self.copies.action_space() else {
            return Ok(());
        };
        check_actions(space, n_copies, actions)?;
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
