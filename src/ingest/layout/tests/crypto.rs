//! Layouts of crypto exchanges and tools.

use super::*;

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
    // Futures files have a header, which joined files repeat.
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,\
    taker_buy_volume,\
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
    // Two hours are missing: they are filled if `at_most` allows two bars, or refused.
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
    let flags = (0..5).map(|row| filled.is_tradable(row, 0));
    assert_eq!(flags.collect::<Vec<_>>(), [true, true, false, false, true]);
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
    // Noon, in a file without the comment line.
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
    // A clock that is set back repeats an hour.
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

#[test]
fn freqtrade_writes_rows_of_json_on_one_line() {
    let text = "[[1637110800000,1.25,1.5,1.25,1.375,3153.5],[1637114400000,null,null,null,null,\
    null],\
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
