//! The logarithm of the gamma function.

/// `ln Γ(x)` for x > 0 to about 1e-14 relative to `max(1, |ln Γ|)`.
///
/// Stirling's series `(x − ½) ln x − x + ½ ln 2π + 1/(12x) − 1/(360x³) + …` (Abramowitz and Stegun
/// 6.1.41) at x >= 10, reached from below by `Γ(x + 1) = x Γ(x)`.
pub(super) fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = x.recip();
    let square = inverse * inverse;
    let series = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ]
    .iter()
    .rev()
    .fold(0.0, |sum, coefficient| sum * square + coefficient);
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series * inverse - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials_and_the_half_are_known() {
        let mut factorial = 1.0;
        for n in 1..30 {
            let x = f64::from(n);
            assert!((ln_gamma(x) - f64::ln(factorial)).abs() < 1e-13 * f64::ln(factorial).max(1.0));
            factorial *= x;
        }
        assert!((ln_gamma(0.5) - 0.5 * std::f64::consts::PI.ln()).abs() < 1e-14);
        // Reflection: Γ(x) Γ(1 − x) = π / sin πx.
        for x in [0.01_f64, 0.2, 0.37, 0.9] {
            let both = ln_gamma(x) + ln_gamma(1.0 - x);
            let expected = (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).ln();
            assert!((both - expected).abs() < 1e-13, "{x}");
        }
    }
}
