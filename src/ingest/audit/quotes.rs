//! Signs that bars do not come from trades.

use super::{Code, Finding, Hours, Series, Severity, days::span};
use crate::market::Bar;

/// Relative tolerance of equal prices (0.01 bp): above rounding by adjustment, below any tick.
const SAME: f64 = 1e-6;

/// Window, in bars, for the share of opens at the previous close: about a year of days.
const WINDOW: usize = 250;

/// Share of bars that counts as nearly all. Unit: percent.
const NEARLY_ALL: usize = 95;

pub(super) fn find(series: &Series, hours: Hours) -> Vec<Finding> {
    [
        zero_volume(series),
        flat(series),
        open_is_previous_close(series, hours),
        repeats(series),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn zero_volume(series: &Series) -> Option<Finding> {
    let rows = rows_where(series.bars, |bar| bar.volume <= 0.0);
    let message = if rows.len() == series.bars.len() {
        "no bar has volume: costs that depend on volume cannot be computed"
    } else {
        "no volume: nothing could have been traded then"
    };
    series.finding(Severity::Warning, Code::ZeroVolume, &rows, message)
}

fn flat(series: &Series) -> Option<Finding> {
    let rows = rows_where(series.bars, |bar| bar.high <= bar.low);
    let message = if rows.len() == series.bars.len() {
        "every bar has a single price: a fill at the open is a fill at the close of the same bar, \
         and ranges are zero"
    } else {
        "a single price: the range of the bar says nothing"
    };
    series.finding(Severity::Warning, Code::FlatBar, &rows, message)
}

fn open_is_previous_close(series: &Series, hours: Hours) -> Option<Finding> {
    let rows = series.rows(|previous, bar| same(bar.open, previous.close));
    let n = series.bars.len();
    let window = WINDOW.min(n);
    // Number of found rows in the `window` bars up to and including each found row.
    let n_before: Vec<usize> = rows
        .iter()
        .enumerate()
        .map(|(i, &t)| i + 1 - rows.partition_point(|&row| row + window <= t))
        .collect();
    let worst = n_before.iter().copied().max().unwrap_or(0);
    let shares = format!(
        "{} % of bars ({} % of the worst {window} in a row) open exactly where the one before \
         closed",
        percent(rows.len(), n),
        percent(worst, window),
    );
    let code = Code::OpenIsPreviousClose;
    if hours == Hours::Always && 100 * rows.len() > NEARLY_ALL * n {
        let message = format!(
            "{shares}, as is natural where a market never closes: the open is no price of its own, \
             and a fill at it is a fill at the close that was decided on"
        );
        return series.finding(Severity::Info, code, &rows, message);
    }
    // A few opens near the previous close are natural; a majority is not.
    let most = |(i, _): &(usize, &usize)| 2 * n_before[*i] > window;
    let mut mostly = rows.iter().enumerate().filter(most).map(|(_, &t)| t);
    let (severity, when) = match mostly.next() {
        Some(first) => {
            let last = mostly.next_back().unwrap_or(first);
            let first = (first + 1).saturating_sub(window);
            let when = span(series.ends[first], series.ends[last]);
            (Severity::Warning, format!(", most of them from {when}"))
        }
        None => (Severity::Info, String::new()),
    };
    let message =
        format!("{shares}{when}: a fill at that open is a fill at the close that was decided on");
    series.finding(severity, code, &rows, message)
}

fn repeats(series: &Series) -> Option<Finding> {
    let rows = series.rows(|previous, bar| {
        same(bar.open, previous.open)
            && same(bar.high, previous.high)
            && same(bar.low, previous.low)
            && same(bar.close, previous.close)
    });
    let message = "all prices are those of the bar before: a stale feed, or nothing traded";
    series.finding(Severity::Warning, Code::Repeat, &rows, message)
}

fn rows_where(bars: &[Bar], holds: impl Fn(&Bar) -> bool) -> Vec<usize> {
    (0..bars.len()).filter(|&t| holds(&bars[t])).collect()
}

fn same(left: f64, right: f64) -> bool {
    (left - right).abs() <= SAME * right
}

#[allow(clippy::cast_precision_loss, reason = "counts of bars, far below 2^53")]
fn percent(part: usize, whole: usize) -> String {
    format!("{:.1}", 100.0 * part as f64 / whole as f64)
}
