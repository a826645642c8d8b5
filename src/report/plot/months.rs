//! The return of every month: one row per year, stronger color for larger returns.

use super::coordinate;
use crate::eval::metrics::decimal;
use crate::report::analysis::{Period, PeriodReturn, period_returns};
use crate::report::digest::Digest;
use crate::report::error::ReportError;
use crate::report::input::Method;
use maud::{Markup, html};

const CELL: (f64, f64) = (34.0, 20.0);
const LEFT: f64 = 44.0;
const TOP: f64 = 62.0;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// One drawing per trained policy (its typical seed, clean market), then the best baseline; all
/// share one color scale.
///
/// # Errors
/// [`ReportError`] when a query fails.
pub(crate) fn drawings(digest: &Digest<'_>) -> Result<Vec<Markup>, ReportError> {
    let best = digest.best_baseline();
    let mut grids = Vec::new();
    for method in digest.trained().chain(best) {
        let Some(seed) = digest.typical_seed(&method.name) else {
            continue;
        };
        let ledger = digest
            .nominal_ledgers(&method.name)
            .into_iter()
            .find(|l| l.seed == seed);
        if let Some(ledger) = ledger {
            let (months, years) = (
                period_returns(ledger, Period::Month)?,
                period_returns(ledger, Period::Year)?,
            );
            grids.push((method, seed, months, years));
        }
    }
    let mut sizes: Vec<f64> = grids
        .iter()
        .flat_map(|g| g.2.iter().map(|r| r.simple_return.abs()))
        .collect();
    sizes.sort_by(f64::total_cmp);
    let strong = sizes
        .get(sizes.len() * 19 / 20)
        .copied()
        .unwrap_or(1.0)
        .max(1e-6);
    Ok(grids
        .iter()
        .map(|(method, seed, months, years)| draw(method, *seed, months, years, strong))
        .collect())
}

fn draw(
    method: &Method,
    seed: u64,
    months: &[PeriodReturn],
    years: &[PeriodReturn],
    strong: f64,
) -> Markup {
    let width = LEFT + 13.0 * CELL.0 + 10.0;
    #[expect(clippy::cast_precision_loss, reason = "a handful of years")]
    let height = TOP + years.len() as f64 * CELL.1 + 6.0;
    let title = match method.role {
        crate::report::input::Role::Trained => format!("{}, seed {seed}", method.label),
        crate::report::input::Role::Baseline => method.label.clone(),
    };
    let c = coordinate;
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(format!("Monthly returns of {title}")) {
            text.title x="0" y="14" { (title) }
            text.axis x="0" y="32" { "simple return per month, percent; clean market" }
            @for (month, name) in (0_u32..).zip(MONTHS) {
                text.tick.middle x=(c(LEFT + (f64::from(month) + 0.5) * CELL.0)) y=(c(TOP - 6.0)) { (name) }
            }
            text.tick.middle x=(c(LEFT + 12.5 * CELL.0 + 10.0)) y=(c(TOP - 6.0)) { "Year" }
            @for (row, year) in (0_u32..).zip(years) {
                @let y = TOP + f64::from(row) * CELL.1;
                text.tick x="0" y=(c(y + 14.0)) { (year.year) }
                @for month in months.iter().filter(|m| m.year == year.year) {
                    (cell(LEFT + f64::from(month.month.unwrap_or(1) - 1) * CELL.0, y, month.simple_return, strong))
                }
                (cell(LEFT + 12.0 * CELL.0 + 10.0, y, year.simple_return, 3.0 * strong))
            }
        }
    }
}

fn cell(x: f64, y: f64, value: f64, strong: f64) -> Markup {
    let c = coordinate;
    let class = if value < 0.0 { "loss" } else { "gain" };
    let opacity = format!("{:.2}", 0.72 * (value.abs() / strong).min(1.0));
    let decimals = usize::from(value.abs() < 0.0995);
    html! {
        rect class=(class) x=(c(x)) y=(c(y)) width=(c(CELL.0 - 1.5)) height=(c(CELL.1 - 1.5)) fill-opacity=(opacity) {}
        text.cell x=(c(x + CELL.0 / 2.0)) y=(c(y + 13.5)) { (decimal(value * 100.0, decimals)) }
    }
}
