//! `shockproof`: run, train, experiment, check.

use std::process::ExitCode;

fn main() -> ExitCode {
    shockproof::cli::main(&shockproof::config::Registry::default())
}
