//! Shape of a policy network, used by training and by bots.

use crate::dense::{Activation, tanh};
use serde::{Deserialize, Serialize};

/// Bound on the mean of a Gaussian head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Squash {
    /// Leaves the mean unbounded.
    Identity,
    /// Applies tanh, so the mean stays in (-1, 1).
    Tanh,
}

/// Distribution over actions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Head {
    /// `n_dims` independent Gaussians; the standard deviation is a free parameter per dimension.
    Gaussian {
        /// Length of an action.
        n_dims: usize,
        /// Bound on the mean.
        squash: Squash,
    },
    /// `n_dims` independent categorical choices among `n_levels`.
    Categorical {
        /// Number of choices per action.
        n_dims: usize,
        /// Number of levels per choice.
        n_levels: usize,
    },
}

impl Head {
    /// Returns true if the head passes the last layer's output on unchanged.
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

    /// Squash of a Gaussian head; tanh for a categorical head, which has no squash.
    pub(super) const fn squash(&self) -> Squash {
        match *self {
            Self::Gaussian { squash, .. } => squash,
            Self::Categorical { .. } => Squash::Tanh,
        }
    }

    /// Number of entries of an action.
    #[must_use]
    pub const fn n_dims(&self) -> usize {
        match *self {
            Self::Gaussian { n_dims, .. } | Self::Categorical { n_dims, .. } => n_dims,
        }
    }

    /// Converts outputs of the last linear layer, `[n_rows, n_outputs]`, into squashed means or
    /// probabilities, in place.
    pub fn output_rows(&self, z: &mut [f32]) {
        match *self {
            Self::Gaussian {
                squash: Squash::Identity,
                ..
            } => {}
            Self::Gaussian {
                squash: Squash::Tanh,
                ..
            } => z.iter_mut().for_each(|z| *z = tanh(*z)),
            Self::Categorical { n_levels, .. } => z.chunks_exact_mut(n_levels).for_each(softmax),
        }
    }

    /// Number of outputs of the last linear layer.
    #[must_use]
    pub const fn n_outputs(&self) -> usize {
        match *self {
            Self::Gaussian { n_dims, .. } => n_dims,
            Self::Categorical { n_dims, n_levels } => n_dims * n_levels,
        }
    }
}

fn softmax(z: &mut [f32]) {
    let largest = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for z in z.iter_mut() {
        *z = (*z - largest).exp();
        sum += *z;
    }
    for z in z.iter_mut() {
        *z /= sum;
    }
}

/// Index of the largest logit; the lowest index wins a tie.
pub(crate) fn most_probable(logits: &[f32]) -> u32 {
    let mut best = 0;
    let mut largest = f32::NEG_INFINITY;
    for (level, &logit) in (0_u32..).zip(logits) {
        if logit > largest {
            (best, largest) = (level, logit);
        }
    }
    best
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
    /// Distribution over actions.
    pub head: Head,
}
