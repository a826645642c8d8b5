//! Positions of quantities along an axis, and its ticks.

use super::small;
use crate::eval::metrics::Format;

/// Spacing of values along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// Equal differences are equal distances.
    Linear,
    /// Equal ratios are equal distances.
    Log,
}

/// A map from `domain` to `range` (pixels).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) spacing: Spacing,
    /// Smallest and largest value.
    pub(crate) domain: (f64, f64),
    /// Positions of the two.
    pub(crate) range: (f64, f64),
}

impl Scale {
    /// A scale with equal distances for equal differences.
    pub(crate) const fn linear(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self {
            spacing: Spacing::Linear,
            domain,
            range,
        }
    }

    /// Position of a value.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let axis = |v: f64| match self.spacing {
            Spacing::Linear => v,
            Spacing::Log => v.max(f64::MIN_POSITIVE).ln(),
        };
        let (low, high) = (axis(self.domain.0), axis(self.domain.1));
        let share = if high > low {
            (axis(value) - low) / (high - low)
        } else {
            0.5
        };
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// At most about `n` labelled ticks within the domain.
    pub(crate) fn ticks(&self, n: usize, format: Format) -> Vec<(f64, String)> {
        let (low, high) = self.domain;
        let log = match self.spacing {
            Spacing::Log => log_ticks(low, high, n),
            Spacing::Linear => Vec::new(),
        };
        let values = if log.len() >= 3 || high > 10.0 * low && !log.is_empty() {
            log
        } else {
            linear_ticks(low, high, n)
        };
        let label = |value: f64| {
            let step = match self.spacing {
                Spacing::Linear => tick_step(low, high, n),
                Spacing::Log => smallest_digit(value),
            };
            format.with_step(value, step)
        };
        values.into_iter().map(|v| (v, label(v))).collect()
    }
}

/// The smallest and the largest value.
pub(crate) fn bounds(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let spans = values.map(|value| (value, value));
    spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// A domain that holds all finite values, widened by a share on both sides and never empty.
pub(crate) fn domain_of(values: impl Iterator<Item = f64>, spacing: Spacing) -> Option<(f64, f64)> {
    let usable = |v: &f64| v.is_finite() && (spacing == Spacing::Linear || *v > 0.0);
    let (low, high) = bounds(values.filter(usable))?;
    Some(match spacing {
        Spacing::Linear => {
            let pad = (0.04 * (high - low)).max(1e-9 + 0.02 * low.abs().max(high.abs()));
            (low - pad, high + pad)
        }
        Spacing::Log => {
            let pad = (high / low).powf(0.04).max(1.02);
            (low / pad, high * pad)
        }
    })
}

/// 1, 2 or 5 times a power of ten, so that at most about `n` steps span the domain.
fn tick_step(low: f64, high: f64, n: usize) -> f64 {
    let rough = ((high - low) / small(n.max(1))).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= rough * 0.85)
        .unwrap_or(10.0 * power)
}

fn linear_ticks(low: f64, high: f64, n: usize) -> Vec<f64> {
    let step = tick_step(low, high, n);
    let first = (low / step).ceil();
    (0..=u32::try_from(2 * n).unwrap_or(u32::MAX))
        .map(|k| (first + f64::from(k)) * step)
        .take_while(|tick| *tick <= high + 1e-9 * step)
        .collect()
}

/// Round numbers of every decade: the finest set that has at most `n` ticks.
fn log_ticks(low: f64, high: f64, n: usize) -> Vec<f64> {
    const SETS: [&[f64]; 6] = [
        &[
            1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.5,
            4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5,
        ],
        &[
            1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0,
        ],
        &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
        &[1.0, 2.0, 5.0],
        &[1.0, 3.0],
        &[1.0],
    ];
    #[expect(clippy::cast_possible_truncation, reason = "exponents of f64 fit")]
    let decades = low.log10().floor() as i32..=high.log10().floor() as i32;
    let within = |digits: &[f64]| -> Vec<f64> {
        decades
            .clone()
            .flat_map(|decade| digits.iter().map(move |digit| digit * 10_f64.powi(decade)))
            .filter(|tick| (low..=high).contains(tick))
            .collect()
    };
    SETS.iter()
        .map(|digits| within(digits))
        .find(|ticks| ticks.len() <= n)
        .unwrap_or_else(|| {
            let decades = within(&[1.0]);
            let every = decades.len().div_ceil(n.max(1));
            decades.into_iter().step_by(every).collect()
        })
}

/// The step of a value's last digit, for values with at most two significant digits.
fn smallest_digit(value: f64) -> f64 {
    let power = 10_f64.powf(value.abs().log10().floor());
    let digit = value / power;
    if (digit - digit.round()).abs() < 1e-9 {
        power
    } else {
        power / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[(f64, String)]) -> Vec<&str> {
        ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn positions_interpolate() {
        let linear = Scale {
            spacing: Spacing::Linear,
            domain: (0.0, 10.0),
            range: (100.0, 0.0),
        };
        assert!((linear.at(2.5) - 75.0).abs() < 1e-9);
        let log = Scale {
            spacing: Spacing::Log,
            domain: (1.0, 100.0),
            range: (0.0, 200.0),
        };
        assert!((log.at(10.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = |spacing, low, high| Scale {
            spacing,
            domain: (low, high),
            range: (0.0, 1.0),
        };
        let ticks = scale(Spacing::Linear, -0.031, 0.12).ticks(5, Format::Percent);
        assert_eq!(labels(&ticks), ["0 %", "5 %", "10 %"]);
        let ticks = scale(Spacing::Log, 0.7, 4.2).ticks(6, Format::Multiple);
        assert_eq!(labels(&ticks), ["0.7×", "1×", "1.5×", "2×", "3×"]);
        let ticks = scale(Spacing::Log, 1e-5, 1e3).ticks(5, Format::Number);
        assert!(ticks.len() <= 5 && ticks.len() >= 3, "{ticks:?}");
        let ticks = scale(Spacing::Log, 1.001, 1.012).ticks(5, Format::Multiple);
        assert!(
            ticks.len() >= 3,
            "a narrow log axis falls back to equal steps: {ticks:?}"
        );
    }

    #[test]
    fn a_domain_is_never_empty() {
        let (low, high) = domain_of([2.0, 2.0].into_iter(), Spacing::Linear).unwrap();
        assert!(low < 2.0 && high > 2.0);
        let (low, high) = domain_of([0.0, -1.0, 4.0, f64::NAN].into_iter(), Spacing::Log).unwrap();
        assert!(low > 3.0 && high < 5.0);
        assert_eq!(domain_of([f64::NAN].into_iter(), Spacing::Linear), None);
    }
}
