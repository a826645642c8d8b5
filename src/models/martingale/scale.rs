//! Volatilities and correlations of a history.

#![allow(
    clippy::cast_precision_loss,
    reason = "counts of bars are far below 2^52; lengths of time need no exact nanosecond"
)]

use crate::{
    market::{Bar, BarTimes, Panel, instant::instant_ns},
    models::cholesky::Cholesky,
};

/// Number of bars on each side of a bar whose squared returns enter its variance.
const WINDOW: usize = 10;
/// Smallest and largest variance of a bar: a volatility of 0.01 bps and of 20 %.
const VARIANCES: (f64, f64) = (1e-12, 0.04);
/// Smallest and largest share of a bar's variance that the time since the previous bar takes.
const GAP_SHARES: (f64, f64) = (0.01, 0.9);
/// Variance of each bar's log return, close to close: the mean of the squared returns around it.
pub(super) fn variances(bars: &[Bar]) -> Vec<f64> {
    let mut sums = vec![0.0];
    for (t, bar) in bars.iter().enumerate() {
        let before = if t == 0 { bar.open } else { bars[t - 1].close };
        let square = (bar.close / before).ln().powi(2).min(VARIANCES.1);
        sums.push(sums[t] + square);
    }
    let around = |t: usize| {
        let (from, to) = (t.saturating_sub(WINDOW), (t + WINDOW + 1).min(bars.len()));
        let mean = (sums[to] - sums[from]) / (to - from) as f64;
        mean.clamp(VARIANCES.0, VARIANCES.1)
    };
    (0..bars.len()).map(around).collect()
}

/// Instants at which a file's bars open and end, each with the sum of the variances up to it.
pub(super) fn knots(times: &BarTimes, variances: &[f64]) -> Vec<(i128, f64)> {
    let BarTimes {
        opens, ends, bars, ..
    } = times;
    let has_gap = |&t: &usize| opens[t] > ends[t - 1];
    let (mut inside, mut whole) = (0.0, 0.0);
    for t in (1..bars.len()).filter(has_gap) {
        let before = bars[t - 1].close;
        inside += (bars[t].open / before).ln().powi(2);
        whole += (bars[t].open / before).ln().powi(2) + (bars[t].close / bars[t].open).ln().powi(2);
    }
    let share = if whole > 0.0 { inside / whole } else { 0.0 };
    let share = share.clamp(GAP_SHARES.0, GAP_SHARES.1);
    let mut knots: Vec<(i128, f64)> = Vec::with_capacity(2 * bars.len());
    let mut total = 0.0;
    for t in 0..bars.len() {
        let open = instant_ns(opens[t]);
        match knots.last() {
            None => knots.push((open, 0.0)),
            Some(&(end, _)) if open > end => {
                total += share * variances[t];
                knots.push((open, total));
                total += (1.0 - share) * variances[t];
            }
            Some(_) => total += variances[t],
        }
        if t == 0 {
            total += variances[t];
        }
        knots.push((instant_ns(ends[t]), total));
    }
    knots
}

/// Volatility between neighboring instants, by linear interpolation of the variance in `knots`.
pub(super) fn between(knots: &[(i128, f64)], instants: &[i128]) -> Vec<f64> {
    let mut next = 0;
    let mut up_to = |at: i128| {
        while next < knots.len() && knots[next].0 < at {
            next += 1;
        }
        match (next.checked_sub(1).map(|last| knots[last]), knots.get(next)) {
            (None, _) => 0.0,
            (Some((_, total)), None) => total,
            (Some((from, low)), Some(&(to, high))) => {
                low + (high - low) * ((at - from) as f64 / (to - from) as f64)
            }
        }
    };
    let mut before = 0.0;
    let step = |&at: &i128| {
        let now = up_to(at);
        let step: f64 = now - before;
        before = now;
        step.max(0.0).sqrt()
    };
    instants.iter().map(step).collect()
}

/// Factor of the correlation of the assets' log returns, shrunk by 5 %, or more where the matrix
/// would not be positive definite.
pub(super) fn correlation(panel: &Panel) -> Cholesky {
    let n = panel.n_assets();
    let mut products = vec![0.0; n * n];
    for t in 1..panel.n_bars() {
        let pairs = panel.row(t).iter().zip(panel.row(t - 1));
        let returns: Vec<f64> = pairs
            .map(|(now, old)| (now.close / old.close).ln())
            .collect();
        for i in 0..n {
            for j in 0..n {
                products[i * n + j] += returns[i] * returns[j];
            }
        }
    }
    let mut kept = 0.95;
    loop {
        let entry = |k: usize| {
            let (i, j) = (k / n, k % n);
            let scale = (products[i * n + i] * products[j * n + j]).sqrt();
            match (i == j, scale > 0.0) {
                (true, _) => 1.0,
                (false, true) => kept * products[k] / scale,
                (false, false) => 0.0,
            }
        };
        let matrix: Vec<f64> = (0..n * n).map(entry).collect();
        // With `kept` = 0 the matrix is the identity, whose factor exists.
        match Cholesky::new(&matrix, n, 1e-9) {
            Ok(factor) => return factor,
            Err(_) => kept = if kept > 0.1 { kept - 0.1 } else { 0.0 },
        }
    }
}
