//! Mean and variance in one pass without cancellation.

/// Streaming mean and variance of a sequence of values.
///
/// With the mean m, the sum of squared deviations s, and x the newest of n values: `m' = m + (x -
/// m) / n`, `s' = s + (x - m)(x - m')`, variance = `s / (n - 1)`. Source: Welford (1962); Chan,
/// Golub and `LeVeque` (1979) for merging.
///
/// ```
/// let mut w = shockproof::stats::Welford::default();
/// [2.0, 4.0, 9.0].iter().for_each(|&x| w.push(x));
/// assert_eq!((w.mean(), w.variance()), (Some(5.0), Some(13.0)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Welford {
    n: u64,
    mean: f64,
    m2: f64,
}

impl Welford {
    /// Adds a value.
    pub fn push(&mut self, value: f64) {
        self.n += 1;
        let delta = value - self.mean;
        self.mean += delta / count(self.n);
        self.m2 += delta * (value - self.mean);
    }

    /// Adds all values of `other`.
    pub fn merge(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        let (n_self, n_other) = (count(self.n), count(other.n));
        let n = n_self + n_other;
        let delta = other.mean - self.mean;
        self.mean += delta * n_other / n;
        self.m2 += other.m2 + delta * delta * n_self * n_other / n;
        self.n += other.n;
    }

    /// Number of values.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// Arithmetic mean; `None` without values or with a NaN among them, possibly also with infinite
    /// ones.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0 && !self.mean.is_nan()).then_some(self.mean)
    }

    /// Sample variance (divisor n - 1); `None` for fewer than two values, a NaN or an infinity.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.n > 1 && self.m2.is_finite()).then(|| self.m2 / count(self.n - 1))
    }

    /// Square root of [`Welford::variance`].
    #[must_use]
    pub fn std_dev(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }
}

impl Extend<f64> for Welford {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl FromIterator<f64> for Welford {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut welford = Self::default();
        welford.extend(values);
        welford
    }
}

/// Arithmetic mean; `None` for no values or a NaN among them, possibly also for infinite values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    values.iter().copied().collect::<Welford>().mean()
}

/// Sample standard deviation (divisor n - 1); `None` for fewer than two values, a NaN or an
/// infinity.
#[must_use]
pub fn std_dev(values: &[f64]) -> Option<f64> {
    values.iter().copied().collect::<Welford>().std_dev()
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts stay far below 2^53, where every integer is a double"
)]
fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_of_integers_have_a_closed_form() {
        // mean (n + 1) / 2, sample variance n (n + 1) / 12.
        for n in [2_u32, 3, 10, 1000] {
            let w: Welford = (1..=n).map(f64::from).collect();
            let n = f64::from(n);
            assert!((w.mean().unwrap() - f64::midpoint(n, 1.0)).abs() < 1e-12 * n);
            assert!((w.variance().unwrap() - n * (n + 1.0) / 12.0).abs() < 1e-12 * n * n);
        }
    }

    #[test]
    fn large_offsets_cause_no_cancellation() {
        let w: Welford = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]
            .into_iter()
            .collect();
        assert!((w.variance().unwrap() - 30.0).abs() < 1e-9);
    }

    #[test]
    fn undefined_statistics_are_none() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[1.0, f64::NAN]), None);
        assert_eq!(std_dev(&[1.0]), None);
        assert_eq!(std_dev(&[1.0, f64::INFINITY]), None);
        assert_eq!(mean(&[3.0]), Some(3.0));
    }

    proptest! {
        #[test]
        fn merged_halves_equal_one_pass(
            values in prop::collection::vec(-1e3..1e3_f64, 2..60), cut in 0_usize..60
        ) {
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged: Welford = left.iter().copied().collect();
            merged.merge(&right.iter().copied().collect());
            let whole: Welford = values.iter().copied().collect();
            prop_assert_eq!(merged.n(), whole.n());
            prop_assert!((merged.mean().unwrap() - whole.mean().unwrap()).abs() < 1e-9);
            prop_assert!((merged.variance().unwrap() - whole.variance().unwrap()).abs() < 1e-6);
        }
    }
}
