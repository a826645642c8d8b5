//! Training: a pure function of (environment, configuration, seed), at any number of workers.
//!
//! [`train`] is the short form: one environment, a [`TrainConfig`] and a seed. [`train_with`] also
//! takes the number of workers, the device and an [`Observer`]. [`Trained::save`] writes the file
//! that a bot loads.
//!
//! | file | holds |
//! |---|---|
//! | `training` | [`train`] and [`train_with`]: the training loop |
//! | `config` `policy_config` `check` | [`TrainConfig`], [`PolicyConfig`] and their ranges |
//! | `trainer` | the state between updates, and the stages of an update |
//! | `collector` `rollout_shocks` | playing rollouts, clean or shocked |
//! | `rollout` `advantages` `rollout_metrics` | a rollout in flat buffers; its advantages |
//! | `pathwise` | profit differentiated through the environment |
//! | `update` `inner_loop` `minibatches` | epochs of minibatches, each with its ascent |
//! | `measure` `log` | sensitivity and stability; every logged metric, defined once |
//! | `observer` | [`Observer`]: receives metrics and checkpoints, may stop the training |
//! | `early_stopping` | [`EarlyStopping`]: keeps the weights that are best on validation data |
//! | `deploy` | [`Trained`] and the policy file |
//! | `reward_scale` `build_notice` | reward scaling; a warning for slow builds |

mod advantages;
mod build_notice;
mod check;
mod collector;
mod config;
mod deploy;
mod early_stopping;
mod error;
mod inner_loop;
mod log;
mod measure;
mod minibatches;
mod observer;
mod pathwise;
mod policy_config;
mod reward_scale;
mod rollout;
mod rollout_metrics;
mod rollout_shocks;
#[cfg(test)]
mod tests;
mod trainer;
mod training;
mod update;

pub use build_notice::build_notice;
pub use config::TrainConfig;
pub use deploy::{Trained, policy_header};
pub use early_stopping::EarlyStopping;
pub use error::TrainError;
pub use log::{METRICS, Metric, MetricDefinition, MetricRow};
pub use observer::{Checkpoint, CheckpointReason, Observer, ObserverError, Progress, Unobserved};
pub use policy_config::PolicyConfig;
pub use reward_scale::RewardUnit;
pub use training::{train, train_with};
