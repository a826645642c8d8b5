//! Attacks of an experiment file.

use super::{EvalError, Ledger};
use crate::{
    adversary::{AscentConfig, Objective, Player, StepRule},
    algo::Directions,
    env::{Norm, ShockKind, ShockSpec},
    units::Bps,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An attack and its budgets.
///
/// ```
/// use shockproof::{eval::AttackSpec, units::Bps};
///
/// let attacks = [AttackSpec::random(Bps::new(25.0)?), AttackSpec::pgd(Bps::new(25.0)?)];
/// AttackSpec::check_all(&attacks)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct AttackSpec {
    /// Name in ledgers and tables. Range: any text but `none`, unique in the evaluation.
    pub name: String,
    /// Player that chooses the shocks.
    pub player: Player,
    /// Per-step budgets. Unit: bps. Range: each > 0. Try first: the budget of the env's shocks.
    pub budgets_bps: Vec<Bps>,
}

impl AttackSpec {
    /// Attack `random`: shocks uniform in the ball of the budget, including spreads and liquidity
    /// if the environment admits shocks to them.
    #[must_use]
    pub fn random(budget: Bps) -> Self {
        Self::new("random", Player::Random, &[budget])
    }

    /// Attack `pgd`: projected gradient descent on the profit of the next step, with knowledge of
    /// the policy and of the next bar.
    ///
    /// Takes ten steps of a quarter budget along the sign of the gradient and keeps the best of
    /// three starts that are uniform in the ball. [`AttackSpec::suite`] steps along the gradient
    /// itself if the norm of the shocks is L2.
    #[must_use]
    pub fn pgd(budget: Bps) -> Self {
        let player = ascent(Norm::LInf, Objective::OneStepPnl, 3);
        Self::new("pgd", player, &[budget])
    }

    /// Attack `starve`: widest spread and lowest liquidity at every bar, with clean prices.
    #[must_use]
    pub fn starve(budget: Bps) -> Self {
        Self::new("starve", Player::Starve, &[budget])
    }

    /// Attack `position`: at every bar, the jump that does the most harm to the weights held.
    #[must_use]
    pub fn position(budget: Bps) -> Self {
        Self::new("position", Player::AgainstPosition, &[budget])
    }

    /// Attack by any player.
    #[must_use]
    pub fn new(name: &str, player: Player, budgets_bps: &[Bps]) -> Self {
        Self {
            name: name.to_owned(),
            player,
            budgets_bps: budgets_bps.to_vec(),
        }
    }

    /// Standard suite of attacks for these shocks at these budgets.
    ///
    /// `random`; `critic` (minimizes the value), `mad` (largest action deviation) and `pnl` (lowest
    /// profit of the next step, with hindsight, best of three starts). The last three take ten
    /// steps of a quarter budget from a uniform start, so that they can reach every corner of the
    /// ball. If spreads or liquidity can be shocked, these attacks shock them too, and `starve` is
    /// added: the widest spread and lowest liquidity with clean prices, the same at every budget.
    /// If shocks are jumps, `position` is added: the jump that does the most harm to the weights
    /// held.
    #[must_use]
    pub fn suite(shocks: &ShockSpec, budgets_bps: &[Bps]) -> Vec<Self> {
        let spec = |name: &str, player| Self::new(name, player, budgets_bps);
        let ascent = |objective, n_restarts| ascent(shocks.norm, objective, n_restarts);
        let mut suite = vec![
            spec("random", Player::Random),
            spec("critic", ascent(Objective::Value, 1)),
            spec("mad", ascent(Objective::ActionDeviation, 1)),
            spec("pnl", ascent(Objective::OneStepPnl, 3)),
        ];
        if shocks.kind == ShockKind::Jump {
            suite.push(spec("position", Player::AgainstPosition));
        }
        if shocks.space(0).admits_multipliers() {
            suite.push(spec("starve", Player::Starve));
        }
        suite
    }

    /// Checks names, budgets and players.
    ///
    /// # Errors
    /// [`EvalError::AttackName`], [`EvalError::Budgets`] or [`EvalError::Attack`].
    pub fn check_all(attacks: &[Self]) -> Result<(), EvalError> {
        let mut names = BTreeSet::from([Ledger::NOMINAL]);
        for attack in attacks {
            let name = || attack.name.clone();
            if !names.insert(&attack.name) {
                return Err(EvalError::AttackName { attack: name() });
            }
            let found: Vec<f64> = attack.budgets_bps.iter().map(|bps| bps.get()).collect();
            if found.is_empty() || found.iter().any(|&bps| bps <= 0.0) {
                return Err(EvalError::Budgets {
                    attack: name(),
                    found,
                });
            }
            attack.player.check().map_err(|source| EvalError::Attack {
                attack: name(),
                source,
            })?;
        }
        Ok(())
    }
}

/// Gradient player of the standard suite.
fn ascent(norm: Norm, objective: Objective, n_restarts: usize) -> Player {
    Player::Gradient(AscentConfig {
        objective,
        n_restarts,
        n_steps: 10,
        step_size: 0.25,
        step: StepRule::Normalized,
        direction: match norm {
            Norm::LInf => Directions::Sign,
            Norm::L2 => Directions::Gradient,
        },
        random_start: 1.0,
        ..AscentConfig::default()
    })
}
