//! Suspicious prices that can be read: properties that make a backtest too good.
//!
//! `audit_ingested` adds what the files show to `audit`; `audit_surveyed` adds rows for which a
//! file is refused. Nothing is repaired: a finding says what was found, how often, and what
//! follows.

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

/// A suspicious property of prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Severity for a backtest.
    pub severity: Severity,
    /// Kind, for programs.
    pub code: Code,
    /// The asset; `None` for the calendar of all assets.
    pub symbol: Option<String>,
    /// Number of bars.
    pub count: usize,
    /// End of the first bar.
    pub first: DateTime<Utc>,
    /// Text for people: what was found and what follows, without the other fields.
    pub message: String,
}

impl Finding {
    /// A finding about the calendar of all assets.
    const fn new(
        severity: Severity,
        code: Code,
        count: usize,
        first: DateTime<Utc>,
        message: String,
    ) -> Self {
        Self {
            severity,
            code,
            symbol: None,
            count,
            first,
            message,
        }
    }

    /// The finding about one asset.
    fn about(self, symbol: &str) -> Self {
        Self {
            symbol: Some(symbol.to_owned()),
            ..self
        }
    }
}

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Changes no result, but is good to know.
    Info,
    /// May bias a backtest.
    Warning,
    /// Makes a backtest wrong unless it is explained.
    Error,
}

/// Kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
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
    /// Tells whether an env file may accept it. Rows for which a file is refused cannot be
    /// accepted: there are no prices to train on.
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

/// Trading hours of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hours {
    /// All the time, except for outages.
    Always,
    /// With closures.
    Sessions,
}

/// One asset of a panel.
struct Series<'a> {
    symbol: &'a str,
    ends: &'a [DateTime<Utc>],
    bars: &'a [Bar],
}

impl Series<'_> {
    /// A finding about the bars `rows`; `None` when there is none.
    fn finding(
        &self,
        severity: Severity,
        code: Code,
        rows: &[usize],
        message: impl Into<String>,
    ) -> Option<Finding> {
        let first = self.ends[*rows.first()?];
        let count = rows.len();
        let finding = Finding::new(severity, code, count, first, message.into());
        Some(finding.about(self.symbol))
    }

    /// The bars, from the second on, for which `holds(previous, bar)`.
    fn rows(&self, holds: impl Fn(&Bar, &Bar) -> bool) -> Vec<usize> {
        (1..self.bars.len())
            .filter(|&t| holds(&self.bars[t - 1], &self.bars[t]))
            .collect()
    }
}
