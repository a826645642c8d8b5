//! Returns of all months, as tables: one row per year, stronger color for larger returns.

use crate::{
    eval::metrics::decimal,
    report::{
        analysis::{Period, PeriodReturn, period_returns},
        digest::Digest,
    },
};
use maud::{Markup, html};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Returns of one policy with one seed.
struct Grid {
    title: String,
    months: Vec<PeriodReturn>,
    years: Vec<PeriodReturn>,
}

/// One table per trained policy (its typical seed, clean market), then the best baseline. All share
/// one color scale.
pub(crate) fn tables(digest: &Digest<'_>) -> Vec<Markup> {
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
    grids.iter().map(|grid| table(grid, strong)).collect()
}

fn table(grid: &Grid, strong: f64) -> Markup {
    let month = |year: i32, month: u32| {
        let mut months = grid.months.iter();
        months.find(|m| m.year == year && m.month == Some(month))
    };
    html! {
        h4 { (grid.title) }
        table.months {
            caption { "simple return per month, percent; clean market" }
            thead { tr {
                th scope="col" { "Year" }
                @for name in MONTHS { th scope="col" { (name) } }
                th scope="col" { "All" }
            } }
            tbody { @for year in &grid.years { tr {
                th scope="row" { (year.year) }
                @for n in 1..=12 { (cell(month(year.year, n), strong)) }
                (cell(Some(year), 3.0 * strong))
            } } }
        }
    }
}

fn cell(period: Option<&PeriodReturn>, strong: f64) -> Markup {
    let Some(value) = period.map(|period| period.simple_return) else {
        return html! { td {} };
    };
    let class = if value < 0.0 { "loss" } else { "gain" };
    let share = format!("--share:{:.0}%", 72.0 * (value.abs() / strong).min(1.0));
    let decimals = usize::from(value.abs() < 0.0995);
    html! { td class=(class) style=(share) { (decimal(value * 100.0, decimals)) } }
}
