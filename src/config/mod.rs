//! RON files → validated types, with errors that point into the file.
//!
//! | file | holds |
//! |---|---|
//! | `experiment` | [`ExperimentFile`]; [`Experiment`]: the file with its env, checked |
//! | `method`, `evaluation` | the methods that it compares; evaluation settings |
//! | `game` | [`Game`]: the kinds of `envs/<family>-v<n>.ron` |
//! | `env_file` | [`EnvFile`]: a market and the rules of trading in it |
//! | `market_config`, `price_files` | [`MarketConfig`]: files, or a model and a seed |
//! | `replays` | [`ReplaySpec`]: a crash inserted into an env's prices |
//! | `crashes` | [`load_crashes`]: a file of crashes; lookup of crash names |
//! | `registry` | [`Registry`]: parts from outside the crate |
//! | `source` | [`Source`]: a RON file as text, which every error points into |
//! | `locate`, `blame`, `syntax` | the value at a path; the field at fault; parser errors |
//! | `ron_text`, `nearest`, `error` | values as RON; "did you mean"; [`ConfigError`] |
//!
//! `Some(…)` is optional in the files, and a variant that wraps a struct takes its fields directly.

mod blame;
mod crashes;
mod env_file;
mod error;
mod evaluation;
mod experiment;
mod game;
mod locate;
mod market_config;
mod method;
mod nearest;
mod price_files;
mod reference;
mod registry;
mod replays;
mod ron_text;
mod source;
mod syntax;

pub(crate) use blame::Blames;
pub use crashes::load_crashes;
pub(crate) use crashes::remedy_for;
pub use env_file::EnvFile;
pub use error::{ConfigError, Pointed};
pub use evaluation::EvaluationConfig;
pub(crate) use evaluation::missing_freedom;
pub use experiment::{Experiment, ExperimentFile};
pub use game::{ExecutionFile, Game, MarketMakingFile};
pub use market_config::{BootstrappedFiles, MarketConfig, Seeded};
pub use method::MethodConfig;
pub(crate) use nearest::did_you_mean;
pub use price_files::PriceFiles;
pub use reference::{annotate, reference};
pub use registry::Registry;
pub use replays::ReplaySpec;
pub(crate) use ron_text::fields_as_ron;
pub use ron_text::to_ron;
pub use source::Source;
