//! Parser of decimal numbers, faster than the standard parser for short numbers.

/// Parses `text` to exactly the value that `str::parse` returns.
///
/// Up to 15 digits with a point are computed as whole number / power of ten: both are exact, so the
/// quotient is the nearest double (Clinger 1990). Any other text goes to the standard parser.
pub(super) fn parse(text: &str) -> Option<f64> {
    short(text.as_bytes()).or_else(|| text.parse().ok())
}

fn short(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    if text.len() > POWERS.len() {
        return None;
    }
    let (mut whole, mut n_digits, mut point) = (0_u64, 0, None);
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                whole = 10 * whole + u64::from(byte - b'0');
                n_digits += 1;
            }
            b'.' if point.is_none() => point = Some(n_digits),
            _ => return None,
        }
    }
    if n_digits == 0 || n_digits == POWERS.len() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "15 digits are below 2^53")]
    let whole = whole as f64;
    Some(whole / POWERS[n_digits - point.unwrap_or(n_digits)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decimals_are_rounded_as_the_standard_parser_rounds_them(
            text in "[0-9]{0,9}[.]?[0-9]{0,9}|-?[0-9]{1,4}([.][0-9]{1,3})?(e-?[0-9]{1,3})?|NaN|x"
        ) {
            let bits = |number: Option<f64>| number.map(f64::to_bits);
            prop_assert_eq!(bits(parse(&text)), bits(text.parse().ok()));
        }
    }
}
