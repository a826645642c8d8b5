//! Weights over time of one typical seed per trained policy: filled in the clean market, a line
//! under the reference attack.

use super::{coordinate, drawing, path_of, scale::Scale, segment, time_axis::time_ticks};
use crate::{
    eval::{Ledger, metrics::Format},
    report::digest::Digest,
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
pub(crate) fn drawings<'a>(digest: &Digest<'a>) -> Vec<Markup> {
    let pairs = digest.trained().filter_map(|method| {
        let seed = digest.typical_seed(&method.name)?;
        let of_seed = |ledgers: Vec<&'a Ledger>| ledgers.into_iter().find(|l| l.seed == seed);
        Some(Pair {
            title: format!("{}, seed {seed}", method.label),
            class: digest.class(method),
            nominal: of_seed(digest.nominal_ledgers(&method.name))?,
            attacked: of_seed(digest.attacked_ledgers(&method.name)),
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
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of bars are far below 2^53"
    )]
    (n_bars > 0).then(|| moved / n_bars as f64)
}

fn draw(pair: &Pair<'_>, reach: f64) -> Markup {
    let n_assets = pair.nominal.symbols.len();
    #[expect(clippy::cast_precision_loss, reason = "a handful of assets")]
    let bottom = TOP + n_assets as f64 * (STRIP + GAP);
    let times = &pair.nominal.timestamps;
    #[expect(clippy::cast_precision_loss, reason = "an axis position")]
    let seconds = |t: Option<&chrono::DateTime<_>>| t.map_or(0.0, |t| t.timestamp() as f64);
    let domain = (seconds(times.first()), seconds(times.last()));
    let x = Scale::linear(domain, (LEFT, WIDTH - 10.0));
    let c = coordinate;
    let content = html! {
        @for (asset, symbol) in pair.nominal.symbols.iter().enumerate() {
            (strip(pair, symbol, asset, &x, reach))
        }
        (segment("base", (LEFT, bottom), (WIDTH - 10.0, bottom)))
        @for (value, label) in time_ticks(domain, 6) {
            (segment("base", (x.at(value), bottom), (x.at(value), bottom + 4.0)))
            text.tick.middle x=(c(x.at(value))) y=(c(bottom + 17.0)) { (label) }
        }
    };
    let label = format!("Weights of {}", pair.title);
    let quantity = "weight at the mark, share of equity";
    drawing(
        (WIDTH, bottom + 32.0),
        &label,
        &pair.title,
        quantity,
        &content,
    )
}

fn strip(pair: &Pair<'_>, symbol: &str, asset: usize, x: &Scale, reach: f64) -> Markup {
    #[expect(clippy::cast_precision_loss, reason = "a handful of assets")]
    let top = TOP + asset as f64 * (STRIP + GAP);
    let y = Scale::linear((-reach, reach), (top + STRIP, top));
    let c = coordinate;
    let (left, right) = x.range;
    let zero = y.at(0.0);
    let path = |ledger| path_of(means(ledger, asset, x, &y));
    let area = path(pair.nominal).replacen('M', "L", 1);
    html! {
        text.row x="0" y=(c(top + STRIP / 2.0 + 4.0)) { (symbol) }
        @for value in [-reach, reach] {
            @let below = if value > 0.0 { 10.0 } else { -1.0 };
            (segment("grid", (left, y.at(value)), (right, y.at(value))))
            text.tick.end x=(c(LEFT - 5.0)) y=(c(y.at(value) + below)) {
                (Format::Percent.with_step(value, 0.01))
            }
        }
        g class=(pair.class) {
            path.area d=(format!("M{0} {1}{area}L{2} {1}Z", c(left), c(zero), c(right))) {}
        }
        (segment("rule", (left, zero), (right, zero)))
        @if let Some(attacked) = pair.attacked {
            path class="over" d=(path(attacked)) {}
        }
    }
}

/// Positions of the mean weight of an asset over short stretches.
fn means(ledger: &Ledger, asset: usize, x: &Scale, y: &Scale) -> impl Iterator<Item = (f64, f64)> {
    let n_assets = ledger.symbols.len().max(1);
    let n_bars = ledger.n_bars();
    let stretch = n_bars.div_ceil(POINTS).max(1);
    #[expect(clippy::cast_precision_loss, reason = "axis positions")]
    let mean = move |first: usize| {
        let bars = first..(first + stretch).min(n_bars);
        let middle = ledger.timestamps[usize::midpoint(bars.start, bars.end - 1)];
        let n_here = bars.len() as f64;
        let weights = bars.map(|bar| ledger.weights[bar * n_assets + asset]);
        (
            x.at(middle.timestamp() as f64),
            y.at(weights.sum::<f64>() / n_here),
        )
    };
    (0..n_bars).step_by(stretch).map(mean)
}
