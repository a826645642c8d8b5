//! Prices converted by a file of exchange rates.

#![allow(
    clippy::cast_precision_loss,
    reason = "small numbers made up for tests"
)]

use super::*;
use crate::ingest::{Conversion, Gaps, Known, MissingCells, SignalColumn};
use crate::market::Bar;
use chrono::{DateTime, Utc};
use proptest::prelude::*;

const FIVE_DAYS: u32 = 5 * 86_400;
const ROW: &str = "10,12,9,11,100";
const PRICES: [f64; 5] = [10.0, 12.0, 9.0, 11.0, 100.0];

/// Minutes after 2020-01-01 in UTC.
fn minute(n: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(n)
}

/// Rates `(minute of the label, rate)` of EURUSD; only closes.
fn rates(folder: &TempDir, name: &str, rates: &[(i64, f64)]) -> DataFile {
    let rows = rates.iter();
    let rows = rows.map(|(n, rate)| format!("{},{rate}", minute(*n).to_rfc3339()));
    let lines: Vec<String> = std::iter::once("timestamp,close".to_owned())
        .chain(rows)
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    named("EURUSD", file(folder, name, &lines))
}

fn named(symbol: &str, file: DataFile) -> DataFile {
    DataFile {
        symbol: symbol.to_owned(),
        ..file
    }
}

/// Hourly bars of [`ROW`] that begin at these hours, in EUR.
fn hours(folder: &TempDir, hours: &[i64]) -> DataFile {
    let rows = hours.iter();
    let rows = rows.map(|n| format!("{},{ROW}", minute(60 * n).to_rfc3339()));
    let lines: Vec<String> = std::iter::once(HEADER.to_owned()).chain(rows).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    in_euro(named("A", file(folder, "a.csv", &lines)))
}

fn in_euro(file: DataFile) -> DataFile {
    DataFile {
        currency: Some("EUR".to_owned()),
        ..file
    }
}

fn to_dollars(file: &DataFile, rates: &DataFile, max_age_seconds: u32) -> DataFile {
    DataFile {
        conversion: Some(Conversion {
            to: "USD".to_owned(),
            rates: Box::new(rates.clone()),
            max_age_seconds,
        }),
        ..file.clone()
    }
}

fn read(file: &DataFile) -> Result<Ingested, IngestError> {
    read_panel(std::slice::from_ref(file), Calendar::Refuse, None)
}

fn bars(file: &DataFile) -> Vec<Bar> {
    read(file).unwrap().panel.asset(0).copied().collect()
}

#[test]
fn a_constant_rate_multiplies_the_prices_and_not_the_volume() {
    let folder = TempDir::new().unwrap();
    let plain = hours(&folder, &[10, 11, 12]);
    let all: Vec<_> = (0..30).map(|n| (60 * n, 1.25)).collect();
    let rates = rates(&folder, "r.csv", &all);
    let Ingested { panel, report } = read(&to_dollars(&plain, &rates, 3600)).unwrap();
    for t in 0..3 {
        assert_eq!(panel.row(t)[0], bar([12.5, 15.0, 11.25, 13.75, 100.0]));
    }
    let file = &report.files[0];
    let used = file.conversion.as_ref().unwrap();
    assert_eq!(file.currency.as_deref(), Some("USD"));
    assert_eq!(
        (used.from.as_str(), used.pair.as_str(), used.rows_read),
        ("EUR", "EURUSD", 30)
    );
    assert_eq!(
        (used.smallest, used.largest, used.oldest_seconds),
        (1.25, 1.25, 0.0)
    );
    assert_eq!(read(&plain).unwrap().report.files[0].conversion, None);
    // The other way round: dollars cost euros, so prices are divided by the rates.
    let inverse = named("USD/EUR", rates);
    let found = bars(&to_dollars(&plain, &inverse, 3600));
    let factor = 0.8;
    let expected = bar([
        10.0 * factor,
        12.0 * factor,
        9.0 * factor,
        11.0 * factor,
        100.0,
    ]);
    assert_eq!(found, [expected; 3]);
}

/// A rate is known when its bar of half an hour ends.
#[test]
fn opens_and_closes_have_the_newest_rate_of_their_instants() {
    let folder = TempDir::new().unwrap();
    let plain = hours(&folder, &[10, 11, 12]);
    // No bar begins at 11:00.
    let known = [
        (600, 1.0),
        (630, 2.0),
        (660, 4.0),
        (720, 0.5),
        (750, 8.0),
        (780, 1.0),
    ];
    let expected = [
        bar([10.0, 48.0, 9.0, 44.0, 100.0]),
        bar([40.0, 48.0, 4.5, 5.5, 100.0]),
        bar([5.0, 96.0, 4.5, 11.0, 100.0]),
    ];
    let by_end = DataFile {
        timestamps: BarLabel::End,
        ..rates(&folder, "end.csv", &known)
    };
    let by_open = rates(&folder, "open.csv", &known.map(|(n, rate)| (n - 30, rate)));
    for rates in [&by_end, &by_open] {
        assert_eq!(bars(&to_dollars(&plain, rates, 1800)), expected);
    }
    // Rates of the broker's clock, two hours ahead of UTC in winter.
    let rows = known.map(|(n, rate)| {
        let time = minute(n - 30 + 120).format("%Y.%m.%d,%H:%M");
        format!("{time},{rate},{rate},{rate},{rate},7")
    });
    let broker = named(
        "EURUSD",
        file(&folder, "mt", &rows.each_ref().map(String::as_str)),
    );
    let error = read(&to_dollars(&plain, &broker, 1800)).unwrap_err();
    assert_says(&error, &["mt, row 1", "without its zone", "`time_zone`"]);
    let in_athens = DataFile {
        time_zone: Some("Europe/Athens".to_owned()),
        ..broker
    };
    assert_eq!(bars(&to_dollars(&plain, &in_athens, 1800)), expected);
}

/// Reference rates of 16:00 in Berlin: a session from 09:00 to 17:30 opens at the rate of the day
/// before and closes at that of its date. The clocks changed on 2020-03-29.
#[test]
fn dates_have_the_rates_of_their_sessions() {
    let folder = TempDir::new().unwrap();
    let days = ["2020-03-26", "2020-03-27", "2020-03-30", "2020-03-31"];
    let session = |file: DataFile, hours: &str| DataFile {
        session: Some(hours.parse().unwrap()),
        ..file
    };
    let lines = days.map(|day| format!("{day},{ROW}"));
    let lines = [HEADER, &lines[1], &lines[2], &lines[3]];
    let bare = in_euro(named("DAX", file(&folder, "dax.csv", &lines)));
    let dax = session(bare.clone(), "09:00-17:30 Europe/Berlin");
    let lines = [0, 1, 2, 3].map(|n| format!("{},{}", days[n], 1 << n));
    let lines = [
        "timestamp,close",
        &lines[0],
        &lines[1],
        &lines[2],
        &lines[3],
    ];
    let dates = named("EURUSD", file(&folder, "ecb.csv", &lines));
    let ecb = session(dates.clone(), "00:00-16:00 Europe/Berlin");
    // From Friday 16:00 to Monday 09:00, an hour less than usual.
    let oldest = 64 * 3600;
    let Ingested { panel, report } = read(&to_dollars(&dax, &ecb, oldest)).unwrap();
    let expected = [
        bar([10.0, 24.0, 9.0, 22.0, 100.0]),
        bar([20.0, 48.0, 18.0, 44.0, 100.0]),
        bar([40.0, 96.0, 36.0, 88.0, 100.0]),
    ];
    assert_eq!(panel.asset(0).copied().collect::<Vec<_>>(), expected);
    let used = report.files[0].conversion.as_ref().unwrap();
    assert!((used.oldest_seconds - f64::from(oldest)).abs() < 1e-9);
    let error = read(&to_dollars(&dax, &ecb, oldest - 1)).unwrap_err();
    assert_says(
        &error,
        &[
            "dax.csv, conversion: found the rate of EURUSD from 2020-03-27 15:00:00 UTC at \
             2020-03-30 07:00:00 UTC",
            "at most 230399 s old",
            "ecb.csv",
            "`max_age_seconds`",
        ],
    );
    // Without hours, neither file has instants.
    let error = read(&to_dollars(&dax, &dates, FIVE_DAYS)).unwrap_err();
    assert_says(
        &error,
        &["ecb.csv, session: found none", "instant", "session: (open:"],
    );
    let error = read(&to_dollars(&bare, &ecb, FIVE_DAYS)).unwrap_err();
    assert_says(&error, &["dax.csv, session: found none", "instant"]);
    // A file of closes has them at their sessions' closes only.
    let lines = days.map(|day| format!("{day},11"));
    let lines = ["timestamp,close", &lines[1], &lines[2], &lines[3]];
    let closes = in_euro(named("DAX", file(&folder, "closes.csv", &lines)));
    let closes = session(closes, "09:00-17:30 Europe/Berlin");
    let flat = |price: f64| bar([price, price, price, price, 0.0]);
    assert_eq!(
        bars(&to_dollars(&closes, &ecb, FIVE_DAYS)),
        [flat(22.0), flat(44.0), flat(88.0)]
    );
}

#[test]
fn converted_files_make_a_panel_of_one_currency() {
    let folder = TempDir::new().unwrap();
    let plain = DataFile {
        gaps: Gaps::ForwardFill { at_most: 2 },
        ..hours(&folder, &[10, 12])
    };
    let rates = rates(
        &folder,
        "r.csv",
        &[(540, 1.0), (600, 2.0), (660, 4.0), (720, 8.0)],
    );
    let lines = [10, 11, 12].map(|n| format!("{},{ROW}", minute(60 * n).to_rfc3339()));
    let lines = [HEADER, &lines[0], &lines[1], &lines[2]];
    let dollars = DataFile {
        currency: Some("USD".to_owned()),
        ..named("B", file(&folder, "b.csv", &lines))
    };
    let hour = Some(TimeDelta::hours(1));
    let read = |one: DataFile| read_panel(&[one, dollars.clone()], Calendar::Refuse, hour);
    let error = read(plain.clone()).unwrap_err();
    assert_says(&error, &["found USD, expected EUR", "`conversion`"]);
    let Ingested { panel, report } = read(to_dollars(&plain, &rates, FIVE_DAYS)).unwrap();
    let currencies = report.files.iter().map(|file| file.currency.as_deref());
    assert_eq!(currencies.collect::<Vec<_>>(), [Some("USD"); 2]);
    // An inserted bar repeats the converted close.
    let closes: Vec<f64> = panel.asset(0).map(|bar| bar.close).collect();
    assert_eq!(closes, [22.0, 22.0, 88.0]);
    assert!(!panel.is_tradable(1, 0));
    assert_eq!(
        panel.asset(1).copied().collect::<Vec<_>>(),
        [bar(PRICES); 3]
    );
}

/// Worlds of `check leak` are drawn in the currency of the panel.
#[cfg(feature = "cli")]
#[test]
fn bars_of_a_template_are_converted_once() {
    use crate::ingest::Template;
    let folder = TempDir::new().unwrap();
    let rates = rates(
        &folder,
        "r.csv",
        &[(540, 1.0), (600, 2.0), (660, 4.0), (720, 8.0)],
    );
    let files = [to_dollars(
        &hours(&folder, &[10, 11, 12]),
        &rates,
        FIVE_DAYS,
    )];
    let expected = bars(&files[0]);
    let template = Template::read(&files, Calendar::Refuse, TimeDelta::hours(1)).unwrap();
    let times = template.bar_times();
    assert_eq!(times[0].bars, expected);
    let world = template.panel(&[times[0].bars.clone()]).unwrap();
    assert_eq!(world.panel.asset(0).copied().collect::<Vec<_>>(), expected);
}

#[test]
#[allow(clippy::too_many_lines, reason = "one entry per refusal")]
fn rates_that_do_not_fit_are_refused() {
    let folder = TempDir::new().unwrap();
    let plain = hours(&folder, &[10, 11, 12]);
    let good = rates(
        &folder,
        "r.csv",
        &[(540, 1.0), (600, 2.0), (660, 4.0), (720, 8.0)],
    );
    let refuses = |file: &DataFile, parts: &[&str]| assert_says(&read(file).unwrap_err(), parts);
    let from = |rates: &DataFile| to_dollars(&plain, rates, 7200);
    // Rows before the first rate, and after the last.
    let late = rates(&folder, "late.csv", &[(600, 2.0), (660, 4.0), (720, 8.0)]);
    let first = [
        "a.csv, conversion: found no rate of EURUSD at 2020-01-01 10:00:00 UTC",
        "late.csv begin at 2020-01-01 11:00:00 UTC",
        "begins earlier",
    ];
    refuses(&from(&late), &first);
    let early = rates(&folder, "early.csv", &[(480, 1.0), (540, 2.0)]);
    refuses(
        &from(&early),
        &[
            "from 2020-01-01 10:00:00 UTC at 2020-01-01 13:00:00 UTC",
            "7200 s",
        ],
    );
    let single = rates(&folder, "single.csv", &[(540, 1.0)]);
    refuses(&from(&single), &["single.csv, path: found a single rate"]);
    for cell in ["0", "-1.2", "x"] {
        let lines = format!("{},{cell}", minute(600).to_rfc3339());
        let rates = named(
            "EURUSD",
            file(
                &folder,
                "bad.csv",
                &["timestamp,close", "2020-01-01T09:00:00Z,1.1", &lines],
            ),
        );
        refuses(&from(&rates), &["bad.csv, row 3, column", "found"]);
    }
    // Another pair, and the pair the other way round.
    for symbol in ["GBPUSD", "EUR", "rates"] {
        refuses(
            &from(&named(symbol, good.clone())),
            &["r.csv, symbol: found", "EURUSD if", "USDEUR if"],
        );
    }
    let kraken = |instrument: &str| {
        let lines = [9, 10, 11, 12].map(|n| {
            let time = minute(60 * n).format("%Y-%m-%d %H:%M:%S");
            let unix = minute(60 * n).timestamp();
            format!("{unix},{time},{instrument},2,2,2,2,1,1")
        });
        let header = "unix,date,symbol,open,high,low,close,Volume A,Volume B";
        let lines = [header, &lines[0], &lines[1], &lines[2], &lines[3]];
        named("EURUSD", file(&folder, "named.csv", &lines))
    };
    assert!(read(&from(&kraken("EUR/USD"))).is_ok());
    for instrument in ["USD/EUR", "GBP/USD"] {
        let found = format!("named.csv, symbol: found rates of {instrument}");
        refuses(
            &from(&kraken(instrument)),
            &[&found, "expected EURUSD", "way round"],
        );
    }
    let other = DataFile {
        currency: Some("EUR".to_owned()),
        ..good.clone()
    };
    refuses(&from(&other), &["r.csv, currency: found EUR, expected USD"]);
    // Settings without effect.
    let conversion = from(&good).conversion;
    let score = SignalColumn {
        column: "x".to_owned(),
        name: "x".to_owned(),
        known: Known::AtClose,
        missing: MissingCells::Refuse,
    };
    for (field, rates) in [
        (
            "gaps",
            DataFile {
                gaps: Gaps::Refuse,
                ..good.clone()
            },
        ),
        (
            "signals",
            DataFile {
                signals: vec![score],
                ..good.clone()
            },
        ),
        (
            "conversion",
            DataFile {
                conversion,
                ..good.clone()
            },
        ),
    ] {
        refuses(
            &from(&rates),
            &[&format!("r.csv, {field}: found"), "leave it out"],
        );
    }
    let unknown = DataFile {
        currency: None,
        ..from(&good)
    };
    refuses(
        &unknown,
        &["a.csv, currency: found none", "`currency: \"EUR\"`"],
    );
    for (to, part) in [("EUR", "another currency than EUR"), ("usd", "capitals")] {
        let mut file = from(&good);
        if let Some(conversion) = &mut file.conversion {
            to.clone_into(&mut conversion.to);
        }
        refuses(&file, &["a.csv, conversion: found", part]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Every open and close has the newest rate known at its instant, found among all rates. Rates
    /// that become known after t change no bar that has ended by t. Divided by their rates, prices
    /// are those of the file.
    #[test]
    fn no_rate_is_used_before_it_is_known(
        present in prop::collection::vec((0..10_u32, 0..10_u32, 0.5..2.0_f64), 12..60),
        cut in 0..80_i64,
    ) {
        // Bars of an hour, and ends of rates every twenty minutes; both with holes.
        let hours_of = (1_i64..).zip(&present).filter(|(_, p)| p.0 < 7);
        let hours_of: Vec<i64> = hours_of.map(|(n, _)| n).collect();
        prop_assume!(!hours_of.is_empty());
        let ticks = (1_i64..).zip(present.iter().cycle()).take(3 * present.len() + 9);
        let ticks = ticks.filter(|(n, p)| *n == 1 || (i64::from(p.1) + n % 3) % 4 > 0);
        let known = ticks.map(|(n, p)| (20 * n, p.2 + n as f64 / 100.0));
        let known: Vec<(i64, f64)> = known.collect();
        let scramble = |&(n, rate): &(i64, f64)| (n, if n > 60 * cut { 3.0 * rate } else { rate });
        let scrambled: Vec<(i64, f64)> = known.iter().map(scramble).collect();
        let folder = TempDir::new().unwrap();
        let plain = hours(&folder, &hours_of);
        let bars_of = |name: &str, known: &[(i64, f64)]| {
            let by_end = DataFile { timestamps: BarLabel::End, ..rates(&folder, name, known) };
            let file = to_dollars(&plain, &by_end, u32::MAX);
            let hour = Some(TimeDelta::hours(1));
            let panel = read_panel(&[file], Calendar::Refuse, hour).unwrap().panel;
            panel.asset(0).copied().collect::<Vec<Bar>>()
        };
        let found = bars_of("r.csv", &known);
        let changed = bars_of("s.csv", &scrambled);
        let newest = |at: i64| *known.iter().rev().find(|(n, _)| *n <= at).unwrap();
        for (t, n) in hours_of.iter().enumerate() {
            let (open, end) = (60 * n, 60 * n + 60);
            let met = || (open..=end).map(|at| newest(at).1);
            let expected = bar([
                10.0 * newest(open).1,
                12.0 * met().fold(0.0, f64::max),
                9.0 * met().fold(f64::MAX, f64::min),
                11.0 * newest(end).1,
                100.0,
            ]);
            prop_assert_eq!(found[t], expected);
            prop_assert!(found[t].check().is_ok());
            prop_assert!((found[t].open / newest(open).1 - 10.0).abs() < 1e-14);
            prop_assert!((found[t].close / newest(end).1 - 11.0).abs() < 1e-14);
            let is_later = newest(end).0 > 60 * cut;
            prop_assert_eq!(changed[t] != found[t], is_later);
            prop_assert!(end > 60 * cut || !is_later);
        }
    }
}
