//! Number formats, with a typographic minus.

use serde::{Deserialize, Serialize};

/// Notation of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A fraction, written as percent.
    Percent,
    /// A small fraction, written as percent with two decimals.
    FinePercent,
    /// A multiple of the initial value, written `1.5×`.
    Multiple,
    /// A plain number.
    Number,
    /// A large count, written with k or M.
    Count,
}

impl Format {
    /// Formats the value with the decimals that distinguish it from a value `step` away.
    #[must_use]
    pub fn with_step(self, value: f64, step: f64) -> String {
        match self {
            Self::Percent | Self::FinePercent => {
                format!("{} %", decimal(value * 100.0, decimals(step * 100.0)))
            }
            Self::Multiple => format!("{}×", decimal(value, decimals(step))),
            Self::Number => number(value, decimals(step)),
            Self::Count => count(value, step),
        }
    }

    /// Formats the value as [`Format::value`] does; an undefined value as an en dash.
    pub(crate) fn text(self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| self.value(value))
    }

    /// Formats the value with about three significant digits.
    #[must_use]
    pub fn value(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{} %", decimal(value * 100.0, 1)),
            Self::FinePercent => format!("{} %", decimal(value * 100.0, 2)),
            Self::Multiple => format!("{}×", decimal(value, 2)),
            Self::Number => number(value, significant(value)),
            Self::Count => count(value, value.abs() / 100.0),
        }
    }
}

/// Formats a fixed number of decimals with a typographic minus and without negative zero.
pub(crate) fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

fn number(value: f64, decimals: usize) -> String {
    let size = value.abs();
    if size >= 1e6 || (size > 0.0 && size < 1e-4) {
        let text = format!("{value:.1e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = mantissa.strip_suffix(".0").unwrap_or(mantissa);
        return format!("{mantissa}e{exponent}").replace('-', "−");
    }
    decimal(value, decimals)
}

fn count(value: f64, step: f64) -> String {
    let size = value.abs();
    if size >= 1e6 {
        format!("{} M", decimal(value / 1e6, decimals(step / 1e6).min(2)))
    } else if size >= 1e3 {
        format!("{} k", decimal(value / 1e3, decimals(step / 1e3).min(1)))
    } else {
        decimal(value, 0)
    }
}

/// Smallest number of decimals, at most 6, that writes multiples of `step` exactly, or else shows
/// the first digit of `step`.
fn decimals(step: f64) -> usize {
    let scaled = |n: u8| step * 10_f64.powi(n.into());
    let is_whole = |x: f64| (x - x.round()).abs() < 1e-6 * x.max(1.0);
    let mut visible = (0..6).filter(|n| scaled(*n) >= 0.999);
    let exact = visible.clone().find(|n| is_whole(scaled(*n)));
    exact.or_else(|| visible.next()).map_or(6, usize::from)
}

/// Number of decimals that show about three significant digits.
fn significant(value: f64) -> usize {
    match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 || size <= 0.0 => 2,
        size if size >= 0.01 => 3,
        size if size >= 0.001 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_step() {
        assert_eq!(Format::Percent.with_step(0.05, 0.05), "5 %");
        assert_eq!(Format::Percent.with_step(-0.025, 0.025), "−2.5 %");
        assert_eq!(Format::Number.with_step(0.25, 0.25), "0.25");
        assert_eq!(Format::Multiple.with_step(1.5, 0.5), "1.5×");
        assert_eq!(Format::Count.with_step(250_000.0, 50_000.0), "250 k");
        assert_eq!(Format::Count.with_step(2_500_000.0, 500_000.0), "2.5 M");
    }

    #[test]
    fn no_negative_zero_and_a_true_minus() {
        assert_eq!(decimal(-0.001, 1), "0.0");
        assert_eq!(decimal(-1.25, 1), "−1.2");
        assert_eq!(Format::Number.value(-0.000_02), "−2e−5");
    }
}
