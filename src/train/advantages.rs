//! Values, advantages and returns of a rollout.

use super::{
    TrainError,
    pathwise::{Path, action_gradients},
    rollout::Rollout,
};
use crate::{
    algo::{AdvantageScaling, Algorithm, LearnConfig, Trajectories, gae, normalize},
    env::{Differentiable, Outcome},
    policy::{Backend, FrozenPolicy, Real},
};

impl Rollout {
    /// Computes the values of all rows and the values after each step; `following [n_envs,
    /// n_inputs]` holds the observations after the last step.
    pub(super) fn evaluate<D: Backend<f32>>(
        &mut self,
        policy: &FrozenPolicy<f32, D>,
        following: &[f32],
    ) -> Result<(), TrainError> {
        let (n_envs, n_rows) = (self.n_envs, self.n_rows());
        let samples = &mut self.samples;
        // Acting computes no values, so all rows form one batch for several threads.
        policy.values(&samples.observations, n_rows, &mut samples.values)?;
        let mut after = Vec::new();
        policy.values(following, n_envs, &mut after)?;
        self.values_tp1.extend_from_slice(&samples.values[n_envs..]);
        self.values_tp1.extend_from_slice(&after);
        for (value, outcome) in self.values_tp1.iter_mut().zip(&self.outcomes) {
            if outcome.is_over() {
                *value = 0.0;
            }
        }
        let (last, rows) = &self.cut_off;
        policy.values(last, rows.len(), &mut after)?;
        for (&row, &value) in rows.iter().zip(&after) {
            self.values_tp1[row] = value;
        }
        Ok(())
    }

    /// Computes the derivatives by actions of a pathwise learner, of rewards times `reward_factor`;
    /// does nothing without a `shape`. `following` as in [`Rollout::evaluate`].
    pub(super) fn differentiate<D: Backend<f32>>(
        &mut self,
        policy: &FrozenPolicy<f32, D>,
        following: &[f32],
        shape: Option<&Differentiable>,
        learn: &LearnConfig,
        reward_factor: f64,
    ) -> Result<(), TrainError> {
        let (Some(shape), Algorithm::Pathwise { horizon }) = (shape, learn.algorithm) else {
            return Ok(());
        };
        let path = Path {
            observations: &self.samples.observations,
            following,
            derivatives: &self.derivatives,
            shape,
            n_envs: self.n_envs,
            horizon,
            gamma: learn.gamma,
            reward_factor,
        };
        action_gradients(policy, &path, &mut self.samples.action_gradients)?;
        Ok(())
    }

    /// Computes advantages and returns from rewards times `reward_factor`: `discount_t` = γ, or 0
    /// where the step terminated; `trace_t` = λ, or 0 where the episode ended in any way.
    pub(super) fn estimate(
        &mut self,
        learn: &LearnConfig,
        reward_factor: f64,
    ) -> Result<(), TrainError> {
        let column = |of: &dyn Fn(Outcome) -> bool, x: f64| -> Vec<f32> {
            let outcomes = self.outcomes.iter();
            let factor = |outcome: &Outcome| if of(*outcome) { 0.0 } else { f32::of(x) };
            outcomes.map(factor).collect()
        };
        let discounts = column(&|outcome| outcome == Outcome::Terminated, learn.gamma);
        let traces = column(&|outcome| outcome.is_over(), learn.gae_lambda);
        let rewards: Vec<f32> = self
            .rewards
            .iter()
            .map(|reward| f32::of(reward * reward_factor))
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
}
