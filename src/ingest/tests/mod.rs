//! The errors that a user can meet, each from a real file; and the truth about the shipped files.

use super::{
    BarFields, BarLabel, BarLengthSource, Calendar, DataFile, IngestError, IngestFault, Ingested,
    Note, PriceBasis, RowFault, Surveyed, VolumeField, blocks, read_panel, survey_panel,
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

/// Reads the good file with row `line` (of the editor, from 2) replaced.
fn read_with(line: usize, text: &str) -> IngestError {
    let mut lines = vec![HEADER];
    lines.extend(GOOD);
    lines[line - 1] = text;
    read_lines(&lines).unwrap_err()
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

fn shipped(symbol: &str, name: &str) -> DataFile {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
    DataFile::new(symbol, folder.join(name), BarLabel::Open)
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

#[test]
fn timestamps_come_in_several_spellings() {
    for (spelled, utc) in [
        ("2020-01-02T03:00:00+03:00", "2020-01-02T00:00:00Z"),
        ("2020-01-02 06:30:00", "2020-01-02T06:30:00Z"),
        ("2020-01-02T06:30:00.250", "2020-01-02T06:30:00.250Z"),
        ("2020-01-02", "2020-01-02T00:00:00Z"),
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
fn files_that_are_not_there_or_not_the_right_ones() {
    let folder = TempDir::new().unwrap();
    let good = file(&folder, "a.csv", &[HEADER, GOOD[0], GOOD[1]]);
    let read = |data: DataFile| read_panel(&[data], Calendar::Refuse, None);
    let missing = DataFile {
        path: folder.path().join("b.csv"),
        ..good.clone()
    };
    assert_says(&read(missing).unwrap_err(), &["b.csv", "no such file"]);
    let a_folder = DataFile {
        path: folder.path().to_path_buf(),
        ..good.clone()
    };
    assert!(matches!(
        read(a_folder).unwrap_err().fault(),
        IngestFault::Io { .. }
    ));
    // What a file is called says nothing about what it is.
    let expected = read(good.clone()).unwrap().panel;
    for name in ["a.txt", "a.parquet", "a"] {
        let mut other = file(&folder, name, &[HEADER, GOOD[0], GOOD[1]]);
        other.symbol.clone_from(&good.symbol);
        assert_eq!(read(other).unwrap().panel, expected);
    }
    let not_parquet = file(&folder, "b.parquet", &["PAR1 and no more"]);
    assert!(matches!(
        read(not_parquet).unwrap_err().fault(),
        IngestFault::Damaged { .. }
    ));
    let empty = file(&folder, "empty.csv", &[]);
    fs::write(&empty.path, "").unwrap();
    assert!(matches!(
        read(empty).unwrap_err().fault(),
        IngestFault::Empty { .. }
    ));
    assert!(matches!(
        read(file(&folder, "header.csv", &[HEADER]))
            .unwrap_err()
            .fault(),
        IngestFault::Empty { .. }
    ));
    assert!(matches!(
        read_panel(&[], Calendar::Refuse, None).unwrap_err().fault(),
        IngestFault::NoFile { .. }
    ));

    let wrong = DataFile {
        sha256: Some("00ff".to_owned()),
        ..good.clone()
    };
    let error = read(wrong).unwrap_err();
    let IngestFault::Sha256 { found, .. } = error.fault() else {
        panic!("{error}")
    };
    assert_says(&error, &["a.csv", "expected 00ff", found]);
    let right = DataFile {
        sha256: Some(found.to_uppercase()),
        ..good
    };
    assert_eq!(&read(right).unwrap().report.files[0].sha256, found);
}

#[test]
fn a_missing_column_is_named_with_those_that_are_there() {
    for column in ["timestamp", "close"] {
        let header = HEADER.replace(column, "other");
        let error = read_lines(&[&header, GOOD[0], GOOD[1]]).unwrap_err();
        let lacks = format!("Tidy comes nearest, but row 1, its header, lacks {column}");
        assert_says(&error, &["a.csv", &lacks, "other"]);
    }
    for column in ["open", "high", "low"] {
        let header = HEADER.replace(column, "other");
        let error = read_lines(&[&header, GOOD[0], GOOD[1]]).unwrap_err();
        let quoted = format!("column {column:?}");
        assert_says(&error, &["a.csv", &quoted, "other"]);
        assert!(matches!(error.fault(), IngestFault::MissingColumn { .. }));
    }
}

#[test]
fn cells_that_do_not_parse_are_named_by_row_and_column() {
    assert_says(
        &read_with(3, "2020-01-02T00:00:00Z,11,13,10,12 USD,110"),
        &["a.csv, row 3, column close: found \"12 USD\", expected a number"],
    );
    assert_says(
        &read_with(4, "2020-01-03T00:00:00Z,12,.,11,13,120"),
        &["row 4, column high: found \".\""],
    );
    assert_says(
        &read_with(2, "2020-01-01T00:00:00Z,10,12,9,,100"),
        &["row 2, column close: found \"\""],
    );
    assert_says(
        &read_with(4, "2020-01-03T00:00:00Z,12"),
        &["a.csv, row 4: found 2 cells, expected 6"],
    );
    assert_says(
        &read_with(3, "02/01/2020,11,13,10,12,110"),
        &[
            "row 3, column timestamp: found \"02/01/2020\"",
            "2013-03-01",
        ],
    );
    // The first of several faults, whichever column polars stumbles over first.
    let lines = [
        HEADER,
        GOOD[0],
        "2020-01-02T00:00:00Z,11,13,10,x,110",
        "2020-01-03T00:00:00Z,y,14,11,13,120",
    ];
    assert_says(
        &read_lines(&lines).unwrap_err(),
        &["row 3, column close: found \"x\""],
    );
    // A foreign column may hold anything.
    let lines = ["note,timestamp,close", "?,2020-01-01,1", ",2020-01-02,2"];
    assert_eq!(read_lines(&lines).unwrap().panel.n_bars(), 2);
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
    // Blank lines are counted. A cell too many is a fault of the file, not a row to skip.
    let blank = read(&text.replacen('\n', "\n\n", 2)).unwrap();
    assert_eq!(blank.panel, expected);
    assert_eq!(blank.report.files[0].notes, [Note::BlankLines(2)]);
    let too_many = text.replace(",100\n", ",100,7\n");
    assert!(matches!(
        read(&too_many).unwrap_err().fault(),
        IngestFault::CellCount { .. }
    ));
}

#[test]
fn the_culprit_keeps_its_row_in_a_long_file() {
    let mut lines = vec![HEADER.to_owned()];
    for day in 0..20_000 {
        let date = chrono::NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + TimeDelta::days(day);
        let close = if day == 17_321 { "1O" } else { "10" };
        lines.push(format!("{date},10,12,9,{close},100"));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_says(
        &read_lines(&lines).unwrap_err(),
        &["row 17323, column close: found \"1O\""],
    );
}

#[test]
fn rows_that_cannot_be_bars_are_named() {
    assert_says(
        &read_with(3, "2020-01-02T00:00:00Z,11,10,13,12,110"),
        &["a.csv, row 3, column high: found 10", "low, 13"],
    );
    assert_says(
        &read_with(2, "2020-01-01T00:00:00Z,10,12,9,13,100"),
        &["row 2, column close: found 13"],
    );
    assert_says(
        &read_with(4, "2020-01-03T00:00:00Z,12,14,0,13,120"),
        &["row 4, column low: found 0", "price > 0"],
    );
    assert_says(
        &read_with(4, "2020-01-03T00:00:00Z,12,14,-11,13,120"),
        &["row 4, column low: found -11"],
    );
    assert_says(
        &read_with(2, "2020-01-01T00:00:00Z,10,12,9,NaN,100"),
        &["row 2, column close: found NaN"],
    );
    assert_says(
        &read_with(2, "2020-01-01T00:00:00Z,10,inf,9,11,100"),
        &["row 2, column high: found inf"],
    );
    assert_says(
        &read_with(2, "2020-01-01T00:00:00Z,10,12,9,11,-1"),
        &["row 2, column volume: found -1"],
    );
    let adjusted = [
        "timestamp,close,adj_close",
        "2020-01-01,10,5",
        "2020-01-02,10,0",
    ];
    assert_says(
        &read_lines(&adjusted).unwrap_err(),
        &["row 3, column adj_close: found 0"],
    );
}

#[test]
fn rows_out_of_order_are_named() {
    let error = read_lines(&[HEADER, GOOD[0], GOOD[2], GOOD[1]]).unwrap_err();
    assert!(matches!(error.fault(), IngestFault::Unsorted { .. }));
    assert_says(
        &error,
        &[
            "a.csv, row 4, column timestamp: found 2020-01-02",
            "after 2020-01-03",
        ],
    );
    let error = read_lines(&[HEADER, GOOD[0], GOOD[0]]).unwrap_err();
    assert!(matches!(error.fault(), IngestFault::Duplicate { .. }));
    assert_says(&error, &["row 3", "found 2020-01-01 00:00:00 UTC twice"]);
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
        file(
            &folder,
            name,
            &lines.iter().map(String::as_str).collect::<Vec<_>>(),
        )
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
fn parquet_faults_are_named_too() {
    let folder = TempDir::new().unwrap();
    let read = |close: Series| {
        let times = Series::new("timestamp".into(), &["2020-01-01", "2020-01-02"]);
        let mut frame = DataFrame::new(2, vec![times.into_column(), close.into_column()]).unwrap();
        let path = folder.path().join("a.parquet");
        ParquetWriter::new(fs::File::create(&path).unwrap())
            .finish(&mut frame)
            .unwrap();
        let data = DataFile::new("A", path, BarLabel::Open);
        read_panel(&[data], Calendar::Refuse, None).unwrap_err()
    };
    assert_says(
        &read(Series::new("close".into(), &["1", "2"])),
        &["a.parquet, column close: found type str, expected numbers"],
    );
    assert_says(
        &read(Series::new("close".into(), &[Some(1.0), None])),
        &["a.parquet, row 2, column close: found \"\""],
    );
    assert_says(
        &read(Series::new("close".into(), &[-1.0, 2.0])),
        &["a.parquet, row 1, column close: found -1"],
    );
    assert_says(
        &read(Series::new("price".into(), &[1.0, 2.0])),
        &[
            "a.parquet",
            "Tidy comes nearest",
            "lacks the columns close: found timestamp, price",
        ],
    );
}

#[test]
fn shipped_stocks_make_one_adjusted_panel() {
    let files = [
        shipped("AAPL", "aapl_1d_raw_adj.csv"),
        shipped("IBM", "ibm_1d_raw_adj.csv"),
        shipped("MSFT", "msft_1d_raw_adj.csv"),
    ];
    let Ingested { panel, report } = read_panel(&files, Calendar::Refuse, None).unwrap();
    assert_eq!((panel.n_bars(), panel.n_assets()), (3270, 3));
    assert_eq!(report.first.to_rfc3339(), "2000-03-02T00:00:00+00:00");
    assert_eq!(report.last.to_rfc3339(), "2013-03-02T00:00:00+00:00");
    assert!((panel.row(0)[0].close - 4.186_663).abs() < 1e-9);
    // The raw 2:1 split of AAPL on 2000-06-21 is gone: no overnight move there.
    let split = panel
        .timestamps()
        .iter()
        .position(|t| t.to_rfc3339().starts_with("2000-06-22"))
        .unwrap();
    let night = (panel.row(split)[0].open / panel.row(split - 1)[0].close).ln();
    assert!(night.abs() < 0.02, "{night}");
    let with_goog = [files[0].clone(), shipped("GOOG", "goog_1d_raw_adj.csv")];
    let report = read_panel(&with_goog, Calendar::Intersect, None)
        .unwrap()
        .report;
    assert_eq!(
        (report.n_bars, report.files[0].rows_dropped),
        (2148, 3270 - 2148)
    );
}

#[test]
fn every_shipped_file_has_its_checksum_and_reads() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data");
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut n_files = 0;
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
        let data = DataFile {
            sha256: Some(sum.to_owned()),
            ..shipped(name, name)
        };
        let report = read_panel(&[data], Calendar::Refuse, None).unwrap().report;
        assert_eq!(
            report.bar_seconds,
            if name.contains("_1h_") { 3600 } else { 86_400 },
            "{name}"
        );
        n_files += 1;
    }
    let n_csv = fs::read_dir(&folder)
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|e| e == "csv")
        })
        .count();
    assert_eq!((n_files, n_csv), (9, 9));
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

/// Minutes of 2020-01-01, one row each, prices that tell them apart.
fn minutes(wanted: impl Iterator<Item = u32>) -> Vec<String> {
    let mut lines = vec![HEADER.to_owned()];
    for n in wanted {
        let (hour, minute, open) = (n / 60, n % 60, 100 + (n * 37) % 51);
        let (high, low, close) = (open + 2 + n % 3, open - 1 - n % 4, open + 1);
        let volume = n % 7;
        lines.push(format!(
            "2020-01-01 {hour:02}:{minute:02}:00,{open},{high},{low},{close},{volume}"
        ));
    }
    lines
}

fn read_resampled(
    lines: &[String],
    timestamps: BarLabel,
    seconds: u32,
) -> Result<Ingested, IngestError> {
    let folder = TempDir::new().unwrap();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let data = DataFile {
        timestamps,
        resample_seconds: Some(seconds),
        ..file(&folder, "a.csv", &lines)
    };
    read_panel(&[data], Calendar::Refuse, None)
}

/// Bars of `seconds` by grouping the text of the rows, all at hand: `(hours since the epoch day,
/// bar)`.
fn grouped(lines: &[String], per_bucket: usize) -> Vec<(usize, crate::market::Bar)> {
    let rows: Vec<(usize, Vec<f64>)> = lines[1..]
        .iter()
        .map(|line| {
            let (time, cells) = line.split_once(',').unwrap();
            let (hour, minute) = (&time[11..13], &time[14..16]);
            let n = hour.parse::<usize>().unwrap() * 60 + minute.parse::<usize>().unwrap();
            let cells = cells.split(',').map(|cell| cell.parse().unwrap()).collect();
            (n / per_bucket, cells)
        })
        .collect();
    rows.chunk_by(|a, b| a.0 == b.0)
        .map(|rows| {
            let column = |k: usize| rows.iter().map(move |(_, cells)| cells[k]);
            let longer = bar([
                rows[0].1[0],
                column(1).fold(f64::MIN, f64::max),
                column(2).fold(f64::MAX, f64::min),
                rows[rows.len() - 1].1[3],
                column(4).sum(),
            ]);
            (rows[0].0, longer)
        })
        .collect()
}

#[test]
fn resampling_is_grouping_and_bars_end_with_their_bucket() {
    // Begins and ends within an hour, has holes, and lacks the hours 5 and 6.
    let kept = |n: &u32| n % 13 != 4 && !(300..420).contains(n);
    let lines = minutes((37..1000).filter(kept));
    for (seconds, per_bucket) in [(300, 5), (3600, 60), (86_400, 1440), (60, 1)] {
        let Ingested { panel, report } = read_resampled(&lines, BarLabel::Open, seconds).unwrap();
        let expected = grouped(&lines, per_bucket);
        assert_eq!(panel.n_bars(), expected.len());
        assert_eq!(panel.bar_length(), TimeDelta::seconds(seconds.into()));
        let midnight: chrono::DateTime<chrono::Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
        for (t, (bucket, longer)) in expected.iter().enumerate() {
            let minutes = i64::try_from((bucket + 1) * per_bucket).unwrap();
            assert_eq!(
                panel.timestamps()[t],
                midnight + TimeDelta::minutes(minutes)
            );
            assert_eq!(panel.row(t)[0], *longer);
        }
        let file = &report.files[0];
        let resampled = file.resampled.unwrap();
        assert_eq!(
            (file.rows_read, resampled.n_bars),
            (lines.len() - 1, panel.n_bars())
        );
        assert!((resampled.row_seconds.unwrap() - 60.0).abs() < 1e-12);
        let n_incomplete = match seconds {
            60 => 0,
            _ => expected
                .iter()
                .filter(|(bucket, _)| {
                    let all = bucket * per_bucket..(bucket + 1) * per_bucket;
                    all.map(|n| u32::try_from(n).unwrap())
                        .any(|n| !((37..1000).contains(&n) && kept(&n)))
                })
                .count(),
        };
        assert_eq!(resampled.n_incomplete, n_incomplete);
    }
}

#[test]
fn a_row_labeled_with_its_end_belongs_to_the_bucket_that_it_ends_in() {
    let by_open = read_resampled(&minutes(0..120), BarLabel::Open, 3600).unwrap();
    // The same bars, labeled one minute later.
    let mut lines = minutes(0..120);
    for (n, line) in lines.iter_mut().enumerate().skip(1) {
        line.replace_range(..19, &format!("2020-01-01 {:02}:{:02}:00", n / 60, n % 60));
    }
    let by_end = read_resampled(&lines, BarLabel::End, 3600).unwrap();
    assert_eq!(by_end.panel, by_open.panel);
    assert_eq!(by_open.panel.n_bars(), 2);
}

#[test]
fn what_cannot_be_resampled_is_named() {
    let hour = minutes(0..120);
    let complain =
        |lines: &[String], seconds| read_resampled(lines, BarLabel::Open, seconds).unwrap_err();
    for seconds in [30, 90] {
        assert_says(
            &complain(&hour, seconds),
            &[
                &format!("a.csv, resample_seconds: found {seconds}"),
                "a multiple of 60",
                "leave it out",
            ],
        );
    }
    assert_says(&complain(&hour, 0), &["resample_seconds: ", "found 0 s"]);
    let single = &hour[..2];
    assert_says(&complain(single, 3600), &["found a single row"]);

    // A minute that begins at half past the minute ends in the next hour.
    let mut shifted = minutes(0..59);
    shifted.push("2020-01-01 00:59:30,10,12,9,11,1".to_owned());
    assert_says(
        &complain(&shifted, 3600),
        &[
            "a.csv, row 61, column timestamp: found a bar from 2020-01-01 00:59:30 UTC",
            "does not cross 2020-01-01 01:00:00",
        ],
    );
    // The checks of single rows stay, with their row numbers.
    let mut broken = minutes(0..120);
    broken[100] = broken[100].replace(",1", ",x1");
    assert_says(&complain(&broken, 3600), &["row 101, column"]);
    broken[100] = broken[99].clone();
    let error = complain(&broken, 3600);
    assert!(matches!(error.fault(), IngestFault::Duplicate { .. }));
    assert_eq!(error.row(), Some(101));

    let folder = TempDir::new().unwrap();
    let lines: Vec<&str> = hour.iter().map(String::as_str).collect();
    let data = DataFile {
        resample_seconds: Some(3600),
        ..file(&folder, "a.csv", &lines)
    };
    let error = read_panel(&[data], Calendar::Refuse, Some(TimeDelta::minutes(30))).unwrap_err();
    assert_says(
        &error,
        &["a.csv, resample_seconds: found 3600, expected 1800"],
    );
}

/// Several blocks.
fn long_file() -> Vec<String> {
    let mut lines = vec![HEADER.to_owned()];
    let start: chrono::DateTime<chrono::Utc> = "2001-01-01T00:00:00Z".parse().unwrap();
    for n in 0..200_000_i64 {
        let time = (start + TimeDelta::minutes(n)).format("%Y-%m-%d %H:%M:%S");
        let open = 100 + (n * 37) % 51;
        let (high, low, close) = (open + 3, open - 2, open + 1);
        lines.push(format!("{time},{open},{high},{low},{close},{}", n % 7));
    }
    assert!(2 * lines.iter().map(String::len).sum::<usize>() > 3 * blocks::Blocks::SIZE);
    lines
}

#[test]
fn a_file_of_many_blocks_is_one_file() {
    let mut lines = long_file();
    let folder = TempDir::new().unwrap();
    let read = |lines: &[String], seconds| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let data = DataFile {
            resample_seconds: seconds,
            ..file(&folder, "a.csv", &lines)
        };
        read_panel(&[data], Calendar::Refuse, None)
    };
    let whole = read(&lines, None).unwrap();
    assert_eq!(whole.panel.n_bars(), 200_000);
    let hours = read(&lines, Some(3600)).unwrap().panel;
    assert_eq!(hours.n_bars(), 200_000_usize.div_ceil(60));
    for (t, rows) in (0..200_000).collect::<Vec<_>>().chunks(60).enumerate() {
        let rows: Vec<_> = rows.iter().map(|&i| whole.panel.row(i)[0]).collect();
        let longer = bar([
            rows[0].open,
            rows.iter().map(|r| r.high).fold(f64::MIN, f64::max),
            rows.iter().map(|r| r.low).fold(f64::MAX, f64::min),
            rows[rows.len() - 1].close,
            rows.iter().map(|r| r.volume).sum(),
        ]);
        assert_eq!(hours.row(t)[0], longer, "hour {t}");
    }
    // Quotes change nothing.
    lines[150_000] = format!("\"{}\"", lines[150_000].replace(',', "\",\""));
    let quoted = read(&lines, None).unwrap();
    assert_eq!(quoted.panel, whole.panel);
    assert_ne!(quoted.report.files[0].sha256, whole.report.files[0].sha256);
    // A fault in the last block has the row that an editor shows.
    let good = std::mem::replace(
        &mut lines[190_000],
        long_file()[190_000].replace(",1", ",1x"),
    );
    assert_says(&read(&lines, None).unwrap_err(), &["row 190001, column"]);
    lines[190_000] = good;
    lines.swap(150_100, 150_101);
    assert_says(&read(&lines, None).unwrap_err(), &["row 150102", "after"]);
}

#[test]
fn the_checksum_is_of_the_whole_file_and_comes_first() {
    let folder = TempDir::new().unwrap();
    let mut lines = long_file();
    let read = |lines: &[String], sha256: Option<&str>| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let data = DataFile {
            sha256: sha256.map(str::to_owned),
            ..file(&folder, "a.csv", &lines)
        };
        read_panel(&[data], Calendar::Refuse, None)
    };
    let good = read(&lines, None).unwrap().report.files[0].sha256.clone();
    let bytes = fs::read(folder.path().join("a.csv")).unwrap();
    let expected = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
    for (i, byte) in expected.iter().enumerate() {
        assert_eq!(u8::from_str_radix(&good[2 * i..2 * i + 2], 16), Ok(*byte));
    }
    assert_eq!(good.len(), 2 * expected.len());
    // A fault in the first row of another file: that it is another file is the first thing to know.
    lines[1] = lines[1].replace(",1", ",x");
    let error = read(&lines, Some(&good)).unwrap_err();
    assert!(
        matches!(error.fault(), IngestFault::Sha256 { .. }),
        "{error}"
    );
    assert_says(&read(&lines, None).unwrap_err(), &["row 2, column"]);
}

#[test]
fn empty_lines_before_the_header_are_counted() {
    let lines = ["", "timestamp,close", "2020-01-01,5", "2020-01-02,x"];
    assert_says(
        &read_lines(&lines).unwrap_err(),
        &["row 4, column close: found \"x\""],
    );
}

#[test]
fn every_faulty_row_is_counted_and_the_others_make_the_panel() {
    let text = "timestamp,open,high,low,close,volume\n\
        2020-01-01,10,12,9,11,1\n2020-01-02,10,12,9,11,1\n2020-01-02,10,12,9,11,1\n\
        2020-01-03,10,8,9,11,1\n2020-01-04,10,12,9,11,1\n2020-01-03,10,12,9,11,1\n\
        2020-01-05,-1,12,9,11,1\n2020-01-06,10,12,9,11,1\n2020-01-06,1,1,1,1,1\n";
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, text).unwrap();
    let file = [DataFile::new("A", path, BarLabel::Open)];
    let Surveyed { ingested, faults } = survey_panel(&file, Calendar::Refuse, None).unwrap();
    assert_eq!(ingested.panel.n_bars(), 4);
    assert_eq!(ingested.report.files[0].rows_read, 9);
    let counts: Vec<_> = faults[0].iter().map(|f| (f.fault, f.count)).collect();
    assert_eq!(
        counts,
        [
            (RowFault::Duplicate, 2),
            (RowFault::ImpossibleBar, 2),
            (RowFault::Unsorted, 1)
        ]
    );
    // The message is the error about the first of each.
    let refused = read_panel(&file, Calendar::Refuse, None).unwrap_err();
    assert_eq!(faults[0][0].message, refused.to_string());
    assert!(faults[0][1].message.contains("row 5, column high"));
    assert!(faults[0][2].message.contains("row 7"));
}
