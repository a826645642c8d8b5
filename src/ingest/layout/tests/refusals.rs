//! Files that no layout fits, and settings that a layout refuses.

use super::forex::MT4;
use super::*;

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
    // After the advised replacements, the file is read.
    read(&tidy.replace(',', ".").replace(';', ","));
    // The advice is absent if the replacements do not give a known layout.
    let error = try_read(tidy.replace("close", "last").as_bytes(), &of(None)).unwrap_err();
    assert!(!error.to_string().contains("semicolons"), "{error}");
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
            "EXCHANGE%3DNASDAQ\nMARKET_OPEN_MINUTE=570\nINTERVAL=60\na1583000000,1,1,1,1,9\n1,1,\
            1,1,1,9\n",
            &["Google's getprices", "INTERVAL"],
        ),
        (
            "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\nd,B,\
            1585699200245000,1585699200355684,true,ask,6421,7\n",
            &["incremental updates of an order book", "book_snapshot_5"],
        ),
        // A headerless row of CryptoDataDownload is not a header of FRED.
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
