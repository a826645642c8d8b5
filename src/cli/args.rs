//! What can be typed. Flags are for paths, seed and threads; everything else lives in RON files.

use super::Format;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Train trading policies that keep their head under adversarial price shocks.
#[derive(Debug, Parser)]
#[command(name = "shockproof", version, about, after_help = EXIT_CODES)]
pub struct Shockproof {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

pub(super) const EXIT_CODES: &str =
    "Exit codes: 0 ok, 2 wrong input (nothing was written), 1 anything else.";

/// The subcommands of `shockproof`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train every method of an experiment, backtest it clean and attacked, write the run folder with report.html.
    Run(RunArgs),
    /// Train every method of an experiment; no backtest.
    Train(RunArgs),
    /// Train methods x seeds of an experiment and compare them: medians, interquartile means, bootstrap intervals.
    Experiment(RunArgs),
    /// Audit data files, env files or policy files; writes nothing.
    Check(CheckArgs),
}

/// Arguments of `run`, `train` and `experiment`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The experiment file, e.g. configs/quickstart.ron.
    #[arg(value_name = "CONFIG")]
    pub config: PathBuf,
    /// Train this one seed instead of the seeds in the file.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// A new or empty folder for the results [default: the next free runs/NAME].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Threads to use; results do not depend on it [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print the summary as JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// What kind of file.
    #[arg(value_enum)]
    pub kind: CheckKind,
    /// The files: CSV, Parquet or env files for `data`, env files for `env`, policy files or run folders for `policy`.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print the findings as JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What `check` can audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CheckKind {
    /// Price files: gaps, outliers, stale prices, split-like jumps.
    Data,
    /// Env files, or folders of them: a page about each market, its rules and sample paths, and the contract of the environment.
    Env,
    /// Policy files: the header and the weights.
    Policy,
}

/// Backtest a trained policy, clean and under attack.
#[derive(Debug, Parser)]
#[command(name = "backtest", version, about, after_help = EXIT_CODES)]
pub struct Backtest {
    /// A policy.safetensors, or a run folder with one or more of them.
    #[arg(value_name = "POLICY_OR_RUN")]
    pub policy: PathBuf,
    /// Price files instead of those of the env, one per asset in the policy's order (repeat the flag); the whole file is
    /// traded.
    #[arg(long, value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// Env file instead of the one kept in the run folder; the whole calendar is traded.
    #[arg(long, value_name = "FILE")]
    pub env: Option<PathBuf>,
    /// An attack of the run's config by name, `all`, or `none`.
    #[arg(long, value_name = "NAME", default_value = "none")]
    pub attack: String,
    /// A crash of the past by name, e.g. `oil_1991`, replayed at several moments; `all`, or `none`.
    #[arg(long, value_name = "NAME", default_value = "none")]
    pub crash: String,
    /// A new or empty folder for ledger.parquet and summary.json [default: only print].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the summary as JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl RunArgs {
    pub(super) const fn format(&self) -> Format {
        Format::of(self.json)
    }
}

impl CheckArgs {
    pub(super) const fn format(&self) -> Format {
        Format::of(self.json)
    }
}

impl Backtest {
    pub(super) const fn format(&self) -> Format {
        Format::of(self.json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_consistent() {
        Shockproof::command().debug_assert();
        Backtest::command().debug_assert();
    }
}
