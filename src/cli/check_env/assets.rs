//! Statistics of an asset's bars.

use super::figures::percent;
use crate::{eval::metrics::bars_per_year, market::Panel, stats::std_dev};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;

/// One asset over all bars of an env.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct AssetFacts {
    pub(super) symbol: String,
    pub(super) first: f64,
    pub(super) last: f64,
    /// Annual volatility: sample deviation of close-to-close log returns times √(bars per year).
    pub(super) volatility: Option<f64>,
    /// Lowest close-to-close return.
    pub(super) worst: Option<Extreme>,
    /// Highest close-to-close return.
    pub(super) best: Option<Extreme>,
}

/// Simple return of one bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Extreme {
    pub(super) simple_return: f64,
    pub(super) end: DateTime<Utc>,
}

impl fmt::Display for Extreme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.end.format("%Y-%m-%d");
        write!(f, "{} {date}", percent(self.simple_return))
    }
}

pub(super) fn assets(panel: &Panel) -> Vec<AssetFacts> {
    let per_year = bars_per_year(panel.timestamps());
    let of_asset = |(asset, symbol): (usize, &String)| {
        let closes: Vec<f64> = panel.asset(asset).map(|bar| bar.close).collect();
        let log_returns: Vec<f64> = closes.windows(2).map(|p| (p[1] / p[0]).ln()).collect();
        let returns = || {
            let bars = panel.timestamps().iter().skip(1).zip(closes.windows(2));
            bars.map(|(&end, pair)| Extreme {
                simple_return: pair[1] / pair[0] - 1.0,
                end,
            })
        };
        let by_return = |a: &Extreme, b: &Extreme| a.simple_return.total_cmp(&b.simple_return);
        AssetFacts {
            symbol: symbol.clone(),
            first: closes.first().copied().unwrap_or_default(),
            last: closes.last().copied().unwrap_or_default(),
            volatility: std_dev(&log_returns)
                .zip(per_year)
                .map(|(per_bar, n)| per_bar * n.sqrt()),
            worst: returns().min_by(by_return),
            best: returns().max_by(by_return),
        }
    };
    panel.symbols().iter().enumerate().map(of_asset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Bar;
    use chrono::TimeDelta;

    fn panel(closes: &[f64]) -> Panel {
        let day = TimeDelta::days(1);
        let mut end = DateTime::UNIX_EPOCH;
        let mut ends = Vec::new();
        let mut bars = Vec::new();
        for &close in closes {
            end += day;
            ends.push(end);
            bars.push(Bar {
                open: close,
                high: close,
                low: close,
                close,
                volume: 0.0,
            });
        }
        Panel::new(vec!["X".to_owned()], ends, bars, day).unwrap()
    }

    #[test]
    fn volatility_and_extremes_are_those_of_the_closes() {
        // Log returns a, -a, a, -a: sample variance 4 a² / 3.
        let a = 0.1_f64;
        let up = a.exp();
        let facts = &assets(&panel(&[1.0, up, 1.0, up, 1.0]))[0];
        let expected = (4.0 * a * a / 3.0 * 365.25).sqrt();
        assert!((facts.volatility.unwrap() - expected).abs() < 1e-12);
        let (worst, best) = (facts.worst.unwrap(), facts.best.unwrap());
        assert!((worst.simple_return - (1.0 / up - 1.0)).abs() < 1e-12);
        assert!((best.simple_return - (up - 1.0)).abs() < 1e-12);
        assert_eq!(best.end.timestamp(), 4 * 86_400);
    }

    #[test]
    fn one_bar_has_no_returns() {
        let facts = &assets(&panel(&[5.0]))[0];
        assert_eq!(
            (facts.volatility, facts.worst, facts.best),
            (None, None, None)
        );
    }
}
