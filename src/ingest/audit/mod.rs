//! Audit of readable prices for properties that bias a backtest.
//!
//! `audit` examines a panel; `audit_ingested` adds findings from the ingest report, and
//! `audit_surveyed` adds rows for which a file is refused. Nothing is repaired: a finding states
//! what was found, how often, and what follows.

mod copies;
mod days;
mod files;
mod jumps;
mod lead_lag;
mod quotes;
mod signals;
mod steps;
#[cfg(test)]
mod tests;

pub use files::{audit_ingested, audit_surveyed};
pub use signals::{Foresight, foresights};

use crate::market::{Bar, Panel};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A suspicious property of prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Effect of the property on a backtest.
    pub severity: Severity,
    /// Kind of the property, for programs.
    pub code: Code,
    /// Symbol of the asset; `None` for a finding about the calendar of all assets.
    pub symbol: Option<String>,
    /// Number of bars, days, quotes or rows.
    pub count: usize,
    /// End of the first bar, or time of the first quote or row.
    pub first: DateTime<Utc>,
    /// Message for people: what was found and what follows, without the other fields.
    pub message: String,
}

impl Finding {
    /// Finding about the calendar of all assets.
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
    /// Biases no result; for information.
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
    /// Steps between bars that are longer than the recurring ones of the calendar.
    Gap,
    /// Steps between bars that are shorter than a bar.
    Overlap,
    /// Stretches of bars whose steps mostly differ from the panel's bar length.
    MixedSteps,
    /// Bars without volume.
    ZeroVolume,
    /// Bars with one price for open, high, low and close.
    FlatBar,
    /// Bars that open at the previous close.
    OpenIsPreviousClose,
    /// Bars that repeat all prices of the previous bar.
    Repeat,
    /// Bars in stretches that repeat an earlier stretch price by price.
    RepeatedBlock,
    /// Overnight moves close to a split ratio.
    SplitLike,
    /// Moves by more than ten robust standard deviations.
    Outlier,
    /// Outliers that the next bar reverses.
    Spike,
    /// Bars after weekdays on which the market never trades.
    ClosedDay,
    /// Days without a bar, on weekdays that usually have bars.
    MissingDay,
    /// Quotes with a bid above the ask.
    CrossedQuotes,
    /// Returns that follow those of another asset by one bar.
    LeadLag,
    /// Bars of one file that another file lacks.
    DroppedBars,
    /// Bars with fractional volumes.
    FractionalVolume,
    /// Values of a signal whose correlation with the next return is so large that it must know it.
    SignalForesees,
    /// Rows with the time of the previous row; cannot be accepted.
    Duplicate,
    /// Rows earlier than the previous row; cannot be accepted.
    Unsorted,
    /// Rows that cannot be a bar; cannot be accepted.
    ImpossibleBar,
}

impl Code {
    /// Returns true if an env file may accept the finding. Unusable rows cannot be accepted: their
    /// file is refused, so there are no prices to train on.
    #[must_use]
    pub const fn can_be_accepted(self) -> bool {
        !matches!(self, Self::Duplicate | Self::Unsorted | Self::ImpossibleBar)
    }
}

impl fmt::Display for Code {
    /// Writes the name used in JSON and env files, such as `split_like`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// All findings about a panel: about its calendar, then about leads between assets, then asset by
/// asset.
#[must_use]
pub fn audit(panel: &Panel) -> Vec<Finding> {
    let mut findings = steps::find(panel);
    findings.extend(days::find(panel));
    findings.extend(lead_lag::find(panel));
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
        findings.extend(signals::find(panel, asset));
    }
    findings
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hours {
    /// Continuous trading, except for outages.
    Always,
    Sessions,
}

struct Series<'a> {
    symbol: &'a str,
    ends: &'a [DateTime<Utc>],
    bars: &'a [Bar],
}

impl Series<'_> {
    /// Finding about the bars `rows`; `None` if `rows` is empty.
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

    /// Indices of the bars, from the second on, for which `holds(previous, bar)` is true.
    fn rows(&self, holds: impl Fn(&Bar, &Bar) -> bool) -> Vec<usize> {
        (1..self.bars.len())
            .filter(|&t| holds(&self.bars[t - 1], &self.bars[t]))
            .collect()
    }
}
