//! Curves over seeds: quartiles at every bar.

use crate::{eval::Ledger, stats::quantile};
use chrono::{DateTime, Utc};

/// Quartiles over seeds of a quantity at every bar.
#[derive(Debug)]
pub(crate) struct Paths {
    /// Bar ends, seconds since 1970.
    pub(crate) times: Vec<f64>,
    /// Lower quartile, median, upper quartile, each `[n_bars]`.
    pub(crate) quartiles: [Vec<f64>; 3],
    pub(crate) n_seeds: usize,
}

impl Paths {
    /// Points (time, median).
    pub(crate) fn median(&self) -> Vec<(f64, f64)> {
        let times = self.times.iter().copied();
        times.zip(self.quartiles[1].iter().copied()).collect()
    }
}

/// Quartiles of `quantity` (`[n_bars]` per ledger) over ledgers of one calendar. A ledger that ends
/// early (a ruined account) keeps its last value. `None` if there is no bar.
pub(crate) fn paths(ledgers: &[&Ledger], quantity: impl Fn(&Ledger) -> Vec<f64>) -> Option<Paths> {
    let longest = ledgers
        .iter()
        .max_by_key(|ledger| ledger.timestamps.len())?;
    let mut columns: Vec<Vec<f64>> = ledgers.iter().map(|ledger| quantity(ledger)).collect();
    columns.retain(|column| !column.is_empty());
    if columns.is_empty() {
        return None;
    }
    let mut seeds = [const { Vec::new() }; 3];
    for bar in 0..longest.timestamps.len() {
        let values = columns.iter().filter_map(|c| c.get(bar).or(c.last()));
        let at = quartiles(&values.copied().collect::<Vec<_>>()).unwrap_or([f64::NAN; 3]);
        for (quartile, value) in seeds.iter_mut().zip(at) {
            quartile.push(value);
        }
    }
    Some(Paths {
        times: longest.timestamps.iter().map(seconds).collect(),
        quartiles: seeds,
        n_seeds: columns.len(),
    })
}

/// Position on a time axis: seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "an axis position")]
pub(crate) const fn seconds(time: &DateTime<Utc>) -> f64 {
    time.timestamp() as f64
}

/// Lower quartile, median, upper quartile; `None` if there is no value or a NaN.
pub(crate) fn quartiles(values: &[f64]) -> Option<[f64; 3]> {
    Some([
        quantile(values, 0.25)?,
        quantile(values, 0.5)?,
        quantile(values, 0.75)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::demo;

    #[test]
    fn a_ruined_seed_stays_where_it_ended() {
        let long = demo::ledgers().remove(0);
        let mut short = long.clone();
        short.timestamps.truncate(10);
        short.equity.truncate(10);
        let paths = paths(&[&short, &long], |ledger| ledger.equity.clone()).unwrap();
        assert_eq!((paths.times.len(), paths.n_seeds), (long.equity.len(), 2));
        let expected = f64::midpoint(short.equity[9], long.equity[30]);
        assert!((paths.quartiles[1][30] - expected).abs() < 1e-6);
    }
}
