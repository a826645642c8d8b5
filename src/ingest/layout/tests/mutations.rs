//! Damaged files: for any bytes, a reader returns an error or a panel, and does not panic.

use super::columnar::arrow;
use crate::ingest::{BarLabel, Calendar, DataFile, FileLayout, read_panel, survey_panel};
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, ParquetWriter, Series};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::time::Duration;
use tempfile::TempDir;

/// A few rows of every text layout.
const TEXTS: &[(FileLayout, &str)] = &[
    (FileLayout::Tidy, include_str!("rows/tidy.txt")),
    (FileLayout::Yahoo, include_str!("rows/yahoo.txt")),
    (
        FileLayout::Yahoo,
        include_str!("rows/yahoo_before_2017.txt"),
    ),
    (FileLayout::Yfinance, include_str!("rows/yfinance.txt")),
    (
        FileLayout::BinanceKlines,
        include_str!("rows/binance_klines.txt"),
    ),
    (
        FileLayout::BinanceKlines,
        include_str!("rows/binance_futures_klines.txt"),
    ),
    (FileLayout::KrakenBars, include_str!("rows/kraken_bars.txt")),
    (
        FileLayout::KrakenTrades,
        include_str!("rows/kraken_trades.txt"),
    ),
    (
        FileLayout::CryptoDataDownload,
        include_str!("rows/crypto_data_download_2019.txt"),
    ),
    (
        FileLayout::CryptoDataDownload,
        include_str!("rows/crypto_data_download_2022.txt"),
    ),
    (
        FileLayout::MetaTrader4,
        include_str!("rows/meta_trader_4.txt"),
    ),
    (
        FileLayout::MetaTrader5,
        include_str!("rows/meta_trader_5.txt"),
    ),
    (
        FileLayout::HistDataBars,
        include_str!("rows/hist_data_bars.txt"),
    ),
    (
        FileLayout::HistDataTicks,
        include_str!("rows/hist_data_ticks.txt"),
    ),
    (FileLayout::Dukascopy, include_str!("rows/dukascopy.txt")),
    (
        FileLayout::StooqWeb,
        include_str!("rows/stooq_web_polish.txt"),
    ),
    (FileLayout::StooqBulk, include_str!("rows/stooq_bulk.txt")),
    (FileLayout::Fred, include_str!("rows/fred.txt")),
    (
        FileLayout::FreqtradeBars,
        include_str!("rows/freqtrade_bars.txt"),
    ),
    (
        FileLayout::FreqtradeTrades,
        include_str!("rows/freqtrade_trades.txt"),
    ),
    (
        FileLayout::DatabentoBars,
        include_str!("rows/databento_bars.txt"),
    ),
    (
        FileLayout::DatabentoTrades,
        include_str!("rows/databento_trades.txt"),
    ),
    (
        FileLayout::TardisTrades,
        include_str!("rows/tardis_trades.txt"),
    ),
    (
        FileLayout::TardisQuotes,
        include_str!("rows/tardis_quotes.txt"),
    ),
    (
        FileLayout::TardisQuotes,
        include_str!("rows/tardis_snapshots.txt"),
    ),
    (FileLayout::Barchart, include_str!("rows/barchart.txt")),
    (FileLayout::Quandl, include_str!("rows/quandl.txt")),
    (
        FileLayout::PandasIndex,
        include_str!("rows/pandas_index.txt"),
    ),
    (FileLayout::MonthFirst, include_str!("rows/month_first.txt")),
];

/// Fragments of valid and of damaged files.
const PIECES: &[&str] = &[
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\"",
    "\u{feff}",
    "\0",
    "é",
    ".",
    "-",
    "null",
    "NaN",
    "inf",
    "-0",
    "1e999",
    "0",
    "9",
    "9223372036854775807",
    "99999999999999999999",
    "253402300799999",
    "2024-02-30",
    "0000-01-01",
    "9999-12-31 23:59:59",
    "12-PM",
    "GMT+9999",
    "12/31/1986 12:59 PM",
    "2012.03.25",
    "03:30",
    "asks[7].price",
    "Downloaded from Barchart",
    "<DATE>",
    "Date",
    "timestamp",
    "close",
    "[",
    "]",
    "{",
    "[[",
    "]]",
];

/// A change of a file's bytes, at a position given as a share of its length.
#[derive(Debug, Clone)]
enum Mutation {
    Set(f64, u8),
    Insert(f64, usize),
    Delete(f64, usize),
    Repeat(f64, usize),
    Truncate(f64),
    Append(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (0.0..1.0, any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (0.0..1.0, 0..PIECES.len()).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        (0.0..1.0, 1_usize..40).prop_map(|(at, n)| Mutation::Delete(at, n)),
        (0.0..1.0, 1_usize..80).prop_map(|(at, n)| Mutation::Repeat(at, n)),
        (0.0..1.0).prop_map(Mutation::Truncate),
        (0..TEXTS.len()).prop_map(Mutation::Append),
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a file of some hundred bytes"
)]
fn place(share: f64, bytes: &[u8]) -> usize {
    (share * bytes.len() as f64) as usize
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    match *mutation {
        Mutation::Set(at, byte) => {
            let at = place(at, bytes);
            if let Some(old) = bytes.get_mut(at) {
                *old = byte;
            }
        }
        Mutation::Insert(at, piece) => {
            let at = place(at, bytes);
            bytes.splice(at..at, PIECES[piece].bytes());
        }
        Mutation::Delete(at, n) => {
            let at = place(at, bytes);
            bytes.drain(at..(at + n).min(bytes.len()));
        }
        Mutation::Repeat(at, n) => {
            let at = place(at, bytes);
            let again = bytes[at..(at + n).min(bytes.len())].to_vec();
            bytes.splice(at..at, again);
        }
        Mutation::Truncate(at) => bytes.truncate(place(at, bytes)),
        Mutation::Append(text) => bytes.extend(TEXTS[text].1.bytes()),
    }
}

#[derive(Debug, Clone, Copy)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Settings of a reader, some of them invalid.
fn given() -> impl Strategy<Value = DataFile> {
    let length = prop_oneof![
        Just(None),
        Just(Some(60)),
        Just(Some(86_400)),
        any::<u32>().prop_map(Some)
    ];
    let offset = prop_oneof![
        Just(None),
        Just(Some(-300)),
        Just(Some(120)),
        any::<i32>().prop_map(Some)
    ];
    let layout = prop_oneof![
        6 => Just(None),
        2 => prop::sample::select(&FileLayout::ALL[..]).prop_map(Some),
    ];
    let instrument = prop_oneof![4 => Just(None), 1 => Just(Some("SPY".to_owned()))];
    let zone = prop_oneof![
        4 => Just(None),
        2 => Just(Some("Europe/Athens".to_owned())),
        1 => Just(Some("?".to_owned())),
    ];
    let label = prop_oneof![3 => Just(BarLabel::Open), 1 => Just(BarLabel::End)];
    (length, offset, zone, layout, instrument, label).prop_map(
        |(resample_seconds, utc_offset_minutes, time_zone, layout, instrument, label)| DataFile {
            resample_seconds,
            layout,
            utc_offset_minutes,
            time_zone,
            instrument,
            ..DataFile::new("X", "", label)
        },
    )
}

/// Bars, quotes and trades, each as Parquet and as Arrow.
fn columnar() -> Vec<Vec<u8>> {
    let written = |names: &[&str]| {
        let days = ["2020-01-01", "2020-01-02", "2020-01-03"];
        let mut columns = vec![Series::new("timestamp".into(), &days).into_column()];
        columns.extend(
            names
                .iter()
                .map(|&name| Series::new(name.into(), &[1.0, 2.0, 3.0]).into_column()),
        );
        let mut frame = DataFrame::new(3, columns).unwrap();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        [bytes, arrow(&frame)]
    };
    let files = [&["close"][..], &["bid_px", "ask_px"], &["price", "amount"]];
    files.into_iter().flat_map(written).collect()
}

/// One of the files with a few changes.
fn mutated(files: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let mutations = prop::collection::vec(mutation(), 0..6);
    (0..files.len(), mutations).prop_map(move |(file, mutations)| {
        let mut bytes = files[file].clone();
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
        }
        bytes
    })
}

/// A text with a few changes, random bytes, or random fragments.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let texts = TEXTS
        .iter()
        .map(|(_, text)| text.as_bytes().to_vec())
        .collect();
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..60)
        .prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![6 => mutated(texts), 1 => prop::collection::vec(any::<u8>(), 0..400), 1 => pieces]
}

fn packing() -> impl Strategy<Value = Packing> {
    prop_oneof![6 => Just(Packing::Plain), 1 => Just(Packing::Gzip), 1 => Just(Packing::Zstd)]
}

/// Number of bytes missing at the end of a compressed file.
fn cut() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0_usize), 1 => 0_usize..40]
}

fn packed(bytes: &[u8], packing: Packing, cut: usize) -> Vec<u8> {
    let mut packed = match packing {
        Packing::Plain => return bytes.to_vec(),
        Packing::Gzip => {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        }
        Packing::Zstd => zstd::encode_all(bytes, 1).unwrap(),
    };
    packed.truncate(packed.len().saturating_sub(cut));
    packed
}

fn read(folder: &TempDir, file: &DataFile, bytes: &[u8]) {
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    let file = DataFile {
        path,
        ..file.clone()
    };
    match read_panel(std::slice::from_ref(&file), Calendar::Refuse, None) {
        Ok(ingested) => {
            let panel = ingested.panel;
            assert!(panel.n_bars() > 0);
            assert!(panel.timestamps().is_sorted_by(|a, b| a < b));
            assert!((0..panel.n_bars()).all(|t| panel.row(t)[0].check().is_ok()));
        }
        // An error has a message; if only rows are faulty, a survey counts them.
        Err(error) => {
            assert!(error.to_string().len() > 10);
            if let Ok(surveyed) = survey_panel(&[file], Calendar::Refuse, None) {
                assert!(surveyed.faults[0].iter().any(|rows| rows.count > 0));
            }
        }
    }
}

/// Reads `n_texts` texts and `n_columnar` Parquet and Arrow files.
fn run(n_texts: u32, n_columnar: u32) {
    let folder = TempDir::new().unwrap();
    let runner = |cases| {
        TestRunner::new(ProptestConfig {
            cases,
            failure_persistence: None,
            ..ProptestConfig::default()
        })
    };
    let texts = (text(), given(), packing(), cut());
    runner(n_texts)
        .run(&texts, |(bytes, given, packing, cut)| {
            read(&folder, &given, &packed(&bytes, packing, cut));
            Ok(())
        })
        .unwrap();
    runner(n_columnar)
        .run(
            &(mutated(columnar()), given(), packing(), cut()),
            |(bytes, given, packing, cut)| {
                read(&folder, &given, &packed(&bytes, packing, cut));
                Ok(())
            },
        )
        .unwrap();
}

#[test]
fn the_files_that_are_mutated_are_good() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    let mut layouts: BTreeSet<FileLayout> = BTreeSet::new();
    for (layout, text) in TEXTS {
        fs::write(&path, text).unwrap();
        let offset = ["2012.02", "<DATE>\t", "<TICKER>", "Date,Open,Close"]
            .iter()
            .any(|start| text.starts_with(start));
        let file = DataFile {
            utc_offset_minutes: offset.then_some(60),
            ..DataFile::new("X", &path, BarLabel::Open)
        };
        let day = DataFile {
            resample_seconds: Some(86_400),
            ..file.clone()
        };
        let length = Some(chrono::TimeDelta::days(1));
        let read = || {
            read_panel(std::slice::from_ref(&file), Calendar::Refuse, length)
                .or_else(|_| read_panel(std::slice::from_ref(&day), Calendar::Refuse, length))
                .unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        let plain = read();
        assert_eq!(plain.report.files[0].layout, *layout, "{text}");
        layouts.insert(*layout);
        // Compression does not change the result.
        for packing in [Packing::Gzip, Packing::Zstd] {
            fs::write(&path, packed(text.as_bytes(), packing, 0)).unwrap();
            assert_eq!(read().panel, plain.panel, "{packing:?} of {text}");
        }
    }
    for bytes in columnar() {
        let file = DataFile {
            resample_seconds: Some(86_400),
            ..DataFile::new("X", &path, BarLabel::Open)
        };
        let read = || read_panel(std::slice::from_ref(&file), Calendar::Refuse, None).unwrap();
        fs::write(&path, &bytes).unwrap();
        let plain = read();
        layouts.insert(plain.report.files[0].layout);
        for packing in [Packing::Gzip, Packing::Zstd] {
            fs::write(&path, packed(&bytes, packing, 0)).unwrap();
            assert_eq!(read().panel, plain.panel, "{packing:?}");
        }
    }
    assert_eq!(layouts, FileLayout::ALL.into(), "each layout is mutated");
}

#[test]
fn whatever_the_bytes_there_is_an_error_or_a_panel() {
    run(1000, 200);
}

/// A few bytes that unpack to gigabytes without a line, row or table.
#[test]
fn what_unpacks_to_too_much_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    let file = DataFile::new("X", &path, BarLabel::Open);
    let mib = zstd::encode_all(vec![b'1'; 1 << 20].as_slice(), 1).unwrap();
    for (start, n_mib) in [
        ("Date,Open,High,Low,Close\n2020-01-01,1,1,1,1\n", 80),
        ("[[1637110800000,1,1,1,1,1],[\"", 80),
        ("ARROW1", 260),
    ] {
        // Concatenated frames unpack to one text.
        let mut bytes = zstd::encode_all(start.as_bytes(), 1).unwrap();
        for _ in 0..n_mib {
            bytes.extend(&mib);
        }
        fs::write(&path, &bytes).unwrap();
        let error = read_panel(std::slice::from_ref(&file), Calendar::Refuse, None).unwrap_err();
        let message = error.to_string();
        let expected = [
            "without a line break",
            "a row without an end",
            "unpack it where it is compressed",
        ];
        assert!(
            expected.iter().any(|part| message.contains(part)),
            "{message:.300}"
        );
    }
}

/// polars allocates a stated size before it reads, and an impossible size aborts the process.
#[test]
fn an_arrow_file_that_states_huge_sizes_is_refused_before_they_are_allocated() {
    const HUGE: [u8; 8] = (1_i64 << 45).to_le_bytes();
    let folder = TempDir::new().unwrap();
    let good = columnar().swap_remove(1);
    let sizes: Vec<usize> = (0..good.len() - 8)
        .step_by(8)
        .filter(|&at| {
            let size = i64::from_le_bytes(good[at..at + 8].try_into().unwrap());
            (-1..=4096).contains(&size) && size != 0
        })
        .collect();
    assert!(sizes.len() > 20, "{}", sizes.len());
    for (n, &first) in sizes.iter().enumerate() {
        for &second in &sizes[n..] {
            let mut bytes = good.clone();
            bytes[first..first + 8].copy_from_slice(&HUGE);
            bytes[second..second + 8].copy_from_slice(&HUGE);
            read(&folder, &DataFile::new("X", "", BarLabel::Open), &bytes);
        }
    }
}

/// Changes each byte of an Arrow file and of a Parquet file.
#[test]
#[ignore = "takes half a minute"]
fn whatever_one_byte_of_a_file_of_columns() {
    let folder = TempDir::new().unwrap();
    for good in columnar() {
        for (i, &byte) in good.iter().enumerate() {
            for other in [0, 255, byte ^ 1, byte ^ 64] {
                let mut bytes = good.clone();
                bytes[i] = other;
                read(&folder, &DataFile::new("X", "", BarLabel::Open), &bytes);
            }
        }
    }
}

/// `cargo test --release --no-default-features --features data -- --ignored ten_minutes`
#[test]
#[ignore = "takes ten minutes"]
#[expect(
    clippy::disallowed_methods,
    reason = "it runs for a time, whatever the machine"
)]
fn whatever_the_bytes_for_ten_minutes() {
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_mins(10) {
        run(1000, 200);
        if let Some(peak) = peak_kib() {
            assert!(peak < 1 << 20, "it took {peak} KiB of memory");
        }
    }
}

/// Peak memory of this process, if the system reports it. Unit: KiB.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
