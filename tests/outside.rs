//! A crate outside the package with its own part of each kind, built as a user does: it trains,
//! backtests, attacks and deploys.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Builds the crate beside our own artifacts, with the versions of our lock file.
fn build(folder: &Path) -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = project.join("tests/outside");
    fs::create_dir(folder.join("src")).unwrap();
    fs::copy(source.join("src/main.rs"), folder.join("src/main.rs")).unwrap();
    fs::copy(project.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    // The crate uses our profile, because the dependencies are already built with it.
    let ours = fs::read_to_string(project.join("Cargo.toml")).unwrap();
    let profile = &ours[ours.find("[profile.dev]").unwrap()..ours.find("[lints.rust]").unwrap()];
    let theirs = fs::read_to_string(source.join("Cargo.toml")).unwrap();
    let theirs = theirs.split("# Without these lines").next().unwrap();
    let place = format!("path = {:?}", project.to_string_lossy());
    // Our test dependencies give shared crates the features with which they are already built.
    let tests = &ours[ours.find("[dev-dependencies]").unwrap() + "[dev-dependencies]".len()
        ..ours.find("[lib]").unwrap()];
    let manifest = theirs.replace("path = \"../..\"", &place) + tests + profile;
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    // Cargo gives these to a test. The build script of ring reads them too, so that a build with
    // them makes ring anew, and polars, which depends on it.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_of_package = text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_");
        if is_of_package || text == "OUT_DIR" {
            cargo.env_remove(&name);
        }
    }
    let built = cargo
        .args(["build", "--quiet", "--offline", "--target-dir"])
        .arg(target)
        .current_dir(folder)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{complaint}");
    target.join("debug/outside")
}

/// Runs a program that must succeed; returns its standard output and standard error.
fn run(program: &Path, arguments: &[&Path]) -> [String; 2] {
    let output = Command::new(program).args(arguments).output().unwrap();
    let [printed, complaint] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{complaint}\n{printed}");
    [printed, complaint]
}

/// This test runs only with `cargo test --test outside -- --ignored` and in `.ci/run`.
#[test]
#[ignore = "builds a crate of its own: minutes"]
fn a_crate_with_parts_of_its_own_trains_backtests_and_deploys() {
    let folder = tempfile::tempdir().unwrap();
    let program = build(folder.path());
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = folder.path().join("run");
    let experiment = project.join("tests/outside/experiment.ron");
    let arguments = [Path::new("run"), &experiment, Path::new("--out"), &out];
    let [printed, _] = run(&program, &arguments);
    assert!(printed.contains("against 50 bps"), "{printed}");
    let summary = fs::read_to_string(out.join("backtest/summary.json")).unwrap();
    assert!(summary.contains("\"sell\"") && summary.contains("\"high_water\""));
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(
        page.contains("High water"),
        "the report lacks the own metric"
    );
    assert!(
        !page.contains("borrowing fee"),
        "the own cost term may charge one"
    );

    let policy = out.join("ppo/seed-1/policy.safetensors");
    let prices = project.join("data/aapl_1d_raw_adj.csv");
    let [printed, warned] = run(&program, &[Path::new("deploy"), &policy, &prices]);
    let n_decisions: u32 = printed.split(' ').next().unwrap().parse().unwrap();
    assert!(n_decisions > 3000, "{printed}");
    // Its profile builds this library without optimization.
    assert!(warned.contains("built without optimization"), "{warned}");

    // The program without these parts names the missing part.
    let output = Command::new(env!("CARGO_BIN_EXE_shockproof"))
        .args([Path::new("train"), &experiment])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.contains("found name \"against\""), "{complaint}");
}
