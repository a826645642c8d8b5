//! The contract of an objective.

use super::Positions;
use crate::{adversary::target::Network, agent::Head, env::Hindsight};

/// An inner objective L(π(o')), larger is worse for the agent.
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
    /// The quantities that [`AttackObjective::evaluate`] reads.
    fn needs(&self) -> ObjectiveNeeds;

    /// L of one row. Writes ∂L/∂output into `gradient`, which is as long as `row.output`.
    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64;
}

/// The quantities that an objective reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectiveNeeds {
    /// The network whose output is scored.
    pub network: Network,
    /// True where `clean_output` is read; it costs one more pass through the network.
    pub clean_output: bool,
    /// True where `hindsight` and `positions` are read. Such an objective knows the next return
    /// and may not shock training rollouts.
    pub hindsight: bool,
}

impl ObjectiveNeeds {
    /// The output of the policy network and nothing else.
    pub const OUTPUT: Self = Self {
        network: Network::Policy,
        clean_output: false,
        hindsight: false,
    };
}

/// The output of one row, and the quantities that an objective compares it with.
#[derive(Debug, Clone, Copy)]
pub struct ObjectiveRow<'a> {
    /// Output y at the shocked observation: (squashed) means `[n_dims]`, probabilities `[n_dims *
    /// n_levels]`, or the value `[1]`.
    pub output: &'a [f32],
    /// Output at z = 0; empty unless needed.
    pub clean_output: &'a [f32],
    /// 1 / σ² per output; 1 for a categorical head.
    pub precision: &'a [f32],
    /// The head of the policy.
    pub head: Head,
    /// The next step's returns and costs; `None` unless needed.
    pub hindsight: Option<Hindsight<'a>>,
    /// The portfolio weights that outputs stand for; `None` unless hindsight is needed.
    pub positions: Option<&'a Positions>,
}
