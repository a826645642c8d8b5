//! The programs `shockproof` and `backtest`: what is typed, what is said, and with which exit code.

mod args;
mod check;
mod output;

pub use args::{Backtest, CheckArgs, CheckKind, Command, RunArgs, Shockproof};
pub use output::{Answer, Format, Verdict, finish};

use clap::Parser;
use std::process::ExitCode;

/// `shockproof`.
#[must_use]
pub fn shockproof() -> ExitCode {
    match Shockproof::parse().command {
        Command::Check(args) => finish(check::check(&args), format(args.json)),
        _ => ExitCode::from(1),
    }
}

/// `backtest`.
#[must_use]
pub fn backtest() -> ExitCode {
    ExitCode::from(1)
}

fn format(json: bool) -> Format {
    if json { Format::Json } else { Format::Table }
}
