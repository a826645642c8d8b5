//! Number formats for people.

use crate::stats::Welford;
use std::fmt::Display;

/// Formats about four significant digits, grouped by thousands, without trailing zeros.
pub(super) fn figure(value: f64) -> String {
    let text = format!("{value:.3e}");
    let Some((digits, power)) = text.split_once('e') else {
        return text;
    };
    match power.parse::<i32>() {
        Ok(power @ -4..12) => {
            let decimals = usize::try_from(3 - power).unwrap_or(0);
            grouped(trimmed(&format!("{value:.decimals$}")))
        }
        _ => format!("{}e{power}", trimmed(digits)),
    }
}

fn trimmed(digits: &str) -> &str {
    match digits.split_once('.') {
        Some(_) => digits.trim_end_matches('0').trim_end_matches('.'),
        None => digits,
    }
}

/// Formats the value, or a dash for `None`.
pub(super) fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

pub(super) fn spread(values: &Welford) -> String {
    let [mean, std] = [values.mean(), values.std_dev()].map(|x| or_dash(x.map(figure)));
    format!("{mean} (std {std})")
}

/// Formats a whole number, grouped by thousands.
pub(super) fn count(n: usize) -> String {
    grouped(&n.to_string())
}

pub(super) fn percent(fraction: f64) -> String {
    format!("{:.1} %", fraction * 100.0)
}

/// Groups the thousands of a number.
fn grouped(number: &str) -> String {
    let (whole, part) = number.split_at(number.find('.').unwrap_or(number.len()));
    let digits = whole.trim_start_matches('-');
    let mut text = whole[..whole.len() - digits.len()].to_owned();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_four_digits_and_no_trailing_zeros() {
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
}
