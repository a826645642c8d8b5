//! Backtests of policies and baselines, and their files.

use super::{RunError, json::write_json};
use crate::{
    agent::PolicyFile,
    config::EvaluationConfig,
    eval::{Arena, AttackSpec, EVALUATION_SEED, Ledger, Summary, attack_on_cpu, same_budget},
    report::write_ledgers,
};
use std::path::Path;

/// Backtests a policy, clean and under every attack, on the CPU; the clean ledger comes first.
pub(super) fn judge(
    arena: &Arena,
    policy: &PolicyFile,
    attacks: &[AttackSpec],
) -> Result<Vec<Ledger>, RunError> {
    attack_on_cpu(arena, policy, attacks)
        .map_err(|error| RunError::failed(format!("backtest of {}", policy.header.method), &error))
}

/// Computes the built-in and the own metrics of `ledgers`.
pub(super) fn summarize(
    ledgers: &[Ledger],
    reference: Option<&str>,
    training_bps: f64,
    evaluation: Option<&EvaluationConfig>,
) -> Result<Summary, RunError> {
    let failed = |error: &dyn std::error::Error| RunError::failed("own metrics", error);
    let mut summary = Summary::new(ledgers, reference, Some(training_bps), EVALUATION_SEED);
    if let Some(evaluation) = evaluation {
        let metrics = evaluation.own_metrics().map_err(|error| failed(&error))?;
        let added = summary.add_metrics(ledgers, &metrics);
        added.map_err(|error| failed(&error))?;
    }
    Ok(summary)
}

/// Backtests every baseline, clean and under every attack whose player reads only the shock space.
pub(super) fn judge_baselines(
    arena: &Arena,
    evaluation: &EvaluationConfig,
) -> Result<Vec<Ledger>, RunError> {
    let failed = |error| RunError::failed("backtest of a baseline", &error);
    let mut ledgers = Vec::new();
    for baseline in &evaluation.baselines {
        let mut decider = baseline.decider().map_err(failed)?;
        ledgers.push(arena.backtest(decider.as_mut()).map_err(failed)?);
        for attack in evaluation.attacks.iter().filter(|a| a.player.is_blind()) {
            for &budget in &attack.budgets_bps {
                let (name, player) = (&attack.name, &attack.player);
                let decider = decider.as_mut();
                let ledger = arena.backtest_shocked(decider, name, player, budget, EVALUATION_SEED);
                ledgers.push(ledger.map_err(failed)?);
            }
        }
    }
    Ok(ledgers)
}

/// Attacks that have the budget `bps`, restricted to it.
pub(super) fn attacks_at(bps: Option<f64>, attacks: &[AttackSpec]) -> Vec<AttackSpec> {
    let mut chosen = attacks.to_vec();
    for attack in &mut chosen {
        let is_it = |budget: f64| bps.is_some_and(|bps| same_budget(budget, bps));
        attack.budgets_bps.retain(|budget| is_it(budget.get()));
    }
    chosen.retain(|attack| !attack.budgets_bps.is_empty());
    chosen
}

/// Writes `ledger.parquet` and `summary.json` into a new folder.
pub(super) fn write_backtest(
    folder: &Path,
    ledgers: &[Ledger],
    summary: &Summary,
) -> Result<(), RunError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| RunError::failed("creating the backtest folder", &error))?;
    write_ledgers(&folder.join("ledger.parquet"), ledgers)
        .map_err(|error| RunError::failed("writing the ledger", &error))?;
    write_json(&folder.join("summary.json"), summary)
        .map_err(|error| RunError::failed("writing the summary", &error))
}
