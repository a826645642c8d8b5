//! Policy and market that an adversary attacks.

use crate::{
    agent::NetworkSpec,
    env::{Action, ActionSpace, ShockMap},
    policy::{Actions, Backend, FrozenPolicy, Passed, PolicyError},
};
use std::fmt;

/// One of the two networks of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The policy network: (squashed) means of a Gaussian, or probabilities of a categorical head.
    Policy,
    /// The value network.
    Value,
}

/// Loss of a block of rows. Takes the index of the first row and the outputs `y [n, n_outputs]`,
/// writes the gradient of the losses with respect to y, and returns the losses `[n]`.
pub type Cotangent<'a> = dyn Fn(usize, &[f32], &mut [f32]) -> Vec<f64> + Send + Sync + 'a;

/// A policy with fixed weights, on any device. Observations are row-major `[n_rows, n_inputs]`.
pub trait TargetPolicy {
    /// Shape of the policy network.
    fn spec(&self) -> &NetworkSpec;

    /// log σ per dimension; empty for a categorical head.
    fn log_std(&self) -> &[f64];

    /// Writes the outputs of a network, `[n_rows, n_outputs]`, to `out`.
    ///
    /// # Errors
    /// [`PolicyError`] of the network.
    fn outputs(
        &self,
        network: Network,
        observations: &[f32],
        n_rows: usize,
        out: &mut Vec<f32>,
    ) -> Result<(), PolicyError>;

    /// Computes losses of a network's outputs with `cotangent`, writes their gradient with respect
    /// to the observations to `gradient [n_rows, n_inputs]`, and returns them block by block.
    /// `passed` receives layer values that the tangent penalty at the same observations can reuse.
    ///
    /// # Errors
    /// [`PolicyError`] of the network.
    fn pull(
        &self,
        network: Network,
        observations: &[f32],
        cotangent: &Cotangent<'_>,
        gradient: &mut [f32],
        passed: Option<&mut Passed>,
    ) -> Result<Vec<Vec<f64>>, PolicyError>;
}

impl<D: Backend<f32>> TargetPolicy for FrozenPolicy<f32, D> {
    fn spec(&self) -> &NetworkSpec {
        Self::spec(self)
    }

    fn log_std(&self) -> &[f64] {
        Self::log_std(self)
    }

    fn outputs(
        &self,
        network: Network,
        observations: &[f32],
        n_rows: usize,
        out: &mut Vec<f32>,
    ) -> Result<(), PolicyError> {
        match network {
            Network::Policy => Self::outputs(self, observations, n_rows, out),
            Network::Value => self.values(observations, n_rows, out),
        }
    }

    fn pull(
        &self,
        network: Network,
        observations: &[f32],
        cotangent: &Cotangent<'_>,
        gradient: &mut [f32],
        passed: Option<&mut Passed>,
    ) -> Result<Vec<Vec<f64>>, PolicyError> {
        let n_rows = observations.len() / Self::spec(self).n_inputs.max(1);
        match network {
            Network::Policy => self.pull_outputs(observations, n_rows, cotangent, gradient, passed),
            Network::Value => self.pull_values(observations, n_rows, cotangent, gradient),
        }
    }
}

/// Market behind a batch of observations.
#[derive(Clone, Copy)]
pub struct MarketView<'a> {
    /// Shock map φ, with its derivative ∂φ/∂z.
    pub map: &'a dyn ShockMap,
    /// Snapshots of the clean market, `[n_rows, map.snapshot_len()]`.
    pub snapshots: &'a [f64],
    /// Action space of the agent.
    pub action_space: &'a ActionSpace,
}

impl fmt::Debug for MarketView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MarketView")
            .field("action_space", self.action_space)
            .finish_non_exhaustive()
    }
}

// This conversion is here because no lower module knows both types.
impl Actions {
    /// The same actions in the type that environments take.
    #[must_use]
    pub const fn as_action(&self) -> Action<'_> {
        match self {
            Self::Continuous(values) => Action::Continuous(values.as_slice()),
            Self::Categorical(levels) => Action::Categorical(levels.as_slice()),
        }
    }
}

impl From<Action<'_>> for Actions {
    fn from(action: Action<'_>) -> Self {
        match action {
            Action::Continuous(values) => Self::Continuous(values.to_vec()),
            Action::Categorical(levels) => Self::Categorical(levels.to_vec()),
        }
    }
}
