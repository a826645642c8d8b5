//! Stationary bootstrap of a history.

use super::{
    ModelError,
    bounds::{self, Bound},
    calendar,
    streams::{Purpose, stream},
};
use crate::market::{Bar, Panel};
use crate::rng::{Rng, Streams};
use chrono::{DateTime, Utc};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

/// Stationary bootstrap over whole bars.
///
/// The new panel consists of rows of the history: the next row is the successor of the current row
/// with probability 1 − 1/L, else a row drawn uniformly. The successor of the last row is the first
/// row that can be drawn. Block lengths are therefore geometric with mean L, and the new series is
/// stationary. A row is drawn whole, which keeps the dependence between assets; each bar keeps its
/// volume, its tradability and its prices relative to the previous close. The first bar of the
/// history has no previous close and is never drawn. Source: Politis and Romano 1994, section 2.
///
/// Given the history, a log return has the mean and variance of the history's rows; its
/// autocovariance at lag h is (1 − 1/L)^h times the circular autocovariance of the history.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct BlockBootstrap {
    /// Mean block length L; 1 draws independent rows. Unit: bars. Range: [1, ∞). Try first: 20.
    pub mean_block: f64,
    /// Number of bars. Range: [1, 100 000 000 / number of assets].
    pub n_bars: usize,
    /// Start of the first bar. Unit: UTC.
    pub start: DateTime<Utc>,
}

impl BlockBootstrap {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`ModelError`] naming the first invalid parameter.
    pub fn check(&self) -> Result<(), ModelError> {
        calendar::check_counts(1, self.n_bars)?;
        let bound = Bound::AtLeast(1.0, "a finite number >= 1");
        bounds::check("BlockBootstrap", &[("mean_block", self.mean_block, bound)])
    }

    /// Draws path number `path` under the seed of `streams`. Bars have the history's bar length and
    /// follow each other without gaps; prices start from the first closes of the history.
    ///
    /// # Errors
    /// [`ModelError`] from [`BlockBootstrap::check`], for a history of one bar, or a price
    /// overflow.
    pub fn panel(
        &self,
        history: &Panel,
        streams: &Streams,
        path: u32,
    ) -> Result<Panel, ModelError> {
        self.check()?;
        let n_assets = history.n_assets();
        calendar::check_counts(n_assets, self.n_bars)?;
        let ends = calendar::bar_ends(self.start, history.bar_length(), self.n_bars)?;
        let rows = self.rows(
            history.n_bars(),
            &mut stream(*streams, path, 0, Purpose::Blocks),
        )?;
        let mut closes: Vec<f64> = history.row(0).iter().map(|bar| bar.close).collect();
        let mut bars = Vec::with_capacity(rows.len() * n_assets);
        let mut signals = Vec::with_capacity(rows.len() * history.signal_names().len());
        let mut tradable = Vec::with_capacity(rows.len() * n_assets);
        for row in rows {
            tradable.extend((0..n_assets).map(|asset| history.is_tradable(row, asset)));
            signals.extend_from_slice(history.signals(row));
            for ((close, bar), before) in closes
                .iter_mut()
                .zip(history.row(row))
                .zip(history.row(row - 1))
            {
                let bar = moved(bar, *close / before.close);
                *close = bar.close;
                bars.push(bar);
            }
        }
        let panel = Panel::new(history.symbols().to_vec(), ends, bars, history.bar_length())?
            .with_tradable(tradable)?;
        Ok(panel.with_signals(history.signal_names().to_vec(), signals)?)
    }

    /// Draws rows of a history of `n_rows`, each in 1..`n_rows`.
    fn rows(&self, n_rows: usize, rng: &mut Rng) -> Result<Vec<usize>, ModelError> {
        if n_rows < 2 {
            return Err(ModelError::Count {
                place: "bars of history",
                found: n_rows,
                expected: "at least two",
            });
        }
        let ends = self.mean_block.recip();
        let mut row = rng.gen_range(1..n_rows);
        Ok((0..self.n_bars)
            .map(|n| {
                if n > 0 {
                    let uniform: f64 = rng.gen_range(0.0..1.0);
                    row = if uniform < ends {
                        rng.gen_range(1..n_rows)
                    } else if row + 1 < n_rows {
                        row + 1
                    } else {
                        1
                    };
                }
                row
            })
            .collect())
    }
}

/// Multiplies all prices by `factor`, which keeps their order.
fn moved(bar: &Bar, factor: f64) -> Bar {
    Bar {
        open: bar.open * factor,
        high: bar.high * factor,
        low: bar.low * factor,
        close: bar.close * factor,
        volume: bar.volume,
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use super::super::tests::every_model;
    use super::super::tests::{Cut, DAY, assert_mean_of_series, market};
    use super::*;

    fn history() -> Panel {
        let market = market(&every_model()[..3], Cut::new(DAY, 4), 301);
        market.panel(&Streams::new(1), 0).unwrap()
    }

    fn returns(panel: &Panel, asset: usize) -> Vec<f64> {
        let closes: Vec<f64> = panel.asset(asset).map(|bar| bar.close.ln()).collect();
        closes.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    fn bootstrap(mean_block: f64, n_bars: usize) -> BlockBootstrap {
        BlockBootstrap {
            mean_block,
            n_bars,
            start: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn drawn_rows_are_whole_rows_of_the_history() {
        let history = history();
        let drawn = bootstrap(10.0, 400)
            .panel(&history, &Streams::new(2), 0)
            .unwrap();
        let shape = |panel: &Panel, row: usize, asset: usize| {
            let (before, bar) = (panel.row(row - 1)[asset].close, panel.row(row)[asset]);
            [bar.open, bar.high, bar.low, bar.close].map(|price| price / before)
        };
        let same = |a: [f64; 4], b: [f64; 4]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        let mut continued = 0;
        let mut last = None;
        for t in 1..400 {
            let rows: Vec<usize> = (1..301)
                .filter(|&row| same(shape(&drawn, t, 0), shape(&history, row, 0)))
                .collect();
            assert_eq!(rows.len(), 1, "row {t}");
            for asset in 1..3 {
                assert!(same(
                    shape(&drawn, t, asset),
                    shape(&history, rows[0], asset)
                ));
            }
            continued += u32::from(last == Some(rows[0] - 1));
            last = Some(rows[0]);
        }
        // About 0.9 of the 398 rows continue a block (1 in 3,000 more by chance); standard
        // deviation 6.
        assert!((334..=382).contains(&continued), "{continued}");
    }

    #[test]
    fn rows_keep_their_signals() {
        let history = history();
        let rows: Vec<f64> = (0..history.n_bars()).map(|row| row as f64).collect();
        let history = history.with_signals(vec!["row".into()], rows).unwrap();
        let drawn = bootstrap(10.0, 400)
            .panel(&history, &Streams::new(2), 0)
            .unwrap();
        assert_eq!(drawn.signal_names(), history.signal_names());
        for t in 1..400 {
            let of_row = |&row: &usize| history.signals(row) == drawn.signals(t);
            let row = (0..history.n_bars()).find(of_row).unwrap();
            let range = |panel: &Panel, t: usize| panel.row(t)[1].high / panel.row(t)[1].low;
            assert!((range(&drawn, t) - range(&history, row)).abs() < 1e-12);
        }
    }

    #[test]
    fn moments_equal_those_of_the_history_and_autocovariance_decays_with_the_block() {
        let history = history();
        let past = returns(&history, 2);
        let n = past.len();
        let mean = crate::stats::mean(&past).unwrap();
        let circular = |lag: usize| -> f64 {
            (0..n)
                .map(|i| (past[i] - mean) * (past[(i + lag) % n] - mean))
                .sum::<f64>()
                / n as f64
        };
        for mean_block in [1.0, 4.0, 25.0] {
            let drawn = bootstrap(mean_block, 200_001)
                .panel(&history, &Streams::new(3), 0)
                .unwrap();
            let drawn: Vec<f64> = returns(&drawn, 2).iter().map(|r| r - mean).collect();
            assert_mean_of_series("mean", &drawn, 0.0, 4.0);
            for lag in [0, 1, 2, 5] {
                let products: Vec<f64> = drawn
                    .iter()
                    .zip(&drawn[lag..])
                    .map(|(x, y)| x * y)
                    .collect();
                let kept = (1.0 - 1.0 / mean_block).powi(i32::try_from(lag).unwrap());
                assert_mean_of_series(&format!("lag {lag}"), &products, kept * circular(lag), 4.0);
            }
        }
    }

    #[test]
    fn invalid_bootstraps_are_refused_by_name() {
        let refusal = |bootstrap: BlockBootstrap, history: &Panel| {
            bootstrap
                .panel(history, &Streams::new(0), 0)
                .unwrap_err()
                .to_string()
        };
        let history = history();
        assert!(refusal(bootstrap(0.5, 10), &history).contains("found mean_block = 0.5"));
        assert!(refusal(bootstrap(2.0, 0), &history).contains("n_bars: found 0"));
        let one = history.slice(0..1).unwrap();
        assert!(refusal(bootstrap(2.0, 9), &one).contains("bars of history: found 1"));
    }
}
