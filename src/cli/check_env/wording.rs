//! Numbers, lengths of time and rules in words.

use crate::{env::ShockSpec, features::Layout, stats::Welford};
use std::fmt::Debug;

/// About four significant digits, thousands in groups, no trailing zeros.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an exponent between -4 and 9"
)]
pub(super) fn figure(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || (size > 0.0 && !(1e-4..1e12).contains(&size)) {
        let text = format!("{value:.3e}");
        return text.split_once('e').map_or_else(
            || text.clone(),
            |(digits, power)| {
                format!(
                    "{}e{power}",
                    digits.trim_end_matches('0').trim_end_matches('.')
                )
            },
        );
    }
    let exponent = if size > 0.0 {
        size.log10().floor()
    } else {
        0.0
    };
    let decimals = (3.0 - exponent).max(0.0) as usize;
    let text = format!("{value:.decimals$}");
    let text = match text.split_once('.') {
        Some((whole, part)) => match part.trim_end_matches('0') {
            "" => grouped(whole),
            part => format!("{}.{part}", grouped(whole)),
        },
        None => grouped(&text),
    };
    if text == "-0" { "0".to_owned() } else { text }
}

/// Mean and standard deviation.
pub(super) fn spread(values: &Welford) -> String {
    let text = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), figure);
    format!("{} (std {})", text(values.mean()), text(values.std_dev()))
}

/// A whole number with its thousands in groups.
pub(super) fn count(n: usize) -> String {
    grouped(&n.to_string())
}

/// A fraction in percent.
pub(super) fn percent(fraction: f64) -> String {
    format!("{:.1} %", fraction * 100.0)
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |d| ("-", d));
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    text.push_str(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length of time in its largest whole unit.
pub(super) fn length(seconds: i64) -> String {
    let units = [
        (86_400, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let fitting = units.into_iter().find(|(unit, _)| seconds % unit == 0);
    let (unit, name) = fitting.unwrap_or((1, "second"));
    match seconds / unit {
        1 => format!("1 {name}"),
        n => format!("{n} {name}s"),
    }
}

/// The admissible shocks of a game; `per` is what one of them moves.
pub(super) fn shocks(spec: &ShockSpec, per: &str) -> String {
    let mut parts = Vec::new();
    if spec.budget_bps.get() > 0.0 {
        let bound = figure(spec.budget_bps.get());
        parts.push(format!("{:?} of at most {bound} bps per {per}", spec.kind));
        parts.push(match spec.episode_budget_bps {
            Some(budget) => format!("{} bps per episode", figure(budget.get())),
            None => "no bound per episode".to_owned(),
        });
    }
    if spec.max_spread_multiplier > 1.0 {
        parts.push(format!(
            "spread up to x {}",
            figure(spec.max_spread_multiplier)
        ));
    }
    if spec.min_liquidity_multiplier < 1.0 {
        let least = figure(spec.min_liquidity_multiplier);
        parts.push(format!("liquidity down to x {least}"));
    }
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(", ")
    }
}

/// A value as RON writes it: `Name(field: 1)`.
pub(super) fn written(value: &impl Debug) -> String {
    format!("{value:?}").replace(" { ", "(").replace(" }", ")")
}

/// The names of all fields, market fields first.
pub(super) fn field_names(layout: &Layout) -> Vec<String> {
    let fields = layout.market.iter().chain(&layout.account);
    fields.map(|field| field.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{features::FeatureSpec, units::bps};

    #[test]
    fn figures_have_four_digits_and_nothing_idle() {
        for (value, text) in [
            (0.0, "0"),
            (-0.00001, "-1e-5"),
            (2.5e-7, "2.5e-7"),
            (f64::MAX, "1.798e308"),
            (100.0, "100"),
            (1.5, "1.5"),
            (0.012_345, "0.01235"),
            (1_234_567.8, "1,234,568"),
            (-2500.0, "-2,500"),
            (99.999, "100"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(figure(value), text);
        }
        assert_eq!(count(1000), "1,000");
        assert_eq!(percent(-0.0521), "-5.2 %");
    }

    #[test]
    fn lengths_are_told_in_their_largest_unit() {
        for (seconds, text) in [
            (86_400, "1 day"),
            (7200, "2 hours"),
            (900, "15 minutes"),
            (90, "90 seconds"),
        ] {
            assert_eq!(length(seconds), text);
        }
    }

    #[test]
    fn shocks_say_only_what_is_admitted() {
        let mut spec = ShockSpec::none();
        assert_eq!(shocks(&spec, "asset"), "none");
        spec.budget_bps = bps!(150.0);
        spec.min_liquidity_multiplier = 0.5;
        assert_eq!(
            shocks(&spec, "asset and bar"),
            "Print of at most 150 bps per asset and bar, no bound per episode, liquidity down to x 0.5"
        );
    }

    #[test]
    fn features_are_written_as_in_a_file() {
        let feature = FeatureSpec::ScaledReturns {
            window: 3,
            half_life: 10.0,
        };
        assert_eq!(
            written(&feature),
            "ScaledReturns(window: 3, half_life: 10.0)"
        );
    }
}
