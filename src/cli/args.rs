//! Arguments and flags. Flags hold paths, seed and threads; all other settings stand in RON files.

use super::Format;
use crate::ingest::{Anchor, BarLabel, FileLayout, Session};
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use std::path::PathBuf;

/// Train trading policies that hold up under adversarial price shocks.
#[derive(Debug, Parser)]
#[command(name = "shockproof", version, after_help = EXIT_CODES)]
pub struct Shockproof {
    /// Subcommand.
    #[command(subcommand)]
    pub command: Command,
}

pub(super) const EXIT_CODES: &str =
    "Exit codes: 0 ok, 2 wrong input (nothing was written), 1 anything else.";

const LEAK_EXIT_CODES: &str =
    "Exit codes: 0 no leak found, 1 a leak or a failure, 2 wrong input. Nothing is written.";

/// The subcommands of `shockproof`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train every method of an experiment, backtest it clean and attacked, write the run folder
    /// with report.html.
    Run(RunArgs),
    /// Train every method of an experiment; no backtest.
    Train(RunArgs),
    /// Train methods x seeds of an experiment and compare them: medians, interquartile means,
    /// bootstrap intervals.
    Experiment(RunArgs),
    /// Audit data files, env files or policy files; writes nothing.
    Check(CheckArgs),
    /// Write an env file and an experiment file for price files of your own.
    Init(InitArgs),
    /// Print docs/reference.md: every field of env and experiment files.
    Reference,
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

/// Arguments of `init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Price files, one per asset, as `check data` reads them.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Name of the experiment [default: the symbols].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Folder in which envs/ and configs/ are written.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub out: PathBuf,
    /// Settings for reading price files.
    #[command(flatten)]
    pub reading: Reading,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Kind of files.
    #[command(subcommand)]
    pub what: Check,
}

/// Kinds of files that `check` audits.
#[derive(Debug, Clone, Subcommand)]
pub enum Check {
    /// Price files: their layout, unusable rows, gaps, outliers, stale prices, split-like jumps.
    #[command(after_help = EXIT_CODES)]
    Data(CheckDataArgs),
    /// Env files, or folders of them: a page about each market, its rules and sample paths, and the
    /// contract of the environment.
    #[command(after_help = EXIT_CODES)]
    Env(CheckPathArgs),
    /// An experiment: trains and judges a policy on martingales with the stamps, gaps, sessions and
    /// costs of its price files. A profit there beyond luck means that some part knows later
    /// prices; the report names the part.
    #[command(after_help = LEAK_EXIT_CODES)]
    Leak(CheckLeakArgs),
    /// Policy files or run folders: the header and the weights.
    #[command(after_help = EXIT_CODES)]
    Policy(CheckPathArgs),
}

/// Arguments of `check data`.
#[derive(Debug, Clone, Args)]
pub struct CheckDataArgs {
    /// Price files of any layout, folders of them, or env files. A quoted path with a `*` names one
    /// file in parts, e.g. the months of one asset, as in an env file.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Settings for reading price files.
    #[command(flatten)]
    pub reading: Reading,
    /// Print the findings as JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `check leak`.
#[derive(Debug, Clone, Args)]
pub struct CheckLeakArgs {
    /// The experiment file, e.g. configs/quickstart.ron; its env must read price files.
    #[arg(value_name = "EXPERIMENT")]
    pub config: PathBuf,
    /// Number of worlds; each draws martingales and trains one policy.
    #[arg(long, value_name = "N", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub worlds: u32,
    /// Training steps in each world.
    #[arg(long, value_name = "N", default_value_t = 24_576)]
    pub steps: u64,
    /// Seed of the worlds and trainings: world n is path n of this seed, trained with seed + n.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Threads to use; results do not depend on it [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print the report as JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Settings for price files that do not state them; an env file has the same fields per file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Reading {
    /// Layout (docs/layouts.md lists them) [default: recognized from the content].
    #[arg(long, value_name = "NAME", value_parser = layouts())]
    #[arg(ignore_case = true, hide_possible_values = true)]
    pub layout: Option<FileLayout>,
    /// Minutes by which timestamps are ahead of UTC, all year round (New York in winter: -300).
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub utc_offset_minutes: Option<i32>,
    /// Time zone of the timestamps if it has daylight saving, e.g. Europe/Athens.
    #[arg(long, value_name = "NAME")]
    pub time_zone: Option<String>,
    /// Name of the instrument to read if the file holds several.
    #[arg(long, value_name = "NAME")]
    pub instrument: Option<String>,
    /// Length of a bar [default: the most frequent step].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub bar_seconds: Option<u32>,
    /// Length of the bars to build from trades, quotes or shorter bars.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub resample_seconds: Option<u32>,
    /// Start of the days to build, e.g. '17:00 `America/New_York`' [default: midnight in UTC].
    #[arg(long, value_name = "TIME ZONE")]
    pub resample_anchor: Option<Anchor>,
    /// Trading hours of a daily bar, e.g. '09:30-16:00 `America/New_York`'.
    #[arg(long, value_name = "HOURS ZONE")]
    pub session: Option<Session>,
    /// Currency of the prices, e.g. USD.
    #[arg(long, value_name = "NAME")]
    pub currency: Option<String>,
    /// Instant of a bar that its timestamp marks [default: open].
    #[arg(long, value_parser = ends(), value_name = "END")]
    pub timestamps: Option<BarLabel>,
}

/// Arguments of `check env` and `check policy`.
#[derive(Debug, Clone, Args)]
pub struct CheckPathArgs {
    /// Files or folders to check.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print the findings as JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Parser of layout names.
fn layouts() -> impl TypedValueParser<Value = FileLayout> {
    PossibleValuesParser::new(FileLayout::ALL.map(FileLayout::name)).try_map(|typed| {
        let is_meant = |layout: &FileLayout| layout.name().eq_ignore_ascii_case(&typed);
        FileLayout::ALL
            .into_iter()
            .find(is_meant)
            .ok_or("no layout")
    })
}

/// Parser of bar labels, `open` or `close`.
fn ends() -> impl TypedValueParser<Value = BarLabel> {
    PossibleValuesParser::new(["open", "close"]).map(|typed| match typed.as_str() {
        "open" => BarLabel::Open,
        _ => BarLabel::End,
    })
}

/// Backtest a trained policy, clean and under attack.
#[derive(Debug, Parser)]
#[command(name = "backtest", version, after_help = EXIT_CODES)]
pub struct Backtest {
    /// A policy.safetensors, or a run folder with one or more of them.
    #[arg(value_name = "POLICY_OR_RUN")]
    pub policy: PathBuf,
    /// Price files instead of the env's, one per asset in the policy's order (repeat the flag; the
    /// output pairs files with assets); all rows are traded.
    #[arg(long, value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// Env file instead of the one kept in the run folder; all rows are traded.
    #[arg(long, value_name = "FILE")]
    pub env: Option<PathBuf>,
    /// An attack of the run's config by name, `all`, or `none`.
    #[arg(long, value_name = "NAME", default_value = "none")]
    pub attack: String,
    /// A crash of the past by name, e.g. `oil_1991`, replayed at several moments; `all` or `none`.
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

impl InitArgs {
    pub(super) const fn format(&self) -> Format {
        Format::of(self.json)
    }
}

impl CheckArgs {
    pub(super) const fn format(&self) -> Format {
        Format::of(match &self.what {
            Check::Data(data) => data.json,
            Check::Leak(leak) => leak.json,
            Check::Env(files) | Check::Policy(files) => files.json,
        })
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
