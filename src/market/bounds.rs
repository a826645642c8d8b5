//! Parameter ranges.

/// A parameter outside its range.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{field}: found {found}, expected {expected}")]
pub struct OutOfBounds {
    /// Name of the parameter.
    pub field: &'static str,
    /// Rejected value.
    pub found: f64,
    /// Admissible values.
    pub expected: &'static str,
}

/// Range of a parameter; NaN and infinities are never admissible.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    Finite,
    Positive,
    NotNegative,
    Fraction,
    /// Values in (0, 1].
    Share,
    BelowOne,
    Correlation,
    /// Events per year, at most 1e6 (two per minute): a guard against typing errors.
    Intensity,
    Above(f64, &'static str),
    AtLeast(f64, &'static str),
    Within(f64, f64, &'static str),
}

impl Bound {
    fn holds(self, found: f64) -> bool {
        found.is_finite()
            && match self {
                Self::Finite => true,
                Self::Positive => found > 0.0,
                Self::NotNegative => found >= 0.0,
                Self::Fraction => (0.0..=1.0).contains(&found),
                Self::Share => 0.0 < found && found <= 1.0,
                Self::BelowOne => (0.0..1.0).contains(&found),
                Self::Correlation => -1.0 < found && found < 1.0,
                Self::Intensity => (0.0..=1e6).contains(&found),
                Self::Above(least, _) => found > least,
                Self::AtLeast(least, _) => found >= least,
                Self::Within(least, most, _) => least <= found && found <= most,
            }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Finite => "a finite number",
            Self::Positive => "a finite number > 0",
            Self::NotNegative => "a finite number >= 0",
            Self::Fraction => "a number in [0, 1]",
            Self::Share => "a number in (0, 1]",
            Self::BelowOne => "a number in [0, 1)",
            Self::Correlation => "a number in (-1, 1)",
            Self::Intensity => "a number in [0, 1000000]",
            Self::Above(_, expected)
            | Self::AtLeast(_, expected)
            | Self::Within(_, _, expected) => expected,
        }
    }
}

/// Returns an error for the first `(field, found, bound)` that is out of bounds.
pub(crate) fn check(parameters: &[(&'static str, f64, Bound)]) -> Result<(), OutOfBounds> {
    for &(field, found, bound) in parameters {
        if !bound.holds(found) {
            return Err(OutOfBounds {
                field,
                found,
                expected: bound.expected(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values next to the ends of each range.
    #[test]
    fn ends_of_ranges_are_open_or_closed_as_stated() {
        let least = f64::from_bits(1);
        let below_one = f64::from_bits(1.0_f64.to_bits() - 1);
        let above_one = f64::from_bits(1.0_f64.to_bits() + 1);
        let admitted = |bound: Bound| -> Vec<f64> {
            [-1.0, -least, 0.0, least, below_one, 1.0, above_one, 1e7]
                .into_iter()
                .filter(|x| bound.holds(*x))
                .collect()
        };
        let positive = [least, below_one, 1.0, above_one, 1e7];
        assert_eq!(admitted(Bound::Positive), positive);
        assert_eq!(admitted(Bound::NotNegative)[1..], positive);
        assert_eq!(admitted(Bound::Share), positive[..3]);
        assert_eq!(admitted(Bound::Fraction)[1..], positive[..3]);
        assert_eq!(admitted(Bound::BelowOne)[1..], positive[..2]);
        assert_eq!(admitted(Bound::AtLeast(1.0, "")), positive[2..]);
        assert_eq!(admitted(Bound::Above(1.0, "")), positive[3..]);
        assert_eq!(admitted(Bound::Intensity)[1..], positive[..4]);
        let open = admitted(Bound::Correlation);
        assert_eq!(open, [-least, 0.0, least, below_one]);
        for bound in [Bound::Finite, Bound::NotNegative, Bound::AtLeast(1.0, "")] {
            assert!(!bound.holds(f64::NAN) && !bound.holds(f64::INFINITY));
        }
    }

    #[test]
    fn first_parameter_out_of_bounds_is_named() {
        let found = check(&[("a", 1.0, Bound::Positive), ("b", -1.0, Bound::NotNegative)]);
        let said = found.unwrap_err().to_string();
        assert_eq!(said, "b: found -1, expected a finite number >= 0");
    }
}
