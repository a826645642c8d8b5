//! Layouts of stocks, indices and series.

use super::*;

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
    // The error names the line of a row out of order.
    let text = "Date,Open,High,Low,Close,Volume,Adj Close\n\
        2015-06-05,3,3,3,3,7,3\n2015-06-02,3,3,3,3,7,3\n2015-06-03,3,3,3,3,7,3\n2015-06-01,3,3,\
        3,3,7,3\n";
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
    let text = "Date,DCOILWTICO\r\n2/13/1986,16.5\r\n2/14/1986,.\r\n2/17/1986,\r\n2/18/1986,\
    14.5\r\n2/19/1986,14\r\n";
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
fn databento_raw_and_pretty_are_the_same_bars() {
    let header = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n";
    let raw = format!(
        "{header}1609160400000000000,33,1,5482,3720250000000,3721500000000,3720000000000,\
        3721000000000,353,ESH1\n\
         1609160460000000000,33,1,5482,3721000000000,3721500000001,3721000000000,3721500000000,\
         152,ESH1\n"
    );
    let pretty = format!(
        "{header}2020-12-28T13:00:00.000000000Z,33,1,5482,3720.250000000,3721.500000000,\
        3720.000000000,3721.000000000,353,ESH1\n\
         2020-12-28T13:01:00.000000000Z,33,1,5482,3721.000000000,3721.500000001,3721.000000000,\
         3721.500000000,152,ESH1\n"
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
    // Without a symbol column: several instruments, and one undefined price.
    let bare = raw.replace(",symbol", "").replace(",ESH1", "")
        + "1609160460000000000,33,1,77,9223372036854775807,9223372036854775807,\
        9223372036854775807,9223372036854775807,0\n";
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
    let trades = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,\
    size,flags,ts_in_delta,sequence,symbol\n\
        1609160400000000009,1609160400000000001,0,1,5482,T,A,0,3720250000000,5,129,19251,\
        1170362,ESH1\n\
        1609160400000000012,1609160400000000011,0,1,5482,T,A,0,3720500000000,2,129,19251,\
        1170363,ESH1\n";
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
    // An older export: dates that may be day first, in the exchange's zone.
    let old = "Time,Open,High,Low,Last,Change,Volume\n3/10/2020,1,2,1,2,.1,9\n3/9/2020,1,2,1,2,\
    -6.80E-05,8\n";
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
    let wiki = "ticker,date,open,high,low,close,volume,ex-dividend,split_ratio,adj_open,\
    adj_high,adj_low,adj_close,adj_volume\n\
        A,1999-11-18,45,50,40,44,1000,0,1,30,33,26,29,1000\nA,1999-11-19,42,43,39,40,500,0,1,28,\
        29,26,27,500\n";
    let (panel, report) = read(wiki);
    assert_eq!((panel.n_bars(), report.layout), (2, FileLayout::Quandl));
    assert!((panel.row(0)[0].close - 29.0).abs() < 1e-12);
}

#[test]
fn pandas_may_leave_its_index_without_a_name() {
    let text = ",Open,High,Low,Close,Volume\n2004-08-19,100,104,95,100,22\n2004-08-20,,,,\
    ,\n2004-08-21,101,109,100,108,11\n";
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
    // A day above 12 proves that the month comes first; a month above 12 is refused.
    let (_, report) = read_given(&text.replace("11/5", "11/25"), &ahead(-300));
    assert_eq!(report.notes.len(), 1);
    complaint(
        &text.replace("11/5/2019 9:31", "25/11/2019 9:31"),
        &ahead(-300),
        &["row 3", "\"25/11/2019 9:31\"", "the month first"],
    );
}
