//! The programs as a user meets them: the happy path on a tiny experiment, and every kind of wrong input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test may stop at the first surprise; the prices are small numbers"
)]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

const ENV: &str = r#"(
    name: "tiny",
    version: 1,
    market: (
        files: [
            (symbol: "AAA", path: "aaa.csv", timestamps: Open),
            (symbol: "BBB", path: "bbb.csv", timestamps: Open),
        ],
        calendar: Refuse,
        bar_seconds: 86400,
    ),
    trading: (
        initial_cash: 1000.0,
        costs: (fee: 1.0, half_spread: 1.0, impact_coefficient: 0.0),
        allocation: Weights(low: -1.0, max_gross: 1.0),
        reward: LogGrowth,
        horizon: 20,
        ruin_fraction: 0.1,
        features: [ScaledReturns(window: 3, half_life: 10.0), Rsi(period: 5)],
        account: [Weights],
        shocks: (
            kind: Print,
            norm: LInf,
            budget_bps: 100.0,
            episode_budget_bps: None,
            max_spread_multiplier: 1.0,
            min_liquidity_multiplier: 1.0,
        ),
    ),
)
"#;

const CONFIG: &str = include_str!("tiny.ron");

/// A folder with a tiny market, its env file and an experiment on it.
struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        sandbox.write("aaa.csv", &prices(0));
        sandbox.write("bbb.csv", &prices(1));
        sandbox.write("env.ron", ENV);
        sandbox.write("config.ron", CONFIG);
        sandbox
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Replaces `from` (which must be there) by `to` in a file.
    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no `{from}`");
        self.write(name, &text.replacen(from, to, 1));
    }

    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.folder.path(), &mut found);
        found
    }

    fn call(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn shockproof(&self, arguments: &[&str]) -> Output {
        self.call(env!("CARGO_BIN_EXE_shockproof"), arguments)
    }

    fn backtest(&self, arguments: &[&str]) -> Output {
        self.call(env!("CARGO_BIN_EXE_backtest"), arguments)
    }

    /// `shockproof run config.ron` is refused with exit code 2, says all of `words`, and writes nothing.
    fn refused(&self, words: &[&str]) {
        self.refuses(words, || self.shockproof(&["run", "config.ron"]));
    }

    fn refuses(&self, words: &[&str], call: impl FnOnce() -> Output) {
        let before = self.files();
        let output = call();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        for word in words {
            assert!(said.contains(word), "`{word}` is missing in:\n{said}");
        }
        let after = self.files();
        assert!(
            before == after,
            "files changed: {:?}",
            after.keys().collect::<Vec<_>>()
        );
    }
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.insert(path.clone(), Vec::new());
            collect(&path, found);
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
}

/// 400 daily bars from 2020-01-01: a wave and a trend, different for each asset; line `n + 2` of the file holds bar `n`.
fn prices(asset: u32) -> String {
    let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
    let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    let price =
        |n: f64| 100.0 * (0.0004 * n + 0.03 * (n * (0.7 + 0.1 * f64::from(asset))).sin()).exp();
    for (n, date) in first.iter_days().take(400).enumerate() {
        let (open, close) = (price(n as f64 - 0.5), price(n as f64));
        let (high, low) = (open.max(close) * 1.002, open.min(close) * 0.998);
        writeln!(
            text,
            "{date}T00:00:00Z,{open:.4},{high:.4},{low:.4},{close:.4},1000"
        )
        .unwrap();
    }
    text
}

/// Column `column` of bar `bar` replaced by `value`.
fn with_cell(bar: usize, column: usize, value: &str) -> String {
    let mut lines: Vec<String> = prices(0).lines().map(str::to_owned).collect();
    let mut cells: Vec<&str> = lines[bar + 1].split(',').collect();
    cells[column] = value;
    lines[bar + 1] = cells.join(",");
    lines.join("\n") + "\n"
}

#[test]
fn unknown_field_in_the_experiment() {
    let sandbox = Sandbox::new();
    sandbox.edit("config.ron", "seeds:", "seedz:");
    sandbox.refused(&[
        "config.ron:",
        "unknown field `seedz`",
        "found",
        "expected one of",
        "did you mean `seeds`?",
    ]);
}

#[test]
fn unknown_field_in_the_env() {
    let sandbox = Sandbox::new();
    sandbox.edit("env.ron", "half_spread:", "half_spred:");
    sandbox.refused(&[
        "env.ron:",
        "unknown field `half_spred`",
        "did you mean `half_spread`?",
    ]);
}

#[test]
fn wrong_type() {
    let sandbox = Sandbox::new();
    sandbox.edit("config.ron", "seeds: [1]", "seeds: \"one\"");
    sandbox.refused(&["config.ron:", "found `\"one\"`", "expected a list"]);
}

#[test]
fn missing_files() {
    let sandbox = Sandbox::new();
    sandbox.refuses(&["nowhere.ron", "found", "expected", "path"], || {
        sandbox.shockproof(&["run", "nowhere.ron"])
    });
    sandbox.edit("env.ron", "aaa.csv", "zzz.csv");
    sandbox.refused(&["env.ron:6:", "zzz.csv", "found", "expected"]);
    fs::remove_file(sandbox.path("env.ron")).unwrap();
    sandbox.refused(&["config.ron:", "env.ron", "found", "expected"]);
}

#[test]
fn sha256_mismatch() {
    let sandbox = Sandbox::new();
    let zeros = "0".repeat(64);
    sandbox.edit(
        "env.ron",
        "path: \"aaa.csv\"",
        &format!("path: \"aaa.csv\", sha256: \"{zeros}\""),
    );
    sandbox.refused(&["aaa.csv", "sha256", &zeros, "found", "expected"]);
}

#[test]
fn missing_column() {
    let sandbox = Sandbox::new();
    sandbox.edit("aaa.csv", "close", "klose");
    sandbox.refused(&["aaa.csv", "close", "found", "expected"]);
}

#[test]
fn unparsable_number_names_row_and_column() {
    let sandbox = Sandbox::new();
    sandbox.write("aaa.csv", &with_cell(57, 4, "1O1.2"));
    sandbox.refused(&["aaa.csv", "59", "close", "1O1.2", "expected"]);
}

#[test]
fn nan_and_non_positive_prices() {
    let sandbox = Sandbox::new();
    for value in ["NaN", "0.0", "-3.5", "inf"] {
        sandbox.write("aaa.csv", &with_cell(57, 1, value));
        sandbox.refused(&["aaa.csv", "59", "open", "expected"]);
    }
}

#[test]
fn high_below_low() {
    let sandbox = Sandbox::new();
    sandbox.write("aaa.csv", &with_cell(57, 2, "1.0"));
    sandbox.refused(&["aaa.csv", "59", "high", "low", "expected"]);
}

#[test]
fn unsorted_and_duplicate_timestamps() {
    let sandbox = Sandbox::new();
    sandbox.write("aaa.csv", &with_cell(57, 0, "2020-01-02T00:00:00Z"));
    sandbox.refused(&["aaa.csv", "59", "timestamp", "expected"]);
    sandbox.write("aaa.csv", &with_cell(57, 0, "2020-02-26T00:00:00Z"));
    sandbox.refused(&["aaa.csv", "59", "timestamp", "expected"]);
}

#[test]
fn spans_that_cannot_be() {
    let sandbox = Sandbox::new();
    let span = |text: &str| {
        sandbox.write("config.ron", CONFIG);
        sandbox.edit(
            "config.ron",
            "(from: \"2020-10-01\", to: \"2021-01-10\")",
            text,
        );
    };
    span("(from: \"2030-01-01\", to: \"2030-06-01\")");
    sandbox.refused(&["config.ron:", "test", "found", "expected"]);
    span("(from: \"2020-05-01\", to: \"2021-01-10\")");
    sandbox.refused(&["config.ron:", "overlap", "found", "expected"]);
    span("(from: \"2021-01-10\", to: \"2020-10-01\")");
    sandbox.refused(&["config.ron:", "test", "found", "expected"]);
}

#[test]
fn too_short_for_the_warm_up() {
    let sandbox = Sandbox::new();
    sandbox.edit("env.ron", "Rsi(period: 5)", "Rsi(period: 390)");
    sandbox.refused(&["warm-up", "found", "expected"]);
}

#[test]
fn out_folder_that_is_a_file_or_in_use() {
    let sandbox = Sandbox::new();
    sandbox.write("taken", "x");
    sandbox.refuses(&["taken", "found a file", "expected", "--out"], || {
        sandbox.shockproof(&["run", "config.ron", "--out", "taken"])
    });
    fs::create_dir(sandbox.path("full")).unwrap();
    sandbox.write("full/old", "x");
    sandbox.refuses(&["full", "not empty", "expected", "--out"], || {
        sandbox.shockproof(&["run", "config.ron", "--out", "full"])
    });
}
