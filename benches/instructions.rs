//! Instruction counts of the hottest paths, compared with recorded counts. They reveal a regression
//! on any machine under any load.
//!
//!     cargo bench --no-default-features --features learn --bench instructions \
//!         [-- --record] [--limit PERCENT]
//!
//! Each job runs in its own process under `valgrind --tool=callgrind`, twice, the second time with
//! more repetitions; the difference excludes the preparation. Prints the change since
//! `benches/instructions.json` and fails if a job has grown by more than the limit (2 %).
//! `--record` writes the file. Kernels depend on the CPU and counts on the compiler: counts are
//! compared only if valgrind sees the same CPU features, and a different compiler is reported.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints a table"
)]
#![allow(
    clippy::expect_used,
    reason = "a benchmark may stop at the first surprise"
)]

mod workload;

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};
use workload::{acting::Bot, learning::Step, trading::Stepping};

const JOBS: [&str; 6] = [
    "PPO update, 256 rows",
    "AAJR update, full form, 256 rows",
    "ascent, K = 5, 256 rows",
    "environment, 256 copies x 100 steps",
    "policy in a rollout, 256 rows",
    "1000 decisions",
];
/// Repetitions of the shorter run, of which the first allocates.
const FEW: u64 = 2;
/// Additional repetitions of the longer run.
const MORE: u64 = 4;
/// Bars of the environment. More bars take minutes to prepare under valgrind and change no step.
const FEW_BARS: usize = 5000;
/// Growth beyond which the command fails. Unit: percent.
const LIMIT: f64 = 2.0;

#[derive(Serialize, Deserialize)]
struct Record {
    /// CPU features that valgrind sees.
    features: Vec<String>,
    /// Output of `rustc --version`.
    compiler: String,
    jobs: BTreeMap<String, u64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["--job", name, n] => repeat(name, n),
        // `cargo test --benches` passes no arguments; counting is too slow for a test.
        [] if env::args().len() == 1 => Ok(()),
        ["--record"] => count().and_then(|seen| record(&seen)),
        [] => count().and_then(|seen| compare(&seen, LIMIT)),
        ["--limit", percent] => percent
            .parse()
            .map_err(|_| format!("--limit: found {percent}, expected a number of percent"))
            .and_then(|limit| compare(&count()?, limit)),
        _ => Err(format!(
            "found {words:?}, expected [--record | --limit PERCENT]"
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("instructions: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a job `n` times in the counted process and prints the CPU features.
fn repeat(name: &str, n: &str) -> Result<(), String> {
    let n: u64 = n.parse().map_err(|_| format!("--job: found {n}"))?;
    let mut job =
        job(name).ok_or_else(|| format!("--job: found {name}, expected one of {JOBS:?}"))?;
    for _ in 0..n {
        job();
    }
    println!("{}", features().join(" "));
    Ok(())
}

fn job(name: &str) -> Option<Box<dyn FnMut()>> {
    let step = |job: fn(&mut Step)| -> Option<Box<dyn FnMut()>> {
        let mut step = Step::new(256);
        Some(Box::new(move || job(&mut step)))
    };
    match JOBS.iter().position(|job| *job == name)? {
        0 => step(Step::plain),
        1 => step(Step::adversarial),
        2 => step(|step| {
            std::hint::black_box(step.ascend());
        }),
        3 => {
            let mut stepping = Stepping::new(256, 100, FEW_BARS);
            Some(Box::new(move || {
                std::hint::black_box(stepping.play());
            }))
        }
        4 => {
            let mut acting = workload::acting::Acting::new(256);
            Some(Box::new(move || acting.act()))
        }
        _ => {
            let mut bot = Bot::new();
            Some(Box::new(move || (0..1000).for_each(|_| bot.decide())))
        }
    }
}

/// Architecture and the CPU features that select kernels.
fn features() -> Vec<&'static str> {
    let mut features = vec![env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    for (name, is_there) in [
        ("sse4.1", std::arch::is_x86_feature_detected!("sse4.1")),
        ("avx", std::arch::is_x86_feature_detected!("avx")),
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
    ] {
        if is_there {
            features.push(name);
        }
    }
    features
}

fn count() -> Result<Record, String> {
    let mut record = Record {
        features: Vec::new(),
        compiler: compiler(),
        jobs: BTreeMap::new(),
    };
    for name in JOBS {
        eprintln!("{name} ...");
        let (few, features) = run(name, FEW)?;
        let (more, _) = run(name, FEW + MORE)?;
        record.features = features;
        record
            .jobs
            .insert(name.to_owned(), more.saturating_sub(few) / MORE);
    }
    Ok(record)
}

/// Instructions of a process that runs a job `n` times, and its CPU features.
fn run(name: &str, n: u64) -> Result<(u64, Vec<String>), String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--job", name, &n.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}; install it (`apt install valgrind`)"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    let collected = complaint
        .lines()
        .find_map(|line| line.split("Collected : ").nth(1));
    let counted = collected.and_then(|n| n.trim().parse().ok());
    let features = printed.split_whitespace().map(str::to_owned).collect();
    counted
        .filter(|_| output.status.success())
        .map(|counted| (counted, features))
        .ok_or_else(|| format!("{name}: {complaint}"))
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.json")
}

fn record(seen: &Record) -> Result<(), String> {
    let text = serde_json::to_string_pretty(seen).map_err(|error| error.to_string())?;
    let path = path();
    fs::write(&path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))?;
    for (name, count) in &seen.jobs {
        println!("{count:>14}  {name}");
    }
    Ok(())
}

fn compare(seen: &Record, limit: f64) -> Result<(), String> {
    let path = path();
    let place = path.display();
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{place}: {error}; `-- --record` writes it"))?;
    let on_record: Record =
        serde_json::from_str(&text).map_err(|error| format!("{place}: {error}"))?;
    if on_record.features != seen.features {
        return Err(format!(
            "nothing compared: {place} was recorded on {:?}, this CPU shows {:?}; other features run \
                 other kernels",
            on_record.features, seen.features
        ));
    }
    if on_record.compiler != seen.compiler {
        println!(
            "recorded with {}, this is {}",
            on_record.compiler, seen.compiler
        );
    }
    let mut grown = Vec::new();
    println!("{:>14} {:>14} {:>9}", "on record", "now", "change");
    for (name, &now) in &seen.jobs {
        let Some(&before) = on_record.jobs.get(name) else {
            println!("{:>14} {now:>14} {:>9}  {name}", "none", "");
            continue;
        };
        let change = percent(before, now);
        println!("{before:>14} {now:>14} {change:>+8.2}%  {name}");
        if change > limit {
            grown.push(name.as_str());
        }
    }
    if grown.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "grown by more than {limit} %: {}",
            grown.join("; ")
        ))
    }
}

#[allow(clippy::cast_precision_loss, reason = "a change in percent")]
fn percent(before: u64, now: u64) -> f64 {
    100.0 * (now as f64 - before as f64) / before as f64
}
