//! Pictures, as SVG inside the page. The page's style sheet colors every line (light, dark, print),
//! and every text stays text.
//!
//! Colors are CSS classes, `m0…` for trained policies and `b0…` for baselines, the same in every
//! picture.

pub(crate) mod budget;
pub(crate) mod crashes;
pub(crate) mod equity;
pub(crate) mod gap;
pub(crate) mod months;
pub(crate) mod panel;
pub(crate) mod scale;
pub(crate) mod thin;
mod time_axis;
pub(crate) mod training;
pub(crate) mod underwater;
pub(crate) mod weights;

use maud::{Markup, html};
use scale::Scale;
use std::fmt::Write;

/// A coordinate of a drawing, to a tenth of a pixel.
pub(crate) fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    let short = text.strip_suffix(".0").unwrap_or(&text);
    if short == "-0" { "0" } else { short }.to_owned()
}

/// The frame of a drawing with its title, the quantity it shows below the title, and a label for
/// screen readers.
pub(crate) fn drawing(
    size: (f64, f64),
    label: &str,
    title: &str,
    quantity: &str,
    content: &Markup,
) -> Markup {
    let (width, height) = size;
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(label) {
            text.title x="0" y="14" { (title) }
            text.axis x="0" y="32" { (quantity) }
            (content)
        }
    }
}

/// SVG path through points.
pub(crate) fn path_of(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        // Writing to a String cannot fail.
        let _ = write!(path, "{command}{} {}", coordinate(x), coordinate(y));
    }
    path
}

/// A line between two points, with a CSS class.
pub(crate) fn segment(class: &str, from: (f64, f64), to: (f64, f64)) -> Markup {
    let c = coordinate;
    html! { line class=(class) x1=(c(from.0)) x2=(c(to.0)) y1=(c(from.1)) y2=(c(to.1)) {} }
}

/// A text at a point, with a CSS class.
pub(crate) fn text(class: &str, (x, y): (f64, f64), content: &str) -> Markup {
    html! { text class=(class) x=(coordinate(x)) y=(coordinate(y)) { (content) } }
}

/// A circle with a CSS class, a radius, and the text that a pointer above it shows.
pub(crate) fn circle(class: &str, (x, y): (f64, f64), radius: &str, title: &str) -> Markup {
    html! {
        circle class=(class) cx=(coordinate(x)) cy=(coordinate(y)) r=(radius) {
            title { (title) }
        }
    }
}

/// A horizontal axis with labels below it.
pub(crate) fn axis_below(x: &Scale, y: f64, ticks: &[(f64, String)]) -> Markup {
    html! {
        (segment("base", (x.range.0, y), (x.range.1, y)))
        @for (value, label) in ticks {
            (segment("base", (x.at(*value), y), (x.at(*value), y + 4.0)))
            (text("tick middle", (x.at(*value), y + 17.0), label))
        }
    }
}

/// A count as a number of a drawing.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of characters, rows and assets"
)]
pub(crate) const fn small(n: usize) -> f64 {
    n as f64
}

/// Vertical grid lines with labels below them, and a rule at zero.
pub(crate) fn vertical_grid(
    x: &Scale,
    ticks: &[(f64, String)],
    (top, bottom): (f64, f64),
) -> Markup {
    html! {
        @for (value, label) in ticks {
            (segment("grid", (x.at(*value), top), (x.at(*value), bottom)))
            (text("tick middle", (x.at(*value), bottom + 16.0), label))
        }
        (segment("rule", (x.at(0.0), top), (x.at(0.0), bottom)))
    }
}

#[cfg(test)]
mod tests {
    use super::coordinate;

    #[test]
    fn a_coordinate_has_no_negative_zero_and_no_needless_decimal() {
        assert_eq!(coordinate(-0.01), "0");
        assert_eq!(coordinate(12.04), "12");
    }
}
