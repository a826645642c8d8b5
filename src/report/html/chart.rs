//! Pictures on the page: their data for the script, and the same figures as tables.

use crate::{
    eval::metrics::Format,
    report::{
        digest::budget_text,
        plot::{
            chart::{Axis, Chart},
            thin::every,
        },
    },
};
use chrono::DateTime;
use maud::{Markup, PreEscaped, html};

/// Largest number of rows of a table of figures; the last position may add one row.
const TABLE_ROWS: usize = 24;

/// Renders a figure with charts in `columns` (`one`, `two`, `three`), a caption, and the tables.
pub(super) fn figure(columns: &str, charts: &[Chart], caption: &str) -> Markup {
    html! {
        figure {
            div class=(format!("panels {columns}")) {
                @for one in charts { (chart(one)) }
            }
            figcaption { (caption) }
            details {
                summary { "These figures as tables" }
                @for one in charts { (table(one)) }
            }
        }
    }
}

/// Renders the element that the script draws into, or a sentence if there is nothing to draw.
fn chart(chart: &Chart) -> Markup {
    let label = format!("{}: {}", chart.title, chart.quantity);
    html! {
        @if chart.span().is_none() {
            p.nothing { (chart.title) ": nothing was recorded." }
        } @else {
            div.chart role="img" aria-label=(label) {
                h4 { (chart.title) }
                p.quantity { (chart.quantity) }
                script type="application/json" { (PreEscaped(chart.json())) }
            }
        }
    }
}

fn table(chart: &Chart) -> Markup {
    html! {
        div.scroll { table {
            caption { (chart.title) ": " (chart.quantity) }
            thead { tr {
                th scope="col" {}
                @for series in &chart.series { th scope="col" { (series.name) } }
            } }
            tbody { @for at in every(chart.x.len(), TABLE_ROWS) { tr {
                th scope="row" { (position(chart, chart.x[at])) }
                @for series in &chart.series {
                    td { (chart.format.text(series.values.get(at).copied().flatten())) }
                }
            } } }
        } }
    }
}

/// Writes a position of the axis in words.
fn position(chart: &Chart, x: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole seconds, indices of rows"
    )]
    match chart.axis {
        Axis::Steps => Format::Count.value(x),
        Axis::Budgets => budget_text(x),
        Axis::Rows => chart
            .rows
            .get(x as usize)
            .map(|row| row.label.clone())
            .unwrap_or_default(),
        Axis::Time => {
            let time = DateTime::from_timestamp(x as i64, 0);
            time.map_or_else(String::new, |time| {
                time.format("%Y-%m-%d %H:%M").to_string()
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plot::chart::{Series, Style};

    fn drawn(series: Vec<Series>) -> String {
        let chart = Chart::new("<Equity>", "multiple", Axis::Time, Format::Multiple, series);
        figure("one", &[chart], "By hand").into_string()
    }

    #[test]
    fn a_figure_reads_without_script() {
        let curve = (0..500).map(|day| (86_400.0 * f64::from(day), [1.0, 1.5, 2.0]));
        let series = Series::new("a<b", "m0".to_owned(), Style::Line, curve.collect());
        let text = drawn(vec![series]);
        assert!(
            text.contains("aria-label=\"&lt;Equity&gt;: multiple\""),
            "{text}"
        );
        assert!(text.contains("a&lt;b") && !text.contains("a<b"));
        assert!(text.contains("1970-01-01 00:00") && text.contains("1971-05-15 00:00"));
        let n_rows = text.matches("<tr>").count() - 1;
        assert!((20..=25).contains(&n_rows), "{n_rows}");
    }

    #[test]
    fn nothing_recorded_is_said() {
        let text = drawn(Vec::new());
        assert!(
            text.contains("nothing was recorded") && !text.contains("<script"),
            "{text}"
        );
    }
}
