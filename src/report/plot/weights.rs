//! Weights over time of one typical seed per trained policy: filled in the clean market, a line
//! under the reference attack.

use super::{
    axis_below, drawing, path_of, scale::Scale, segment, small, text, time_axis::time_ticks,
};
use crate::{
    eval::{Ledger, metrics::Format},
    report::{digest::Digest, seeds::seconds},
};
use maud::{Markup, html};

const WIDTH: f64 = 520.0;
const LEFT: f64 = 62.0;
const TOP: f64 = 44.0;
const STRIP: f64 = 64.0;
const GAP: f64 = 12.0;
/// Points per strip: means over equally long stretches.
const POINTS: usize = 150;

/// One policy with one seed.
struct Pair<'a> {
    title: String,
    class: String,
    nominal: &'a Ledger,
    attacked: Option<&'a Ledger>,
}

/// One drawing per trained policy.
pub(crate) fn drawings(digest: &Digest<'_>) -> Vec<Markup> {
    let pairs = digest.trained().filter_map(|method| {
        let (title, nominal) = digest.typical(method)?;
        let mut attacked = digest.attacked_ledgers(&method.name).into_iter();
        Some(Pair {
            title,
            class: digest.class(method),
            nominal,
            attacked: attacked.find(|ledger| ledger.seed == nominal.seed),
        })
    });
    let pairs: Vec<Pair<'_>> = pairs.collect();
    let ledgers = pairs
        .iter()
        .flat_map(|pair| [Some(pair.nominal), pair.attacked]);
    let weights = ledgers.flatten().flat_map(|ledger| &ledger.weights);
    let reach = weights.fold(0.05, |reach: f64, weight| reach.max(weight.abs()));
    // Round ticks: up to the next tenth.
    let reach = (reach * 10.0).ceil() / 10.0;
    pairs.iter().map(|pair| draw(pair, reach)).collect()
}

/// Mean over bars of the sum over assets of |attacked − nominal weight| of two ledgers of the same
/// span, the share of the account that an attack moves. `None` where they share no bar.
pub(crate) fn mean_displacement(nominal: &Ledger, attacked: &Ledger) -> Option<f64> {
    let n_assets = nominal.symbols.len().max(1);
    let n_bars = nominal.n_bars().min(attacked.n_bars());
    let both = nominal.weights.iter().zip(&attacked.weights);
    let moved: f64 = both
        .take(n_bars * n_assets)
        .map(|(a, b)| (a - b).abs())
        .sum();
    (n_bars > 0).then(|| moved / small(n_bars))
}

fn draw(pair: &Pair<'_>, reach: f64) -> Markup {
    let bottom = TOP + small(pair.nominal.symbols.len()) * (STRIP + GAP);
    let times = &pair.nominal.timestamps;
    let domain = (
        times.first().map_or(0.0, seconds),
        times.last().map_or(0.0, seconds),
    );
    let x = Scale::linear(domain, (LEFT, WIDTH - 10.0));
    let content = html! {
        @for (asset, symbol) in pair.nominal.symbols.iter().enumerate() {
            (strip(pair, symbol, asset, &x, reach))
        }
        (axis_below(&x, bottom, &time_ticks(domain, 6)))
    };
    let label = format!("Weights of {}", pair.title);
    let quantity = "weight at the mark, share of equity";
    let size = (WIDTH, bottom + 32.0);
    drawing(size, &label, &pair.title, quantity, &content)
}

fn strip(pair: &Pair<'_>, symbol: &str, asset: usize, x: &Scale, reach: f64) -> Markup {
    let top = TOP + small(asset) * (STRIP + GAP);
    let y = Scale::linear((-reach, reach), (top + STRIP, top));
    let (left, right) = x.range;
    let zero = y.at(0.0);
    let path = |ledger| means(ledger, asset, x, &y);
    let from_zero = std::iter::once((left, zero)).chain(path(pair.nominal));
    let area = path_of(from_zero.chain([(right, zero)])) + "Z";
    html! {
        (text("row", (0.0, top + STRIP / 2.0 + 4.0), symbol))
        @for value in [-reach, reach] {
            @let below = if value > 0.0 { 10.0 } else { -1.0 };
            @let label = Format::Percent.with_step(value, 0.01);
            (segment("grid", (left, y.at(value)), (right, y.at(value))))
            (text("tick end", (LEFT - 5.0, y.at(value) + below), &label))
        }
        g class=(pair.class) { path.area d=(area) {} }
        (segment("rule", (left, zero), (right, zero)))
        @if let Some(attacked) = pair.attacked {
            path class="over" d=(path_of(path(attacked))) {}
        }
    }
}

/// Positions of the mean weight of an asset over short stretches.
fn means(ledger: &Ledger, asset: usize, x: &Scale, y: &Scale) -> impl Iterator<Item = (f64, f64)> {
    let n_assets = ledger.symbols.len().max(1);
    let n_bars = ledger.n_bars();
    let stretch = n_bars.div_ceil(POINTS).max(1);
    let mean = move |first: usize| {
        let bars = first..(first + stretch).min(n_bars);
        let middle = &ledger.timestamps[usize::midpoint(bars.start, bars.end - 1)];
        let n_here = small(bars.len());
        let weights = bars.map(|bar| ledger.weights[bar * n_assets + asset]);
        (x.at(seconds(middle)), y.at(weights.sum::<f64>() / n_here))
    };
    (0..n_bars).step_by(stretch).map(mean)
}
