//! Shape of the networks.

use super::{TrainError, error::require};
use crate::{
    agent::{Activation, Head, NetworkSpec, Squash},
    env::ActionSpace,
    features::Layout,
};
use serde::{Deserialize, Serialize};

/// Shape of the networks. The environment gives the numbers of inputs and outputs.
///
/// ```
/// use shockproof::train::PolicyConfig;
///
/// let small = PolicyConfig {
///     hidden: vec![32],
///     ..PolicyConfig::default()
/// };
/// assert!(small.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PolicyConfig {
    /// Width of each hidden layer of the policy network; an empty list gives a linear policy.
    /// Range: 1 to 4096. Default: `[64, 64]`.
    pub hidden: Vec<usize>,
    /// Width of each hidden layer of the value network. Range: 1 to 4096. Default: `[64, 64]`.
    pub critic_hidden: Vec<usize>,
    /// Nonlinearity of both networks. Default: `Tanh`. Try first: `Softsign`.
    pub activation: Activation,
    /// Bound on the mean of a Gaussian head. Default: `Tanh`.
    pub squash: Squash,
    /// ln σ of a Gaussian head at the start. Range: [-10, 2]. Default: -0.5.
    pub initial_log_std: f64,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            hidden: vec![64, 64],
            critic_hidden: vec![64, 64],
            activation: Activation::Tanh,
            squash: Squash::Tanh,
            initial_log_std: -0.5,
        }
    }
}

impl PolicyConfig {
    /// Largest width of a hidden layer.
    const MAX_WIDTH: usize = 4096;

    /// Checks every field against its range.
    ///
    /// # Errors
    /// [`TrainError::Config`] naming the first field outside its range.
    pub fn check(&self) -> Result<(), TrainError> {
        for (field, widths) in [
            ("policy.hidden", &self.hidden),
            ("policy.critic_hidden", &self.critic_hidden),
        ] {
            let wrong = widths.iter().find(|w| !(1..=Self::MAX_WIDTH).contains(*w));
            let expected = "widths in 1..=4096";
            require(wrong.is_none(), field, wrong.unwrap_or(&0), expected)?;
        }
        require(
            (-10.0..=2.0).contains(&self.initial_log_std),
            "policy.initial_log_std",
            format_args!("{:?}", self.initial_log_std),
            "a number in [-10, 2]",
        )
    }

    /// Shape of the policy network for an environment.
    #[must_use]
    pub fn network(&self, layout: &Layout, actions: &ActionSpace) -> NetworkSpec {
        let head = match actions {
            ActionSpace::Continuous { n_dims, .. } => Head::Gaussian {
                n_dims: *n_dims,
                squash: self.squash,
            },
            ActionSpace::Categorical { n_dims, levels } => Head::Categorical {
                n_dims: *n_dims,
                n_levels: levels.len(),
            },
        };
        NetworkSpec {
            n_inputs: layout.n_fields(),
            hidden: self.hidden.clone(),
            activation: self.activation,
            head,
        }
    }
}
