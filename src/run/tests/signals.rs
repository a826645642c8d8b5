//! A column of a price file that is the exact conditional mean of the next return.

#![allow(
    clippy::cast_precision_loss,
    reason = "small numbers made up for tests"
)]

use crate::config::{EnvFile, Registry};
use crate::env::{Market, Order, Shock, TradingEnv};
use crate::eval::{Arena, Baseline};
use crate::market::Costs;
use crate::rng::{Component, Streams};
use crate::run::{PriceSource, RunError};
use crate::stats::{mean, std_dev};
use rand_distr::{Distribution, StandardNormal};
use std::fmt::Write;
use std::sync::Arc;
use tempfile::TempDir;

/// Autocorrelation of the conditional mean.
const PERSISTENCE: f64 = 0.8;
/// Standard deviation of the conditional mean, and of the return around it.
const SCALES: [f64; 2] = [0.003, 0.01];
/// Weight per unit of the score.
const GAIN: f64 = 50.0;
const N_BARS: i64 = 6000;

const ENV: &str = r#"(
    name: "scored",
    version: 1,
    market: Files(
        files: [(symbol: "X", path: "x.csv", timestamps: Open, signals: SIGNALS)],
        calendar: Refuse,
        bar_seconds: 86400,
    ),
    trading: (
        initial_cash: 1000.0,
        costs: (fee: 0.0, half_spread: 0.0, impact_coefficient: 0.0),
        allocation: Weights(low: -1.0, max_gross: 1.0),
        reward: LogGrowth,
        horizon: None,
        ruin_fraction: 0.1,
        features: [LogReturns(window: 1), Signal("score")],
        account: [],
        shocks: (kind: Print, norm: LInf, budget_bps: 100.0, episode_budget_bps: None,
            max_spread_multiplier: 1.0, min_liquidity_multiplier: 1.0),
    ),
)"#;

/// Daily bars with `m_t`, the mean of the next return, and the return after row t: `r_{t+1} = m_t +
/// ε`, `m_{t+1} = φ m_t + √(1 − φ²) η`. A bar opens at the close before.
fn prices() -> String {
    let mut rng = Streams::new(11).stream(Component::Market, 0);
    let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
    let [of_mean, of_return] = SCALES;
    let mut text = "timestamp,open,high,low,close,score,next_return\n".to_owned();
    let (mut close, mut last, mut score) = (100.0_f64, 100.0_f64, of_mean * draw());
    for n in 0..N_BARS {
        let next_return = score + of_return * draw();
        let end = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(n);
        let (high, low) = (close.max(last), close.min(last));
        let day = end.format("%Y-%m-%d");
        writeln!(
            text,
            "{day},{last},{high},{low},{close},{score},{next_return}"
        )
        .unwrap();
        last = close;
        close *= 1.0 + next_return;
        let fresh = (1.0 - PERSISTENCE * PERSISTENCE).sqrt() * of_mean;
        score = PERSISTENCE * score + fresh * draw();
    }
    text
}

/// Environment over all bars, read through an env file that has these `signals`.
fn env(signals: &str) -> Result<TradingEnv, RunError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("env.ron");
    std::fs::write(folder.path().join("x.csv"), prices()).unwrap();
    std::fs::write(&path, ENV.replace("SIGNALS", signals)).unwrap();
    let (env, source) = EnvFile::load(&path, &Registry::default())?;
    let panel = PriceSource::open(&env, &source)?.prices()?.panel;
    assert_eq!(env.trading.costs, Costs::FREE);
    let n_bars = panel.n_bars();
    Ok(TradingEnv::fit(panel, env.trading, 0..n_bars).unwrap())
}

/// Plays the linear policy on the observed score; the returns of equity and the observed scores.
fn played(mut env: TradingEnv) -> (Vec<f64>, Vec<f64>) {
    let normalizer = env.market().normalizer().clone();
    let (mut returns, mut scores) = (Vec::new(), Vec::new());
    while !env.outcome().is_over() {
        let seen = f64::from(env.observation()[1]);
        let score = seen * normalizer.scale[1] + normalizer.mean[1];
        let equity = env.equity();
        env.play(Order::Targets(&[GAIN * score]), Shock::NONE);
        returns.push(env.equity() / equity - 1.0);
        scores.push(score);
    }
    (returns, scores)
}

fn signal(column: &str, known: &str) -> String {
    format!("[(column: \"{column}\", name: \"score\", known: {known})]")
}

/// If the score s is known d bars late, the next return has the mean φ^d s. Weights c s then earn c
/// φ^d s² per bar, and c φ^d σ² in the mean over the market's law.
#[test]
fn a_known_mean_earns_what_its_delay_leaves() {
    let variance = SCALES[0] * SCALES[0];
    let mut earned = Vec::new();
    for (known, delay) in [
        ("AtOpen", 0),
        ("AtClose", 0),
        ("After(bars: 1)", 1),
        ("After(seconds: 86401)", 2),
    ] {
        let (returns, scores) = played(env(&signal("score", known)).unwrap());
        assert!(returns.len() > 5900, "{}", returns.len());
        let left = PERSISTENCE.powi(delay);
        let gaps: Vec<f64> = returns
            .iter()
            .zip(&scores)
            .map(|(found, score)| found - GAIN * left * score * score)
            .collect();
        let error = std_dev(&gaps).unwrap() / (gaps.len() as f64).sqrt();
        let (gap, growth) = (mean(&gaps).unwrap(), mean(&returns).unwrap());
        assert!(gap.abs() < 4.0 * error, "{known}: {gap} {error}");
        let expected = GAIN * left * variance;
        assert!(
            (growth / expected - 1.0).abs() < 0.25,
            "{known}: {growth} {expected}"
        );
        assert!(growth > 10.0 * error, "{known}: {growth} {error}");
        earned.push((growth, error));
    }
    assert_eq!(earned[0], earned[1]);
    // Each bar of delay costs more than three standard errors.
    assert!(earned[1].0 - earned[2].0 > 3.0 * earned[1].1, "{earned:?}");
    assert!(earned[2].0 - earned[3].0 > 3.0 * earned[2].1, "{earned:?}");
}

/// A column that holds the next bar's return is refused by name. Delayed by one bar, it is worth as
/// much as the past returns.
#[test]
fn a_column_of_the_next_bar_is_refused_unless_it_comes_a_bar_late() {
    let error = env(&signal("next_return", "AtClose")).unwrap_err();
    assert!(error.is_wrong_input());
    let message = error.to_string();
    for part in ["env.ron", "signal_foresees", "\"score\"", "After(bars: 1)"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let late = env(&signal("next_return", "After(bars: 1)")).unwrap();
    let panel = late.market().panel();
    for t in 1..panel.n_bars() {
        let closes = [t - 1, t].map(|t| panel.row(t)[0].close);
        let last_return = closes[1] / closes[0] - 1.0;
        assert!((panel.signals(t)[0] - last_return).abs() < 1e-9, "{t}");
    }
}

#[test]
fn signals_of_an_env_have_names_of_their_own_and_a_moment() {
    let said = |signals: &str| env(signals).unwrap_err().to_string();
    let twice = "[(column: \"score\", name: \"score\", known: AtClose),
        (column: \"next_return\", name: \"score\", known: After(bars: 1))]";
    let message = said(twice);
    for part in ["env.ron:6:", "given twice", "`score`"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    for (known, part) in [("After()", "env.ron:5:"), ("After(bars: 0)", "no delay")] {
        let message = said(&signal("score", known));
        assert!(message.contains(part), "{part}: {message}");
    }
    let message = said("[(column: \"scores\", name: \"score\", known: AtClose)]");
    for part in ["env.ron:5:", "no column \"scores\"", "score, next_return"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let message = said("[(column: \"score\", name: \"other\", known: AtClose)]");
    for part in ["`score`", "[\"other\"]"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// The example of envs/README.md is read as it stands there.
#[test]
fn the_example_of_the_env_cards_is_read() {
    let cards = include_str!("../../../envs/README.md");
    let market = cards.split("```ron\nmarket: ").nth(1).unwrap();
    let market = market.split(",\n```").next().unwrap();
    let header = cards.split("`timestamp,open").nth(1).unwrap();
    let header = format!("timestamp,open{}", header.split('`').next().unwrap());
    let features = cards
        .split("`features: ")
        .nth(1)
        .unwrap()
        .split('`')
        .next()
        .unwrap();
    let mut text = header + "\n";
    for n in 0..200_i64 {
        let end = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(8 * n);
        let price = 100.0 + (n * n % 997) as f64 / 100.0;
        let interest = if n % 3 == 0 { "" } else { "7.5" };
        let time = end.to_rfc3339();
        writeln!(
            text,
            "{time},{price},{price},{price},{price},9,{n},{interest}"
        )
        .unwrap();
    }
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("x.csv"), text).unwrap();
    let market = market.replace("../data/btcusdt_8h.csv", "x.csv");
    let (start, end) = (
        ENV.find("Files(").unwrap(),
        ENV.find("    trading:").unwrap(),
    );
    let env = format!("{}{market},\n{}", &ENV[..start], &ENV[end..]);
    let env = env.replace("[LogReturns(window: 1), Signal(\"score\")]", features);
    let path = folder.path().join("env.ron");
    std::fs::write(&path, env).unwrap();
    let (env, source) = EnvFile::load(&path, &Registry::default()).unwrap();
    let panel = PriceSource::open(&env, &source)
        .unwrap()
        .prices()
        .unwrap()
        .panel;
    assert_eq!(panel.signal_names(), ["funding", "interest"]);
    // Row 1 has the first interest, known five minutes after its close: the panel begins at row 2.
    assert_eq!((panel.n_bars(), panel.signals(0)), (198, &[2.0, 7.5][..]));
}

/// Funding rates of a file become the charges of a ledger. For the time between two bars, the
/// position before the fill pays, valued at the previous close. For the bar itself, the position
/// after the fill pays, valued at the bar's close. Both pay the rate known at its end.
#[test]
fn funding_rates_of_a_file_are_charged() {
    let bar = chrono::TimeDelta::hours(8);
    // One bar in seven is missing.
    let rows = (0_i32..90).filter(|n| n % 7 != 5);
    let end = |n: i32| chrono::DateTime::UNIX_EPOCH + bar * (n + 1);
    let rows: Vec<(i32, f64)> = rows
        .map(|n| (n, 1e-4 * f64::from(n * 5 % 11 - 4)))
        .collect();
    let mut text = "timestamp,open,high,low,close,score\n".to_owned();
    for (n, rate) in &rows {
        let open = 100.0 + f64::from(n * n % 97) / 10.0;
        let time = (end(*n) - bar).to_rfc3339();
        writeln!(
            text,
            "{time},{open},{},{open},{},{rate}",
            open + 1.0,
            open + 0.5
        )
        .unwrap();
    }
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("x.csv"), text).unwrap();
    let costs = "costs: (funding: (signals: [\"score\"], period_hours: 8.0), ";
    let path = folder.path().join("env.ron");
    for late in ["After(bars: 1)", "After(seconds: 60)"] {
        let env = ENV.replace("SIGNALS", &signal("score", late));
        std::fs::write(&path, env.replace("costs: (", costs)).unwrap();
        let error = EnvFile::load(&path, &Registry::default()).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("a delay of `score`, which costs.funding charges"),
            "{error}"
        );
    }
    // The policy may read the same column later than the account pays it.
    let late = "(column: \"score\", name: \"late\", known: After(bars: 1)), ";
    for (known, others) in [("AtClose", ""), ("AtOpen", ""), ("AtClose", late)] {
        let signals = signal("score", known).replacen('(', &format!("{others}("), 1);
        let env = ENV.replace("SIGNALS", &signals);
        let env = env.replace("bar_seconds: 86400", "bar_seconds: 28800");
        std::fs::write(&path, env.replace("costs: (", costs)).unwrap();
        let (env, source) = EnvFile::load(&path, &Registry::default()).unwrap();
        let prices = PriceSource::open(&env, &source).unwrap().prices().unwrap();
        let (n_bars, features) = (prices.panel.n_bars(), &env.trading.features);
        let market = Market::fit(prices.panel, features, 0..n_bars).unwrap();
        let arena = Arena::new(Arc::new(market), env.trading, 10..n_bars).unwrap();
        let mut decider = Baseline::EqualWeight.decider().unwrap();
        let ledger = arena.backtest(&mut *decider).unwrap();
        let (mut held, mut close, mut n_gaps) = (0.0, 0.0, 0);
        for (k, charge) in ledger.charges.iter().enumerate() {
            let row = rows
                .iter()
                .position(|(n, _)| end(*n) == ledger.timestamps[k])
                .unwrap();
            let n_missing = rows[row].0 - rows[row - 1].0 - 1;
            let per_bar = rows[row].1;
            let waited = per_bar * f64::from(n_missing) * held * close;
            (held, close) = (ledger.units[k], ledger.close[k]);
            let expected = waited + per_bar * held * close;
            assert!(
                (charge.funding - expected).abs() < 1e-10,
                "{known}, bar {k}"
            );
            n_gaps += usize::from(waited.abs() > 0.0);
        }
        assert!(ledger.n_bars() > 60 && n_gaps > 5, "{n_gaps}");
    }
}
