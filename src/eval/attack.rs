//! One policy under a grid of attacks and budgets.

use super::{
    Arena, EvalError, Ledger, PolicyDecider,
    arena::{noise, price_shock},
    budgeted_map::BudgetedMap,
    recorder::Recorder,
};
use crate::{
    adversary::{AscentConfig, Objective, PerRow, Player, ShockRules, StepRule},
    agent::PolicyFile,
    algo::Directions,
    env::{Action, Env, Norm, ShockMap, ShockSpace, TradingEnv},
    policy::{ActorCritic, Backend},
    units::Bps,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An attack and the budgets it is played at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackSpec {
    /// Its name in ledgers and tables; not `none`.
    pub name: String,
    /// Who chooses the shocks.
    pub player: Player,
    /// Per-step budgets, each > 0. Unit: bps.
    pub budgets_bps: Vec<Bps>,
}

impl AttackSpec {
    /// The standard suite at these budgets: `random`; `critic` (minimize the value), `mad` (largest action deviation) and `pnl`
    /// (least profit of the next step, by hindsight, best of three starts), each by ten ascent steps of a quarter budget from a
    /// uniform start, so that every corner of the ball is within reach of every start.
    #[must_use]
    pub fn suite(norm: Norm, budgets_bps: &[Bps]) -> Vec<Self> {
        let spec = |name: &str, player| Self {
            name: name.to_owned(),
            player,
            budgets_bps: budgets_bps.to_vec(),
        };
        let ascent = |objective, n_restarts| {
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
        };
        vec![
            spec("random", Player::Random),
            spec("critic", ascent(Objective::Value, 1)),
            spec("mad", ascent(Objective::ActionDeviation, 1)),
            spec("pnl", ascent(Objective::OneStepPnl, 3)),
        ]
    }

    /// Names that are unique and free, budgets that shock, players that can be.
    ///
    /// # Errors
    /// [`EvalError`] naming the attack.
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

/// Plays `policy` through the nominal market and under every attack at every budget; the nominal ledger comes first, then
/// attack by attack, budget by budget.
///
/// The adversary moves second: at bar t+1 it sees the trader's decision of bar t and the clean bar t+1, and chooses within its
/// per-step ball (and the rules' episode budget, if any) what bar t+1 shows. All cells (attack, budget) advance side by side, so
/// that an attack is one batch over its budgets. A cell's random numbers depend on (`seed`, bar) alone.
///
/// # Errors
/// [`EvalError`]: a policy that does not fit the arena, attacks that cannot be, or numbers that are not finite.
pub fn attack<D: Backend<f32>>(
    arena: &Arena,
    policy: &PolicyFile,
    device: &D,
    attacks: &[AttackSpec],
    seed: u64,
) -> Result<Vec<Ledger>, EvalError> {
    arena.admit(policy)?;
    AttackSpec::check_all(attacks)?;
    let mut cells = vec![Cell::new(arena, policy, None)?];
    let mut squads = Vec::with_capacity(attacks.len());
    for attack in attacks {
        let first = cells.len();
        for &budget in &attack.budgets_bps {
            cells.push(Cell::new(arena, policy, Some((attack, budget)))?);
        }
        squads.push((attack, first..cells.len()));
    }
    if attacks.is_empty() {
        return advance_to_the_end(cells, |_| Ok(()));
    }
    let networks =
        ActorCritic::from_file(policy, device).map_err(|source| EvalError::Networks {
            policy: policy.header.method.clone(),
            source,
        })?;
    advance_to_the_end(cells, |cells| {
        for (attack, range) in &squads {
            choose(attack, &networks, seed, &mut cells[range.clone()])?;
        }
        Ok(())
    })
}

/// One backtest among those that advance side by side.
struct Cell {
    env: TradingEnv,
    decider: PolicyDecider,
    recorder: Recorder,
    budget_bps: f64,
    decided: Decided,
    /// Of the bar that the next step reveals, `[n_assets]`.
    shock_bps: Vec<f64>,
}

/// The action of this bar, kept while the adversary thinks.
enum Decided {
    Continuous(Vec<f32>),
    Categorical(Vec<u32>),
}

impl Decided {
    fn as_action(&self) -> Action<'_> {
        match self {
            Self::Continuous(raw) => Action::Continuous(raw),
            Self::Categorical(levels) => Action::Categorical(levels),
        }
    }
}

impl Cell {
    fn new(
        arena: &Arena,
        policy: &PolicyFile,
        attack: Option<(&AttackSpec, Bps)>,
    ) -> Result<Self, EvalError> {
        let mut recorder = Recorder::new(&policy.header.method, policy.header.seed);
        let env = match attack {
            None => arena.env()?,
            Some((attack, budget)) => {
                recorder = recorder.under(&attack.name, budget.get());
                arena.env_with_budget(budget)?
            }
        };
        recorder.begin(&env);
        Ok(Self {
            shock_bps: vec![0.0; env.shock_space().n_assets],
            env,
            decider: PolicyDecider::new(policy)?,
            recorder,
            budget_bps: attack.map_or(0.0, |(_, budget)| budget.get()),
            decided: Decided::Continuous(Vec::new()),
        })
    }

    fn is_running(&self) -> bool {
        !self.env.outcome().is_over()
    }

    fn decide(&mut self) -> Result<(), EvalError> {
        let end = self.env.timestamp();
        self.decided = match self.decider.act(self.env.observation(), end)? {
            Action::Continuous(raw) => Decided::Continuous(raw.to_vec()),
            Action::Categorical(levels) => Decided::Categorical(levels.to_vec()),
        };
        Ok(())
    }

    fn step(&mut self) {
        let shock = price_shock(&self.shock_bps);
        self.env.step(self.decided.as_action(), shock);
        self.recorder.record(&self.env);
    }
}

/// Bar by bar: all decide, the adversaries answer, all step. Cells that are over wait.
fn advance_to_the_end(
    mut cells: Vec<Cell>,
    mut answer: impl FnMut(&mut [Cell]) -> Result<(), EvalError>,
) -> Result<Vec<Ledger>, EvalError> {
    while cells.iter().any(Cell::is_running) {
        for cell in cells.iter_mut().filter(|cell| cell.is_running()) {
            cell.decide()?;
        }
        answer(&mut cells)?;
        for cell in cells.iter_mut().filter(|cell| cell.is_running()) {
            cell.step();
        }
    }
    let ledger = |cell: Cell| cell.recorder.finish(&cell.env);
    Ok(cells.into_iter().map(ledger).collect())
}

/// One attack answers the decisions of all its running cells.
fn choose<D: Backend<f32>>(
    attack: &AttackSpec,
    networks: &ActorCritic<f32, D>,
    seed: u64,
    cells: &mut [Cell],
) -> Result<(), EvalError> {
    let mut running: Vec<&mut Cell> = cells.iter_mut().filter(|cell| cell.is_running()).collect();
    let Some(first) = running.first() else {
        return Ok(());
    };
    let n_assets = first.env.shock_space().n_assets;
    let Some(map) = first.env.shock_map() else {
        return Ok(());
    };
    let map = BudgetedMap {
        inner: map.as_ref(),
    };
    let shocks = unit_ball(first.env.shock_space());
    let actions = first.env.action_space().clone();
    let len = map.snapshot_len();
    let mut snapshots = vec![0.0; running.len() * len];
    for (cell, snapshot) in running.iter().zip(snapshots.chunks_exact_mut(len)) {
        let (history, budget) = snapshot.split_at_mut(len - 1);
        cell.env.preview(cell.decided.as_action(), history);
        budget[0] = cell.budget_bps;
    }
    let mut noises: Vec<_> = running
        .iter()
        .map(|cell| noise(seed, cell.env.row()))
        .collect();
    let rules = ShockRules {
        map: &map,
        shocks: &shocks,
        actions: &actions,
    };
    let mut units = vec![0.0; running.len() * n_assets];
    let noise = &mut PerRow(&mut noises);
    attack
        .player
        .choose(networks, rules, &snapshots, noise, &mut units)
        .map_err(|source| EvalError::Attack {
            attack: attack.name.clone(),
            source,
        })?;
    for (cell, units) in running.iter_mut().zip(units.chunks_exact(n_assets)) {
        for (bps, unit) in cell.shock_bps.iter_mut().zip(units) {
            *bps = unit * cell.budget_bps;
        }
    }
    Ok(())
}

/// The ball of radius one in the norm of `shocks`.
fn unit_ball(shocks: &ShockSpace) -> ShockSpace {
    ShockSpace {
        budget_bps: Bps::ONE,
        episode_budget_bps: None,
        ..shocks.clone()
    }
}
