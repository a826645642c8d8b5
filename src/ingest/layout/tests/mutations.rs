//! Files as they should not be: whatever the bytes, a reader returns an error or a panel, and does
//! not panic.

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

/// A few rows of every layout that is a text.
const TEXTS: &[&str] = &[
    "timestamp,open,high,low,close,volume,adj_close\n2021-03-01T00:00:00Z,100,104,96,102,500,51\n2021-03-02,51,53,50,52,900,52\n",
    "Date,Open,High,Low,Close,Adj Close,Volume\n2021-03-01,100,104,96,102,51,500\n2021-03-02,null,null,null,null,null,null\n2021-03-03,51,53,50,52,52,900\n",
    "Date,Open,High,Low,Close,Volume,Adj Close\n2015-06-04,20,22,19,20,60,20\n2015-06-03,10,12,9,11,50,11\n",
    "Price,Close,High,Low,Open,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\nDatetime,,,,,\n2024-01-02 14:30:00+00:00,11,12,9,10,100\n2024-01-02 10:30:00-05:00,12,13,10,11,110\n",
    "1735689540000,10,15,9,11,7.5,0,0,3,0,0,0\n1735689600000000,10,15,9,12,7.5,0,0,3,0,0,0\n",
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore\n1735689540000,10,15,9,11,7.5,0,0,3,0,0,0\n1735689600000,10,15,9,11,7.5,0,0,3,0,0,0\n",
    "1381017600,122.5,123,121,122,0.1,1\n1381021200,122,124,122,123,0.5,4\n",
    "1672531200,90,1\n1672531230,92,2\n1672531259.75,91,1\n",
    "comment\r\ndate,symbol,open,high,low,close,volume_btc,volume\r\n2019-10-17 12-PM,BTCUSD,14,15,13,14,4.5,63\r\n2019-10-17 11-AM,BTCUSD,13,15,12,14,3.5,49\r\n",
    "Unix,Date,Symbol,Open,High,Low,Close,Volume ETH,Volume USDT,tradecount\n1646092800000,2022-03-01 00:00:00,E,43,44,42,43,5.5,236,9\n1646089200,2022-02-28 23:00:00,E,42,43,41,42,4.5,189,8\n",
    "2012.02.01,00:00,1.25,1.5,1.25,1.375,0\n2012.02.01,00:01,1.375,1.5,1.25,1.25,3\n",
    "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n2026.03.02\t01:00:00\t2\t4\t1\t3\t196\t0\t18\n2026.03.02\t01:01:00\t3\t4\t2\t3\t481\t0\t105\n",
    "20120701 180000;1.25;1.5;1.25;1.375;0\n20120701 180100;1.375;1.5;1.25;1.25;0\n",
    "20200101 170000065,1.25,1.375,0\n20200101 170030000,1.5,1.75,0\n",
    "Local time,Open,High,Low,Close,Volume\r\n01.02.2017 22:00:00.000 GMT+0100,1.25,1.5,1.25,1.375,143.5\r\n01.02.2017 23:00:00.000 GMT+0100,1.375,1.5,1.25,1.25,253.25\r\n",
    "\u{feff}Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\r\n2000-05-02,1452,1481,1452,1468,536.5\r\n2000-05-03,1468,1469,1445,1446,561\r\n",
    "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\nA,60,19840907,160000,1,2,1,2,99,0\nA,60,19840907,170000,2,3,2,3,98,0\n",
    "Date,DCOILWTICO\r\n2/13/1986,16.5\r\n2/14/1986,.\r\n2/18/1986,14.5\r\n",
    "[[1637110800000,1.25,1.5,1.25,1.375,3153.5],[1637114400000,null,null,null,null,null],[1637118000000,1.375,1.5,1.25,1.25,26]]",
    "[[1637110800000,\"7\",null,\"buy\",10,2,20],[1637110801000,\"8\",null,\"sell\",9,1,9]]",
    "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n1609160400000000000,33,1,5482,3720250000000,3721500000000,3720000000000,3721000000000,353,E\n1609160460000000000,33,1,5482,3721000000000,3721500000001,3721000000000,3721500000000,152,E\n",
    "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence,symbol\n1609160400000000009,1609160400000000001,0,1,5482,T,A,0,3720250000000,5,129,19251,1170362,E\n",
    "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\nb,X,1583020803145000,1583020803307160,a-b,sell,8531.5,2152\nb,X,1583020860000000,1583020860336743,c-d,buy,8533,1\n",
    "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\nb,X,1583020803145000,1583020803307160,5,8532,8531,6\n",
    "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount,asks[1].price,bids[1].price\nb,X,1598918403696000,1598918403810979,102,1,100,9,103,99\n",
    "Time,Open,High,Low,Last,Change,Volume\n3/13/2020,12,14,11,13,1,500\n3/12/2020,11,13,10,12,1,400\n\"Downloaded from Barchart.com as of 03-14-2020\"\n",
    "Ticker,Date,Open,High,Low,Close,Volume,Adj Close\nA,2000-03-01,118,132,118,130,10,65\nA,2000-03-02,126,128,120,122,20,61\n",
    ",Open,High,Low,Close,Volume\n2004-08-19,100,104,95,100,22\n2004-08-21,101,109,100,108,11\n",
    "Date,Open,Close,High,Low,Volume\n11/25/2019 9:30,3080,3081,3082,3079,0\n11/25/2019 9:31 AM,3081,3080,3083,3078,0\n",
];

/// What files are made of, and what breaks them.
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

/// One thing done to the bytes of a file, at a place given as a share of its length.
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
        Mutation::Append(text) => bytes.extend(TEXTS[text].bytes()),
    }
}

/// How the bytes stand in the file.
#[derive(Debug, Clone, Copy)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// What else a reader is told.
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

/// Bars, quotes and trades as Parquet and as Arrow.
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

/// A few changes to one of the files.
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

/// A text, or what is none.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let texts = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..60)
        .prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![6 => mutated(texts), 1 => prop::collection::vec(any::<u8>(), 0..400), 1 => pieces]
}

fn packing() -> impl Strategy<Value = Packing> {
    prop_oneof![6 => Just(Packing::Plain), 1 => Just(Packing::Gzip), 1 => Just(Packing::Zstd)]
}

/// Bytes that are missing at the end of a compressed file.
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
        // An error can be told, and what cannot be read is no reason to stop counting.
        Err(error) => {
            assert!(error.to_string().len() > 10);
            if let Ok(surveyed) = survey_panel(&[file], Calendar::Refuse, None) {
                assert!(surveyed.faults[0].iter().any(|rows| rows.count > 0));
            }
        }
    }
}

/// Reads so many texts and so many files of columns.
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
    for text in TEXTS {
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
        layouts.insert(plain.report.files[0].layout);
        // Compressed it is the same.
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

/// A few bytes that unpack to gigabytes of nothing: no line, no row, no table.
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
        // Frames one after another are one text.
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

/// The allocator aborts the process on a size that a broken Arrow file states: polars allocates it
/// before it reads.
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

/// Each byte of an Arrow file, and each of a Parquet file.
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

/// The most memory that this process has held, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
