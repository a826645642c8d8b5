//! Files read through the public functions.

mod conversions;
mod faults;
mod resampling;
mod sessions;
mod shipped_files;
mod signals;

use super::{
    BarFields, BarLabel, BarLengthSource, Calendar, DataFile, IngestError, IngestFault, Ingested,
    Note, PriceBasis, RowFault, Session, Surveyed, VolumeField, blocks, read_panel, survey_panel,
};
use chrono::TimeDelta;
use polars::prelude::{
    DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit,
};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const HEADER: &str = "timestamp,open,high,low,close,volume";
const GOOD: [&str; 3] = [
    "2020-01-01T00:00:00Z,10,12,9,11,100",
    "2020-01-02T00:00:00Z,11,13,10,12,110",
    "2020-01-03T00:00:00Z,12,14,11,13,120",
];

fn file(folder: &TempDir, name: &str, lines: &[&str]) -> DataFile {
    let path = folder.path().join(name);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    DataFile::new(name.to_uppercase(), path, BarLabel::Open)
}

fn read_lines(lines: &[&str]) -> Result<Ingested, IngestError> {
    let folder = TempDir::new().unwrap();
    read_panel(&[file(&folder, "a.csv", lines)], Calendar::Refuse, None)
}

fn bar([open, high, low, close, volume]: [f64; 5]) -> crate::market::Bar {
    crate::market::Bar {
        open,
        high,
        low,
        close,
        volume,
    }
}

fn assert_says(error: &IngestError, parts: &[&str]) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn a_good_file_becomes_bars_that_end_a_bar_length_after_their_label() {
    let Ingested { panel, report } = read_lines(&[HEADER, GOOD[0], GOOD[1], GOOD[2]]).unwrap();
    assert_eq!(panel.n_bars(), 3);
    assert_eq!(panel.bar_length(), TimeDelta::days(1));
    assert_eq!(
        panel.timestamps()[0].to_rfc3339(),
        "2020-01-02T00:00:00+00:00"
    );
    let panel_bar = panel.row(2)[0];
    assert_eq!(panel_bar, bar([12.0, 14.0, 11.0, 13.0, 120.0]));
    assert_eq!(report.bar_length, BarLengthSource::Inferred);
    let file = &report.files[0];
    assert_eq!(
        (file.prices, file.fields, file.volume),
        (
            PriceBasis::Raw,
            BarFields::OpenHighLowClose,
            VolumeField::Present
        )
    );
    assert_eq!((file.rows_read, file.rows_dropped), (3, 0));
}

/// Before the first volume, a bar that moved lacks only its record; a flat bar, and each later bar
/// without volume, was a halt.
#[test]
fn bars_without_volume_cannot_be_traded() {
    let day = |day: u32, volume: u32| format!("2020-01-0{day}T00:00:00Z,10,12,9,11,{volume}");
    let flags = |volumes: &[u32]| -> Vec<bool> {
        let rows: Vec<String> = (1..).zip(volumes).map(|(t, v)| day(t, *v)).collect();
        let lines: Vec<&str> = [HEADER]
            .into_iter()
            .chain(rows.iter().map(|r| &r[..]))
            .collect();
        let panel = read_lines(&lines).unwrap().panel;
        (0..panel.n_bars())
            .map(|t| panel.is_tradable(t, 0))
            .collect()
    };
    assert_eq!(flags(&[0, 5, 0, 0, 7]), [true, true, false, false, true]);
    assert_eq!(flags(&[0, 0, 0]), [true; 3]);
    let flat = ["2020-01-01T00:00:00Z,10,10,10,10,0", &day(2, 5)];
    let panel = read_lines(&[HEADER, flat[0], flat[1]]).unwrap().panel;
    assert_eq!([0, 1].map(|t| panel.is_tradable(t, 0)), [false, true]);
    // Two files: the flags follow the common rows.
    let folder = TempDir::new().unwrap();
    let rows = [day(1, 5), day(2, 0), day(3, 5), day(4, 0)];
    let lines = |rows: &[usize], all: &[String]| -> Vec<String> {
        [HEADER.to_owned()]
            .into_iter()
            .chain(rows.iter().map(|&i| all[i].clone()))
            .collect()
    };
    let write = |name: &str, rows: &[String]| {
        let lines: Vec<&str> = rows.iter().map(|row| &row[..]).collect();
        DataFile {
            session: Some(Session::UTC_DAY),
            ..file(&folder, name, &lines)
        }
    };
    let full = [day(1, 5), day(2, 5), day(3, 0), day(4, 5)];
    let files = [
        write("a.csv", &lines(&[0, 1, 3], &rows)),
        write("b.csv", &lines(&[0, 1, 2, 3], &full)),
    ];
    let length = Some(TimeDelta::days(1));
    let panel = read_panel(&files, Calendar::Intersect, length)
        .unwrap()
        .panel;
    let found: Vec<_> = (0..3)
        .map(|t| [0, 1].map(|i| panel.is_tradable(t, i)))
        .collect();
    assert_eq!(found, [[true, true], [false, true], [false, true]]);
}

#[test]
fn timestamps_come_in_several_spellings() {
    for (spelled, utc) in [
        ("2020-01-02T03:00:00+03:00", "2020-01-02T00:00:00Z"),
        ("2020-01-02 06:30:00", "2020-01-02T06:30:00Z"),
        ("2020-01-02T06:30:00.250", "2020-01-02T06:30:00.250Z"),
        ("2020-01-02T00:00:00", "2020-01-02T00:00:00Z"),
    ] {
        let folder = TempDir::new().unwrap();
        let mut data = file(
            &folder,
            "a.csv",
            &["timestamp,close", &format!("{spelled},1")],
        );
        data.timestamps = BarLabel::End;
        let ingested = read_panel(&[data], Calendar::Refuse, Some(TimeDelta::hours(1))).unwrap();
        assert_eq!(
            ingested.panel.timestamps()[0],
            utc.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        );
        assert_eq!(ingested.report.bar_length, BarLengthSource::Given);
    }
}

#[test]
fn files_from_other_programs_read_too() {
    let folder = TempDir::new().unwrap();
    let good = file(&folder, "a.csv", &[HEADER, GOOD[0], GOOD[1]]);
    let text = fs::read_to_string(&good.path).unwrap();
    let read = |text: &str| {
        fs::write(&good.path, text).unwrap();
        read_panel(std::slice::from_ref(&good), Calendar::Refuse, None)
    };
    let expected = read(&text).unwrap().panel;
    assert_eq!(read(&text.replace('\n', "\r\n")).unwrap().panel, expected);
    assert_eq!(read(&format!("\u{feff}{text}")).unwrap().panel, expected);
    assert_eq!(read(text.trim_end()).unwrap().panel, expected);
    let quoted = text.replace(",11,", ",\"11\",");
    assert_eq!(read(&quoted).unwrap().panel, expected);
    let blank = read(&text.replacen('\n', "\n\n", 2)).unwrap();
    assert_eq!(blank.panel, expected);
    assert_eq!(blank.report.files[0].notes, [Note::BlankLines(2)]);
    // The first row shows the layout; an extra cell in a later row is a fault of that row.
    for (end, says) in [
        (",100\n", "row 2 has 7 cells, expected 6"),
        (",110\n", "row 3: found 7 cells, expected 6"),
    ] {
        let too_many = text.replace(end, &end.replace('\n', ",7\n"));
        assert_says(&read(&too_many).unwrap_err(), &[says]);
    }
}

#[test]
fn adjustment_scales_prices_and_keeps_the_money_that_changed_hands() {
    let lines = [
        "timestamp,open,high,low,close,volume,adj_close",
        "2020-01-01,100,104,96,102,50,51",
        "2020-01-02,51,52,50,51,100,51",
    ];
    let Ingested { panel, report } = read_lines(&lines).unwrap();
    assert_eq!(report.files[0].prices, PriceBasis::Adjusted);
    let panel_bar = panel.row(0)[0];
    assert_eq!(panel_bar, bar([50.0, 52.0, 48.0, 51.0, 100.0]));
}

#[test]
fn a_file_of_closes_makes_flat_bars_and_says_so() {
    let Ingested { panel, report } =
        read_lines(&["timestamp,close", "2020-01-01,5", "2020-01-02,6"]).unwrap();
    let panel_bar = panel.row(1)[0];
    assert_eq!(panel_bar, bar([6.0, 6.0, 6.0, 6.0, 0.0]));
    assert_eq!(
        (report.files[0].fields, report.files[0].volume),
        (BarFields::CloseOnly, VolumeField::Absent)
    );
}

#[test]
fn ragged_files_are_refused_or_intersected_and_counted() {
    let folder = TempDir::new().unwrap();
    let day = |d: u32| format!("2020-01-{d:02},{d}");
    let lines = |days: &[u32]| {
        let mut lines = vec!["timestamp,close".to_owned()];
        lines.extend(days.iter().map(|&d| day(d)));
        lines
    };
    let write = |name: &str, days: &[u32]| {
        let lines = lines(days);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        DataFile {
            session: Some(Session::UTC_DAY),
            ..file(&folder, name, &lines)
        }
    };
    let files = [
        write("a.csv", &[1, 2, 3, 4, 5, 6]),
        write("b.csv", &[3, 4, 6, 7, 8]),
    ];
    let Ingested { panel, report } = read_panel(&files, Calendar::Intersect, None).unwrap();
    let closes: Vec<[f64; 2]> = (0..panel.n_bars())
        .map(|t| [panel.row(t)[0].close, panel.row(t)[1].close])
        .collect();
    assert_eq!(closes, [[3.0; 2], [4.0; 2], [6.0; 2]]);
    let counts = |i: usize| {
        (
            report.files[i].rows_dropped,
            report.files[i].rows_dropped_inside,
        )
    };
    assert_eq!((counts(0), counts(1)), ((3, 1), (2, 0)));

    let error = read_panel(&files, Calendar::Refuse, None).unwrap_err();
    assert_says(
        &error,
        &[
            "b.csv: found 5 bars of which 2 are not in",
            "a.csv",
            "2020-01-02 00:00:00 UTC",
            "Intersect",
        ],
    );
    let apart = [files[0].clone(), write("c.csv", &[10, 11, 12])];
    let error = read_panel(&apart, Calendar::Intersect, None).unwrap_err();
    assert_says(&error, &["c.csv: found no bar"]);
    let same_symbol = [files[0].clone(), files[0].clone()];
    let error = read_panel(&same_symbol, Calendar::Refuse, None).unwrap_err();
    assert_says(&error, &["asset 1: found symbol \"A.CSV\""]);
}

#[test]
fn bar_lengths_must_be_told_or_agree() {
    let folder = TempDir::new().unwrap();
    let daily = file(
        &folder,
        "a.csv",
        &["timestamp,close", "2020-01-01,1", "2020-01-02,1"],
    );
    let hourly = file(
        &folder,
        "b.csv",
        &[
            "timestamp,close",
            "2020-01-01T00:00:00Z,1",
            "2020-01-01T01:00:00Z,1",
        ],
    );
    let single = file(&folder, "c.csv", &["timestamp,close", "2020-01-01,1"]);
    let files = [daily, hourly];
    let error = read_panel(&files, Calendar::Intersect, None).unwrap_err();
    assert_says(
        &error,
        &["b.csv: found bars of 3600 s, expected 86400 s", "a.csv"],
    );
    let error = read_panel(std::slice::from_ref(&single), Calendar::Refuse, None).unwrap_err();
    assert_says(&error, &["c.csv: found a single bar"]);
    for length in [TimeDelta::zero(), TimeDelta::days(400)] {
        let error = read_panel(
            std::slice::from_ref(&single),
            Calendar::Refuse,
            Some(length),
        )
        .unwrap_err();
        assert_says(&error, &["bar length: found"]);
    }
    let ingested = read_panel(&[single], Calendar::Refuse, Some(TimeDelta::hours(2))).unwrap();
    assert_eq!(
        ingested.panel.timestamps()[0].to_rfc3339(),
        "2020-01-01T02:00:00+00:00"
    );
}

#[test]
fn parquet_reads_like_csv_whatever_the_type_of_its_columns() {
    let folder = TempDir::new().unwrap();
    let csv = file(&folder, "a.csv", &[HEADER, GOOD[0], GOOD[1], GOOD[2]]);
    let expected = read_panel(&[csv], Calendar::Refuse, None).unwrap().panel;
    let days = Series::new("timestamp".into(), &[18_262_i32, 18_263, 18_264])
        .cast(&DataType::Date)
        .unwrap();
    let datetime = |unit| days.cast(&DataType::Datetime(unit, None)).unwrap();
    let spelled = Series::new(
        "timestamp".into(),
        &["2020-01-01", "2020-01-02", "2020-01-03"],
    );
    for timestamps in [
        datetime(TimeUnit::Milliseconds),
        datetime(TimeUnit::Microseconds),
        datetime(TimeUnit::Nanoseconds),
        days.clone(),
        spelled,
    ] {
        let mut frame = DataFrame::new(
            3,
            vec![
                Series::new("note".into(), &["a", "b", "c"]).into_column(),
                timestamps.into_column(),
                Series::new("volume".into(), &[100_i64, 110, 120]).into_column(),
                Series::new("close".into(), &[11.0_f32, 12.0, 13.0]).into_column(),
                Series::new("open".into(), &[10.0, 11.0, 12.0]).into_column(),
                Series::new("high".into(), &[12.0, 13.0, 14.0]).into_column(),
                Series::new("low".into(), &[9.0, 10.0, 11.0]).into_column(),
            ],
        )
        .unwrap();
        let path = folder.path().join("a.parquet");
        ParquetWriter::new(fs::File::create(&path).unwrap())
            .finish(&mut frame)
            .unwrap();
        let data = DataFile::new("A.CSV", path, BarLabel::Open);
        assert_eq!(
            read_panel(&[data], Calendar::Refuse, None).unwrap().panel,
            expected
        );
    }
}

#[test]
fn reports_serialize() {
    let report = read_lines(&["timestamp,close", "2020-01-01,5", "2020-01-02,6"])
        .unwrap()
        .report;
    let json = serde_json::to_value(report).unwrap();
    assert_eq!(json["files"][0]["fields"], "close_only");
    assert_eq!(json["bar_length"], "inferred");
    assert_eq!(json["first"], "2020-01-02T00:00:00Z");
}
