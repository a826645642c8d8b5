//! Picture as data: columns of numbers and what the axes show. The page's script draws it.

use super::thin::thin;
use crate::{
    eval::metrics::Format,
    report::{digest::Digest, input::Method},
};
use serde::Serialize;

/// Quantity along the base of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Axis {
    /// Bar ends, in seconds since 1970, UTC.
    Time,
    /// Environment steps.
    Steps,
    /// Attack budgets. Unit: bps.
    Budgets,
    /// Indices of named rows from top to bottom; values run from left to right.
    Rows,
}

/// Spacing of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spacing {
    /// Equal differences are equal distances.
    Linear,
    /// Equal ratios are equal distances.
    Log,
    /// Linear, from zero at the top.
    Down,
}

/// Style of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    /// Line.
    Line,
    /// Line with a dot at every value; dots alone in a chart of rows.
    Dots,
    /// Hollow dots, in charts of rows.
    Circles,
    /// Area between the line and zero.
    Area,
    /// Thin dark line, drawn over an area.
    Over,
}

/// Row of a chart.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) label: String,
    /// Name of the color; empty if the series have colors.
    pub(crate) class: String,
    /// Values of single seeds, as ticks above and below the middle.
    pub(crate) seeds: [Vec<f64>; 2],
}

impl Row {
    /// Creates a row without single seeds.
    pub(crate) fn new(label: &str, class: String) -> Self {
        Self {
            label: label.to_owned(),
            class,
            seeds: [Vec::new(), Vec::new()],
        }
    }
}

/// Points in order of position, with lower edge, value, upper edge.
pub(crate) type Curve = Vec<(f64, [f64; 3])>;

/// Values of one policy or of one case.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Name of the color, `m0…` or `b0…`; empty if the rows have colors.
    pub(crate) class: String,
    style: Style,
    /// Points given; [`Chart::new`] turns them into `values` and `edges`.
    #[serde(skip)]
    pub(crate) curve: Curve,
    /// One value per position of the chart; `None` if there is none.
    pub(crate) values: Vec<Option<f64>>,
    /// Lower and upper edge of the band; in a chart of rows, the ends of the bars. Empty for none.
    edges: Vec<[Option<f64>; 2]>,
}

impl Series {
    /// Creates a series for [`Chart::new`].
    pub(crate) fn new(name: &str, class: String, style: Style, curve: Curve) -> Self {
        Self {
            name: name.to_owned(),
            class,
            style,
            curve,
            values: Vec::new(),
            edges: Vec::new(),
        }
    }

    /// Creates the series of a policy, in its color.
    pub(crate) fn of(digest: &Digest<'_>, method: &Method, style: Style, curve: Curve) -> Self {
        Self::new(&method.label, digest.class(method), style, curve)
    }
}

/// Picture.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// Quantity of the values, with its unit.
    pub(crate) quantity: String,
    pub(crate) axis: Axis,
    pub(crate) spacing: Spacing,
    pub(crate) format: Format,
    /// Smallest and largest value shown; from the data if `None`.
    pub(crate) range: Option<(f64, f64)>,
    /// Value to mark, e.g. the start.
    pub(crate) rule: Option<f64>,
    /// Position to mark, with a text.
    pub(crate) mark: Option<(f64, String)>,
    pub(crate) rows: Vec<Row>,
    /// Positions, ascending.
    pub(crate) x: Vec<f64>,
    /// Series, the most important last.
    pub(crate) series: Vec<Series>,
}

/// Largest number of values per chart, so that the page stays small with long histories.
const MOST_NUMBERS: usize = 40_000;

impl Chart {
    /// Puts curves on common positions, thinned, with linear spacing. A curve without a point at a
    /// position has no value there.
    pub(crate) fn new(
        title: &str,
        quantity: &str,
        axis: Axis,
        format: Format,
        mut series: Vec<Series>,
    ) -> Self {
        let points = series.iter().flat_map(|one| &one.curve);
        let mut x: Vec<f64> = points.map(|point| point.0).collect();
        x.sort_by(f64::total_cmp);
        x.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let medians: Vec<_> = series.iter().map(|one| column(&x, &one.curve, 1)).collect();
        let n_buckets = MOST_NUMBERS / (6 * series.len().pow(2)).max(1);
        let kept = thin(&medians, n_buckets.clamp(10, 400));
        for (one, median) in series.iter_mut().zip(medians) {
            let curve = std::mem::take(&mut one.curve);
            if curve.iter().any(|(_, [low, _, high])| low < high) {
                let low = column(&x, &curve, 0);
                let high = column(&x, &curve, 2);
                one.edges = kept.iter().map(|at| [low[*at], high[*at]]).collect();
            }
            one.values = kept.iter().map(|at| median[*at]).collect();
        }
        Self {
            title: title.to_owned(),
            quantity: quantity.to_owned(),
            axis,
            spacing: Spacing::Linear,
            format,
            range: None,
            rule: None,
            mark: None,
            rows: Vec::new(),
            x: kept.iter().map(|at| x[*at]).collect(),
            series,
        }
    }

    /// Adds named rows, and a range that holds zero and all values.
    pub(crate) fn with_rows(mut self, rows: Vec<Row>) -> Self {
        self.rows = rows;
        self.rule = Some(0.0);
        share_range(std::slice::from_mut(&mut self));
        self
    }

    /// Writes the chart as JSON that cannot end a script element.
    pub(crate) fn json(&self) -> String {
        // Serializing numbers and texts into memory cannot fail.
        let json = serde_json::to_string(self).unwrap_or_default();
        json.replace('<', "\\u003c")
    }

    /// Smallest and largest of all values, edges and seeds; `None` if nothing can be drawn.
    pub(crate) fn span(&self) -> Option<(f64, f64)> {
        let series = self.series.iter().flat_map(|series| {
            let edges = series.edges.iter().flatten();
            series.values.iter().chain(edges).copied().flatten()
        });
        let seeds = self.rows.iter().flat_map(|row| &row.seeds);
        let values = series.chain(seeds.flatten().copied());
        union(values.map(|value| (value, value)))
    }
}

/// Gives charts the range that holds the values and rules of all of them, widened a little.
pub(crate) fn share_range(charts: &mut [Chart]) {
    let rules = charts.iter().filter_map(|chart| chart.rule);
    let rules = rules.map(|rule| (rule, rule));
    let range = union(charts.iter().filter_map(Chart::span).chain(rules));
    let wide = range.map(|(low, high)| {
        let pad = (0.04 * (high - low)).max(1e-9 + 0.02 * low.abs().max(high.abs()));
        (low - pad, high + pad)
    });
    for chart in charts {
        chart.range = wide;
    }
}

fn union(spans: impl Iterator<Item = (f64, f64)>) -> Option<(f64, f64)> {
    spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// One part of each point of `curve` (0 lower edge, 1 value, 2 upper edge) at the positions `x`,
/// which include all positions of the curve.
fn column(x: &[f64], curve: &Curve, part: usize) -> Vec<Option<f64>> {
    let mut rest = curve.iter().peekable();
    let points = x
        .iter()
        .map(|at| rest.next_if(|point| point.0.total_cmp(at).is_eq()));
    points.map(|point| rounded(point?.1[part])).collect()
}

/// Rounds to six significant digits; `None` if the value is not finite.
fn rounded(value: f64) -> Option<f64> {
    let short = format!("{value:.5e}").parse().ok();
    short.filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_curves() -> Chart {
        let series = |name, curve| Series::new(name, "m0".to_owned(), Style::Line, curve);
        let point = |step: u32, half: f64| {
            let (at, value) = (f64::from(step), f64::from(step) / 3.0);
            (at, [value - half, value, value + half])
        };
        let quick = (0..30_000).map(|step| point(step, 1.0)).collect();
        let slow = vec![point(2, 0.0), point(30_005, 0.0)];
        let series = vec![series("a", quick), series("b", slow)];
        Chart::new(
            "</script><b>",
            "reward",
            Axis::Steps,
            Format::Number,
            series,
        )
    }

    #[test]
    fn every_series_has_a_value_or_none_per_position() {
        let chart = two_curves();
        assert!(chart.x.len() < 2_000 && chart.x.windows(2).all(|pair| pair[0] < pair[1]));
        for series in &chart.series {
            assert_eq!(series.values.len(), chart.x.len());
        }
        assert_eq!(chart.series[0].edges.len(), chart.x.len());
        assert!(chart.series[1].edges.is_empty());
        let b: Vec<f64> = chart.series[1].values.iter().copied().flatten().collect();
        assert_eq!(b, [0.666_667, 10_001.7]);
    }

    #[test]
    fn json_is_parseable_and_cannot_end_a_script() {
        let chart = two_curves();
        let json = chart.json();
        assert!(!json.contains('<'));
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["title"], "</script><b>");
        assert_eq!(read["x"].as_array().unwrap().len(), chart.x.len());
    }

    #[test]
    fn six_digits_remain() {
        assert_eq!(rounded(1.0 / 3.0), Some(0.333_333));
        assert_eq!(rounded(-123_456_789.0), Some(-123_457_000.0));
        assert_eq!((rounded(f64::NAN), rounded(0.0)), (None, Some(0.0)));
    }
}
