//! Arena of a backtest: a market, the rules of its environment, and the rows to play.

use super::{Decider, EvalError, KnownBar, Ledger, bar_shock::BarShock, recorder::Recorder};
use crate::{
    adversary::{AdversaryError, Player},
    agent::{Contract, PolicyFile},
    env::{Env, Market, PrintEnding, ShockKind, TradingEnv, TradingSpec},
    rng::{Component, Rng, Streams},
    units::Bps,
};
use std::{ops::Range, sync::Arc};

/// A market span under an environment's rules; a backtest plays it once, from first to last row.
///
/// Timing and costs are those of [`TradingEnv`]: decision at the close of bar t, fill at the open
/// of bar t+1, mark at its close, liquidation (at a cost) at the end. The horizon of the rules is
/// ignored, because a backtest plays the whole span.
#[derive(Debug, Clone)]
pub struct Arena {
    market: Arc<Market>,
    spec: TradingSpec,
    rows: Range<usize>,
}

impl Arena {
    /// Creates an arena and checks that the environment can be built on these rows.
    ///
    /// # Errors
    /// [`EvalError::Env`] if the environment cannot be built.
    pub fn new(
        market: Arc<Market>,
        spec: TradingSpec,
        rows: Range<usize>,
    ) -> Result<Self, EvalError> {
        let spec = TradingSpec {
            horizon: None,
            ..spec
        };
        let arena = Self { market, spec, rows };
        arena.env()?;
        Ok(arena)
    }

    /// Market that contains the span.
    #[must_use]
    pub const fn market(&self) -> &Arc<Market> {
        &self.market
    }

    /// Trading rules, without a horizon.
    #[must_use]
    pub const fn spec(&self) -> &TradingSpec {
        &self.spec
    }

    /// Rows of the market that a backtest plays.
    #[must_use]
    pub const fn rows(&self) -> &Range<usize> {
        &self.rows
    }

    /// Checks that `policy` has the arena's assets, bar length, features, decoding and normalizer.
    ///
    /// # Errors
    /// [`EvalError::Policy`] or [`EvalError::Normalizer`] naming the first difference.
    pub fn admit(&self, policy: &PolicyFile) -> Result<(), EvalError> {
        let header = &policy.header;
        let panel = self.market.panel();
        let contract = Contract {
            columns: panel.into(),
            bar_seconds: panel.bar_length().num_seconds(),
            features: &self.spec.features,
            account: &self.spec.account,
            allocation: &self.spec.allocation,
        };
        contract
            .admits(header)
            .and_then(|()| policy.check())
            .map_err(|fault| EvalError::Policy {
                policy: header.method.clone(),
                fault,
            })?;
        let (theirs, ours) = (&header.normalizer, self.market.normalizer());
        let differ = |a: f64, b: f64| a.to_bits() != b.to_bits();
        let differs = |&i: &usize| {
            differ(theirs.mean[i], ours.mean[i]) || differ(theirs.scale[i], ours.scale[i])
        };
        match (0..ours.mean.len()).find(differs) {
            Some(index) => Err(EvalError::Normalizer {
                policy: header.method.clone(),
                index,
            }),
            None => Ok(()),
        }
    }

    /// Plays `decider` through the nominal market.
    ///
    /// # Errors
    /// [`EvalError`] of the decider.
    pub fn backtest(&self, decider: &mut dyn Decider) -> Result<Ledger, EvalError> {
        self.play(decider, None, |_, _| Ok(()))
    }

    /// Plays `decider` under the shocks of a player that reads only the shock space
    /// ([`Player::is_blind`]), at this per-step budget. Shocks and noise equal those of an attack
    /// with the same player; the ledger stores `attack` as the name of the attack.
    ///
    /// # Errors
    /// [`EvalError`] of the decider and of the player.
    pub fn backtest_shocked(
        &self,
        decider: &mut dyn Decider,
        attack: &str,
        player: &Player,
        budget: Bps,
        seed: u64,
    ) -> Result<Ledger, EvalError> {
        self.play(decider, Some((attack, budget)), |env, shock| {
            shock.choose(player, env.shock_space(), &mut noise(seed, env.row()))
        })
    }

    fn play(
        &self,
        decider: &mut dyn Decider,
        attack: Option<(&str, Bps)>,
        choose: impl Fn(&TradingEnv, &mut BarShock) -> Result<(), AdversaryError>,
    ) -> Result<Ledger, EvalError> {
        let n_assets = self.market.panel().n_assets();
        let budget = attack.map_or(self.spec.shocks.budget_bps, |(_, budget)| budget);
        let mut env = self.env_with_budget(budget)?;
        decider.begin(n_assets, &self.closes_before(env.row()));
        let mut recorder = Recorder::new(&env, decider.name(), decider.seed(), attack);
        let mut shock = BarShock::clean(n_assets);
        let mut shown = vec![0.0; n_assets];
        let mut corrected = Vec::with_capacity(n_assets);
        while !env.outcome().is_over() {
            show_closes(&env, &mut shown);
            choose(&env, &mut shock).map_err(|source| EvalError::Attack {
                attack: attack.map_or(Ledger::NOMINAL, |(name, _)| name).to_owned(),
                source,
            })?;
            let order = decider.decide(KnownBar {
                observation: env.observation(),
                closes: &shown,
                corrected: &corrected,
                end: env.timestamp(),
            })?;
            corrected.clear();
            corrected.extend_from_slice(match env.shock_space().print_ending {
                PrintEnding::Corrected => env.closes(),
                PrintEnding::Kept => &shown,
            });
            env.play(order, shock.as_shock());
            recorder.record(&env);
        }
        Ok(recorder.finish(&env))
    }

    /// Closes of the rows before `row`. Shape: `[row, n_assets]`, row-major.
    fn closes_before(&self, row: usize) -> Vec<f64> {
        let panel = self.market.panel();
        let rows = (0..row).flat_map(|t| panel.row(t));
        rows.map(|bar| bar.close).collect()
    }

    pub(super) fn env(&self) -> Result<TradingEnv, EvalError> {
        self.env_with_budget(self.spec.shocks.budget_bps)
    }

    /// Environment with the per-step budget `budget_bps`, at its first row.
    pub(super) fn env_with_budget(&self, budget_bps: Bps) -> Result<TradingEnv, EvalError> {
        let mut spec = self.spec.clone();
        spec.shocks.budget_bps = budget_bps;
        let mut env = TradingEnv::new(Arc::clone(&self.market), spec, self.rows.clone())
            .map_err(|source| EvalError::Env { source })?;
        env.reset(0);
        Ok(env)
    }
}

/// Random stream of the bar after `row`, the same for every policy, attack and budget.
pub(super) fn noise(seed: u64, row: usize) -> Rng {
    Streams::new(seed).stream(Component::Evaluation, row as u64)
}

/// Writes the closes of the newest bar as the trader observes them, misprints included.
fn show_closes(env: &TradingEnv, shown: &mut [f64]) {
    shown.copy_from_slice(env.closes());
    if env.shock_space().kind == ShockKind::Print {
        for (close, bps) in shown.iter_mut().zip(env.applied_shock().price_bps) {
            *close *= (bps * 1e-4).exp();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};
    use crate::{
        adversary::{
            PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockFreedom, ShockMoves, ShockPlayer,
        },
        agent::{Agent, PolicyFault},
        env::Shock,
        eval::{Baseline, BuyAndHold, EqualWeight, Flat, PolicyDecider},
        features::FeatureSpec,
        market::{Costs, Each, Funding, Moment, TransientImpact},
        own::Own,
    };

    fn close_to(found: f64, expected: f64) -> bool {
        (found / expected - 1.0).abs() < 1e-11
    }

    #[test]
    fn buy_and_hold_is_its_closed_form() {
        let rate = 30e-4;
        let ledger = arena(fee(30.0), ShockKind::Print)
            .backtest(&mut BuyAndHold::default())
            .unwrap();
        let panel = panel();
        let invested = 1e5 / (1.0 + rate);
        let (decided, opens) = (panel.row(FIRST_ROW), panel.row(FIRST_ROW + 1));
        let units: Vec<f64> = decided.iter().map(|b| 0.5 * invested / b.close).collect();
        let worth = |prices: &dyn Fn(usize) -> f64| -> f64 {
            units.iter().enumerate().map(|(i, u)| u * prices(i)).sum()
        };
        let paid = worth(&|i| opens[i].open);
        let cash = 1e5 - (1.0 + rate) * paid;
        let held = |t: usize| worth(&|i| panel.row(t)[i].close);
        let value = |t: usize| cash + held(t);
        assert_eq!(ledger.n_bars(), N_BARS - 1 - FIRST_ROW);
        for (i, equity) in ledger.equity[..ledger.n_bars() - 1].iter().enumerate() {
            assert!(close_to(*equity, value(FIRST_ROW + 1 + i)), "bar {i}");
        }
        let sold = held(N_BARS - 1);
        let last = cash + sold * (1.0 - rate);
        assert!(close_to(*ledger.equity.last().unwrap(), last));
        let costs: f64 = ledger.cost.iter().sum();
        assert!(close_to(costs, rate * (paid + sold)));
        assert_eq!(ledger.cost.iter().filter(|&&c| c > 0.0).count(), 2);
        assert_eq!(ledger.timestamps[0], day(FIRST_ROW + 1));
    }

    #[test]
    fn flat_does_nothing_and_equal_weight_is_its_closed_form() {
        let arena = arena(Costs::FREE, ShockKind::Print);
        let flat = arena.backtest(&mut Flat).unwrap();
        assert!(flat.equity.iter().all(|e| close_to(*e, 1e5)));
        assert!(
            flat.turnover
                .iter()
                .chain(&flat.weights)
                .all(|x| x.abs() <= 0.0)
        );
        // The units that equalize the weights at one close are held from the next open on.
        let ledger = arena.backtest(&mut EqualWeight::default()).unwrap();
        let panel = panel();
        let (mut equity, mut held) = (1e5, [0.0; 2]);
        for t in FIRST_ROW + 1..N_BARS {
            let (before, now) = (panel.row(t - 1), panel.row(t));
            let mut marked = equity;
            for i in 0..2 {
                let units = 0.5 * equity / before[i].close;
                marked += held[i] * (now[i].open - before[i].close)
                    + units * (now[i].close - now[i].open);
                held[i] = units;
            }
            equity = marked;
            assert!(
                close_to(ledger.equity[t - FIRST_ROW - 1], equity),
                "row {t}"
            );
        }
    }

    #[test]
    fn money_is_conserved_in_every_ledger() {
        let costs = Costs {
            fee: bps(2.0).into(),
            half_spread: bps(3.0),
            ..COSTLY
        };
        let arena = arena(costs, ShockKind::Print);
        let panel = panel();
        let mut deciders: Vec<Box<dyn Decider>> =
            vec![Box::new(PolicyDecider::new(&policy(&arena)).unwrap())];
        deciders.extend(Baseline::ALL.iter().map(|b| b.decider().unwrap()));
        for decider in &mut deciders {
            let ledger = arena
                .backtest_shocked(decider.as_mut(), "random", &Player::Random, bps(80.0), 3)
                .unwrap();
            let mut equity_t = ledger.initial_equity;
            let mut units_t = [0.0; 2];
            for i in 0..ledger.n_bars() - 1 {
                let row = panel.row(FIRST_ROW + 1 + i);
                let before = panel.row(FIRST_ROW + i);
                let mut expected = equity_t - ledger.cost[i];
                for a in 0..2 {
                    let units = ledger.weights[2 * i + a] * ledger.equity[i] / row[a].close;
                    expected += units_t[a] * (row[a].open - before[a].close)
                        + units * (row[a].close - row[a].open);
                    units_t[a] = units;
                }
                equity_t = ledger.equity[i];
                assert!(close_to(equity_t, expected), "{} bar {i}", ledger.policy);
            }
        }
    }

    /// Borrows cash and borrows shares in turn; the flag tells which comes next.
    struct Levered(bool);

    impl Decider for Levered {
        fn name(&self) -> &'static str {
            "levered"
        }

        fn begin(&mut self, _n_assets: usize, _past_closes: &[f64]) {}

        fn decide(&mut self, _known: KnownBar<'_>) -> Result<crate::env::Order<'_>, EvalError> {
            self.0 = !self.0;
            let targets = if self.0 { &[-0.5, 0.3] } else { &[0.9, 0.9] };
            Ok(crate::env::Order::Targets(targets))
        }
    }

    /// The equations of [`Ledger`] hold for jumps and misprints, with every kind of cost.
    #[test]
    fn the_ledger_replays_from_its_fills() {
        let mut costs = Costs {
            fee: Each::PerAsset(vec![bps(2.0), bps(9.0)]),
            half_spread: bps(3.0),
            cash_rate: 0.05,
            margin_rate: 0.09,
            borrow_fee: Each::PerAsset(vec![0.02, 0.3]),
            ..COSTLY
        };
        costs.funding = Some(Funding {
            rate_bps: Each::PerAsset(vec![1.0, -4.0]),
            period_hours: 8.0,
            signals: Vec::new(),
        });
        costs.transient_impact = Some(TransientImpact {
            coefficient: 2.0,
            half_life_hours: 40.0,
        });
        for (kind, margin) in [
            (ShockKind::Print, 0.0),
            (ShockKind::Jump, 0.0),
            (ShockKind::Print, 0.55),
        ] {
            let mut rules = spec(costs.clone(), kind);
            rules.orders.maintenance_margin = margin;
            rules.allocation = crate::market::Allocation::Weights {
                low: -1.0,
                high: 1.0,
                max_gross: 1.8,
            };
            let arena = arena_of(rules);
            let ledger = arena
                .backtest_shocked(&mut Levered(true), "random", &Player::Random, bps(80.0), 3)
                .unwrap();
            let (mut cash, mut held) = (ledger.initial_equity, [0.0; 2]);
            for t in 0..ledger.n_bars() {
                let row = 2 * t..2 * t + 2;
                let (units, close) = (&ledger.units[row.clone()], &ledger.close[row.clone()]);
                for (a, price) in ledger.fill_price[row.clone()].iter().enumerate() {
                    let forced = ledger.forced_units[row.start + a];
                    cash -= forced * ledger.forced_price[row.start + a];
                    cash -= (units[a] - forced - held[a]) * price;
                    held[a] = units[a];
                }
                cash -= ledger.cost[t];
                let position: f64 = units.iter().zip(close).map(|(u, c)| u * c).sum();
                assert!(close_to(ledger.equity[t], cash + position), "bar {t}");
                let is_last = t + 1 == ledger.n_bars();
                let expected = if is_last { cash + position } else { cash };
                assert!((ledger.cash[t] - expected).abs() < 1e-12 * ledger.equity[t]);
                assert!(ledger.decided[t] <= ledger.filled[t]);
                assert!(ledger.filled[t] < ledger.timestamps[t]);
            }
            let is_called = ledger.interventions.forced_liquidations > 0;
            assert_eq!(is_called, margin > 0.0);
            let mut forced = ledger.forced_units.iter();
            assert_eq!(forced.any(|units| units.abs() > 0.0), is_called);
            let sums = crate::eval::LedgerSummary::new(&ledger, &[]).costs;
            assert!(
                sums.to_array()[..8].iter().all(|cost| cost.abs() > 0.0),
                "{sums:?}"
            );
            assert!(sums.cash_interest < 0.0 && sums.borrow > 0.0);
            assert!((sums.total() - ledger.cost.iter().sum::<f64>()).abs() < 1e-9);
        }
    }

    #[test]
    fn a_ruined_account_holds_its_cash_to_the_end_of_the_span() {
        for kind in [ShockKind::Print, ShockKind::Jump] {
            let arena = arena_of(TradingSpec {
                ruin_fraction: 0.995,
                ..spec(fee(5.0), kind)
            });
            let mut hold = BuyAndHold::default();
            let ledger = arena
                .backtest_shocked(&mut hold, "random", &Player::Random, bps(40.0), 3)
                .unwrap();
            let n_played = ledger.cost.iter().rposition(|&cost| cost > 0.0).unwrap() + 1;
            assert!(
                ledger.ruined && n_played < N_BARS - 1 - FIRST_ROW,
                "{n_played}"
            );
            assert_eq!(ledger.n_bars(), N_BARS - 1 - FIRST_ROW);
            assert_eq!(*ledger.timestamps.last().unwrap(), day(N_BARS - 1));
            let left = ledger.equity[n_played - 1];
            assert!(left <= 0.995e5 && close_to(ledger.cash[n_played - 1], left));
            assert!(
                ledger.equity[n_played..]
                    .iter()
                    .all(|e| e.to_bits() == left.to_bits())
            );
            for column in [&ledger.weights, &ledger.units, &ledger.shock_bps] {
                assert!(column[2 * n_played..].iter().all(|x| x.abs() <= 0.0));
            }
            // After the ruin, prices continue from the level that the jumps had reached.
            let panel = panel();
            let at = |t: usize, a: usize| {
                ledger.close[2 * t + a] / panel.row(FIRST_ROW + 1 + t)[a].close
            };
            for t in n_played..ledger.n_bars() {
                assert!(close_to(at(t, 1), at(n_played - 1, 1)));
            }
            let jumped = (at(ledger.n_bars() - 1, 1) - 1.0).abs() > 1e-4;
            assert_eq!(jumped, kind == ShockKind::Jump);
            let summary = crate::eval::Summary::new(&[ledger], None, None, 1);
            #[allow(clippy::cast_precision_loss, reason = "a count of bars")]
            let years = (N_BARS - 1 - FIRST_ROW) as f64 / 365.25;
            let expected = (left / 1e5).powf(1.0 / years) - 1.0;
            assert!(close_to(summary.ledgers[0].get("cagr").unwrap(), expected));
        }
    }

    /// A bot and a backtest on the same bars decide alike, bit for bit.
    #[test]
    fn the_backtest_is_the_bot() {
        assert_is_the_bot(&arena(fee(5.0), ShockKind::Print), &[]);
    }

    /// The bot gets only the signals that the policy reads; the environment has all signals.
    #[test]
    fn the_backtest_is_the_bot_with_signals() {
        assert_is_the_bot(&signal_arena(fee(5.0), ShockKind::Print), &[0, 2]);
    }

    /// If misprints stay in the history, a backtest equals a bot that commits every bar once,
    /// misprinted or not.
    #[test]
    fn a_backtest_with_kept_prints_is_a_bot_that_corrects_no_bar() {
        let mut rules = spec(fee(5.0), ShockKind::Print);
        rules.shocks.print_ending = PrintEnding::Kept;
        let arena = arena_of(rules);
        let file = policy(&arena);
        let misprint = |row: usize, price_bps: &mut [f64]| match row % 3 {
            0 => price_bps.copy_from_slice(&[40.0, -50.0]),
            1 => price_bps.copy_from_slice(&[-30.0, 0.0]),
            _ => price_bps.fill(0.0),
        };
        let mut decider = PolicyDecider::new(&file).unwrap();
        let ledger = arena.play(&mut decider, None, |env, shock| {
            misprint(env.row(), &mut shock.price_bps);
            Ok(())
        });
        let mut agent = Agent::new(&file).unwrap();
        let panel = arena.market().panel();
        let (mut env, mut equity) = (arena.env().unwrap(), Vec::new());
        let mut price_bps = [0.0; 2];
        for t in 0..N_BARS - 1 {
            let bars = panel.row(t).iter().zip(price_bps);
            let seen: Vec<_> = bars
                .map(|(bar, bps)| crate::features::print_bar(bar, bps * 1e-4))
                .collect();
            let decision = agent.on_bars(&seen, panel.moment(t), env.account());
            let decision = decision.unwrap();
            if t < FIRST_ROW {
                continue;
            }
            let targets = decision.unwrap().target_weights.to_vec();
            assert_eq!(agent.observation(), env.observation(), "row {t}");
            misprint(t, &mut price_bps);
            let shock = Shock {
                price_bps: &price_bps,
                ..Shock::NONE
            };
            env.play(crate::env::Order::Targets(&targets), shock);
            equity.push(env.equity());
        }
        assert_eq!(equity, ledger.unwrap().equity);
    }

    fn assert_is_the_bot(arena: &Arena, signals_read: &[usize]) {
        let file = policy(arena);
        arena.admit(&file).unwrap();
        let ledger = arena
            .backtest(&mut PolicyDecider::new(&file).unwrap())
            .unwrap();
        let mut agent = Agent::new(&file).unwrap();
        let panel = arena.market().panel();
        let mut env = arena.env().unwrap();
        let mut equity = Vec::new();
        for t in 0..N_BARS - 1 {
            let account = env.account();
            let signals: Vec<f64> = signals_read.iter().map(|&i| panel.signals(t)[i]).collect();
            let moment = Moment {
                end: day(t),
                signals: &signals,
            };
            let decision = agent.on_bars(panel.row(t), moment, account).unwrap();
            if t < FIRST_ROW {
                continue;
            }
            let targets = decision.unwrap().target_weights.to_vec();
            assert_eq!(agent.observation(), env.observation());
            env.play(crate::env::Order::Targets(&targets), Shock::NONE);
            equity.push(env.equity());
        }
        assert_eq!(equity, ledger.equity);
    }

    /// Records the closes shown at each bar and the corrected closes one bar later.
    #[derive(Default)]
    struct Witness {
        shown: Vec<f64>,
        corrected: Vec<f64>,
    }

    impl Decider for Witness {
        fn name(&self) -> &'static str {
            "witness"
        }

        fn begin(&mut self, _n_assets: usize, _past_closes: &[f64]) {}

        fn decide(&mut self, known: KnownBar<'_>) -> Result<crate::env::Order<'_>, EvalError> {
            self.shown.extend_from_slice(known.closes);
            self.corrected.extend_from_slice(known.corrected);
            Ok(crate::env::Order::Hold)
        }
    }

    #[test]
    fn a_misprint_is_corrected_one_bar_later_or_kept_and_a_jump_stays() {
        for (kind, ending) in [
            (ShockKind::Print, PrintEnding::Corrected),
            (ShockKind::Print, PrintEnding::Kept),
            (ShockKind::Jump, PrintEnding::Corrected),
        ] {
            let mut witness = Witness::default();
            let mut rules = spec(Costs::FREE, kind);
            rules.shocks.print_ending = ending;
            let ledger = arena_of(rules)
                .backtest_shocked(&mut witness, "random", &Player::Random, bps(80.0), 3)
                .unwrap();
            let panel = panel();
            let first = panel.row(FIRST_ROW).iter().map(|bar| bar.close);
            let truth: Vec<f64> = first.chain(ledger.close).collect();
            let n_told = witness.corrected.len();
            assert_eq!(n_told, witness.shown.len() - 2);
            let remembered = match ending {
                PrintEnding::Corrected => &truth,
                PrintEnding::Kept => &witness.shown,
            };
            assert_eq!(witness.corrected, remembered[..n_told]);
            let is_true = witness.shown == truth[..witness.shown.len()];
            assert_eq!(is_true, kind == ShockKind::Jump);
        }
    }

    /// Moves every price up by the whole budget.
    struct Up;

    impl ShockPlayer for Up {
        fn needs(&self) -> PlayerNeeds {
            PlayerNeeds {
                sight: PlayerSight::ShockSpace,
                freedom: ShockFreedom::Prices,
            }
        }

        fn choose(
            &self,
            view: &PlayerView<'_>,
            _noise: &mut dyn RowNoise,
            moves: &mut ShockMoves<'_>,
        ) -> Result<(), AdversaryError> {
            moves.price_bps.fill(view.shocks.budget_bps.get());
            Ok(())
        }
    }

    #[test]
    fn an_own_player_that_reads_the_shock_space_attacks_every_baseline() {
        let arena = arena(Costs::FREE, ShockKind::Jump);
        let up = Player::Own(Own::new("up", [], Arc::new(Up)));
        assert!(up.is_blind());
        for baseline in Baseline::ALL {
            let mut decider = baseline.decider().unwrap();
            let clean = arena.backtest(decider.as_mut()).unwrap();
            let shocked = arena
                .backtest_shocked(decider.as_mut(), "up", &up, bps(80.0), 3)
                .unwrap();
            let found = (shocked.attack.as_str(), shocked.budget_bps);
            assert_eq!(found, ("up", 80.0), "{}", shocked.policy);
            assert!(shocked.shock_bps.iter().all(|&bps| close_to(bps, 80.0)));
            // Two assets; every bar adds 80 bps to the log price.
            for (i, (close, before)) in shocked.close.iter().zip(&clean.close).enumerate() {
                let n_moves = f64::from(u32::try_from(i / 2 + 1).unwrap());
                assert!(close_to(*close, before * (n_moves * 80e-4).exp()), "{i}");
            }
            let gain = shocked.equity.last().unwrap() / clean.equity.last().unwrap();
            match baseline {
                Baseline::Flat => assert!(close_to(gain, 1.0), "{gain}"),
                Baseline::BuyAndHold | Baseline::EqualWeight => assert!(gain > 1.5, "{gain}"),
                _ => {}
            }
        }
        let unresolved = serde_json::from_str(r#"{ "name": "up" }"#).unwrap();
        let absent = Player::Own(unresolved);
        let refused = arena.backtest_shocked(&mut Flat, "up", &absent, bps(80.0), 3);
        assert!(matches!(refused, Err(EvalError::Attack { .. })));
    }

    /// Orders, in turn, too large a weight, too much leverage, NaN, and an admissible portfolio.
    #[derive(Default)]
    struct Rude {
        n_decided: usize,
        raw: [f32; 2],
    }

    impl Decider for Rude {
        fn name(&self) -> &'static str {
            "rude"
        }

        fn begin(&mut self, _n_assets: usize, _past_closes: &[f64]) {}

        fn decide(&mut self, _known: KnownBar<'_>) -> Result<crate::env::Order<'_>, EvalError> {
            let asked = [[2.0, 0.0], [1.0, 1.0], [f32::NAN, 0.0], [0.5, -0.5]];
            self.raw = asked[self.n_decided % asked.len()];
            self.n_decided += 1;
            let action = crate::env::Action::Continuous(&self.raw);
            Ok(crate::env::Order::Action(action))
        }
    }

    #[test]
    fn the_ledger_counts_corrections_of_the_environment() {
        let arena = arena(Costs::FREE, ShockKind::Print);
        // The budget is 50 bps.
        let ledger = arena.play(&mut Rude::default(), None, |_, shock| {
            shock.price_bps.fill(60.0);
            Ok(())
        });
        let ledger = ledger.unwrap();
        assert_eq!(ledger.n_bars(), 79);
        let expected = crate::env::Interventions {
            clamped_weights: 20,
            scaled_to_gross: 20,
            refused_actions: 20,
            projected_shocks: 79,
            ..crate::env::Interventions::default()
        };
        assert_eq!(ledger.interventions, expected);
        let nominal = arena.backtest(&mut Flat).unwrap();
        assert_eq!(nominal.interventions, crate::env::Interventions::default());
    }

    /// The refusal names the first missing signal. A policy that reads all signals refuses a market
    /// with other signals.
    #[test]
    fn a_market_without_the_signals_is_refused_by_name() {
        let arena = signal_arena(Costs::FREE, ShockKind::Print);
        let file = policy(&arena);
        assert_eq!(file.header.signals, ["carry", "tide"]);
        let panel = arena.market().panel();
        let admit = |names: &[&str], features: &[FeatureSpec], file: &PolicyFile| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let contract = Contract {
                columns: crate::market::Columns {
                    symbols: panel.symbols(),
                    signals: &names,
                },
                bar_seconds: 86_400,
                features,
                account: &arena.spec().account,
                allocation: &arena.spec().allocation,
            };
            let admitted = contract.admits(&file.header);
            admitted.map_err(|fault| fault.to_string())
        };
        let features = &arena.spec().features;
        assert_eq!(admit(&["tide", "new", "carry"], features, &file), Ok(()));
        let refusal = admit(&["carry", "value"], features, &file).unwrap_err();
        let expected =
            "signals: found `tide` in the policy, expected one of [\"carry\", \"value\"]";
        assert!(refusal.contains(expected), "{refusal}");

        let mut file = file;
        let all = vec![FeatureSpec::Signals];
        file.header.features.clone_from(&all);
        assert_eq!(admit(&["carry", "tide"], &all, &file), Ok(()));
        for other in [&["tide", "carry"][..], &["carry", "tide", "new"]] {
            let refusal = admit(other, &all, &file).unwrap_err();
            assert!(refusal.starts_with("signals: found"), "{refusal}");
        }
    }

    #[test]
    fn a_policy_of_another_market_is_refused() {
        let arena = arena(Costs::FREE, ShockKind::Print);
        let refuse = |edit: &dyn Fn(&mut PolicyFile)| {
            let mut file = policy(&arena);
            edit(&mut file);
            arena.admit(&file).unwrap_err()
        };
        arena.admit(&policy(&arena)).unwrap();
        let part = |error: EvalError| match error {
            EvalError::Policy {
                fault: PolicyFault::OtherMarket { part, .. },
                ..
            } => part,
            other => panic!("{other}"),
        };
        let error = refuse(&|file| file.header.features[1] = FeatureSpec::ZScore { window: 11 });
        assert_eq!(part(error), "features");
        let error = refuse(&|file| file.header.symbols.reverse());
        assert_eq!(part(error), "symbols");
        let error = refuse(&|file| file.header.bar_seconds = 3600);
        assert_eq!(part(error), "bar length in seconds");
        let error = refuse(&|file| file.header.account.truncate(1));
        assert_eq!(part(error), "account features");
        let error = refuse(&|file| file.header.normalizer.mean[4] += 1e-9);
        assert!(
            matches!(error, EvalError::Normalizer { index: 4, .. }),
            "{error}"
        );
        let found = part(
            arena
                .admit(&policy(&signal_arena(Costs::FREE, ShockKind::Print)))
                .unwrap_err(),
        );
        assert_eq!(found, "signals");
        let spec = TradingSpec {
            ruin_fraction: 2.0,
            ..spec(Costs::FREE, ShockKind::Print)
        };
        let market = Arc::clone(arena.market());
        let error = Arena::new(market, spec, FIRST_ROW..N_BARS).unwrap_err();
        assert!(matches!(error, EvalError::Env { .. }), "{error}");
    }
}
