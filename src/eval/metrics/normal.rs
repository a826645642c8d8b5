//! The standard normal distribution.

use std::f64::consts::{PI, SQRT_2};

/// Φ(x), the cumulative distribution function, to a relative error of about 1e-15.
///
/// Maclaurin series of erf, continued fraction of erfc (Abramowitz and Stegun, 7.1.6, 7.1.14).
pub(crate) fn cumulative(x: f64) -> f64 {
    let tail = 0.5 * complementary_error(x.abs() / SQRT_2);
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Φ⁻¹(p) for p in (0, 1), by bisection to the resolution of Φ.
pub(crate) fn quantile(p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    // Solved in the lower half, by symmetry, because Φ has no cancellation there.
    let lower = p.min(1.0 - p);
    let (mut low, mut high) = (-40.0_f64, 0.0_f64);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if cumulative(middle) < lower {
            low = middle;
        } else {
            high = middle;
        }
    }
    let x = 0.5 * (low + high);
    Some(if p < 0.5 { x } else { -x })
}

/// erfc(x) for x ≥ 0.
fn complementary_error(x: f64) -> f64 {
    if x < 2.0 {
        // erf(x) = 2/√π e^{−x²} Σ 2^n x^{2n+1} / (2n+1)!! (7.1.6): all terms positive.
        let mut term = x;
        let mut sum = x;
        let mut n = 0.0;
        while term > 1e-18 * sum {
            n += 1.0;
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
        }
        return 1.0 - 2.0 / PI.sqrt() * (-x * x).exp() * sum;
    }
    // √π e^{x²} erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))) (7.1.14), from the inside
    // out.
    let fraction = (1..=120_u32)
        .rev()
        .fold(x, |inner, k| x + 0.5 * f64::from(k) / inner);
    (-x * x).exp() / (PI.sqrt() * fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        // Abramowitz and Stegun, table 26.1.
        for (x, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_543),
            (1.96, 0.975_002_104_851_780),
            (-3.0, 0.001_349_898_031_630),
            (-5.0, 2.866_515_719e-7),
        ] {
            assert!(
                (cumulative(x) / p - 1.0).abs() < 1e-9,
                "{x}: {}",
                cumulative(x)
            );
        }
        assert!((quantile(0.975).unwrap() - 1.959_963_984_540_054).abs() < 1e-12);
        assert_eq!(quantile(0.0), None);
        assert_eq!(quantile(1.0), None);
    }

    #[test]
    fn both_branches_meet_and_the_quantile_inverts() {
        let (below, above) = (complementary_error(2.0 - 1e-12), complementary_error(2.0));
        assert!((below / above - 1.0).abs() < 1e-10);
        for i in 1..40_u32 {
            let p = f64::from(i) / 40.0;
            assert!((cumulative(quantile(p).unwrap()) - p).abs() < 1e-14);
        }
    }
}
