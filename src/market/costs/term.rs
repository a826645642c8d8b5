//! Trait of one cost, and its arguments.

use chrono::{DateTime, TimeDelta, Utc};

/// One cost of trading, of holding a position, or of both.
///
/// ```
/// use shockproof::market::{CostTerm, Trade};
///
/// /// A tax of 0.5 % on purchases.
/// struct StampDuty;
///
/// impl CostTerm for StampDuty {
///     fn name(&self) -> &str { "stamp_duty" }
///     fn charge(&self, trade: &Trade<'_>) -> f64 { 0.005 * trade.signed_value.max(0.0) }
///     fn marginal(&self, trade: &Trade<'_>) -> f64 {
///         if trade.signed_value > 0.0 { 0.005 } else { 0.0 }
///     }
/// }
/// ```
/// The term in `examples/own_cost.rs` charges for holding a position.
pub trait CostTerm: Send + Sync {
    /// Name of the term in messages.
    fn name(&self) -> &str;

    /// Cost of a trade. Unit: currency. Range: [0, ∞).
    ///
    /// The cost must be 0 at value 0 and convex in the value, as the solver of the equity after
    /// costs requires. Otherwise weights after a trade can miss their targets; the accounting stays
    /// exact.
    fn charge(&self, trade: &Trade<'_>) -> f64;

    /// Derivative of [`CostTerm::charge`] with respect to [`Trade::value`]. Range: [0, ∞).
    fn marginal(&self, trade: &Trade<'_>) -> f64;

    /// Cost of holding positions and cash over one period: a bar, or the gap before it. Negative
    /// for an income. Unit: currency. Range: finite. The cost is deducted from cash before the
    /// equity is computed.
    fn holding(&self, _account: &Holding<'_>) -> f64 {
        0.0
    }
}

/// A trade in one asset, with the asset's market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trade<'a> {
    /// Index of the asset.
    pub asset: usize,
    /// Traded value, > 0 for a purchase and < 0 for a sale. Unit: currency.
    pub signed_value: f64,
    /// Price, volatility and depth of the asset.
    pub quote: &'a Quote,
    /// Spread multiplier m >= 1 of the step's shock.
    pub spread_multiplier: f64,
}

impl Trade<'_> {
    /// Absolute traded value V. Unit: currency.
    #[must_use]
    #[inline]
    pub const fn value(&self) -> f64 {
        self.signed_value.abs()
    }
}

/// Price, volatility and depth at which an asset can be traded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// Fill price before costs. Unit: currency, > 0.
    pub price: f64,
    /// Volatility of one bar's log return, known before the fill; 0 if no cost term needs it
    /// ([`CostTerms::needs_depth`](super::CostTerms::needs_depth)).
    pub sigma: f64,
    /// Traded value of the bar times a shock's liquidity multiplier; 0 if no cost term needs the
    /// depth or the data have no volume. Unit: currency.
    pub depth: f64,
    /// Displacement of the price by the account's own earlier trades, as a fraction of the price; 0
    /// without [`TransientImpact`](super::TransientImpact).
    pub displacement: f64,
}

/// Account at the end of a period in which its positions do not change: a bar, or the time between
/// two bars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Holding<'a> {
    /// Cash. Unit: currency.
    pub cash: f64,
    /// Signed units of each asset, `[n_assets]`.
    pub units: &'a [f64],
    /// Newest closes at `end`, `[n_assets]`. Unit: currency.
    pub prices: &'a [f64],
    /// Signals known at the end of the bar, or of the bar after the gap, `[n_signals]`; may be
    /// empty.
    pub signals: &'a [f64],
    /// End of the period.
    pub end: DateTime<Utc>,
    /// Length of the period.
    pub elapsed: TimeDelta,
}

impl Holding<'_> {
    /// Signed value of each position. Unit: currency.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.units.iter().zip(self.prices).map(|(u, p)| u * p)
    }

    /// [`Holding::elapsed`] in years of 365.25 days.
    #[must_use]
    pub fn years(&self) -> f64 {
        self.elapsed.as_seconds_f64() / (365.25 * 86_400.0)
    }
}
