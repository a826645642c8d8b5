//! Checks of README.md: links and paths in commands exist, and no placeholder is left.
#![allow(
    clippy::expect_used,
    reason = "a test may stop at the first unreadable file"
)]

use std::{fs, path::Path};

fn readme() -> String {
    fs::read_to_string("README.md").expect("README.md is readable")
}

#[test]
fn every_linked_file_exists() {
    let text = readme();
    let targets: Vec<&str> = text
        .match_indices("](")
        .filter_map(|(at, _)| text[at + 2..].split(')').next())
        .filter(|target| !target.starts_with("http") && !target.starts_with('#'))
        .collect();
    assert!(targets.len() > 5, "the reader found links: {targets:?}");
    for target in targets {
        assert!(
            Path::new(target).exists(),
            "README.md links `{target}`, which is not there"
        );
    }
}

#[test]
fn every_config_and_example_it_names_exists() {
    let text = readme();
    let words = text.split(|c: char| c.is_whitespace() || "`()[],;".contains(c));
    let mut n_checked = 0;
    for word in words.filter(|w| w.starts_with("configs/") || w.starts_with("envs/")) {
        n_checked += 1;
        assert!(
            Path::new(word).exists(),
            "README.md names `{word}`, which is not there"
        );
    }
    for (at, flag) in text.match_indices("--example ") {
        let name = text[at + flag.len()..]
            .split(|c: char| c.is_whitespace() || c == '`')
            .next()
            .unwrap_or_default();
        n_checked += 1;
        let path = format!("examples/{name}.rs");
        assert!(Path::new(&path).exists(), "README.md names `{path}`");
    }
    assert!(n_checked >= 3, "only {n_checked} names were found");
}

#[test]
fn nothing_is_left_to_fill_in() {
    let text = readme();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        let is_placeholder = word.len() > 6
            && word.contains('_')
            && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            && !["POLICY_OR_RUN"].contains(&word);
        assert!(!is_placeholder, "README.md still says {word}");
    }
}

/// The listing equals the example that `tests/examples.rs` runs.
#[test]
fn the_listing_is_the_example_and_has_at_most_twenty_lines() {
    let example = fs::read_to_string("examples/twenty_lines.rs").expect("the example is readable");
    let (_, rest) = example
        .split_once("// README begins\n")
        .expect("the example marks where the listing begins");
    let (listing, _) = rest
        .split_once("    // README ends")
        .expect("the example marks where the listing ends");
    let lines: Vec<&str> = listing
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line))
        .collect();
    assert!(lines.len() <= 20, "{} lines", lines.len());
    let listing = format!("```rust,ignore\n{}\n```", lines.join("\n"));
    assert!(readme().contains(&listing), "README.md shows\n{listing}");
}

#[test]
fn it_is_at_most_150_lines_of_at_most_100_columns() {
    let text = readme();
    assert!(text.lines().count() <= 150);
    let long: Vec<&str> = text
        .lines()
        .filter(|line| line.chars().count() > 100 && !line.starts_with('|'))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

/// The table of the study equals the file that its command wrote, and names the same commit.
#[test]
fn the_study_shows_the_stored_result() {
    let stored = fs::read_to_string("docs/results/panel_study.md").expect("a stored result");
    let study = fs::read_to_string("docs/study.md").expect("docs/study.md is readable");
    let rows = |text: &str| -> Vec<String> {
        let rows = text.lines().filter(|line| line.starts_with('|'));
        rows.map(str::to_owned).collect()
    };
    assert!(rows(&stored).len() >= 10);
    assert_eq!(rows(&study), rows(&stored));
    let commit = stored.split("Commit: ").nth(1).expect("a commit");
    let commit = &commit[..commit.find(',').expect("a date after it")];
    assert!(commit.len() >= 7 && study.contains(&format!("made by commit {commit},")));
}
