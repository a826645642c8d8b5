//! Bars that were written rather than traded.

use super::{Code, Finding, Series, Severity};
use crate::market::Bar;

/// Two prices are the same when they differ by less than this fraction (0.01 bp): above the rounding of an adjustment, below
/// any tick.
const SAME: f64 = 1e-6;

/// Bars (about a year of days) over which the share of opens at the previous close is taken.
const WINDOW: usize = 250;

pub(super) fn find(series: &Series) -> Vec<Finding> {
    [
        zero_volume(series),
        flat(series),
        open_is_previous_close(series),
        repeats(series),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn zero_volume(series: &Series) -> Option<Finding> {
    let rows = rows_where(series.bars, |bar| bar.volume <= 0.0);
    let message = if rows.len() == series.bars.len() {
        "no bar has volume: costs that depend on volume cannot be computed".to_owned()
    } else {
        "no volume: nothing could have been traded then".to_owned()
    };
    series.finding(Severity::Warning, Code::ZeroVolume, &rows, message)
}

fn flat(series: &Series) -> Option<Finding> {
    let rows = rows_where(series.bars, |bar| bar.high <= bar.low);
    let message = if rows.len() == series.bars.len() {
        "every bar has a single price: a fill at the open is a fill at the close of the same bar, and ranges are zero".to_owned()
    } else {
        "a single price: the range of the bar says nothing".to_owned()
    };
    series.finding(Severity::Warning, Code::FlatBar, &rows, message)
}

fn open_is_previous_close(series: &Series) -> Option<Finding> {
    let rows = series.rows(|previous, bar| same(bar.open, previous.close));
    let n = series.bars.len();
    let window = WINDOW.min(n);
    // Among bars t - window + 1 ..= t, ending at one of the rows found, how many were found.
    let worst = rows
        .iter()
        .enumerate()
        .map(|(i, &t)| i + 1 - rows.partition_point(|&row| row + window <= t))
        .max()
        .unwrap_or(0);
    // In a market that never closes an open near the previous close is natural; most of them is not.
    let severity = if 2 * worst > window {
        Severity::Warning
    } else {
        Severity::Info
    };
    let message = format!(
        "{} % of bars ({} % of the worst {window} in a row) open exactly where the one before closed: a fill at that open is a fill at the close that was decided on",
        percent(rows.len(), n),
        percent(worst, window),
    );
    series.finding(severity, Code::OpenIsPreviousClose, &rows, message)
}

fn repeats(series: &Series) -> Option<Finding> {
    let rows = series.rows(|previous, bar| {
        same(bar.open, previous.open)
            && same(bar.high, previous.high)
            && same(bar.low, previous.low)
            && same(bar.close, previous.close)
    });
    let message =
        "all prices are those of the bar before: a stale feed, or nothing traded".to_owned();
    series.finding(Severity::Warning, Code::Repeat, &rows, message)
}

fn rows_where(bars: &[Bar], holds: impl Fn(&Bar) -> bool) -> Vec<usize> {
    (0..bars.len()).filter(|&t| holds(&bars[t])).collect()
}

fn same(left: f64, right: f64) -> bool {
    (left - right).abs() <= SAME * right
}

/// With one decimal.
#[allow(clippy::cast_precision_loss, reason = "counts of bars, far below 2^53")]
fn percent(part: usize, whole: usize) -> String {
    format!("{:.1}", 100.0 * part as f64 / whole as f64)
}
