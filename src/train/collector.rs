//! Playing of rollouts: n steps of all environment copies, clean or shocked.

use super::{
    TrainConfig, TrainError, reward_scale::RewardScale, rollout::Rollout,
    rollout_shocks::RolloutShocks,
};
use crate::{
    algo::{Algorithm, LearnConfig},
    env::{Chunk, Differentiable, Env, Steps, VectorEnv},
    policy::{ActorCritic, Backend, Decisions, FrozenPolicy, device::Cpu},
    rng::{Component, Rng, Streams},
};
use std::{
    mem::{swap, take},
    ops::Range,
    sync::Arc,
};

/// Plays rollouts. Action noise comes from one stream per copy, shocks from one stream per rollout.
///
/// Without an adversary, and with a policy on the host, every worker plays its copies through the
/// whole rollout without barriers; otherwise all copies take every step together. A copy plays the
/// same either way. After an error the collector refuses to play.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) rollout: Rollout,
    /// One actor per worker, or one actor for all copies.
    pub(super) slots: Vec<ActorSlot>,
    pub(super) shocks: RolloutShocks,
    streams: Streams,
    learn: LearnConfig,
    /// Shape of the derivatives for a pathwise algorithm, `None` for others.
    shape: Option<Differentiable>,
}

impl Collector {
    pub(super) fn new<E: Env + 'static, D: Backend<f32>>(
        vector: &VectorEnv<E>,
        config: &TrainConfig,
        streams: Streams,
        policy: &ActorCritic<f32, D>,
    ) -> Result<Self, TrainError> {
        let shocks = RolloutShocks::new(vector, config)?;
        let is_apart = shocks.is_idle() && policy.freeze().on_host().is_some();
        let (n_copies, n_steps) = (vector.n_copies(), config.learn.n_steps);
        let shape = match config.learn.algorithm {
            Algorithm::Pathwise { .. } => Some(vector.differentiable()?.clone()),
            Algorithm::Ppo { .. } | Algorithm::A2c => None,
        };
        let chunks = if is_apart {
            vector.chunks()
        } else {
            std::iter::once(0..n_copies).collect()
        };
        let slot = |copies| ActorSlot::new(vector, copies, n_steps, streams);
        Ok(Self {
            rollout: Rollout::new(vector, n_copies, n_steps),
            slots: chunks.into_iter().map(slot).collect(),
            shocks,
            streams,
            shape,
            learn: config.learn.clone(),
        })
    }

    /// Plays rollout number `update` and records every reward in `scale`.
    pub(super) fn play<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &ActorCritic<f32, D>,
        update: u64,
        scale: &mut RewardScale,
    ) -> Result<&mut Rollout, TrainError> {
        let refused_before: u64 = vector.n_refused().iter().sum();
        let policy = policy.freeze();
        for slot in &mut self.slots {
            slot.rollout.clear();
        }
        let host = self.shocks.is_idle().then(|| policy.on_host());
        match host.flatten() {
            Some(policy) => self.play_apart(vector, &Arc::new(policy))?,
            None => self.play_together(vector, &policy, update)?,
        }
        if let [slot] = &mut self.slots[..] {
            // A single slot played all copies: a swap avoids a copy of its rollout.
            swap(&mut self.rollout, &mut slot.rollout);
        } else {
            let parts: Vec<&Rollout> = self.slots.iter().map(|slot| &slot.rollout).collect();
            self.rollout.join(&parts);
        }
        self.rollout.record_rewards(scale);
        let following = vector.observations();
        self.rollout.evaluate(&policy, following)?;
        let (shape, factor) = (self.shape.as_ref(), scale.factor());
        self.rollout
            .differentiate(&policy, following, shape, &self.learn, factor)?;
        self.rollout.n_refused = vector.n_refused().iter().sum::<u64>() - refused_before;
        Ok(&mut self.rollout)
    }

    fn play_apart<E: Env + 'static>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &Arc<FrozenPolicy<f32, Cpu>>,
    ) -> Result<(), TrainError> {
        // A failed job loses its slot, and `run_jobs` refuses the next rollout without all slots.
        let jobs = take(&mut self.slots).into_iter().map(|slot| {
            let policy = Arc::clone(policy);
            move |chunk: &mut Chunk<'_, E>| slot.play(chunk, &policy)
        });
        let slots = vector.run_jobs(jobs.collect())?;
        self.slots = slots.into_iter().collect::<Result<_, _>>()?;
        Ok(())
    }

    fn play_together<E: Env + 'static, D: Backend<f32>>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &FrozenPolicy<f32, D>,
        update: u64,
    ) -> Result<(), TrainError> {
        let mut rng = self.streams.stream(Component::Adversary, update);
        for slot in &mut self.slots {
            for _ in 0..slot.rollout.n_steps {
                slot.decide(vector.steps(), policy)?;
                let actions = slot.decisions.actions.as_action();
                let shocks = self.shocks.choose(vector, policy, actions, &mut rng)?;
                vector.step(actions, shocks)?;
                slot.rollout.record_result(vector.steps());
            }
        }
        Ok(())
    }
}

/// Actor of some copies, with their action noise and the rollout that they play.
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
