//! Layouts of currency sites and brokers.

use super::*;

pub(super) const MT4: &str =
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
    // Daily files have no time column.
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
    // A `Time` header leaves the zone open unless the times state it.
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

/// Broker clocks that change weeks apart: Athens, and New York plus seven hours.
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
    // New York is already on summer time on March 20.
    let new_york = of("America/New_York", Some(420));
    assert_eq!(first(&winter, &new_york).0, "2012-01-31T22:01:00+00:00");
    let (end, note) = first(&summer, &new_york);
    assert_eq!(end, "2012-03-19T21:01:00+00:00");
    assert!(note.contains("America/New_York+07:00"), "{note}");
    // Times that the clock skips or repeats are refused.
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
