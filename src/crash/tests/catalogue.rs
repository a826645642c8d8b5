//! Checks that the built-in library is cut from the files in `data/`.
//!
//! `cargo test --no-default-features --features data --lib write_the_crash_library -- --ignored`
//! writes `data/crashes.json`.

use super::super::{Crash, Cut, VOLATILITY_BARS, cut::log_returns};
use crate::{
    ingest::{BarLabel, Calendar, DataFile, Ingested, read_panel},
    market::{DateSpan, Panel},
};
use std::{fmt::Write, fs, ops::Range, path::PathBuf};

/// The price files, longest history of a symbol first: `(file, symbol)`.
const FILES: [(&str, &str); 9] = [
    ("msft_1d_adj_1986_2017.csv", "MSFT"),
    ("wti_spot_1d_1986_2019.csv", "WTI"),
    ("ixic_1d_1999_2018.csv", "IXIC"),
    ("spx_1d_1999_2018.csv", "SPX"),
    ("aapl_1d_raw_adj.csv", "AAPL"),
    ("ibm_1d_raw_adj.csv", "IBM"),
    ("msft_1d_raw_adj.csv", "MSFT"),
    ("goog_1d_raw_adj.csv", "GOOG"),
    ("eurusd_ask_1h_2017.csv", "EURUSD"),
];

/// Named crashes: `(name, title, file, first session, last session)`.
const NAMED: [(&str, &str, &str, &str, &str); 8] = [
    (
        "black_monday_1987",
        "Black Monday and the two weeks after it, seen in Microsoft",
        "msft_1d_adj_1986_2017.csv",
        "1987-10-16",
        "1987-10-30",
    ),
    (
        "oil_1991",
        "Oil falls by a third on the first day of the Gulf War",
        "wti_spot_1d_1986_2019.csv",
        "1991-01-17",
        "1991-01-30",
    ),
    (
        "nasdaq_2000",
        "The NASDAQ loses a quarter in one week of April 2000",
        "ixic_1d_1999_2018.csv",
        "2000-04-10",
        "2000-04-20",
    ),
    (
        "apple_2000",
        "Apple warns of its profits and halves",
        "aapl_1d_raw_adj.csv",
        "2000-09-29",
        "2000-10-05",
    ),
    (
        "september_2001",
        "The S&P 500 opens again after September 11",
        "spx_1d_1999_2018.csv",
        "2001-09-17",
        "2001-09-28",
    ),
    (
        "autumn_2008",
        "The S&P 500 in the four weeks after the bailout failed",
        "spx_1d_1999_2018.csv",
        "2008-09-29",
        "2008-10-27",
    ),
    (
        "nasdaq_2008",
        "The NASDAQ in the four weeks after the bailout failed",
        "ixic_1d_1999_2018.csv",
        "2008-09-29",
        "2008-10-27",
    ),
    (
        "february_2018",
        "Volatility comes back: the S&P 500 in February 2018",
        "spx_1d_1999_2018.csv",
        "2018-02-02",
        "2018-02-08",
    ),
];

/// Length of a crash around a largest move: the bar of the move and the next four.
const N_BARS_OF_LARGEST: usize = 5;

/// Rows of the largest moves of an asset from close to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LargestMoves {
    /// Row of the lowest log return.
    fall: usize,
    /// Row of the highest log return.
    rise: usize,
}

/// Finds the largest moves among the bars that have a volatility estimate, the first on a tie;
/// `None` without such a bar or asset.
fn largest_moves(panel: &Panel, asset: usize) -> Option<LargestMoves> {
    let closes: Vec<f64> = panel.asset(asset).map(|bar| bar.close).collect();
    let moves = log_returns(&closes);
    let candidates = || moves.iter().enumerate().skip(VOLATILITY_BARS);
    let lowest = candidates().min_by(|a, b| a.1.total_cmp(b.1))?;
    let highest = candidates().rev().max_by(|a, b| a.1.total_cmp(b.1))?;
    Some(LargestMoves {
        fall: lowest.0 + 1,
        rise: highest.0 + 1,
    })
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

fn read(file: &str, symbol: &str) -> (Panel, String) {
    let file = DataFile::new(symbol, path(file), BarLabel::Open);
    let Ingested { panel, report } = read_panel(&[file], Calendar::Refuse, None).unwrap();
    (panel, report.files[0].sha256.clone())
}

fn rows(panel: &Panel, from: &str, to: &str) -> Range<usize> {
    let span = DateSpan {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    span.rows_within(panel)
}

/// Returns true if a crash of `symbol` in `library` contains row `t` of `panel`.
fn holds(library: &[Crash], symbol: &str, panel: &Panel, t: usize) -> bool {
    let end = panel.timestamps()[t];
    library.iter().any(|crash| {
        let source = crash.source.as_ref().unwrap();
        source.symbol == symbol && source.first <= end && end <= source.last
    })
}

/// Cuts the library: named crashes, then the largest moves of each file outside of them.
fn library() -> Vec<Crash> {
    let mut library = Vec::new();
    for (name, title, file, from, to) in NAMED {
        let symbol = FILES.iter().find(|(f, _)| *f == file).unwrap().1;
        let (panel, sha256) = read(file, symbol);
        let rows = rows(&panel, from, to);
        let cut = Cut {
            name,
            title,
            file,
            sha256: &sha256,
            symbol,
            rows,
        };
        library.push(cut.of(&panel).unwrap());
    }
    for (file, symbol) in FILES {
        let (panel, sha256) = read(file, symbol);
        let found = largest_moves(&panel, 0).unwrap();
        for (kind, row) in [("fall", found.fall), ("rise", found.rise)] {
            if holds(&library, symbol, &panel, row) {
                continue;
            }
            let opened = panel.timestamps()[row] - panel.bar_length();
            let name = format!("{}_{}_{kind}", symbol.to_lowercase(), opened.format("%Y"));
            let title = format!("The largest {kind} of one bar in {file}");
            let cut = Cut {
                name: &name,
                title: &title,
                file,
                sha256: &sha256,
                symbol,
                rows: row..row + N_BARS_OF_LARGEST,
            };
            library.push(cut.of(&panel).unwrap());
        }
    }
    library
}

/// Library as JSON, one bar per line.
fn written(library: &[Crash]) -> String {
    let mut text = String::from("[");
    for (n, crash) in library.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        write!(
            text,
            "{comma}\n  {{\n    \"name\": {},\n    \"title\": {},\n    \"source\": {},\n    \
             \"bars\": [",
            json(&crash.name),
            json(&crash.title),
            json(crash.source.as_ref().unwrap())
        )
        .unwrap();
        for (k, bar) in crash.bars.iter().enumerate() {
            let comma = if k == 0 { "" } else { "," };
            write!(text, "{comma}\n      {}", json(bar)).unwrap();
        }
        text.push_str("\n    ]\n  }");
    }
    text.push_str("\n]\n");
    text
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
#[ignore = "writes data/crashes.json"]
fn write_the_crash_library() {
    fs::write(path("crashes.json"), written(&library())).unwrap();
}

#[test]
fn library_equals_the_moves_in_its_files() {
    let (cut, shipped) = (library(), Crash::library());
    let names = |library: &[Crash]| -> Vec<String> {
        library.iter().map(|crash| crash.name.clone()).collect()
    };
    assert_eq!(names(&cut), names(shipped));
    // Bit equality needs the logarithm of the C library with which the crashes were cut.
    if cfg!(all(
        target_os = "linux",
        target_env = "gnu",
        target_arch = "x86_64"
    )) {
        assert_eq!(cut, shipped);
    }
    for (cut, shipped) in cut.iter().zip(shipped) {
        assert_eq!(
            (&cut.title, cut.n_bars()),
            (&shipped.title, shipped.n_bars())
        );
        let (a, b) = (
            cut.source.as_ref().unwrap(),
            shipped.source.as_ref().unwrap(),
        );
        assert_eq!(
            (&a.file, &a.sha256, &a.symbol),
            (&b.file, &b.sha256, &b.symbol)
        );
        assert_eq!((a.first, a.last), (b.first, b.last));
        assert!((a.volatility / b.volatility - 1.0).abs() < 1e-12);
        for (cut, shipped) in cut.bars.iter().zip(&shipped.bars) {
            assert!(
                (cut.close - shipped.close).abs() < 1e-11 && (cut.low - shipped.low).abs() < 1e-11
            );
        }
    }
    let sums = fs::read_to_string(path("SHA256SUMS")).unwrap();
    for crash in shipped {
        let source = crash.source.as_ref().unwrap();
        let line = format!("{}  {}", source.sha256, source.file);
        assert!(sums.contains(&line), "{line}");
    }
}

/// Log move of the close in the session of `date`.
fn log_move(crash: &str, date: &str) -> f64 {
    let crash = Crash::named(crash).unwrap();
    let source = crash.source.as_ref().unwrap();
    let symbol = source.symbol.as_str();
    let (panel, _) = read(&source.file, symbol);
    let first = rows(
        &panel,
        &source.first.date_naive().pred_opt().unwrap().to_string(),
        "9999-01-01",
    )
    .start;
    let day = rows(&panel, date, date);
    assert_eq!(day.len(), 1, "{date}");
    crash.bars[day.start - first].close * source.volatility
}

#[test]
fn crashes_have_the_published_moves() {
    // (crash, session, log move of the close, half a unit of the last digit)
    for (crash, date, expected, within) in [
        ("black_monday_1987", "1987-10-19", -0.357, 5e-4),
        ("oil_1991", "1991-01-17", -0.406, 5e-4),
        // A 2:1 split is −69.3 % in log price; the profit warning was −51.9 % in simple returns.
        ("apple_2000", "2000-09-29", (1.0_f64 - 0.519).ln(), 2e-3),
        // S&P 500: 1092.54 to 1038.77.
        (
            "september_2001",
            "2001-09-17",
            (1038.77_f64 / 1092.54).ln(),
            1e-5,
        ),
        // S&P 500: 1213.27 to 1106.42; the worst day, October 15: 998.01 to 907.84.
        (
            "autumn_2008",
            "2008-09-29",
            (1106.42_f64 / 1213.27).ln(),
            1e-5,
        ),
        (
            "autumn_2008",
            "2008-10-15",
            (907.84_f64 / 998.01).ln(),
            1e-5,
        ),
        // NASDAQ: 2183.34 to 1983.73, and April 14, 2000: 3676.78 to 3321.29.
        (
            "nasdaq_2008",
            "2008-09-29",
            (1983.73_f64 / 2183.34).ln(),
            1e-5,
        ),
        (
            "nasdaq_2000",
            "2000-04-14",
            (3321.29_f64 / 3676.78).ln(),
            1e-5,
        ),
        // S&P 500: 2762.13 to 2648.94.
        (
            "february_2018",
            "2018-02-05",
            (2648.94_f64 / 2762.13).ln(),
            1e-5,
        ),
    ] {
        let found = log_move(crash, date);
        assert!(
            (found - expected).abs() < within,
            "{crash} {date}: {found} {expected}"
        );
    }
    // S&P 500, week of September 17, 2001: 1092.54 to 965.80.
    let september = Crash::named("september_2001").unwrap();
    let volatility = september.source.as_ref().unwrap().volatility;
    let week: f64 = september.bars[..5]
        .iter()
        .map(|bar| bar.close * volatility)
        .sum();
    assert!((week - (965.8_f64 / 1092.54).ln()).abs() < 1e-5, "{week}");
    // S&P 500: 1213.27 to 848.92 by October 27, 2008.
    let autumn = Crash::named("autumn_2008").unwrap();
    let total = autumn.total_move() * autumn.source.as_ref().unwrap().volatility;
    assert!(
        (total - (848.92_f64 / 1213.27).ln()).abs() < 1e-5,
        "{total}"
    );
}

#[test]
fn library_contains_the_largest_moves_of_every_file() {
    for (file, symbol) in FILES {
        let (panel, _) = read(file, symbol);
        let found = largest_moves(&panel, 0).unwrap();
        for row in [found.fall, found.rise] {
            assert!(
                holds(Crash::library(), symbol, &panel, row),
                "{file} row {row}"
            );
        }
    }
}

#[test]
fn splits_are_not_crashes() {
    // Raw AAPL halved at its splits of 2000-06-21 and 2005-02-28; adjusted prices did not.
    let (panel, _) = read("aapl_1d_raw_adj.csv", "AAPL");
    for date in ["2000-06-21", "2005-02-28"] {
        let t = rows(&panel, date, date).start;
        let moved = (panel.row(t)[0].close / panel.row(t - 1)[0].close).ln();
        assert!(moved.abs() < 0.1, "{date}: {moved}");
    }
    let fall = largest_moves(&panel, 0).unwrap().fall;
    assert_eq!(fall, rows(&panel, "2000-09-29", "2000-09-29").start);
}

#[test]
fn data_readme_lists_every_crash() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    let decimal = |x: f64| format!("{x:.1}").replace('-', "−");
    for crash in Crash::library() {
        let source = crash.source.as_ref().unwrap();
        let opened = source.first - chrono::TimeDelta::seconds(source.bar_seconds);
        let format = if source.bar_seconds < 86_400 {
            "%Y-%m-%d %H:%M"
        } else {
            "%Y-%m-%d"
        };
        let line = format!(
            "| `{}` | {} | {} | {} | {} % | {} | {} |",
            crash.name,
            source.symbol,
            opened.format(format),
            crash.n_bars(),
            decimal(100.0 * (crash.total_move() * source.volatility).exp_m1()),
            decimal(crash.total_move()),
            decimal(crash.largest_bar()),
        );
        assert!(readme.contains(&line), "{line}");
    }
}

#[test]
fn largest_moves_are_those_of_bars_with_a_volatility_estimate() {
    let panel = super::panel(4);
    let found = largest_moves(&panel, 0).unwrap();
    let log_return = |t: usize| (panel.row(t)[0].close / panel.row(t - 1)[0].close).ln();
    for t in VOLATILITY_BARS + 1..panel.n_bars() {
        assert!(log_return(found.fall) <= log_return(t) && log_return(t) <= log_return(found.rise));
    }
    assert!(found.fall > VOLATILITY_BARS && found.rise > VOLATILITY_BARS);
    let short = panel.slice(0..VOLATILITY_BARS + 1).unwrap();
    assert_eq!(largest_moves(&short, 0), None);
    assert_eq!(largest_moves(&panel, 9), None);
}
