//! Execution of an experiment file, which yields a run folder.

use super::{
    Monitor, Prepared, RunError, RunSummary,
    context::RunContext,
    crashes::plan_of_experiment,
    evaluation::{Record, evaluate},
    folder::PlannedFolder,
    job::{jobs, learn},
    judging::{attacks_at, judge, summarize, write_backtest},
    manifest::Manifest,
    parallel::in_parallel,
    resolved::{config_sha256, write_resolved},
    watcher::METRIC_LOG,
};
use crate::{
    config::{Experiment, Registry},
    eval::budget_notice,
    policy::device::{DeviceChoice, select},
    report::{TrainingLog, write_metrics},
    train::build_notice,
};
use std::{num::NonZeroUsize, path::PathBuf};

/// Extent of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Trains every method with every seed.
    Train,
    /// Trains, backtests and writes the report.
    Run,
    /// Trains, backtests, writes the report, and compares the methods over seeds.
    Experiment,
}

/// A request for a run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// Extent of the run.
    pub goal: Goal,
    /// Path of the experiment file.
    pub config: PathBuf,
    /// Seed to use instead of the file's.
    pub seed: Option<u64>,
    /// Path of the run folder; `None` takes the next free `runs/<name>`.
    pub out: Option<PathBuf>,
    /// Number of threads; results do not depend on it.
    pub n_threads: NonZeroUsize,
    /// Command line, for the records.
    pub command: String,
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct RunOutput {
    /// Path of the run folder.
    pub folder: PathBuf,
    /// Training logs.
    pub logs: Vec<TrainingLog>,
    /// Evaluation of the run; `None` for [`Goal::Train`].
    pub evaluation: Option<RunSummary>,
}

/// Checks everything, then creates the run folder and fills it. The manifest is written last.
///
/// # Errors
/// [`RunError`]: wrong input is found before anything is written.
pub fn execute(
    request: &RunRequest,
    registry: &Registry,
    monitor: &dyn Monitor,
) -> Result<RunOutput, RunError> {
    let mut experiment = Experiment::load(&request.config, registry)?;
    if let Some(seed) = request.seed {
        experiment.file.seeds = vec![seed];
    }
    let planned = PlannedFolder::new(request.out.as_deref(), &experiment.file.name)?;
    let prepared = Prepared::new(&experiment)?;
    let crashes = plan_of_experiment(&experiment, &prepared.test)?;
    let config_sha256 = config_sha256(&experiment)?;
    let folder = planned.create()?;
    let config_text = write_resolved(&experiment, &folder)?;
    let run = RunContext {
        experiment: &experiment,
        prepared: &prepared,
        crashes: &crashes,
        folder: &folder,
        n_threads: request.n_threads,
        command: &request.command,
        config_text: &config_text,
        config_sha256: &config_sha256,
        monitor,
    };
    notify(&run);
    let (logs, evaluation) = train_and_evaluate(&run, request.goal)?;
    manifest(&run)
        .write(&folder)
        .map_err(|error| RunError::failed("writing the manifest", &error))?;
    Ok(RunOutput {
        folder,
        logs,
        evaluation,
    })
}

/// Shows the notices that a user should read before the run.
fn notify(run: &RunContext<'_>) {
    let worst = run.worst_bps();
    let lines = [
        Some(format!("writing to {}", run.folder.display())),
        build_notice().map(|notice| format!("warning: {notice}")),
        select(DeviceChoice::Auto).notice,
    ];
    let constant = run.prepared.constant.iter().map(|name| {
        format!("feature {name} is constant over the training span: a policy sees 0 there")
    });
    let budget = worst.and_then(|bps| budget_notice(Some(run.training_bps()), bps));
    for line in lines.into_iter().flatten().chain(constant).chain(budget) {
        run.monitor.line(&line);
    }
}

fn train_and_evaluate(
    run: &RunContext<'_>,
    goal: Goal,
) -> Result<(Vec<TrainingLog>, Option<RunSummary>), RunError> {
    let records = play_jobs(run, goal)?;
    let logs: Vec<TrainingLog> = records.iter().map(|r| r.log.clone()).collect();
    write_metrics(&run.folder.join(METRIC_LOG), &logs)
        .map_err(|error| RunError::failed("writing the metric log", &error))?;
    let evaluation = match goal {
        Goal::Train => None,
        Goal::Run | Goal::Experiment => Some(evaluate(run, records, &logs)?),
    };
    if let (Goal::Experiment, Some(evaluation)) = (goal, &evaluation) {
        evaluation.write_comparison(run.folder)?;
    }
    Ok((logs, evaluation))
}

fn play_jobs(run: &RunContext<'_>, goal: Goal) -> Result<Vec<Record>, RunError> {
    let jobs = jobs(run);
    let attacks = &run.evaluation().attacks;
    let worst_attacks = attacks_at(run.worst_bps(), attacks);
    in_parallel(jobs.len(), run.n_threads.get(), |n| {
        let (log, policy) = learn(run, &jobs[n])?;
        let mut record = Record {
            log,
            policy,
            test: Vec::new(),
            validation: Vec::new(),
        };
        if goal == Goal::Train {
            return Ok(record);
        }
        let policy = &record.policy;
        record.test = judge(&run.prepared.test, policy, attacks)?;
        record.validation = judge(&run.prepared.validation, policy, &worst_attacks)?;
        if jobs.len() > 1 {
            let own = Some(run.evaluation());
            let summary = summarize(&record.test, None, run.training_bps(), own)?;
            write_backtest(&jobs[n].folder.join("backtest"), &record.test, &summary)?;
        }
        Ok(record)
    })
}

fn manifest(run: &RunContext<'_>) -> Manifest {
    Manifest {
        shockproof_version: env!("CARGO_PKG_VERSION").to_owned(),
        name: run.experiment.file.name.clone(),
        env: run.experiment.env.id(),
        config_sha256: run.config_sha256.to_owned(),
        data_sha256: run.prepared.provenance.data_sha256(),
        methods: run.methods(),
        seeds: run.experiment.file.seeds.clone(),
        files: std::collections::BTreeMap::new(),
    }
}
