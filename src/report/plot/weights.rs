//! Weights over time of one typical seed per trained policy: filled in the clean market, a line
//! under the reference attack.

use super::coordinate;
use super::scale::{Scale, Spacing, time_ticks};
use crate::eval::Ledger;
use crate::eval::metrics::Format;
use crate::report::digest::Digest;
use crate::report::input::Method;
use maud::{Markup, html};
use std::fmt::Write;

const WIDTH: f64 = 520.0;
const LEFT: f64 = 62.0;
const TOP: f64 = 44.0;
const STRIP: f64 = 64.0;
const GAP: f64 = 12.0;
/// Points per strip: means over equally long stretches.
const POINTS: usize = 150;

/// One drawing per trained policy.
pub(crate) fn drawings(digest: &Digest<'_>) -> Vec<Markup> {
    let chosen: Vec<(&Method, u64, &Ledger, Option<&Ledger>)> = digest
        .trained()
        .filter_map(|method| {
            let seed = digest.typical_seed(&method.name)?;
            let nominal = of_seed(digest.nominal_ledgers(&method.name), seed)?;
            let attacked = of_seed(digest.attacked_ledgers(&method.name), seed);
            Some((method, seed, nominal, attacked))
        })
        .collect();
    let reach = chosen
        .iter()
        .flat_map(|(_, _, nominal, attacked)| {
            nominal
                .weights
                .iter()
                .chain(attacked.iter().flat_map(|l| &l.weights))
        })
        .fold(0.0, |reach: f64, weight| reach.max(weight.abs()))
        .max(0.05);
    // Round ticks: up to the next tenth.
    let reach = (reach * 10.0).ceil() / 10.0;
    chosen
        .into_iter()
        .map(|(method, seed, nominal, attacked)| {
            let title = format!("{}, seed {seed}", method.label);
            draw(&title, &digest.class(method), nominal, attacked, reach)
        })
        .collect()
}

fn of_seed(ledgers: Vec<&Ledger>, seed: u64) -> Option<&Ledger> {
    ledgers.into_iter().find(|ledger| ledger.seed == seed)
}

/// Mean over bars of the sum over assets of |attacked − nominal weight| of two ledgers of the same
/// span, the share of the account that an attack moves. `None` where they share no bar.
pub(crate) fn mean_displacement(nominal: &Ledger, attacked: &Ledger) -> Option<f64> {
    let n_assets = nominal.symbols.len().max(1);
    let n_bars = nominal.timestamps.len().min(attacked.timestamps.len());
    let moved: f64 = nominal
        .weights
        .iter()
        .zip(&attacked.weights)
        .take(n_bars * n_assets)
        .map(|(a, b)| (a - b).abs())
        .sum();
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of bars are far below 2^53"
    )]
    (n_bars > 0).then(|| moved / n_bars as f64)
}

fn draw(
    title: &str,
    class: &str,
    nominal: &Ledger,
    attacked: Option<&Ledger>,
    reach: f64,
) -> Markup {
    let n_assets = nominal.symbols.len();
    #[expect(clippy::cast_precision_loss, reason = "a handful of assets")]
    let bottom = TOP + n_assets as f64 * (STRIP + GAP);
    let height = bottom + 32.0;
    let seconds = |t: Option<&chrono::DateTime<chrono::Utc>>| {
        #[expect(clippy::cast_precision_loss, reason = "an axis position")]
        t.map_or(0.0, |t| t.timestamp() as f64)
    };
    let domain = (
        seconds(nominal.timestamps.first()),
        seconds(nominal.timestamps.last()),
    );
    let x = Scale {
        spacing: Spacing::Linear,
        domain,
        range: (LEFT, WIDTH - 10.0),
    };
    let c = coordinate;
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(format!("Weights of {title}")) {
            text.title x="0" y="14" { (title) }
            text.axis x="0" y="32" { "weight at the mark, share of equity" }
            @for (asset, symbol) in (0_u32..).zip(&nominal.symbols) {
                (strip(symbol, asset, class, nominal, attacked, &x, reach))
            }
            line.base x1=(c(LEFT)) x2=(c(WIDTH - 10.0)) y1=(c(bottom)) y2=(c(bottom)) {}
            @for (value, label) in time_ticks(domain, 6) {
                line.base x1=(c(x.at(value))) x2=(c(x.at(value))) y1=(c(bottom)) y2=(c(bottom + 4.0)) {}
                text.tick.middle x=(c(x.at(value))) y=(c(bottom + 17.0)) { (label) }
            }
        }
    }
}

fn strip(
    symbol: &str,
    asset: u32,
    class: &str,
    nominal: &Ledger,
    attacked: Option<&Ledger>,
    x: &Scale,
    reach: f64,
) -> Markup {
    let top = TOP + f64::from(asset) * (STRIP + GAP);
    let y = Scale {
        spacing: Spacing::Linear,
        domain: (-reach, reach),
        range: (top + STRIP, top),
    };
    let c = coordinate;
    let zero = c(y.at(0.0));
    let area = path(nominal, asset, x, &y);
    html! {
        text.row x="0" y=(c(top + STRIP / 2.0 + 4.0)) { (symbol) }
        @for value in [-reach, reach] {
            line.grid x1=(c(x.range.0)) x2=(c(x.range.1)) y1=(c(y.at(value))) y2=(c(y.at(value))) {}
            text.tick.end x=(c(LEFT - 5.0)) y=(c(y.at(value) + if value > 0.0 { 10.0 } else { -1.0 })) {
                (Format::Percent.with_step(value, 0.01))
            }
        }
        g class=(class) {
            path.area d=(format!("M{} {zero}{}L{} {zero}Z", c(x.range.0), area.replacen('M', "L", 1), c(x.range.1))) {}
        }
        line.rule x1=(c(x.range.0)) x2=(c(x.range.1)) y1=(zero) y2=(zero) {}
        @if let Some(attacked) = attacked {
            path class="over" d=(path(attacked, asset, x, &y)) {}
        }
    }
}

fn path(ledger: &Ledger, asset: u32, x: &Scale, y: &Scale) -> String {
    let n_assets = ledger.symbols.len().max(1);
    let n_bars = ledger.timestamps.len();
    let stretch = n_bars.div_ceil(POINTS).max(1);
    let mut d = String::new();
    for first in (0..n_bars).step_by(stretch) {
        let bars = first..(first + stretch).min(n_bars);
        #[expect(clippy::cast_precision_loss, reason = "axis positions")]
        let mean = bars
            .clone()
            .map(|bar| ledger.weights[bar * n_assets + asset as usize])
            .sum::<f64>()
            / bars.len() as f64;
        #[expect(clippy::cast_precision_loss, reason = "axis positions")]
        let middle =
            ledger.timestamps[usize::midpoint(bars.start, bars.end - 1)].timestamp() as f64;
        let command = if first == 0 { 'M' } else { 'L' };
        // Writing to a String cannot fail.
        let _ = write!(
            d,
            "{command}{} {}",
            coordinate(x.at(middle)),
            coordinate(y.at(mean))
        );
    }
    d
}
