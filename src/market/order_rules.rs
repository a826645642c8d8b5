//! Rules of orders: no-trade band, lots, ticks, smallest order, participation cap and margin.

use super::{Bound, OutOfBounds, check_bounds};
use serde::{Deserialize, Serialize};

/// Rules of orders, shared by the environment and the bot; all are off by default.
///
/// ```
/// use shockproof::market::OrderRules;
///
/// let rules = OrderRules { lots: vec![0.1], min_notional: 50.0, ..OrderRules::default() };
/// let order = |wanted| rules.order(0, 0.01, 1.0, wanted, 200.0); // holds 1 unit at price 200
/// assert!((order(1.47) - 1.4).abs() < 1e-12); // whole lots
/// assert!((order(1.27) - 1.0).abs() < 1e-12); // two lots cost 40, too little: hold
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct OrderRules {
    /// Smallest change of an asset's weight that is traded. Unit: fraction of equity. Range:
    /// [0, 1). Default: 0, every change is traded. Try first: 0.01.
    #[serde(skip_serializing_if = "is_zero")]
    pub no_trade_band: f64,
    /// Lot of each asset: positions are whole multiples, rounded toward zero. Unit: units of the
    /// asset. Range: [1e-12, 1e12]. Default: none, units are fractional. Try first: [1.0] for
    /// shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<f64>,
    /// Tick of each asset: fill prices are whole multiples, rounded against the trader. Unit: quote
    /// currency. Range: [1e-12, 1e12]. Default: none. Try first: [0.01] for shares.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ticks: Vec<f64>,
    /// Smallest value of an order at the price of its decision; smaller orders are not placed.
    /// Unit: quote currency. Range: >= 0. Default: 0. Try first: 10.
    #[serde(skip_serializing_if = "is_zero")]
    pub min_notional: f64,
    /// Largest trade of an order in one bar, as a share of the volume of the bar before, the newest
    /// volume known at the fill. Range: (0, 1]. Default: unlimited. Try first: 0.05.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_participation: Option<f64>,
    /// Treatment of the part of an order that `max_participation` leaves unfilled. Default: `Wait`.
    #[serde(skip_serializing_if = "Unfilled::is_wait")]
    pub unfilled: Unfilled,
    /// Equity below this share of the gross position value forces a liquidation. It is tested at
    /// opens and closes, and for a single position at the high and low of each bar. Range: [0, 1 /
    /// `max_gross`). Default: 0, positions are sold when the equity is used up. Try first: 0.05.
    #[serde(skip_serializing_if = "is_zero")]
    pub maintenance_margin: f64,
}

/// Treatment of the part of an order that `max_participation` leaves unfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Unfilled {
    /// The rest is filled in the next bars, until a new order replaces it. Pick it for orders that
    /// stay in the book.
    #[default]
    Wait,
    /// The rest is dropped and counted. Pick it for orders that are filled at once or canceled.
    Drop,
}

impl Unfilled {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_wait(&self) -> bool {
        *self == Self::Wait
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(x: &f64) -> bool {
    x.abs() <= 0.0
}

/// Relative tolerance of rounding to lots and ticks, so that a multiple with a rounding error stays
/// that multiple.
const TOLERANCE: f64 = 1e-9;

impl OrderRules {
    /// Returns true if no rule is on.
    #[must_use]
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// Units that a decision orders: `wanted`, rounded toward zero to whole lots; `held` instead if
    /// the change of weight is inside the band or the order is smaller than `min_notional` at
    /// `price`.
    #[must_use]
    pub fn order(
        &self,
        asset: usize,
        change_of_weight: f64,
        held: f64,
        wanted: f64,
        price: f64,
    ) -> f64 {
        if change_of_weight.abs() < self.no_trade_band {
            return held;
        }
        let units = match self.lots.get(asset) {
            Some(lot) => (wanted / lot * (1.0 + TOLERANCE)).trunc() * lot,
            None => wanted,
        };
        if ((units - held) * price).abs() < self.min_notional {
            held
        } else {
            units
        }
    }

    /// Units after trading from `held` toward `wanted` within one bar; `volume` is that of the bar
    /// before, in units.
    #[must_use]
    pub fn reached(&self, asset: usize, held: f64, wanted: f64, volume: f64) -> f64 {
        let Some(share) = self.max_participation else {
            return wanted;
        };
        let (most, change) = (share * volume, wanted - held);
        if change.abs() <= most {
            return wanted;
        }
        let traded = most.copysign(change);
        match self.lots.get(asset) {
            Some(lot) => {
                let n_lots = (traded / lot * (1.0 + TOLERANCE)).trunc();
                ((held / lot).round() + n_lots) * lot
            }
            None => held + traded,
        }
    }

    /// Price at which a purchase (`change_of_units` > 0) or a sale is filled: the multiple of the
    /// tick next to `price` that is worse for the trader.
    #[must_use]
    pub fn fill_price(&self, asset: usize, price: f64, change_of_units: f64) -> f64 {
        let Some(tick) = self.ticks.get(asset) else {
            return price;
        };
        let n_ticks = price / tick;
        if change_of_units > 0.0 {
            (n_ticks * (1.0 - TOLERANCE)).ceil() * tick
        } else if change_of_units < 0.0 {
            ((n_ticks * (1.0 + TOLERANCE)).floor() * tick).max(f64::MIN_POSITIVE)
        } else {
            price
        }
    }

    /// Checks the rules of an account of `n_assets` under a bound `max_gross` on its leverage.
    ///
    /// # Errors
    /// [`OrderRulesError`] naming the rule outside its range.
    pub fn check(&self, max_gross: f64) -> Result<(), OrderRulesError> {
        check_bounds(&[
            ("no_trade_band", self.no_trade_band, Bound::BelowOne),
            ("min_notional", self.min_notional, Bound::NotNegative),
            (
                "maintenance_margin",
                self.maintenance_margin,
                Bound::BelowOne,
            ),
        ])?;
        if let Some(share) = self.max_participation {
            check_bounds(&[("max_participation", share, Bound::Share)])?;
        }
        let size = Bound::Within(1e-12, 1e12, "a number in [1e-12, 1e12]");
        let lots = self.lots.iter().map(|lot| ("lots", *lot, size));
        let ticks = self.ticks.iter().map(|tick| ("ticks", *tick, size));
        for size in lots.chain(ticks) {
            check_bounds(&[size])?;
        }
        if self.maintenance_margin * max_gross >= 1.0 {
            return Err(OrderRulesError::Margin {
                found: self.maintenance_margin,
                max_gross,
                most: max_gross.recip(),
            });
        }
        Ok(())
    }

    /// Checks that lots and ticks are given for each of `symbols` or for none.
    ///
    /// # Errors
    /// [`OrderRulesError::Count`].
    pub fn check_counts(&self, symbols: &[String]) -> Result<(), OrderRulesError> {
        for (field, sizes) in [("lots", &self.lots), ("ticks", &self.ticks)] {
            if !sizes.is_empty() && sizes.len() != symbols.len() {
                return Err(OrderRulesError::Count {
                    field,
                    found: sizes.len(),
                    symbols: symbols.to_vec(),
                });
            }
        }
        Ok(())
    }
}

/// Invalid rules of orders.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderRulesError {
    /// A number outside its range.
    #[error("orders.{0}")]
    Bounds(#[from] OutOfBounds),
    /// A number of lots or ticks that differs from the number of assets.
    #[error("orders.{field}: found {found} numbers, expected one for each of {symbols:?}, or none")]
    Count {
        /// Name of the field.
        field: &'static str,
        /// Number of entries.
        found: usize,
        /// Symbols of the assets.
        symbols: Vec<String>,
    },
    /// A margin that the largest admissible position violates at once.
    #[error(
        "orders.maintenance_margin: found {found}, expected less than {most}, the equity per gross \
         value at allocation.max_gross {max_gross}; lower either"
    )]
    Margin {
        /// Rejected margin.
        found: f64,
        /// Bound on the sum of absolute weights.
        max_gross: f64,
        /// Equity over gross value of the largest admissible position.
        most: f64,
    },
}

impl OrderRulesError {
    /// Name of the field at fault.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Bounds(bounds) => bounds.field,
            Self::Count { field, .. } => field,
            Self::Margin { .. } => "maintenance_margin",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rules_that_are_off_change_nothing_and_are_not_written() {
        let off = OrderRules::default();
        assert!(off.is_off() && off.check(1.0).is_ok());
        assert_eq!(serde_json::to_string(&off).unwrap(), "{}");
        assert_eq!(serde_json::from_str::<OrderRules>("{}").unwrap(), off);
        assert_eq!(
            off.order(0, 1e-9, 1.0, 1.5, 9.0).to_bits(),
            1.5_f64.to_bits()
        );
        assert_eq!(off.reached(0, 1.0, 1.5, 0.0).to_bits(), 1.5_f64.to_bits());
        assert_eq!(off.fill_price(0, 9.37, 1.0).to_bits(), 9.37_f64.to_bits());
    }

    #[test]
    fn changes_inside_the_band_and_small_orders_are_not_traded() {
        let rules = OrderRules {
            no_trade_band: 0.02,
            min_notional: 100.0,
            ..OrderRules::default()
        };
        let order = |change, wanted| rules.order(0, change, 5.0, wanted, 50.0);
        assert!((order(0.019, 50.0) - 5.0).abs() < 1e-15);
        assert!((order(-0.02, 3.0) - 3.0).abs() < 1e-15);
        assert!((order(0.5, 6.9) - 5.0).abs() < 1e-15);
    }

    #[test]
    fn fill_prices_are_rounded_against_the_trader() {
        let rules = OrderRules {
            ticks: vec![0.05],
            ..OrderRules::default()
        };
        for (price, side, expected) in [
            (10.02, 1.0, 10.05),
            (10.02, -1.0, 10.0),
            (10.05, 1.0, 10.05),
            (10.05, -1.0, 10.05),
        ] {
            assert!((rules.fill_price(0, price, side) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn invalid_rules_are_refused_by_name() {
        let refuse = |rules: OrderRules, max_gross| rules.check(max_gross).unwrap_err().to_string();
        let off = OrderRules::default;
        let band = OrderRules {
            no_trade_band: 1.0,
            ..off()
        };
        assert!(refuse(band, 1.0).starts_with("orders.no_trade_band: found 1"));
        let lots = OrderRules {
            lots: vec![1.0, 0.0],
            ..off()
        };
        assert!(refuse(lots, 1.0).starts_with("orders.lots: found 0"));
        let share = OrderRules {
            max_participation: Some(1.5),
            ..off()
        };
        assert!(refuse(share, 1.0).starts_with("orders.max_participation"));
        let margin = OrderRules {
            maintenance_margin: 0.5,
            ..off()
        };
        assert!(margin.check(1.9).is_ok());
        assert!(refuse(margin, 2.0).contains("less than 0.5"));
        let ticks = OrderRules {
            ticks: vec![0.01],
            ..off()
        };
        let two = ["A".to_owned(), "B".to_owned()];
        assert!(ticks.check_counts(&two[..1]).is_ok() && off().check_counts(&two).is_ok());
        let error = ticks.check_counts(&two).unwrap_err().to_string();
        assert!(error.contains("found 1 numbers"), "{error}");
    }

    proptest! {
        /// Positions stay whole lots, never beyond what was wanted nor beyond the cap.
        #[test]
        fn lots_and_caps_hold(
            lot in 0.001..50.0_f64, n_held in -50_i32..50, wanted in -2e3..2e3_f64,
            share in 0.01..1.0_f64, volume in 0.0..2e3_f64,
        ) {
            let rules = OrderRules {
                lots: vec![lot],
                max_participation: Some(share),
                ..OrderRules::default()
            };
            let whole = |units: f64| (units / lot - (units / lot).round()).abs() < 1e-6;
            let held = f64::from(n_held) * lot;
            let order = rules.order(0, 1.0, held, wanted, 1.0);
            prop_assert!(whole(order) && order.abs() <= wanted.abs() * (1.0 + 1e-8));
            prop_assert!((wanted - order).abs() < lot * (1.0 + 1e-6) + 1e-8 * wanted.abs());
            let reached = rules.reached(0, held, order, volume);
            prop_assert!(whole(reached));
            prop_assert!((reached - held).abs() <= share * volume * (1.0 + 1e-6) + 1e-9);
            prop_assert!((reached - held) * (order - held) >= 0.0);
            prop_assert!((reached - held).abs() <= (order - held).abs() * (1.0 + 1e-6) + 1e-9);
        }
    }
}
