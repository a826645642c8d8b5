//! RON files → validated types, with errors that point into the file.
//!
//! | file | holds |
//! |---|---|
//! | `experiment` | [`ExperimentFile`]: `configs/<experiment>.ron`, what is asked; [`Experiment`]: both files, checked |
//! | `game` | [`Game`]: what `envs/<family>-v<n>.ron` can hold |
//! | `env_file` | [`EnvFile`]: a market and the rules of trading in it |
//! | `crashes` | [`load_crashes`]: a file of crashes of one's own; the names that an experiment gives |
//! | `market_config` | [`MarketConfig`]: where its prices come from: files, or a model and a seed |
//! | `replays` | [`ReplaySpec`]: a crash that an env has in its prices |
//! | `source` | [`Source`]: a RON file as text, every complaint about it with place, found, expected, remedy |
//! | `nearest` | the word that was probably meant |
//! | `error` | [`ConfigError`] |
//!
//! RON is read with `Some(…)` optional and with variants that wrap a struct taking its fields
//! directly.

mod crashes;
mod env_file;
mod error;
mod experiment;
mod game;
mod market_config;
mod nearest;
mod replays;
mod source;

pub use crashes::load_crashes;
pub(crate) use crashes::remedy_for;
pub use env_file::EnvFile;
pub use error::{ConfigError, Pointed};
pub use experiment::{EvaluationConfig, Experiment, ExperimentFile, MethodConfig};
pub use game::{ExecutionFile, Game, MarketMakingFile};
pub use market_config::{BootstrappedFiles, MarketConfig, PriceFiles, Seeded};
pub use nearest::nearest;
pub use replays::{ReplaySpec, place_of_replay};
pub use source::{Source, Step, to_ron};
