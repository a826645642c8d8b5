//! The evaluation of a run: backtests, crashes, comparison.

use super::{
    MethodFigures, RunError,
    comparison::{Trial, compare},
    comparison_table::markdown,
    context::RunContext,
    crashes::CrashJob,
    json::write_json,
    judging::{judge_baselines, summarize, write_backtest},
    page::write_page,
};
use crate::{
    agent::{PolicyFile, write_atomically},
    eval::{CrashSummary, Ledger, LedgerSummary, Summary, short_span_notice},
    report::{TrainingLog, write_summaries},
    stats::mean,
    train::Metric,
};
use std::path::Path;

/// Summary of a run's backtests.
#[derive(Debug, Clone)]
pub struct RunSummary {
    /// Metrics of every backtest, and the sensitivity of each training.
    pub scores: Vec<LedgerSummary>,
    /// Metrics and comparisons of every backtest.
    pub summary: Summary,
    /// Comparison of the methods over seeds.
    pub figures: Vec<MethodFigures>,
    /// The comparison as Markdown.
    pub markdown: String,
}

impl RunSummary {
    /// Writes `experiment.parquet`, `summary.json` and `summary.md`.
    pub(super) fn write_comparison(&self, folder: &Path) -> Result<(), RunError> {
        let failed = |error: std::io::Error| RunError::failed("writing the comparison", &error);
        write_summaries(&folder.join("experiment.parquet"), &self.scores)
            .map_err(|error| RunError::failed("writing experiment.parquet", &error))?;
        write_json(&folder.join("summary.json"), &self.figures).map_err(failed)?;
        write_atomically(&folder.join("summary.md"), self.markdown.as_bytes()).map_err(failed)
    }
}

pub(super) struct Record {
    pub(super) log: TrainingLog,
    pub(super) policy: PolicyFile,
    pub(super) test: Vec<Ledger>,
    /// Backtests on the validation span, attacked only at the budget of the worst-case figures.
    pub(super) validation: Vec<Ledger>,
}

/// Backtests the baselines, replays the crashes, compares the methods, and writes the results.
pub(super) fn evaluate(
    run: &RunContext<'_>,
    records: Vec<Record>,
    logs: &[TrainingLog],
) -> Result<RunSummary, RunError> {
    let crashes = replay(run, &records)?;
    // Trained policies first: the first method is the reference of every comparison.
    let (mut test, mut validation) = (Vec::new(), Vec::new());
    for record in records {
        test.extend(record.test);
        validation.extend(record.validation);
    }
    test.extend(judge_baselines(&run.prepared.test, run.evaluation())?);
    let methods = run.methods();
    let reference = methods.first().map(String::as_str);
    let (budget, evaluation) = (run.training_bps(), Some(run.evaluation()));
    let summarized = |ledgers: &[Ledger]| summarize(ledgers, reference, budget, evaluation);
    let summary = Summary {
        crashes,
        ..summarized(&test)?
    };
    write_backtest(&run.folder.join("backtest"), &test, &summary)?;
    let validated = summarized(&validation)?;
    write_backtest(&run.folder.join("validation"), &validation, &validated)?;
    let performance = &run.evaluation().performance;
    let on_test = trials(&summary, logs, performance);
    let on_validation = trials(&validated, logs, performance);
    let figures = compare(&methods, &on_test, &on_validation, summary.worst_at_bps);
    write_page(run, &summary, logs, &test)?;
    let notice = short_span_notice(&summary.ledgers);
    let notice = notice.map_or_else(String::new, |notice| format!("\n{notice}\n"));
    Ok(RunSummary {
        scores: scores(&summary, logs),
        markdown: markdown(&figures, performance, run.command) + &notice,
        summary,
        figures,
    })
}

/// Plays every policy and baseline through every crash of the evaluation, on the test span.
fn replay(run: &RunContext<'_>, records: &[Record]) -> Result<Vec<CrashSummary>, RunError> {
    let policies: Vec<&PolicyFile> = records.iter().map(|r| &r.policy).collect();
    let job = CrashJob {
        planned: run.crashes,
        test: &run.evaluation().crash_test,
        policies: &policies,
        baselines: &run.evaluation().baselines,
    };
    job.play(&run.prepared.test, run.n_threads.get())
}

fn trials(summary: &Summary, logs: &[TrainingLog], performance: &str) -> Vec<Trial> {
    let trial = |log| Trial::new(summary, log, performance, sensitivity(log));
    logs.iter().map(trial).collect()
}

/// Metrics of every backtest; the clean backtest of each training also has its sensitivity.
fn scores(summary: &Summary, logs: &[TrainingLog]) -> Vec<LedgerSummary> {
    let mut scores = summary.ledgers.clone();
    for score in scores.iter_mut().filter(|score| score.is_nominal()) {
        let is_own = |log: &&TrainingLog| log.policy == score.policy && log.seed == score.seed;
        if let Some(log) = logs.iter().find(is_own) {
            let name = "sensitivity".to_owned();
            score.figures.insert(name, sensitivity(log));
        }
    }
    scores
}

/// Mean directional sensitivity of the last tenth of the updates (at least one).
fn sensitivity(log: &TrainingLog) -> Option<f64> {
    let n_last = log.rows.len().div_ceil(10);
    let last = &log.rows[log.rows.len() - n_last..];
    let values = last
        .iter()
        .filter_map(|row| row.get(Metric::SensitivityMean));
    mean(&values.collect::<Vec<f64>>())
}
