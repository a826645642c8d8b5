//! The programs `shockproof` and `backtest`: what is typed, what is said, and with which exit code.

mod args;
mod output;

pub use args::{Backtest, CheckArgs, CheckKind, Command, RunArgs, Shockproof};
pub use output::{Answer, Format, finish};
