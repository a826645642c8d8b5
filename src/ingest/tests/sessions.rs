//! Conditions for reading several daily files together: dates, trading hours and currencies.

use super::*;
use crate::ingest::report::Stamps;
use crate::ingest::session::{Anchor, Session, SessionDate};
use crate::ingest::{calendar, file_parser};
use crate::market::Panel;
use crate::rng::{Component, Streams};
use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use rand_distr::{Distribution, Normal};
use std::fmt::Write as _;

/// Prices of one random walk from midnight on 2020-01-01 in UTC, one per hour; its steps are small.
fn walk(n_hours: usize) -> Vec<f64> {
    let mut rng = Streams::new(11).stream(Component::Market, 0);
    let step = Normal::new(0.0, 0.002).unwrap();
    let mut log = 0.0_f64;
    (0..=n_hours)
        .map(|_| {
            log += step.sample(&mut rng);
            100.0 * log.exp()
        })
        .collect()
}

fn date(n: usize) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    first + TimeDelta::days(i64::try_from(n).unwrap())
}

/// Daily bars of a walk: day `n` opens `shift` hours before the midnight of date `n`. `stamp` is
/// what follows the date in a row.
fn days(walk: &[f64], shift: usize, stamp: &str) -> Vec<String> {
    let mut lines = vec!["timestamp,open,high,low,close".to_owned()];
    for n in 1..(walk.len() - 1) / 24 {
        let prices = &walk[24 * n - shift..=24 * n + 24 - shift];
        let high = prices.iter().copied().fold(f64::MIN, f64::max);
        let low = prices.iter().copied().fold(f64::MAX, f64::min);
        let (open, close) = (prices[0], prices[24]);
        lines.push(format!("{}{stamp},{open},{high},{low},{close}", date(n)));
    }
    lines
}

fn written(folder: &TempDir, name: &str, lines: &[String]) -> DataFile {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    file(folder, name, &lines)
}

fn with_session(file: &DataFile, session: &str) -> DataFile {
    DataFile {
        session: Some(session.parse().unwrap()),
        ..file.clone()
    }
}

fn read_both(files: &[DataFile; 2]) -> Result<Ingested, IngestError> {
    read_panel(files, Calendar::Intersect, None)
}

/// Panel of two daily files without the checks of dates and hours.
fn unchecked(files: &[DataFile; 2]) -> Panel {
    let as_open = |file: &DataFile| DataFile {
        timestamps: BarLabel::Open,
        ..file.clone()
    };
    let parsed: Vec<_> = files
        .iter()
        .map(|file| {
            let mut parsed = file_parser::parse(&as_open(file), None).unwrap();
            parsed.label = file.timestamps;
            parsed
        })
        .collect();
    let day = TimeDelta::days(1);
    let aligned = calendar::align(files, &parsed, Calendar::Intersect, day).unwrap();
    let symbols = files.iter().map(|file| file.symbol.clone()).collect();
    Panel::new(symbols, aligned.timestamps, aligned.bars, day).unwrap()
}

/// Yearly Sharpe ratio of trades in asset 1 from the open to the close of the next bar, in the
/// direction of `signal` at the close before.
fn sharpe(panel: &Panel, signal: impl Fn(usize) -> f64) -> f64 {
    let profits: Vec<f64> = (1..panel.n_bars() - 1)
        .map(|t| {
            let next = panel.row(t + 1)[1];
            signal(t).signum() * (next.close / next.open).ln()
        })
        .collect();
    let n = f64::from(u32::try_from(profits.len()).unwrap());
    let mean = profits.iter().sum::<f64>() / n;
    let variance = profits.iter().map(|p| (p - mean) * (p - mean)).sum::<f64>() / (n - 1.0);
    mean / variance.sqrt() * 365.25_f64.sqrt()
}

/// A file whose dates are taken as ends shows each session one row before the other file.
#[test]
fn a_date_is_not_the_end_of_its_session() {
    let folder = TempDir::new().unwrap();
    let walk = walk(24 * 800);
    for (stamp, words) in [("", "bare date"), ("T00:00:00Z", "midnights")] {
        let lines = days(&walk, 0, stamp);
        let by_end = DataFile {
            timestamps: BarLabel::End,
            ..written(&folder, "a.csv", &lines)
        };
        let by_open = written(&folder, "b.csv", &lines);
        // Without the check, the first file shows each bar one row before the second.
        let panel = unchecked(&[by_end.clone(), by_open.clone()]);
        let moved = |t: usize| (panel.row(t)[0].close / panel.row(t)[0].open).ln();
        for t in 0..panel.n_bars() - 1 {
            assert_eq!(panel.row(t)[0], panel.row(t + 1)[1]);
        }
        assert!(sharpe(&panel, moved) > 10.0);
        // With the check, the files are refused, whatever the hours.
        let hours = "09:30-16:00 America/New_York";
        for files in [
            [by_end.clone(), by_open.clone()],
            [by_open.clone(), by_end.clone()],
            [by_end.clone(), by_end.clone()],
        ] {
            let error = read_both(&files.map(|file| with_session(&file, hours))).unwrap_err();
            assert_says(&error, &["timestamps: found End, expected Open", words]);
        }
    }
    // A bare date is refused in a single file, too; midnights may be the ends of days of UTC.
    let of = |name: &str, stamp: &str| DataFile {
        timestamps: BarLabel::End,
        ..written(&folder, name, &days(&walk, 0, stamp))
    };
    let alone = [of("a.csv", "")];
    let error = read_panel(&alone, Calendar::Refuse, None).unwrap_err();
    assert_says(&error, &["a.csv, timestamps: found End", "bare date"]);
    let utc =
        ["c.csv", "d.csv"].map(|name| with_session(&of(name, "T00:00:00Z"), "00:00-24:00 UTC"));
    let panel = read_both(&utc).unwrap().panel;
    assert_eq!(panel.timestamps()[0].date_naive(), date(1));
}

/// Days of UTC and days from 22:00 to 22:00 of one walk: the newest two hours of one file predict
/// the next bar of the other, which has opened before.
#[test]
fn days_of_other_hours_cannot_be_filled_before_their_decision() {
    let folder = TempDir::new().unwrap();
    let walk = walk(24 * 2000);
    let files = [
        written(&folder, "utc.csv", &days(&walk, 0, "")),
        written(&folder, "broker.csv", &days(&walk, 2, "")),
    ];
    let panel = unchecked(&files);
    let newest = |t: usize| (panel.row(t)[0].close / panel.row(t)[1].close).ln();
    let found = sharpe(&panel, newest);
    assert!(found > 2.0, "{found}");
    // Without their hours the files are refused.
    let error = read_both(&files).unwrap_err();
    assert_says(
        &error,
        &[
            "utc.csv, session: found none",
            "broker.csv",
            "session: (open: \"09:30\"",
        ],
    );
    let utc = with_session(&files[0], "00:00-24:00 UTC");
    let error = read_both(&[utc.clone(), files[1].clone()]).unwrap_err();
    assert_says(&error, &["broker.csv, session: found none", "utc.csv"]);
    // With their hours, too: a bar of the broker opens two hours before the decision.
    let mut broker = with_session(&files[1], "22:00-22:00 UTC");
    for (named_by, opens) in [
        (SessionDate::Close, "a bar opens at 2020-01-02 22:00:00 UTC"),
        (SessionDate::Open, "a bar opens at 2020-01-03 00:00:00 UTC"),
    ] {
        if let Some(session) = &mut broker.session {
            session.date = named_by;
        }
        let error = read_both(&[utc.clone(), broker.clone()]).unwrap_err();
        assert_says(
            &error,
            &[
                "00:00 to 24:00 UTC",
                "22:00 to 22:00 UTC",
                opens,
                "before 2020-01-0",
                "resample_anchor",
            ],
        );
    }
    // The remedy: both from hours, with one anchor.
    let mut hours = vec!["timestamp,close".to_owned()];
    for (n, price) in walk[..24 * 400].iter().enumerate() {
        let time = DateTime::from_timestamp(1_577_836_800 + 3600 * i64::try_from(n).unwrap(), 0);
        hours.push(format!(
            "{},{price}",
            time.unwrap().format("%Y-%m-%dT%H:%M:%SZ")
        ));
    }
    let of_hours = |name| DataFile {
        resample_seconds: Some(86_400),
        resample_anchor: Some("17:00 America/New_York".parse().unwrap()),
        ..written(&folder, name, &hours)
    };
    let same = [of_hours("e.csv"), of_hours("f.csv")];
    let panel = read_both(&same).unwrap().panel;
    let newest = |t: usize| panel.row(t)[0].close / panel.row(t)[1].close - 1.0;
    assert!((0..panel.n_bars()).all(|t| newest(t).abs() < 1e-12));
}

#[test]
fn markets_that_open_after_the_latest_close_are_read_together() {
    let folder = TempDir::new().unwrap();
    let lines = days(&walk(24 * 500), 0, "");
    let of = |name, hours| with_session(&written(&folder, name, &lines), hours);
    for (one, other) in [
        ("09:30-16:00 America/New_York", "09:00-15:00 Asia/Tokyo"),
        ("09:30-16:00 America/New_York", "00:00-24:00 UTC"),
        ("08:00-16:30 Europe/London", "09:30-16:00 America/New_York"),
    ] {
        let panel = read_both(&[of("a.csv", one), of("b.csv", other)]);
        assert!(panel.is_ok(), "{one}, {other}: {:?}", panel.err());
    }
    // The currency day of New York ends two hours before midnight in winter.
    let mut currency = of("a.csv", "17:00-17:00 America/New_York");
    if let Some(session) = &mut currency.session {
        session.date = SessionDate::Close;
    }
    let error = read_both(&[currency.clone(), of("b.csv", "00:00-24:00 UTC")]).unwrap_err();
    assert_says(&error, &["named by its close", "2020-01-02 22:00:00 UTC"]);
    assert!(read_both(&[currency, of("b.csv", "09:30-16:00 America/New_York")]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Files are read together if and only if no bar opens before the latest close of the day
    /// before, on clocks whose offsets from UTC are constant.
    #[test]
    fn no_fill_precedes_its_decision(
        hours in prop::array::uniform2((0_i64..96, 1_i64..=96, prop::sample::select(
            &[("UTC", 0_i64), ("Etc/GMT+5", 5), ("Etc/GMT-9", -9)][..]))),
    ) {
        let folder = TempDir::new().unwrap();
        let lines = days(&walk(24 * 5), 0, "");
        // Quarters of an hour after midnight in UTC on the date.
        let mut bounds = Vec::new();
        let mut files = Vec::new();
        for (n, (open, length, (zone, offset))) in hours.into_iter().enumerate() {
            let close = open + length;
            // A time of day cannot tell a session of a day from one without length.
            let written_close = if close > 96 { close - 96 } else { close };
            let clock = |quarters: i64| format!("{:02}:{:02}", quarters / 4, quarters % 4 * 15);
            let text = format!("{}-{} {zone}", clock(open), clock(written_close));
            let file = written(&folder, &format!("{n}.csv"), &lines);
            files.push(with_session(&file, &text));
            bounds.push((open + 4 * offset, close + 4 * offset));
        }
        let decision = bounds.iter().map(|(_, close)| *close).max().unwrap();
        let is_possible = bounds.iter().all(|(open, _)| open + 96 >= decision);
        let read = read_panel(&files, Calendar::Refuse, None);
        prop_assert_eq!(read.is_ok(), is_possible, "{:?}", read.err());
    }
}

#[test]
fn layouts_define_the_hours_of_their_days() {
    let folder = TempDir::new().unwrap();
    let text = |first: u64| {
        let row = |n: u64| format!("{},1,2,1,2,9,0,0,0,0,0,0", (first + n) * 86_400_000);
        [row(0), row(1), row(2)].join("\n")
    };
    fs::write(folder.path().join("BTCUSDT"), text(18_262)).unwrap();
    let binance = DataFile::new("BTCUSDT", folder.path().join("BTCUSDT"), BarLabel::Open);
    let read = read_panel(std::slice::from_ref(&binance), Calendar::Refuse, None).unwrap();
    let report = &read.report.files[0];
    assert_eq!(
        (report.session, report.stamps, report.currency.as_deref()),
        (Some(Session::UTC_DAY), Stamps::Midnights, Some("USDT"))
    );
    let other = with_session(&binance, "09:30-16:00 America/New_York");
    let error = read_panel(&[other], Calendar::Refuse, None).unwrap_err();
    assert_says(
        &error,
        &[
            "session: found 09:30 to 16:00",
            "expected 00:00 to 24:00 UTC",
        ],
    );
    // A session is refused for bars whose times state their hours.
    let hours = written(
        &folder,
        "h.csv",
        &[
            "timestamp,close",
            "2020-01-01T01:00:00Z,1",
            "2020-01-01T02:00:00Z,1",
        ]
        .map(str::to_owned),
    );
    let error = read_panel(
        &[with_session(&hours, "00:00-24:00 UTC")],
        Calendar::Refuse,
        None,
    );
    assert_says(
        &error.unwrap_err(),
        &["h.csv, session: found", "expected none"],
    );
}

#[test]
fn a_clock_that_no_time_needs_is_refused() {
    let folder = TempDir::new().unwrap();
    let header = "Date,Open,High,Low,Close,Volume";
    for rows in [
        ["2020-01-01,1,2,1,2,9", "2020-01-02,1,2,1,2,9"],
        [
            "2020-01-01 00:00:00-05:00,1,2,1,2,9",
            "2020-01-02 00:00:00-05:00,1,2,1,2,9",
        ],
    ] {
        let plain = file(&folder, "a.csv", &[header, rows[0], rows[1]]);
        let read = |file: &DataFile| read_panel(std::slice::from_ref(file), Calendar::Refuse, None);
        assert!(read(&plain).is_ok());
        let zoned = DataFile {
            time_zone: Some("America/New_York".to_owned()),
            ..plain.clone()
        };
        assert_says(
            &read(&zoned).unwrap_err(),
            &["time_zone: found \"America/New_York\"", "none"],
        );
        let ahead = DataFile {
            utc_offset_minutes: Some(-300),
            ..plain
        };
        assert_says(
            &read(&ahead).unwrap_err(),
            &["utc_offset_minutes: found -300", "none"],
        );
    }
}

/// Bars of days from 17:00 to 17:00 in New York equal those of grouping the hours by hand, over
/// both changes of the clocks.
#[test]
#[allow(
    clippy::too_many_lines,
    reason = "one comparison over a year with both clock changes"
)]
fn days_begin_at_their_anchor() {
    let folder = TempDir::new().unwrap();
    let walk = walk(24 * 366);
    let anchor: Anchor = "17:00 America/New_York".parse().unwrap();
    let mut lines = vec!["timestamp,open,high,low,close".to_owned()];
    let mut ticks = String::new();
    // `(date, close, number of hours)` of the days; in 2020 the clocks changed on March 8 and
    // November 1 at 02:00 in New York.
    let mut expected: Vec<(NaiveDate, f64, usize)> = Vec::new();
    for (n, pair) in walk.windows(2).enumerate() {
        let time = DateTime::from_timestamp(1_577_836_800 + 3600 * i64::try_from(n).unwrap(), 0);
        let time: DateTime<Utc> = time.unwrap();
        let (high, low) = (pair[0].max(pair[1]), pair[0].min(pair[1]));
        let row = format!("{},{},{high},{low},{}", time.to_rfc3339(), pair[0], pair[1]);
        lines.push(row);
        let ms = time.timestamp();
        let _ = writeln!(ticks, "{ms},{},1", pair[1]);
        let summer = "2020-03-08T07:00:00Z".parse().unwrap()
            .."2020-11-01T06:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let behind = if summer.contains(&time) { 4 } else { 5 };
        // Seven hours after the clock of New York it is midnight at 17:00.
        let day = (time + TimeDelta::hours(7 - behind)).date_naive();
        match expected.last_mut() {
            Some((last, close, n_hours)) if *last == day => {
                (*close, *n_hours) = (pair[1], *n_hours + 1);
            }
            _ => expected.push((day, pair[1], 1)),
        }
    }
    let bars = DataFile {
        resample_seconds: Some(86_400),
        resample_anchor: Some(anchor),
        ..written(&folder, "a.csv", &lines)
    };
    fs::write(folder.path().join("ticks"), ticks).unwrap();
    let of_ticks = DataFile {
        path: folder.path().join("ticks"),
        ..bars.clone()
    };
    for file in [bars.clone(), of_ticks] {
        let read = read_panel(&[file], Calendar::Refuse, None).unwrap();
        let found: Vec<(NaiveDate, f64)> = (0..read.panel.n_bars())
            .map(|t| {
                let end = read.panel.timestamps()[t];
                assert_eq!(end.timestamp() % 86_400, 0);
                (
                    (end - TimeDelta::days(1)).date_naive(),
                    read.panel.row(t)[0].close,
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(day, close, _)| (*day, *close))
            .collect();
        assert_eq!(found, expected);
        let report = &read.report.files[0];
        assert_eq!(
            report.session.unwrap().to_string(),
            "17:00 to 17:00 America/New_York, named by its close"
        );
        if let Some(resampled) = report
            .resampled
            .filter(|resampled| resampled.row_seconds.is_some())
        {
            // Only the first and the last day are incomplete; 23 hours are a whole day in March.
            assert_eq!(resampled.n_incomplete, 2);
        }
    }
    assert_eq!(expected.iter().filter(|(.., n)| *n == 23).count(), 1);
    assert_eq!(expected.iter().filter(|(.., n)| *n == 25).count(), 1);
    // An anchor needs days made of shorter bars.
    for seconds in [None, Some(43_200)] {
        let file = DataFile {
            resample_seconds: seconds,
            ..bars.clone()
        };
        let error = read_panel(&[file], Calendar::Refuse, None).unwrap_err();
        assert_says(
            &error,
            &["resample_anchor: found 17:00", "resample_seconds: 86400"],
        );
    }
}

#[test]
fn prices_in_two_currencies_are_refused() {
    let folder = TempDir::new().unwrap();
    let lines = days(&walk(24 * 10), 0, "");
    let of = |symbol: &str, currency: Option<&str>| DataFile {
        symbol: symbol.to_owned(),
        currency: currency.map(str::to_owned),
        ..with_session(&written(&folder, symbol, &lines), "00:00-24:00 UTC")
    };
    let read = |one: DataFile, other: DataFile| read_both(&[one, other]);
    let error = read(of("EURUSD", None), of("USDJPY", None)).unwrap_err();
    assert_says(
        &error,
        &[
            "USDJPY, currency: found JPY, expected USD as in",
            "EURUSD",
            "convert",
        ],
    );
    let error = read(of("A", Some("EUR")), of("B", Some("USD"))).unwrap_err();
    assert_says(&error, &["currency: found USD, expected EUR"]);
    assert!(read(of("EURUSD", None), of("GBPUSD", None)).is_ok());
    let error = read(of("EURUSD", None), of("B", None)).unwrap_err();
    assert_says(&error, &["B, currency: found none", "`currency: \"USD\"`"]);
    assert!(read(of("A", None), of("B", None)).is_ok());
    // The user may declare that USDT is USD.
    assert!(read(of("ETHUSDT", Some("USD")), of("EURUSD", None)).is_ok());
    let error = read(of("A", Some("usd")), of("B", None)).unwrap_err();
    assert_says(&error, &["currency: found \"usd\"", "capitals"]);
}
