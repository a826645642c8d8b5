//! Trades and quotes.

use super::*;

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
    // A late tick within a bar is counted; a tick of an earlier bar is refused.
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
    let ticks = "20200101 170000065,1.25,1.375,0\n20200101 170030000,1.5,1.75,\
    0\n20200101 170100000,2,1,0\n";
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
    let quotes = "exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,\
    bid_amount\n\
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
fn tardis_snapshots_are_quotes() {
    let text = "exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,\
    bids[0].price,bids[0].amount,asks[1].price,asks[1].amount,bids[1].price,bids[1].amount\n\
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
