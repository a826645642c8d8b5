//! A picture as data: columns of numbers and what the axes show. The page's script draws it.

use super::thin::thin;
use crate::eval::metrics::Format;
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
    /// Named rows from top to bottom; values run from left to right.
    Rows,
}

impl Axis {
    /// The quantity in words; empty for rows.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Time => "bar end, UTC",
            Self::Steps => "environment steps",
            Self::Budgets => "attack budget per step, bps",
            Self::Rows => "",
        }
    }
}

/// Spacing of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spacing {
    /// Equal differences are equal distances.
    Linear,
    /// Equal ratios are equal distances.
    Log,
    /// Linear, large values at the bottom.
    Down,
}

/// Style of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    /// A line.
    Line,
    /// A line with a dot at every value; dots alone in a chart of rows.
    Dots,
    /// Hollow dots, in charts of rows.
    Circles,
    /// The area between the line and zero.
    Area,
    /// A thin dark line, drawn over an area.
    Over,
}

/// Name and color of a row.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) label: String,
    /// Name of the color; empty where the series have colors.
    pub(crate) class: String,
}

/// The values of one policy or one case.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Name of the color, `m0…` or `b0…`; empty where the rows have colors.
    pub(crate) class: String,
    pub(crate) style: Style,
    /// One value per position of the chart; `None` where there is none.
    pub(crate) values: Vec<Option<f64>>,
    /// Lower edge of the band, or the other end of the bar of a row. Empty for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) low: Vec<Option<f64>>,
    /// Upper edge of the band. Empty for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) high: Vec<Option<f64>>,
    /// Values of the single seeds, per row. Empty for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) seeds: Vec<Vec<f64>>,
}

impl Series {
    /// A series without values.
    pub(crate) fn new(name: impl Into<String>, class: String, style: Style) -> Self {
        Self {
            name: name.into(),
            class,
            style,
            values: Vec::new(),
            low: Vec::new(),
            high: Vec::new(),
            seeds: Vec::new(),
        }
    }
}

/// Points of a series in order: position and (lower edge, value, upper edge).
pub(crate) type Curve = Vec<(f64, [f64; 3])>;

/// A picture.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// Quantity of the values, with its unit.
    pub(crate) quantity: String,
    pub(crate) axis: Axis,
    /// Text of the axis.
    pub(crate) axis_title: &'static str,
    pub(crate) spacing: Spacing,
    /// Notation of the values.
    pub(crate) format: Format,
    /// Smallest and largest value shown; from the data where `None`.
    pub(crate) range: Option<(f64, f64)>,
    /// A value to mark, e.g. the start.
    pub(crate) rule: Option<f64>,
    /// Positions to mark, with a text.
    pub(crate) marks: Vec<(f64, String)>,
    /// Height of the drawing. Unit: pixels.
    pub(crate) height: usize,
    /// Names of the positions of a chart of rows.
    pub(crate) rows: Vec<Row>,
    /// Positions, ascending.
    pub(crate) x: Vec<f64>,
    /// Series, the most important last.
    pub(crate) series: Vec<Series>,
}

/// Most numbers of a chart over time; the page stays small with long histories.
const MOST_NUMBERS: usize = 40_000;

impl Chart {
    /// A chart without series, with linear spacing.
    pub(crate) fn new(
        title: impl Into<String>,
        quantity: impl Into<String>,
        axis: Axis,
        format: Format,
    ) -> Self {
        Self {
            title: title.into(),
            quantity: quantity.into(),
            axis,
            axis_title: axis.title(),
            spacing: Spacing::Linear,
            format,
            range: None,
            rule: None,
            marks: Vec::new(),
            height: 240,
            rows: Vec::new(),
            x: Vec::new(),
            series: Vec::new(),
        }
    }

    /// The chart with curves on common positions, thinned. A curve without a point at a position
    /// has no value there. `banded` series get their lower and upper edges.
    pub(crate) fn with_curves(mut self, curves: Vec<(Series, Band, Curve)>) -> Self {
        let points = curves.iter().flat_map(|(_, _, curve)| curve);
        let mut x: Vec<f64> = points.map(|point| point.0).collect();
        x.sort_by(f64::total_cmp);
        x.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let column = |curve: &Curve, part: usize| -> Vec<Option<f64>> {
            let mut rest = curve.iter().peekable();
            let at = x.iter().map(|at| rest.next_if(|point| point.0.total_cmp(at).is_eq()));
            at.map(|point| rounded(point?.1[part])).collect()
        };
        let medians: Vec<_> = curves.iter().map(|(_, _, curve)| column(curve, 1)).collect();
        let n_columns: usize = curves.iter().map(|(_, band, _)| band.n_columns()).sum();
        let n_buckets = MOST_NUMBERS / (2 * curves.len() * n_columns).max(1);
        let kept = thin(&medians, n_buckets.clamp(10, 400));
        let pick = |column: &[Option<f64>]| kept.iter().map(|at| column[*at]).collect();
        for ((mut series, band, curve), median) in curves.iter().cloned().zip(&medians) {
            series.values = pick(median);
            if band == Band::Quartiles {
                series.low = pick(&column(&curve, 0));
                series.high = pick(&column(&curve, 2));
            }
            self.series.push(series);
        }
        self.x = kept.iter().map(|at| x[*at]).collect();
        self
    }

    /// The chart with rows, and with a range that holds zero and all values.
    pub(crate) fn with_rows(mut self, rows: Vec<Row>, series: Vec<Series>) -> Self {
        self.x = (0_u32..).map(f64::from).take(rows.len()).collect();
        self.rows = rows;
        self.series = series;
        self.rule = Some(0.0);
        share_range(std::slice::from_mut(&mut self));
        self
    }

    /// Returns true where nothing can be drawn.
    pub(crate) fn is_empty(&self) -> bool {
        self.values().next().is_none()
    }

    /// The chart as JSON that cannot end a script element.
    pub(crate) fn json(&self) -> String {
        // Serializing numbers and texts into memory cannot fail.
        let json = serde_json::to_string(self).unwrap_or_default();
        json.replace('<', "\\u003c")
    }

    /// All values, edges and seeds.
    fn values(&self) -> impl Iterator<Item = f64> {
        self.series.iter().flat_map(|series| {
            let columns = [&series.values, &series.low, &series.high];
            let seeds = series.seeds.iter().flatten().copied();
            columns.into_iter().flatten().copied().flatten().chain(seeds)
        })
    }
}

/// What surrounds a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Band {
    /// Nothing.
    None,
    /// Its lower and upper edges.
    Quartiles,
}

impl Band {
    const fn n_columns(self) -> usize {
        match self {
            Self::None => 1,
            Self::Quartiles => 3,
        }
    }
}

/// Gives charts the range that holds the values and rules of all of them, widened a little.
pub(crate) fn share_range(charts: &mut [Chart]) {
    let values = charts.iter().flat_map(|chart| chart.values().chain(chart.rule));
    let spans = values.map(|value| (value, value));
    let span = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let range = span.map(|(low, high)| {
        let pad = (0.04 * (high - low)).max(1e-9 + 0.02 * low.abs().max(high.abs()));
        (low - pad, high + pad)
    });
    for chart in charts {
        chart.range = range;
    }
}

/// The value with six significant digits; `None` where it is not finite.
pub(crate) fn rounded(value: f64) -> Option<f64> {
    format!("{value:.5e}").parse().ok().filter(|v: &f64| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_curves() -> Chart {
        let series = |name: &str| Series::new(name, "m0".to_owned(), Style::Line);
        let curve = |steps: &[u32]| -> Curve {
            let at = steps.iter().map(|step| f64::from(*step));
            at.map(|at| (at, [at - 1.0, at / 3.0, at + 1.0])).collect()
        };
        let quick: Vec<u32> = (0..30_000).collect();
        Chart::new("</script><b>", "reward", Axis::Steps, Format::Number).with_curves(vec![
            (series("a"), Band::Quartiles, curve(&quick)),
            (series("b"), Band::None, curve(&[2, 30_005])),
        ])
    }

    #[test]
    fn every_series_has_a_value_or_none_per_position() {
        let chart = two_curves();
        assert!(chart.x.len() < 2_000 && chart.x.windows(2).all(|pair| pair[0] < pair[1]));
        for series in &chart.series {
            assert_eq!(series.values.len(), chart.x.len());
        }
        assert_eq!(chart.series[0].low.len(), chart.x.len());
        assert!(chart.series[1].low.is_empty());
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
