//! Lead and lag between assets: returns that follow those of another asset by one bar.
//!
//! ```text
//! c_k = Σ x_t y_{t+k} / √(Σ x_t² Σ y_t²),  s_k = √(Σ (x_t y_{t+k})²) / √(Σ x_t² Σ y_t²)
//! ```
//!
//! x and y are the log returns of two assets minus their means. `s_k` is the standard error of
//! `c_k` where `c_k` is zero; it allows for fat tails and for volatility that changes (White 1980).

use super::{Code, Finding, Severity};
use crate::market::Panel;

/// Least number of returns.
const LEAST: usize = 50;

/// Number of standard errors from which a correlation counts; a normal variable exceeds it once in
/// 16,000.
const MANY: f64 = 4.0;

/// Smallest lagged correlation that is reported beside a larger one at lag 0; large assets lead
/// small ones by less than this.
const LEAST_BESIDE: f64 = 0.05;

/// A correlation and its standard error.
#[derive(Debug, Clone, Copy)]
struct Correlation {
    value: f64,
    error: f64,
}

pub(super) fn find(panel: &Panel) -> Vec<Finding> {
    let returns: Vec<Vec<f64>> = (0..panel.n_assets())
        .map(|asset| centered_returns(panel, asset))
        .collect();
    let mut findings = Vec::new();
    if panel.n_bars() <= LEAST {
        return findings;
    }
    let squares = |series: &Vec<f64>| series.iter().map(|value| value * value).sum::<f64>();
    let squares: Vec<f64> = returns.iter().map(squares).collect();
    for (leader, x) in returns.iter().enumerate() {
        for (follower, y) in returns.iter().enumerate() {
            let scale = (squares[leader] * squares[follower]).sqrt();
            if leader == follower || scale <= 0.0 {
                continue;
            }
            let now = correlation(x, y, scale);
            let late = correlation(&x[..x.len() - 1], &y[1..], scale);
            let names = [&panel.symbols()[leader], &panel.symbols()[follower]];
            if let Some((severity, message)) = judge(names, now, late) {
                let (count, first) = (y.len(), panel.timestamps()[1]);
                let finding = Finding::new(severity, Code::LeadLag, count, first, message);
                findings.push(finding.about(names[1]));
            }
        }
    }
    findings
}

/// Log returns of an asset from bar to bar, minus their mean.
fn centered_returns(panel: &Panel, asset: usize) -> Vec<f64> {
    let logs: Vec<f64> = panel.asset(asset).map(|bar| bar.close.ln()).collect();
    let mut returns: Vec<f64> = logs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    #[expect(clippy::cast_precision_loss, reason = "bars, far below 2^53")]
    let mean = returns.iter().sum::<f64>() / returns.len().max(1) as f64;
    for value in &mut returns {
        *value -= mean;
    }
    returns
}

/// Correlation of two series without mean; `scale` is the root of the product of their sums of
/// squares.
fn correlation(x: &[f64], y: &[f64], scale: f64) -> Correlation {
    let products = x.iter().zip(y).map(|(x, y)| x * y);
    let add =
        |(sum, squares): (f64, f64), product: f64| (sum + product, squares + product * product);
    let (sum, squares) = products.fold((0.0, 0.0), add);
    Correlation {
        value: sum / scale,
        error: squares.sqrt() / scale,
    }
}

fn judge(
    [leader, follower]: [&String; 2],
    now: Correlation,
    late: Correlation,
) -> Option<(Severity, String)> {
    let (at_once, later) = (now.value.abs(), late.value.abs());
    let is_significant = later > MANY * late.error;
    let is_above = later - at_once > MANY * now.error.hypot(late.error);
    let (severity, what) = if is_significant && is_above {
        (
            Severity::Error,
            "one of the two files is labeled a bar late or early, or their sessions differ",
        )
    } else if is_significant && later >= LEAST_BESIDE {
        (
            Severity::Warning,
            "their bars cover different hours, or one of the two has stale prices",
        )
    } else {
        return None;
    };
    let message = format!(
        "returns of {follower} follow those of {leader} by one bar: correlation {:.3} (standard \
         error {:.3}) with the bar before, {:.3} ({:.3}) with the same bar; suspected \
         misalignment: {what}",
        late.value, late.error, now.value, now.error
    );
    Some((severity, message))
}
