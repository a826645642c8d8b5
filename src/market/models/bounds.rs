//! Ranges of parameters.

use super::ModelError;

/// What a parameter may be; always a finite number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    Finite,
    Positive,
    NotNegative,
    Fraction,
    BelowOne,
    Correlation,
    /// Events per year: more than one in half a minute is a typing error.
    Intensity,
    Above(f64, &'static str),
    AtLeast(f64, &'static str),
}

impl Bound {
    fn holds(self, found: f64) -> bool {
        found.is_finite()
            && match self {
                Self::Finite => true,
                Self::Positive => found > 0.0,
                Self::NotNegative => found >= 0.0,
                Self::Fraction => (0.0..=1.0).contains(&found),
                Self::BelowOne => (0.0..1.0).contains(&found),
                Self::Correlation => -1.0 < found && found < 1.0,
                Self::Intensity => (0.0..=1e6).contains(&found),
                Self::Above(least, _) => found > least,
                Self::AtLeast(least, _) => found >= least,
            }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Finite => "a finite number",
            Self::Positive => "a finite number > 0",
            Self::NotNegative => "a finite number >= 0",
            Self::Fraction => "a number in [0, 1]",
            Self::BelowOne => "a number in [0, 1)",
            Self::Correlation => "a number in (-1, 1)",
            Self::Intensity => "a number in [0, 1000000]",
            Self::Above(_, expected) | Self::AtLeast(_, expected) => expected,
        }
    }
}

/// Refuses the first of the `(parameter, found, bound)` that is out of bounds.
pub(super) fn check(
    model: &'static str,
    parameters: &[(&'static str, f64, Bound)],
) -> Result<(), ModelError> {
    for &(parameter, found, bound) in parameters {
        if !bound.holds(found) {
            return Err(ModelError::Parameter {
                model,
                parameter,
                found,
                expected: bound.expected(),
            });
        }
    }
    Ok(())
}
