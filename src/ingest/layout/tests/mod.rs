//! Each layout on rows made for the purpose, with its trap.

mod documented;
mod mutations;

use crate::ingest::{
    BarFields, BarLabel, Calendar, Compression, DataFile, EpochRows, FileLayout, FileReport, Gaps,
    IngestError, IngestFault, Ingested, Note, PriceBasis, VolumeField, read_panel,
};
use crate::market::{Bar, Panel};
use polars::prelude::{
    Column, CompatLevel, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series,
    TimeUnit, TimeZone,
};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions};
use std::io::Write as _;
use tempfile::TempDir;

/// What a reader may be given.
#[derive(Default)]
struct Given {
    layout: Option<FileLayout>,
    utc_offset_minutes: Option<i32>,
    time_zone: Option<&'static str>,
    instrument: Option<&'static str>,
    resample_seconds: Option<u32>,
    gaps: Gaps,
}

fn try_read(bytes: &[u8], given: &Given) -> Result<Ingested, IngestError> {
    let folder = TempDir::new().unwrap();
    // The name says nothing.
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    let file = DataFile {
        layout: given.layout,
        utc_offset_minutes: given.utc_offset_minutes,
        time_zone: given.time_zone.map(str::to_owned),
        instrument: given.instrument.map(str::to_owned),
        resample_seconds: given.resample_seconds,
        gaps: given.gaps,
        ..DataFile::new("X", path, BarLabel::Open)
    };
    read_panel(&[file], Calendar::Refuse, None)
}

#[track_caller]
fn read_given(text: &str, given: &Given) -> (Panel, FileReport) {
    let Ingested { panel, mut report } = try_read(text.as_bytes(), given).unwrap();
    (panel, report.files.remove(0))
}

#[track_caller]
fn read(text: &str) -> (Panel, FileReport) {
    read_given(text, &Given::default())
}

fn ahead(minutes: i32) -> Given {
    Given {
        utc_offset_minutes: Some(minutes),
        ..Given::default()
    }
}

fn every(seconds: u32) -> Given {
    Given {
        resample_seconds: Some(seconds),
        ..Given::default()
    }
}

/// Bar ends and bars are these, from the oldest on: `(end, [open, high, low, close, volume])`.
#[track_caller]
fn assert_bars(panel: &Panel, expected: &[(&str, [f64; 5])]) {
    let found: Vec<(String, Bar)> = (0..panel.n_bars())
        .map(|t| {
            let end = panel.timestamps()[t]
                .format("%Y-%m-%dT%H:%M:%S%.f")
                .to_string();
            (end, panel.row(t)[0])
        })
        .collect();
    let expected: Vec<(String, Bar)> = expected
        .iter()
        .map(|(end, [open, high, low, close, volume])| {
            let bar = Bar {
                open: *open,
                high: *high,
                low: *low,
                close: *close,
                volume: *volume,
            };
            ((*end).to_owned(), bar)
        })
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn assert_says(error: &IngestError, parts: &[&str]) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[track_caller]
fn complaint(text: &str, given: &Given, parts: &[&str]) {
    assert_says(&try_read(text.as_bytes(), given).unwrap_err(), parts);
}

const YAHOO: &str = "Date,Open,High,Low,Close,Adj Close,Volume\n\
    2021-03-01,100,104,96,102,51,500\n\
    2021-03-02,null,null,null,null,null,null\n\
    2021-03-03,51,53,50,52,52,900\n\
    2021-03-04,52,54,51,53,53,800\n";

#[test]
fn yahoo_is_adjusted_and_null_rows_are_counted() {
    let (panel, report) = read(YAHOO);
    assert_bars(
        &panel,
        &[
            ("2021-03-02T00:00:00", [50.0, 52.0, 48.0, 51.0, 1000.0]),
            ("2021-03-04T00:00:00", [51.0, 53.0, 50.0, 52.0, 900.0]),
            ("2021-03-05T00:00:00", [52.0, 54.0, 51.0, 53.0, 800.0]),
        ],
    );
    assert_eq!(report.layout, FileLayout::Yahoo);
    assert_eq!(report.prices, PriceBasis::Adjusted);
    assert_eq!(report.notes, [Note::MissingRows(1)]);
    assert_eq!(report.rows_read, 4);
    assert!(report.evidence.contains("Adj Close"), "{}", report.evidence);
    complaint(
        &YAHOO.replace("null,null,null,null,null", "50,null,null,null,null"),
        &Given::default(),
        &[
            "row 3, column High: found \"null\"",
            "other prices of the row are there",
        ],
    );
}

#[test]
fn yahoo_before_2017_runs_backward() {
    let text = "Date,Open,High,Low,Close,Volume,Adj Close\n\
        2015-06-05,30,31,29,30,70,15\n\
        2015-06-04,20,22,19,20,60,20\n\
        2015-06-03,10,12,9,11,50,11\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("2015-06-04T00:00:00", [10.0, 12.0, 9.0, 11.0, 50.0]),
            ("2015-06-05T00:00:00", [20.0, 22.0, 19.0, 20.0, 60.0]),
            ("2015-06-06T00:00:00", [15.0, 15.5, 14.5, 15.0, 140.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.notes),
        (FileLayout::Yahoo, vec![Note::NewestFirst])
    );
    let text = text.replace("2015-06-03", "2015-06-07");
    complaint(
        &text,
        &Given::default(),
        &[
            "row 3",
            "found 2015-06-04",
            "after 2015-06-05",
            "the row above",
        ],
    );
    // A row out of that order, by the line an editor shows.
    let text = "Date,Open,High,Low,Close,Volume,Adj Close\n\
        2015-06-05,3,3,3,3,7,3\n2015-06-02,3,3,3,3,7,3\n2015-06-03,3,3,3,3,7,3\n2015-06-01,3,3,3,3,7,3\n";
    complaint(
        text,
        &Given::default(),
        &[
            "row 3",
            "found 2015-06-02",
            "after 2015-06-03",
            "the row below",
        ],
    );
}

const YFINANCE: &str = "Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume\n\
    Ticker,AAA,BBB,AAA,BBB,AAA,BBB,AAA,BBB,AAA,BBB\n\
    Date,,,,,,,,,,\n\
    2024-01-02,11,21,12,22,9,19,10,20,100,200\n\
    2024-01-03,12,,13,,10,,11,,110,\n\
    2024-01-04,13,23,14,24,11,21,12,22,120,220\n";

#[test]
fn yfinance_has_three_header_rows_and_columns_in_an_order_of_its_own() {
    let one = "Price,Close,High,Low,Open,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\nDatetime,,,,,\n\
        2024-01-02 14:30:00+00:00,11,12,9,10,100\n2024-01-02 10:30:00-05:00,12,13,10,11,110\n";
    let (panel, report) = read(one);
    assert_bars(
        &panel,
        &[
            ("2024-01-02T15:30:00", [10.0, 12.0, 9.0, 11.0, 100.0]),
            ("2024-01-02T16:30:00", [11.0, 13.0, 10.0, 12.0, 110.0]),
        ],
    );
    assert_eq!(report.layout, FileLayout::Yfinance);
    let local = one.replace("+00:00", "").replace("-05:00", "");
    complaint(
        &local,
        &Given::default(),
        &["row 4", "utc_offset_minutes", "Yfinance"],
    );
    let daily = local.replace("Datetime", "Date");
    let (panel, _) = read_given(&daily.replace("10:30", "15:30"), &ahead(-300));
    assert_eq!(
        panel.timestamps()[0].to_rfc3339(),
        "2024-01-02T20:30:00+00:00"
    );
}

#[test]
fn of_several_tickers_one_is_named() {
    let of = |instrument| Given {
        instrument: Some(instrument),
        ..Given::default()
    };
    let (panel, report) = read_given(YFINANCE, &of("BBB"));
    assert_bars(
        &panel,
        &[
            ("2024-01-04T00:00:00", [20.0, 22.0, 19.0, 21.0, 200.0]),
            ("2024-01-06T00:00:00", [22.0, 24.0, 21.0, 23.0, 220.0]),
        ],
    );
    assert_eq!(report.notes, [Note::MissingRows(1)]);
    complaint(
        YFINANCE,
        &Given::default(),
        &["found AAA, BBB", "give `instrument`"],
    );
    complaint(YFINANCE, &of("CCC"), &["found AAA, BBB", "\"CCC\""]);
    complaint(YAHOO, &of("CCC"), &["no column of instruments"]);
}

#[test]
fn binance_switches_to_microseconds_row_by_row() {
    let row = |time: &str, close: u32| format!("{time},10,15,9,{close},7.5,0,0,3,0,0,0\n");
    // The last minute of 2024 in milliseconds, the first two of 2025 in microseconds.
    let bare =
        row("1735689540000", 11) + &row("1735689600000000", 12) + &row("1735689660000000", 13);
    let expected = [
        ("2025-01-01T00:00:00", [10.0, 15.0, 9.0, 11.0, 7.5]),
        ("2025-01-01T00:01:00", [10.0, 15.0, 9.0, 12.0, 7.5]),
        ("2025-01-01T00:02:00", [10.0, 15.0, 9.0, 13.0, 7.5]),
    ];
    let (panel, report) = read(&bare);
    assert_bars(&panel, &expected);
    assert_eq!(report.layout, FileLayout::BinanceKlines);
    let mixed = EpochRows {
        seconds: 0,
        milliseconds: 1,
        microseconds: 2,
        nanoseconds: 0,
    };
    assert_eq!(report.notes, [Note::MixedEpochs(mixed)]);
    assert!(report.evidence.contains("12 cells"), "{}", report.evidence);
    // Futures have a header, and joined files have it more than once.
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,\
        taker_buy_quote_volume,ignore\n";
    let joined = format!(
        "{header}{}{header}{}",
        row("1735689540000", 11),
        row("1735689600000", 12) + &row("1735689660000", 13)
    );
    let (panel, report) = read(&joined);
    assert_bars(&panel, &expected);
    assert_eq!(report.notes, [Note::RepeatedHeaders(1)]);
    complaint(
        &bare.replace("1735689660000000", "1735689660"),
        &Given::default(),
        &[
            "row 3, column open_time: found \"1735689660\"",
            "13 or 16 digits",
        ],
    );
    complaint(
        &(bare + "1,2,3\n"),
        &Given::default(),
        &["row 4: found 3 cells, expected 12"],
    );
}

#[test]
fn kraken_leaves_out_intervals_without_trades() {
    let text = "1381017600,122.5,123,121,122,0.1,1\n1381021200,122,124,122,123,0.5,4\n\
        1381032000,123,125,122,124,2.5,9\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("2013-10-06T01:00:00", [122.5, 123.0, 121.0, 122.0, 0.1]),
            ("2013-10-06T02:00:00", [122.0, 124.0, 122.0, 123.0, 0.5]),
            ("2013-10-06T05:00:00", [123.0, 125.0, 122.0, 124.0, 2.5]),
        ],
    );
    assert_eq!(report.layout, FileLayout::KrakenBars);
    assert_eq!(panel.bar_length(), chrono::TimeDelta::hours(1));
    // Two hours are missing: filled where that many may be, or refused.
    let gaps = |gaps| Given {
        gaps,
        ..Given::default()
    };
    let (filled, report) = read_given(text, &gaps(Gaps::ForwardFill { at_most: 2 }));
    assert_bars(
        &filled,
        &[
            ("2013-10-06T01:00:00", [122.5, 123.0, 121.0, 122.0, 0.1]),
            ("2013-10-06T02:00:00", [122.0, 124.0, 122.0, 123.0, 0.5]),
            ("2013-10-06T03:00:00", [123.0, 123.0, 123.0, 123.0, 0.0]),
            ("2013-10-06T04:00:00", [123.0, 123.0, 123.0, 123.0, 0.0]),
            ("2013-10-06T05:00:00", [123.0, 125.0, 122.0, 124.0, 2.5]),
        ],
    );
    assert_eq!(
        (report.notes, report.rows_read),
        (vec![Note::FilledBars(2)], 3)
    );
    let (left, report) = read_given(text, &gaps(Gaps::ForwardFill { at_most: 1 }));
    assert_eq!((left, report.notes), (panel, vec![]));
    complaint(
        text,
        &gaps(Gaps::Refuse),
        &[
            "no bar between 2013-10-06 01:00:00 UTC and 2013-10-06 04:00:00 UTC",
            "every 3600 s",
        ],
    );
}

#[test]
fn trades_become_bars_and_share_seconds() {
    let text = "1672531200,90,1\n1672531230,92,2\n1672531230,89,0.5\n1672531259.75,91,1\n\
        1672531260,80,4\n1672531440,81,8\n";
    let (panel, report) = read_given(text, &every(60));
    assert_bars(
        &panel,
        &[
            ("2023-01-01T00:01:00", [90.0, 92.0, 89.0, 91.0, 4.5]),
            ("2023-01-01T00:02:00", [80.0, 80.0, 80.0, 80.0, 4.0]),
            ("2023-01-01T00:05:00", [81.0, 81.0, 81.0, 81.0, 8.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.fields),
        (FileLayout::KrakenTrades, BarFields::Trades)
    );
    assert_eq!(report.rows_read, 6);
    assert_eq!(report.resampled.unwrap().n_bars, 3);
    complaint(
        text,
        &Given::default(),
        &["found trades", "resample_seconds"],
    );
    complaint(text, &every(0), &["resample_seconds: ", "found 0 s"]);
    // Out of order within a bar is counted; into a bar that has ended is refused.
    let late = text.replace("1672531259.75", "1672531229");
    let (_, report) = read_given(&late, &every(60));
    assert_eq!(report.notes, [Note::LateTicks(1)]);
    let late = text.replace("1672531440", "1672531250");
    complaint(
        &late,
        &every(60),
        &[
            "row 6",
            "found 2023-01-01 00:00:50",
            "after 2023-01-01 00:01:00",
        ],
    );
    complaint(
        &text.replace(",80,", ",-80,"),
        &every(60),
        &["row 5", "found -80"],
    );
}

#[test]
fn crypto_data_download_has_a_clock_of_twelve_hours_and_two_volumes() {
    let text = "Timestamps are UTC timezone,https://www.CryptoDataDownload.com\r\n\
        date,symbol,open,high,low,close,volume_btc,volume\r\n\
        2019-10-18 12-AM,BTCUSD,14,15,13,14,4.5,63\r\n\
        2019-10-17 11-PM,BTCUSD,13,15,12,14,3.5,49\r\n\
        2019-10-17 10-PM,BTCUSD,12,14,11,13,2.5,33\r\n";
    let expected = [
        ("2019-10-17T23:00:00", [12.0, 14.0, 11.0, 13.0, 2.5]),
        ("2019-10-18T00:00:00", [13.0, 15.0, 12.0, 14.0, 3.5]),
        ("2019-10-18T01:00:00", [14.0, 15.0, 13.0, 14.0, 4.5]),
    ];
    let (panel, report) = read(text);
    assert_bars(&panel, &expected);
    assert_eq!(report.layout, FileLayout::CryptoDataDownload);
    assert_eq!(report.notes, [Note::CarriageReturns, Note::NewestFirst]);
    assert!(report.evidence.contains("line 2"), "{}", report.evidence);
    // Noon, without the comment.
    let (_, noon) = text.split_once('\n').unwrap();
    let noon = noon
        .replace("18 12-AM", "17 12-PM")
        .replace("11-PM", "11-AM")
        .replace("10-PM", "10-AM");
    let (panel, _) = read(&noon);
    assert_eq!(
        panel.timestamps()[2].to_rfc3339(),
        "2019-10-17T13:00:00+00:00"
    );
    // A clock that was changed repeats hours.
    let spliced = text.replace("11-PM", "10-PM");
    complaint(
        &spliced,
        &Given::default(),
        &["row 4", "2019-10-17 22:00:00 UTC twice"],
    );
    complaint(
        &text.replace("11-PM", "13-PM"),
        &Given::default(),
        &["row 4, column date: found \"2019-10-17 13-PM\"", "09-AM"],
    );
    let other = text.replace("11-PM,BTCUSD", "11-PM,ETHUSD");
    complaint(
        &other,
        &Given::default(),
        &["row 4", "found the instrument \"ETHUSD\"", "\"BTCUSD\""],
    );
}

#[test]
fn crypto_data_download_since_2020_counts_seconds_or_milliseconds() {
    let text = "https://www.CryptoDataDownload.com\n\
        Unix,Date,Symbol,Open,High,Low,Close,Volume ETH,Volume USDT,tradecount\n\
        1646092800000,2022-03-01 00:00:00,ETH/USDT,43,44,42,43,5.5,236,9\n\
        1646089200,2022-02-28 23:00:00,ETH/USDT,42,43,41,42,4.5,189,8\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("2022-03-01T00:00:00", [42.0, 43.0, 41.0, 42.0, 4.5]),
            ("2022-03-01T01:00:00", [43.0, 44.0, 42.0, 43.0, 5.5]),
        ],
    );
    assert_eq!(report.layout, FileLayout::CryptoDataDownload);
    let mixed = EpochRows {
        seconds: 1,
        milliseconds: 1,
        microseconds: 0,
        nanoseconds: 0,
    };
    assert_eq!(report.notes, [Note::NewestFirst, Note::MixedEpochs(mixed)]);
}

const MT4: &str =
    "2012.02.01,00:00,1.25,1.5,1.25,1.375,0\n2012.02.01,00:01,1.375,1.5,1.25,1.25,3\n";

#[test]
fn meta_trader_4_needs_the_clock_of_the_broker() {
    let (panel, report) = read_given(MT4, &ahead(120));
    assert_bars(
        &panel,
        &[
            ("2012-01-31T22:01:00", [1.25, 1.5, 1.25, 1.375, 0.0]),
            ("2012-01-31T22:02:00", [1.375, 1.5, 1.25, 1.25, 3.0]),
        ],
    );
    assert_eq!(report.layout, FileLayout::MetaTrader4);
    complaint(
        MT4,
        &Given::default(),
        &[
            "row 1",
            "found the time \"2012.02.01\" without its zone",
            "MetaTrader4",
            "utc_offset_minutes",
        ],
    );
    complaint(MT4, &ahead(5000), &["utc_offset_minutes: found 5000"]);
}

#[test]
fn meta_trader_5_has_names_in_angle_brackets_and_two_volumes() {
    let text = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n\
        2026.03.02\t01:00:00\t5300\t5363\t5299\t5315\t196\t0\t18\n\
        2026.03.02\t01:01:00\t5315\t5328\t5302\t5318\t481\t0\t105\n";
    let (panel, report) = read_given(text, &ahead(180));
    assert_bars(
        &panel,
        &[
            (
                "2026-03-01T22:01:00",
                [5300.0, 5363.0, 5299.0, 5315.0, 196.0],
            ),
            (
                "2026-03-01T22:02:00",
                [5315.0, 5328.0, 5302.0, 5318.0, 481.0],
            ),
        ],
    );
    assert_eq!(report.layout, FileLayout::MetaTrader5);
    // Days have no time.
    let daily = "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n\
        2026.03.02\t1\t2\t1\t2\t5\t0\t1\n2026.03.03\t2\t3\t2\t3\t6\t0\t1\n";
    assert_bars(
        &read(daily).0,
        &[
            ("2026-03-03T00:00:00", [1.0, 2.0, 1.0, 2.0, 5.0]),
            ("2026-03-04T00:00:00", [2.0, 3.0, 2.0, 3.0, 6.0]),
        ],
    );
}

#[test]
fn hist_data_is_five_hours_behind_in_summer_too() {
    let text = "20120701 180000;1.25;1.5;1.25;1.375;0\n20120701 180100;1.375;1.5;1.25;1.25;0\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("2012-07-01T23:01:00", [1.25, 1.5, 1.25, 1.375, 0.0]),
            ("2012-07-01T23:02:00", [1.375, 1.5, 1.25, 1.25, 0.0]),
        ],
    );
    assert_eq!(report.layout, FileLayout::HistDataBars);
    assert_eq!(read_given(text, &ahead(-300)).0, panel);
    complaint(
        text,
        &ahead(-240),
        &[
            "utc_offset_minutes: found -240, expected -300",
            "HistDataBars",
        ],
    );
    let ticks = "20200101 170000065,1.25,1.375,0\n20200101 170030000,1.5,1.75,0\n20200101 170100000,2,1,0\n";
    let (panel, report) = read_given(ticks, &every(60));
    assert_bars(
        &panel,
        &[
            ("2020-01-01T22:01:00", [1.3125, 1.625, 1.3125, 1.625, 0.0]),
            ("2020-01-01T22:02:00", [1.5, 1.5, 1.5, 1.5, 0.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.fields),
        (FileLayout::HistDataTicks, BarFields::Quotes)
    );
    assert_eq!(
        (report.volume, report.notes),
        (
            VolumeField::Absent,
            vec![
                Note::LocalClock("UTC-05:00 all year round".to_owned()),
                Note::CrossedQuotes {
                    n_quotes: 1,
                    first: "2020-01-01T22:01:00Z".parse().unwrap()
                }
            ]
        )
    );
}

#[test]
fn dukascopy_writes_the_day_first() {
    let text = "Gmt time,Open,High,Low,Close,Volume\r\n\
        01.02.2017 22:00:00.000,1.25,1.5,1.25,1.375,143.5\r\n\
        01.02.2017 23:00:00.000,1.375,1.5,1.25,1.25,253.25\r\n";
    let (panel, report) = read(text);
    let expected = [
        ("2017-02-01T23:00:00", [1.25, 1.5, 1.25, 1.375, 143.5]),
        ("2017-02-02T00:00:00", [1.375, 1.5, 1.25, 1.25, 253.25]),
    ];
    assert_bars(&panel, &expected);
    assert_eq!(
        (report.layout, report.notes),
        (FileLayout::Dukascopy, vec![Note::CarriageReturns])
    );
    // Other headers leave the zone open, unless the times state it.
    let other = text.replace("Gmt time", "Time");
    complaint(
        &other,
        &Given::default(),
        &["row 2", "Dukascopy", "utc_offset_minutes"],
    );
    assert_bars(&read_given(&other, &ahead(0)).0, &expected);
    let local = text
        .replace("Gmt time", "Local time")
        .replace(".000,", ".000 GMT-0100,");
    assert_eq!(
        read(&local).0.timestamps()[0].to_rfc3339(),
        "2017-02-02T00:00:00+00:00"
    );
}

#[test]
fn stooq_speaks_polish_and_may_lack_volume() {
    let text = "\u{feff}Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\r\n\
        2000-05-02,1452,1481,1452,1468,536.5\r\n2000-05-03,1468,1469,1445,1446,561\r\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            (
                "2000-05-03T00:00:00",
                [1452.0, 1481.0, 1452.0, 1468.0, 536.5],
            ),
            (
                "2000-05-04T00:00:00",
                [1468.0, 1469.0, 1445.0, 1446.0, 561.0],
            ),
        ],
    );
    assert_eq!(report.layout, FileLayout::StooqWeb);
    assert_eq!(report.notes, [Note::ByteOrderMark, Note::CarriageReturns]);
    let english = "Date,Open,High,Low,Close\n2000-05-02,1,2,1,2\n2000-05-03,2,3,2,3\n";
    let (panel, report) = read(english);
    assert_bars(
        &panel,
        &[
            ("2000-05-03T00:00:00", [1.0, 2.0, 1.0, 2.0, 0.0]),
            ("2000-05-04T00:00:00", [2.0, 3.0, 2.0, 3.0, 0.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.volume),
        (FileLayout::StooqWeb, VolumeField::Absent)
    );
}

#[test]
fn stooq_in_bulk_has_days_as_numbers_and_a_zone_for_the_rest() {
    let text = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n\
        ABC.US,D,19840907,000000,1,2,1,2,99,0\nABC.US,D,19840908,000000,2,3,2,3,98,0\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("1984-09-08T00:00:00", [1.0, 2.0, 1.0, 2.0, 99.0]),
            ("1984-09-09T00:00:00", [2.0, 3.0, 2.0, 3.0, 98.0]),
        ],
    );
    assert_eq!(report.layout, FileLayout::StooqBulk);
    let hourly = text
        .replace(",D,19840907,000000", ",60,19840907,160000")
        .replace(",D,19840908,000000", ",60,19840907,170000");
    complaint(
        &hourly,
        &Given::default(),
        &["row 2", "StooqBulk", "utc_offset_minutes"],
    );
    let (panel, _) = read_given(&hourly, &ahead(60));
    assert_eq!(
        panel.timestamps()[0].to_rfc3339(),
        "1984-09-07T16:00:00+00:00"
    );
    let two = text.replace("ABC.US,D,19840908", "XYZ.US,D,19840908");
    complaint(
        &two,
        &Given::default(),
        &["row 3", "\"XYZ.US\"", "\"ABC.US\""],
    );
}

#[test]
fn fred_says_a_dot_where_there_is_nothing() {
    let text = "Date,DCOILWTICO\r\n2/13/1986,16.5\r\n2/14/1986,.\r\n2/17/1986,\r\n2/18/1986,14.5\r\n2/19/1986,14\r\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("1986-02-14T00:00:00", [16.5, 16.5, 16.5, 16.5, 0.0]),
            ("1986-02-19T00:00:00", [14.5, 14.5, 14.5, 14.5, 0.0]),
            ("1986-02-20T00:00:00", [14.0, 14.0, 14.0, 14.0, 0.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.fields),
        (FileLayout::Fred, BarFields::CloseOnly)
    );
    assert_eq!(report.notes, [Note::CarriageReturns, Note::MissingRows(2)]);
    assert_eq!(report.rows_read, 5);
    let (panel, _) = read("observation_date,SP500\n2024-01-02,4742\n2024-01-03,4704\n");
    assert_eq!(panel.n_bars(), 2);
    complaint(
        &text.replace("2/14/1986", "14/2/1986"),
        &Given::default(),
        &[
            "row 3, column observation_date: found \"14/2/1986\"",
            "the month first",
        ],
    );
}

#[test]
fn freqtrade_writes_rows_of_json_on_one_line() {
    let text = "[[1637110800000,1.25,1.5,1.25,1.375,3153.5],[1637114400000,null,null,null,null,null],\
        [1637118000000,1.375,1.5,1.25,1.25,26],[1637121600000,1,2,1,2,0]]";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("2021-11-17T02:00:00", [1.25, 1.5, 1.25, 1.375, 3153.5]),
            ("2021-11-17T04:00:00", [1.375, 1.5, 1.25, 1.25, 26.0]),
            ("2021-11-17T05:00:00", [1.0, 2.0, 1.0, 2.0, 0.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.notes),
        (FileLayout::FreqtradeBars, vec![Note::MissingRows(1)])
    );
    for (from, to, parts) in [
        (
            "1.375,1.5",
            "1.375,\"x\"",
            &["row 3, column high", "expected a number"][..],
        ),
        (
            "[1637118000000",
            "[\"noon\"",
            &["row 3, column time", "milliseconds"],
        ),
        ("2,0]", "2,0,7]", &["row 4: found 7 cells, expected 6"]),
        ("2,0]]", "2,0]", &["expected an array of rows"]),
        ("2,0]]", "2,0]]x", &["expected an array of rows"]),
        ("2,0]]", "-2,0]]", &["row 4"]),
    ] {
        complaint(&text.replace(from, to), &Given::default(), parts);
    }
    let trades =
        "[[1637110800000,\"7\",null,\"buy\",10,2,20],[1637110801000,\"8\",null,\"sell\",9,1,9]]";
    let (panel, report) = read_given(trades, &every(60));
    assert_bars(
        &panel,
        &[("2021-11-17T01:01:00", [10.0, 10.0, 9.0, 9.0, 3.0])],
    );
    assert_eq!(report.layout, FileLayout::FreqtradeTrades);
    complaint(
        "[[1637110800000,1,2]]",
        &Given::default(),
        &["FreqtradeBars comes nearest", "3 cells, expected 6"],
    );
}

#[test]
fn databento_raw_and_pretty_are_the_same_bars() {
    let header = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n";
    let raw = format!(
        "{header}1609160400000000000,33,1,5482,3720250000000,3721500000000,3720000000000,3721000000000,353,ESH1\n\
         1609160460000000000,33,1,5482,3721000000000,3721500000001,3721000000000,3721500000000,152,ESH1\n"
    );
    let pretty = format!(
        "{header}2020-12-28T13:00:00.000000000Z,33,1,5482,3720.250000000,3721.500000000,3720.000000000,3721.000000000,353,ESH1\n\
         2020-12-28T13:01:00.000000000Z,33,1,5482,3721.000000000,3721.500000001,3721.000000000,3721.500000000,152,ESH1\n"
    );
    let (panel, report) = read(&raw);
    let expected = [
        (
            "2020-12-28T13:01:00",
            [3720.25, 3721.5, 3720.0, 3721.0, 353.0],
        ),
        (
            "2020-12-28T13:02:00",
            [3721.0, 3_721.500_000_001, 3721.0, 3721.5, 152.0],
        ),
    ];
    assert_bars(&panel, &expected);
    assert_eq!(report.layout, FileLayout::DatabentoBars);
    assert_eq!(read(&pretty).0, panel);
    // Without a symbol, several instruments and one undefined price.
    let bare = raw.replace(",symbol", "").replace(",ESH1", "")
        + "1609160460000000000,33,1,77,9223372036854775807,9223372036854775807,9223372036854775807,9223372036854775807,0\n";
    complaint(
        &bare,
        &Given::default(),
        &["row 4", "found the instrument \"77\"", "\"5482\""],
    );
    let of = Given {
        instrument: Some("5482"),
        ..Given::default()
    };
    let (panel, report) = read_given(&bare, &of);
    assert_bars(&panel, &expected);
    assert_eq!(report.notes, [Note::OtherInstruments(1)]);
    let undefined = bare.replace(",77,", ",5482,").replace(
        "1609160460000000000,33,1,5482,9",
        "1609160520000000000,33,1,5482,9",
    );
    assert_eq!(read(&undefined).1.notes, [Note::MissingRows(1)]);
    let trades = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence,symbol\n\
        1609160400000000009,1609160400000000001,0,1,5482,T,A,0,3720250000000,5,129,19251,1170362,ESH1\n\
        1609160400000000012,1609160400000000011,0,1,5482,T,A,0,3720500000000,2,129,19251,1170363,ESH1\n";
    let (panel, report) = read_given(trades, &every(1));
    assert_bars(
        &panel,
        &[(
            "2020-12-28T13:00:01",
            [3720.25, 3720.5, 3720.25, 3720.5, 7.0],
        )],
    );
    assert_eq!(report.layout, FileLayout::DatabentoTrades);
}

#[test]
fn tardis_counts_microseconds() {
    let trades = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n\
        bitmex,XBTUSD,1583020803145000,1583020803307160,a-b,sell,8531.5,2152\n\
        bitmex,XBTUSD,1583020803145000,1583020803336743,c-d,buy,8532,8\n\
        bitmex,XBTUSD,1583020860000000,1583020860336743,c-d,buy,8533,1\n";
    let (panel, report) = read_given(trades, &every(60));
    assert_bars(
        &panel,
        &[
            (
                "2020-03-01T00:01:00",
                [8531.5, 8532.0, 8531.5, 8532.0, 2160.0],
            ),
            ("2020-03-01T00:02:00", [8533.0, 8533.0, 8533.0, 8533.0, 1.0]),
        ],
    );
    assert_eq!(report.layout, FileLayout::TardisTrades);
    let quotes = "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount\n\
        bitmex,XBTUSD,1583020803145000,1583020803307160,5,8532,8531,6\n";
    let (panel, report) = read_given(quotes, &every(60));
    assert_bars(
        &panel,
        &[("2020-03-01T00:01:00", [8531.5, 8531.5, 8531.5, 8531.5, 0.0])],
    );
    assert_eq!(report.layout, FileLayout::TardisQuotes);
    complaint(
        &quotes.replace(",8531,", ",0,"),
        &every(60),
        &["row 2", "bid", "found 0"],
    );
}

#[test]
fn columnar_quotes_and_trades_become_bars() {
    let write = |columns: Vec<Column>| {
        let mut frame = DataFrame::new(3, columns).unwrap();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        bytes
    };
    let column = |name: &str, values: [f64; 3]| Series::new(name.into(), &values).into_column();
    let strings = |name: &str, values: [&str; 3]| Series::new(name.into(), &values).into_column();
    let times = [
        "2025-03-25T00:00:01Z",
        "2025-03-25T00:00:02Z",
        "2025-03-25T00:00:03Z",
    ];
    let quotes = write(vec![
        strings("timestamp", times),
        strings("symbol", ["B", "S", "B"]),
        column("bid_px", [10.0, 1.0, 12.0]),
        column("ask_px", [11.0, 2.0, 13.0]),
    ]);
    let of = |instrument| Given {
        instrument,
        ..every(60)
    };
    let Ingested { panel, report } = try_read(&quotes, &of(Some("B"))).unwrap();
    assert_bars(
        &panel,
        &[("2025-03-25T00:01:00", [10.5, 12.5, 10.5, 12.5, 0.0])],
    );
    let file = &report.files[0];
    assert_eq!(
        (file.layout, file.fields),
        (FileLayout::ParquetQuotes, BarFields::Quotes)
    );
    assert_eq!(file.notes, [Note::OtherInstruments(1)]);
    let error = try_read(&quotes, &of(None)).unwrap_err();
    assert_says(&error, &["row 2", "found the instrument \"S\"", "\"B\""]);
    let error = try_read(&quotes, &of(Some("C"))).unwrap_err();
    assert!(matches!(error.fault(), IngestFault::Empty), "{error}");
    let trades = write(vec![
        strings("timestamp", times),
        column("price", [10.0, 9.0, 12.0]),
        column("amount", [1.0, 2.0, 3.0]),
    ]);
    let Ingested { panel, report } = try_read(&trades, &every(60)).unwrap();
    assert_bars(
        &panel,
        &[("2025-03-25T00:01:00", [10.0, 12.0, 9.0, 12.0, 6.0])],
    );
    assert_eq!(report.files[0].layout, FileLayout::ParquetTrades);
}

#[test]
fn barchart_ends_with_its_name_and_calls_the_close_last() {
    let text = "Time,Open,High,Low,Last,Change,%Chg,Volume,\"Open Int\"\r\n\
        03/13/2020,12,14,11,13,1,8.3%,500,9\r\n03/12/2020,11,13,10,12,1,9%,400,9\r\n\
        \"Downloaded from Barchart.com as of 03-14-2020 05:13am CDT\"\r\n";
    let (panel, report) = read(text);
    let expected = [
        ("2020-03-13T00:00:00", [11.0, 13.0, 10.0, 12.0, 400.0]),
        ("2020-03-14T00:00:00", [12.0, 14.0, 11.0, 13.0, 500.0]),
    ];
    assert_bars(&panel, &expected);
    assert_eq!(report.layout, FileLayout::Barchart);
    assert_eq!(
        report.notes,
        [Note::CarriageReturns, Note::NewestFirst, Note::Remarks(1)]
    );
    // The older export, days that do not show the month, times of the exchange.
    let old = "Time,Open,High,Low,Last,Change,Volume\n3/10/2020,1,2,1,2,.1,9\n3/9/2020,1,2,1,2,-6.80E-05,8\n";
    let (_, report) = read(old);
    assert_eq!(report.notes, [Note::NewestFirst, Note::MonthFirst(2)]);
    let hourly = old
        .replace("3/10/2020", "3/9/2020 15:00")
        .replace("3/9/2020,", "3/9/2020 14:00,");
    complaint(
        &hourly,
        &Given::default(),
        &["row 2", "Barchart leaves open"],
    );
    let chicago = Given {
        time_zone: Some("America/Chicago"),
        ..Given::default()
    };
    let (panel, report) = read_given(&hourly, &chicago);
    assert_eq!(
        panel.timestamps()[0].to_rfc3339(),
        "2020-03-09T20:00:00+00:00"
    );
    assert_eq!(
        report.notes[1],
        Note::LocalClock("America/Chicago".to_owned())
    );
}

#[test]
fn quandl_stacks_tickers() {
    let text = "Ticker,Date,Open,High,Low,Close,Volume,Adj Close\n\
        AAA,2000-03-01,118,132,118,130,10,65\nAAA,2000-03-02,126,128,120,122,20,61\n\
        BBB,2000-03-01,10,11,9,10,30,10\nBBB,2000-03-02,10,11,9,10,30,10\n";
    let of = |instrument| Given {
        instrument: Some(instrument),
        ..Given::default()
    };
    let (panel, report) = read_given(text, &of("AAA"));
    assert_bars(
        &panel,
        &[
            ("2000-03-02T00:00:00", [59.0, 66.0, 59.0, 65.0, 20.0]),
            ("2000-03-03T00:00:00", [63.0, 64.0, 60.0, 61.0, 40.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.prices, report.notes),
        (
            FileLayout::Quandl,
            PriceBasis::Adjusted,
            vec![Note::OtherInstruments(2)]
        )
    );
    complaint(
        text,
        &Given::default(),
        &["row 4", "\"BBB\"", "give `instrument`"],
    );
    let wiki = "ticker,date,open,high,low,close,volume,ex-dividend,split_ratio,adj_open,adj_high,adj_low,adj_close,adj_volume\n\
        A,1999-11-18,45,50,40,44,1000,0,1,30,33,26,29,1000\nA,1999-11-19,42,43,39,40,500,0,1,28,29,26,27,500\n";
    let (panel, report) = read(wiki);
    assert_eq!((panel.n_bars(), report.layout), (2, FileLayout::Quandl));
    assert!((panel.row(0)[0].close - 29.0).abs() < 1e-12);
}

#[test]
fn pandas_may_leave_its_index_without_a_name() {
    let text = ",Open,High,Low,Close,Volume\n2004-08-19,100,104,95,100,22\n2004-08-20,,,,,\n2004-08-21,101,109,100,108,11\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("2004-08-21T00:00:00", [100.0, 104.0, 95.0, 100.0, 22.0]),
            ("2004-08-23T00:00:00", [101.0, 109.0, 100.0, 108.0, 11.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.notes),
        (FileLayout::PandasIndex, vec![Note::MissingRows(1)])
    );
    let hourly = text
        .replace("-19,", "-19 09:00:00,")
        .replace("-20,", "-19 10:00:00,")
        .replace("-21,", "-19 11:00:00,");
    complaint(
        &hourly,
        &Given::default(),
        &["row 2", "PandasIndex leaves open"],
    );
    let aware = hourly.replace(":00,", ":00+02:00,");
    assert_eq!(
        read(&aware).0.timestamps()[0].to_rfc3339(),
        "2004-08-19T09:00:00+00:00"
    );
    complaint(
        &text.replace("2004-08-21", "x"),
        &Given::default(),
        &["row 4, column the index: found \"x\""],
    );
}

#[test]
fn spreadsheets_write_the_month_first_and_columns_in_any_order() {
    let text = "Date,Open,Close,High,Low,Volume\n\
        11/5/2019 9:30,3080,3081,3082,3079,0\n11/5/2019 9:31,3081,3080,3083,3078,0\n";
    complaint(
        text,
        &Given::default(),
        &["row 2", "MonthFirst leaves open"],
    );
    let (panel, report) = read_given(text, &ahead(-300));
    assert_bars(
        &panel,
        &[
            ("2019-11-05T14:31:00", [3080.0, 3082.0, 3079.0, 3081.0, 0.0]),
            ("2019-11-05T14:32:00", [3081.0, 3083.0, 3078.0, 3080.0, 0.0]),
        ],
    );
    assert_eq!(report.layout, FileLayout::MonthFirst);
    assert_eq!(
        report.notes,
        [
            Note::LocalClock("UTC-05:00 all year round".to_owned()),
            Note::MonthFirst(2)
        ]
    );
    // A day that is no month shows it; one where the month should be is refused.
    let (_, report) = read_given(&text.replace("11/5", "11/25"), &ahead(-300));
    assert_eq!(report.notes.len(), 1);
    complaint(
        &text.replace("11/5/2019 9:31", "25/11/2019 9:31"),
        &ahead(-300),
        &["row 3", "\"25/11/2019 9:31\"", "the month first"],
    );
}

#[test]
fn tardis_snapshots_are_quotes() {
    let text = "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price,bids[0].amount,asks[1].price,asks[1].amount,bids[1].price,bids[1].amount\n\
        b,BTC,1598918403696000,1598918403810979,102,1,100,9,103,5,99,2\n\
        b,BTC,1598918403888000,1598918403894256,104,1,101,9,105,5,100,2\n";
    let (panel, report) = read_given(text, &every(60));
    assert_bars(
        &panel,
        &[("2020-09-01T00:01:00", [101.0, 102.5, 101.0, 102.5, 0.0])],
    );
    assert_eq!(
        (report.layout, report.fields),
        (FileLayout::TardisQuotes, BarFields::Quotes)
    );
}

#[test]
fn fxcm_states_the_zone_in_a_tidy_file_without_volume() {
    let text = "timestamp,open,high,low,close\n\
        2013-02-01 01:00:00+01:00,91,92,90,91\n2013-02-01 01:01:00+01:00,91,93,91,92\n";
    let (panel, report) = read(text);
    assert_bars(
        &panel,
        &[
            ("2013-02-01T00:01:00", [91.0, 92.0, 90.0, 91.0, 0.0]),
            ("2013-02-01T00:02:00", [91.0, 93.0, 91.0, 92.0, 0.0]),
        ],
    );
    assert_eq!(
        (report.layout, report.volume),
        (FileLayout::Tidy, VolumeField::Absent)
    );
}

/// A broker's clock with daylight saving: Athens, and New York plus seven hours, whose changes are
/// weeks apart.
#[test]
fn clocks_may_have_daylight_saving() {
    let row = |time: &str| format!("{time},1,2,1,2,9\n");
    let of = |zone, minutes| Given {
        time_zone: Some(zone),
        utc_offset_minutes: minutes,
        ..Given::default()
    };
    let first = |text: &str, given: &Given| {
        let (panel, report) = read_given(text, given);
        let note = report.notes[0].to_string();
        (panel.timestamps()[0].to_rfc3339(), note)
    };
    let (winter, summer) = (
        row("2012.02.01,00:00") + &row("2012.02.01,00:01"),
        row("2012.03.20,00:00") + &row("2012.03.20,00:01"),
    );
    let athens = of("Europe/Athens", None);
    let (end, note) = first(&winter, &athens);
    assert_eq!(end, "2012-01-31T22:01:00+00:00");
    assert!(note.contains("Europe/Athens; moved to UTC"), "{note}");
    assert_eq!(first(&summer, &athens).0, "2012-03-19T22:01:00+00:00");
    // New York is already in summer on March 20th.
    let new_york = of("America/New_York", Some(420));
    assert_eq!(first(&winter, &new_york).0, "2012-01-31T22:01:00+00:00");
    let (end, note) = first(&summer, &new_york);
    assert_eq!(end, "2012-03-19T21:01:00+00:00");
    assert!(note.contains("America/New_York+07:00"), "{note}");
    // What a clock skips or has twice is no time.
    for (time, how) in [
        ("2012.03.25,03:30", "skips"),
        ("2012.10.28,03:30", "has twice"),
    ] {
        complaint(
            &(row("2012.02.01,00:00") + &row(time)),
            &athens,
            &["row 2", &time.replace(',', " "), "Europe/Athens", how],
        );
    }
    complaint(
        &winter,
        &of("Europe/Atlantis", None),
        &["time_zone: found \"Europe/Atlantis\"", "IANA"],
    );
    complaint(
        "20120701 180000;1;1;1;1;0\n20120701 180100;1;1;1;1;0\n",
        &athens,
        &[
            "time_zone: found \"Europe/Athens\", expected none",
            "HistDataBars",
        ],
    );
    complaint(
        "timestamp,close\n2020-01-01,1\n2020-01-02,1\n",
        &athens,
        &["time_zone", "Tidy defines"],
    );
}

/// An Arrow IPC file of two batches.
fn arrow(frame: &DataFrame) -> Vec<u8> {
    let (first, second) = (frame.head(Some(1)), frame.slice(1, frame.height() - 1));
    let batches = [first, second].map(|frame| {
        let mut batches = frame.iter_chunks(CompatLevel::oldest(), false);
        batches.next().unwrap()
    });
    let schema = std::sync::Arc::new(batches[0].schema().clone());
    let options = WriteOptions {
        compression: Some(polars_arrow::io::ipc::write::Compression::LZ4),
    };
    let mut writer = FileWriter::try_new(Vec::new(), schema, None, options).unwrap();
    for batch in &batches {
        writer.write(batch, None).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner()
}

#[test]
fn arrow_holds_bars_of_freqtrade_and_tidy_ones() {
    let ns = [
        1_637_110_800_000_000_000_i64,
        1_637_114_400_000_000_000,
        1_637_118_000_000_000_000,
    ];
    let date = Series::new("date".into(), &ns);
    let date = date
        .cast(&DataType::Datetime(
            TimeUnit::Nanoseconds,
            Some(TimeZone::UTC),
        ))
        .unwrap();
    let column = |name: &str, values: [f64; 3]| Series::new(name.into(), &values).into_column();
    let columns = vec![
        date.into_column(),
        column("open", [1.0, 2.0, 3.0]),
        column("high", [2.0, 3.0, 4.0]),
        column("low", [0.5, 1.5, 2.5]),
        column("close", [1.5, 2.5, 3.5]),
        column("volume", [7.0, 8.0, 9.0]),
    ];
    let mut frame = DataFrame::new(3, columns).unwrap();
    let expected = [
        ("2021-11-17T02:00:00", [1.0, 2.0, 0.5, 1.5, 7.0]),
        ("2021-11-17T03:00:00", [2.0, 3.0, 1.5, 2.5, 8.0]),
        ("2021-11-17T04:00:00", [3.0, 4.0, 2.5, 3.5, 9.0]),
    ];
    let Ingested { panel, report } = try_read(&arrow(&frame), &Given::default()).unwrap();
    assert_bars(&panel, &expected);
    assert_eq!(report.files[0].layout, FileLayout::FreqtradeBars);
    assert!(
        report.files[0]
            .evidence
            .starts_with("Arrow IPC with columns date")
    );
    frame.rename("date", "timestamp".into()).unwrap();
    let Ingested { panel, report } = try_read(&arrow(&frame), &Given::default()).unwrap();
    assert_bars(&panel, &expected);
    assert_eq!(report.files[0].layout, FileLayout::Tidy);
    frame.rename("close", "last".into()).unwrap();
    let error = try_read(&arrow(&frame), &Given::default()).unwrap_err();
    assert_says(
        &error,
        &["Tidy comes nearest", "lacks the columns close", "last"],
    );
}

#[test]
fn semicolons_where_a_layout_has_commas_are_named() {
    let tidy = "timestamp;open;high;low;close;volume\n\
        2021-03-01;100,5;104;96;102,25;500\n\
        2021-03-02;102;103,5;101;103;400\n";
    let told = [
        "found cells between semicolons",
        "`,` between the cells and `.` before decimals",
    ];
    let of = |layout| Given {
        layout,
        ..Given::default()
    };
    for layout in [None, Some(FileLayout::Tidy)] {
        complaint(tidy, &of(layout), &told);
        complaint(&tidy.replace(',', "."), &of(layout), &told);
    }
    complaint(&YAHOO.replace(',', ";"), &of(None), &told);
    // Done as told, the file is read.
    read(&tidy.replace(',', ".").replace(';', ","));
    // What is no layout with commas either is not promised to be one.
    let error = try_read(tidy.replace("close", "last").as_bytes(), &of(None)).unwrap_err();
    assert!(!error.to_string().contains("semicolons"), "{error}");
}

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
        // Of the file as it is.
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
fn what_no_layout_is_names_the_nearest() {
    let none = Given::default();
    for (text, parts) in [
        (
            "Date,Open,High,Low,Adj Close,Volume\n2021-03-01,1,1,1,1,1\n",
            &["Yahoo comes nearest", "lacks Close"][..],
        ),
        (
            "Date,Open,High,Low,Close,Volume\n3.1.2021,1,1,1,1,1\n",
            &[
                "StooqWeb comes nearest",
                "its header is right",
                "row 2",
                "\"3.1.2021\"",
                "2013-03-01",
            ],
        ),
        (
            "1381017600,122,122,122,122,0.1,1,9\n",
            &["a text that begins with \"1381017600,122", "tidy"],
        ),
        (
            "1637971200000,1,1,1,x,1,1637971259999,1,79,1,1,0\n",
            &[
                "BinanceKlines comes nearest",
                "row 1, column close: found \"x\"",
            ],
        ),
    ] {
        complaint(text, &none, parts);
    }
    assert!(matches!(
        try_read(b"", &none).unwrap_err().fault(),
        IngestFault::Empty
    ));
    let latin = [
        MT4.as_bytes(),
        b"2012.02.01,00:02,1.375,1.5,1.25,1.25,\xe9\n",
    ]
    .concat();
    assert_says(
        &try_read(&latin, &ahead(0)).unwrap_err(),
        &["row 3", "UTF-8"],
    );
}

#[test]
fn what_is_no_table_is_told_what_it_is() {
    let none = Given::default();
    for (text, parts) in [
        ("hello\nworld\n", &["begins with \"hello\"", "tidy"][..]),
        (
            "# A page, with commas\n\nand, perhaps, more\n",
            &["begins with \"# A page"],
        ),
        ("[package]\nname = \"x\"\n", &["begins with \"[package]\""]),
        (
            "\u{0}\u{1}\u{2}",
            &["bytes that are no text", "the first: 00 01 02"],
        ),
        ("\n\r\n", &["nothing but empty lines"]),
        (
            "<!DOCTYPE html>\n<html>",
            &["a web page", "the file itself"],
        ),
        ("{\"a\": 1}", &["JSON objects", "one array of arrays"]),
        (
            "{\"Item\":{\"time_exchange\":\"2025-03-25T23:07:00Z\"}}\n",
            &["events of barter", "bid_px"],
        ),
        (
            "EXCHANGE%3DNASDAQ\nMARKET_OPEN_MINUTE=570\nINTERVAL=60\na1583000000,1,1,1,1,9\n1,1,1,1,1,9\n",
            &["Google's getprices", "INTERVAL"],
        ),
        (
            "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\nd,B,1585699200245000,1585699200355684,true,ask,6421,7\n",
            &["incremental updates of an order book", "book_snapshot_5"],
        ),
        // A row of CryptoDataDownload without its header is no header of FRED.
        (
            "2017-11-12 01-PM,BTCUSD,6146,6210,5950,6164,1748,106\n",
            &["begins with \"2017-11-12 01-PM"],
        ),
    ] {
        complaint(text, &none, parts);
    }
    for (bytes, part) in [
        (&b"FEA1"[..], "feather"),
        (b"PK\x03\x04", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1", "xls"),
        (b"BZh91AY", "bzip2"),
        (
            b"\x7fELF\x02\x01\x01\x00",
            "the first: 7f 45 4c 46 02 01 01 00",
        ),
        (b"\xff\xfe<\0D\0", "UTF-16"),
    ] {
        assert_says(&try_read(bytes, &none).unwrap_err(), &[part]);
    }
}

#[test]
fn a_given_layout_is_the_only_one() {
    let given = |layout| Given {
        layout: Some(layout),
        ..Given::default()
    };
    assert_eq!(
        read_given(YAHOO, &given(FileLayout::Yahoo)).1.layout,
        FileLayout::Yahoo
    );
    complaint(
        YAHOO,
        &given(FileLayout::StooqWeb),
        &[
            "expected the layout StooqWeb, but row 1",
            "\"Adj Close\"",
            "leave out `layout`",
        ],
    );
    complaint(
        YAHOO,
        &given(FileLayout::ParquetQuotes),
        &["expected the layout ParquetQuotes"],
    );
    let file = DataFile {
        layout: Some(FileLayout::Yahoo),
        ..DataFile::new("X", "nowhere", BarLabel::End)
    };
    let text = serde_json::to_string(&file).unwrap();
    assert!(text.contains("\"layout\":\"Yahoo\""), "{text}");
    assert_eq!(serde_json::from_str::<DataFile>(&text).unwrap(), file);
}

#[test]
fn a_layout_that_marks_opens_takes_no_ends() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, YAHOO).unwrap();
    let file = DataFile::new("X", path, BarLabel::End);
    let error = read_panel(&[file], Calendar::Refuse, None).unwrap_err();
    assert_says(&error, &["timestamps: found End, expected Open", "Yahoo"]);
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
