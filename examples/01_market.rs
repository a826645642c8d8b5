//! Lesson 1. The market: from files of bars to a panel, its audit, and its spans for training,
//! validation and test.
//!
//!     cargo run --example 01_market
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use chrono::NaiveDate;
use shockproof::{
    ingest::{BarLabel, Calendar, DataFile, Session, audit::audit, read_panel},
    market::{DateSpan, Spans},
};
use std::{error::Error, path::Path};

/// Price file of an asset. Its timestamps are bar *opens*; those of a panel are bar *ends*, the
/// first instant at which the whole bar is known.
fn file(symbol: &str, name: &str) -> DataFile {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    DataFile {
        // A date in these files names a session. With several daily files the hours of the session
        // must be known, so that no order is filled before its decision.
        session: Some(Session::AMERICAN_STOCKS),
        // Outside a lesson also set the checksum (`sha256`), so that a changed file is refused.
        ..DataFile::new(symbol, folder.join(name), BarLabel::Open)
    }
}

/// Span from one day to another, both included.
fn span(from: (i32, u32, u32), to: (i32, u32, u32)) -> Result<DateSpan, Box<dyn Error>> {
    let date = |(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).ok_or("no such day");
    Ok(DateSpan {
        from: date(from)?,
        to: date(to)?,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    // Reading never fills or drops a bar silently. `Refuse` accepts identical calendars only, and
    // Google was listed four years after the others:
    let mut files = vec![
        file("AAPL", "aapl_1d_raw_adj.csv"),
        file("IBM", "ibm_1d_raw_adj.csv"),
        file("GOOG", "goog_1d_raw_adj.csv"),
    ];
    match read_panel(&files, Calendar::Refuse, None) {
        Ok(_) => return Err("a ragged calendar was not refused".into()),
        Err(error) => println!("refused: {error}\n"),
    }
    // `Intersect` keeps the bars that all files have and reports the rest. Microsoft has the
    // calendar of the first two.
    files[2] = file("MSFT", "msft_1d_raw_adj.csv");
    let ingested = read_panel(&files, Calendar::Intersect, None)?;
    for file in &ingested.report.files {
        println!(
            "{:<5} {} bars read, {} dropped, prices {:?}, {:?}",
            file.symbol, file.rows_read, file.rows_dropped, file.prices, file.fields
        );
    }
    let panel = ingested.panel;
    println!(
        "panel: {} bars of {} assets, {} to {}\n",
        panel.n_bars(),
        panel.n_assets(),
        ingested.report.first,
        ingested.report.last
    );

    // The audit repairs nothing. It lists faults that make a backtest look better.
    for finding in audit(&panel) {
        println!(
            "{:?} {:<8} {} bars from {}: {}",
            finding.severity,
            finding.symbol.as_deref().unwrap_or("calendar"),
            finding.count,
            finding.first.date_naive(),
            finding.message
        );
    }

    // Training, validation and test are three spans in order of time, a month apart. A decision
    // needs history: the first span loses its first bars to it; the other spans read bars before
    // their start, which is not look-ahead.
    let spans = Spans {
        train: span((2000, 3, 1), (2008, 12, 31))?,
        validation: span((2009, 1, 1), (2010, 12, 31))?,
        test: span((2011, 1, 1), (2013, 3, 1))?,
        embargo_bars: 20,
    };
    let warm_up = 60;
    let rows = spans.rows(&panel, warm_up)?;
    println!();
    for (name, span) in [
        ("train", rows.train),
        ("validation", rows.validation),
        ("test", rows.test),
    ] {
        println!(
            "{name:<10} rows {:>4}..{:<4} ({} lost to the embargo, {} to the warm-up)",
            span.rows.start, span.rows.end, span.n_embargoed, span.n_warm_up
        );
    }
    Ok(())
}
