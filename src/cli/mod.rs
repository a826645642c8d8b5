//! The programs `shockproof` and `backtest`: what is typed, what is said, and with which exit code.

mod args;
mod backtest;
mod check;
mod check_data;
mod check_env;
mod output;
mod progress;
mod run;
mod sparkline;

pub use args::{
    Backtest, Check, CheckArgs, CheckDataArgs, CheckPathArgs, Command, Reading, RunArgs,
    Shockproof, Timestamps,
};
pub use output::{Answer, Format, Verdict, finish};

use crate::run::Goal;
use clap::Parser;
use std::process::ExitCode;

/// `shockproof`.
#[must_use]
pub fn shockproof() -> ExitCode {
    match Shockproof::parse().command {
        Command::Run(args) => finish(run::run(Goal::Run, &args), args.format()),
        Command::Train(args) => finish(run::run(Goal::Train, &args), args.format()),
        Command::Experiment(args) => finish(run::run(Goal::Experiment, &args), args.format()),
        Command::Check(args) => finish(Ok(check::check(&args)), args.format()),
    }
}

/// `backtest`.
#[must_use]
pub fn backtest() -> ExitCode {
    let args = Backtest::parse();
    finish(backtest::play(&args), args.format())
}
