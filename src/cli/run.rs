//! `shockproof run|train|experiment CONFIG`.

use super::{Answer, RunArgs, progress};
use crate::{
    config::Registry,
    report::{TrainingLog, crash_table, short_rows, terminal_table},
    run::{Goal, RunError, RunOutput, RunRequest, RunSummary, execute},
};
use serde_json::json;
use std::num::NonZeroUsize;

pub(super) fn run(goal: Goal, args: &RunArgs, registry: &Registry) -> Result<Answer, RunError> {
    let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let n_threads = args
        .threads
        .and_then(|n| NonZeroUsize::new(usize::from(n)))
        .unwrap_or_else(cores);
    let request = RunRequest {
        goal,
        config: args.config.clone(),
        seed: args.seed,
        out: args.out.clone(),
        n_threads,
        command: command(goal, args),
    };
    let output = execute(&request, registry, progress::on_stderr().as_ref())?;
    let evaluation = output.evaluation.as_ref();
    let json = json!({
        "folder": output.folder,
        "scores": evaluation.map_or(&[][..], |e| &e.scores),
        "comparison": evaluation.map_or(&[][..], |e| &e.figures),
        "crashes": evaluation.map_or(&[][..], |e| &e.summary.crashes),
    });
    Ok(Answer::fine(table(goal, &output), json))
}

/// Command line without the flags that change no result.
fn command(goal: Goal, args: &RunArgs) -> String {
    let verb = match goal {
        Goal::Train => "train",
        Goal::Run => "run",
        Goal::Experiment => "experiment",
    };
    let seed = args
        .seed
        .map_or_else(String::new, |n| format!(" --seed {n}"));
    format!("shockproof {verb} {}{seed}", args.config.display())
}

fn table(goal: Goal, output: &RunOutput) -> String {
    let folder = output.folder.display();
    match (goal, &output.evaluation) {
        (Goal::Experiment, Some(evaluation)) => format!(
            "{}\n{}report: {folder}/report.html, table: {folder}/summary.md",
            evaluation.markdown,
            crashes(evaluation),
        ),
        (_, Some(evaluation)) => {
            let rows = short_rows(&evaluation.summary, &output.logs);
            format!(
                "{}\n{}report: {folder}/report.html",
                terminal_table(&rows),
                crashes(evaluation),
            )
        }
        (_, None) => {
            let lines: String = output.logs.iter().map(trained).collect();
            format!("{lines}policies in {folder}")
        }
    }
}

fn trained(log: &TrainingLog) -> String {
    let steps = log.rows.last().map_or(0, |row| row.env_steps);
    let TrainingLog { policy, seed, rows } = log;
    format!(
        "{policy} seed {seed}: {} updates, {steps} steps\n",
        rows.len()
    )
}

/// Costs of replayed crashes, ending in a line break; empty without replays.
fn crashes(evaluation: &RunSummary) -> String {
    match crash_table(&evaluation.summary.crashes) {
        table if table.is_empty() => table,
        table => format!("{table}\n"),
    }
}
