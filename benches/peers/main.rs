//! Comparison of this library with alternatives, on the same jobs in alternation, as one table.
//!
//!     cargo bench --no-default-features --features learn --bench peers -- \
//!         [FILTER] [--rounds N] [--python PATH] [--save FILE] [--core N] [--list] [--check]
//!
//! Every measurement is a separate process: ours is this program with `--ours NAME`, a peer is a
//! script beside this file. They alternate (A B, B A, A B, ...), because machines drift and only
//! the ratio of neighbors counts. One-thread jobs are pinned to one core if `taskset` exists. A
//! peer that is not installed is listed as such, and ours is timed alone. `docs/benchmarks.md`
//! explains how to set up the peers and how to read the table.
//!
//! | file | holds |
//! |---|---|
//! | `rows` | the jobs: both sides, the readings of each, and their targets |
//! | `side` | starting one measurement: our process or a script |
//! | `pairs` | measuring two sides in alternation |
//! | `table` | the table as markdown |
//! | `check` | our gradients compared with those of JAX |
//! | `ours` | our side of every job |
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints a table"
)]
#![allow(
    clippy::expect_used,
    reason = "a benchmark may stop at the first surprise"
)]

mod check;
mod ours;
mod pairs;
mod rows;
mod side;
mod table;
#[path = "../workload/mod.rs"]
mod workload;

use side::Machine;
use std::process::ExitCode;
use table::Table;

const USAGE: &str = "\
usage: cargo bench --no-default-features --features learn --bench peers -- [FILTER] [options]

  FILTER         only jobs whose name contains it
  --rounds N     pairs per job (7)
  --python PATH  the Python that has the peers (python3)
  --save FILE    also write the table to FILE
  --core N       the core for one-thread jobs (the last one)
  --list         the jobs, and what is missing for them
  --check        instead of timing, compare our losses and gradients with JAX's
";

/// Options on the command line.
struct Request {
    filter: String,
    rounds: usize,
    python: String,
    save: Option<String>,
    core: usize,
    mode: Mode,
    ours: Option<String>,
}

/// Action for the selected jobs.
enum Mode {
    Measure,
    List,
    Check,
}

impl Request {
    fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut request = Self {
            filter: String::new(),
            rounds: 7,
            python: "python3".to_owned(),
            save: None,
            core: n_cores - 1,
            mode: Mode::Measure,
            ours: None,
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument}: needs a value"));
            match argument.as_str() {
                "--rounds" => request.rounds = number(&argument, &value()?)?.max(1),
                "--core" => request.core = number(&argument, &value()?)?,
                "--python" => request.python = value()?,
                "--save" => request.save = Some(value()?),
                "--ours" => request.ours = Some(value()?),
                "--list" => request.mode = Mode::List,
                "--check" => request.mode = Mode::Check,
                "--bench" => {} // Cargo's own.
                option if option.starts_with('-') => {
                    return Err(format!("found {option}\n\n{USAGE}"));
                }
                _ => request.filter = argument,
            }
        }
        Ok(request)
    }
}

fn number(option: &str, found: &str) -> Result<usize, String> {
    found
        .parse()
        .map_err(|_| format!("{option}: found {found}, expected a whole number"))
}

fn main() -> ExitCode {
    // `cargo test --benches` starts every bench without arguments; a table is too slow for a test.
    if std::env::args().len() == 1 {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match Request::parse(std::env::args().skip(1)).and_then(|request| run(&request)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("peers: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(request: &Request) -> Result<(), String> {
    if let Some(name) = &request.ours {
        println!("{}", ours::measure(name)?);
        return Ok(());
    }
    let machine = Machine::look(&request.python, request.core);
    if matches!(request.mode, Mode::Check) {
        return check::check(&machine);
    }
    let rows = rows::rows();
    let wanted: Vec<_> = rows
        .iter()
        .filter(|row| row.name.contains(&request.filter))
        .collect();
    if wanted.is_empty() {
        return Err(format!(
            "no job's name contains `{}`; see --list",
            request.filter
        ));
    }
    if matches!(request.mode, Mode::List) {
        for row in &wanted {
            let missing = [&row.ours, &row.peer].map(|side| machine.missing(side));
            let missing: Vec<String> = missing.into_iter().flatten().collect();
            println!(
                "{} vs {}: {}",
                row.name,
                row.peer.label(),
                if missing.is_empty() {
                    "ready".to_owned()
                } else {
                    missing.join("; ")
                }
            );
        }
        return Ok(());
    }
    let mut table = Table::new(&machine, request.rounds);
    for row in wanted {
        eprintln!("{} vs {} ...", row.name, row.peer.label());
        table.add(row, &pairs::measure(row, &machine, request.rounds));
    }
    println!("{table}");
    if let Some(path) = &request.save {
        std::fs::write(path, table.to_string()).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}
