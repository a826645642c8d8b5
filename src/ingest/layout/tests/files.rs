//! Compressed files, files of several parts and long files.

use super::*;

#[test]
fn compressed_files_read_like_the_plain_ones() {
    let (plain, report) = read(YAHOO);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(YAHOO.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(YAHOO.as_bytes(), 1).unwrap();
    for (bytes, compression) in [(gzip, Compression::Gzip), (zstd, Compression::Zstd)] {
        let found = try_read(&bytes, &Given::default()).unwrap();
        assert_eq!(found.panel, plain);
        let file = &found.report.files[0];
        assert_eq!(file.notes[0], Note::Compressed(compression));
        assert_eq!(file.notes[1..], report.notes[..]);
        // The digest is that of the compressed bytes.
        assert_eq!(file.sha256, sha256(&bytes));
        let error = try_read(&bytes[..bytes.len() - 9], &Given::default()).unwrap_err();
        assert!(matches!(error.fault(), IngestFault::Io(_)), "{error}");
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(bytes);
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from_digit(digit.into(), 16).unwrap())
        .collect()
}

#[test]
fn files_of_several_months_are_one() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let month = |ms: &[u64]| {
        let row = |ms: &u64| format!("{ms},10,15,9,11,7.5,0,0,3,0,0,0\n");
        ms.iter().map(row).collect::<String>()
    };
    let second = zstd::encode_all(
        month(&[1_735_689_600_000_000, 1_735_689_660_000_000]).as_bytes(),
        1,
    )
    .unwrap();
    write(
        "B-2024-12.csv",
        month(&[1_735_689_480_000, 1_735_689_540_000]).as_bytes(),
    );
    write("B-2025-01.csv", &second);
    write("C-2025-01.csv", b"no part of it");
    let file = DataFile::new("X", folder.path().join("B-*.csv"), BarLabel::Open);
    let read = |file: &DataFile| read_panel(std::slice::from_ref(file), Calendar::Refuse, None);
    let Ingested { panel, report } = read(&file).unwrap();
    let ends: Vec<i64> = panel
        .timestamps()
        .iter()
        .map(chrono::DateTime::timestamp)
        .collect();
    assert_eq!(
        ends,
        [1_735_689_540, 1_735_689_600, 1_735_689_660, 1_735_689_720]
    );
    let report = &report.files[0];
    assert_eq!(report.rows_read, 4);
    let mixed = EpochRows {
        seconds: 0,
        milliseconds: 2,
        microseconds: 2,
        nanoseconds: 0,
    };
    assert_eq!(
        report.notes,
        [
            Note::Compressed(Compression::Zstd),
            Note::MixedEpochs(mixed)
        ]
    );
    let first = std::fs::read(folder.path().join("B-2024-12.csv")).unwrap();
    let digests = format!("{}\n{}", sha256(&first), sha256(&second));
    assert_eq!(report.sha256, sha256(digests.as_bytes()));
    let wrong = DataFile {
        sha256: Some("00".to_owned()),
        ..file.clone()
    };
    assert!(matches!(
        read(&wrong).unwrap_err().fault(),
        IngestFault::Sha256 { .. }
    ));
}

#[test]
fn files_of_several_months_go_on_where_the_one_before_ends() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let complain = |pattern: &str, parts: &[&str]| {
        let file = DataFile::new("X", folder.path().join(pattern), BarLabel::Open);
        assert_says(
            &read_panel(&[file], Calendar::Refuse, None).unwrap_err(),
            parts,
        );
    };
    let utc = "1735689600000,10,15,9,11,7.5,0,0,3,0,0,0\n";
    write("B-1", utc);
    write("B-2", utc);
    complain(
        "B-*",
        &["B-2, row 1", "found 2025-01-01 00:00:00 UTC twice"],
    );
    write("B-2", YAHOO);
    complain("B-*", &["B-2", "Adj Close", "12 cells", "give them apart"]);
    complain("D-*", &["D-*", "no such file"]);
    let header = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>";
    write(
        "E-1",
        &format!("{header}\nABC,D,19840903,000000,1,2,1,2,99,0\n"),
    );
    write(
        "E-2",
        &format!("{header}\nXYZ,D,19840904,000000,1,2,1,2,99,0\n"),
    );
    complain("E-*", &["E-2, row 2", "\"XYZ\"", "\"ABC\""]);
}

#[test]
fn blank_lines_and_quotes_are_no_matter() {
    let text = YAHOO.replace("2021-03-03,51,", "\n\"2021-03-03\",\"51\",") + "\n\n";
    let (panel, report) = read(&text);
    assert_eq!(panel, read(YAHOO).0);
    assert_eq!(report.notes, [Note::MissingRows(1), Note::BlankLines(3)]);
}

#[test]
fn rows_of_several_blocks_keep_their_numbers_and_their_order() {
    let n_rows = 100_000_i64;
    let row = |n: i64| {
        let date = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(n);
        let open = 100 + n % 50;
        format!(
            "{}+00:00,{open},{},{},{open},{open},7",
            date.format("%Y-%m-%d %H:%M:%S"),
            open + 2,
            open - 2
        )
    };
    let header = "Date,Open,High,Low,Close,Adj Close,Volume";
    let lines: Vec<String> = (0..n_rows).map(row).collect();
    let text = |lines: &[String]| format!("{header}\n{}\n", lines.join("\n"));
    let oldest_first = text(&lines);
    assert!(oldest_first.len() > crate::ingest::blocks::Blocks::SIZE);
    let (panel, _) = read(&oldest_first);
    assert_eq!(panel.n_bars(), 100_000);
    let mut backward = lines;
    backward.reverse();
    let (turned, report) = read(&text(&backward));
    assert_eq!((&turned, report.notes), (&panel, vec![Note::NewestFirst]));
    backward[98_765] = backward[98_765].replace(",7", ",x");
    complaint(
        &text(&backward),
        &Given::default(),
        &["row 98767, column Volume: found \"x\""],
    );
    backward.swap(90_000, 90_001);
    backward[98_765] = backward[98_765].replace(",x", ",7");
    complaint(
        &text(&backward),
        &Given::default(),
        &["row 90002", "the row below"],
    );
}
