//! Numbers for people.

use crate::stats::Welford;

/// Writes about four significant digits, thousands in groups, without trailing zeros.
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

/// Writes mean and standard deviation.
pub(super) fn spread(values: &Welford) -> String {
    let text = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), figure);
    format!("{} (std {})", text(values.mean()), text(values.std_dev()))
}

/// Writes a whole number, thousands in groups.
pub(super) fn count(n: usize) -> String {
    grouped(&n.to_string())
}

/// Writes a fraction in percent.
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
