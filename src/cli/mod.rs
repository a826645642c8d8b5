//! The programs `shockproof` and `backtest`.
//!
//! A program with its own parts (features, costs, …) registers them and calls the same entry point:
//!
//! ```no_run
//! use shockproof::config::Registry;
//!
//! fn main() -> std::process::ExitCode {
//!     let registry = Registry::default();
//!     shockproof::cli::main(&registry)
//! }
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `args` | arguments and flags |
//! | `run`, `backtest` | `shockproof run`, `train`, `experiment`; `backtest` |
//! | `check`, `check_data/`, `check_env/`, `check_leak` | `shockproof check data`, `env`, … |
//! | `listing` | the content of a folder |
//! | `output`, `progress`, `sparkline` | answers, errors and exit codes; progress; series as text |

mod args;
mod backtest;
mod check;
mod check_data;
mod check_env;
mod check_leak;
mod init;
mod listing;
mod output;
mod progress;
mod run;
mod sparkline;

pub use args::{
    Backtest, Check, CheckArgs, CheckDataArgs, CheckLeakArgs, CheckPathArgs, Command, InitArgs,
    Reading, RunArgs, Shockproof,
};
pub use output::{Answer, Format, Verdict, finish};

use crate::{
    config::{Registry, reference},
    run::Goal,
};
use clap::Parser;
use std::process::ExitCode;

/// Runs `shockproof` on the arguments of this process, with the parts of `registry`.
#[must_use]
pub fn main(registry: &Registry) -> ExitCode {
    match Shockproof::parse().command {
        Command::Run(args) => finish(run::run(Goal::Run, &args, registry), args.format()),
        Command::Train(args) => finish(run::run(Goal::Train, &args, registry), args.format()),
        Command::Experiment(args) => {
            finish(run::run(Goal::Experiment, &args, registry), args.format())
        }
        Command::Init(args) => finish(init::init(&args), args.format()),
        Command::Reference => {
            let page = Answer::fine(reference(), serde_json::Value::Null);
            finish(Ok(page), Format::Table)
        }
        Command::Check(args) => finish(Ok(check::check(&args, registry)), args.format()),
    }
}

/// Runs `backtest` on the arguments of this process, with the parts of `registry`.
#[must_use]
pub fn main_of_backtest(registry: &Registry) -> ExitCode {
    let args = Backtest::parse();
    finish(backtest::play(&args, registry), args.format())
}
