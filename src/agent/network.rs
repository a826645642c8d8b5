//! The shape of a policy network, shared by the trainer and the reader.

use crate::dense::Activation;
use serde::{Deserialize, Serialize};

/// What bounds the mean of a Gaussian head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Squash {
    /// Nothing.
    Identity,
    /// tanh: the mean stays in (-1, 1).
    Tanh,
}

/// The distribution over actions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Head {
    /// `n_dims` independent Gaussians; the standard deviation is a free parameter per dimension.
    Gaussian {
        /// Numbers per action.
        n_dims: usize,
        /// Bound of the mean.
        squash: Squash,
    },
    /// `n_dims` independent categorical choices among `n_levels`.
    Categorical {
        /// Choices per action.
        n_dims: usize,
        /// Levels per choice.
        n_levels: usize,
    },
}

impl Head {
    /// Whether the head's output is the last layer's, unchanged.
    #[must_use]
    pub const fn is_linear(&self) -> bool {
        matches!(
            self,
            Self::Gaussian {
                squash: Squash::Identity,
                ..
            }
        )
    }

    /// Entries of an action.
    #[must_use]
    pub const fn n_dims(&self) -> usize {
        match *self {
            Self::Gaussian { n_dims, .. } | Self::Categorical { n_dims, .. } => n_dims,
        }
    }

    /// Outputs of the last linear layer.
    #[must_use]
    pub const fn n_outputs(&self) -> usize {
        match *self {
            Self::Gaussian { n_dims, .. } => n_dims,
            Self::Categorical { n_dims, n_levels } => n_dims * n_levels,
        }
    }
}

/// A multilayer perceptron: inputs → hidden layers → head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// Observation length.
    pub n_inputs: usize,
    /// Width of each hidden layer.
    pub hidden: Vec<usize>,
    /// Nonlinearity of the hidden layers.
    pub activation: Activation,
    /// The head.
    pub head: Head,
}
