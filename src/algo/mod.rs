//! Learning algorithms as pure functions of tensors and slices, and the regularizers.
//!
//! A rollout becomes advantages ([`gae`]) and a table of [`Samples`]. [`Learner::update`] takes one
//! gradient step on a [`Minibatch`] of samples: policy loss, value loss, entropy, and the
//! [`Regularizer`]'s penalty around an [`Ascent`]. [`LearnConfig`] holds the settings.
//!
//! | file | holds |
//! |---|---|
//! | `config` `schedule` | [`LearnConfig`], [`Schedule`]: the settings |
//! | `returns` | [`gae`]: advantages and returns |
//! | `samples` | [`Samples`], [`Minibatch`] |
//! | `losses` | policy loss, value loss, entropy and their gradients |
//! | `ascent` | [`Ascent`]: points and directions from the adversary |
//! | `regularizer/` | [`Regularizer`] and the trait [`Penalize`] behind it |
//! | `update` `optimizer` | [`Learner`], [`Adam`]: one gradient step |
//!
//! This module does not depend on environments: its inputs are numbers.

mod ascent;
mod config;
mod error;
mod losses;
mod optimizer;
mod regularizer;
mod returns;
mod samples;
mod schedule;
#[cfg(test)]
mod tests;
mod update;

pub use ascent::{Ascent, Directions, Space};
pub use config::{AdvantageScaling, Algorithm, LearnConfig, PolicyLoss, StepSettings};
pub use error::AlgoError;
pub use optimizer::Adam;
pub use regularizer::{
    Form, Penalize, Penalty, Regularizer, Sensitivity, jacobian_norms, sensitivities,
};
pub use returns::{Trajectories, gae, normalize};
pub(crate) use samples::pick_rows;
pub use samples::{Minibatch, Samples};
pub use schedule::Schedule;
pub use update::{Learner, StepTaken, UpdateDiagnostics};
