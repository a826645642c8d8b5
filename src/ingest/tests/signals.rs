//! Signals from further columns.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers made up for tests"
)]

use super::*;
use crate::ingest::layout::tests::columnar::arrow;
use crate::ingest::{Anchor, Gaps, Known, MissingCells, SignalColumn};
use chrono::{DateTime, Utc};
use proptest::prelude::*;

const HOUR: i64 = 3600;

fn signal(column: &str, known: Known) -> SignalColumn {
    SignalColumn {
        column: column.to_owned(),
        name: column.to_owned(),
        known,
        missing: MissingCells::Refuse,
    }
}

const fn after(bars: u32, seconds: u32) -> Known {
    Known::After { bars, seconds }
}

fn with_signals(file: DataFile, signals: Vec<SignalColumn>) -> DataFile {
    DataFile { signals, ..file }
}

fn hour(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(n)
}

/// Rows at these hours since 1970, with the score of each; `None` is an empty cell.
fn scored(rows: &[(i64, Option<f64>)]) -> Vec<String> {
    let header = "timestamp,close,note,score".to_owned();
    let row = |&(n, score): &(i64, Option<f64>)| {
        let time = hour(n).to_rfc3339();
        let score = score.map_or_else(String::new, |score| score.to_string());
        format!("{time},{},x,{score}", 100 + n % 7)
    };
    [header].into_iter().chain(rows.iter().map(row)).collect()
}

fn file_of(folder: &TempDir, name: &str, lines: &[String]) -> DataFile {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    file(folder, name, &lines)
}

/// Reads hourly rows; the bars have the length to which the file is resampled, or one hour.
fn read_hours(file: &DataFile) -> Result<Ingested, IngestError> {
    let seconds = file.resample_seconds.map_or(HOUR, i64::from);
    let length = Some(TimeDelta::seconds(seconds));
    read_panel(std::slice::from_ref(file), Calendar::Refuse, length)
}

/// Reference: the row whose value a decision at `now` uses, found among all rows. Unit of times:
/// seconds since 1970.
fn newest(rows: &[(i64, Option<f64>)], file: &DataFile, known: Known, now: i64) -> Option<usize> {
    let end = |n: i64| {
        HOUR * n
            + if file.timestamps == BarLabel::Open {
                HOUR
            } else {
                0
            }
    };
    let length = file.resample_seconds.map_or(HOUR, i64::from);
    let bars: std::collections::BTreeSet<i64> = rows
        .iter()
        .map(|&(n, _)| (end(n) - 1).div_euclid(length) * length + length)
        .collect();
    let (n_bars, seconds) = match known {
        Known::AtOpen | Known::AtClose => (0, 0),
        Known::After { bars, seconds } => (bars as usize, i64::from(seconds)),
    };
    let is_known = |&i: &usize| {
        let moment = end(rows[i].0) + seconds;
        let from = match n_bars {
            0 => Some(moment),
            n => bars.range(moment..).nth(n).copied(),
        };
        rows[i].1.is_some() && from.is_some_and(|from| from <= now)
    };
    (0..rows.len()).rev().find(is_known)
}

fn known_settings() -> impl Strategy<Value = Known> {
    prop_oneof![
        Just(Known::AtOpen),
        Just(Known::AtClose),
        (1_u32..4).prop_map(|bars| after(bars, 0)),
        (1_u32..30_000).prop_map(|seconds| after(0, seconds)),
        (1_u32..3, 1_u32..9_000).prop_map(|(bars, seconds)| after(bars, seconds)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Every decision uses the newest row whose moment has come, whatever rows, cells and bars are
    /// missing, inserted or resampled; and the values of later rows change nothing before them.
    #[test]
    fn a_decision_uses_the_newest_value_that_is_known(
        present in prop::collection::vec((0..10_u32, 0..10_u32), 8..90),
        known in known_settings(),
        label in prop_oneof![Just(BarLabel::Open), Just(BarLabel::End)],
        resample_seconds in prop_oneof![Just(None), Just(Some(4 * 3600_u32))],
        at_most in 0..4_u32,
        cut in 0..90_i64,
    ) {
        let hours = present.iter().zip(1_i64..).filter(|((row, _), _)| *row < 7);
        let hours: Vec<(i64, bool)> = hours.map(|((_, cell), n)| (n, *cell < 7)).collect();
        prop_assume!(hours.len() > 3);
        let rows = |later: f64| -> Vec<(i64, Option<f64>)> {
            let values = hours.iter().zip(0_u32..).map(|(&(n, has_cell), i)| {
                let value = f64::from(i) + if n > cut { later } else { 0.0 };
                (n, has_cell.then_some(value))
            });
            values.collect()
        };
        let folder = TempDir::new().unwrap();
        let file = |name: &str, rows: &[(i64, Option<f64>)]| DataFile {
            timestamps: label,
            resample_seconds,
            gaps: if at_most > 0 { Gaps::ForwardFill { at_most } } else { Gaps::Leave },
            ..file_of(&folder, name, &scored(rows))
        };
        let rows_as_they_are = rows(0.0);
        let plain = file("a.csv", &rows_as_they_are);
        let Ok(expected) = read_hours(&plain) else {
            return Err(TestCaseError::reject("rows of no length"));
        };
        let carry = SignalColumn { missing: MissingCells::Carry, ..signal("score", known) };
        let read = |file: DataFile| read_hours(&with_signals(file, vec![carry.clone()]));
        let newest_at = |now: &DateTime<Utc>| {
            newest(&rows_as_they_are, &plain, known, now.timestamp())
        };
        let ends = expected.panel.timestamps();
        let n_before = ends.iter().take_while(|end| newest_at(end).is_none()).count();
        let found = read(plain.clone());
        if n_before == ends.len() {
            assert_says(&found.unwrap_err(), &["the signal \"score\" is known"]);
            return Ok(());
        }
        let Ingested { panel, report } = found.unwrap();
        prop_assert_eq!(panel.timestamps(), &ends[n_before..]);
        prop_assert_eq!(report.bars_before_signals, n_before);
        prop_assert_eq!(panel.signal_names(), ["score"]);
        let mut oldest = 0;
        let row_end = |i: usize| {
            HOUR * hours[i].0 + if label == BarLabel::Open { HOUR } else { 0 }
        };
        for (t, end) in panel.timestamps().iter().enumerate() {
            prop_assert_eq!(panel.row(t), expected.panel.row(n_before + t));
            let i = newest_at(end).unwrap();
            prop_assert_eq!(panel.signals(t), [f64::from(u32::try_from(i).unwrap())]);
            oldest = oldest.max(end.timestamp() - row_end(i));
        }
        let of_signal = &report.files[0].signals[0];
        let n_missing = hours.iter().filter(|(_, has_cell)| !has_cell).count();
        prop_assert_eq!(of_signal.n_missing, n_missing);
        prop_assert!((of_signal.oldest_seconds - oldest as f64).abs() < 1e-6);

        let scrambled = read(file("b.csv", &rows(1000.0))).unwrap().panel;
        let cut_end = hour(if label == BarLabel::Open { cut + 1 } else { cut });
        for (t, end) in scrambled.timestamps().iter().enumerate() {
            let comes_later = newest_at(end).is_some_and(|i| hours[i].0 > cut);
            prop_assert!(!comes_later || *end > cut_end);
            prop_assert_eq!(scrambled.signals(t) != panel.signals(t), comes_later);
        }
    }
}

/// The value of a bar is used at the close of the same bar, or of the bar `n` later.
#[test]
fn values_are_used_when_they_are_known() {
    let folder = TempDir::new().unwrap();
    let rows: Vec<(i64, Option<f64>)> = (0..6).map(|n| (n, Some(0.5 * n as f64))).collect();
    let read = |known| {
        let file = file_of(&folder, "a.csv", &scored(&rows));
        let panel = read_hours(&with_signals(file, vec![signal("score", known)]));
        let panel = panel.unwrap().panel;
        let first = panel.timestamps()[0];
        let values: Vec<f64> = (0..panel.n_bars()).map(|t| panel.signals(t)[0]).collect();
        (first, values)
    };
    let all = vec![0.0, 0.5, 1.0, 1.5, 2.0, 2.5];
    assert_eq!(read(Known::AtClose), (hour(1), all.clone()));
    assert_eq!(read(Known::AtOpen), (hour(1), all.clone()));
    for known in [after(1, 0), after(0, 1), after(0, 3600)] {
        assert_eq!(read(known), (hour(2), all[..5].to_vec()), "{known}");
    }
    assert_eq!(read(after(0, 3601)), (hour(3), all[..4].to_vec()));
    assert_eq!(read(after(2, 1)), (hour(4), all[..3].to_vec()));
}

/// The table of [`scored`] with volumes, as columns in another order.
fn scored_frame(rows: &[(i64, Option<f64>)]) -> DataFrame {
    let closes: Vec<f64> = rows.iter().map(|(n, _)| (100 + n % 7) as f64).collect();
    let times: Vec<String> = rows.iter().map(|(n, _)| hour(*n).to_rfc3339()).collect();
    let scores: Vec<Option<f64>> = rows.iter().map(|(_, score)| *score).collect();
    let columns = vec![
        Series::new("score".into(), &scores).into_column(),
        Series::new("note".into(), &["x"; 4]).into_column(),
        Series::new("volume".into(), &[10_i64, 20, 30, 40]).into_column(),
        Series::new("close".into(), &closes).into_column(),
        Series::new("timestamp".into(), &times).into_column(),
    ];
    DataFrame::new(rows.len(), columns).unwrap()
}

#[test]
fn parquet_and_arrow_read_signals_like_csv() {
    let folder = TempDir::new().unwrap();
    let rows = [(0, Some(1.5)), (1, None), (2, Some(2.5)), (3, Some(-4.0))];
    let signals = vec![
        SignalColumn {
            missing: MissingCells::Carry,
            ..signal("score", Known::AtClose)
        },
        SignalColumn {
            name: "late".to_owned(),
            missing: MissingCells::Carry,
            ..signal("score", after(1, 0))
        },
        signal("volume", Known::AtClose),
    ];
    let mut lines = scored(&rows);
    for (i, line) in lines.iter_mut().enumerate() {
        let cell = match i {
            0 => ",volume".to_owned(),
            i => format!(",{}", 10 * i),
        };
        line.push_str(&cell);
    }
    let csv = with_signals(file_of(&folder, "a.csv", &lines), signals.clone());
    let expected = read_hours(&csv).unwrap();
    let values: Vec<&[f64]> = (0..3).map(|t| expected.panel.signals(t)).collect();
    assert_eq!(
        values,
        [[1.5, 1.5, 20.0], [2.5, 1.5, 30.0], [-4.0, 2.5, 40.0]]
    );
    let report = &expected.report.files[0];
    assert_eq!(
        (report.signals[0].n_missing, report.signals[0].n_carried),
        (1, 0)
    );
    assert_eq!(report.signals[1].n_carried, 1);
    let unused: Vec<_> = report
        .unused_columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(unused, ["note"]);

    let mut frame = scored_frame(&rows);
    fs::write(folder.path().join("a.arrow"), arrow(&frame)).unwrap();
    let parquet = fs::File::create(folder.path().join("a.parquet")).unwrap();
    ParquetWriter::new(parquet).finish(&mut frame).unwrap();
    for name in ["a.arrow", "a.parquet"] {
        let file = DataFile::new("A.CSV", folder.path().join(name), BarLabel::Open);
        let read =
            |signals: &[SignalColumn]| read_hours(&with_signals(file.clone(), signals.to_vec()));
        let found = read(&signals).unwrap();
        assert_eq!(found.panel, expected.panel, "{name}");
        let (found, expected) = (&found.report.files[0], &expected.report.files[0]);
        assert_eq!(found.signals, expected.signals, "{name}");
        assert_eq!(found.unused_columns, expected.unused_columns, "{name}");
        let refused = signal("score", Known::AtClose);
        let error = read(&[refused]).unwrap_err();
        assert_says(
            &error,
            &["row 2, column score: found \"\"", "`missing: Carry`"],
        );
        let error = read(&[signal("note", Known::AtClose)]).unwrap_err();
        assert_says(&error, &["column note: found type", "expected numbers"]);
    }
}

#[test]
fn cells_and_columns_that_are_no_signal_are_refused() {
    let folder = TempDir::new().unwrap();
    let mut lines = scored(&[(0, Some(1.0)), (1, Some(2.0)), (2, Some(3.0))]);
    let read = |lines: &[String], signals: Vec<SignalColumn>| {
        read_hours(&with_signals(file_of(&folder, "a.csv", lines), signals))
    };
    for (column, words) in [
        (
            "scores",
            ["signals: found no column \"scores\"", "note, score"],
        ),
        (
            "close",
            ["signals: found no column \"close\"", "note, score"],
        ),
        (
            "timestamp",
            ["found no column \"timestamp\"", "note, score"],
        ),
        (
            "note",
            ["row 2, column note: found \"x\"", "a finite number"],
        ),
    ] {
        let error = read(&lines, vec![signal(column, Known::AtClose)]).unwrap_err();
        assert_says(&error, &words);
    }
    let twice = vec![
        signal("score", Known::AtClose),
        signal("score", after(1, 0)),
    ];
    let error = read(&lines, twice).unwrap_err();
    assert_says(&error, &["signal 1: found the name \"score\""]);
    for cell in ["", "n/a", "NaN", "inf"] {
        lines[2] = format!("1970-01-01T01:00:00Z,101,x,{cell}");
        let strict = signal("score", Known::AtClose);
        let error = read(&lines, vec![strict.clone()]).unwrap_err();
        let place = format!("a.csv, row 3, column score: found {cell:?}");
        assert_says(&error, &[&place, "complete the column", "missing: Carry"]);
        let carried = SignalColumn {
            missing: MissingCells::Carry,
            ..strict
        };
        let Ingested { panel, report } = read(&lines, vec![carried]).unwrap();
        let values: Vec<f64> = (0..3).map(|t| panel.signals(t)[0]).collect();
        assert_eq!(values, [1.0, 1.0, 3.0]);
        let of_signal = &report.files[0].signals[0];
        assert_eq!((of_signal.n_missing, of_signal.n_carried), (1, 1));
        assert!((of_signal.oldest_seconds - 3600.0).abs() < 1e-9);
    }
}

/// A bar that another file lacks is dropped, but its value is the newest at the next common bar.
#[test]
fn dropped_bars_still_tell_their_values() {
    let folder = TempDir::new().unwrap();
    let rows = |hours: &[i64]| {
        let rows: Vec<_> = hours.iter().map(|&n| (n, Some(n as f64))).collect();
        scored(&rows)
    };
    let named = |name: &str, known| SignalColumn {
        name: name.to_owned(),
        ..signal("score", known)
    };
    let a = file_of(&folder, "a.csv", &rows(&[0, 1, 2, 3, 4, 6, 7]));
    let b = file_of(&folder, "b.csv", &rows(&[1, 3, 4, 5, 7]));
    let files = [
        with_signals(a, vec![named("a", after(1, 0))]),
        with_signals(
            b,
            vec![named("b", Known::AtClose), named("b_late", after(1, 0))],
        ),
    ];
    let length = Some(TimeDelta::hours(1));
    let Ingested { panel, report } = read_panel(&files, Calendar::Intersect, length).unwrap();
    assert_eq!(panel.signal_names(), ["a", "b", "b_late"]);
    assert_eq!(panel.timestamps(), [hour(4), hour(5), hour(8)]);
    let values: Vec<&[f64]> = (0..3).map(|t| panel.signals(t)).collect();
    assert_eq!(values, [[2.0, 3.0, 1.0], [3.0, 4.0, 3.0], [6.0, 7.0, 5.0]]);
    // The first common bar precedes every value of `b_late`.
    assert_eq!(report.bars_before_signals, 1);
    assert_eq!(
        (report.files[0].rows_dropped, report.files[1].rows_dropped),
        (3, 1)
    );
    assert_eq!(report.n_bars, 3);
}

#[test]
fn every_column_that_is_not_read_is_named() {
    let folder = TempDir::new().unwrap();
    let file = file_of(&folder, "a.csv", &scored(&[(0, Some(1.0)), (1, Some(2.0))]));
    let names = |file: &DataFile| -> Vec<(String, bool)> {
        let report = read_hours(file).unwrap().report;
        let columns = report.files[0].unused_columns.iter();
        columns
            .map(|column| (column.name.clone(), column.is_numeric))
            .collect()
    };
    let list = |names: &[(&str, bool)]| -> Vec<(String, bool)> {
        names
            .iter()
            .map(|&(name, numeric)| (name.to_owned(), numeric))
            .collect()
    };
    assert_eq!(names(&file), list(&[("note", false), ("score", true)]));
    let read = with_signals(file, vec![signal("score", Known::AtClose)]);
    assert_eq!(names(&read), list(&[("note", false)]));

    // Klines without a header have the layout's names.
    let kline = |n: i64| {
        let open = 1_577_836_800_000 + n * 3_600_000;
        format!(
            "{open},5,7,4,6,10,{},60,{},4.5,{n},0",
            open + 3_599_999,
            20 + n
        )
    };
    let lines: Vec<String> = (0..4).map(kline).collect();
    let klines = file_of(&folder, "k.csv", &lines);
    let further = [
        "close_time",
        "quote_volume",
        "count",
        "taker_buy_volume",
        "taker_buy_quote_volume",
        "ignore",
    ];
    assert_eq!(names(&klines), list(&further.map(|name| (name, true))));
    let signals = vec![
        signal("taker_buy_quote_volume", Known::AtClose),
        signal("volume", Known::AtClose),
        signal("count", Known::AtClose),
    ];
    let panel = read_hours(&with_signals(klines, signals)).unwrap().panel;
    assert_eq!(panel.signals(3), [3.0, 10.0, 23.0]);
}

/// A tick belongs to the bar that begins at its time, and so does its value.
#[test]
fn values_of_trades_are_known_after_them() {
    let folder = TempDir::new().unwrap();
    let times: Vec<DateTime<Utc>> = [0, 1200, 3599, 3600, 7300]
        .map(|seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds))
        .to_vec();
    let times: Vec<String> = times.iter().map(DateTime::to_rfc3339).collect();
    let mut frame = DataFrame::new(
        5,
        vec![
            Series::new("timestamp".into(), &times).into_column(),
            Series::new("price".into(), &[5.0, 6.0, 7.0, 8.0, 9.0]).into_column(),
            Series::new("amount".into(), &[1.0; 5]).into_column(),
            Series::new("mark".into(), &[1.0, 2.0, 3.0, 4.0, 5.0]).into_column(),
        ],
    )
    .unwrap();
    let path = folder.path().join("a");
    let parquet = fs::File::create(&path).unwrap();
    ParquetWriter::new(parquet).finish(&mut frame).unwrap();
    let read = |known| {
        let file = DataFile {
            resample_seconds: Some(3600),
            ..DataFile::new("A", &path, BarLabel::Open)
        };
        let panel = read_hours(&with_signals(file, vec![signal("mark", known)]))
            .unwrap()
            .panel;
        (0..panel.n_bars())
            .map(|t| panel.signals(t)[0])
            .collect::<Vec<f64>>()
    };
    assert_eq!(read(Known::AtClose), [3.0, 4.0, 5.0]);
    assert_eq!(read(after(0, 60)), [2.0, 4.0, 5.0]);
    assert_eq!(read(after(1, 0)), [3.0, 4.0]);
}

/// A long file keeps one value per longer bar, whatever its delay.
#[test]
fn values_of_resampled_rows_are_thinned() {
    use crate::ingest::signals::SignalRows;
    let rows: Vec<(i64, Option<f64>)> = (0..2000).map(|n| (n, Some(n as f64))).collect();
    let folder = TempDir::new().unwrap();
    for known in [Known::AtClose, after(0, 5000), after(2, 0)] {
        let file = DataFile {
            resample_seconds: Some(86_400),
            ..file_of(&folder, "a.csv", &scored(&rows))
        };
        let file = with_signals(file, vec![signal("score", known)]);
        let parsed = crate::ingest::file_parser::parse(&file, None).unwrap();
        let n_values: Vec<usize> = parsed.signals.iter().map(SignalRows::n_values).collect();
        let n_bars = parsed.series.bars.len();
        assert!(
            n_bars == 84 && n_values[0] <= n_bars + 24,
            "{n_values:?} {known}"
        );
    }
}

/// Days from 17:00 to 17:00 in New York have the midnight after them in the panel; values of the
/// two hours between, which follow the decision, wait for the next day.
#[test]
fn anchored_days_use_no_value_after_their_true_end() {
    let folder = TempDir::new().unwrap();
    let rows: Vec<_> = (0..240).map(|n| (n, Some(n as f64))).collect();
    let anchor = r#"{"time": "17:00", "zone": "America/New_York"}"#;
    for (known, n_hours_late) in [(Known::AtClose, 0), (after(0, 3600), 1), (after(1, 0), 24)] {
        let file = DataFile {
            resample_seconds: Some(86_400),
            resample_anchor: Some(serde_json::from_str(anchor).unwrap()),
            ..file_of(&folder, "a.csv", &scored(&rows))
        };
        let file = with_signals(file, vec![signal("score", known)]);
        let panel = read_hours(&file).unwrap().panel;
        // The last day lacks most of its rows.
        for t in 0..panel.n_bars() - 1 {
            let midnight = panel.timestamps()[t].timestamp() / HOUR;
            assert_eq!(midnight % 24, 0);
            // The day ends at 22:00 in UTC; the row before the end begins an hour earlier.
            let expected = (midnight - 2 - n_hours_late - 1) as f64;
            assert_eq!(panel.signals(t), [expected], "{known} {midnight}");
        }
        assert!(panel.n_bars() > 8);
    }
}

/// Sessions of New York close at 20:00 or 21:00 in UTC. A delay in seconds counts from there, so
/// over a clock change it ends an hour earlier or later than midnights would say.
#[test]
fn delays_count_from_the_close_of_the_session() {
    let session: Session = "09:30-16:00 America/New_York".parse().unwrap();
    let folder = TempDir::new().unwrap();
    // Thursday to Tuesday over both changes of the clocks, and a delay from Friday's close to half
    // an hour after or before Monday's.
    for (days, hours_later, expected) in [
        (
            ["2020-03-05", "2020-03-06", "2020-03-09", "2020-03-10"],
            71.5,
            [0.0, 1.0],
        ),
        (
            ["2020-10-29", "2020-10-30", "2020-11-02", "2020-11-03"],
            72.5,
            [1.0, 1.0],
        ),
    ] {
        let rows = days.iter().enumerate();
        let mut lines = vec!["timestamp,close,score".to_owned()];
        lines.extend(rows.map(|(n, day)| format!("{day},10,{n}")));
        let seconds = (hours_later * HOUR as f64) as u32;
        let file = DataFile {
            session: Some(session),
            ..file_of(&folder, "a.csv", &lines)
        };
        let file = with_signals(file, vec![signal("score", after(0, seconds))]);
        let read = read_panel(&[file], Calendar::Refuse, Some(TimeDelta::days(1))).unwrap();
        let n_bars = read.panel.n_bars();
        let found: Vec<f64> = (n_bars - 2..n_bars)
            .map(|t| read.panel.signals(t)[0])
            .collect();
        assert_eq!(found, expected, "{days:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The same on any days of a year in any zone, beside a file that closes at another time: the
    /// decision falls at the later of both closes.
    #[test]
    fn a_daily_value_is_used_at_the_first_decision_after_its_moment(
        present in prop::collection::vec(0..10_u32, 20..366),
        zones in prop::array::uniform2(prop::sample::select(
            &["America/New_York", "Asia/Tokyo", "Europe/Berlin", "Australia/Sydney"][..])),
        seconds in 1_u32..400_000,
    ) {
        let days = (0_u64..).zip(&present).filter(|(_, flag)| **flag < 7).map(|(n, _)| n);
        let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let days: Vec<_> = days.map(|n| first + chrono::Days::new(n)).collect();
        prop_assume!(days.len() > 10);
        let mut lines = vec!["timestamp,close,score".to_owned()];
        lines.extend(days.iter().enumerate().map(|(n, day)| format!("{day},10,{n}")));
        let folder = TempDir::new().unwrap();
        let sessions: [Session; 2] = zones.map(|z| format!("10:00-16:00 {z}").parse().unwrap());
        let of = |name: &str, session| DataFile {
            session: Some(session),
            ..file_of(&folder, name, &lines)
        };
        let late = vec![signal("score", after(0, seconds))];
        let files = [
            with_signals(of("a.csv", sessions[0]), late),
            of("b.csv", sessions[1]),
        ];
        let read = read_panel(&files, Calendar::Refuse, Some(TimeDelta::days(1)));
        let delay = TimeDelta::seconds(i64::from(seconds));
        let moments: Vec<_> = days.iter().map(|d| sessions[0].hours(*d).end + delay).collect();
        let expected = days.iter().map(|day| {
            let decision = sessions.map(|s| s.hours(*day).end).into_iter().max().unwrap();
            moments.iter().rposition(|moment| *moment <= decision).map(|n| n as f64)
        });
        let expected: Vec<f64> = expected.flatten().collect();
        match read {
            Ok(Ingested { panel, .. }) => {
                let found = (0..panel.n_bars()).map(|t| panel.signals(t)[0]);
                prop_assert_eq!(found.collect::<Vec<_>>(), expected);
            }
            Err(_) => prop_assert!(expected.is_empty()),
        }
    }
}

/// Days from 17:00 to 17:00 in New York, two of them missing around each change of the clocks and
/// inserted: the decision of an inserted day falls at its own end, too.
#[test]
fn inserted_days_end_at_their_anchor() {
    let anchor: Anchor = "17:00 America/New_York".parse().unwrap();
    let folder = TempDir::new().unwrap();
    let date = |at: DateTime<Utc>| anchor.date_of(at);
    for missing in [["2020-03-07", "2020-03-08"], ["2020-10-31", "2020-11-01"]] {
        let missing = missing.map(|day| day.parse::<chrono::NaiveDate>().unwrap());
        let middle = missing[0]
            .and_time(chrono::NaiveTime::MIN)
            .and_utc()
            .timestamp()
            / HOUR;
        let is_present = |n: &i64| !missing.contains(&date(hour(*n)));
        let rows: Vec<_> = (middle - 150..middle + 150)
            .filter(is_present)
            .map(|n| (n, Some(n as f64)))
            .collect();
        for seconds in [1, 20 * 3600, 36 * 3600, 50 * 3600] {
            let file = DataFile {
                resample_seconds: Some(86_400),
                resample_anchor: Some(anchor),
                gaps: Gaps::ForwardFill { at_most: 5 },
                ..file_of(&folder, "a.csv", &scored(&rows))
            };
            let file = with_signals(file, vec![signal("score", after(0, seconds))]);
            let Ingested { panel, report } = read_hours(&file).unwrap();
            assert!(report.files[0].notes.contains(&Note::FilledBars(2)));
            for t in 0..panel.n_bars() {
                let day = (panel.timestamps()[t] - TimeDelta::days(1)).date_naive();
                let end = anchor.session().hours(day).end;
                let is_known = |(n, _): &&(i64, Option<f64>)| {
                    hour(n + 1) + TimeDelta::seconds(i64::from(seconds)) <= end
                };
                let expected = rows.iter().rev().find(is_known).unwrap().1.unwrap();
                assert_eq!(panel.signals(t), [expected], "{day} {seconds}");
            }
        }
    }
}
