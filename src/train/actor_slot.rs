//! The actor of some copies.

use super::{TrainError, rollout::Rollout};
use crate::{
    env::{Chunk, Env, Steps, VectorEnv},
    policy::{Backend, Decisions, FrozenPolicy, device::Cpu},
    rng::{Component, Rng, Streams},
};
use std::ops::Range;

/// The actor of some copies: their action noise, and the rollout that they play.
#[derive(Debug)]
pub(super) struct ActorSlot {
    pub(super) rollout: Rollout,
    rngs: Vec<Rng>,
    pub(super) decisions: Decisions,
}

impl ActorSlot {
    pub(super) fn new<E>(
        vector: &VectorEnv<E>,
        copies: Range<usize>,
        n_steps: usize,
        streams: Streams,
    ) -> Self {
        Self {
            rollout: Rollout::new(vector, copies.len(), n_steps),
            rngs: copies
                .map(|copy| streams.stream(Component::Policy, copy as u64))
                .collect(),
            decisions: Decisions::default(),
        }
    }

    /// Plays the whole rollout in the clean market.
    pub(super) fn play<E: Env>(
        mut self,
        chunk: &mut Chunk<'_, E>,
        policy: &FrozenPolicy<f32, Cpu>,
    ) -> Result<Self, TrainError> {
        for _ in 0..self.rollout.n_steps {
            self.decide(chunk.steps(), policy)?;
            chunk.step(self.decisions.actions.as_action())?;
            self.rollout.record_result(chunk.steps());
        }
        Ok(self)
    }

    /// Draws the actions of the next step and records them.
    pub(super) fn decide<D: Backend<f32>>(
        &mut self,
        played: Steps<'_>,
        policy: &FrozenPolicy<f32, D>,
    ) -> Result<(), TrainError> {
        policy.act(played.observations, &mut self.rngs, &mut self.decisions)?;
        self.rollout.record_decision(played, &self.decisions);
        Ok(())
    }
}
