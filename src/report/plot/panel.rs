//! One panel of lines: axes, grid, bands, lines, markers, and labels beside the ends of the lines.

use super::{
    axis_below, circle, drawing, path_of,
    scale::{Scale, Spacing, bounds, domain_of},
    segment, small, text,
    time_axis::time_ticks,
};
use crate::eval::metrics::Format;
use maud::{Markup, html};

/// Quantity of a horizontal axis.
#[derive(Debug, Clone)]
pub(crate) enum Horizontal {
    /// Bar ends, in seconds since 1970, UTC.
    Time,
    /// Attack budgets, with ticks at these values only. Unit: bps.
    Budgets(Vec<f64>),
    /// Environment steps.
    Steps,
}

impl Horizontal {
    const fn title(&self) -> &'static str {
        match self {
            Self::Time => "bar end, UTC",
            Self::Budgets(_) => "attack budget per step, bps",
            Self::Steps => "environment steps",
        }
    }
}

/// Style of a line; its color is the class of its policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stroke {
    /// A line.
    Plain,
    /// A line with a dot at every point.
    Dotted,
    /// The area between the line and zero, without the line.
    Filled,
    /// A thin solid line, drawn over an area.
    Fine,
}

/// One policy's line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// CSS class of the color.
    pub(crate) class: String,
    /// Text beside its end; empty for none.
    pub(crate) label: String,
    /// Style.
    pub(crate) stroke: Stroke,
    /// (x, y), in order of x.
    pub(crate) points: Vec<(f64, f64)>,
    /// (x, low, high) of the band around it; empty for none.
    pub(crate) band: Vec<(f64, f64, f64)>,
}

/// A panel. Positions are pixels of the drawing; it is shown at about that size.
#[derive(Debug, Clone)]
pub(crate) struct Panel {
    pub(crate) title: String,
    /// Quantity of the vertical axis, with its unit.
    pub(crate) y_title: String,
    pub(crate) x: Horizontal,
    /// Vertical spacing.
    pub(crate) spacing: Spacing,
    /// True where large values are at the bottom.
    pub(crate) grows_down: bool,
    /// Notation of vertical values.
    pub(crate) format: Format,
    /// Vertical domain; from the data where `None`.
    pub(crate) domain: Option<(f64, f64)>,
    /// Lines, the most important last.
    pub(crate) lines: Vec<Line>,
    /// Vertical marks: position and text.
    pub(crate) marks: Vec<(f64, String)>,
    /// Value of a horizontal rule, e.g. the start.
    pub(crate) rule: Option<f64>,
    /// Width and height.
    pub(crate) size: (f64, f64),
}

/// Estimated width of a character of the labels.
const CHARACTER: f64 = 6.5;
/// Estimated width of a character of the bold labels beside lines.
const BOLD_CHARACTER: f64 = 7.4;
/// Room above the plot for the title and what the axis measures.
const TOP: f64 = 48.0;
/// Least distance between the baselines of two labels.
const LABEL_GAP: f64 = 14.0;

/// Gives panels the vertical domain that holds the lines of all of them.
pub(crate) fn share_domain(panels: &mut [Panel]) {
    let domains = panels.iter().filter_map(Panel::natural_domain);
    let domain = bounds(domains.flat_map(|(low, high)| [low, high]));
    for panel in panels {
        panel.domain = domain;
    }
}

impl Panel {
    /// A panel with linear spacing, large values at the top, without marks and rule.
    pub(crate) const fn new(
        title: String,
        y_title: String,
        x: Horizontal,
        format: Format,
        size: (f64, f64),
        lines: Vec<Line>,
    ) -> Self {
        Self {
            title,
            y_title,
            x,
            spacing: Spacing::Linear,
            grows_down: false,
            format,
            domain: None,
            lines,
            marks: Vec::new(),
            rule: None,
            size,
        }
    }

    /// The vertical domain that holds lines and bands.
    pub(crate) fn natural_domain(&self) -> Option<(f64, f64)> {
        let values = self.lines.iter().flat_map(|line| {
            let bands = line.band.iter().flat_map(|(_, low, high)| [*low, *high]);
            line.points.iter().map(|(_, y)| *y).chain(bands)
        });
        domain_of(values.chain(self.rule), self.spacing)
    }

    /// The drawing, or a sentence where there is nothing to draw.
    pub(crate) fn draw(&self) -> Markup {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let (Some(x_domain), Some(domain)) = (
            bounds(points.map(|(x, _)| *x)),
            self.domain.or_else(|| self.natural_domain()),
        ) else {
            return html! { p.nothing { (self.title) ": nothing was recorded." } };
        };
        let (top, bottom) = (TOP, self.bottom());
        let y = Scale {
            spacing: self.spacing,
            domain,
            range: if self.grows_down {
                (top, bottom)
            } else {
                (bottom, top)
            },
        };
        let y_ticks = y.ticks(count((bottom - top) / 34.0, 3..8), self.format);
        let left = 12.0 + CHARACTER * longest(y_ticks.iter().map(|(_, label)| label));
        let right = match longest(self.lines.iter().map(|line| &line.label)) {
            n if n > 0.0 => self.size.0 - 16.0 - BOLD_CHARACTER * n,
            _ => self.size.0 - 10.0,
        };
        let x = Scale::linear(x_domain, (left, right));
        let content = html! {
            (self.axes(&x, &y, &y_ticks))
            @for line in &self.lines { (band(line, &x, &y)) }
            @for line in &self.lines { (stroke(line, &x, &y, self.format)) }
            (self.labels(&x, &y))
        };
        let label = format!("{}: {}", self.title, self.y_title);
        drawing(self.size, &label, &self.title, &self.y_title, &content)
    }

    fn bottom(&self) -> f64 {
        self.size.1 - 38.0
    }

    fn x_ticks(&self, x: &Scale) -> Vec<(f64, String)> {
        let n = count(((x.range.1 - x.range.0) / 58.0).floor(), 3..12);
        let mut ticks = match &self.x {
            Horizontal::Time => time_ticks(x.domain, n),
            Horizontal::Steps => x.ticks(n, Format::Count),
            Horizontal::Budgets(values) => {
                let step = |v: f64| if v.fract().abs() > 0.0 { 0.1 } else { 1.0 };
                let label = |v: f64| (v, Format::Number.with_step(v, step(v)));
                let inside = |v: &f64| (x.domain.0..=x.domain.1).contains(v);
                values.iter().copied().filter(inside).map(label).collect()
            }
        };
        let mut end = f64::NEG_INFINITY;
        ticks.retain(|(value, label)| {
            let half = CHARACTER * longest([label]) / 2.0;
            let is_clear = x.at(*value) - half > end + 4.0;
            if is_clear {
                end = x.at(*value) + half;
            }
            is_clear
        });
        ticks
    }

    fn axes(&self, x: &Scale, y: &Scale, y_ticks: &[(f64, String)]) -> Markup {
        let (left, right) = x.range;
        let bottom = self.bottom();
        html! {
            @for (value, label) in y_ticks {
                (segment("grid", (left, y.at(*value)), (right, y.at(*value))))
                (text("tick end", (left - 6.0, y.at(*value) + 4.0), label))
            }
            @if let Some(value) = self.rule {
                (segment("rule", (left, y.at(value)), (right, y.at(value))))
            }
            (axis_below(x, bottom, &self.x_ticks(x)))
            (text("axis end", (right, bottom + 33.0), self.x.title()))
            @for (value, label) in &self.marks {
                @let at = x.at(*value);
                (segment("mark", (at, TOP), (at, bottom)))
                @if at > f64::midpoint(left, right) {
                    (text("note end", (at - 5.0, TOP + 10.0), label))
                } @else {
                    (text("note", (at + 5.0, TOP + 10.0), label))
                }
            }
        }
    }

    /// Labels beside the ends of the lines, pushed apart where they would overlap.
    fn labels(&self, x: &Scale, y: &Scale) -> Markup {
        let labelled = self.lines.iter().filter(|line| !line.label.is_empty());
        let end = |line| {
            let Line { points, .. }: &Line = line;
            let (at, value) = points.last()?;
            Some((line, x.at(*at), y.at(*value)))
        };
        let mut ends: Vec<(&Line, f64, f64)> = labelled.filter_map(end).collect();
        ends.sort_by(|a, b| a.2.total_cmp(&b.2));
        let wanted: Vec<f64> = ends.iter().map(|end| end.2).collect();
        let placed = spread(&wanted, LABEL_GAP, TOP, self.bottom());
        let edge = x.range.1;
        html! {
            @for ((line, end, from), at) in ends.into_iter().zip(placed) {
                g class=(line.class) {
                    @if (at - from).abs() > 3.0 || end < edge - 1.0 {
                        @let leader = [(end, from), (edge + 10.0, at)];
                        path.leader d=(path_of(leader.into_iter())) {}
                    }
                    (text("label", (edge + 12.0, at + 4.0), &line.label))
                }
            }
        }
    }
}

/// Number of characters of the longest text; 0 without one.
pub(crate) fn longest<'a>(texts: impl IntoIterator<Item = &'a String>) -> f64 {
    let lengths = texts.into_iter().map(|text| text.chars().count());
    small(lengths.max().unwrap_or(0))
}

/// The nearest whole number within the bounds, both included.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few ticks"
)]
fn count(n: f64, bounds: std::ops::Range<u8>) -> usize {
    n.round().clamp(bounds.start.into(), bounds.end.into()) as usize
}

/// Positions closest to the wanted ones (ascending) in the least-squares sense that are at least
/// `gap` apart, then moved into `[low, high]`: isotonic regression (pool adjacent violators) of
/// `wanted[k] - k gap`.
pub(crate) fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (k, want) in wanted.iter().enumerate() {
        blocks.push((want - gap * small(k), 1));
        while let [.., (before, m), (after, n)] = blocks[..] {
            if before <= after {
                break;
            }
            blocks.truncate(blocks.len() - 2);
            blocks.push(((before * small(m) + after * small(n)) / small(m + n), m + n));
        }
    }
    let last = high - gap * small(wanted.len().saturating_sub(1));
    blocks
        .into_iter()
        .flat_map(|(mean, n)| std::iter::repeat_n(mean.min(last).max(low), n))
        .enumerate()
        .map(|(k, shifted)| shifted + gap * small(k))
        .collect()
}

fn band(line: &Line, x: &Scale, y: &Scale) -> Markup {
    let low = line.band.iter().rev().map(|(at, low, _)| (*at, *low));
    let high = line.band.iter().map(|(at, _, high)| (*at, *high));
    html! {
        @if line.band.len() > 1 {
            g class=(line.class) { path.band d=(path(high.chain(low), x, y) + "Z") {} }
        }
    }
}

fn stroke(line: &Line, x: &Scale, y: &Scale, format: Format) -> Markup {
    let points = line.points.iter().copied();
    let ends = line.points.last().into_iter().chain(line.points.first());
    let base = ends.map(|(at, _)| (*at, 0.0));
    let title = |(at, value): (f64, f64)| {
        let (value, at) = (format.value(value), Format::Number.value(at));
        format!("{}: {value} at {at}", line.label)
    };
    html! {
        g class=(line.class) {
            @match line.stroke {
                Stroke::Filled => path.area d=(path(points.chain(base), x, y) + "Z") {},
                Stroke::Fine => path class="line solid" d=(path(points, x, y)) {},
                Stroke::Plain => path.line d=(path(points, x, y)) { title { (line.label) } },
                Stroke::Dotted => {
                    path.line d=(path(points.clone(), x, y)) { title { (line.label) } }
                    @for point in points {
                        (circle("dot", (x.at(point.0), y.at(point.1)), "3.4", &title(point)))
                    }
                },
            }
        }
    }
}

fn path(points: impl Iterator<Item = (f64, f64)>, x: &Scale, y: &Scale) -> String {
    path_of(points.map(|(at, value)| (x.at(at), y.at(value))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_move_only_when_they_must() {
        assert_eq!(spread(&[10.0, 50.0], 14.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[48.0, 52.0], 14.0, 0.0, 100.0), [43.0, 57.0]);
        assert_eq!(spread(&[0.0, 1.0], 14.0, 0.0, 100.0), [0.0, 14.0]);
    }

    proptest! {
        #[test]
        fn labels_never_overlap(mut wanted in prop::collection::vec(0.0..200.0_f64, 0..12)) {
            wanted.sort_by(f64::total_cmp);
            let placed = spread(&wanted, 14.0, 0.0, 200.0);
            prop_assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= 14.0 - 1e-6));
        }
    }

    fn panel(lines: Vec<Line>) -> Panel {
        let title = "<Equity> & \"co\"".to_owned();
        let (y_title, size) = ("multiple of start".to_owned(), (400.0, 300.0));
        Panel::new(
            title,
            y_title,
            Horizontal::Steps,
            Format::Multiple,
            size,
            lines,
        )
    }

    #[test]
    fn text_is_escaped_and_lines_are_where_they_belong() {
        let line = Line {
            class: "m0".to_owned(),
            label: "a<b".to_owned(),
            stroke: Stroke::Dotted,
            points: vec![(0.0, 1.0), (10.0, 2.0)],
            band: vec![(0.0, 0.9, 1.1), (10.0, 1.8, 2.2)],
        };
        let svg = panel(vec![line]).draw().into_string();
        assert!(
            svg.contains("&lt;Equity&gt; &amp;") && svg.contains("a&lt;b"),
            "{svg}"
        );
        assert!(!svg.contains("a<b") && !svg.contains("NaN"));
        assert_eq!(svg.matches("class=\"dot\"").count(), 2);
    }

    #[test]
    fn nothing_recorded_is_said() {
        let text = panel(Vec::new()).draw().into_string();
        assert!(text.contains("nothing was recorded"), "{text}");
    }
}
