//! Returns of all months: one row per year, stronger color for larger returns.

use super::{coordinate, drawing, small, text};
use crate::{
    eval::metrics::decimal,
    report::{
        analysis::{Period, PeriodReturn, period_returns},
        digest::Digest,
    },
};
use maud::{Markup, html};

const CELL: (f64, f64) = (34.0, 20.0);
const LEFT: f64 = 44.0;
const TOP: f64 = 62.0;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Returns of one policy with one seed.
struct Grid {
    title: String,
    months: Vec<PeriodReturn>,
    years: Vec<PeriodReturn>,
}

/// One drawing per trained policy (its typical seed, clean market), then the best baseline. All
/// share one color scale.
pub(crate) fn drawings(digest: &Digest<'_>) -> Vec<Markup> {
    let methods = digest.trained().chain(digest.best_baseline());
    let grids = methods.filter_map(|method| {
        let (title, ledger) = digest.typical(method)?;
        Some(Grid {
            title,
            months: period_returns(ledger, Period::Month),
            years: period_returns(ledger, Period::Year),
        })
    });
    let grids: Vec<Grid> = grids.collect();
    let months = grids.iter().flat_map(|grid| &grid.months);
    let mut sizes: Vec<f64> = months.map(|month| month.simple_return.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let strong = sizes
        .get(sizes.len() * 19 / 20)
        .map_or(1.0, |size| size.max(1e-6));
    grids.iter().map(|grid| draw(grid, strong)).collect()
}

fn draw(grid: &Grid, strong: f64) -> Markup {
    let width = LEFT + 13.0 * CELL.0 + 10.0;
    let height = TOP + small(grid.years.len()) * CELL.1 + 6.0;
    let x = |month: u32| LEFT + f64::from(month) * CELL.0;
    let (x_year, y_head) = (LEFT + 12.0 * CELL.0 + 10.0, TOP - 6.0);
    let content = html! {
        @for (month, name) in (0_u32..).zip(MONTHS) {
            (text("tick middle", (x(month) + 0.5 * CELL.0, y_head), name))
        }
        (text("tick middle", (x_year + 0.5 * CELL.0, y_head), "Year"))
        @for (row, year) in (0_u32..).zip(&grid.years) {
            @let y = TOP + f64::from(row) * CELL.1;
            (text("tick", (0.0, y + 14.0), &year.year.to_string()))
            @for month in grid.months.iter().filter(|m| m.year == year.year) {
                (cell(x(month.month.unwrap_or(1) - 1), y, month.simple_return, strong))
            }
            (cell(x_year, y, year.simple_return, 3.0 * strong))
        }
    };
    let label = format!("Monthly returns of {}", grid.title);
    let quantity = "simple return per month, percent; clean market";
    drawing((width, height), &label, &grid.title, quantity, &content)
}

fn cell(x: f64, y: f64, value: f64, strong: f64) -> Markup {
    let c = coordinate;
    let class = if value < 0.0 { "loss" } else { "gain" };
    let opacity = format!("{:.2}", 0.72 * (value.abs() / strong).min(1.0));
    let decimals = usize::from(value.abs() < 0.0995);
    html! {
        rect class=(class) x=(c(x)) y=(c(y)) width=(c(CELL.0 - 1.5)) height=(c(CELL.1 - 1.5))
            fill-opacity=(opacity) {}
        (text("cell", (x + CELL.0 / 2.0, y + 13.5), &decimal(value * 100.0, decimals)))
    }
}
