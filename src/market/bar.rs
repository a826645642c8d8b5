//! Bar of one asset.

/// Open, high, low, close and volume of one asset over one bar.
///
/// The price type S may be a dual number, which carries the tangent of a shock to the features.
///
/// ```
/// use shockproof::market::Bar;
///
/// let bar = Bar { open: 2.0, high: 4.0, low: 1.0, close: 3.0, volume: 10.0 };
/// assert!(bar.check().is_ok());
/// assert_eq!(Bar { high: 2.5, ..bar }.check().unwrap_err().field(), "close");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar<S = f64> {
    /// First price. Unit: quote currency, > 0.
    pub open: S,
    /// Highest price.
    pub high: S,
    /// Lowest price.
    pub low: S,
    /// Last price.
    pub close: S,
    /// Traded volume in the unit of the source, >= 0; 0 if the source has no volume.
    pub volume: f64,
}

impl Bar {
    /// Checks that prices are positive and finite, low <= open, close <= high, and volume >= 0 is
    /// finite.
    ///
    /// # Errors
    /// [`BarError`] naming the first invalid field.
    #[inline]
    pub fn check(&self) -> Result<(), BarError> {
        let within = |price| self.low <= price && price <= self.high;
        let finite = 0.0 < self.low && self.high < f64::INFINITY;
        let fine = finite && within(self.open) && within(self.close);
        if fine && (0.0..f64::INFINITY).contains(&self.volume) {
            return Ok(());
        }
        self.fault()
    }

    fn fault(&self) -> Result<(), BarError> {
        for (field, found) in [
            ("close", self.close),
            ("open", self.open),
            ("high", self.high),
            ("low", self.low),
        ] {
            if !(found.is_finite() && found > 0.0) {
                return Err(BarError::Price { field, found });
            }
        }
        if self.high < self.low {
            return Err(BarError::HighBelowLow {
                found: self.high,
                low: self.low,
            });
        }
        for (field, found) in [("open", self.open), ("close", self.close)] {
            if found < self.low || found > self.high {
                return Err(BarError::OutsideRange {
                    field,
                    found,
                    low: self.low,
                    high: self.high,
                });
            }
        }
        if self.volume.is_finite() && self.volume >= 0.0 {
            return Ok(());
        }
        Err(BarError::Volume { found: self.volume })
    }
}

/// An invalid bar.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BarError {
    /// A price that is NaN, infinite, zero or negative.
    #[error("{field}: found {found}, expected a finite price > 0")]
    Price {
        /// Name of the price.
        field: &'static str,
        /// Rejected value.
        found: f64,
    },
    /// A high below the low.
    #[error("high: found {found}, expected at least the low, {low}")]
    HighBelowLow {
        /// High of the bar.
        found: f64,
        /// Low of the bar.
        low: f64,
    },
    /// An open or close outside low to high.
    #[error(
        "{field}: found {found}, expected a price between the low, {low}, and the high, {high}"
    )]
    OutsideRange {
        /// `open` or `close`.
        field: &'static str,
        /// Rejected value.
        found: f64,
        /// Low of the bar.
        low: f64,
        /// High of the bar.
        high: f64,
    },
    /// A volume that is NaN, infinite or negative.
    #[error("volume: found {found}, expected a finite number >= 0")]
    Volume {
        /// Rejected value.
        found: f64,
    },
}

impl BarError {
    /// Name of the invalid field.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Price { field, .. } | Self::OutsideRange { field, .. } => field,
            Self::HighBelowLow { .. } => "high",
            Self::Volume { .. } => "volume",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Bar = Bar {
        open: 2.0,
        high: 4.0,
        low: 1.0,
        close: 3.0,
        volume: 0.0,
    };

    #[test]
    fn invalid_bars_are_refused_by_field() {
        assert_eq!(GOOD.check(), Ok(()));
        let (nan, infinity) = (f64::NAN, f64::INFINITY);
        let broken = [
            ("open", Bar { open: nan, ..GOOD }),
            ("open", Bar { open: 0.5, ..GOOD }),
            (
                "high",
                Bar {
                    high: infinity,
                    ..GOOD
                },
            ),
            ("high", Bar { high: 0.5, ..GOOD }),
            ("low", Bar { low: -1.0, ..GOOD }),
            ("low", Bar { low: 0.0, ..GOOD }),
            ("close", Bar { close: 4.5, ..GOOD }),
            (
                "close",
                Bar {
                    close: -0.0,
                    ..GOOD
                },
            ),
            (
                "volume",
                Bar {
                    volume: -1.0,
                    ..GOOD
                },
            ),
            (
                "volume",
                Bar {
                    volume: nan,
                    ..GOOD
                },
            ),
        ];
        for (field, bar) in broken {
            let error = bar.check().unwrap_err();
            assert_eq!(error.field(), field, "{error}");
            assert!(error.to_string().starts_with(field), "{error}");
        }
    }
}
