//! Signals that know the next bar: a column shifted into the past, or a stamp before publication.

use super::{Code, Finding, Severity};
use crate::market::Panel;
use crate::stats::mean;
use serde::Serialize;

/// Smallest absolute correlation with the next return that is reported. At the least number of bars
/// it is five standard errors of a correlation of zero.
const FORESIGHT: f64 = 0.5;

const LEAST_BARS: usize = 100;

/// Correlation of a signal with the next return.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Foresight {
    /// Name of the signal.
    pub signal: String,
    /// Asset with the largest absolute correlation.
    pub symbol: String,
    /// Correlation of the signal's values, or of their changes from bar to bar, with the log return
    /// of the next bar; `None` in 101 bars or fewer.
    pub correlation: Option<f64>,
    /// Absolute correlation from which the audit refuses the signal.
    pub limit: f64,
}

impl Foresight {
    /// Returns true if the correlation reaches the limit, so the signal must know the next bar.
    #[must_use]
    pub fn is_leak(&self) -> bool {
        self.correlation
            .is_some_and(|found| found.abs() >= self.limit)
    }
}

/// Foresight of each signal of `panel`.
#[must_use]
pub fn foresights(panel: &Panel) -> Vec<Foresight> {
    let of_signal = |(k, name): (usize, &String)| {
        let mut largest = Foresight {
            signal: name.clone(),
            symbol: panel.symbols()[0].clone(),
            correlation: None,
            limit: FORESIGHT,
        };
        for (asset, symbol) in panel.symbols().iter().enumerate() {
            let found = foresight(panel, asset, k).map(|(_, found)| found);
            if found.map(f64::abs) > largest.correlation.map(f64::abs) {
                largest.correlation = found;
                largest.symbol.clone_from(symbol);
            }
        }
        largest
    };
    panel
        .signal_names()
        .iter()
        .enumerate()
        .map(of_signal)
        .collect()
}

/// Correlation of signal `k` with the next log return of the asset, and its kind: that of the
/// values or that of their changes, whichever is larger.
fn foresight(panel: &Panel, asset: usize, k: usize) -> Option<(&'static str, f64)> {
    let closes: Vec<f64> = panel.asset(asset).map(|bar| bar.close).collect();
    let next: Vec<f64> = closes
        .windows(2)
        .map(|pair| (pair[1] / pair[0]).ln())
        .collect();
    if next.len() <= LEAST_BARS {
        return None;
    }
    let values: Vec<f64> = (0..next.len()).map(|t| panel.signals(t)[k]).collect();
    let changes: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (of_values, of_changes) = (
        correlation(&values, &next),
        correlation(&changes, &next[1..]),
    );
    Some(if of_values.abs() >= of_changes.abs() {
        ("value", of_values)
    } else {
        ("change", of_changes)
    })
}

/// Findings about signals that correlate with the next log return of the asset: their values, or
/// the changes of their values from bar to bar.
pub(super) fn find(panel: &Panel, asset: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (k, name) in panel.signal_names().iter().enumerate() {
        let Some((what, found)) = foresight(panel, asset, k) else {
            continue;
        };
        if found.abs() < FORESIGHT {
            continue;
        }
        let message = format!(
            "the {what} of signal {name:?} correlates by {found:+.2} with the return of the next \
             bar, as only a value of the next bar does; give the moment at which it is known, such \
             as `known: After(bars: 1)`"
        );
        let (code, first) = (Code::SignalForesees, panel.timestamps()[0]);
        let n_values = panel.n_bars() - 1;
        let finding = Finding::new(Severity::Error, code, n_values, first, message);
        findings.push(finding.about(&panel.symbols()[asset]));
    }
    findings
}

/// Sample correlation; 0 if one side is constant.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let (Some(mean_x), Some(mean_y)) = (mean(x), mean(y)) else {
        return 0.0;
    };
    let [mut xx, mut xy, mut yy] = [0.0; 3];
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    if xx * yy > 0.0 {
        xy / (xx * yy).sqrt()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::audit::audit;
    use crate::market::Bar;
    use crate::rng::{Component, Streams};
    use chrono::{DateTime, TimeDelta};
    use rand_distr::{Distribution, StandardNormal};

    const N: usize = 400;

    /// Panel of the first `N` of `N + 1` closes of a random walk, with the signal `of(t, closes,
    /// noise)`.
    fn panel(of: impl Fn(usize, &[f64], f64) -> f64) -> Panel {
        let mut rng = Streams::new(3).stream(Component::Market, 0);
        let mut draw = || -> f64 { StandardNormal.sample(&mut rng) };
        let mut closes = vec![100.0];
        for _ in 0..N {
            closes.push(closes[closes.len() - 1] * (0.01 * draw()).exp());
        }
        let bar = |price: &f64| Bar {
            open: *price,
            high: *price,
            low: *price,
            close: *price,
            volume: 1.0,
        };
        let day = TimeDelta::days(1);
        let ends = std::iter::successors(Some(DateTime::UNIX_EPOCH), |end| Some(*end + day));
        let bars: Vec<Bar> = closes[..N].iter().map(bar).collect();
        let panel = Panel::new(vec!["X".to_owned()], ends.take(N).collect(), bars, day).unwrap();
        let values = (0..N).map(|t| of(t, &closes, draw())).collect();
        panel
            .with_signals(vec!["score".to_owned()], values)
            .unwrap()
    }

    fn found(panel: &Panel) -> Option<String> {
        let findings = audit(panel);
        let of_signals = |finding: &&Finding| finding.code == Code::SignalForesees;
        let finding = findings.iter().find(of_signals)?;
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(finding.symbol.as_deref(), Some("X"));
        Some(finding.message.clone())
    }

    #[test]
    fn a_column_shifted_into_the_past_is_found() {
        let next_return = panel(|t, closes, _| closes[t + 1] / closes[t] - 1.0);
        assert!(
            found(&next_return)
                .unwrap()
                .contains("value of signal \"score\"")
        );
        let next_close = panel(|t, closes, _| closes[t + 1]);
        assert!(
            found(&next_close)
                .unwrap()
                .contains("change of signal \"score\"")
        );
        let half_noise = panel(|t, closes, noise| closes[t + 1] / closes[t] - 1.0 + 0.01 * noise);
        assert!(found(&half_noise).is_some());
    }

    #[test]
    fn honest_columns_are_not_found() {
        let close = panel(|t, closes, _| closes[t]);
        let last_return = panel(|t, closes, _| closes[t] / closes[t.saturating_sub(1)] - 1.0);
        let noise = panel(|_, _, noise| noise);
        // The correlation with the next return is about 0.2, more than real signals have.
        let weak = panel(|t, closes, noise| closes[t + 1] / closes[t] - 1.0 + 0.05 * noise);
        for panel in [close, last_return, noise, weak, panel(|_, _, _| 1.0)] {
            assert_eq!(found(&panel), None);
        }
    }
}
