//! `shockproof run|train|experiment CONFIG`.

use super::{Answer, RunArgs, Verdict, progress};
use crate::{
    report::{crash_table, short_rows, terminal_table},
    run::{Finished, Goal, Request, RunError, execute},
};
use serde_json::json;
use std::{fmt::Write, num::NonZeroUsize};

pub(super) fn run(goal: Goal, args: &RunArgs) -> Result<Answer, RunError> {
    let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let n_threads = args
        .threads
        .and_then(|n| NonZeroUsize::new(usize::from(n)))
        .unwrap_or_else(cores);
    let request = Request {
        goal,
        config: args.config.clone(),
        seed: args.seed,
        out: args.out.clone(),
        n_threads,
        command: command(goal, args),
    };
    let finished = execute(&request, progress::on_stderr().as_ref())?;
    Ok(Answer {
        complaints: Vec::new(),
        table: table(goal, &finished),
        json: json!({
            "folder": finished.folder,
            "scores": finished.scores,
            "comparison": finished.figures,
            "crashes": finished.summary.as_ref().map_or(&[][..], |summary| &summary.crashes),
        }),
        verdict: Verdict::Fine,
    })
}

/// The command without the flags that change no result.
fn command(goal: Goal, args: &RunArgs) -> String {
    let verb = match goal {
        Goal::Train => "train",
        Goal::Run => "run",
        Goal::Experiment => "experiment",
    };
    let mut command = format!("shockproof {verb} {}", args.config.display());
    if let Some(seed) = args.seed {
        // Writing to a String cannot fail.
        let _ = write!(command, " --seed {seed}");
    }
    command
}

fn table(goal: Goal, finished: &Finished) -> String {
    let folder = finished.folder.display();
    match goal {
        Goal::Train => {
            let mut text = String::new();
            for log in &finished.logs {
                let steps = log.rows.last().map_or(0, |row| row.env_steps);
                let _ = writeln!(
                    text,
                    "{} seed {}: {} updates, {steps} steps",
                    log.policy,
                    log.seed,
                    log.rows.len()
                );
            }
            format!("{text}policies in {folder}")
        }
        Goal::Run => format!(
            "{}\n{}report: {folder}/report.html",
            terminal_table(
                &finished
                    .summary
                    .as_ref()
                    .map_or_else(Vec::new, |summary| short_rows(summary, &finished.logs)),
            ),
            crashes(finished),
        ),
        Goal::Experiment => format!(
            "{}\n{}report: {folder}/report.html, table: {folder}/summary.md",
            finished.markdown,
            crashes(finished),
        ),
    }
}

/// What replayed crashes cost, with a line break at the end; nothing where none was replayed.
fn crashes(finished: &Finished) -> String {
    let crashes = finished.summary.as_ref().map_or(&[][..], |s| &s.crashes);
    match crash_table(crashes) {
        table if table.is_empty() => table,
        table => format!("{table}\n"),
    }
}
