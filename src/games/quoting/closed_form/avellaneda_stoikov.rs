//! The strategies of Avellaneda and Stoikov: around the reservation price, around the mid price.

use super::{FixedOffsets, OrderFlow, Quotes, QuotingError, QuotingStrategy, QuotingView};
use crate::market::{Bound, check_bounds};

/// Quotes around the reservation price:
///
/// ```text
/// r = S − q γ σ² (T − t)        spread = γ σ² (T − t) + (2/γ) ln(1 + γ/k)
/// bid = r − spread/2            ask = r + spread/2
/// ```
///
/// γ: risk aversion (1 / currency), σ: volatility (currency per √time), k: decay of the order flow.
/// Source: Avellaneda, Stoikov (2008), eqs. 3.17, 3.18: exponential utility, expanded around q = 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InventoryStrategy {
    variance: f64,
    risk_aversion: f64,
    /// (2/γ) ln(1 + γ/k).
    spread: f64,
}

impl InventoryStrategy {
    /// Builds the strategy for an order flow, a volatility and a risk aversion.
    ///
    /// # Errors
    /// [`QuotingError`] for an invalid flow, volatility or risk aversion.
    pub fn new(flow: OrderFlow, volatility: f64, risk_aversion: f64) -> Result<Self, QuotingError> {
        flow.check()?;
        check_bounds(&[
            ("volatility", volatility, Bound::NotNegative),
            ("risk_aversion", risk_aversion, Bound::Positive),
        ])?;
        Ok(Self {
            variance: volatility * volatility,
            risk_aversion,
            spread: 2.0 / risk_aversion * (risk_aversion / flow.decay).ln_1p(),
        })
    }

    /// Reservation price minus mid price, r − S. Unit: currency.
    #[must_use]
    pub fn reservation_offset(&self, view: QuotingView) -> f64 {
        -f64::from(view.inventory) * self.risk_aversion * self.variance * view.time_left
    }

    /// Ask − bid, the same for every inventory. Unit: currency.
    #[must_use]
    pub fn spread(&self, time_left: f64) -> f64 {
        self.risk_aversion * self.variance * time_left + self.spread
    }

    /// Benchmark of section 3.3: quotes around the mid price at every inventory, with the mean
    /// spread of this strategy over `horizon`.
    #[must_use]
    pub fn symmetric(&self, horizon: f64) -> FixedOffsets {
        // The spread is linear in time, so its mean is the spread at half the horizon.
        FixedOffsets(Quotes::symmetric(0.5 * self.spread(0.5 * horizon)))
    }
}

impl QuotingStrategy for InventoryStrategy {
    fn quotes(&self, view: QuotingView) -> Quotes {
        let half = 0.5 * self.spread(view.time_left);
        let reservation = self.reservation_offset(view);
        Quotes {
            bid_offset: half - reservation,
            ask_offset: half + reservation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: OrderFlow = OrderFlow {
        arrival_rate: 140.0,
        decay: 1.5,
    };

    fn view(time_left: f64, inventory: i32) -> QuotingView {
        QuotingView {
            time_left,
            inventory,
        }
    }

    #[test]
    fn the_mean_spread_is_the_published_one() {
        let spread = |gamma| {
            let strategy = InventoryStrategy::new(FLOW, 2.0, gamma).unwrap();
            strategy.symmetric(1.0).0.spread()
        };
        assert!((spread(0.1) - 1.49).abs() < 0.005, "{}", spread(0.1));
        assert!((spread(0.01) - 1.35).abs() < 0.005, "{}", spread(0.01));
    }

    #[test]
    fn a_long_inventory_favors_sales_less_so_near_the_end() {
        let strategy = InventoryStrategy::new(FLOW, 2.0, 0.1).unwrap();
        let flat = strategy.quotes(view(1.0, 0));
        let long = strategy.quotes(view(1.0, 3));
        assert!((flat.bid_offset - flat.ask_offset).abs() < 1e-15);
        assert!((long.bid_offset - flat.bid_offset - 1.2).abs() < 1e-12);
        assert!((flat.ask_offset - long.ask_offset - 1.2).abs() < 1e-12);
        assert!((long.spread() - flat.spread()).abs() < 1e-12);
        let late = strategy.quotes(view(0.0, 3));
        assert!((late.bid_offset - late.ask_offset).abs() < 1e-15);
    }

    #[test]
    fn without_aversion_the_offset_is_one_over_k() {
        let strategy = InventoryStrategy::new(FLOW, 2.0, 1e-9).unwrap();
        let quotes = strategy.quotes(view(1.0, 4));
        assert!((quotes.ask_offset - FLOW.risk_neutral_offset()).abs() < 1e-6);
        assert!(InventoryStrategy::new(FLOW, 2.0, 0.0).is_err());
    }
}
