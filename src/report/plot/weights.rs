//! Weights over time of one typical seed per trained policy: filled in the clean market, a line
//! under the reference attack.

use super::chart::{Axis, Chart, Curve, Series, Style, share_range};
use crate::{
    eval::{Ledger, metrics::Format},
    report::{digest::Digest, input::Method, seeds::seconds},
};

/// Number of points per chart; each point is the mean over a stretch of bars.
const POINTS: usize = 150;

/// One chart per trained policy and asset, all with the same range.
pub(crate) fn charts(digest: &Digest<'_>) -> Vec<Chart> {
    let trained = digest.trained();
    let policies = trained.filter_map(|method| of_policy(digest, method));
    let mut charts: Vec<Chart> = policies.flatten().collect();
    share_range(&mut charts);
    charts
}

/// Share of the account that an attack moves: the sum over assets of |attacked − nominal weight|,
/// averaged over the bars that both ledgers have. `None` if they share no bar.
pub(crate) fn mean_displacement(nominal: &Ledger, attacked: &Ledger) -> Option<f64> {
    let n_assets = nominal.symbols.len().max(1);
    let n_bars = nominal.n_bars().min(attacked.n_bars());
    let both = nominal.weights.iter().zip(&attacked.weights);
    let moved: f64 = both
        .take(n_bars * n_assets)
        .map(|(a, b)| (a - b).abs())
        .sum();
    (n_bars > 0).then(|| moved / count(n_bars))
}

fn of_policy(digest: &Digest<'_>, method: &Method) -> Option<Vec<Chart>> {
    let (title, nominal) = digest.typical(method)?;
    let attacked = digest.attacked_ledgers(&method.name).into_iter();
    let mut attacked = attacked.filter(|ledger| ledger.seed == nominal.seed);
    let attacked = attacked.next().map(|l| (l, Style::Over, "attacked"));
    let played = [Some((nominal, Style::Area, "clean")), attacked];
    let chart = |(asset, symbol): (usize, &String)| {
        let series = played.iter().flatten().map(|(ledger, style, name)| {
            Series::new(name, digest.class(method), *style, means(ledger, asset))
        });
        let series = series.collect();
        let title = format!("{title}: {symbol}");
        let quantity = "weight at the mark, share of equity";
        Chart {
            rule: Some(0.0),
            ..Chart::new(&title, quantity, Axis::Time, Format::Percent, series)
        }
    };
    Some(nominal.symbols.iter().enumerate().map(chart).collect())
}

/// Mean weight of an asset over short stretches, at the middle of each.
fn means(ledger: &Ledger, asset: usize) -> Curve {
    let n_assets = ledger.symbols.len().max(1);
    let n_bars = ledger.n_bars();
    let stretch = n_bars.div_ceil(POINTS).max(1);
    let mean = |first: usize| {
        let bars = first..(first + stretch).min(n_bars);
        let middle = &ledger.timestamps[usize::midpoint(bars.start, bars.end - 1)];
        let n_here = count(bars.len());
        let weights = bars.map(|bar| ledger.weights[bar * n_assets + asset]);
        (seconds(middle), [weights.sum::<f64>() / n_here; 3])
    };
    (0..n_bars).step_by(stretch).map(mean).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of bars")]
const fn count(n: usize) -> f64 {
    n as f64
}
