//! The costs of a trade.

use super::{CostTerm, Each, Trade};
use crate::units::Bps;

/// Proportional fee: `V · fee`, the same for every asset or one per asset.
///
/// All fills take liquidity, so this is a venue's taker fee. Maker fees, paid by resting orders,
/// are not modeled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fee(pub(super) Each<Bps>);

/// Half the quoted spread: `V · half_spread · m`, with the spread multiplier m of a shock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HalfSpread(pub(super) Bps);

/// Square-root impact: `V · Y · σ · √(V / D)`, with the volatility σ of one bar and the depth D.
///
/// The law is empirical (Almgren et al. 2005; Tóth et al. 2011, arXiv 1105.1694). The fill is at
/// the quoted price and the impact is charged in cash, so the prices stay those of the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SquareRootImpact {
    /// Impact coefficient Y; 0 switches impact off.
    pub(super) coefficient: f64,
}

impl CostTerm for Fee {
    #[inline]
    fn name(&self) -> &'static str {
        "fee"
    }
    #[inline]
    fn charge(&self, trade: &Trade<'_>) -> f64 {
        trade.value() * self.0.get(trade.asset).fraction()
    }
    #[inline]
    fn marginal(&self, trade: &Trade<'_>) -> f64 {
        self.0.get(trade.asset).fraction()
    }
}

impl CostTerm for HalfSpread {
    fn name(&self) -> &'static str {
        "half_spread"
    }
    #[inline]
    fn charge(&self, trade: &Trade<'_>) -> f64 {
        trade.value() * self.0.fraction() * trade.spread_multiplier
    }
    #[inline]
    fn marginal(&self, trade: &Trade<'_>) -> f64 {
        self.0.fraction() * trade.spread_multiplier
    }
}

impl SquareRootImpact {
    /// Impact as a fraction of the traded value.
    #[inline]
    pub(super) fn rate(self, trade: &Trade<'_>) -> f64 {
        if self.coefficient > 0.0 && trade.value() > 0.0 {
            self.coefficient * trade.quote.sigma * (trade.value() / trade.quote.depth).sqrt()
        } else {
            0.0
        }
    }
}

impl CostTerm for SquareRootImpact {
    fn name(&self) -> &'static str {
        "square_root_impact"
    }
    #[inline]
    fn charge(&self, trade: &Trade<'_>) -> f64 {
        trade.value() * self.rate(trade)
    }
    #[inline]
    fn marginal(&self, trade: &Trade<'_>) -> f64 {
        1.5 * self.rate(trade)
    }
}
