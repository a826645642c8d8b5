//! Longer bars, and files of many blocks.

use super::*;

/// One row per wanted minute of 2020-01-01, with distinct prices.
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

/// Reference for resampling: groups all rows in memory into `(index of the bucket, bar)`.
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
    // The rows begin and end within an hour, have holes, and lack hours 5 and 6.
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

    // The minute from 00:59:30 on ends in the next hour.
    let mut shifted = minutes(0..59);
    shifted.push("2020-01-01 00:59:30,10,12,9,11,1".to_owned());
    assert_says(
        &complain(&shifted, 3600),
        &[
            "a.csv, row 61, column timestamp: found a bar from 2020-01-01 00:59:30 UTC",
            "does not cross 2020-01-01 01:00:00",
        ],
    );
    // Single rows are still checked, and errors have their row numbers.
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

/// A file of several blocks.
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
    // Quotes do not change the panel.
    lines[150_000] = format!("\"{}\"", lines[150_000].replace(',', "\",\""));
    let quoted = read(&lines, None).unwrap();
    assert_eq!(quoted.panel, whole.panel);
    assert_ne!(quoted.report.files[0].sha256, whole.report.files[0].sha256);
    // The error about a fault in the last block has the right row number.
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
    // A wrong checksum is reported before a fault in the first row.
    lines[1] = lines[1].replace(",1", ",x");
    let error = read(&lines, Some(&good)).unwrap_err();
    assert!(
        matches!(error.fault(), IngestFault::Sha256 { .. }),
        "{error}"
    );
    assert_says(&read(&lines, None).unwrap_err(), &["row 2, column"]);
}
