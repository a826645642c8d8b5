//! What is suspicious about a panel that is nevertheless right: the things that make a backtest too
//! good.
//!
//! | file | finds |
//! |---|---|
//! | `steps` | gaps in the calendar, bars that overlap, stretches of another bar length |
//! | `quotes` | missing volume, flat and repeated bars, opens that are the previous close |
//! | `jumps` | moves like a split, outliers, spikes that revert at once |
//! | `days` | weekdays that never have a bar, and days that lack theirs |
//! | `files` | rows that cannot be used, bars that were dropped, crossed quotes, odd volumes (cargo feature `data`) |
//! | `copies` | stretches whose prices stood in the file before |
//!
//! `audit_ingested` is `audit` and what the files show besides; `audit_surveyed` also counts rows
//! that made a file be refused. Nothing is repaired here: a finding says what was seen, how often,
//! and what follows from it.

mod copies;
mod days;
mod files;
mod jumps;
mod quotes;
mod steps;
#[cfg(test)]
mod tests;

pub use files::{audit_ingested, audit_surveyed};

use crate::market::{Bar, Panel};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something suspicious.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is, for programs.
    pub code: Code,
    /// The asset; `None` where the calendar of all assets is meant.
    pub symbol: Option<String>,
    /// How many bars.
    pub count: usize,
    /// End of the first of them.
    pub first: DateTime<Utc>,
    /// What it is, for people, and what follows from it; the other fields are not repeated.
    pub message: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// May bias a backtest.
    Warning,
    /// Makes a backtest wrong unless it is explained.
    Error,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Steps between bars that are longer than those that make up the calendar.
    Gap,
    /// Steps between bars that are shorter than a bar.
    Overlap,
    /// Stretches whose bars are mostly of another length than the panel's.
    MixedSteps,
    /// Bars without volume.
    ZeroVolume,
    /// Bars with one price for open, high, low and close.
    FlatBar,
    /// Bars that open where the one before closed.
    OpenIsPreviousClose,
    /// Bars that repeat all prices of the one before.
    Repeat,
    /// Bars in stretches that repeat, price by price, an earlier stretch.
    RepeatedBlock,
    /// Overnight moves by the ratio of a split.
    SplitLike,
    /// Moves far outside the usual.
    Outlier,
    /// Moves far outside the usual that the next bar takes back.
    Spike,
    /// Bars after weekdays on which there is never one.
    ClosedDay,
    /// Days without a bar, on weekdays that have one.
    MissingDay,
    /// Quotes with a bid above the ask.
    CrossedQuotes,
    /// Bars of one file that another lacks.
    DroppedBars,
    /// Bars whose volumes are no whole numbers.
    FractionalVolume,
    /// Rows with the time of the row before; such a file is not read, whatever is accepted.
    Duplicate,
    /// Rows before the row above; such a file is not read, whatever is accepted.
    Unsorted,
    /// Rows that cannot be a bar; such a file is not read, whatever is accepted.
    ImpossibleBar,
}

impl Code {
    /// Whether an env file may accept it. Rows that make a file be refused cannot be: there are no
    /// prices to train on.
    #[must_use]
    pub const fn can_be_accepted(self) -> bool {
        !matches!(self, Self::Duplicate | Self::Unsorted | Self::ImpossibleBar)
    }
}

impl fmt::Display for Code {
    /// As in JSON and env files, such as `split_like`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// All findings: those about the calendar, then asset by asset in the order of the panel.
#[must_use]
pub fn audit(panel: &Panel) -> Vec<Finding> {
    let mut findings = steps::find(panel);
    findings.extend(days::find(panel));
    let hours = steps::hours(panel);
    for (asset, symbol) in panel.symbols().iter().enumerate() {
        let bars: Vec<Bar> = panel.asset(asset).copied().collect();
        let series = Series {
            symbol,
            ends: panel.timestamps(),
            bars: &bars,
        };
        findings.extend(quotes::find(&series, hours));
        findings.extend(jumps::find(&series));
        findings.extend(copies::find(&series));
    }
    findings
}

/// Whether a market has sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hours {
    /// It trades all the time: one bar follows the other but for outages.
    Always,
    /// It closes.
    Sessions,
}

/// One asset of a panel.
struct Series<'a> {
    symbol: &'a str,
    ends: &'a [DateTime<Utc>],
    bars: &'a [Bar],
}

impl Series<'_> {
    /// A finding about the bars `rows`; nothing when there is none.
    fn finding(
        &self,
        severity: Severity,
        code: Code,
        rows: &[usize],
        message: String,
    ) -> Option<Finding> {
        Some(Finding {
            severity,
            code,
            symbol: Some(self.symbol.to_owned()),
            count: rows.len(),
            first: self.ends[*rows.first()?],
            message,
        })
    }

    /// The bars, from the second on, for which `holds(previous, bar)`.
    fn rows(&self, holds: impl Fn(&Bar, &Bar) -> bool) -> Vec<usize> {
        (1..self.bars.len())
            .filter(|&t| holds(&self.bars[t - 1], &self.bars[t]))
            .collect()
    }
}
