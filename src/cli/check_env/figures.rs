//! Numbers for people.

use crate::stats::Welford;

/// Writes about four significant digits, thousands in groups, without trailing zeros.
pub(super) fn figure(value: f64) -> String {
    let size = value.abs();
    if size > 0.0 && !(1e-4..1e12).contains(&size) {
        let text = format!("{value:.3e}");
        return text
            .split_once('e')
            .map_or(text.clone(), |(digits, power)| {
                format!("{}e{power}", trimmed(digits))
            });
    }
    let (mut decimals, mut power) = (3_usize, 10.0);
    while decimals > 0 && size >= power {
        decimals -= 1;
        power *= 10.0;
    }
    power = 1.0;
    while size > 0.0 && size < power {
        decimals += 1;
        power /= 10.0;
    }
    let text = format!("{value:.decimals$}");
    match trimmed(&text) {
        "-0" => "0".to_owned(),
        text => grouped(text),
    }
}

fn trimmed(digits: &str) -> &str {
    match digits.split_once('.') {
        Some(_) => digits.trim_end_matches('0').trim_end_matches('.'),
        None => digits,
    }
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
