//! Quartiles over seeds, at every bar.

use crate::{eval::Ledger, stats::quantile};
use chrono::{DateTime, Utc};

/// Quartiles over `ledgers` of a quantity at every bar, as pairs (bar end in seconds since 1970,
/// quartiles). `quantity` returns one value per bar of a ledger; the ledgers begin at the same bar.
/// A ledger that ends early keeps its last value. `None` if there is no bar.
pub(crate) fn paths(
    ledgers: &[&Ledger],
    quantity: impl Fn(&Ledger) -> Vec<f64>,
) -> Option<Vec<(f64, [f64; 3])>> {
    let longest = ledgers
        .iter()
        .max_by_key(|ledger| ledger.timestamps.len())?;
    let mut columns: Vec<Vec<f64>> = ledgers.iter().map(|ledger| quantity(ledger)).collect();
    columns.retain(|column| !column.is_empty());
    if columns.is_empty() {
        return None;
    }
    let at = |(bar, time)| {
        let values = columns.iter().filter_map(|c| c.get(bar).or(c.last()));
        let at = quartiles(&values.copied().collect::<Vec<_>>());
        (seconds(time), at.unwrap_or([f64::NAN; 3]))
    };
    Some(longest.timestamps.iter().enumerate().map(at).collect())
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
        assert_eq!(paths.len(), long.equity.len());
        let expected = f64::midpoint(short.equity[9], long.equity[30]);
        assert!((paths[30].1[1] - expected).abs() < 1e-6);
    }
}
