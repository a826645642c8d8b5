//! Regression tests of past leaks. Each test rebuilds a flaw and removes it again. With the flaw,
//! the check finds it and a rule that exploits it earns; without the flaw, the check finds nothing
//! and the rule earns only what costs explain.

use super::*;
use crate::{
    env::{Env as _, Order, Shock},
    ingest::{BarLabel, Calendar, DataFile, Gaps},
    market::Allocation,
    stats::{mean, std_dev},
};
use chrono::NaiveTime;
use rand_distr::{Distribution as _, Normal};
use std::{collections::BTreeMap, fmt::Write as _};

/// Weight of a rule's position.
const WEIGHT: f64 = 0.5;
/// Number of days of a walk.
const N_DAYS: usize = 1200;

/// Writes the target weights of a decision.
type Rule<'a> = &'a dyn Fn(&TradingEnv, &mut [f64]);

/// Returns of a rule after costs, and its costs over equity, one per step of all worlds.
#[derive(Default)]
struct Earned {
    returns: Vec<f64>,
    costs: Vec<f64>,
    forced_liquidations: u64,
}

impl Earned {
    fn play(&mut self, mut env: TradingEnv, rule: Rule<'_>) {
        let mut targets = vec![0.0; env.market().panel().n_assets()];
        env.reset(0);
        while !env.outcome().is_over() {
            let equity = env.equity();
            rule(&env, &mut targets);
            env.play(Order::Targets(&targets), Shock::NONE);
            self.returns.push(env.equity() / equity - 1.0);
            self.costs.push(env.last_fill().charge.total() / equity);
        }
        self.forced_liquidations += env.interventions().forced_liquidations;
    }

    fn in_worlds(lab: &Lab<'_>, n_worlds: u32, rule: Rule<'_>) -> Self {
        let mut earned = Self::default();
        for n in 0..n_worlds {
            let world = lab.world(n, Opens::Noisy).unwrap();
            earned.play(world.test_env().unwrap(), rule);
        }
        earned
    }

    /// Yearly Sharpe ratio before costs, and its standard error.
    fn excess(&self, steps_per_year: f64) -> (f64, f64) {
        let [earned, costs] = [&self.returns, &self.costs].map(|x| mean(x).unwrap());
        let sharpe = (earned + costs) / std_dev(&self.returns).unwrap() * steps_per_year.sqrt();
        let n = self.returns.len() as f64;
        (sharpe, (steps_per_year / n).sqrt())
    }

    /// Asserts that the Sharpe ratio before costs lies within two standard errors of 0.
    fn assert_costs_explain(&self, steps_per_year: f64) {
        let (excess, error) = self.excess(steps_per_year);
        assert!(mean(&self.costs).unwrap() > 0.0);
        assert!(excess.abs() < 2.0 * error, "{excess} {error}");
    }

    /// Asserts that the Sharpe ratio after costs is at least five standard errors above 0.
    fn assert_pays(&self, steps_per_year: f64) {
        let (excess, error) = self.excess(steps_per_year);
        let paid = mean(&self.costs).unwrap() / std_dev(&self.returns).unwrap();
        let sharpe = excess - paid * steps_per_year.sqrt();
        assert!(sharpe > 5.0 * error, "{sharpe} {excess} {error}");
    }
}

fn bars(times: &[BarTimes]) -> Vec<Vec<Bar>> {
    times.iter().map(|file| file.bars.clone()).collect()
}

/// Environment that plays all rows of a panel.
fn whole(panel: Panel) -> TradingEnv {
    let (all, spec) = (0..panel.n_bars(), spec(&[]));
    let spec = TradingSpec {
        horizon: None,
        ..spec
    };
    TradingEnv::fit(panel, spec, all).unwrap()
}

/// For each bar, the midnight `days` days after the date on which it ends.
fn midnights(file: &BarTimes, days: i64) -> Vec<DateTime<Utc>> {
    let midnight = |end: &DateTime<Utc>| {
        let date = (*end - TimeDelta::seconds(1)).date_naive();
        date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(days)
    };
    file.ends.iter().map(midnight).collect()
}

/// Daily panel of two files: their bars with equal labels.
fn joined(labels: &[Vec<DateTime<Utc>>; 2], bars: &[Vec<Bar>]) -> Panel {
    let second = labels[1].iter().zip(&bars[1]);
    let second: BTreeMap<_, _> = second.collect();
    let first = labels[0].iter().zip(&bars[0]);
    let rows = first.filter_map(|(end, bar)| Some((*end, [*bar, **second.get(end)?])));
    let (ends, rows): (Vec<_>, Vec<[Bar; 2]>) = rows.unzip();
    let symbols = ["A", "B"].map(String::from).to_vec();
    Panel::new(symbols, ends, rows.concat(), TimeDelta::days(1)).unwrap()
}

/// Files of the index pair, with the hours of their sessions.
fn index_pair() -> Vec<BarTimes> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = project.join("configs/index_pair.ron");
    let experiment = Experiment::load(&config, &Registry::default()).unwrap();
    let (files, calendar, day) = located(&experiment.env, &experiment.env_source).unwrap();
    Template::read(&files, calendar, day).unwrap().bar_times()
}

/// Past flaw: the first file had `timestamps: End`, the second `Open`, so a row showed a session
/// that began after its decision.
#[test]
fn a_date_that_is_taken_as_the_midnight_before_its_session_is_a_leak() {
    let times = index_pair();
    // Follow the newest session of A with B.
    let rule = |env: &TradingEnv, targets: &mut [f64]| {
        let bar = env.market().panel().row(env.row())[0];
        targets[1] = WEIGHT * (bar.close - bar.open).signum();
    };
    let dates = [0, 1].map(|asset| midnights(&times[asset], 1));
    let history = joined(&dates, &bars(&times));
    for (days_of_a, expected) in [(0, &[Part::Alignment][..]), (1, &[])] {
        let labels = [midnights(&times[0], days_of_a), dates[1].clone()];
        let pipeline = |bars: &[Vec<Bar>]| Ok(stage(joined(&labels, bars)));
        let decisions = joined(&labels, &bars(&times)).timestamps().to_vec();
        let lab = lab_of(times.clone(), &history, decisions, 2, &pipeline);
        let report = report_of(&lab);
        assert_eq!(parts(&report), expected, "{report:?}");
        let earned = Earned::in_worlds(&lab, 4, &rule);
        if expected.is_empty() {
            earned.assert_costs_explain(252.0);
        } else {
            let what = &report.findings[0].what;
            assert!(what.contains("of A hold prices made up to"), "{what}");
            earned.assert_pays(252.0);
        }
    }
}

/// A walk without drift, one price per hour.
fn walk(world: u32) -> Vec<f64> {
    let mut rng = Streams::new(11).stream(Component::Market, u64::from(world));
    let volatility = 0.002;
    let step = Normal::new(-volatility * volatility / 2.0, volatility).unwrap();
    let mut log = 100.0_f64.ln();
    let mut price = || {
        log += step.sample(&mut rng);
        log.exp()
    };
    (0..24 * (N_DAYS + 2)).map(|_| price()).collect()
}

/// Daily bars of a walk, between `hours` of each date.
fn days(walk: &[f64], hours: &Range<i64>) -> BarTimes {
    let at = |hour: i64| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
    let mut file = BarTimes {
        opens: Vec::new(),
        ends: Vec::new(),
        bars: Vec::new(),
        prices: BarPrices::Range,
    };
    for midnight in (1..).map(|day| 24 * day).take(N_DAYS) {
        let [open, end] = [hours.start, hours.end].map(|hour| midnight + hour);
        let index = |hour: i64| usize::try_from(hour).unwrap();
        let prices = &walk[index(open)..=index(end)];
        file.opens.push(at(open));
        file.ends.push(at(end));
        file.bars.push(Bar {
            open: prices[0],
            high: prices.iter().copied().fold(f64::MIN, f64::max),
            low: prices.iter().copied().fold(f64::MAX, f64::min),
            close: prices[prices.len() - 1],
            volume: 1e6,
        });
    }
    file
}

/// Past flaw: days of UTC and days from 22:00 to 22:00 of one walk were taken to end together.
/// Without the flaw, the days of the second file are from 0:00 to 22:00.
#[test]
fn days_of_other_hours_that_are_taken_as_simultaneous_are_a_leak() {
    // Follow the last two hours of A with B.
    let rule = |env: &TradingEnv, targets: &mut [f64]| {
        let row = env.market().panel().row(env.row());
        targets[1] = WEIGHT * (row[0].close - row[1].close).signum();
    };
    for (hours, expected) in [(-2..22, &[Part::Alignment][..]), (0..22, &[])] {
        let files = |world: u32| [0..24, hours.clone()].map(|hours| days(&walk(world), &hours));
        let labels = files(0).map(|file| midnights(&file, 1));
        let pipeline = |bars: &[Vec<Bar>]| Ok(stage(joined(&labels, bars)));
        let history = joined(&labels, &bars(&files(0)));
        let decisions = history.timestamps().to_vec();
        let lab = lab_of(files(0).to_vec(), &history, decisions, 2, &pipeline);
        let report = report_of(&lab);
        assert_eq!(parts(&report), expected, "{report:?}");
        let mut earned = Earned::default();
        for world in 1..=20 {
            let panel = joined(&labels, &bars(&files(world)));
            earned.play(whole(panel), &rule);
        }
        if expected.is_empty() {
            earned.assert_costs_explain(365.25);
        } else {
            let what = &report.findings[0].what;
            assert!(
                what.contains("of B open at a price made up to 7200 s"),
                "{what}"
            );
            earned.assert_pays(365.25);
        }
    }
}

/// Hourly files in `folder`; the second lacks two of four bars, which are filled forward.
fn files_with_gaps(folder: &Path) -> [DataFile; 2] {
    let mut symbols = ["A", "B"].into_iter();
    let files = times().into_iter().map(|file| {
        let symbol = symbols.next().unwrap();
        let mut text = "timestamp,open,high,low,close,volume\n".to_owned();
        for (t, (open, bar)) in file.opens.iter().zip(&file.bars).enumerate() {
            if symbol == "A" || t % 4 == 3 || t % 4 == 0 {
                let Bar {
                    open: first,
                    high,
                    low,
                    close,
                    volume,
                } = bar;
                let stamp = open.format("%Y-%m-%dT%H:%M:%SZ");
                writeln!(text, "{stamp},{first},{high},{low},{close},{volume}").unwrap();
            }
        }
        let path = folder.join(format!("{symbol}.csv"));
        fs::write(&path, text).unwrap();
        let mut file = DataFile::new(symbol, path, BarLabel::Open);
        if symbol == "B" {
            file.gaps = Gaps::ForwardFill { at_most: 6 };
        }
        file
    });
    files.collect::<Vec<_>>().try_into().unwrap()
}

/// Past flaw: orders were filled in bars inserted into gaps, whose price is that of the last bar.
#[test]
fn fills_at_stale_prices_are_a_leak() {
    let folder = tempfile::tempdir().unwrap();
    let files = files_with_gaps(folder.path());
    let template = Template::read(&files, Calendar::Intersect, TimeDelta::hours(1)).unwrap();
    // Follow with B what A has done since the last real bar of B. B is correlated with A as if it
    // had all bars.
    let complete = panel(&bars(&times()));
    let rule = |env: &TradingEnv, targets: &mut [f64]| {
        let panel = env.market().panel();
        let newest = env.row();
        let is_filled = |t: &usize| panel.row(*t)[1].volume <= 0.0;
        let n_filled = (0..=newest).rev().take_while(is_filled).count();
        // Two bars in a row are filled. An order after the first is filled in the second.
        if n_filled == 1 {
            let [now, before] = [newest, newest - 1].map(|t| panel.row(t)[0].close);
            targets[1] = WEIGHT * (now - before).signum();
        }
    };
    let times = template.bar_times();
    let history = template.panel(&bars(&times)).unwrap().panel;
    assert_eq!(history.n_bars(), N_BARS);
    for (takes_all_as_real, expected) in [(true, &[Part::Fills][..]), (false, &[])] {
        let pipeline = |bars: &[Vec<Bar>]| {
            let mut panel = template.panel(bars).unwrap().panel;
            if takes_all_as_real {
                panel = panel.with_tradable(vec![true; 2 * N_BARS]).unwrap();
            }
            Ok(stage(panel))
        };
        let decisions = history.timestamps().to_vec();
        let lab = lab_of(times.clone(), &complete, decisions, 2, &pipeline);
        let report = report_of(&lab);
        assert_eq!(parts(&report), expected, "{report:?}");
        assert!(!report.alignment.is_beyond_luck(), "{report:?}");
        let earned = Earned::in_worlds(&lab, 32, &rule);
        let steps_per_year = 22.0 * 365.25;
        if expected.is_empty() {
            earned.assert_costs_explain(steps_per_year);
        } else {
            let what = &report.findings[0].what;
            assert!(what.contains("bars of B open at a price"), "{what}");
            assert!(report.fills.is_beyond_luck(), "{report:?}");
            earned.assert_pays(steps_per_year);
        }
    }
}

/// Changes `targets` so that the environment, which sizes at the close, orders the units that have
/// these weights at the open that fills them.
fn sized_at_the_fill(env: &TradingEnv, targets: &mut [f64]) {
    let (panel, row) = (env.market().panel(), env.row());
    let bars = panel.row(row).iter().zip(panel.row(row + 1));
    let units = env.portfolio().units();
    let values = units
        .iter()
        .zip(panel.row(row + 1))
        .map(|(u, bar)| u * bar.open);
    let at_fill = env.portfolio().cash() + values.sum::<f64>();
    for (target, (now, next)) in targets.iter_mut().zip(bars) {
        *target *= at_fill / next.open * now.close / env.equity();
    }
}

/// Sizing with the fill price buys more where noise makes the open low.
#[test]
fn sizes_from_the_fill_price_are_a_leak() {
    let honest = |bars: &[Vec<Bar>]| Ok(stage(panel(bars)));
    let lab = Lab {
        resize: &sized_at_the_fill,
        ..lab(times(), 2, &honest)
    };
    let report = report_of(&lab);
    assert_eq!(parts(&report), [Part::Fills], "{report:?}");
    let what = &report.findings[0].what;
    assert!(what.contains("the size of an order for A"), "{what}");

    // Opens with 1 % noise around a walk that hardly moves, and a constant weight.
    let noisy = |world: u32| {
        let mut rng = Streams::new(12).stream(Component::Market, u64::from(world));
        let mut draw = |volatility: f64| {
            let law = Normal::new(-volatility * volatility / 2.0, volatility).unwrap();
            law.sample(&mut rng).exp()
        };
        let mut close = 100.0;
        let bar = |_| {
            let open = close * draw(0.01);
            close *= draw(0.001);
            Bar {
                open,
                high: open.max(close),
                low: open.min(close),
                close,
                volume: 1e6,
            }
        };
        let bars: Vec<Bar> = (0..N_BARS).map(bar).collect();
        let ends = (1..).map(|day| DateTime::UNIX_EPOCH + TimeDelta::days(day));
        let (symbols, day) = (vec!["A".to_owned()], TimeDelta::days(1));
        let panel = Panel::new(symbols, ends.take(N_BARS).collect(), bars, day).unwrap();
        whole(panel)
    };
    let [mut before, mut now] = [Earned::default(), Earned::default()];
    for world in 0..20 {
        now.play(noisy(world), &|_, targets| targets[0] = WEIGHT);
        before.play(noisy(world), &|env, targets| {
            targets[0] = WEIGHT;
            sized_at_the_fill(env, targets);
        });
    }
    before.assert_pays(252.0);
    now.assert_costs_explain(252.0);
    // The expected gain is w (1 − w) σ² per bar.
    let points = 252.0 * (mean(&before.returns).unwrap() - mean(&now.returns).unwrap());
    let expected = 252.0 * WEIGHT * (1.0 - WEIGHT) * 1e-4;
    assert!(
        (points / expected - 1.0).abs() < 0.15,
        "{points} {expected}"
    );
}

/// A forced liquidation sells after the open, but it is no leak: no later price sizes an order, and
/// a sale of a martingale at the margin earns nothing on average.
#[test]
fn forced_liquidations_are_no_leak() {
    let leveraged = |bars: &[Vec<Bar>]| {
        let mut spec = spec(&[]);
        spec.allocation = Allocation::Weights {
            low: -4.0,
            high: 4.0,
            max_gross: 4.0,
        };
        spec.orders.maintenance_margin = 0.245;
        Ok(Stage {
            training: TradingEnv::fit(panel(bars), spec, TRAINING).unwrap(),
            test: TEST,
        })
    };
    let lab = lab(times(), 2, &leveraged);
    let report = report_of(&lab);
    assert_eq!(report.findings, [], "{report:?}");
    for weights in [[3.98, 0.0], [0.0, -3.98], [1.99, 1.99]] {
        let earned = Earned::in_worlds(&lab, 8, &|_, targets| targets.copy_from_slice(&weights));
        assert!(
            earned.forced_liquidations > 200,
            "{}",
            earned.forced_liquidations
        );
        earned.assert_costs_explain(22.0 * 365.25);
    }
}
