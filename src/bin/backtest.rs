//! `backtest`: a trained policy on real prices, clean and under attack.

use std::process::ExitCode;

fn main() -> ExitCode {
    shockproof::cli::main_of_backtest(&shockproof::config::Registry::default())
}
