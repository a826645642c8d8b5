//! One panel of lines: axes, grid, bands, lines, markers, and labels beside the ends of the lines.

use super::{
    coordinate, drawing, path_of,
    scale::{Scale, Spacing, domain_of},
    segment,
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
    /// Vertical direction.
    pub(crate) direction: Direction,
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

/// Direction of a vertical axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Large values at the top.
    Up,
    /// Large values at the bottom.
    Down,
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
    let domain = domains.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
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
            direction: Direction::Up,
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
        let spans = points.map(|(x, _)| (*x, *x));
        let x_domain = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (Some(x_domain), Some(y_domain)) =
            (x_domain, self.domain.or_else(|| self.natural_domain()))
        else {
            return html! { p.nothing { (self.title) ": nothing was recorded." } };
        };
        let (width, height) = self.size;
        let (left, top, bottom) = (self.left_margin(y_domain), TOP, height - 38.0);
        let right = width - self.right_margin();
        let x = Scale::linear(x_domain, (left, right));
        let range = match self.direction {
            Direction::Up => (bottom, top),
            Direction::Down => (top, bottom),
        };
        let y = Scale {
            spacing: self.spacing,
            domain: y_domain,
            range,
        };
        let content = html! {
            (self.axes(&x, &y))
            @for line in &self.lines { (band(line, &x, &y)) }
            @for line in &self.lines { (stroke(line, &x, &y, self.format)) }
            (self.labels(&x, &y))
        };
        let label = format!("{}: {}", self.title, self.y_title);
        drawing(self.size, &label, &self.title, &self.y_title, &content)
    }

    fn y_ticks(&self, y: &Scale) -> Vec<(f64, String)> {
        let n = (((y.range.1 - y.range.0).abs() / 34.0).round()).clamp(3.0, 8.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "3 to 8"
        )]
        y.ticks(n as usize, self.format)
    }

    fn left_margin(&self, domain: (f64, f64)) -> f64 {
        let y = Scale {
            spacing: self.spacing,
            domain,
            range: (TOP, self.size.1 - 38.0),
        };
        let ticks = self.y_ticks(&y);
        let longest = ticks.iter().map(|(_, label)| label.chars().count()).max();
        12.0 + CHARACTER * small(longest.unwrap_or(0))
    }

    fn right_margin(&self) -> f64 {
        let lines = self.lines.iter();
        let longest = lines.map(|line| line.label.chars().count()).max();
        match longest.unwrap_or(0) {
            0 => 10.0,
            n => 16.0 + BOLD_CHARACTER * small(n),
        }
    }

    fn x_ticks(&self, x: &Scale) -> Vec<(f64, String)> {
        let n = ((x.range.1 - x.range.0) / 58.0).floor().clamp(3.0, 12.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "3 to 12"
        )]
        let n = n as usize;
        let candidates = match &self.x {
            Horizontal::Time => time_ticks(x.domain, n),
            Horizontal::Steps => x.ticks(n, Format::Count),
            Horizontal::Budgets(values) => {
                let step = |v: f64| if v.fract().abs() > 0.0 { 0.1 } else { 1.0 };
                let inside = values
                    .iter()
                    .filter(|v| (x.domain.0..=x.domain.1).contains(*v));
                inside
                    .map(|v| (*v, Format::Number.with_step(*v, step(*v))))
                    .collect()
            }
        };
        let mut end = f64::NEG_INFINITY;
        let mut clear = Vec::new();
        for (value, label) in candidates {
            let half = CHARACTER * small(label.chars().count()) / 2.0;
            if x.at(value) - half > end + 4.0 {
                end = x.at(value) + half;
                clear.push((value, label));
            }
        }
        clear
    }

    fn axes(&self, x: &Scale, y: &Scale) -> Markup {
        let (left, right) = x.range;
        let bottom = y.range.0.max(y.range.1);
        let top = y.range.0.min(y.range.1);
        let c = coordinate;
        html! {
            @for (value, label) in self.y_ticks(y) {
                (segment("grid", (left, y.at(value)), (right, y.at(value))))
                text.tick.end x=(c(left - 6.0)) y=(c(y.at(value) + 4.0)) { (label) }
            }
            @if let Some(value) = self.rule {
                (segment("rule", (left, y.at(value)), (right, y.at(value))))
            }
            (segment("base", (left, bottom), (right, bottom)))
            @for (value, label) in self.x_ticks(x) {
                (segment("base", (x.at(value), bottom), (x.at(value), bottom + 4.0)))
                text.tick.middle x=(c(x.at(value))) y=(c(bottom + 17.0)) { (label) }
            }
            text.axis.end x=(c(right)) y=(c(bottom + 33.0)) { (self.x.title()) }
            @for (value, label) in &self.marks {
                @let at = x.at(*value);
                (segment("mark", (at, top), (at, bottom)))
                @if at > f64::midpoint(left, right) {
                    text.note.end x=(c(at - 5.0)) y=(c(top + 10.0)) { (label) }
                } @else {
                    text.note x=(c(at + 5.0)) y=(c(top + 10.0)) { (label) }
                }
            }
        }
    }

    /// Labels beside the ends of the lines, pushed apart where they would overlap.
    fn labels(&self, x: &Scale, y: &Scale) -> Markup {
        let mut ends: Vec<(&Line, (f64, f64))> = self
            .lines
            .iter()
            .filter(|line| !line.label.is_empty())
            .filter_map(|line| Some((line, *line.points.last()?)))
            .collect();
        ends.sort_by(|a, b| y.at(a.1.1).total_cmp(&y.at(b.1.1)));
        let wanted: Vec<f64> = ends.iter().map(|(_, (_, end))| y.at(*end)).collect();
        let top = y.range.0.min(y.range.1);
        let placed = spread(&wanted, LABEL_GAP, top, y.range.0.max(y.range.1));
        let c = coordinate;
        let edge = x.range.1;
        html! {
            @for ((line, (end, _)), (at, from)) in ends.iter().zip(placed.into_iter().zip(wanted)) {
                g class=(line.class) {
                    @if (at - from).abs() > 3.0 || x.at(*end) < edge - 1.0 {
                        @let leader = [(x.at(*end), from), (edge + 10.0, at)];
                        path.leader d=(path_of(leader.into_iter())) {}
                    }
                    text.label x=(c(edge + 12.0)) y=(c(at + 4.0)) { (line.label) }
                }
            }
        }
    }
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

#[expect(
    clippy::cast_precision_loss,
    reason = "a count of characters or labels"
)]
fn small(n: usize) -> f64 {
    n as f64
}

fn band(line: &Line, x: &Scale, y: &Scale) -> Markup {
    let low = line.band.iter().rev().map(|(at, low, _)| (*at, *low));
    let high = line.band.iter().map(|(at, _, high)| (*at, *high));
    let outline = path(high.chain(low), x, y);
    html! {
        @if line.band.len() > 1 {
            g class=(line.class) { path.band d=(format!("{outline}Z")) {} }
        }
    }
}

fn stroke(line: &Line, x: &Scale, y: &Scale, format: Format) -> Markup {
    let d = path(line.points.iter().copied(), x, y);
    html! {
        g class=(line.class) {
            @match line.stroke {
                Stroke::Filled => {
                    path.area d=(format!("{d}{}", down_to_zero(line, x, y))) {}
                },
                Stroke::Fine => { path class="line solid" d=(d) {} },
                Stroke::Plain | Stroke::Dotted => { path.line d=(d) { title { (line.label) } } },
            }
            @if line.stroke == Stroke::Dotted {
                @for (at, value) in &line.points {
                    circle.dot cx=(coordinate(x.at(*at))) cy=(coordinate(y.at(*value))) r="3.4" {
                        title {
                            (line.label) ": " (format.value(*value))
                            " at " (Format::Number.value(*at))
                        }
                    }
                }
            }
        }
    }
}

/// The rest of the outline of the area between a line and zero.
fn down_to_zero(line: &Line, x: &Scale, y: &Scale) -> String {
    match (line.points.first(), line.points.last()) {
        (Some(first), Some(last)) => {
            let base = path([(last.0, 0.0), (first.0, 0.0)].into_iter(), x, y);
            format!("{}Z", base.replacen('M', "L", 1))
        }
        _ => String::new(),
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
