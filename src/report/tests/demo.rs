//! Synthetic records for tests: geometric Brownian prices, and policies whose weights an attack
//! displaces. The values have no meaning.

use crate::crash::Crash;
use crate::env::Threat;
use crate::eval::{CrashPlay, CrashResult, CrashSummary, CrashTest, Ledger, Summary};
use crate::market::Charge;
use crate::report::input::{Fact, Method, PriceOrigin, ReportInput, Role, TrainingLog};
use crate::train::{METRICS, Metric, MetricRow};
use chrono::{DateTime, Datelike, Duration, TimeZone, Utc, Weekday};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(in crate::report) fn ledgers() -> Vec<Ledger> {
    let mut demo = Demo::new(&POLICIES[..2], 1, 60, &[]);
    demo.ledgers.truncate(2);
    demo.ledgers
}

pub(in crate::report) fn training() -> Vec<TrainingLog> {
    Demo::new(&POLICIES[..2], 2, 60, &[]).training
}

/// Results of policies in two crashes of the library.
pub(in crate::report) fn crashes() -> Vec<CrashSummary> {
    let result = |log_growth: f64, max_drawdown| CrashResult {
        log_growth: Some(log_growth),
        max_drawdown,
        ruined: false,
    };
    let plays = |share: f64, total: f64| -> Vec<CrashPlay> {
        (0..4)
            .map(|month: i32| {
                let drift = 0.01 * f64::from(month);
                let cost = -share * total * (1.0 + drift);
                CrashPlay {
                    at: DateTime::UNIX_EPOCH + Duration::days(30) * month,
                    crashed: result(drift - cost, 1.0 - (-cost.max(0.0)).exp()),
                    clean: result(drift, 0.02),
                }
            })
            .collect()
    };
    let names = ["september_2001", "oil_1991"];
    let summary = |crash: &Crash| {
        let total = 0.02 * crash.total_move();
        let of = |name: &str, seed, share| (name.to_owned(), seed, plays(share, total));
        let all = vec![
            of("ppo", 1, 0.9),
            of("ppo", 2, 0.7),
            of("aajr", 1, 0.4),
            of("aajr", 2, -0.1),
            of("buy_and_hold", 0, 1.0),
            of("flat", 0, 0.0),
        ];
        CrashSummary::new(crash, &CrashTest::default(), plays(1.0, total), all)
    };
    let library = names.iter().filter_map(|name| Crash::named(name));
    library.map(summary).collect()
}

/// (name, label, role, edge per bar, fraction of an attack that changes the weights)
type Policy = (&'static str, &'static str, Role, f64, f64);

const POLICIES: [Policy; 7] = [
    ("ppo", "PPO", Role::Trained, 0.0011, 1.0),
    ("aajr", "AAJR", Role::Trained, 0.00107, 0.3),
    ("frobenius", "Frobenius", Role::Trained, 0.0006, 0.8),
    ("buy_and_hold", "Buy and hold", Role::Baseline, 0.0, 0.0),
    ("equal_weight", "Equal weight", Role::Baseline, 0.0001, 0.0),
    (
        "moving_average",
        "MA crossover",
        Role::Baseline,
        0.0002,
        0.5,
    ),
    ("flat", "Flat", Role::Baseline, 0.0, 0.0),
];

pub(in crate::report) struct Demo {
    pub(in crate::report) methods: Vec<Method>,
    pub(in crate::report) ledgers: Vec<Ledger>,
    pub(in crate::report) training: Vec<TrainingLog>,
    pub(in crate::report) summary: Summary,
}

impl Demo {
    pub(in crate::report) fn small() -> Self {
        Self::new(&POLICIES, 2, 300, &[10.0, 25.0])
    }

    /// 24 backtests of 100,000 hours.
    pub(in crate::report) fn long() -> Self {
        let mut demo = Self::new(&POLICIES[..3], 2, 100_000, &[25.0]);
        for ledger in &mut demo.ledgers {
            let start = ledger.timestamps[0];
            let hours = (0..).map(|hour| start + Duration::hours(hour));
            ledger.timestamps = hours.take(ledger.n_bars()).collect();
        }
        demo
    }

    pub(in crate::report) fn input(&self) -> ReportInput<'_> {
        ReportInput {
            title: "Quickstart: AAJR against plain PPO on three stocks".to_owned(),
            question: "Does the penalty make the policy robust? Synthetic records.".to_owned(),
            methods: self.methods.clone(),
            ledgers: &self.ledgers,
            training: &self.training,
            summary: &self.summary,
            prices: PriceOrigin::Recorded,
            performance: "cagr".to_owned(),
            training_budget_bps: Some(25.0),
            caveats: vec!["These records are synthetic.".to_owned()],
            provenance: vec![
                Fact::new("shockproof", "0.1.0"),
                Fact::new("seed", "1"),
                Fact::new(
                    "config sha256",
                    "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                ),
            ],
            config: "(\n    env: \"stocks3-v1\",\n    budget_bps: 25.0,\n)\n".to_owned(),
        }
    }

    fn new(policies: &[Policy], n_seeds: u64, n_bars: usize, budgets: &[f64]) -> Self {
        let mut demo = Self {
            methods: Vec::new(),
            ledgers: Vec::new(),
            training: Vec::new(),
            summary: Summary::new(&[], None, None, 1),
        };
        for policy in policies {
            let (name, label, role, ..) = *policy;
            demo.methods.push(Method {
                name: name.to_owned(),
                label: label.to_owned(),
                role,
            });
            let seeds = if role == Role::Trained {
                1..=n_seeds
            } else {
                0..=0
            };
            for seed in seeds {
                demo.backtest(policy, seed, n_bars, Ledger::NOMINAL, 0.0);
                for (attack, strength) in [("pgd", 1.0), ("mad", 0.7), ("random", 0.15)] {
                    for budget in budgets {
                        demo.backtest(policy, seed, n_bars, attack, strength * budget);
                        let last = demo.ledgers.len() - 1;
                        demo.ledgers[last].budget_bps = *budget;
                    }
                }
                if role == Role::Trained {
                    demo.training.push(log(policy, seed));
                }
            }
        }
        demo.summary = Summary::new(&demo.ledgers, Some("ppo"), Some(25.0), 1);
        demo
    }

    fn backtest(&mut self, policy: &Policy, seed: u64, n_bars: usize, attack: &str, push_bps: f64) {
        let mut ledger = simulate(policy, seed, n_bars, push_bps);
        attack.clone_into(&mut ledger.attack);
        ledger.budget_bps = push_bps;
        ledger.threat = (attack != Ledger::NOMINAL).then_some(Threat::Kept);
        self.ledgers.push(ledger);
    }
}

fn simulate(policy: &Policy, seed: u64, n_bars: usize, push_bps: f64) -> Ledger {
    let (name, _, _, edge, reach) = *policy;
    let mut market = ChaCha8Rng::seed_from_u64(7);
    let mut own = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(31) + name.len() as u64);
    let mut attacker = ChaCha8Rng::seed_from_u64(99 + seed);
    let timestamps = sessions(n_bars);
    let mut close = [100.0; 3];
    let mut weights = [0.0; 3];
    let mut equity = 1e6;
    let mut ledger = Ledger {
        policy: name.to_owned(),
        attack: Ledger::NOMINAL.to_owned(),
        budget_bps: 0.0,
        threat: None,
        seed,
        symbols: ["AAPL", "IBM", "MSFT"].map(str::to_owned).to_vec(),
        initial_equity: equity,
        bar_seconds: 86_400,
        decided: earlier(&timestamps, 24),
        filled: earlier(&timestamps, 9),
        timestamps,
        interventions: crate::env::Interventions {
            refused_actions: 2,
            clamped_weights: 3,
            scaled_to_gross: 7,
            projected_shocks: 5,
            ..crate::env::Interventions::default()
        },
        ..Ledger::empty(name, seed)
    };
    let luck = 0.0003 * own.gen_range(-1.0..1.0);
    for _ in 0..n_bars {
        let mut growth = if name == "flat" {
            0.0
        } else {
            edge + luck * f64::from(seed > 0) - 3.5e-5 * reach * push_bps
        };
        for asset in 0..3 {
            let target: f64 = match name {
                "flat" => 0.0,
                "buy_and_hold" | "equal_weight" => 1.0 / 3.0,
                _ => (weights[asset] * 0.97_f64 + 0.08 * own.gen_range(-1.0..1.0)).clamp(-0.5, 0.6),
            };
            weights[asset] = target;
            let log_return =
                0.0003 + 0.016 * (market.gen_range(-1.0..1.0) + market.gen_range(-1.0..1.0_f64));
            close[asset] *= log_return.exp();
            let displaced = target + reach * push_bps * 0.004 * attacker.gen_range(-1.0..1.0);
            growth += displaced * log_return;
            ledger.weights.push(displaced);
            ledger.targets.push(target);
            ledger.units.push(displaced * equity / close[asset]);
            ledger.fill_price.push(0.99 * close[asset]);
            ledger.ordered.push(0.5 * displaced);
            ledger.forced_units.push(-0.1 * displaced);
            ledger.forced_price.push(0.98 * close[asset]);
            ledger.close.push(close[asset]);
            let shock_bps = push_bps * attacker.gen_range(-1.0..1.0);
            ledger.shock_bps.push(shock_bps);
        }
        equity *= growth.exp();
        ledger.equity.push(equity);
        let charge = charge(equity);
        ledger.cash.push(0.5 * equity);
        ledger.spread_multiplier.push(2.0);
        ledger.liquidity_multiplier.push(0.5);
        ledger.cost.push(charge.total());
        ledger.charges.push(charge);
        ledger.turnover.push(0.1);
    }
    ledger
}

fn earlier(times: &[DateTime<Utc>], hours: i64) -> Vec<DateTime<Utc>> {
    times
        .iter()
        .map(|end| *end - Duration::hours(hours))
        .collect()
}

fn charge(equity: f64) -> Charge {
    Charge {
        fee: equity * 2e-5,
        cash_interest: equity * -1e-6,
        ..Charge::default()
    }
}

fn sessions(n_bars: usize) -> Vec<DateTime<Utc>> {
    let start = Utc.with_ymd_and_hms(2008, 3, 3, 21, 0, 0).unwrap();
    (0..)
        .map(|day| start + Duration::days(day))
        .filter(|t| !matches!(t.weekday(), Weekday::Sat | Weekday::Sun))
        .take(n_bars)
        .collect()
}

fn log(policy: &Policy, seed: u64) -> TrainingLog {
    let (name, _, _, edge, reach) = *policy;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows = (1..=150_u32).map(|update| {
        let progress = 1.0 - (-f64::from(update) / 40.0).exp();
        let mut noise = |scale: f64| scale * rng.gen_range(-1.0..1.0);
        let mut row = MetricRow::new(u64::from(update), u64::from(update) * 2048);
        let sensitivity = 0.05 + progress * (0.9 * reach.powi(3) - 0.03);
        for (metric, value) in [
            (Metric::EpisodeReturn, 200.0 * edge * progress + noise(0.03)),
            (Metric::RewardMean, edge * progress + noise(2e-4)),
            (Metric::Entropy, 4.2 - 1.5 * progress + noise(0.05)),
            (Metric::ApproxKl, 0.008 + noise(0.003)),
            (Metric::ExplainedVariance, 0.7 * progress + noise(0.1)),
            (Metric::SensitivityMean, sensitivity * noise(0.2).exp()),
            (
                Metric::JacobianNorm,
                1.0 + 3.0 * progress * reach.max(0.8) + noise(0.2),
            ),
        ] {
            row.set(metric, value);
        }
        if name != "ppo" {
            row.set(Metric::Penalty, sensitivity.powi(2));
        }
        debug_assert_eq!(row.values.len(), METRICS.len());
        row
    });
    TrainingLog {
        policy: name.to_owned(),
        seed,
        rows: rows.collect(),
    }
}
