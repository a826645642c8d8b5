//! Learning algorithms as pure functions of tensors and slices, and the regularizers.
//!
//! A rollout becomes advantages ([`gae`]) and a table of [`Samples`]; [`Learner::update`] takes one
//! gradient step on one [`Minibatch`] of it: policy loss ([`clipped_surrogate`] or
//! [`policy_gradient_loss`]), [`value_loss`], entropy, and the [`Regularizer`]'s penalty around an
//! [`Ascent`]. Which of these, and how much, is data: [`LearnConfig`].
//!
//! This floor knows nothing of environments: it takes numbers.

mod a2c;
mod ascent;
mod config;
mod error;
mod losses;
mod optimizer;
mod ppo;
mod regularizer;
mod returns;
mod samples;
mod schedule;
mod update;
mod value_loss;

pub use a2c::policy_gradient_loss;
pub use ascent::{Ascent, Directions, Space};
pub use config::{AdvantageScaling, Algorithm, LearnConfig, PolicyLoss, StepSettings};
pub use error::AlgoError;
pub use optimizer::Adam;
pub use ppo::{RatioStatistics, clipped_surrogate, ratio_statistics};
pub use regularizer::{
    Form, Penalize, Penalty, Regularizer, Sensitivity, jacobian_norms, sensitivities,
};
pub use returns::{Trajectories, gae, normalize};
pub use samples::{Minibatch, Samples};
pub use schedule::Schedule;
pub use update::{Learner, StepTaken, UpdateDiagnostics};
pub use value_loss::value_loss;
