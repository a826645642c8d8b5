//! Extraction of a crash from a panel.

use super::{Crash, CrashBar, CrashError, CrashSource};
use crate::{market::Panel, stats::std_dev};
use std::ops::Range;

/// Number of log returns in a volatility estimate. Unit: bars.
pub const VOLATILITY_BARS: usize = 60;

/// Volatility known at the close of the bar before `row`: the sample standard deviation (divisor
/// n − 1) of the last [`VOLATILITY_BARS`] log returns of closes. Unit: log return per bar.
///
/// `None` for too few bars before `row` or an unknown asset.
#[must_use]
pub fn volatility_before(panel: &Panel, asset: usize, row: usize) -> Option<f64> {
    if asset >= panel.n_assets() || row > panel.n_bars() {
        return None;
    }
    let first = row.checked_sub(VOLATILITY_BARS + 1)?;
    let closes: Vec<f64> = (first..row).map(|t| panel.row(t)[asset].close).collect();
    std_dev(&log_returns(&closes))
}

pub(super) fn log_returns(closes: &[f64]) -> Vec<f64> {
    closes
        .windows(2)
        .map(|pair| (pair[1] / pair[0]).ln())
        .collect()
}

/// Rows of a panel to extract as a crash, and its description.
///
/// ```no_run
/// use shockproof::{crash::Cut, ingest::{BarLabel, Calendar, DataFile, read_panel}};
///
/// let file = DataFile::new("WTI", "data/wti_spot_1d_1986_2019.csv", BarLabel::Open);
/// let ingested = read_panel(&[file], Calendar::Refuse, None)?;
/// let crash = Cut {
///     name: "oil_2008",
///     title: "Oil after Lehman Brothers",
///     file: "wti_spot_1d_1986_2019.csv",
///     sha256: &ingested.report.files[0].sha256,
///     symbol: "WTI",
///     rows: 5_700..5_720,
/// }
/// .of(&ingested.panel)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut<'a> {
    /// Name of the crash.
    pub name: &'a str,
    /// Title of the crash.
    pub title: &'a str,
    /// Name of the price file.
    pub file: &'a str,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: &'a str,
    /// Symbol of the asset in the panel.
    pub symbol: &'a str,
    /// Rows of the panel to extract.
    pub rows: Range<usize>,
}

impl Cut<'_> {
    /// Extracts the crash.
    ///
    /// # Errors
    /// [`CrashError`] for an unknown asset, rows outside the panel or too early in it, and constant
    /// prices before the rows.
    pub fn of(&self, panel: &Panel) -> Result<Crash, CrashError> {
        let asset = find_asset(panel, self.name, self.symbol)?;
        check_rows(panel, self.name, &self.rows)?;
        let row = self.rows.start;
        let volatility = known_volatility(panel, asset, row)?;
        let bars = self.rows.clone().map(|t| {
            let close_before = panel.row(t - 1)[asset].close;
            let bar = panel.row(t)[asset];
            let moved = |price: f64| (price / close_before).ln() / volatility;
            CrashBar {
                open: moved(bar.open),
                high: moved(bar.high),
                low: moved(bar.low),
                close: moved(bar.close),
            }
        });
        let crash = Crash {
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            source: Some(CrashSource {
                file: self.file.to_owned(),
                sha256: self.sha256.to_owned(),
                symbol: self.symbol.to_owned(),
                bar_seconds: panel.bar_length().num_seconds(),
                first: panel.timestamps()[row],
                last: panel.timestamps()[self.rows.end - 1],
                volatility,
            }),
            bars: bars.collect(),
        };
        crash.check().map(|()| crash)
    }
}

pub(super) fn find_asset(panel: &Panel, crash: &str, symbol: &str) -> Result<usize, CrashError> {
    let position = panel.symbols().iter().position(|s| s == symbol);
    position.ok_or_else(|| CrashError::Asset {
        crash: crash.to_owned(),
        found: symbol.to_owned(),
        symbols: panel.symbols().to_vec(),
    })
}

/// Refuses rows that are empty, outside the panel, or too early for a volatility estimate.
pub(super) fn check_rows(
    panel: &Panel,
    crash: &str,
    rows: &Range<usize>,
) -> Result<(), CrashError> {
    let earliest = VOLATILITY_BARS + 1;
    if !rows.is_empty() && rows.start >= earliest && rows.end <= panel.n_bars() {
        return Ok(());
    }
    Err(CrashError::Rows {
        crash: crash.to_owned(),
        first: rows.start,
        end: rows.end,
        earliest,
        n_bars: panel.n_bars(),
    })
}

/// Volatility known before a row; an error unless it is positive.
pub(super) fn known_volatility(panel: &Panel, asset: usize, row: usize) -> Result<f64, CrashError> {
    let known = volatility_before(panel, asset, row);
    known.filter(|&v| v > 0.0).ok_or_else(|| CrashError::Still {
        symbol: panel.symbols()[asset].clone(),
        row,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{constant, panel};
    use super::*;

    fn cut(rows: Range<usize>) -> Cut<'static> {
        Cut {
            name: "x",
            title: "X",
            file: "x.csv",
            sha256: "0",
            symbol: "B",
            rows,
        }
    }

    #[test]
    fn volatility_uses_the_sixty_returns_before_the_row_only() {
        let panel = panel(3);
        let row = 80;
        let closes: Vec<f64> = (19..80).map(|t| panel.row(t)[1].close.ln()).collect();
        let returns: Vec<f64> = closes.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(returns.len(), 60);
        let mean = returns.iter().sum::<f64>() / 60.0;
        let variance = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 59.0;
        let found = volatility_before(&panel, 1, row).unwrap();
        assert!((found / variance.sqrt() - 1.0).abs() < 1e-12);
        // Bars from `row` on have no influence.
        let past = panel.slice(0..row).unwrap();
        assert_eq!(volatility_before(&past, 1, row), Some(found));
        assert_eq!(volatility_before(&panel, 1, VOLATILITY_BARS), None);
        assert_eq!(volatility_before(&panel, 2, row), None);
        assert_eq!(volatility_before(&past, 1, row + 1), None);
    }

    #[test]
    fn moves_times_volatility_equal_log_moves() {
        let panel = panel(5);
        let crash = cut(70..75).of(&panel).unwrap();
        let source = crash.source.as_ref().unwrap();
        assert_eq!(source.first, panel.timestamps()[70]);
        assert_eq!(source.last, panel.timestamps()[74]);
        assert_eq!(source.bar_seconds, 86_400);
        let total = (panel.row(74)[1].close / panel.row(69)[1].close).ln();
        assert!((crash.total_move() * source.volatility - total).abs() < 1e-12);
        let gap = (panel.row(72)[1].open / panel.row(71)[1].close).ln();
        assert!((crash.bars[2].open * source.volatility - gap).abs() < 1e-14);
    }

    #[test]
    fn errors_name_the_asset_and_the_rows() {
        let panel = panel(6);
        let n = panel.n_bars();
        for rows in [60..65, 70..70, n - 1..n + 1] {
            let error = cut(rows).of(&panel).unwrap_err();
            assert!(
                matches!(error, CrashError::Rows { earliest: 61, .. }),
                "{error}"
            );
        }
        let other = Cut {
            symbol: "C",
            ..cut(70..75)
        };
        let message = other.of(&panel).unwrap_err().to_string();
        assert!(
            message.contains("\"C\"") && message.contains("A, B"),
            "{message}"
        );
        let message = cut(70..75).of(&constant()).unwrap_err().to_string();
        assert!(message.contains("B before row 70"), "{message}");
    }
}
