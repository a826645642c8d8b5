//! One bar of one asset.

/// Open, high, low, close and volume of one asset over one bar.
///
/// Generic over the scalar of its prices, so that a dual number can carry the tangent of a shock through the features.
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
    /// Traded volume in the file's own unit, >= 0 (0 where the source has none).
    pub volume: f64,
}
