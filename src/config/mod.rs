//! RON files → validated types, with errors that point into the file.
//!
//! | file | holds |
//! |---|---|
//! | `experiment` | [`ExperimentFile`]: `configs/<experiment>.ron`, what is asked; [`Experiment`]: both files, checked |
//! | `env_file` | [`EnvFile`]: `envs/<family>-v<n>.ron`, what a market is |
//! | `market_config` | [`MarketConfig`]: where its prices come from: files, or a model and a seed |
//! | `source` | [`Source`]: a RON file as text, every complaint about it with place, found, expected, remedy |
//! | `nearest` | the word that was probably meant |
//! | `error` | [`ConfigError`] |
//!
//! RON is read with `Some(…)` optional and with variants that wrap a struct taking its fields directly.

mod env_file;
mod error;
mod experiment;
mod market_config;
mod nearest;
mod source;

pub use env_file::EnvFile;
pub use error::{ConfigError, Pointed};
pub use experiment::{EvaluationConfig, Experiment, ExperimentFile, MethodConfig};
pub use market_config::{BootstrappedFiles, MarketConfig, PriceFiles, Seeded};
pub use nearest::nearest;
pub use source::{Source, Step, to_ron};
