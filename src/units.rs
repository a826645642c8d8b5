//! Checked quantities that cross module borders.

use serde::{Deserialize, Serialize};

/// A non-negative, finite number of basis points (1 bp = 1e-4). Unit: bps.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Bps(f64);

impl Bps {
    /// Zero basis points.
    pub const ZERO: Self = Self(0.0);
    /// One basis point.
    pub const ONE: Self = Self(1.0);

    /// Checks a value in basis points; [`bps!`] takes a literal.
    ///
    /// # Errors
    /// [`UnitError`] when `bps` is negative, infinite or NaN.
    pub const fn new(bps: f64) -> Result<Self, UnitError> {
        if bps.is_finite() && bps >= 0.0 {
            Ok(Self(bps))
        } else {
            Err(UnitError {
                unit: "basis points",
                found: bps,
                expected: "a finite number >= 0",
            })
        }
    }

    /// Value in basis points.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Value as a fraction: 1 bp is 0.0001.
    #[must_use]
    pub const fn fraction(self) -> f64 {
        self.0 * 1e-4
    }
}

/// A [`Bps`](crate::units::Bps) from a literal or constant, checked at compile time.
///
/// ```
/// use shockproof::{bps, units::Bps};
///
/// const FEE: Bps = bps!(2.5);
/// assert!((FEE.fraction() - 0.000_25).abs() < 1e-18);
/// ```
///
/// ```compile_fail
/// let fee = shockproof::bps!(-1.0);
/// ```
#[macro_export]
macro_rules! bps {
    ($bps:expr) => {
        const {
            match $crate::units::Bps::new($bps) {
                Ok(bps) => bps,
                Err(_) => panic!("basis points are a finite number >= 0"),
            }
        }
    };
}

pub use bps;

impl TryFrom<f64> for Bps {
    type Error = UnitError;
    fn try_from(bps: f64) -> Result<Self, UnitError> {
        Self::new(bps)
    }
}

impl From<Bps> for f64 {
    fn from(bps: Bps) -> Self {
        bps.0
    }
}

/// A value outside the range of its unit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{unit}: found {found}, expected {expected}")]
pub struct UnitError {
    /// Name of the unit.
    pub unit: &'static str,
    /// Rejected value.
    pub found: f64,
    /// Admissible values.
    pub expected: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_point_is_a_ten_thousandth() {
        assert!((Bps::new(250.0).unwrap().fraction() - 0.025).abs() < 1e-15);
        assert_eq!(Bps::new(0.0), Ok(Bps::ZERO));
    }

    #[test]
    fn negative_and_non_finite_numbers_are_refused() {
        for found in [-1.0, f64::NAN, f64::INFINITY, -f64::MIN_POSITIVE] {
            let error = Bps::new(found).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("basis points: found {found}, expected a finite number >= 0")
            );
        }
    }

    #[test]
    fn serde_refuses_negative_numbers() {
        assert_eq!(
            serde_json::from_str::<Bps>("2.5").unwrap(),
            Bps::new(2.5).unwrap()
        );
        assert_eq!(
            serde_json::to_string(&Bps::new(2.5).unwrap()).unwrap(),
            "2.5"
        );
        assert!(
            serde_json::from_str::<Bps>("-2.5")
                .unwrap_err()
                .to_string()
                .contains("found -2.5")
        );
    }
}
