//! Impact that outlasts its trade and decays.

use super::{Quote, Trade};
use crate::market::{Bound, OutOfBounds, check_bounds};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// Impact that outlasts its trade: the account's trades displace the price at which it trades, and
/// the displacement decays with a half-life h.
///
/// A trade of signed value v at the displacement d, a fraction of the price, costs
///
/// `v · (d + k v / 2)`, with `k = coefficient · σ / D`,
///
/// the volatility σ of one bar and the depth D, the traded value of the bar times a shock's
/// liquidity multiplier. It leaves the displacement d + k v; a later trade is charged
///
/// `d = √k · y`, `y = Σ √k_j · v_j · 2^(−Δ_j / h)`
///
/// over the asset's earlier trades of the episode, with the time `Δ_j` since each, weekends
/// included. Further purchases thus pay for the earlier ones, and a sale soon after a purchase
/// recovers part of its cost: the cost of one trade may be negative, the sum over any number of
/// trades is not.
///
/// Two purchases at constant k cost `k (v_1² / 2 + v_1 v_2 · 2^(−Δ / h) + v_2² / 2)`: the model of
/// Obizhaeva and Wang (2013), a propagator (Bouchaud et al. 2004) with an exponential kernel. The
/// displacement is linear in the value because a concave one with an exponential decay can be
/// manipulated: some round trips earn money on a flat price (Gatheral 2010). The state is y and not
/// d because k changes from bar to bar: with d, a purchase in a thin market and a sale in a deep
/// one would earn (Fruth, Schöneborn and Urusov 2014). With y, the costs up to any time sum to
/// `Σ (y_after² − y_before²) / 2`, and y only decays in between, so the sum is never negative.
///
/// The displacement is charged in cash. Prices, features and marks stay those of the data, so the
/// equity holds no paper profit from the account's own pressure on the price (Caccioli, Bouchaud
/// and Farmer 2012); only trades, including the liquidation that ends an episode, pay for it.
/// Observations do not contain it. It adds to the square-root impact, which ends with its trade:
/// lower both coefficients where one estimate is split between them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct TransientImpact {
    /// Displacement by a trade as large as a bar's traded value, in one-bar volatilities; 0
    /// switches it off. A trade of the share x of that value costs as much as square-root impact
    /// with Y if `coefficient = 2 Y / √x`. Range: [0, 1000]. Try first: 2.
    pub coefficient: f64,
    /// Time in which half of a displacement is gone. Unit: hours. Range: [1e-6, 1e12]. Try first:
    /// 1.
    pub half_life_hours: f64,
}

impl TransientImpact {
    pub(super) fn check(&self) -> Result<(), OutOfBounds> {
        let half_life = "costs.transient_impact.half_life_hours";
        check_bounds(&[
            (
                "costs.transient_impact.coefficient",
                self.coefficient,
                Bound::Within(0.0, 1e3, "a number in [0, 1000]"),
            ),
            (
                half_life,
                self.half_life_hours,
                Bound::Within(1e-6, 1e12, "a number in [1e-6, 1e12]"),
            ),
        ])
    }

    /// Displacement per traded value, k. Unit: 1 / currency. 0 without depth.
    #[inline]
    pub(crate) fn rate(&self, quote: &Quote) -> f64 {
        if quote.depth > 0.0 {
            self.coefficient * quote.sigma / quote.depth
        } else {
            0.0
        }
    }

    /// Share of a displacement that is left after the time `elapsed`.
    pub(crate) fn kept(&self, elapsed: TimeDelta) -> f64 {
        (-elapsed.as_seconds_f64() / 3_600.0 / self.half_life_hours).exp2()
    }

    /// Cost of a trade, `v · (d + k v / 2)`. Cold like the next function, because most envs are
    /// without it and their loops over assets stay compact.
    #[cold]
    #[inline(never)]
    pub(super) fn charge(&self, trade: &Trade<'_>) -> f64 {
        let own = 0.5 * self.rate(trade.quote) * trade.signed_value;
        trade.signed_value * (trade.quote.displacement + own)
    }

    /// Derivative of the cost with respect to the absolute traded value.
    #[cold]
    #[inline(never)]
    pub(super) fn marginal(&self, trade: &Trade<'_>) -> f64 {
        let displacement = trade.quote.displacement * 1.0_f64.copysign(trade.signed_value);
        displacement + self.rate(trade.quote) * trade.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{CostTerms, Costs, Portfolio};

    const IMPACT: TransientImpact = TransientImpact {
        coefficient: 2.0,
        half_life_hours: 6.0,
    };

    fn terms() -> CostTerms {
        let costs = Costs {
            transient_impact: Some(IMPACT),
            ..Costs::FREE
        };
        costs.terms().unwrap()
    }

    fn quote(displacement: f64) -> Quote {
        Quote {
            price: 10.0,
            sigma: 0.01,
            depth: 1e5,
            displacement,
        }
    }

    #[test]
    fn half_is_left_after_a_half_life() {
        assert!((IMPACT.kept(TimeDelta::hours(6)) - 0.5).abs() < 1e-15);
        assert!((IMPACT.kept(TimeDelta::hours(72)) - 0.5_f64.powi(12)).abs() < 1e-15);
    }

    #[test]
    fn the_charge_is_that_of_the_mean_displacement_and_its_marginal_the_derivative() {
        // k = 2 · 0.01 / 1e5 = 2e-7 per unit of currency.
        for (signed_value, displacement, expected) in [
            (1e4, 0.0, 10.0),
            (1e4, 3e-3, 40.0),
            (-1e4, 3e-3, -20.0),
            (-1e4, -3e-3, 40.0),
        ] {
            let quote = quote(displacement);
            let total = |signed_value: f64| {
                let trade = Trade {
                    asset: 0,
                    signed_value,
                    quote: &quote,
                    spread_multiplier: 1.0,
                };
                (terms().charge(&trade), terms().marginal(&trade))
            };
            let (charge, marginal) = total(signed_value);
            assert!((charge.transient_impact - expected).abs() < 1e-10);
            assert!((charge.total() - expected).abs() < 1e-10);
            let step = signed_value.signum();
            let more = total(signed_value + step).0.total();
            let less = total(signed_value - step).0.total();
            assert!(((more - less) / 2.0 - marginal).abs() < 1e-11);
        }
    }

    #[test]
    fn an_order_pays_for_the_displacement_and_does_not_spend_an_income() {
        // Long 50 of 100: 500 in cash, 500 in units.
        let mut portfolio = Portfolio::new(1, 1000.0);
        let free = Costs::FREE.terms().unwrap();
        portfolio.fill(&[50.0], &[quote(0.0)], &free, 1.0);
        let size = |target: f64, displacement: f64| {
            let (quote, mut units) = (quote(displacement), [0.0]);
            portfolio.size(&[target], 1000.0, &[quote], &terms(), &mut units);
            let signed_value = 10.0 * units[0] - 500.0;
            let trade = Trade {
                asset: 0,
                signed_value,
                quote: &quote,
                spread_multiplier: 1.0,
            };
            (10.0 * units[0], terms().charge(&trade).total())
        };
        for (target, displacement) in [(0.9, 0.02), (0.1, -0.02), (-0.9, -0.02)] {
            let (value, cost) = size(target, displacement);
            assert!(cost > 0.0 && (value - target * (1000.0 - cost)).abs() < 1e-9);
        }
        for (target, displacement) in [(0.9, -0.02), (0.1, 0.02)] {
            let (value, cost) = size(target, displacement);
            assert!(cost < 0.0 && (value - target * 1000.0).abs() < 1e-9);
        }
    }

    #[test]
    fn parameters_outside_their_range_are_named() {
        for (coefficient, half_life_hours, field) in [
            (-1.0, 1.0, "costs.transient_impact.coefficient"),
            (f64::NAN, 1.0, "costs.transient_impact.coefficient"),
            (1.0, 0.0, "costs.transient_impact.half_life_hours"),
            (1.0, f64::INFINITY, "costs.transient_impact.half_life_hours"),
        ] {
            let costs = Costs {
                transient_impact: Some(TransientImpact {
                    coefficient,
                    half_life_hours,
                }),
                ..Costs::FREE
            };
            let refusal = costs.check(1.0).unwrap_err().to_string();
            assert!(refusal.contains(field), "{refusal}");
        }
    }
}
