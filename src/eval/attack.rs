//! One policy under a grid of attacks and budgets.

use super::{
    Arena, AttackSpec, EvalError, Ledger, PolicyDecider, arena::noise, bar_shock::BarShock,
    budgeted_map::BudgetedMap, recorder::Recorder,
};
use crate::{
    adversary::{AdversaryError, MarketView, PerRow, Player, PlayerView, ShockFreedom, ShockMoves},
    agent::PolicyFile,
    env::{ActionSpace, Env, ShockMap, ShockSpace, TradingEnv},
    policy::{Actions, ActorCritic, Backend, FrozenPolicy},
    units::Bps,
};
use std::sync::Arc;

/// Plays `policy` through the nominal market and under every attack at every budget. The nominal
/// ledger comes first, then attack by attack, budget by budget.
///
/// The adversary moves second: it knows the trader's decision of bar t and the clean bar t+1, and
/// chooses the shock of bar t+1 within its per-step ball and the episode budget, if any. All cells
/// (attack, budget) advance together, so that an attack is one batch over its budgets. The result
/// of a cell depends on no other cell; its random numbers depend only on (`seed`, bar).
///
/// # Errors
/// [`EvalError`]: a policy that does not fit the arena, impossible attacks, or a network that
/// computes NaN or infinity.
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
    let Some(first) = attacks.first() else {
        return advance_to_the_end(cells, |_| Ok(()));
    };
    let networks = ActorCritic::from_file(policy, device)
        .map_err(|source| EvalError::Networks {
            policy: policy.header.method.clone(),
            source,
        })?
        .freeze();
    let refused = |attack: &AttackSpec, source| EvalError::Attack {
        attack: attack.name.clone(),
        source,
    };
    let stage = Stage::of(&cells[0].env, seed).map_err(|source| refused(first, source))?;
    for attack in attacks {
        let part = attack.player.part();
        let needs = part.map_err(|error| refused(attack, error.into()))?.needs();
        let player = attack.player.name().to_owned();
        match needs.missing(&stage.unit_ball) {
            Some(ShockFreedom::Multipliers) => {
                return Err(refused(attack, AdversaryError::NoMultipliers { player }));
            }
            Some(ShockFreedom::Jumps) => {
                return Err(refused(attack, AdversaryError::NoJumps { player }));
            }
            _ => {}
        }
    }
    advance_to_the_end(cells, |cells| {
        for (attack, range) in &squads {
            let running = cells[range.clone()]
                .iter_mut()
                .filter(|cell| cell.is_running());
            for batch in running.collect::<Vec<_>>().chunks_mut(BATCH) {
                let chosen = choose(&attack.player, &networks, &stage, batch);
                chosen.map_err(|source| refused(attack, source))?;
            }
        }
        Ok(())
    })
}

/// Data that all attacks share at all bars.
struct Stage {
    map: Arc<dyn ShockMap>,
    /// Ball of radius one in the norm of the shocks.
    unit_ball: ShockSpace,
    actions: ActionSpace,
    seed: u64,
}

impl Stage {
    /// Builds the shared data from the environment of any cell, because the environments differ in
    /// their budgets only.
    fn of(env: &TradingEnv, seed: u64) -> Result<Self, AdversaryError> {
        let shocks = env.shock_space();
        Ok(Self {
            map: env.shock_map().ok_or(AdversaryError::NoShocks {
                who: "an attack",
                n_assets: shocks.n_assets,
                map: "no",
            })?,
            unit_ball: ShockSpace {
                budget_bps: Bps::ONE,
                episode_budget_bps: None,
                ..shocks.clone()
            },
            actions: env.action_space().clone(),
            seed,
        })
    }
}

/// One backtest, in the nominal market or under an attack at a budget.
struct Cell {
    env: TradingEnv,
    decider: PolicyDecider,
    recorder: Recorder,
    budget_bps: f64,
    /// Action of this bar, stored until the shock is chosen.
    decided: Actions,
    /// Shock of the next bar.
    shock: BarShock,
}

impl Cell {
    fn new(
        arena: &Arena,
        policy: &PolicyFile,
        attack: Option<(&AttackSpec, Bps)>,
    ) -> Result<Self, EvalError> {
        let env = match attack {
            None => arena.env()?,
            Some((_, budget)) => arena.env_with_budget(budget)?,
        };
        let header = &policy.header;
        let attack = attack.map(|(attack, budget)| (attack.name.as_str(), budget));
        Ok(Self {
            shock: BarShock::clean(env.shock_space().n_assets),
            recorder: Recorder::new(&env, &header.method, header.seed, attack),
            env,
            decider: PolicyDecider::new(policy)?,
            budget_bps: attack.map_or(0.0, |(_, budget)| budget.get()),
            decided: Actions::default(),
        })
    }

    fn is_running(&self) -> bool {
        !self.env.outcome().is_over()
    }

    fn decide(&mut self) -> Result<(), EvalError> {
        let end = self.env.timestamp();
        self.decided = self.decider.act(self.env.observation(), end)?.into();
        Ok(())
    }

    fn step(&mut self) {
        let shock = self.shock.as_shock();
        self.env.step(self.decided.as_action(), shock);
        self.recorder.record(&self.env);
    }
}

/// Plays all cells bar by bar: all decide, then the adversaries choose, then all step.
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
    let ledgers = cells
        .into_iter()
        .map(|cell| cell.recorder.finish(&cell.env));
    Ok(ledgers.collect())
}

/// Number of rows of every batch. Matrix kernels round differently for different numbers of rows,
/// and an ascent can turn a difference in the last bit into another corner of the ball. With a
/// constant number of rows, the result of a row does not depend on the other rows.
const BATCH: usize = 4;

/// Chooses the shocks of at most [`BATCH`] cells. Copies of the last cell fill the batch.
fn choose<D: Backend<f32>>(
    player: &Player,
    networks: &FrozenPolicy<f32, D>,
    stage: &Stage,
    cells: &mut [&mut Cell],
) -> Result<(), AdversaryError> {
    let n_assets = stage.unit_ball.n_assets;
    let map = BudgetedMap {
        inner: stage.map.as_ref(),
    };
    let len = map.snapshot_len();
    let mut snapshots = Vec::with_capacity(BATCH * len);
    let mut noises = Vec::with_capacity(BATCH);
    let (mut observations, mut actions) = (Vec::new(), Actions::default());
    for cell in (0..BATCH).map(|row| &cells[row.min(cells.len() - 1)]) {
        let start = snapshots.len();
        snapshots.resize(start + len - 1, 0.0);
        cell.env
            .preview(cell.decided.as_action(), &mut snapshots[start..]);
        snapshots.push(cell.budget_bps);
        noises.push(noise(stage.seed, cell.env.row()));
        observations.extend_from_slice(cell.env.observation());
        actions.append(&cell.decided, 0..cell.decided.len());
    }
    let view = PlayerView {
        shocks: &stage.unit_ball,
        observations: &observations,
        actions: actions.as_action(),
        market: Some(MarketView {
            map: &map,
            snapshots: &snapshots,
            action_space: &stage.actions,
        }),
        policy: Some(networks),
    };
    let mut units = vec![0.0; BATCH * n_assets];
    let mut multipliers = [[1.0; BATCH]; 2];
    let [spreads, liquidities] = &mut multipliers;
    let moves = ShockMoves {
        price_bps: &mut units,
        spread_multipliers: spreads,
        liquidity_multipliers: liquidities,
    };
    player.choose(&view, &mut PerRow(&mut noises), moves)?;
    let answers = cells.iter_mut().zip(units.chunks_exact(n_assets));
    for (row, (cell, units)) in answers.enumerate() {
        for (bps, unit) in cell.shock.price_bps.iter_mut().zip(units) {
            *bps = unit * cell.budget_bps;
        }
        cell.shock.spread_multiplier = multipliers[0][row];
        cell.shock.liquidity_multiplier = multipliers[1][row];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};
    use crate::{
        adversary::AscentConfig,
        env::{Action, Market, Norm, ShockKind, ShockSpec, TradingSpec},
        eval::metrics::{Metric, TotalLogGrowth},
        market::{Bar, Costs, Panel},
        rng::{Component, Streams},
    };
    use rand::Rng as _;

    fn run(kind: ShockKind, attacks: &[AttackSpec], seed: u64) -> Vec<Ledger> {
        let arena = arena(fee(5.0), kind);
        attack(&arena, &policy(&arena), &cpu(), attacks, seed).unwrap()
    }

    fn shocks(
        kind: ShockKind,
        max_spread_multiplier: f64,
        min_liquidity_multiplier: f64,
    ) -> ShockSpec {
        ShockSpec {
            budget_bps: bps(50.0),
            max_spread_multiplier,
            min_liquidity_multiplier,
            kind,
            ..ShockSpec::none()
        }
    }

    fn growth(ledger: &Ledger) -> f64 {
        TotalLogGrowth.value(ledger).unwrap()
    }

    #[test]
    fn nominal_first_then_every_cell_within_its_budget() {
        let attacks = AttackSpec::suite(
            &shocks(ShockKind::Print, 1.0, 1.0),
            &[bps(20.0), bps(100.0)],
        );
        let ledgers = run(ShockKind::Print, &attacks, 1);
        let names: Vec<(&str, f64)> = ledgers
            .iter()
            .map(|l| (l.attack.as_str(), l.budget_bps))
            .collect();
        let expected = [
            ("none", 0.0),
            ("random", 20.0),
            ("random", 100.0),
            ("critic", 20.0),
            ("critic", 100.0),
            ("mad", 20.0),
            ("mad", 100.0),
            ("pnl", 20.0),
            ("pnl", 100.0),
        ];
        assert_eq!(names, expected);
        let arena = arena(fee(5.0), ShockKind::Print);
        let mut decider = PolicyDecider::new(&policy(&arena)).unwrap();
        assert_eq!(
            ledgers[0],
            super::super::Arena::backtest(&arena, &mut decider).unwrap()
        );
        for ledger in &ledgers {
            let largest = ledger.shock_bps.iter().fold(0.0_f64, |a, z| a.max(z.abs()));
            assert!(largest <= ledger.budget_bps * (1.0 + 1e-12));
            assert!(ledger.is_nominal() || largest > 0.5 * ledger.budget_bps);
            // A misprint does not move the true price.
            assert_eq!(ledger.close, ledgers[0].close);
        }
        // The attack `pnl` does harm, more at the larger budget, and more than `random`.
        assert!(growth(&ledgers[8]) < growth(&ledgers[7]));
        assert!(growth(&ledgers[7]) < growth(&ledgers[0]));
        assert!(growth(&ledgers[8]) < growth(&ledgers[2]) - 0.01);
    }

    #[test]
    fn a_cell_does_not_depend_on_its_neighbors() {
        for kind in [ShockKind::Print, ShockKind::Jump] {
            let budgets = [bps(20.0), bps(60.0), bps(100.0)];
            let grid = AttackSpec::suite(&shocks(kind, 1.0, 1.0), &budgets);
            let together = run(kind, &grid, 7);
            for spec in &grid {
                let alone = AttackSpec {
                    budgets_bps: vec![bps(60.0)],
                    ..spec.clone()
                };
                let alone = run(kind, &[alone], 7).remove(1);
                let found = together
                    .iter()
                    .find(|l| l.attack == spec.name && (l.budget_bps - 60.0).abs() < 1e-12);
                assert_eq!(found, Some(&alone), "{} {kind:?}", spec.name);
            }
        }
    }

    #[test]
    fn random_attacks_are_what_baselines_are_shaken_by_and_depend_on_the_seed() {
        let spec = &AttackSpec::suite(&shocks(ShockKind::Jump, 1.0, 1.0), &[bps(40.0)])[..1];
        let (a, b) = (run(ShockKind::Jump, spec, 1), run(ShockKind::Jump, spec, 2));
        assert_ne!(a[1].shock_bps, b[1].shock_bps);
        assert_eq!(a[0], b[0]);
        let arena = arena(fee(5.0), ShockKind::Jump);
        let mut decider = PolicyDecider::new(&policy(&arena)).unwrap();
        let shaken = arena
            .backtest_shocked(&mut decider, "random", &Player::Random, bps(40.0), 1)
            .unwrap();
        assert_eq!(a[1], shaken);
        assert_ne!(a[1].close, a[0].close);
    }

    /// Half spreads are the only costs, so every bar's cost is the traded value times the half
    /// spread times the attack's spread multiplier.
    #[test]
    fn the_suite_empties_the_book_where_it_can_be_emptied() {
        let costs = crate::market::Costs {
            half_spread: bps(4.0),
            ..crate::market::Costs::FREE
        };
        let set = shocks(ShockKind::Jump, 3.0, 0.5);
        let arena = arena_of(TradingSpec {
            shocks: set.clone(),
            ..spec(costs.clone(), ShockKind::Jump)
        });
        let suite = AttackSpec::suite(&set, &[bps(30.0)]);
        let ledgers = attack(&arena, &policy(&arena), &cpu(), &suite, 1).unwrap();
        // The cost of the last bar includes the liquidation; its turnover does not.
        let multipliers = |ledger: &Ledger| -> Vec<f64> {
            let starts = std::iter::once(&ledger.initial_equity).chain(&ledger.equity);
            let bars = ledger.cost.iter().zip(&ledger.turnover).zip(starts);
            bars.take(ledger.n_bars() - 1)
                .map(|((cost, turnover), equity)| cost / (turnover * equity * 4e-4))
                .collect()
        };
        let names: Vec<&str> = ledgers.iter().map(|l| l.attack.as_str()).collect();
        let expected = [
            "none", "random", "critic", "mad", "pnl", "position", "starve",
        ];
        assert_eq!(names, expected);
        let (clean, starved) = (multipliers(&ledgers[0]), multipliers(&ledgers[6]));
        assert!(
            starved
                .iter()
                .zip(&clean)
                .all(|(a, b)| (a / b - 3.0).abs() < 0.05)
        );
        let drawn = multipliers(&ledgers[1]);
        let spread = drawn.iter().zip(&clean).map(|(a, b)| a / b);
        let (low, high) = spread.fold((9.0_f64, 0.0_f64), |(l, h), m| (l.min(m), h.max(m)));
        assert!(low < 1.3 && high > 2.7, "{low} to {high}");
        assert_eq!(ledgers[6].close, ledgers[0].close);
        assert!(growth(&ledgers[6]) < growth(&ledgers[0]));
        // Any decider can be played under the same noise.
        let mut decider = PolicyDecider::new(&policy(&arena)).unwrap();
        let shaken = arena
            .backtest_shocked(&mut decider, "random", &Player::Random, bps(30.0), 1)
            .unwrap();
        assert_eq!(ledgers[1], shaken);
        let mut decider = PolicyDecider::new(&policy(&arena)).unwrap();
        let starved = arena
            .backtest_shocked(&mut decider, "starve", &Player::Starve, bps(30.0), 1)
            .unwrap();
        assert_eq!(ledgers[6], starved);
        // An env whose spreads and liquidity cannot be shocked refuses the attack.
        let full = super::super::tests::arena(costs, ShockKind::Jump);
        let error = attack(&full, &policy(&full), &cpu(), &suite[5..], 1).unwrap_err();
        let chain = format!("{error}: {}", std::error::Error::source(&error).unwrap());
        assert!(chain.contains("the player Starve needs"), "{chain}");
    }

    /// Two random walks without gaps: each open equals the previous close.
    fn walk(seed: u64) -> Panel {
        let mut rng = Streams::new(seed).stream(Component::Market, 7);
        let mut closes = [100.0_f64, 20.0];
        let mut bars = Vec::new();
        for _ in 0..N_BARS {
            for close in &mut closes {
                let open = *close;
                *close *= rng.gen_range(-0.02..0.02_f64).exp();
                bars.push(Bar {
                    open,
                    high: open.max(*close),
                    low: open.min(*close),
                    close: *close,
                    volume: 1e6,
                });
            }
        }
        let symbols = ["A", "B"].map(str::to_owned).to_vec();
        let ends = (0..N_BARS).map(day).collect();
        Panel::new(symbols, ends, bars, chrono::TimeDelta::days(1)).unwrap()
    }

    fn walk_under(norm: Norm, seed: u64) -> Arena {
        let mut rules = spec(Costs::FREE, ShockKind::Jump);
        rules.shocks.norm = norm;
        let fitted = Market::fit(walk(seed), &rules.features, 0..FIRST_ROW).unwrap();
        Arena::new(Arc::new(fitted), rules, FIRST_ROW..N_BARS).unwrap()
    }

    /// Policy that holds `weights` whatever it observes.
    fn constant(arena: &Arena, weights: [f32; 2]) -> PolicyFile {
        let mut file = policy(arena);
        for tensor in file.tensors.values_mut() {
            tensor.values.fill(0.0);
        }
        let bias = file.tensors.get_mut("actor.1.bias").unwrap();
        bias.values = weights.map(f32::atanh).to_vec();
        file
    }

    /// With free trading and no gaps, equity under constant weights w grows by the factor Π (1 +
    /// `Σ_i` `w_i` (`ρ_i` `e^{z_i}` − 1)), ρ the ratio of closes and z the jump against the weights
    /// at the close.
    #[test]
    fn a_jump_against_constant_weights_costs_its_closed_form() {
        for norm in [Norm::LInf, Norm::L2] {
            let arena = walk_under(norm, 3);
            let file = constant(&arena, [0.6, -0.3]);
            let attacks = [AttackSpec::position(bps(80.0))];
            let found = attack(&arena, &file, &cpu(), &attacks, 1).unwrap();
            let mut decider = PolicyDecider::new(&file).unwrap();
            let observation = vec![0.0; file.header.layout.n_fields()];
            let Action::Continuous(w) = decider.act(&observation, day(0)).unwrap() else {
                panic!("weights")
            };
            let w = [f64::from(w[0]), f64::from(w[1])];
            let panel = arena.market().panel();
            let expected = (FIRST_ROW + 1..N_BARS).map(|t| {
                let ratio = |i: usize| panel.row(t)[i].close / panel.row(t)[i].open;
                let held = [0, 1].map(|i| w[i] * ratio(i));
                let length = held[0].hypot(held[1]);
                let jumped = [0, 1].map(|i| {
                    let z = match norm {
                        Norm::LInf => -80e-4 * w[i].signum(),
                        Norm::L2 => -80e-4 * held[i] / length,
                    };
                    w[i] * (ratio(i) * z.exp() - 1.0)
                });
                (1.0 + jumped[0] + jumped[1]).ln()
            });
            let expected: f64 = expected.sum();
            let found = growth(&found[1]);
            assert!(
                (found - expected).abs() < 1e-9,
                "{norm:?}: {found} {expected}"
            );
        }
    }

    /// On a random walk no policy has an edge. Among attacks that use no future prices, the jump
    /// against the current weights therefore does the most harm.
    #[test]
    fn no_causal_jump_does_more_harm_than_the_one_against_the_position() {
        const N_WALKS: u64 = 6;
        for norm in [Norm::LInf, Norm::L2] {
            let mut total = std::collections::BTreeMap::new();
            for seed in 0..N_WALKS {
                let arena = walk_under(norm, seed);
                let suite = AttackSpec::suite(&arena.spec().shocks, &[bps(50.0)]);
                let ledgers = attack(&arena, &policy(&arena), &cpu(), &suite, seed).unwrap();
                for ledger in ledgers {
                    let last = ledger.equity.last().unwrap() / ledger.initial_equity;
                    *total.entry(ledger.attack).or_insert(0.0) += last;
                }
            }
            #[allow(clippy::cast_precision_loss, reason = "a small count")]
            let mean = |attack: &str| total[attack] / N_WALKS as f64;
            let position = mean("position");
            for causal in ["random", "critic", "mad"] {
                assert!(position <= mean(causal) + 2e-3, "{norm:?}: {causal}");
            }
            // The attack `pnl` also knows the next return, and the jump of `position` is one of its
            // candidates.
            assert!(mean("pnl") <= position + 2e-3, "{norm:?}: pnl");
            assert!(position < mean("random") - 0.1 && position < mean("none") - 0.1);
        }
    }

    #[test]
    fn a_jump_against_the_position_needs_jumps() {
        let arena = arena(fee(5.0), ShockKind::Print);
        let attacks = [AttackSpec::position(bps(10.0))];
        let error = attack(&arena, &policy(&arena), &cpu(), &attacks, 0).unwrap_err();
        let chain = format!("{error}: {}", std::error::Error::source(&error).unwrap());
        assert!(
            chain.contains("the player AgainstPosition needs"),
            "{chain}"
        );
    }

    #[test]
    fn impossible_attacks_are_refused() {
        let arena = arena(fee(5.0), ShockKind::Print);
        let refuse = |attacks: &[AttackSpec]| {
            attack(&arena, &policy(&arena), &cpu(), attacks, 0).unwrap_err()
        };
        let spec = |name: &str, budget: f64| AttackSpec {
            name: name.to_owned(),
            player: Player::Random,
            budgets_bps: vec![bps(budget)],
        };
        let error = refuse(&[spec("a", 1.0), spec("a", 2.0)]);
        assert!(matches!(error, EvalError::AttackName { .. }));
        assert!(matches!(
            refuse(&[spec("none", 1.0)]),
            EvalError::AttackName { .. }
        ));
        assert!(matches!(
            refuse(&[spec("a", 0.0)]),
            EvalError::Budgets { .. }
        ));
        let mut broken = spec("a", 1.0);
        broken.player = Player::Gradient(AscentConfig {
            n_steps: 0,
            ..AscentConfig::default()
        });
        assert!(matches!(refuse(&[broken]), EvalError::Attack { .. }));
    }
}
