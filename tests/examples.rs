//! The course in `examples/`: every lesson runs by itself and prints its result.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A lesson and a line that it must print.
struct Lesson {
    name: &'static str,
    line: &'static str,
}

const fn lesson(name: &'static str, line: &'static str) -> Lesson {
    Lesson { name, line }
}

/// All lessons; the features of the build select them, as `required-features` in `Cargo.toml` does.
const LESSONS: &[(bool, Lesson)] = &[
    (
        cfg!(feature = "data"),
        lesson("01_market", "panel: 3270 bars of 3 assets"),
    ),
    (
        cfg!(feature = "data"),
        lesson("02_environment", "Truncated after 252 steps"),
    ),
    (
        true,
        lesson("03_own_environment", "without them: 0 violations"),
    ),
    (cfg!(feature = "cli"), lesson("04_adversary", "gradient  ")),
    (
        cfg!(feature = "learn"),
        lesson("05_tangent", "largest relative error"),
    ),
    (
        cfg!(feature = "cli"),
        lesson("06_training", "test: pgd_pnl"),
    ),
    (
        cfg!(feature = "agent"),
        lesson("07_bot", "the same bar again: "),
    ),
    (
        cfg!(feature = "learn"),
        lesson("08_market_making", "PPO, starved"),
    ),
    (cfg!(feature = "cli"), lesson("own_player", "log growth: ")),
    (
        cfg!(feature = "cli"),
        lesson("own_objective", "sum of weights: "),
    ),
    (
        cfg!(feature = "learn"),
        lesson("twenty_lines", "pgd 200 bps"),
    ),
    (true, lesson("own_cost", "borrow fee: ")),
    (
        true,
        lesson("own_feature", "the bot and the environment agree"),
    ),
    (true, lesson("own_reward", "the patient trader leads by")),
    (
        cfg!(feature = "learn"),
        lesson("own_regularizer", "mean squared action: plain"),
    ),
    (
        cfg!(feature = "cli"),
        lesson("own_metric", "Time under water"),
    ),
];

/// Path of an example: `cargo test` builds examples into a folder beside that of the tests.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let program = profile.join("examples").join(name);
    program.with_extension(std::env::consts::EXE_EXTENSION)
}

fn run(name: &str, arguments: &[&PathBuf]) -> String {
    let program = program(name);
    assert!(
        program.is_file(),
        "{} is not built; run `cargo test` without `--test`, or `cargo build --examples` first",
        program.display()
    );
    let output = Command::new(program).args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {complaint}\n{printed}");
    printed
}

/// Each lesson gets the path of a policy file, to which only lesson 6 writes.
#[test]
fn every_lesson_runs_and_makes_its_point() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.safetensors");
    for (_, Lesson { name, line }) in LESSONS.iter().filter(|(is_built, _)| *is_built) {
        let arguments = if *name == "07_bot" {
            &[][..]
        } else {
            &[&path][..]
        };
        let printed = run(name, arguments);
        assert!(printed.contains(line), "{name}: no {line:?} in\n{printed}");
    }
    if path.is_file() {
        let printed = run("07_bot", &[&path]);
        let trained = r#"policy "aajr" for ["AAPL", "IBM", "MSFT"]"#;
        assert!(printed.contains(trained), "no {trained} in\n{printed}");
    }
}

#[test]
fn no_lesson_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let is_lesson = |name: &String| {
        name == "twenty_lines"
            || name.starts_with("own_")
            || name.starts_with(|c: char| c.is_ascii_digit())
    };
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .filter(is_lesson)
        .collect();
    let tested = LESSONS.iter().map(|(_, lesson)| lesson.name.to_owned());
    assert_eq!(files, tested.collect());
}
