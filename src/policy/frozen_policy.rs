//! A policy with fixed weights, for acting, evaluation and attacks.

use super::{
    ActorCritic, Backend, FrozenNetwork, Passed, PolicyError, Real, error::check_table, head,
};
use crate::agent::{Head, NetworkSpec};
use dfdx::tensor::{Cpu, Tensor};

/// Copies of both networks of an [`ActorCritic`], for row-major observations `[n_rows, n_inputs]`.
#[derive(Debug, Clone)]
pub struct FrozenPolicy<E: Real, D: Backend<E>> {
    spec: NetworkSpec,
    actor: D::Frozen,
    critic: D::Frozen,
    log_std: Vec<f64>,
}

impl<E: Real, D: Backend<E>> FrozenPolicy<E, D> {
    pub(super) fn of(policy: &ActorCritic<E, D>) -> Self {
        let log_std = policy.log_std().map(Tensor::as_vec);
        let log_std = log_std.unwrap_or_default().into_iter().map(E::get);
        Self {
            spec: policy.spec.clone(),
            actor: D::freeze(&policy.actor),
            critic: D::freeze(&policy.critic),
            log_std: log_std.collect(),
        }
    }

    /// A copy that plays on one host thread; `None` if the device is not the host.
    pub(crate) fn on_host(&self) -> Option<FrozenPolicy<f32, Cpu>> {
        Some(FrozenPolicy {
            spec: self.spec.clone(),
            actor: self.actor.on_host()?,
            critic: self.critic.on_host()?,
            log_std: self.log_std.clone(),
        })
    }

    /// Shape of the policy network.
    #[must_use]
    pub const fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    pub(super) const fn head(&self) -> Head {
        self.spec.head
    }

    /// log σ per dimension; empty for a categorical head.
    #[must_use]
    pub fn log_std(&self) -> &[f64] {
        &self.log_std
    }

    /// Value estimates, `[n_rows]`.
    ///
    /// # Errors
    /// [`PolicyError::Shape`] unless `observations` holds `n_rows` rows; [`PolicyError::Tensor`].
    pub fn values(
        &self,
        observations: &[f32],
        n_rows: usize,
        out: &mut Vec<f32>,
    ) -> Result<(), PolicyError> {
        self.check("values: observations", observations, n_rows)?;
        out.resize(n_rows, 0.0);
        let computed = self.critic.values(observations, out);
        computed.map_err(PolicyError::tensor("value"))
    }

    /// Deterministic outputs, `[n_rows, n_outputs]`: (squashed) means, or probabilities.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn outputs(
        &self,
        observations: &[f32],
        n_rows: usize,
        out: &mut Vec<f32>,
    ) -> Result<(), PolicyError> {
        self.last_layer("outputs: observations", observations, n_rows, out)?;
        self.head().output_rows(out);
        Ok(())
    }

    /// Last policy layer per row, before the head.
    pub(super) fn last_layer(
        &self,
        place: &'static str,
        observations: &[f32],
        n_rows: usize,
        out: &mut Vec<f32>,
    ) -> Result<(), PolicyError> {
        self.check(place, observations, n_rows)?;
        out.resize(n_rows * self.head().n_outputs(), 0.0);
        let computed = self.actor.values(observations, out);
        computed.map_err(PolicyError::tensor("policy output"))
    }

    /// Writes `ȳᵀ ∂y/∂o` of the deterministic output y to `gradient [n_rows, n_inputs]` and returns
    /// the answers of `cotangent` in order. `cotangent(first row, y, ȳ)` reads some rows of y, `[n,
    /// n_outputs]`, writes ȳ and returns an answer. `passed` receives the values of all layers for
    /// [`ActorCritic::tangent_penalty`] at the same observations.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn pull_outputs<R: Send>(
        &self,
        observations: &[f32],
        n_rows: usize,
        cotangent: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
        gradient: &mut [f32],
        passed: Option<&mut Passed>,
    ) -> Result<Vec<R>, PolicyError> {
        self.check("pull_outputs: observations", observations, n_rows)?;
        self.check("pull_outputs: gradient", gradient, n_rows)?;
        let head = self.head();
        let through_head = |first: usize, z: &[f32], to_z: &mut [f32]| {
            let mut y = z.to_vec();
            head.output_rows(&mut y);
            let answer = cotangent(first, &y, to_z);
            head::derivative_rows(head, &y, to_z);
            answer
        };
        let pulled = self
            .actor
            .pull(observations, through_head, gradient, passed);
        pulled.map_err(PolicyError::tensor("gradient of the output"))
    }

    /// Writes `v̄ ∂V/∂o` of the value V to `gradient [n_rows, n_inputs]` and returns the answers of
    /// `cotangent` in order. `cotangent(first row, v, v̄)` reads some values v, `[n]`, writes v̄
    /// and returns an answer.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn pull_values<R: Send>(
        &self,
        observations: &[f32],
        n_rows: usize,
        cotangent: impl Fn(usize, &[f32], &mut [f32]) -> R + Send + Sync,
        gradient: &mut [f32],
    ) -> Result<Vec<R>, PolicyError> {
        self.check("pull_values: observations", observations, n_rows)?;
        self.check("pull_values: gradient", gradient, n_rows)?;
        let pulled = self.critic.pull(observations, cotangent, gradient, None);
        pulled.map_err(PolicyError::tensor("gradient of the value"))
    }

    fn check(&self, place: &'static str, table: &[f32], n_rows: usize) -> Result<(), PolicyError> {
        check_table(place, table, [n_rows, self.spec.n_inputs])
    }
}
