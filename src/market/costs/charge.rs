//! Money paid for trades and for holding, by kind of cost.

use serde::{Deserialize, Serialize};

/// Cost of trades or of holding, by kind. Unit: currency. A negative value is an income; fee,
/// spread, impact and borrow are >= 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Proportional fee.
    pub fee: f64,
    /// Half spread, times a shock's spread multiplier.
    pub spread: f64,
    /// Square-root impact.
    pub impact: f64,
    /// Transient impact; an income where a trade reverses an earlier one, but never in sum.
    pub transient_impact: f64,
    /// Interest on positive cash; an income at a positive rate.
    pub cash_interest: f64,
    /// Interest on negative cash.
    pub margin_interest: f64,
    /// Fee on short positions.
    pub borrow: f64,
    /// Funding of perpetual futures: paid by a long position at a positive rate, received by a
    /// short one.
    pub funding: f64,
    /// Sum of the own terms, for trades and for holding.
    pub other: f64,
}

impl Charge {
    /// Names of the kinds, in the order of [`Charge::to_array`].
    pub const KINDS: [&str; 9] = [
        "fee",
        "spread",
        "impact",
        "transient_impact",
        "cash_interest",
        "margin_interest",
        "borrow",
        "funding",
        "other",
    ];

    /// Sum over the kinds.
    #[must_use]
    #[inline]
    pub fn total(&self) -> f64 {
        let holding = self.cash_interest + self.margin_interest + self.borrow + self.funding;
        self.fee + self.spread + self.impact + self.transient_impact + self.other + holding
    }

    /// Adds the cost of a trade, without the kinds that only holding has.
    #[inline]
    pub(crate) fn add_trade(&mut self, trade: &Self) {
        self.fee += trade.fee;
        self.spread += trade.spread;
        self.impact += trade.impact;
        self.transient_impact += trade.transient_impact;
        self.other += trade.other;
    }

    /// Cost of each kind, in the order of [`Charge::KINDS`].
    #[must_use]
    pub const fn to_array(&self) -> [f64; 9] {
        [
            self.fee,
            self.spread,
            self.impact,
            self.transient_impact,
            self.cash_interest,
            self.margin_interest,
            self.borrow,
            self.funding,
            self.other,
        ]
    }

    /// Charge with these costs, in the order of [`Charge::KINDS`].
    #[must_use]
    pub const fn from_array(costs: [f64; 9]) -> Self {
        let [
            fee,
            spread,
            impact,
            transient_impact,
            cash_interest,
            margin_interest,
            borrow,
            funding,
            other,
        ] = costs;
        Self {
            fee,
            spread,
            impact,
            transient_impact,
            cash_interest,
            margin_interest,
            borrow,
            funding,
            other,
        }
    }
}

impl std::ops::AddAssign for Charge {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.fee += other.fee;
        self.spread += other.spread;
        self.impact += other.impact;
        self.transient_impact += other.transient_impact;
        self.cash_interest += other.cash_interest;
        self.margin_interest += other.margin_interest;
        self.borrow += other.borrow;
        self.funding += other.funding;
        self.other += other.other;
    }
}

impl std::iter::Sum for Charge {
    fn sum<I: Iterator<Item = Self>>(charges: I) -> Self {
        charges.fold(Self::default(), |mut sum, charge| {
            sum += charge;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_the_fields() {
        let charge = Charge::from_array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]);
        let fields = serde_json::to_value(charge).unwrap();
        for (kind, cost) in Charge::KINDS.iter().zip(charge.to_array()) {
            assert_eq!(fields[kind], cost, "{kind}");
        }
        assert_eq!(fields.as_object().unwrap().len(), Charge::KINDS.len());
        assert!((charge.total() - 511.0).abs() < 1e-12);
        let twice: Charge = [charge, charge].into_iter().sum();
        assert!((twice.total() - 1022.0).abs() < 1e-12);
    }
}
