//! Replays every ledger of the shipped envs with price files from those files alone, all costs
//! included. The replay reads with polars and knows nothing of the crate; the program only writes
//! the ledgers. Envs with drawn prices are left out, because a run does not write their bars.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    clippy::cast_precision_loss,
    clippy::similar_names,
    reason = "seconds are far below 2^52; fields have the names of the ledger's columns"
)]

use polars::prelude::*;
use std::{fs, path::Path, process::Command};

/// Interest, fees and funding that the test adds to the costs of each env.
const MONEY: &str = ", cash_rate: 0.03, margin_rate: 0.08, borrow_fee: 0.02, \
                     funding: (rate_bps: 1.5, period_hours: 8.0)";

/// Transient impact that the test adds where an env reads volumes.
const TRANSIENT: [&str; 2] = [
    ", transient_impact: (coefficient: 20.0, half_life_hours: 40.0))",
    ", transient_impact: (coefficient: 0.0, half_life_hours: 1.0))",
];

type Env = (
    &'static str,
    &'static [(&'static str, &'static str)],
    [&'static str; 6],
);
const DAYS: [&str; 6] = [
    "2000-03-01",
    "2008-12-31",
    "2009-01-01",
    "2010-12-31",
    "2011-01-01",
    "2013-03-01",
];
const HOURS: [&str; 6] = [
    "2017-01-02",
    "2017-06-30",
    "2017-07-01",
    "2017-09-30",
    "2017-10-01",
    "2017-12-31",
];
const STOCKS: &[(&str, &str)] = &[
    ("AAPL", "aapl_1d_raw_adj"),
    ("IBM", "ibm_1d_raw_adj"),
    ("MSFT", "msft_1d_raw_adj"),
];
const INDICES: &[(&str, &str)] = &[("SPX", "spx_1d_1999_2018"), ("IXIC", "ixic_1d_1999_2018")];
const ENVS: [Env; 4] = [
    ("panel_daily-v1", STOCKS, DAYS),
    ("panel_crashes-v1", STOCKS, DAYS),
    ("index_pair-v1", INDICES, DAYS),
    (
        "eurusd_hourly-v1",
        &[("EURUSD", "eurusd_ask_1h_2017")],
        HOURS,
    ),
];

fn numbers(frame: &DataFrame, name: &str) -> Vec<f64> {
    let column = frame
        .column(name)
        .unwrap()
        .cast(&DataType::Float64)
        .unwrap();
    column.f64().unwrap().iter().map(Option::unwrap).collect()
}

/// Bars of one file: starts in nanoseconds, opens, closes, volumes, and variances for the impact.
struct Bars {
    start: Vec<f64>,
    open: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
    variance: Vec<f64>,
}

fn bars(path: &Path) -> Bars {
    let options = CsvReadOptions::default().try_into_reader_with_file_path(Some(path.into()));
    let file = options.unwrap().finish().unwrap();
    let raw = numbers(&file, "close");
    let adjusted = file
        .column("adj_close")
        .map_or(raw.clone(), |_| numbers(&file, "adj_close"));
    let factor = |row: usize| adjusted[row] / raw[row];
    let scaled = |name, power: f64| -> Vec<f64> {
        let values = numbers(&file, name).into_iter().enumerate();
        values.map(|(row, x)| x * factor(row).powf(power)).collect()
    };
    let labels = file.column("timestamp").unwrap().str().unwrap().iter();
    let start = labels.map(|label| nanoseconds(label.unwrap())).collect();
    // v ← a v + (1 − a) r² with a half-life of twenty bars, starting from the first squared log
    // return.
    let (kept, mut variance) = (0.5_f64.powf(1.0 / 20.0), vec![0.0; raw.len()]);
    for row in 1..raw.len() {
        let square = (adjusted[row] / adjusted[row - 1]).ln().powi(2);
        let before = if row == 1 { square } else { variance[row - 1] };
        variance[row] = kept * before + (1.0 - kept) * square;
    }
    Bars {
        start,
        open: scaled("open", 1.0),
        close: adjusted.clone(),
        volume: scaled("volume", -1.0),
        variance,
    }
}

fn nanoseconds(label: &str) -> f64 {
    let time = chrono::DateTime::parse_from_rfc3339(label).unwrap();
    time.timestamp() as f64 * 1e9
}

/// Costs as the env file writes them.
struct Rates {
    linear: f64,
    impact: f64,
    cash: f64,
    margin: f64,
    borrow: f64,
    funding_per_hour: f64,
    displacement: f64,
    half_life: f64,
}

fn rates(env: &str) -> Rates {
    let said = |name: &str| -> f64 {
        let rest = &env[env.find(name).unwrap() + name.len()..];
        rest[..rest.find([',', ')']).unwrap()].parse().unwrap()
    };
    Rates {
        linear: (said("fee: ") + said("half_spread: ")) * 1e-4,
        impact: said("impact_coefficient: "),
        cash: said("cash_rate: "),
        margin: said("margin_rate: "),
        borrow: said("borrow_fee: "),
        funding_per_hour: said("rate_bps: ") * 1e-4 / said("period_hours: "),
        displacement: said("(coefficient: "),
        half_life: said("half_life_hours: "),
    }
}

impl Rates {
    /// Cost of trading `value` at `price` in `row`, with the variance up to row `known`.
    fn trade(&self, bars: &Bars, value: f64, price: f64, row: usize, known: usize) -> f64 {
        let share = (value.abs() / (price * bars.volume[row])).sqrt();
        let impact = self.impact * bars.variance[known].sqrt() * share;
        value.abs() * (self.linear + if self.impact > 0.0 { impact } else { 0.0 })
    }

    /// Transient impact of the same trade, `hours` after the asset's trade before it. The pressure
    /// of the trades, y, decays; the price is displaced by √k y.
    fn displace(&self, k: f64, value: f64, pressure: &mut f64, hours: f64) -> f64 {
        *pressure *= 0.5_f64.powf(hours / self.half_life);
        let cost = value * (k.sqrt() * *pressure + k * value / 2.0);
        *pressure += k.sqrt() * value;
        cost
    }

    /// Displacement per traded value, k.
    fn per_value(&self, bars: &Bars, price: f64, row: usize, known: usize) -> f64 {
        let k = self.displacement * bars.variance[known].sqrt() / (price * bars.volume[row]);
        if self.displacement > 0.0 { k } else { 0.0 }
    }

    /// Cost of holding cash and positions of these `values`.
    fn hold(&self, cash: f64, values: &[f64], hours: f64) -> f64 {
        let interest = cash * if cash > 0.0 { -self.cash } else { -self.margin };
        let short: f64 = values.iter().map(|value| (-value).max(0.0)).sum();
        let funding = self.funding_per_hour * hours * values.iter().sum::<f64>();
        (interest + self.borrow * short) * hours / 8_766.0 + funding
    }
}

/// An order of one asset at its decision: closes, volume and variance are those of `row`.
struct Order<'a> {
    bars: &'a Bars,
    row: usize,
    close: f64,
    held: f64,
    target: f64,
    pressure: f64,
}

/// Equity x after the costs of an order, by bisection: x + cost of trading to target · x = equity.
fn after_costs(orders: &[Order<'_>], rates: &Rates, equity: f64, hours: f64) -> f64 {
    let excess = |x: f64| {
        let cost = |order: &Order<'_>| {
            let (value, mut pressure) =
                (order.target * x - order.held * order.close, order.pressure);
            let k = rates.per_value(order.bars, order.close, order.row, order.row);
            rates.trade(order.bars, value, order.close, order.row, order.row)
                + rates.displace(k, value, &mut pressure, hours)
        };
        x + orders.iter().map(cost).sum::<f64>() - equity
    };
    let halve = |(low, high): (f64, f64), _| {
        let middle = f64::midpoint(low, high);
        if excess(middle) < 0.0 {
            (middle, high)
        } else {
            (low, middle)
        }
    };
    (0..80).fold((0.0, 2.0 * equity), halve).0
}

/// Columns of `ledger.parquet`, per bar and per asset.
struct Ledger {
    id: Vec<f64>,
    times: [Vec<f64>; 3],
    money: [Vec<f64>; 4],
    per_asset: [Vec<Vec<f64>>; 4],
}

impl Ledger {
    fn new(frame: &DataFrame, files: &[(&str, Bars)]) -> Self {
        let of = |name: &str| numbers(frame, name);
        let symbols = files.iter().map(|(symbol, _)| symbol);
        let per_asset = |name: &str| {
            symbols
                .clone()
                .map(|s| of(&format!("{name}_{s}")))
                .collect()
        };
        Self {
            id: of("ledger"),
            times: ["timestamp_ns", "decided_ns", "filled_ns"].map(of),
            money: ["initial_equity", "equity", "cash", "cost"].map(of),
            per_asset: ["units", "fill_price", "target", "ordered"].map(per_asset),
        }
    }

    /// Order of bar `t`, decided a row before it.
    fn order<'a>(
        &self,
        t: usize,
        files: &'a [(&str, Bars)],
        rows: impl Iterator<Item = usize>,
        [levels, held, pressures]: [&[f64]; 3],
    ) -> Vec<Order<'a>> {
        let asset = |(i, ((_, bars), row)): (usize, (&'a (&str, Bars), usize))| Order {
            bars,
            row: row - 1,
            close: levels[i] * bars.close[row - 1],
            held: held[i],
            target: self.per_asset[2][i][t],
            pressure: pressures[i],
        };
        files.iter().zip(rows).enumerate().map(asset).collect()
    }

    /// Asserts that the order of bar `t` has the sizes of its targets after costs; a bar without an
    /// order asks for the units held.
    fn assert_sizes(&self, t: usize, order: &[Order<'_>], rates: &Rates, equity: f64, hours: f64) {
        let ordered = &self.per_asset[3];
        let x = after_costs(order, rates, equity, hours);
        let changes = |(i, order): (usize, &Order<'_>)| (ordered[i][t] - order.held).abs() > 0.0;
        let is_order = order.iter().enumerate().any(changes);
        for (i, order) in order.iter().enumerate().filter(|_| is_order) {
            let error = (ordered[i][t] * order.close - order.target * x).abs() / equity;
            assert!(error < 1e-12, "bar {t}: an order is off by {error}");
        }
    }
}

/// Replays all ledgers of a file from the target weights, the units after each fill, the bars and
/// the rates. Crashes that an env replays before its test span move the level of the prices, not
/// their returns.
fn replay(ledger: &Ledger, files: &[(&str, Bars)], rates: &Rates, after_crashes: bool) {
    let (id, [end, decided, filled]) = (&ledger.id, &ledger.times);
    let ([initial, equity, cash, paid], [units, fills, ..]) = (&ledger.money, &ledger.per_asset);
    let starts = files[0].1.start.windows(2).map(|pair| pair[1] - pair[0]);
    let length = starts.fold(f64::INFINITY, f64::min);
    let (mut money, mut worth, mut held) = (0.0, 0.0, vec![0.0; files.len()]);
    let mut pressures = held.clone();
    let row = |bars: &Bars, t: usize| bars.start.partition_point(|start| *start < end[t]) - 1;
    let level = |(fill, (_, bars)): (&Vec<f64>, &(&str, Bars))| {
        if after_crashes {
            fill[0] / bars.open[row(bars, 0)]
        } else {
            1.0
        }
    };
    let levels: Vec<f64> = fills.iter().zip(files).map(level).collect();
    for t in 0..id.len() {
        assert!(decided[t] <= filled[t] && filled[t] < end[t], "bar {t}");
        let is_first = t == 0 || id[t] > id[t - 1];
        let is_last = id.get(t + 1).is_none_or(|next| *next > id[t]);
        if is_first {
            (money, worth, held) = (initial[t], initial[t], vec![0.0; files.len()]);
            pressures.clone_from(&held);
        }
        let hours_since = |later: f64, earlier: f64| (later - earlier).max(0.0) / 3.6e12;
        let last_fill = filled[t - usize::from(!is_first)];
        let bar_hours = hours_since(end[t], decided[t]).min(length / 3.6e12);
        let (mut bought, mut sold, mut values) = (0.0, 0.0, Vec::new());
        let rows = files.iter().map(|(_, bars)| row(bars, t));
        let order = ledger.order(t, files, rows, [&levels, &held, &pressures]);
        ledger.assert_sizes(t, &order, rates, worth, hours_since(decided[t], last_fill));
        // Holding costs: of the old position between two bars, of the new one within a bar.
        let old: Vec<f64> = order.iter().map(|order| order.held * order.close).collect();
        let waited = rates.hold(money, &old, hours_since(end[t], decided[t]) - bar_hours);
        money -= waited;
        for (i, Order { bars, row, .. }) in order.iter().enumerate() {
            let (open, close) = (
                levels[i] * bars.open[row + 1],
                levels[i] * bars.close[row + 1],
            );
            assert!(
                (fills[i][t] / open - 1.0).abs() < 1e-12,
                "asset {i} bar {t}"
            );
            let traded = (units[i][t] - held[i]) * open;
            money -= traded;
            bought += rates.trade(bars, traded, open, row + 1, *row);
            let (k, pressure) = (
                rates.per_value(bars, open, row + 1, *row),
                &mut pressures[i],
            );
            bought += rates.displace(k, traded, pressure, hours_since(filled[t], last_fill));
            values.push(units[i][t] * close);
            if is_last {
                sold += rates.trade(bars, values[i], close, row + 1, row + 1);
                let k = rates.per_value(bars, close, row + 1, row + 1);
                sold += rates.displace(k, -values[i], &mut pressures[i], bar_hours);
            }
            held[i] = units[i][t];
        }
        let costs = bought + rates.hold(money - bought, &values, bar_hours) + sold;
        let position: f64 = values.iter().sum();
        money -= costs;
        worth = money + position;
        money += if is_last { position } else { 0.0 };
        let found = [paid[t], cash[t], equity[t]];
        assert_near(t, found, [waited + costs, money, worth], worth);
    }
}

/// Asserts that costs, cash and equity agree to 1e-12 of equity.
fn assert_near(t: usize, found: [f64; 3], replayed: [f64; 3], equity: f64) {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() / equity < 1e-12;
    let all_near = found.iter().zip(&replayed).all(near);
    assert!(
        all_near,
        "bar {t}: cost, cash, equity {found:?}, replayed {replayed:?}"
    );
}

#[test]
fn ledgers_replay_from_the_data_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, files, spans) in ENVS {
        let folder = tempfile::tempdir().unwrap();
        let env = fs::read_to_string(root.join(format!("envs/{name}.ron"))).unwrap();
        let costs = env.find("costs: (").unwrap();
        let end = costs + env[costs..].find(')').unwrap();
        let transient = TRANSIENT[usize::from(env.contains("impact_coefficient: 0.0"))];
        let env = format!("{}{MONEY}{transient}{}", &env[..end], &env[end + 1..])
            .replace("low: -1.0, max_gross: 1.0", "low: -1.0, max_gross: 2.0")
            .replace("../data/", &format!("{}/data/", root.display()));
        fs::write(folder.path().join("env.ron"), &env).unwrap();
        let mut config = include_str!("tiny.ron").to_owned();
        let tiny = [
            "2020-01-01",
            "2020-06-30",
            "2020-07-01",
            "2020-09-30",
            "2020-10-01",
            "2021-01-10",
        ];
        for (from, to) in tiny.iter().zip(spans) {
            config = config.replace(from, to);
        }
        fs::write(folder.path().join("config.ron"), config).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_shockproof"))
            .args(["run", "config.ron", "--out", "out"])
            .current_dir(folder.path())
            .output();
        assert!(
            output.as_ref().unwrap().status.success(),
            "{name}: {output:?}"
        );
        let read = |(symbol, file): &(&'static str, &str)| {
            (*symbol, bars(&root.join(format!("data/{file}.csv"))))
        };
        let files: Vec<_> = files.iter().map(read).collect();
        let ledger = fs::File::open(folder.path().join("out/backtest/ledger.parquet")).unwrap();
        let ledger = ParquetReader::new(ledger).finish().unwrap();
        let ledger = Ledger::new(&ledger, &files);
        replay(&ledger, &files, &rates(&env), env.contains("replays:"));
    }
}
