//! Backtests of policies and baselines.

use super::RunError;
use crate::{
    adversary::Player,
    agent::PolicyFile,
    config::EvaluationConfig,
    eval::{Arena, AttackSpec, Ledger, attack, same_budget},
    policy::device::{DeviceChoice, RuntimeDevice, select},
};

/// Seed of everything random in an evaluation: the same for every policy, so that all meet the same
/// random numbers.
pub(super) const EVALUATION_SEED: u64 = 0;

/// Backtests a policy, clean and under every attack, on the CPU; the clean ledger comes first.
pub(super) fn judge(
    arena: &Arena,
    policy: &PolicyFile,
    attacks: &[AttackSpec],
) -> Result<Vec<Ledger>, RunError> {
    let seed = EVALUATION_SEED;
    let ledgers = match select(DeviceChoice::Cpu).device {
        RuntimeDevice::Cpu(device) => attack(arena, policy, &device, attacks, seed),
        #[cfg(feature = "cuda")]
        RuntimeDevice::Cuda(device) => attack(arena, policy, &device, attacks, seed),
    };
    ledgers
        .map_err(|error| RunError::failed(format!("backtest of {}", policy.header.method), &error))
}

/// Backtests every baseline, clean and under every attack that needs no gradient.
pub(super) fn judge_baselines(
    arena: &Arena,
    evaluation: &EvaluationConfig,
) -> Result<Vec<Ledger>, RunError> {
    let failed = |error| RunError::failed("backtest of a baseline", &error);
    let mut ledgers = Vec::new();
    for baseline in &evaluation.baselines {
        let mut decider = baseline.decider().map_err(failed)?;
        ledgers.push(arena.backtest(decider.as_mut()).map_err(failed)?);
        for attack in &evaluation.attacks {
            for &budget in &attack.budgets_bps {
                let decider = decider.as_mut();
                let ledger = match attack.player {
                    Player::Random => arena.backtest_shaken(decider, budget, EVALUATION_SEED),
                    Player::Starve => arena.backtest_starved(decider, budget),
                    _ => continue,
                };
                let mut ledger = ledger.map_err(failed)?;
                attack.name.clone_into(&mut ledger.attack);
                ledgers.push(ledger);
            }
        }
    }
    Ok(ledgers)
}

/// The attacks that have the budget `bps`, at that budget only.
pub(super) fn attacks_at(bps: Option<f64>, attacks: &[AttackSpec]) -> Vec<AttackSpec> {
    let mut chosen = attacks.to_vec();
    for attack in &mut chosen {
        let is_it = |budget: f64| bps.is_some_and(|bps| same_budget(budget, bps));
        attack.budgets_bps.retain(|budget| is_it(budget.get()));
    }
    chosen.retain(|attack| !attack.budgets_bps.is_empty());
    chosen
}
