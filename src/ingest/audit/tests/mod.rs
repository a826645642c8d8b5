//! Known faults of the shipped files, and synthetic markets with one fault each.

use super::*;
use crate::ingest::{BarLabel, Calendar, DataFile, Ingested, Session, read_panel};
use crate::rng::{Component, Streams};
use chrono::TimeDelta;
use rand_distr::{Distribution, Normal};
use std::path::{Path, PathBuf};

fn read(path: PathBuf) -> Panel {
    let file = DataFile::new("X", path, BarLabel::Open);
    read_panel(&[file], Calendar::Refuse, None).unwrap().panel
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

fn shipped(name: &str) -> Panel {
    read(path(name))
}

/// Panel of the shipped files as assets `A0`, `A1`, ...
fn ingested(names: &[&str]) -> Ingested {
    let files: Vec<DataFile> = names
        .iter()
        .enumerate()
        .map(|(i, name)| DataFile {
            session: (names.len() > 1).then_some(Session::AMERICAN_STOCKS),
            ..DataFile::new(format!("A{i}"), path(name), BarLabel::Open)
        })
        .collect();
    read_panel(&files, Calendar::Intersect, None).unwrap()
}

/// Panel of the unadjusted prices of a file.
fn raw(name: &str) -> Panel {
    let text = std::fs::read_to_string(path(name)).unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("raw.csv");
    std::fs::write(&path, text.replacen("adj_close", "unused", 1)).unwrap();
    read(path)
}

fn of(findings: &[Finding], code: Code) -> Option<&Finding> {
    findings.iter().find(|finding| finding.code == code)
}

/// Function that plants a fault in a quiet market.
type Fault = fn(&mut Vec<DateTime<Utc>>, &mut Vec<Bar>);

/// Daily bars of a quiet market without a fault.
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

fn scale(bars: &mut [Bar], factor: f64) {
    for bar in bars {
        for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
            *price *= factor;
        }
    }
}

/// Panel of two assets whose moves on the same day have the correlation 0.5. The second asset shows
/// its moves `late` days later, and the share `stale` of each move one more day later.
fn pair(late: usize, stale: f64) -> Panel {
    let mut rng = Streams::new(9).stream(Component::Market, 0);
    let normal = Normal::new(0.0, 0.01).unwrap();
    let n = 1500;
    let moves: Vec<[f64; 2]> = (0..n)
        .map(|_| {
            let common = normal.sample(&mut rng);
            [
                common + normal.sample(&mut rng),
                common + normal.sample(&mut rng),
            ]
        })
        .collect();
    let (mut closes, mut bars) = ([100.0_f64; 2], Vec::new());
    for t in 2..n {
        let second = (1.0 - stale) * moves[t - late][1] + stale * moves[t - late - 1][1];
        for (close, moved) in closes.iter_mut().zip([moves[t][0], second]) {
            let open = *close;
            *close *= moved.exp();
            let (high, low) = (open.max(*close) * 1.001, open.min(*close) * 0.999);
            let close = *close;
            bars.push(Bar {
                open,
                high,
                low,
                close,
                volume: 1.0,
            });
        }
    }
    let first = "2020-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
    let ends = (0..n - 2).map(|t| first + TimeDelta::days(i64::try_from(t).unwrap()));
    let symbols = vec!["LEADS".to_owned(), "LAGS".to_owned()];
    Panel::new(symbols, ends.collect(), bars, TimeDelta::days(1)).unwrap()
}

#[test]
fn a_file_that_lags_another_is_named() {
    assert_eq!(of(&audit(&pair(0, 0.0)), Code::LeadLag), None);
    for (late, stale, severity, why) in [
        (1, 0.0, Severity::Error, "labeled a bar late"),
        (0, 0.3, Severity::Warning, "cover different hours"),
    ] {
        let findings = audit(&pair(late, stale));
        let found: Vec<&Finding> = findings
            .iter()
            .filter(|f| f.code == Code::LeadLag)
            .collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].symbol.as_deref(), found[0].severity),
            (Some("LAGS"), severity)
        );
        assert!(
            found[0]
                .message
                .contains("returns of LAGS follow those of LEADS")
        );
        assert!(found[0].message.contains(why), "{}", found[0].message);
    }
}

/// The shipped files that are read together are aligned.
#[test]
fn the_shipped_pairs_are_aligned() {
    for names in [
        &["spx_1d_1999_2018.csv", "ixic_1d_1999_2018.csv"][..],
        &[
            "aapl_1d_raw_adj.csv",
            "ibm_1d_raw_adj.csv",
            "msft_1d_raw_adj.csv",
        ],
    ] {
        let found = audit(&ingested(names).panel);
        assert_eq!(of(&found, Code::LeadLag), None);
    }
    // A file that is shifted by one bar is named.
    let panel = ingested(&["spx_1d_1999_2018.csv", "ixic_1d_1999_2018.csv"]).panel;
    let n = panel.n_bars();
    let shifted = (1..n).flat_map(|t| [panel.row(t)[0], panel.row(t - 1)[1]]);
    let ends = panel.timestamps()[1..].to_vec();
    let symbols = panel.symbols().to_vec();
    let panel = Panel::new(symbols, ends, shifted.collect(), TimeDelta::days(1)).unwrap();
    let findings = audit(&panel);
    let found = of(&findings, Code::LeadLag).unwrap();
    assert_eq!(
        (found.symbol.as_deref(), found.severity),
        (Some("A1"), Severity::Error)
    );
}

#[test]
fn a_quiet_market_has_no_finding() {
    assert_eq!(audited(quiet(2000)), []);
}

/// Plants a fault in row 500 of a quiet market; returns the end of that bar and the findings.
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
    // Only whole stretches of 100 steps count: those from step 500 on.
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
    for part in [
        "39.8 % of bars (98.8 %",
        "most of them from 1999-01-05",
        "to 2006",
    ] {
        assert!(finding.message.contains(part), "{}", finding.message);
    }
    // The opens of the Nasdaq index are real.
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
    let outlier = of(&msft, Code::Outlier).unwrap();
    assert!(
        outlier
            .message
            .contains("-35.7 % in log price, in the bar ending 1987-10-20"),
        "{}",
        outlier.message
    );
    let outlier = every(Code::Outlier);
    assert!(
        outlier.contains("-40.7 %") && outlier.contains("1991-01-18"),
        "{outlier}"
    );
    // No bar of 2017 overlaps another.
    let eurusd = audit_ingested(&ingested(&["eurusd_ask_1h_2017.csv"]));
    assert_eq!(of(&eurusd, Code::Overlap), None);
    let closed = of(&eurusd, Code::ClosedDay).unwrap();
    assert_eq!((closed.count, closed.severity), (51, Severity::Info));
    assert!(
        closed.message.starts_with("no bar begins on Sat (UTC)"),
        "{}",
        closed.message
    );
    let volume = of(&eurusd, Code::FractionalVolume).unwrap();
    assert!(volume.message.contains("count money"), "{}", volume.message);
    assert_eq!(volume.count, 30);
}

#[test]
fn days_that_lack_their_session_are_named() {
    let message = |name: &str| {
        let findings = audit(&shipped(name));
        let finding = of(&findings, Code::MissingDay).unwrap().clone();
        (finding.count, finding.severity, finding.message)
    };
    let (_, severity, msft) = message("msft_1d_adj_1986_2017.csv");
    assert_eq!(severity, Severity::Warning);
    for day in ["1998-10-29", "1999-11-16", "2001-09-11"] {
        assert!(msft.contains(day), "{msft}");
    }
    // Recurring holidays are not in the message.
    for day in [
        "1998-12-25",
        "1998-11-26",
        "1998-04-10",
        "1998-09-07",
        "1998-07-03",
    ] {
        assert!(!msft.contains(day), "{msft}");
    }
    let (count, _, wti) = message("wti_spot_1d_1986_2019.csv");
    assert_eq!(count, 290, "{wti}");
    // Both indices have the same calendar; a day removed from one file is found.
    let (spx, ixic) = (
        message("spx_1d_1999_2018.csv"),
        message("ixic_1d_1999_2018.csv"),
    );
    assert_eq!(spx, ixic);
    assert!(!spx.2.contains("2003-06-17"), "{}", spx.2);
    let text = std::fs::read_to_string(path("spx_1d_1999_2018.csv")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("2003-06-17"));
    let holed: Vec<&str> = lines.collect();
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("holed.csv");
    std::fs::write(&path, holed.join("\n") + "\n").unwrap();
    let findings = audit(&read(path));
    let finding = of(&findings, Code::MissingDay).unwrap();
    assert_eq!(finding.count, spx.0 + 1);
    assert!(
        finding.message.contains("2003-06-17"),
        "{}",
        finding.message
    );
}

#[test]
fn a_ragged_start_and_the_splits_of_raw_prices_are_in_the_report() {
    let panel = ingested(&[
        "aapl_1d_raw_adj.csv",
        "ibm_1d_raw_adj.csv",
        "msft_1d_raw_adj.csv",
        "goog_1d_raw_adj.csv",
    ]);
    let findings = audit_ingested(&panel);
    let dropped: Vec<(&str, usize)> = findings
        .iter()
        .filter(|f| f.code == Code::DroppedBars)
        .map(|f| (f.symbol.as_deref().unwrap(), f.count))
        .collect();
    let ragged = 3270 - 2148;
    assert_eq!(dropped, [("A0", ragged), ("A1", ragged), ("A2", ragged)]);
    let jumps = |asset: usize| -> Vec<String> {
        let adjustment = panel.report.files[asset].adjustment.as_ref().unwrap();
        assert_eq!(adjustment.n_jumps, adjustment.jumps.len());
        let day = |time: &DateTime<Utc>| time.format("%Y-%m-%d").to_string();
        adjustment.jumps.iter().map(day).collect()
    };
    assert_eq!(jumps(0), ["2000-06-21", "2005-02-28"]);
    assert_eq!(jumps(1), Vec::<String>::new());
    assert_eq!(jumps(2), ["2003-02-18"]);
}

/// Opens at the previous close are natural where the market never closes and suspicious elsewhere.
#[test]
fn opens_of_a_market_that_never_closes_are_previous_closes() {
    let of_days = |keep: fn(&DateTime<Utc>) -> bool| {
        let (ends, mut bars) = quiet(1000);
        for t in 1..bars.len() {
            let open = bars[t - 1].close;
            bars[t].open = open;
            bars[t].high = bars[t].high.max(open);
            bars[t].low = bars[t].low.min(open);
        }
        let kept = ends.into_iter().zip(bars).filter(|(end, _)| keep(end));
        let findings = audited(kept.unzip());
        of(&findings, Code::OpenIsPreviousClose).unwrap().clone()
    };
    let always = of_days(|_| true);
    assert_eq!(always.severity, Severity::Info);
    assert!(
        always.message.contains("never closes"),
        "{}",
        always.message
    );
    let sessions = of_days(|end| end.timestamp() / 86_400 % 7 < 5);
    assert_eq!(sessions.severity, Severity::Warning);
}

#[test]
fn crossed_quotes_and_faulty_rows_are_findings() {
    use crate::ingest::{FileLayout, survey_panel};
    let folder = tempfile::TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        DataFile::new("X", path, BarLabel::Open)
    };
    let ticks = DataFile {
        resample_seconds: Some(60),
        ..write(
            "ticks",
            "20200101 170000065,1.25,1.375,0\n20200101 170030000,2,1.75,0\n20200101 170100000,2,\
            1,0\n",
        )
    };
    let read = read_panel(&[ticks], Calendar::Refuse, None).unwrap();
    assert_eq!(read.report.files[0].layout, FileLayout::HistDataTicks);
    let findings = audit_ingested(&read);
    let crossed = of(&findings, Code::CrossedQuotes).unwrap();
    assert_eq!((crossed.count, crossed.severity), (2, Severity::Warning));
    assert_eq!(crossed.first.to_rfc3339(), "2020-01-01T22:00:30+00:00");
    assert!(
        crossed.message.contains("2 of 3 quotes"),
        "{}",
        crossed.message
    );
    let rows = write(
        "rows",
        "timestamp,close\n2020-01-01,1\n2020-01-02,1\n2020-01-02,1\n2020-01-03,0\n2020-01-01,1\n",
    );
    let findings = audit_surveyed(&survey_panel(&[rows], Calendar::Refuse, None).unwrap());
    let found: Vec<(Code, Severity, usize)> = findings[..3]
        .iter()
        .map(|f| (f.code, f.severity, f.count))
        .collect();
    let error = Severity::Error;
    assert_eq!(
        found,
        [
            (Code::Duplicate, error, 1),
            (Code::ImpossibleBar, error, 1),
            (Code::Unsorted, error, 1)
        ]
    );
}

/// Training refuses files with findings of severity `Error`.
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
        Code::ClosedDay,
        Code::MissingDay,
        Code::CrossedQuotes,
        Code::DroppedBars,
        Code::FractionalVolume,
        Code::Duplicate,
        Code::Unsorted,
        Code::ImpossibleBar,
    ] {
        assert_eq!(serde_json::to_value(code).unwrap(), code.to_string());
    }
}
