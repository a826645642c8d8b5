//! The known faults of the shipped files, and markets made to have one fault each.

use super::*;
use crate::market::ingest::{BarLabel, Calendar, DataFile, read_panel};
use crate::rng::{Component, Streams};
use chrono::TimeDelta;
use rand_distr::{Distribution, Normal};
use std::path::{Path, PathBuf};

fn read(path: PathBuf) -> Panel {
    let file = DataFile::new("X", path, BarLabel::Open);
    read_panel(&[file], Calendar::Refuse, None).unwrap().panel
}

fn shipped(name: &str) -> Panel {
    read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("data")
            .join(name),
    )
}

/// The file without its adjustment.
fn raw(name: &str) -> Panel {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("data")
            .join(name),
    )
    .unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("raw.csv");
    std::fs::write(&path, text.replacen("adj_close", "unused", 1)).unwrap();
    read(path)
}

fn of(findings: &[Finding], code: Code) -> Option<&Finding> {
    findings.iter().find(|finding| finding.code == code)
}

/// Spoils one bar of a quiet market.
type Fault = fn(&mut Vec<DateTime<Utc>>, &mut Vec<Bar>);

/// Daily bars of a quiet market, which has no fault.
fn quiet(n: usize) -> (Vec<DateTime<Utc>>, Vec<Bar>) {
    let mut rng = Streams::new(5).stream(Component::Market, 0);
    let normal = Normal::new(0.0, 0.01).unwrap();
    let mut close = 100.0_f64;
    let mut bars = Vec::new();
    for _ in 0..n {
        let open = close * f64::exp(normal.sample(&mut rng));
        close = open * f64::exp(normal.sample(&mut rng));
        let (high, low) = (open.max(close) * 1.001, open.min(close) * 0.999);
        bars.push(Bar {
            open,
            high,
            low,
            close,
            volume: 1.0,
        });
    }
    let first = "2020-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
    let ends = (0..n)
        .map(|t| first + TimeDelta::days(i64::try_from(t).unwrap()))
        .collect();
    (ends, bars)
}

fn audited((ends, bars): (Vec<DateTime<Utc>>, Vec<Bar>)) -> Vec<Finding> {
    audit(&Panel::new(vec!["X".to_owned()], ends, bars, TimeDelta::days(1)).unwrap())
}

/// Scales all prices of the bars from `t` on.
fn scale(bars: &mut [Bar], factor: f64) {
    for bar in bars {
        for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
            *price *= factor;
        }
    }
}

#[test]
fn a_quiet_market_has_no_finding() {
    assert_eq!(audited(quiet(2000)), []);
}

/// A fault in a quiet market: the end of the bar it is planted in, and what is found.
fn plant(fault: Fault) -> (DateTime<Utc>, Vec<Finding>) {
    let (mut ends, mut bars) = quiet(1000);
    fault(&mut ends, &mut bars);
    (ends[500], audited((ends, bars)))
}

#[test]
fn each_planted_fault_is_found_where_it_is() {
    let cases: [(Code, Severity, Fault); 10] = [
        (Code::ZeroVolume, Severity::Warning, |_, bars| {
            bars[500].volume = 0.0;
        }),
        (Code::FlatBar, Severity::Warning, |_, bars| {
            let price = bars[500].close;
            bars[500] = Bar {
                open: price,
                high: price,
                low: price,
                ..bars[500]
            };
        }),
        (Code::OpenIsPreviousClose, Severity::Info, |_, bars| {
            let open = bars[499].close;
            bars[500] = Bar {
                open,
                high: open.max(bars[500].high),
                low: open.min(bars[500].low),
                ..bars[500]
            };
        }),
        (Code::Repeat, Severity::Warning, |_, bars| {
            bars[500] = bars[499];
            let factor = bars[500].close / bars[501].open;
            scale(&mut bars[501..], factor);
        }),
        (Code::SplitLike, Severity::Error, |_, bars| {
            scale(&mut bars[500..], 0.5);
        }),
        (Code::SplitLike, Severity::Error, |_, bars| {
            scale(&mut bars[500..], 10.0);
        }),
        (Code::SplitLike, Severity::Warning, |_, bars| {
            scale(&mut bars[500..], 1.0 / 1.5);
        }),
        (Code::Outlier, Severity::Info, |_, bars| {
            scale(&mut bars[500..], 0.8);
        }),
        (Code::Spike, Severity::Warning, |_, bars| {
            scale(&mut bars[500..501], 1.3);
        }),
        (Code::Gap, Severity::Warning, |ends, _| {
            ends[500..]
                .iter_mut()
                .for_each(|end| *end += TimeDelta::days(9));
        }),
    ];
    for (code, severity, fault) in cases {
        let (planted, findings) = plant(fault);
        let finding = of(&findings, code).unwrap_or_else(|| panic!("{code:?} not found"));
        assert_eq!(
            (finding.first, finding.severity),
            (planted, severity),
            "{finding:?}"
        );
        assert_eq!(finding.count, 1, "{finding:?}");
    }
    let (_, overlapping) = plant(|ends, _| ends[500] -= TimeDelta::hours(12));
    assert_eq!(of(&overlapping, Code::Overlap).unwrap().count, 1);
}

#[test]
fn stretches_out_of_place_are_errors() {
    let (planted, copied) = plant(|_, bars| bars.copy_within(300..312, 500));
    let finding = of(&copied, Code::RepeatedBlock).unwrap();
    assert_eq!((finding.first, finding.count), (planted, 12), "{finding:?}");
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.contains("2020-10-27"), "{finding:?}");
    let (_, mixed) = plant(|ends, _| {
        for t in 501..1000 {
            ends[t] = ends[t - 1] + TimeDelta::hours(1);
        }
    });
    let finding = of(&mixed, Code::MixedSteps).unwrap();
    // Steps in whole hundreds from the five hundredth on.
    assert_eq!((finding.count, finding.severity), (400, Severity::Error));
    assert!(
        finding.message.contains("of 1 h and not of 1 d"),
        "{finding:?}"
    );
}

#[test]
fn raw_splits_of_aapl_are_errors_and_its_real_crash_is_not() {
    let findings = audit(&raw("aapl_1d_raw_adj.csv"));
    let split = of(&findings, Code::SplitLike).unwrap();
    assert_eq!((split.severity, split.count), (Severity::Error, 2));
    // The sessions of 2000-06-21 and 2005-02-28, whose bars end at the midnight after.
    assert_eq!(split.first.to_rfc3339(), "2000-06-22T00:00:00+00:00");
    assert!(
        split
            .message
            .contains("2:1 split in the bar ending 2005-03-01"),
        "{}",
        split.message
    );
    let adjusted = audit(&shipped("aapl_1d_raw_adj.csv"));
    assert_eq!(of(&adjusted, Code::SplitLike), None);
    let outlier = of(&adjusted, Code::Outlier).unwrap();
    assert!(
        outlier.message.contains("in the bar ending 2000-09-30"),
        "{}",
        outlier.message
    );
    let msft = audit(&raw("msft_1d_raw_adj.csv"));
    let split = of(&msft, Code::SplitLike).unwrap();
    assert_eq!(
        (split.count, split.first.to_rfc3339().as_str()),
        (1, "2003-02-19T00:00:00+00:00")
    );
}

#[test]
fn opens_of_the_spx_are_previous_closes() {
    let spx = audit(&shipped("spx_1d_1999_2018.csv"));
    let finding = of(&spx, Code::OpenIsPreviousClose).unwrap();
    assert_eq!((finding.severity, finding.count), (Severity::Warning, 2004));
    assert!(
        finding.message.starts_with("39.8 % of bars"),
        "{}",
        finding.message
    );
    // The opens of the Nasdaq are real.
    let ixic = audit(&shipped("ixic_1d_1999_2018.csv"));
    let finding = of(&ixic, Code::OpenIsPreviousClose).unwrap();
    assert_eq!((finding.severity, finding.count), (Severity::Info, 8));
}

#[test]
fn known_faults_of_the_other_files() {
    let ixic = audit(&shipped("ixic_1d_1999_2018.csv"));
    let volume = of(&ixic, Code::ZeroVolume).unwrap();
    assert_eq!(
        (volume.count, volume.first.to_rfc3339().as_str()),
        (2, "2015-05-13T00:00:00+00:00")
    );
    // The longest closure: from 2001-09-10 to 2001-09-17.
    let gap = of(&ixic, Code::Gap).unwrap();
    assert!(
        gap.severity == Severity::Warning && gap.message.contains("7 d"),
        "{}",
        gap.message
    );
    let msft = audit(&shipped("msft_1d_adj_1986_2017.csv"));
    assert_eq!(of(&msft, Code::FlatBar).unwrap().count, 248);
    let wti = audit(&shipped("wti_spot_1d_1986_2019.csv"));
    let every = |code| of(&wti, code).unwrap().message.clone();
    assert!(every(Code::FlatBar).starts_with("every bar has a single price"));
    assert!(every(Code::ZeroVolume).starts_with("no bar has volume"));
    let crash = of(&wti, Code::SplitLike).unwrap();
    assert_eq!(
        (crash.severity, crash.first.to_rfc3339().as_str()),
        (Severity::Warning, "1991-01-18T00:00:00+00:00")
    );
    assert_eq!(of(&msft, Code::Repeat).unwrap().count, 188);
    // Weekends belong to the calendar of hourly currency bars; no bar of 2017 overlaps another.
    let eurusd = audit(&shipped("eurusd_ask_1h_2017.csv"));
    assert_eq!(of(&eurusd, Code::Overlap), None);
}

/// Errors are what training refuses.
#[test]
fn shipped_files_have_no_error() {
    for name in [
        "aapl_1d_raw_adj",
        "goog_1d_raw_adj",
        "ibm_1d_raw_adj",
        "ixic_1d_1999_2018",
        "msft_1d_adj_1986_2017",
        "msft_1d_raw_adj",
        "spx_1d_1999_2018",
        "wti_spot_1d_1986_2019",
        "eurusd_ask_1h_2017",
    ] {
        let findings = audit(&shipped(&format!("{name}.csv")));
        let error = findings.iter().find(|f| f.severity == Severity::Error);
        assert_eq!(error, None, "{name}");
    }
}

#[test]
fn findings_serialize_for_programs() {
    let json = serde_json::to_value(audit(&raw("aapl_1d_raw_adj.csv"))).unwrap();
    let split = json
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["code"] == "split_like")
        .unwrap();
    assert_eq!(
        (&split["severity"], &split["symbol"], &split["count"]),
        (&"error".into(), &"X".into(), &2.into())
    );
    assert_eq!(split["first"], "2000-06-22T00:00:00Z");
    for code in [
        Code::Gap,
        Code::MixedSteps,
        Code::OpenIsPreviousClose,
        Code::RepeatedBlock,
    ] {
        assert_eq!(serde_json::to_value(code).unwrap(), code.name());
    }
}
