//! Errors that a user can meet.

use super::*;

/// Reads the valid file with line `line` (from 2) replaced.
fn read_with(line: usize, text: &str) -> IngestError {
    let mut lines = vec![HEADER];
    lines.extend(GOOD);
    lines[line - 1] = text;
    read_lines(&lines).unwrap_err()
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
    // The file name does not matter.
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
        IngestFault::Empty
    ));
    assert!(matches!(
        read(file(&folder, "header.csv", &[HEADER]))
            .unwrap_err()
            .fault(),
        IngestFault::Empty
    ));
    assert!(matches!(
        read_panel(&[], Calendar::Refuse, None).unwrap_err().fault(),
        IngestFault::NoFile
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
    // The first fault in row order is reported, whichever column polars reads first.
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
    // Unknown columns may hold anything.
    let lines = ["note,timestamp,close", "?,2020-01-01,1", ",2020-01-02,2"];
    assert_eq!(read_lines(&lines).unwrap().panel.n_bars(), 2);
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
    // The message is the error about the first row with each fault.
    let refused = read_panel(&file, Calendar::Refuse, None).unwrap_err();
    assert_eq!(faults[0][0].message, refused.to_string());
    assert!(faults[0][1].message.contains("row 5, column high"));
    assert!(faults[0][2].message.contains("row 7"));
}
