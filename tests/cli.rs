//! User-level tests of the programs: a tiny experiment, and every kind of wrong input.
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
    market: Files(
        files: [
            (symbol: "AAA", path: "aaa.csv", timestamps: Open,
                session: (open: "09:30", close: "16:00", zone: "America/New_York")),
            (symbol: "BBB", path: "bbb.csv", timestamps: Open,
                session: (open: "09:30", close: "16:00", zone: "America/New_York")),
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

    /// Replaces `from`, which must occur in the file, by `to`.
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

    /// Asserts that `shockproof run config.ron` exits with 2, prints `words`, and writes nothing.
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

/// 400 daily bars from 2020-01-01: a wave and a trend per asset; line `n + 2` holds bar `n`.
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

/// Crashes in a summary, and the policies of the first crash.
fn crashes(summary: &serde_json::Value) -> (Vec<&str>, Vec<&str>) {
    let crashes = summary["crashes"].as_array().unwrap();
    (
        crashes
            .iter()
            .map(|c| c["crash"].as_str().unwrap())
            .collect(),
        crashes[0]["scores"]
            .as_array()
            .unwrap()
            .iter()
            .map(|score| score["policy"].as_str().unwrap())
            .collect(),
    )
}

/// Price file with the value at `column` of bar `bar` replaced by `value`.
fn with_cell(bar: usize, column: usize, value: &str) -> String {
    let mut lines: Vec<String> = prices(0).lines().map(str::to_owned).collect();
    let mut cells: Vec<&str> = lines[bar + 1].split(',').collect();
    cells[column] = value;
    lines[bar + 1] = cells.join(",");
    lines.join("\n") + "\n"
}

/// Runs the tiny experiment into `out` and returns its output.
fn trained(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.shockproof(&[&["run", "config.ron"], arguments].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn read(sandbox: &Sandbox, name: &str) -> Vec<u8> {
    fs::read(sandbox.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Sandbox whose experiment replays a library crash and an own crash, with three placements.
fn with_own_crash() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.edit(
        "config.ron",
        "performance:",
        "crashes: [\"oil_1991\", \"mine\"], own_crashes: \"mine.ron\",\n        \
         crash_test: (n_placements: 3), performance:",
    );
    let bar = "(open: -1.0, high: 0.0, low: -3.0, close: -2.0)";
    let mine = format!("[(name: \"mine\", title: \"Mine\", bars: [{bar}, {bar}])]");
    sandbox.write("mine.ron", &mine);
    sandbox
}

#[test]
fn crashes_are_replayed_by_a_run_and_by_a_backtest() {
    let sandbox = with_own_crash();
    let table = trained(&sandbox, &["--out", "out"]);
    for word in ["crash replayed", "oil_1991", "mine"] {
        assert!(table.contains(word), "`{word}` is missing in:\n{table}");
    }
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&read(&sandbox, name)).unwrap()
    };
    let summary = json("out/backtest/summary.json");
    let (names, policies) = crashes(&summary);
    assert_eq!(names, ["oil_1991", "mine"]);
    let baselines = [
        "flat",
        "buy_and_hold",
        "equal_weight",
        "moving_average_crossover",
    ];
    assert_eq!(policies, [&["ppo", "aajr"][..], &baselines].concat());
    assert_eq!(
        summary["crashes"][0]["placements"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let page = String::from_utf8(read(&sandbox, "out/report.html")).unwrap();
    assert!(page.contains("Crashes replayed") && page.contains("written by hand"));
    // The run folder alone reproduces the run, with any number of threads.
    fs::remove_file(sandbox.path("mine.ron")).unwrap();
    for threads in ["1", "3"] {
        let again = format!("again-{threads}");
        let config = "out/config.ron";
        let output = sandbox.shockproof(&["run", config, "--threads", threads, "--out", &again]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let found = json(&format!("{again}/backtest/summary.json"));
        assert_eq!(found["crashes"], summary["crashes"]);
        for name in ["config.ron", "crashes.ron", "ppo/seed-1/policy.safetensors"] {
            let (before, after) = (format!("out/{name}"), format!("{again}/{name}"));
            assert!(read(&sandbox, &before) == read(&sandbox, &after), "{name}");
        }
    }
    let output = sandbox.backtest(&["out", "--crash", "mine", "--out", "back"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let found = json("back/summary.json");
    let (names, policies) = crashes(&found);
    assert_eq!(
        (names, policies),
        (vec!["mine"], vec!["aajr", "ppo", "buy_and_hold"])
    );
    let score = |summary: &serde_json::Value, crash: usize, policy: &str| {
        let scores = summary["crashes"][crash]["scores"]
            .as_array()
            .unwrap()
            .clone();
        scores
            .into_iter()
            .find(|score| score["policy"] == policy)
            .unwrap()
    };
    assert_eq!(score(&found, 0, "ppo"), score(&summary, 1, "ppo"));
    sandbox.refuses(&["oil_1990", "did you mean `oil_1991`"], || {
        sandbox.backtest(&["out", "--crash", "oil_1990"])
    });
}

#[test]
fn crashes_that_cannot_come_are_found_before_anything_is_played() {
    let sandbox = with_own_crash();
    trained(&sandbox, &["--out", "out"]);
    let usual = "n_placements: 3";
    for (setting, words) in [
        ("scale: AsHistory", ["config.ron:4", "AsHistory"]),
        ("factor: 1e6", ["config.ron:4", "smaller factor"]),
    ] {
        sandbox.edit("config.ron", usual, setting);
        sandbox.refused(&words);
        sandbox.edit("config.ron", setting, usual);
    }
    sandbox.edit("out/config.ron", "factor: 1.0,\n", "factor: 1e6,\n");
    sandbox.refuses(&["smaller factor", "crash_test"], || {
        sandbox.backtest(&["out", "--crash", "mine", "--out", "never"])
    });
    // A month of daily bars is too short for two months of crash.
    sandbox.edit("config.ron", "to: \"2021-01-10\"", "to: \"2020-11-10\"");
    sandbox.edit("config.ron", "n_placements: 3", "n_after: 40");
    sandbox.refused(&["config.ron:4", "oil_1991", "room"]);
}

#[test]
fn a_run_leaves_what_it_promises() {
    let sandbox = Sandbox::new();
    let table = trained(&sandbox, &["--out", "out"]);
    for word in ["ppo", "aajr", "100 bps", "buy_and_hold", "out/report.html"] {
        assert!(table.contains(word), "`{word}` is missing in:\n{table}");
    }
    // The short table has two methods (clean, and worst case at the training budget) and four clean
    // baselines; only the summary has the other budgets.
    assert!(!table.contains("200 bps"), "{table}");
    assert_eq!(table.lines().count(), 2 * 2 + 4 + 5, "{table}");
    for name in [
        "config.ron",
        "env.ron",
        "metrics.parquet",
        "backtest/ledger.parquet",
    ] {
        assert!(!read(&sandbox, &format!("out/{name}")).is_empty());
    }
    for method in ["ppo", "aajr"] {
        let folder = format!("out/{method}/seed-1");
        for name in [
            "policy.safetensors",
            "metrics.parquet",
            "checkpoints/update-000002.safetensors",
        ] {
            assert!(!read(&sandbox, &format!("{folder}/{name}")).is_empty());
        }
        let events = sandbox.files().into_iter().find(|(path, _)| {
            path.starts_with(sandbox.path(&folder)) && path.to_string_lossy().contains("tfevents")
        });
        assert!(
            events.is_some_and(|(_, bytes)| bytes.len() > 100),
            "no events of {method}"
        );
    }
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&read(&sandbox, &format!("out/{name}"))).unwrap()
    };
    let summary = json("backtest/summary.json");
    // Two methods, each clean and under three attacks; four baselines, each clean and under noise.
    assert_eq!(summary["ledgers"].as_array().unwrap().len(), 2 * 4 + 4 * 2);
    let manifest = json("manifest.json");
    let files = manifest["files"].as_object().unwrap();
    assert!(
        files.contains_key("ppo/seed-1/policy.safetensors") && files.contains_key("report.html")
    );
    let page = String::from_utf8(read(&sandbox, "out/report.html")).unwrap();
    assert!(page.contains("new uPlot(") && page.contains("aajr"));
    assert_eq!(foreign_references(&page), Vec::<&str>::new());
    let leftovers = sandbox
        .files()
        .into_keys()
        .filter(|p| p.to_string_lossy().contains(".partial"));
    assert_eq!(leftovers.count(), 0);
}

/// References that make a browser fetch something: scripts of other files, style sheets, pictures,
/// frames, imports. A link that a reader may follow does not count.
fn foreign_references(page: &str) -> Vec<&'static str> {
    let page = page.to_lowercase();
    let marks = [
        "<link", "<iframe", "<object", "<embed", "<base", "src=", "srcset=", "@import",
    ];
    let mut found: Vec<_> = marks.into_iter().filter(|m| page.contains(m)).collect();
    // Fragments (`url(#clip)`, `href="#clip"`) and data stay on the page.
    let stays = |target: &str| {
        let target = target.trim_start_matches(['\'', '"', ' ']);
        target.starts_with('#') || target.starts_with("data:")
    };
    for mark in ["url(", "<image href=", "<use href=", "xlink:href="] {
        if !page.split(mark).skip(1).all(stays) {
            found.push(mark);
        }
    }
    found
}

#[test]
fn references_to_the_network_are_seen() {
    for foreign in [
        r#"<img src="http://a/b.png">"#,
        r#"<link rel="stylesheet" href="https://a/b.css">"#,
        r#"<SCRIPT SRC="//a/b.js"></SCRIPT>"#,
        "<style>p { background: url('http://a/b.png') }</style>",
        "<style>p { background: url(//a/b.png) }</style>",
        r#"<style>@import "http://a/b.css";</style>"#,
        r#"<svg><image href="https://a/b.png"/></svg>"#,
    ] {
        assert!(!foreign_references(foreign).is_empty(), "{foreign}");
    }
    let own = r##"<a href="https://a">a</a><g clip-path="url(#c)"><use href="#c"/></g>"##;
    assert_eq!(foreign_references(own), Vec::<&str>::new());
}

#[test]
fn same_seed_same_bytes_at_any_number_of_threads() {
    let sandbox = Sandbox::new();
    for threads in ["1", "2", "8"] {
        trained(&sandbox, &["--threads", threads, "--out", threads]);
    }
    let names = [
        "metrics.parquet",
        "ppo/seed-1/policy.safetensors",
        "aajr/seed-1/policy.safetensors",
        "aajr/seed-1/metrics.parquet",
        "backtest/ledger.parquet",
        "backtest/summary.json",
    ];
    for name in names {
        let one = read(&sandbox, &format!("1/{name}"));
        for threads in ["2", "8"] {
            assert!(
                one == read(&sandbox, &format!("{threads}/{name}")),
                "{name} at {threads} threads"
            );
        }
    }
    // Another seed gives another run; the resolved configuration reproduces the run.
    trained(&sandbox, &["--seed", "2", "--out", "seed"]);
    let policy = "ppo/seed-2/policy.safetensors";
    assert!(
        read(&sandbox, &format!("seed/{policy}"))
            != read(&sandbox, "1/ppo/seed-1/policy.safetensors")
    );
    let output = sandbox.shockproof(&["train", "seed/config.ron", "--out", "again"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        read(&sandbox, &format!("seed/{policy}")) == read(&sandbox, &format!("again/{policy}"))
    );
    assert!(!sandbox.path("again/backtest").exists());
}

#[test]
fn an_experiment_compares_methods_over_seeds() {
    let sandbox = Sandbox::new();
    sandbox.edit("config.ron", "seeds: [1]", "seeds: [1, 2]");
    let output = sandbox.shockproof(&["experiment", "config.ron", "--out", "out", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let methods = said["comparison"].as_array().unwrap();
    assert_eq!(
        (methods.len(), &methods[1]["method"]),
        (2, &serde_json::json!("aajr"))
    );
    assert_eq!(methods[1]["sensitivity"]["n_seeds"], 2);
    assert_eq!(methods[1]["worst_at_bps"], 100.0);
    assert_eq!(methods[1]["validation"]["worst"]["n_seeds"], 2);
    assert_ne!(methods[1]["validation"]["nominal"], methods[1]["nominal"]);
    let validation: serde_json::Value =
        serde_json::from_slice(&read(&sandbox, "out/validation/summary.json")).unwrap();
    // Two methods with two seeds: clean, and two attacks at the training budget only.
    assert_eq!(validation["ledgers"].as_array().unwrap().len(), 2 * 2 * 3);
    let table = String::from_utf8(read(&sandbox, "out/summary.md")).unwrap();
    assert!(table.contains("`shockproof experiment config.ron`") && table.contains("| aajr | 2 |"));
    assert!(!read(&sandbox, "out/experiment.parquet").is_empty());
    assert!(!read(&sandbox, "out/summary.json").is_empty());
}

#[test]
fn trained_policies_are_backtested() {
    let sandbox = Sandbox::new();
    trained(&sandbox, &["--out", "out"]);
    let json = |output: Output| -> serde_json::Value {
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    // A backtest of the run folder gives the same figures as the run.
    let all = json(sandbox.backtest(&["out", "--attack", "all", "--json", "--out", "again"]));
    let run: serde_json::Value =
        serde_json::from_slice(&read(&sandbox, "out/backtest/summary.json")).unwrap();
    let growth = |scores: &serde_json::Value, policy: &str, attack: &str, budget: f64| {
        let list = scores.as_array().unwrap().iter();
        let same = |s: &&serde_json::Value| {
            s["policy"] == policy && s["attack"] == attack && s["budget_bps"] == budget
        };
        list.into_iter().find(same).unwrap()["cagr"]
            .as_f64()
            .unwrap()
    };
    for (attack, budget) in [("none", 0.0), ("pgd", 200.0)] {
        let again = growth(&all["summary"]["ledgers"], "aajr", attack, budget);
        let before = growth(&run["ledgers"], "aajr", attack, budget);
        assert!((again - before).abs() < 1e-12, "{attack}: {again} {before}");
    }
    assert!(!read(&sandbox, "again/ledger.parquet").is_empty());
    // The policies were not trained on the test span; the whole file contains training bars.
    assert_eq!(
        all["summary"]["overlaps_training_span"],
        serde_json::json!([])
    );
    let whole = ["out", "--env", "env.ron", "--attack", "none"];
    let output = sandbox.backtest(&whole);
    // The warning appears once per policy, for any choice of attacks.
    let streams = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8(streams).unwrap();
    assert_eq!(
        said.matches("training span of aajr seed 1").count(),
        1,
        "{said}"
    );
    let summary = &json(sandbox.backtest(&[&whole[..], &["--json"]].concat()))["summary"];
    let overlap = &summary["overlaps_training_span"][0];
    assert_eq!(overlap["last"], "2020-07-01T00:00:00Z");
    let (inside, all_bars) = (&overlap["n_bars"], &overlap["n_bars_played"]);
    assert!(
        inside.as_u64().unwrap() > 50 && inside.as_u64() < all_bars.as_u64(),
        "{overlap}"
    );
    sandbox.refuses(&["--attack", "found `pdg`", "did you mean `pgd`?"], || {
        sandbox.backtest(&["out", "--attack", "pdg"])
    });
}

#[test]
fn a_backtest_tells_what_differs_from_the_training() {
    let sandbox = Sandbox::new();
    trained(&sandbox, &["--out", "out"]);
    // A file that has changed since the training is told.
    let prices = String::from_utf8(read(&sandbox, "aaa.csv")).unwrap();
    sandbox.write(
        "aaa.csv",
        &format!("{prices}2021-03-01T00:00:00Z,99,99,99,99,1\n"),
    );
    let beside = String::from_utf8(read(&sandbox, "bbb.csv")).unwrap();
    sandbox.write(
        "bbb.csv",
        &format!("{beside}2021-03-01T00:00:00Z,99,99,99,99,1\n"),
    );
    let output = sandbox.backtest(&["out", "--attack", "none"]);
    let said = String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap();
    assert!(
        said.contains("warning: aaa.csv has another content"),
        "{said}"
    );
    sandbox.write("aaa.csv", &prices);
    sandbox.write("bbb.csv", &beside);
    // Other order rules than those of the training are told.
    let env = String::from_utf8(read(&sandbox, "env.ron")).unwrap();
    let banded = env.replace("allocation:", "orders: (no_trade_band: 0.1), allocation:");
    sandbox.write("banded.ron", &banded);
    let output = sandbox.backtest(&["out", "--env", "banded.ron", "--attack", "none"]);
    let said = String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap();
    let warning = "under the order rules {}, this backtest plays under {\"no_trade_band\":0.1}";
    assert!(said.contains(warning), "{said}");
}

#[test]
fn files_of_the_command_line_play_the_assets() {
    let sandbox = Sandbox::new();
    trained(&sandbox, &["--out", "out"]);
    // One policy on another market under one attack.
    let policy = "out/ppo/seed-1/policy.safetensors";
    sandbox.write("ccc.csv", &prices(2));
    let other = [
        "--data", "bbb.csv", "--data", "ccc.csv", "--attack", "random", "--json",
    ];
    let output = sandbox.backtest(&[&[policy], &other[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let scores: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(scores["summary"]["ledgers"].as_array().unwrap().len(), 2);
    assert_eq!(
        scores["plays"],
        serde_json::json!([
            { "symbol": "AAA", "path": "bbb.csv", "instrument": null },
            { "symbol": "BBB", "path": "ccc.csv", "instrument": null },
        ])
    );
    sandbox.refuses(&["another number of price files", "expected 2"], || {
        sandbox.backtest(&["out", "--data", "bbb.csv"])
    });
    let play =
        |first: &str, second: &str| sandbox.backtest(&["out", "--data", first, "--data", second]);
    let said = String::from_utf8(play("ccc.csv", "bbb.csv").stdout).unwrap();
    assert!(said.contains("AAA is played by ccc.csv"), "{said}");
    // Errors about files of the command line name the command line, not the env.
    let missing = play("zzz.csv", "bbb.csv");
    assert_eq!(missing.status.code(), Some(2));
    let said = String::from_utf8(missing.stderr).unwrap();
    for word in ["zzz.csv", "found no such file", "--data"] {
        assert!(said.contains(word), "{said}");
    }
    assert!(!said.contains("env.ron"), "{said}");
    // Files that name their instrument cannot be exchanged.
    let named = |symbol: &str, asset: u32| {
        let mut text = "Ticker,Date,Open,High,Low,Close,Volume,Adj Close\n".to_owned();
        for row in prices(asset).lines().skip(1) {
            let cells: Vec<&str> = row.split(',').collect();
            let row = [&cells[..], &cells[4..5]].concat().join(",");
            writeln!(text, "{symbol},{row}").unwrap();
        }
        text
    };
    sandbox.write("a.csv", &named("AAA", 0));
    sandbox.write("b.csv", &named("bbb", 1));
    sandbox.write("btc.csv", &named("BTC", 1));
    let words = [
        "b.csv, which says that it is bbb, in the place of AAA",
        "AAA, BBB",
    ];
    sandbox.refuses(&words, || play("b.csv", "a.csv"));
    for (second, says) in [("b.csv", "bbb"), ("btc.csv", "BTC")] {
        let output = play("a.csv", second);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        let words = format!("BBB is played by {second}, which says that it is {says}");
        assert!(said.contains(&words), "{said}");
    }
}

#[test]
fn policy_files_that_are_refused() {
    let sandbox = Sandbox::new();
    trained(&sandbox, &["--out", "out"]);
    let policy = sandbox.path("out/ppo/seed-1/policy.safetensors");
    let bytes = fs::read(&policy).unwrap();
    // The policy fits no market with other features, and none with other assets.
    sandbox.write("env2.ron", &ENV.replace("Rsi(period: 5)", "Rsi(period: 6)"));
    sandbox.write("env3.ron", &ENV.replace("\"BBB\"", "\"CCC\""));
    let play = |env: &'static str| {
        let sandbox = &sandbox;
        let policy = policy.clone();
        move || sandbox.backtest(&[policy.to_str().unwrap(), "--env", env])
    };
    sandbox.refuses(
        &[
            "policy.safetensors",
            "features",
            "found",
            "period: 5",
            "expected",
            "period: 6",
        ],
        play("env2.ron"),
    );
    sandbox.refuses(
        &["symbols", "found", "BBB", "expected", "CCC"],
        play("env3.ron"),
    );
    fs::write(sandbox.path("cut.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
    for program in ["check", "backtest"] {
        sandbox.refuses(
            &["cut.safetensors", "truncated", "found", "expected"],
            || {
                if program == "check" {
                    sandbox.shockproof(&["check", "policy", "cut.safetensors"])
                } else {
                    sandbox.backtest(&["cut.safetensors", "--env", "env.ron"])
                }
            },
        );
    }
    fs::write(sandbox.path("text.safetensors"), "no policy at all").unwrap();
    sandbox.refuses(&["text.safetensors", "found", "expected"], || {
        sandbox.shockproof(&["check", "policy", "text.safetensors"])
    });
    let mut flipped = bytes.clone();
    let last = flipped.len() - 3;
    flipped[last] ^= 1;
    fs::write(sandbox.path("flipped.safetensors"), flipped).unwrap();
    sandbox.refuses(
        &["flipped.safetensors", "sha256", "found", "expected"],
        || sandbox.shockproof(&["check", "policy", "flipped.safetensors"]),
    );
    let output = sandbox.shockproof(&["check", "policy", "out"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("AAA, BBB")
    );
}

#[test]
fn checks_of_data_and_env() {
    let sandbox = Sandbox::new();
    let before = sandbox.files();
    for (kind, path, word) in [
        ("data", "aaa.csv", "400 bars"),
        ("data", "env.ron", "2 assets"),
        ("env", "env.ron", "the contract holds"),
    ] {
        let output = sandbox.shockproof(&["check", kind, path]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(word), "{said}");
        let json = sandbox.shockproof(&["check", kind, path, "--json"]);
        let list: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(list[0]["path"], path);
    }
    assert!(before == sandbox.files(), "a check wrote something");
}

#[test]
fn an_experiment_without_a_leak_passes_the_leak_check() {
    let sandbox = Sandbox::new();
    let before = sandbox.files();
    let arguments = [
        "check",
        "leak",
        "config.ron",
        "--worlds",
        "2",
        "--steps",
        "256",
    ];
    let output = sandbox.shockproof(&arguments);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    says(
        &said,
        &["tiny on tiny-v1", "no leak found", "800 of 800 bars traced"],
    );
    let json = |threads: &str| {
        let more = ["--json", "--threads", threads];
        sandbox
            .shockproof(&[&arguments[..], &more[..]].concat())
            .stdout
    };
    let report: serde_json::Value = serde_json::from_slice(&json("1")).unwrap();
    assert_eq!(report[0]["findings"], serde_json::json!([]));
    assert_eq!(report[0]["profit"]["worlds"].as_array().unwrap().len(), 2);
    assert_eq!(json("1"), json("2"));
    assert!(before == sandbox.files(), "a check wrote something");
}

/// A column of the next bar's return, said to be known at the close, is a leak with exit code 1,
/// accepted or not. A column of other numbers is none, and is not called clean.
#[test]
fn a_signal_of_the_next_bar_fails_the_leak_check() {
    let sandbox = Sandbox::new();
    let text = fs::read_to_string(sandbox.path("aaa.csv")).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let names: Vec<&str> = header.split(',').collect();
    let close = names.iter().position(|name| *name == "close").unwrap();
    let lines: Vec<&str> = lines.collect();
    let price = |t: usize| {
        let cell = lines[t.min(lines.len() - 1)].split(',').nth(close).unwrap();
        cell.parse::<f64>().unwrap()
    };
    let mut text = format!("{header},ahead,other\n");
    for (t, line) in lines.iter().enumerate() {
        let next = price(t + 1) / price(t) - 1.0;
        writeln!(text, "{line},{next},{}", t * 7919 % 101).unwrap();
    }
    sandbox.write("aaa.csv", &text);
    let signals =
        r#"path: "aaa.csv", signals: [(column: "ahead", name: "score", known: AtClose)],"#;
    sandbox.edit("env.ron", r#"path: "aaa.csv","#, signals);
    sandbox.edit(
        "env.ron",
        "Rsi(period: 5)",
        r#"Rsi(period: 5), Signal("score")"#,
    );
    let check = || {
        let before = sandbox.files();
        let arguments = "check leak config.ron --worlds 2 --steps 256";
        let output = sandbox.shockproof(&arguments.split(' ').collect::<Vec<_>>());
        assert!(before == sandbox.files(), "a check wrote something");
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), said)
    };
    let leak = [
        "signals     LEAKS",
        "signals: \"score\" correlates by +1.00 with",
        "of AAA",
    ];
    let (code, said) = check();
    says(&said, &leak);
    assert_eq!(code, Some(1), "{said}");
    sandbox.edit(
        "env.ron",
        "bar_seconds",
        "accept: [signal_foresees], bar_seconds",
    );
    let (code, said) = check();
    says(&said, &leak);
    assert_eq!(code, Some(1), "{said}");
    sandbox.edit("env.ron", r#"column: "ahead""#, r#"column: "other""#);
    let (code, said) = check();
    says(
        &said,
        &[
            "signals     untested",
            "no leak found but for what the signals know",
        ],
    );
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_leak_check_refuses_what_it_cannot_check() {
    let check = |sandbox: &Sandbox, more: &[&str]| {
        sandbox.shockproof(&[&["check", "leak", "config.ron"], more].concat())
    };
    let sandbox = Sandbox::new();
    sandbox.refuses(&["total_steps", "give more training steps"], || {
        check(&sandbox, &["--steps", "1"])
    });
    sandbox.refuses(&["--worlds"], || check(&sandbox, &["--worlds", "0"]));
    let drawn = on(DRAWN);
    drawn.refuses(&["env.ron", "`Simulated`", "expected `Files`"], || {
        check(&drawn, &[])
    });
}

/// Exit code, standard output and standard error of `check data`.
fn data(sandbox: &Sandbox, arguments: &[&str]) -> (i32, String, String) {
    let before = sandbox.files();
    let output = sandbox.shockproof(&[&["check", "data"], arguments].concat());
    assert!(before == sandbox.files(), "a check wrote something");
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), out, err)
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
}

#[test]
fn flags_give_what_a_file_leaves_open() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "mt4",
        "2012.02.01,00:00,1,2,1,2,9\n2012.02.01,00:01,2,3,2,3,9\n",
    );
    let (code, _, err) = data(&sandbox, &["mt4"]);
    assert_eq!(code, 2);
    says(
        &err,
        &[
            "MetaTrader4 leaves open",
            "--utc-offset-minutes N",
            "--time-zone NAME",
            "`time_zone:",
        ],
    );
    let (code, out, _) = data(&sandbox, &["mt4", "--utc-offset-minutes", "-120"]);
    assert_eq!(code, 0);
    says(
        &out,
        &[
            "2012-02-01 02:01:00 UTC",
            "UTC-02:00 all year round; moved to UTC",
        ],
    );
    let (code, out, _) = data(&sandbox, &["mt4", "--time-zone", "Europe/Athens"]);
    assert_eq!(code, 0);
    says(&out, &["2012-01-31 22:01:00 UTC"]);
    let (code, _, err) = data(&sandbox, &["env.ron", "--bar-seconds", "60"]);
    assert_eq!(code, 2);
    says(&err, &["env.ron: found an env file", "leave out the flags"]);
    assert_eq!(data(&sandbox, &["aaa.csv", "--layout", "tidy"]).0, 0);
    says(
        &data(&sandbox, &["aaa.csv", "--layout", "Yahoo"]).2,
        &["expected the layout Yahoo", "--layout NAME"],
    );
    let (code, _, err) = data(&sandbox, &["aaa.csv", "--layout", "yahu"]);
    assert_eq!(code, 2);
    says(&err, &["Yahoo", "PandasIndex"]);
}

#[test]
fn lengths_instruments_and_labels_are_given_with_flags() {
    let sandbox = Sandbox::new();
    sandbox.write("one", "1381017600,122.5,123,121,122,0.1,1\n");
    says(
        &data(&sandbox, &["one"]).2,
        &["a single bar", "--bar-seconds N", "`bar_seconds: N`"],
    );
    let (code, out, _) = data(&sandbox, &["one", "--bar-seconds", "3600"]);
    assert_eq!(code, 0);
    says(&out, &["1 bar of 3600 s (as given)", "2013-10-06 01:00:00"]);
    sandbox.write(
        "ticks",
        "1672531200,90,1\n1672531230,92,2\n1672531290,91,1\n",
    );
    says(
        &data(&sandbox, &["ticks"]).2,
        &["trades or quotes", "--resample-seconds N"],
    );
    let (code, out, _) = data(&sandbox, &["ticks", "--resample-seconds", "60"]);
    assert_eq!(code, 0);
    says(
        &out,
        &[
            "2 bars of 60 s (made of the rows)",
            "3 rows, trades, with volume",
            "made into 2 bars",
        ],
    );
    sandbox.write(
        "long",
        "Ticker,Date,Open,High,Low,Close,Volume,Adj Close\n\
         A,2000-03-01,1,2,1,2,9,1\nA,2000-03-02,2,3,2,3,9,1\nB,2000-03-01,1,1,1,1,1,1\n",
    );
    says(
        &data(&sandbox, &["long"]).2,
        &["\"B\"", "--instrument NAME"],
    );
    let (code, out, _) = data(&sandbox, &["long", "--instrument", "A"]);
    assert_eq!(code, 0);
    says(
        &out,
        &[
            "adjusted close by factors from 0.3333 to 0.5",
            "rows of other instruments, left out: 1",
        ],
    );
    let (code, out, _) = data(&sandbox, &["aaa.csv", "--timestamps", "close"]);
    assert_eq!(code, 0);
    says(
        &out,
        &["2020-01-01 00:00:00 UTC to", "has no adjusted close"],
    );
    assert!(!out.contains("are taken to mark the open"), "{out}");
    says(
        &data(&sandbox, &["aaa.csv"]).1,
        &["times are taken to mark the open of a bar; `--timestamps close`"],
    );
}

#[test]
fn a_draft_of_two_daily_files_asks_for_their_hours() {
    let sandbox = Sandbox::new();
    let draft = ["init", "aaa.csv", "bbb.csv", "--name", "two"];
    let words = ["aaa.csv, session: found none", "bbb.csv", "--session"];
    sandbox.refuses(&words, || sandbox.shockproof(&draft));
    let hours = ["--session", "09:30-16:00 America/New_York"];
    let output = sandbox.shockproof(&[&draft[..], &hours].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let env = fs::read_to_string(sandbox.path("envs/two-v1.ron")).unwrap();
    says(&env, &["open: \"09:30\"", "zone: \"America/New_York\""]);
    let output = sandbox.shockproof(&["check", "env", "envs/two-v1.ron"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn several_files_are_all_looked_at() {
    let sandbox = Sandbox::new();
    sandbox.write("noise", "\u{1}\u{2}\u{0}\u{7}");
    let (code, out, err) = data(&sandbox, &["aaa.csv", "nowhere.csv", "noise", "bbb.csv"]);
    assert_eq!(code, 2);
    says(&out, &["aaa.csv: 400 bars", "bbb.csv: 400 bars"]);
    says(
        &err,
        &[
            "nowhere.csv: found no such file",
            "noise: found bytes that are no text",
        ],
    );
    assert!(!err.contains("comes nearest"), "{err}");
    let (code, out, _) = data(&sandbox, &["nowhere.csv", "bbb.csv", "--json"]);
    assert_eq!(code, 2);
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&list[0]["path"], &list[1]["path"]),
        (&"nowhere.csv".into(), &"bbb.csv".into())
    );
    assert_eq!(list[0]["remedy"], "correct the path");
    assert_eq!(list[1]["report"]["files"][0]["prices"], "raw");
    // A folder stands for its price files; a quoted pattern with a star is one file in parts.
    fs::create_dir(sandbox.path("months")).unwrap();
    let rows: Vec<String> = prices(0).lines().map(str::to_owned).collect();
    sandbox.write("months/x-1.csv", &(rows[..201].join("\n") + "\n"));
    sandbox.write(
        "months/x-2.csv",
        &[&rows[..1], &rows[201..]].concat().join("\n"),
    );
    sandbox.write("months/README.md", "not prices");
    fs::create_dir(sandbox.path("months/older")).unwrap();
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/crashes.json");
    fs::copy(library, sandbox.path("months/crashes.json")).unwrap();
    let (code, out, err) = data(&sandbox, &["months"]);
    assert_eq!((code, err.as_str()), (0, ""));
    says(
        &out,
        &[
            "x-1.csv: 200 bars",
            "x-2.csv: 200 bars",
            "skipped (not price files): README.md, crashes.json, older/",
        ],
    );
    let (code, out, _) = data(&sandbox, &["months/x-*.csv"]);
    assert_eq!(code, 0);
    says(&out, &["400 bars"]);
    fs::create_dir(sandbox.path("empty")).unwrap();
    assert_eq!(data(&sandbox, &["empty"]).0, 2);
    // The other kinds of check also continue after an error.
    let output = sandbox.shockproof(&["check", "env", "nowhere.ron", "env.ron"]);
    assert_eq!(output.status.code(), Some(2));
    says(
        &String::from_utf8(output.stdout).unwrap(),
        &["the contract holds"],
    );
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(err.matches("No such file").count(), 1, "{err}");
}

#[test]
fn errors_in_prices_are_wrong_input_unless_the_env_accepts_them() {
    let sandbox = Sandbox::new();
    // From the middle on, prices are divided by ten.
    let rows: Vec<String> = prices(0)
        .lines()
        .enumerate()
        .map(|(i, row)| {
            let scaled = |(column, cell): (usize, &str)| match (column, cell.parse::<f64>()) {
                (1..=4, Ok(price)) if i > 200 => format!("{:.4}", price / 10.0),
                _ => cell.to_owned(),
            };
            row.split(',')
                .enumerate()
                .map(scaled)
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect();
    sandbox.write("aaa.csv", &(rows.join("\n") + "\n"));
    for path in ["aaa.csv", "env.ron"] {
        let (code, out, _) = data(&sandbox, &[path]);
        assert_eq!(code, 2, "{out}");
        says(
            &out,
            &[
                "error",
                "1 x split_like, first 2020-07-20",
                "10:1",
                "`accept: [split_like]`",
            ],
        );
    }
    sandbox.edit(
        "env.ron",
        "bar_seconds:",
        "accept: [split_like], bar_seconds:",
    );
    let (code, out, _) = data(&sandbox, &["env.ron"]);
    assert_eq!(code, 0, "{out}");
    says(&out, &["accepted AAA      1 x split_like"]);
    assert!(!out.contains("training refuses"), "{out}");
    let (_, out, _) = data(&sandbox, &["env.ron", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    let findings = list[0]["findings"].as_array().unwrap();
    let split = findings.iter().find(|f| f["code"] == "split_like").unwrap();
    assert_eq!(
        (&split["accepted"], &split["severity"]),
        (&true.into(), &"error".into())
    );
    let output = sandbox.shockproof(&["check", "env", "env.ron"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn rows_that_cannot_be_used_are_counted_and_never_accepted() {
    let sandbox = Sandbox::new();
    let mut rows: Vec<String> = prices(1).lines().map(str::to_owned).collect();
    rows.insert(10, rows[9].clone());
    rows.insert(20, rows[19].clone());
    rows[30] = rows[30].replacen(",1000", ",-1", 1);
    rows.swap(40, 41);
    sandbox.write("bbb.csv", &(rows.join("\n") + "\n"));
    for path in ["bbb.csv", "env.ron"] {
        let (code, out, _) = data(&sandbox, &[path]);
        assert_eq!(code, 2, "{out}");
        says(
            &out,
            &[
                "2 x duplicate",
                "row 11",
                "1 x unsorted",
                "row 42",
                "1 x impossible_bar",
                "row 31",
                "training refuses these prices: correct them\n",
            ],
        );
    }
    sandbox.edit(
        "env.ron",
        "bar_seconds:",
        "accept: [split_like, impossible_bar], bar_seconds:",
    );
    let (code, _, err) = data(&sandbox, &["env.ron"]);
    assert_eq!(code, 2);
    says(&err, &["env.ron:", "found `impossible_bar`"]);
}

#[test]
fn an_experiment_is_no_env() {
    let sandbox = Sandbox::new();
    for kind in ["data", "env"] {
        sandbox.refuses(
            &[
                "config.ron:",
                "found an experiment, expected an env file",
                "env.ron",
            ],
            || sandbox.shockproof(&["check", kind, "config.ron"]),
        );
    }
}

#[test]
fn help_starts_with_a_description() {
    let sandbox = Sandbox::new();
    for (output, headline) in [
        (sandbox.backtest(&["--help"]), "Backtest a trained policy"),
        (sandbox.shockproof(&["--help"]), "Train trading policies"),
        (
            sandbox.shockproof(&["check", "data", "--help"]),
            "Price files: their layout",
        ),
    ] {
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with(headline), "{said}");
    }
}

/// Market that draws 400 daily bars from 2020-01-01 for the two assets of `prices`.
const DRAWN: &str = r#"market: Simulated(
        seed: 1,
        model: (
            assets: [
                (symbol: "AAA", initial_price: 100.0, model: GeometricBrownianMotion(drift: 0.1, volatility: 0.2)),
                (symbol: "BBB", initial_price: 50.0, model: OrnsteinUhlenbeck(reversion_speed: 20.0, level: 50.0, volatility: 0.3)),
            ],
            correlation: Common(0.5),
            n_bars: 400,
            bar_seconds: 86400,
            steps_per_bar: 2,
            start: "2020-01-01T00:00:00Z",
        ),
    ),
"#;

/// Market of two assets and 400 days with known means of the next returns.
const SIGNALS: &str = r#"market: Signals(
        seed: 3,
        model: (
            symbols: ["AAA", "BBB"],
            initial_price: 100.0,
            n_bars: 400,
            bar_seconds: 86400,
            steps_per_bar: 2,
            start: "2020-01-01T00:00:00Z",
            bar_volatility: 0.01,
            n_signals: 4,
            n_relevant: 3,
            persistence: 0.5,
            sharpness: 3.0,
            signal_strength: 0.4,
            n_returns: 1,
            return_strength: 0.1,
            coefficients_seed: 1,
        ),
    ),
"#;

/// Market of 400 days drawn in blocks from the price files.
const BOOTSTRAP: &str = r#"market: Bootstrap(
        seed: 5,
        history: (
            files: [
                (symbol: "AAA", path: "aaa.csv", timestamps: Open,
                    session: (open: "09:30", close: "16:00", zone: "America/New_York")),
                (symbol: "BBB", path: "bbb.csv", timestamps: Open,
                    session: (open: "09:30", close: "16:00", zone: "America/New_York")),
            ],
            calendar: Refuse,
            bar_seconds: 86400,
        ),
        blocks: (mean_block: 10.0, n_bars: 400, start: "2020-01-01T00:00:00Z"),
    ),
"#;

/// Sandbox whose env has the market `market`.
fn on(market: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let (start, trading) = (
        ENV.find("    market:").unwrap(),
        ENV.find("    trading:").unwrap(),
    );
    let env = format!("{}    {market}{}", &ENV[..start], &ENV[trading..]);
    sandbox.write("env.ron", &env);
    sandbox
}

#[test]
fn a_drawn_market_is_run_from_end_to_end_with_the_same_bytes_at_any_number_of_threads() {
    let sandbox = on(DRAWN);
    for name in ["aaa.csv", "bbb.csv"] {
        fs::remove_file(sandbox.path(name)).unwrap();
    }
    for threads in ["1", "2"] {
        trained(&sandbox, &["--threads", threads, "--out", threads]);
    }
    for name in [
        "aajr/seed-1/policy.safetensors",
        "metrics.parquet",
        "backtest/ledger.parquet",
        "manifest.json",
    ] {
        assert!(
            read(&sandbox, &format!("1/{name}")) == read(&sandbox, &format!("2/{name}")),
            "{name}"
        );
    }
    let manifest: serde_json::Value =
        serde_json::from_slice(&read(&sandbox, "1/manifest.json")).unwrap();
    let sums = manifest["data_sha256"].as_object().unwrap();
    let law = "Simulated(GeometricBrownianMotion, OrnsteinUhlenbeck) with seed 1";
    assert_eq!(sums.keys().collect::<Vec<_>>(), [law]);
    let page = String::from_utf8(read(&sandbox, "1/report.html")).unwrap();
    assert!(page.contains("Prices were drawn, not recorded") && page.contains(law));
    // The resolved configuration reproduces the run.
    let output = sandbox.shockproof(&["train", "1/config.ron", "--out", "again"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let policy = "ppo/seed-1/policy.safetensors";
    assert!(read(&sandbox, &format!("1/{policy}")) == read(&sandbox, &format!("again/{policy}")));

    // Another seed is another market of the same law, unknown to the policy despite equal dates.
    sandbox.edit("env.ron", "seed: 1", "seed: 2");
    let played = |env: &str| {
        let output = sandbox.backtest(&["1", "--env", env]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(
        played("1/env.ron").contains("warning"),
        "trained on these bars"
    );
    assert!(!played("env.ron").contains("warning"), "not on these");
    sandbox.write("aaa.csv", &prices(0));
    sandbox.write("bbb.csv", &prices(1));
    sandbox.write("files.ron", ENV);
    assert!(!played("files.ron").contains("warning"), "not on files");
    // A crash inside the training bars leaves the other bars unchanged.
    let replays = "replays: [(crash: \"oil_1991\", at: \"2020-05-01\")],\n    trading:";
    for env in ["1/env.ron", "files.ron"] {
        sandbox.edit(env, "trading:", replays);
    }
    let said = played("1/env.ron");
    assert!(said.contains("training span of aajr seed 1"), "{said}");
    // The output names replays; files of the command line are played without them.
    let own = &["1", "--env", "files.ron", "--json"][..];
    let files = &["--data", "aaa.csv", "--data", "bbb.csv"][..];
    for (arguments, n_replays) in [(own.to_vec(), 1), ([own, files].concat(), 0)] {
        let output = sandbox.backtest(&arguments);
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["replays"].as_array().unwrap().len(), n_replays);
    }
    let table = String::from_utf8(sandbox.backtest(&own[..3]).stdout).unwrap();
    let words = "the prices contain a replay: oil_1991 on 2020-05-01";
    assert!(table.contains(words), "{table}");
    sandbox.refuses(&["env.ron:4:", "`Simulated`", "`Files`", "--data"], || {
        sandbox.backtest(&["1", "--env", "env.ron", "--data", "aaa.csv"])
    });
}

#[test]
fn markets_with_signals_and_bootstraps_are_run_and_played_again() {
    for (market, sums) in [
        (SIGNALS, &["Signals with seed 3"][..]),
        (BOOTSTRAP, &["Bootstrap with seed 5", "aaa.csv", "bbb.csv"]),
    ] {
        let sandbox = on(market);
        if market == SIGNALS {
            sandbox.edit("env.ron", "Rsi(period: 5)", "Signals");
        }
        trained(&sandbox, &["--out", "out"]);
        let manifest: serde_json::Value =
            serde_json::from_slice(&read(&sandbox, "out/manifest.json")).unwrap();
        let found = manifest["data_sha256"].as_object().unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), sums);
        for arguments in [&["out"][..], &["out", "--env", "env.ron"]] {
            let output = sandbox.backtest(arguments);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
        }
        if market == BOOTSTRAP {
            // Blocks of the training were drawn from anywhere in the files.
            sandbox.write("files.ron", ENV);
            let output = sandbox.backtest(&["out", "--env", "files.ron"]);
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(
                said.contains("bars may have been in the training"),
                "{said}"
            );
        }
        let page = sandbox.shockproof(&["check", "env", "env.ron"]);
        let page = String::from_utf8(page.stdout).unwrap();
        assert!(
            page.contains("path 2") && page.contains("the contract holds"),
            "{page}"
        );
    }
}

/// Price file with two further columns: a rate that is empty in every eighth row, and a text.
fn with_rate(asset: u32) -> String {
    let rows = prices(asset);
    let mut rows = rows.lines();
    let mut text = rows.next().unwrap().to_owned() + ",funding_rate,venue\n";
    for (n, row) in rows.enumerate() {
        let rate = match n % 8 {
            3 => String::new(),
            _ => format!("{:.6}", 1e-4 * (0.3 * n as f64).sin()),
        };
        writeln!(text, "{row},{rate},X").unwrap();
    }
    text
}

#[test]
fn a_column_of_a_price_file_is_a_signal_from_training_to_backtest() {
    let sandbox = Sandbox::new();
    sandbox.write("aaa.csv", &with_rate(0));
    let column = "signals: [(column: \"funding_rate\", name: \"funding\", known: After(bars: 1)";
    let file = "path: \"aaa.csv\", timestamps: Open";
    sandbox.edit("env.ron", file, &format!("{file}, {column})]"));
    sandbox.edit(
        "env.ron",
        "Rsi(period: 5)",
        "Rsi(period: 5), Signal(\"funding\")",
    );
    sandbox.refused(&[
        "aaa.csv, row 5, column funding_rate: found \"\"",
        "missing: Carry",
    ]);
    let strict = format!("{column})]");
    sandbox.edit("env.ron", &strict, &format!("{column}, missing: Carry)]"));
    let (code, said, _) = data(&sandbox, &["env.ron"]);
    assert_eq!(code, 0, "{said}");
    says(
        &said,
        &[
            "1 bar before every signal is known, left out",
            "signal funding: column funding_rate, known 1 bar after the close",
            "cells without a number 50",
            "columns that are not read: venue",
        ],
    );
    trained(&sandbox, &["--out", "out"]);
    let report = String::from_utf8(read(&sandbox, "out/report.html")).unwrap();
    says(
        &report,
        &[
            "1 bars before every signal is known were left out",
            "cells without a number 50",
        ],
    );
    let policy = "out/ppo/seed-1/policy.safetensors";
    let page = sandbox.shockproof(&["check", "policy", policy]);
    says(
        &String::from_utf8(page.stdout).unwrap(),
        &["among them the signals funding"],
    );
    for arguments in [
        &["out"][..],
        &["out", "--env", "env.ron"],
        &["out", "--data", "aaa.csv", "--data", "bbb.csv"],
    ] {
        let output = sandbox.backtest(arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let words = [
        "--data",
        "bbb.csv, signals: found no column \"funding_rate\"",
    ];
    sandbox.refuses(&words, || {
        sandbox.backtest(&["out", "--data", "bbb.csv", "--data", "bbb.csv"])
    });
    sandbox.edit("env.ron", "name: \"funding\"", "name: \"rate\"");
    sandbox.refuses(&["found `funding`", "[\"rate\"]"], || {
        sandbox.backtest(&["out", "--env", "env.ron"])
    });
}

/// `init` names further columns in comments; without their slashes they are signals.
#[test]
fn a_first_experiment_names_the_columns_that_are_not_read() {
    let sandbox = Sandbox::new();
    sandbox.write("aaa.csv", &with_rate(0).replace(",,X", ",0.0,X"));
    let (_, said, _) = data(&sandbox, &["aaa.csv"]);
    let line = "signals: [(column: \"funding_rate\", name: \"funding_rate\", known: AtClose)]";
    says(
        &said,
        &["columns that are not read: funding_rate, venue;", line],
    );
    let draft = ["init", "aaa.csv", "bbb.csv", "--name", "pair"];
    let hours = ["--session", "09:30-16:00 America/New_York"];
    let output = sandbox.shockproof(&[&draft[..], &hours].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    says(&said, &["further columns are not read", "a commented line"]);
    let env = String::from_utf8(read(&sandbox, "envs/pair-v1.ron")).unwrap();
    let commented = [
        "// signals: [",
        "//     (column: \"funding_rate\", name: \"AAA.funding_rate\", known: AtClose),",
        "// ],",
        "// Signal(\"AAA.funding_rate\"),",
    ];
    let mut written = env.clone();
    for line in commented {
        assert_eq!(env.matches(line).count(), 1, "{line} in\n{env}");
        written = written.replace(line, line.trim_start_matches("//"));
    }
    assert!(!env.contains("BBB."), "{env}");
    for (text, n_fields) in [(env, 0), (written, 1)] {
        sandbox.write("envs/pair-v1.ron", &text);
        let page = sandbox.shockproof(&["check", "env", "envs/pair-v1.ron"]);
        assert_eq!(page.status.code(), Some(0), "{page:?}");
        let page = String::from_utf8(page.stdout).unwrap();
        assert_eq!(
            page.matches("signal.AAA.funding_rate").count().min(1),
            n_fields,
            "{page}"
        );
    }
}

#[test]
fn a_folder_without_env_files_is_wrong_input() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("empty")).unwrap();
    sandbox.refuses(&["empty", "without `.ron` files"], || {
        sandbox.shockproof(&["check", "env", "empty"])
    });
}

#[test]
fn the_env_files_of_the_project_have_a_page_each_and_keep_their_contract() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".ron").map(str::to_owned))
        .collect();
    names.sort();
    let sandbox = Sandbox::new();
    let folder = folder.to_str().unwrap();
    let output = sandbox.shockproof(&["check", "env", folder, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let pages: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let pages = pages.as_array().unwrap();
    let ids: Vec<&str> = pages
        .iter()
        .map(|page| page["env"].as_str().unwrap())
        .collect();
    assert_eq!(ids, names, "an env is named as its file");
    let cards = fs::read_to_string("envs/README.md").unwrap();
    for page in pages {
        let id = page["env"].as_str().unwrap();
        assert!(cards.contains(&format!("\n## {id}\n")), "{id} has no card");
        assert_eq!(page["violations"], serde_json::json!([]), "{id}");
        for sample in page["samples"].as_array().unwrap() {
            for path in sample["paths"].as_array().unwrap() {
                let values = path["values"].as_array().unwrap();
                assert!(values.len() > 1 && values.iter().all(serde_json::Value::is_number));
                // Means lie between the extremes.
                let number = |value: &serde_json::Value| value.as_f64().unwrap();
                let within = number(&path["lowest"])..=number(&path["highest"]);
                assert!(within.contains(&number(&path["last"])), "{id}: {path}");
            }
        }
    }
    let output = sandbox.shockproof(&["check", "env", folder]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.matches("the contract holds").count(), names.len());
    for id in &names {
        assert!(said.contains(&format!("{id}   ")), "{id}");
    }
    assert!(
        said.lines().all(|line| line.chars().count() < 160),
        "{said}"
    );
}

/// Text of an env's card in `envs/README.md`: its column of the common table, and its section.
fn card(cards: &str, id: &str) -> String {
    let rows: Vec<Vec<&str>> = cards
        .lines()
        .filter(|line| line.starts_with("| ") && line.matches('|').count() == 5)
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let column = rows[0].iter().position(|name| *name == id);
    let column = column.map_or(String::new(), |at| {
        let cells = rows.iter().map(|row| format!("{}: {}\n", row[1], row[at]));
        cells.collect()
    });
    let section = cards.split("\n## ").find(|text| text.starts_with(id));
    column + section.unwrap()
}

/// Texts that a card must contain, given the rules of its env. The card decides between two
/// wordings of the reward and of the impact.
fn facts(rules: &serde_json::Value, card: &str) -> [String; 5] {
    let costs = &rules["costs"];
    let number = |value: &serde_json::Value| value.as_f64().unwrap().to_string();
    let action = match rules["allocation"].get("Weights") {
        Some(weights) => format!(
            "weights in [{}, 1], gross at most {}",
            number(&weights["low"]),
            number(&weights["max_gross"])
        ),
        None => "one of -1, 0, 1".to_owned(),
    };
    let reward = match rules["reward"].get("PnlMinusRisk") {
        None => "log growth".to_owned(),
        Some(risk) if card.contains("(aversion") => {
            format!("(aversion {})", number(&risk["risk_aversion"]))
        }
        Some(risk) => format!("− {} x²", risk["risk_aversion"].as_f64().unwrap() / 2.0),
    };
    let impact = match costs["impact_coefficient"].as_f64().unwrap() {
        y if y > 0.0 => format!("square root, coefficient {y}"),
        _ if card.contains("impact: none") => "impact: none".to_owned(),
        _ => "no impact".to_owned(),
    };
    let (fee, half_spread) = (number(&costs["fee"]), number(&costs["half_spread"]));
    let budget = format!(
        "print, at most {} bps",
        number(&rules["shocks"]["budget_bps"])
    );
    [
        action,
        reward,
        impact,
        format!("{fee} + {half_spread} bps"),
        budget,
    ]
}

#[test]
fn the_cards_say_what_the_env_files_say() {
    let sandbox = Sandbox::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs");
    let output = sandbox.shockproof(&["check", "env", folder.to_str().unwrap(), "--json"]);
    let pages: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let pages = pages.as_array().unwrap();
    let page = |id: &str| pages.iter().find(|page| page["env"] == id).unwrap();
    let cards = fs::read_to_string(folder.join("README.md")).unwrap();
    let daily = page("panel_daily-v1");
    let mut n_compared = 0;
    for page in pages.iter().filter(|page| page["game"] == "trading") {
        let (id, rules) = (page["env"].as_str().unwrap(), &page["rules"]);
        if id != "panel_daily-v1" && card(&cards, id).contains("panel_daily") {
            for field in [
                "costs",
                "allocation",
                "reward",
                "features",
                "shocks",
                "ruin_fraction",
            ] {
                assert_eq!(rules[field], daily["rules"][field], "{id}: {field}");
            }
            continue;
        }
        n_compared += 1;
        let card = card(&cards, id);
        for fact in facts(rules, &card) {
            assert!(
                card.contains(&fact),
                "{id}: the card does not say `{fact}`:\n{card}"
            );
        }
        assert!((rules["ruin_fraction"].as_f64().unwrap() - 0.1).abs() < 1e-12);
        let money = ["cash_rate", "margin_rate", "borrow_fee", "funding"];
        assert!(
            money.iter().all(|rate| rules["costs"].get(rate).is_none()),
            "{id} prices money"
        );
        if card.contains("episode: ") {
            let horizon = format!("episode: {} bars", rules["horizon"]);
            let facts = page["facts"].as_array().unwrap().iter();
            let span = facts.clone().find(|fact| fact["label"] == "span").unwrap();
            let n_bars = span["text"].as_str().unwrap().split(' ').next().unwrap();
            assert!(
                card.contains(&horizon) && card.contains(n_bars),
                "{id}: {horizon}, {n_bars}"
            );
            for asset in page["assets"].as_array().unwrap() {
                assert!(
                    card.contains(asset["symbol"].as_str().unwrap()),
                    "{id}: {asset}"
                );
            }
        }
    }
    assert_eq!(n_compared, 5);
}

#[test]
fn an_experiment_needs_an_env_of_trading() {
    let sandbox = Sandbox::new();
    let env = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs/market_making-v1.ron");
    sandbox.write("env.ron", &fs::read_to_string(env).unwrap());
    sandbox.refused(&[
        "env.ron:",
        "`market_making`",
        "`market` and `trading`",
        "check env",
    ]);
}

#[test]
fn usage_errors_are_wrong_input_too() {
    let sandbox = Sandbox::new();
    sandbox.refuses(&["--threads"], || {
        sandbox.shockproof(&["run", "config.ron", "--threads", "0"])
    });
    sandbox.refuses(&["CONFIG"], || sandbox.shockproof(&["run"]));
}

/// A faulty edit: `(file, text in it, replacement, words of the message)`.
type Fault = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

const FAULTS: &[Fault] = &[
    (
        "config.ron",
        "seeds:",
        "seedz:",
        &[
            "config.ron:",
            "unknown field `seedz`",
            "found",
            "one of",
            "did you mean `seeds`?",
        ],
    ),
    (
        "env.ron",
        "half_spread:",
        "half_spred:",
        &[
            "env.ron:",
            "unknown field `half_spred`",
            "did you mean `half_spread`?",
        ],
    ),
    (
        "config.ron",
        "seeds: [1]",
        "seeds: \"one\"",
        &["config.ron:", "found `\"one\"`", "expected a list"],
    ),
    (
        "config.ron",
        "hidden: [8]",
        "hidden: [0]",
        &["config.ron:15:", "hidden", "found 0", "4096"],
    ),
    (
        "config.ron",
        "hidden: [8]",
        "hidden: [100000000000]",
        &["config.ron:15:", "hidden", "found 100000000000", "4096"],
    ),
    (
        "config.ron",
        "critic_hidden: [8]",
        "critic_hidden: [0]",
        &["config.ron:15:", "critic_hidden", "found 0", "4096"],
    ),
    (
        "config.ron",
        "initial_log_std: -0.5",
        "initial_log_std: 1e300",
        &["config.ron:15:", "initial_log_std", "found", "[-10, 2]"],
    ),
    (
        "config.ron",
        "n_steps: 32",
        "n_steps: 9223372036854775807",
        &["config.ron:18:", "n_steps", "found", "2^30 rows"],
    ),
    (
        "env.ron",
        "budget_bps: 100.0,",
        "budget_bps: 0.0,",
        &["config.ron:34:", "regularizer", "0 bps", "budget_bps > 0"],
    ),
    (
        "config.ron",
        "(name: \"ppo\")",
        "(name: \"ppo\", player: Gradient(objective: OneStepPnl))",
        &["config.ron:33:", "found OneStepPnl", "Value", "future"],
    ),
    (
        "config.ron",
        "(name: \"random\", player: Random,",
        "(name: \"idle\", player: Starve,",
        &[
            "config.ron:",
            "player: Starve",
            "Starve where spreads",
            "max_spread_multiplier > 1",
        ],
    ),
    (
        "config.ron",
        "(from: \"2020-10-01\", to: \"2021-01-10\")",
        "(from: \"2030-01-01\", to: \"2030-06-01\")",
        &["config.ron:", "test", "found", "expected"],
    ),
    (
        "config.ron",
        "(from: \"2020-10-01\", to: \"2021-01-10\")",
        "(from: \"2020-05-01\", to: \"2021-01-10\")",
        &["config.ron:", "overlap", "found", "expected"],
    ),
    (
        "config.ron",
        "(from: \"2020-10-01\", to: \"2021-01-10\")",
        "(from: \"2021-01-10\", to: \"2020-10-01\")",
        &["config.ron:", "test", "found", "expected"],
    ),
    (
        "config.ron",
        "embargo_bars: 2",
        "embargo_bars: 18446744073709551615",
        &["config.ron:", "span validation", "fall to the embargo"],
    ),
    (
        "env.ron",
        "Rsi(period: 5)",
        "Rsi(period: 390)",
        &["warm-up", "found", "expected"],
    ),
    (
        "aaa.csv",
        "close",
        "klose",
        &["aaa.csv", "close", "found", "name the columns"],
    ),
];

#[test]
fn wrong_input_is_refused_with_place_found_and_expected() {
    for (file, from, to, words) in FAULTS {
        let sandbox = Sandbox::new();
        sandbox.edit(file, from, to);
        sandbox.refused(words);
    }
}

#[test]
fn a_wrong_cell_of_a_price_file_is_named_by_row_and_column() {
    let sandbox = Sandbox::new();
    for (column, cell, words) in [
        (4, "1O1.2", &["close", "1O1.2"][..]),
        (1, "NaN", &["open"]),
        (1, "0.0", &["open"]),
        (1, "-3.5", &["open"]),
        (1, "inf", &["open"]),
        (2, "1.0", &["high", "low"]),
        // A timestamp out of order, and a repeated one.
        (0, "2020-01-02T00:00:00Z", &["timestamp"]),
        (0, "2020-02-26T00:00:00Z", &["timestamp"]),
    ] {
        sandbox.write("aaa.csv", &with_cell(57, column, cell));
        sandbox.refused(&[&["aaa.csv", "59", "expected"], words].concat());
    }
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

/// The bars of `prices(0)` in another layout: `row` gets the number of a bar and its four prices.
fn in_layout(head: &str, row: impl Fn(usize, &[&str]) -> String) -> String {
    let text = prices(0);
    let bars = text.lines().skip(1).enumerate();
    let rows = bars.map(|(n, line)| {
        let cells: Vec<&str> = line.split(',').collect();
        row(n, &cells[1..5])
    });
    head.to_owned() + &rows.collect::<String>()
}

fn moment(n: usize, step: chrono::TimeDelta) -> chrono::NaiveDateTime {
    let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    first.and_hms_opt(0, 0, 0).unwrap() + step * i32::try_from(n).unwrap()
}

/// A sandbox with files of Binance (daily), yfinance (daily) and MetaTrader 5 (hourly).
fn with_foreign_files() -> Sandbox {
    let sandbox = Sandbox::new();
    let (day, hour) = (chrono::TimeDelta::days(1), chrono::TimeDelta::hours(1));
    let binance = in_layout("", |n, bar| {
        let ms = moment(n, day).and_utc().timestamp_millis();
        let prices = bar.join(",");
        format!("{ms},{prices},1000,{},0,3,0,0,0\n", ms + 86_399_999)
    });
    sandbox.write("BTCUSDT-1d-2020.csv", &binance);
    let head = "Price,Close,High,Low,Open,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\nDate,,,,,\n";
    let yfinance = in_layout(head, |n, bar| {
        let (date, [open, high, low, close]) = (moment(n, day).date(), bar) else {
            panic!("four prices");
        };
        format!("{date},{close},{high},{low},{open},1000\n")
    });
    sandbox.write("spy.csv", &yfinance);
    let head = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n";
    let mt5 = in_layout(head, |n, bar| {
        let time = moment(n, hour).format("%Y.%m.%d\t%H:%M:%S");
        format!("{time}\t{}\t1000\t0\t18\n", bar.join("\t"))
    });
    sandbox.write("EURUSD_H1.csv", &mt5);
    sandbox
}

#[test]
fn init_drafts_an_experiment_for_files_of_three_layouts() {
    let sandbox = with_foreign_files();
    let zone = ["--time-zone", "Europe/Athens"];
    for (file, flags, name, layout, facts) in [
        (
            "BTCUSDT-1d-2020.csv",
            &[][..],
            "btcusdt",
            "BinanceKlines",
            ["symbol: \"BTCUSDT\"", "bar_seconds: 86400"],
        ),
        (
            "spy.csv",
            &[],
            "spy",
            "Yfinance",
            ["symbol: \"SPY\"", "bar_seconds: 86400"],
        ),
        (
            "EURUSD_H1.csv",
            &zone,
            "eurusd",
            "MetaTrader5",
            ["time_zone: \"Europe/Athens\"", "bar_seconds: 3600"],
        ),
    ] {
        let output = sandbox.shockproof(&[&["init", file], flags].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{file}: {said}");
        let table = String::from_utf8(output.stdout).unwrap();
        let next = format!("next: shockproof run ./configs/{name}.ron");
        for word in [layout, "shock budget", &next] {
            assert!(table.contains(word), "`{word}` is missing in:\n{table}");
        }
        let env = String::from_utf8(read(&sandbox, &format!("envs/{name}-v1.ron"))).unwrap();
        let path = format!("path: \"../{file}\"");
        for word in [&path, "sha256: ", facts[0], facts[1]] {
            assert!(env.contains(word), "`{word}` is missing in:\n{env}");
        }
        let experiment = String::from_utf8(read(&sandbox, &format!("configs/{name}.ron"))).unwrap();
        let env = format!("env: \"../envs/{name}-v1.ron\"");
        for word in [&env, "total_steps: 150000", "Adversarial("] {
            assert!(
                experiment.contains(word),
                "`{word}` is missing in:\n{experiment}"
            );
        }
    }
}

#[test]
fn the_experiment_of_init_runs() {
    let sandbox = with_foreign_files();
    let output = sandbox.shockproof(&["init", "BTCUSDT-1d-2020.csv"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    // One update for each method.
    let steps = ("total_steps: 150000", "total_steps: 2048");
    sandbox.edit("configs/btcusdt.ron", steps.0, steps.1);
    let output = sandbox.shockproof(&["run", "configs/btcusdt.ron", "--out", "out"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let page = String::from_utf8(read(&sandbox, "out/report.html")).unwrap();
    assert!(page.contains("BTCUSDT") && page.contains("Short sales carry no borrowing fee"));
}

#[test]
fn init_refuses_to_overwrite_and_names_the_file_that_it_cannot_read() {
    let sandbox = with_foreign_files();
    let init = |arguments: &[&str]| sandbox.shockproof(&[&["init"], arguments].concat());
    sandbox.refuses(&["absent.csv"], || init(&["absent.csv"]));
    sandbox.refuses(&["EURUSD_H1.csv", "--time-zone"], || {
        init(&["EURUSD_H1.csv"])
    });
    assert_eq!(init(&["spy.csv"]).status.code(), Some(0));
    sandbox.refuses(&["envs/spy-v1.ron", "found a file", "--name"], || {
        init(&["spy.csv"])
    });
    fs::remove_file(sandbox.path("envs/spy-v1.ron")).unwrap();
    sandbox.refuses(&["configs/spy.ron", "found a file"], || init(&["spy.csv"]));
    assert_eq!(init(&["spy.csv", "--name", "spy2"]).status.code(), Some(0));
    sandbox.write("torn.csv", &with_cell(7, 4, "1e"));
    sandbox.refuses(&["torn.csv, row 9", "column close"], || init(&["torn.csv"]));
}
