//! Backtests of trained policies, on the market of their run or on another.

use super::{
    Monitor, RunError,
    chosen::{chosen_attacks, chosen_crashes},
    crashes::{CrashJob, PlannedCrash, plan},
    folder::PlannedFolder,
    judging::{judge, summarize, write_backtest},
    policies::policy_files,
    resolved::config_above,
    supplied::SuppliedFile,
    venue::{Group, Venue},
};
use crate::{
    agent::PolicyFile,
    config::{Experiment, Registry, ReplaySpec},
    crash::Crash,
    eval::{Baseline, CrashSummary, CrashTest, Ledger, Summary, TrainingOverlap},
    market::OrderRules,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    path::PathBuf,
};

/// A request for a backtest.
#[derive(Debug, Clone)]
pub struct BacktestRequest {
    /// A policy file or a run folder.
    pub policy: PathBuf,
    /// Price files to use instead of the env's, one per asset.
    pub data: Vec<PathBuf>,
    /// Env file to use instead of the run's.
    pub env: Option<PathBuf>,
    /// Name of an attack of the run, `all` or `none`.
    pub attack: String,
    /// Name of a crash of the library or of the run, `all` or `none`.
    pub crash: String,
    /// Folder for the results; `None` writes nothing.
    pub out: Option<PathBuf>,
}

/// A finished backtest.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestOutput {
    /// Metrics of every backtest.
    pub summary: Summary,
    /// Folder of the results; `None` if nothing was written.
    pub folder: Option<PathBuf>,
    /// The files of [`BacktestRequest::data`] with their assets, in the order of the assets.
    pub supplied: Vec<SuppliedFile>,
    /// Crashes that the env replays in the prices; empty for supplied files.
    pub replays: Vec<ReplaySpec>,
}

/// Backtests every policy. Warns if a policy was trained on bars that it plays.
///
/// # Errors
/// [`RunError`]: wrong input is found before anything is written.
pub fn backtest(
    request: &BacktestRequest,
    registry: &Registry,
    monitor: &dyn Monitor,
) -> Result<BacktestOutput, RunError> {
    let mut policies = Vec::new();
    for path in policy_files(&request.policy)? {
        let mut policy = PolicyFile::read(&path)
            .map_err(|error| RunError::input(&error, "train it again, or copy it again"))?;
        let resolved = registry.resolve_features(&mut policy.header.features);
        resolved.map_err(|(n, error)| {
            let remedy = "run a program that registers the features of the policy";
            RunError::input(
                &error,
                format!("{remedy}: feature {n} of {}", path.display()),
            )
        })?;
        policies.push((path, policy));
    }
    let planned = request
        .out
        .as_deref()
        .map(|out| PlannedFolder::new(Some(out), "backtest"))
        .transpose()?;
    let config = config_above(&request.policy);
    let experiment = config
        .map(|config| Experiment::load(&config, registry))
        .transpose()?;
    let venue = Venue::open(request, registry, experiment.as_ref())?;
    let shocks = &venue.spec().shocks;
    let crashes = chosen_crashes(&request.crash, experiment.as_ref())?;
    let attacks = chosen_attacks(&request.attack, experiment.as_ref(), shocks)?;
    let groups = venue.admit(policies)?;
    let crash_test = experiment
        .as_ref()
        .map_or_else(CrashTest::default, |e| e.file.evaluation.crash_test.clone());
    warn_of_other_data(&groups, &venue.provenance().data_sha256(), monitor);
    warn_of_other_rules(&groups, &venue.spec().orders, monitor);
    let planned_crashes = plan_crashes(&crashes, &crash_test, &groups)?;
    let mut ledgers: Vec<Ledger> = Vec::new();
    let mut overlaps: Vec<TrainingOverlap> = Vec::new();
    for Group { arena, policies } in &groups {
        for policy in policies {
            let played = judge(arena, policy, &attacks)?;
            let clean = played.first();
            overlaps.extend(clean.and_then(|clean| venue.provenance().overlap(policy, clean)));
            ledgers.extend(played);
        }
    }
    for overlap in &overlaps {
        monitor.line(&format!("warning: {overlap}"));
    }
    let reference = ledgers.first().map(|ledger| ledger.policy.clone());
    let budget = shocks.budget_bps.get();
    let evaluation = experiment.as_ref().map(|e| &e.file.evaluation);
    let summary = Summary {
        overlaps_training_span: overlaps,
        crashes: replay(&planned_crashes, &crash_test, &groups)?,
        ..summarize(&ledgers, reference.as_deref(), budget, evaluation)?
    };
    let folder = planned.map(PlannedFolder::create).transpose()?;
    if let Some(folder) = &folder {
        write_backtest(folder, &ledgers, &summary)?;
    }
    Ok(BacktestOutput {
        summary,
        folder,
        supplied: venue.supplied,
        replays: venue.replays,
    })
}

/// Warns for each file that has another content than when a policy was trained on it.
fn warn_of_other_data(groups: &[Group], played: &BTreeMap<String, String>, monitor: &dyn Monitor) {
    let policies = groups.iter().flat_map(|group| &group.policies);
    let files = policies.flat_map(|policy| &policy.header.data_sha256);
    let changed = files.filter(|(name, sum)| played.get(*name).is_some_and(|now| now != *sum));
    let changed: BTreeSet<&String> = changed.map(|(name, _)| name).collect();
    for name in changed {
        monitor.line(&format!(
            "warning: {name} has another content than the file of this name in the training"
        ));
    }
}

/// Warns if a policy was trained under other rules of orders than it plays under.
fn warn_of_other_rules(groups: &[Group], played: &OrderRules, monitor: &dyn Monitor) {
    let policies = groups.iter().flat_map(|group| &group.policies);
    let Some(policy) = policies.into_iter().find(|p| p.header.orders != *played) else {
        return;
    };
    let text = |rules: &OrderRules| serde_json::to_string(rules).unwrap_or_default();
    monitor.line(&format!(
        "warning: {} was trained under the order rules {}, this backtest plays under {}",
        policy.header.method,
        text(&policy.header.orders),
        text(played),
    ));
}

/// Plans every crash in the market of every group.
fn plan_crashes<'a>(
    crashes: &[&'a Crash],
    test: &CrashTest,
    groups: &[Group],
) -> Result<Vec<Vec<PlannedCrash<'a>>>, RunError> {
    let planned = groups.iter().map(|group| {
        plan(crashes, test, &group.arena).map_err(|(_, error)| {
            let remedy = "name another crash or a longer market with --env, or correct the run's \
                          `crash_test`";
            RunError::input(error.as_ref(), remedy)
        })
    });
    planned.collect()
}

/// Plays every policy and, once, buy and hold through every crash.
fn replay(
    planned: &[Vec<PlannedCrash<'_>>],
    test: &CrashTest,
    groups: &[Group],
) -> Result<Vec<CrashSummary>, RunError> {
    let n_threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut summaries: Vec<CrashSummary> = Vec::new();
    for (n, (group, planned)) in groups.iter().zip(planned).enumerate() {
        let job = CrashJob {
            planned,
            test,
            policies: &group.policies.iter().collect::<Vec<_>>(),
            baselines: if n == 0 { &[Baseline::BuyAndHold] } else { &[] },
        };
        let played = job.play(&group.arena, n_threads)?;
        if n == 0 {
            summaries = played;
            continue;
        }
        for (summary, more) in summaries.iter_mut().zip(played) {
            summary.scores.extend(more.scores);
        }
    }
    Ok(summaries)
}
