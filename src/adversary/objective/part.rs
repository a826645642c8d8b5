//! The trait of an objective.

use super::Positions;
use crate::{adversary::target::Network, agent::Head, env::Hindsight};

/// An inner objective L(π(o')); a larger L is worse for the agent.
///
/// ```
/// use shockproof::adversary::{AttackObjective, ObjectiveNeeds, ObjectiveRow};
///
/// /// Pushes all weights down.
/// struct SellEverything;
///
/// impl AttackObjective for SellEverything {
///     fn needs(&self) -> ObjectiveNeeds {
///         ObjectiveNeeds::OUTPUT
///     }
///     fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
///         gradient.fill(-1.0);
///         -row.output.iter().map(|w| f64::from(*w)).sum::<f64>()
///     }
/// }
/// ```
pub trait AttackObjective: Send + Sync {
    /// Data that [`AttackObjective::evaluate`] reads.
    fn needs(&self) -> ObjectiveNeeds;

    /// Returns L of one row and writes ∂L/∂output to `gradient`, which is as long as `row.output`.
    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64;

    /// Weight of the loss of the holdings beside L. Where shocks are jumps, a player maximizes `L +
    /// weight · Σ_i w_i (1 − e^{z_i})`, w the weights that the jump hits; the loss is a share of
    /// equity and depends on no later price. The default 1e4 puts the loss in bps, so that it
    /// outweighs L unless nothing is held. An objective in shares of equity returns 1.
    fn holdings_weight(&self) -> f64 {
        1e4
    }
}

/// Data that an objective reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectiveNeeds {
    /// Network whose output is scored.
    pub network: Network,
    /// True if the objective reads `clean_output`, which costs one more pass through the network.
    pub clean_output: bool,
    /// True if the objective reads `hindsight` and `positions`. It then knows the next return and
    /// may not shock training rollouts.
    pub hindsight: bool,
}

impl ObjectiveNeeds {
    /// Needs of an objective that reads only the output of the policy network.
    pub const OUTPUT: Self = Self {
        network: Network::Policy,
        clean_output: false,
        hindsight: false,
    };
}

/// Output of one row, and the data that an objective compares it with.
#[derive(Debug, Clone, Copy)]
pub struct ObjectiveRow<'a> {
    /// Output y at the shocked observation: (squashed) means `[n_dims]`, probabilities `[n_dims *
    /// n_levels]`, or the value `[1]`.
    pub output: &'a [f32],
    /// Output at z = 0; empty unless needed.
    pub clean_output: &'a [f32],
    /// Inverse variance 1 / σ² per output; 1 for a categorical head.
    pub precision: &'a [f32],
    /// Head of the policy.
    pub head: Head,
    /// Returns and costs of the next step; `None` unless needed.
    pub hindsight: Option<Hindsight<'a>>,
    /// Map from outputs to portfolio weights; `None` unless hindsight is needed.
    pub positions: Option<&'a Positions>,
}
