//! Checks of ARCHITECTURE.md: the modules that a module may use, the owners of dependencies.
#![allow(
    clippy::expect_used,
    reason = "a test may stop at the first unreadable file"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Floors, lowest first. A module uses modules of lower floors and itself.
const FLOORS: &[&[&str]] = &[
    &["units", "rng", "dense", "own"],
    &["stats"],
    &["market"],
    &["ingest", "models", "features"],
    &["agent", "env", "crash"],
    &["games"],
    &["policy"],
    &["algo"],
    &["adversary"],
    &["train", "eval"],
    &["report", "config"],
    &["run"],
    &["cli", "prelude"],
];

/// (module, modules of lower floors that it may not use, reason)
const NEVER: &[(&str, &[&str], &str)] = &[
    (
        "agent",
        &["ingest", "models", "crash"],
        "a bot links no files and no simulations",
    ),
    ("policy", &["env", "games"], "it takes sizes as numbers"),
    ("algo", &["env", "games"], "losses know no environment"),
    (
        "report",
        &["policy", "algo", "adversary"],
        "a page knows records",
    ),
];

/// (external crate, path prefixes below src/ that may name it)
const OWNERS: &[(&str, &[&str])] = &[
    ("polars", &["ingest", "report"]),
    ("polars_arrow", &["ingest"]),
    ("polars_parquet_format", &["ingest"]),
    ("chrono_tz", &["ingest"]),
    ("flate2", &["ingest"]),
    ("zstd", &["ingest"]),
    ("pulp", &["dense"]),
    ("rayon", &["policy", "algo", "train", "run"]),
    ("dfdx", &["policy", "algo", "adversary", "train"]),
    ("num_dual", &["features", "env"]),
    ("safetensors", &["agent"]),
    ("crossbeam", &["env", "train", "eval", "run"]),
    ("clap", &["cli", "bin"]),
    ("indicatif", &["cli"]),
    ("miette", &["config", "cli", "bin"]),
    ("ron", &["config"]),
    ("textwrap", &["config"]),
    ("strsim", &["config"]),
    ("maud", &["report"]),
    ("prost", &["report"]),
    ("comfy_table", &["report"]),
    ("cudarc", &["policy"]),
];

#[test]
fn modules_import_only_from_the_floors_below() {
    let mut faults = Vec::new();
    for (floor, modules) in FLOORS.iter().enumerate() {
        let below: BTreeSet<&str> = FLOORS[..floor].concat().into_iter().collect();
        for module in *modules {
            let never = NEVER.iter().filter(|(name, ..)| name == module);
            let never: Vec<&str> = never.flat_map(|(_, names, _)| names.to_vec()).collect();
            for file in sources_of(module) {
                for used in roots_after("crate::", &code_of(&file)) {
                    let allowed = below.contains(used.as_str()) && !never.contains(&used.as_str());
                    if used != *module && !allowed {
                        faults.push(format!(
                            "{}: `{module}` may not use `crate::{used}`",
                            file.display()
                        ));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_module_stands_on_a_floor() {
    let listed: BTreeSet<String> = FLOORS.concat().into_iter().map(str::to_owned).collect();
    let found: BTreeSet<String> = entries("src")
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "lib" && name != "bin")
        .collect();
    assert_eq!(listed, found, "list each module of src/ once in FLOORS");
}

/// The rows `| floor | `module` ... |` of ARCHITECTURE.md equal the floors checked here.
#[test]
fn architecture_has_the_floors_that_are_checked() {
    let text = fs::read_to_string("ARCHITECTURE.md").expect("ARCHITECTURE.md is readable");
    let mut said = BTreeSet::new();
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let Ok(floor) = cells[1].parse::<usize>() else {
            continue;
        };
        let names = cells[2].split_whitespace();
        said.extend(names.map(|name| (floor, name.trim_matches('`').to_owned())));
    }
    let floors = FLOORS.iter().enumerate();
    let checked: BTreeSet<_> = floors
        .flat_map(|(floor, names)| names.iter().map(move |name| (floor, (*name).to_owned())))
        .collect();
    assert_eq!(said, checked);
}

#[test]
fn what_is_absent_on_purpose_is_absent() {
    let mut faults = Vec::new();
    for file in rust_files(Path::new("src")) {
        let code = code_of(&file);
        let is_buffer = file.ends_with("dense/buffer.rs");
        for (line, text) in code.lines().enumerate() {
            let is_thread_local = text.contains("thread_local!") && !is_buffer;
            let is_public = text.trim_start().starts_with("pub fn");
            let has_bool = is_public && text.contains(": bool") && text.contains('(');
            if is_thread_local || has_bool || text.contains("static mut ") {
                faults.push(format!("{}:{}: {text}", file.display(), line + 1));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn heavy_crates_stay_with_their_owners() {
    let mut faults = Vec::new();
    for file in rust_files(Path::new("src")) {
        let code = code_of(&file);
        let below_src = file
            .strip_prefix("src")
            .expect("a path below src")
            .to_string_lossy()
            .into_owned();
        for (dependency, owners) in OWNERS {
            let named = [format!("{dependency}::"), format!("use {dependency};")]
                .iter()
                .any(|pattern| names(&code, pattern));
            if named && !owners.iter().any(|owner| below_src.starts_with(owner)) {
                faults.push(format!(
                    "{}: `{dependency}` belongs to {owners:?}",
                    file.display()
                ));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_bot_links_neither_dfdx_nor_polars() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--no-default-features",
            "--features",
            "agent",
        ])
        .output()
        .expect("cargo tree runs");
    let tree = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        tree.contains("safetensors"),
        "the tree was printed: {tree}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for heavy in ["dfdx", "polars", "crossbeam ", "clap"] {
        assert!(
            !tree.lines().any(|line| line.starts_with(heavy)),
            "`{heavy}` is in the bot's tree:\n{tree}"
        );
    }
}

#[test]
fn the_reader_of_imports_understands_groups_and_comments() {
    let code = without_comments(
        "use crate::{env::{A, b::C}, market::D, units};\n// crate::ghost\ncrate::policy::p();",
    );
    let expected: BTreeSet<String> = ["env", "market", "policy", "units"]
        .map(String::from)
        .into();
    assert_eq!(roots_after("crate::", &code), expected);
    assert!(names("use dfdx::prelude", "dfdx::") && !names("my_dfdx::x", "dfdx::"));
}

/// Returns true if `pattern` occurs as a whole path, not as the end of a longer identifier.
fn names(code: &str, pattern: &str) -> bool {
    code.match_indices(pattern)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

/// Path roots that follow each `prefix`; `prefix{a::{b}, c}` yields `a` and `c`.
fn roots_after(prefix: &str, code: &str) -> BTreeSet<String> {
    let mut roots = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => roots.insert(leading_identifier(rest)),
            Some(group) => {
                roots.extend(
                    top_level_items(group)
                        .iter()
                        .map(|item| leading_identifier(item)),
                );
                true
            }
        };
    }
    roots.remove("");
    roots
}

/// Splits a brace group, without its opening brace, at its top-level commas.
fn top_level_items(group: &str) -> Vec<&str> {
    let (mut items, mut depth, mut start) = (Vec::new(), 0_usize, 0_usize);
    for (at, symbol) in group.char_indices() {
        match symbol {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                items.push(&group[start..at]);
                start = at + 1;
                if symbol == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    items
}

fn leading_identifier(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn code_of(path: &Path) -> String {
    without_comments(&fs::read_to_string(path).expect("a readable source file"))
}

fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn sources_of(module: &str) -> Vec<PathBuf> {
    let file = PathBuf::from(format!("src/{module}.rs"));
    if file.exists() {
        vec![file]
    } else {
        rust_files(Path::new(&format!("src/{module}")))
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    entries(folder)
        .into_iter()
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    paths.sort();
    paths
}
