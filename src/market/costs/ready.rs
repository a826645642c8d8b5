//! Cost terms, ready to charge.

use super::{
    Charge, CostError, CostTerm, Holding, Trade, TransientImpact,
    built_in::{Fee, HalfSpread, SquareRootImpact},
    holding::{BorrowFee, CashInterest, FundingTerm, MarginInterest},
};
use crate::market::Panel;
use chrono::TimeDelta;
use std::{fmt, sync::Arc};

/// The cost terms of one market, ready to charge; made by [`Costs::terms`](super::Costs::terms).
#[derive(Clone)]
pub struct CostTerms {
    pub(super) fee: Fee,
    pub(super) half_spread: HalfSpread,
    pub(super) impact: SquareRootImpact,
    /// `None` where it is off.
    pub(super) transient: Option<TransientImpact>,
    pub(super) cash: CashInterest,
    pub(super) margin: MarginInterest,
    pub(super) borrow: BorrowFee,
    pub(super) funding: Option<FundingTerm>,
    pub(super) own: Vec<Arc<dyn CostTerm>>,
    pub(super) charges_holding: bool,
}

impl CostTerms {
    /// Fee plus half spread of `asset`, as a fraction of the traded value.
    #[must_use]
    #[inline]
    pub fn proportional(&self, asset: usize, spread_multiplier: f64) -> f64 {
        let half_spread = self.half_spread.0.fraction() * spread_multiplier;
        self.fee.0.get(asset).fraction() + half_spread
    }

    /// Funding of a long position in `asset` over the time `elapsed`, as a fraction of its value.
    /// `signals` are those known at the end of the bar for which it is paid.
    #[must_use]
    pub fn funding_rate(&self, asset: usize, elapsed: TimeDelta, signals: &[f64]) -> f64 {
        let funding = self.funding.as_ref();
        funding.map_or(0.0, |funding| funding.rate(asset, elapsed, signals))
    }

    /// Returns an error if a signal of the market that sets a funding rate is outside [−1, 1].
    pub(crate) fn check_signals(&self, panel: &Panel) -> Result<(), CostError> {
        let funding = self.funding.as_ref();
        funding.map_or(Ok(()), |funding| funding.check_signals(panel))
    }

    /// Same value as [`Costs::needs_depth`](super::Costs::needs_depth).
    #[must_use]
    #[inline]
    pub fn needs_depth(&self) -> bool {
        self.impact.coefficient > 0.0 || self.transient.is_some() || !self.own.is_empty()
    }

    /// Transient impact; `None` where it is off.
    #[inline]
    pub(crate) const fn transient_impact(&self) -> Option<&TransientImpact> {
        self.transient.as_ref()
    }

    /// Returns true if holding an account can cost or earn something.
    #[must_use]
    #[inline]
    pub(crate) const fn charges_holding(&self) -> bool {
        self.charges_holding
    }

    /// Cost of a trade, by term.
    #[must_use]
    #[inline]
    pub fn charge(&self, trade: &Trade<'_>) -> Charge {
        Charge {
            fee: self.fee.charge(trade),
            spread: self.half_spread.charge(trade),
            impact: self.impact.charge(trade),
            transient_impact: self.transient.map_or(0.0, |impact| impact.charge(trade)),
            other: self.sum_own(|term| term.charge(trade)),
            ..Charge::default()
        }
    }

    /// Total cost of a trade, and its derivative with respect to the absolute traded value.
    #[must_use]
    #[inline]
    pub(crate) fn cost_and_marginal(&self, trade: &Trade<'_>) -> (f64, f64) {
        let linear = self.proportional(trade.asset, trade.spread_multiplier);
        let impact = self.impact.rate(trade);
        let mut cost = trade.value() * (linear + impact) + self.sum_own(|term| term.charge(trade));
        let mut marginal = linear + 1.5 * impact + self.sum_own(|term| term.marginal(trade));
        if let Some(transient) = &self.transient {
            cost += transient.charge(trade);
            marginal += transient.marginal(trade);
        }
        (cost, marginal)
    }

    /// Derivative of the total [`CostTerms::charge`] with respect to the absolute traded value;
    /// only transient impact can make it negative.
    #[must_use]
    #[inline]
    pub fn marginal(&self, trade: &Trade<'_>) -> f64 {
        self.fee.marginal(trade)
            + self.half_spread.marginal(trade)
            + self.impact.marginal(trade)
            + self.transient.map_or(0.0, |impact| impact.marginal(trade))
            + self.sum_own(|term| term.marginal(trade))
    }

    /// Cost of holding an account over one period, by term.
    #[must_use]
    pub fn holding(&self, account: &Holding<'_>) -> Charge {
        let funding = self.funding.as_ref();
        Charge {
            cash_interest: self.cash.holding(account),
            margin_interest: self.margin.holding(account),
            borrow: self.borrow.holding(account),
            funding: funding.map_or(0.0, |term| term.holding(account)),
            other: self.sum_own(|term| term.holding(account)),
            ..Charge::default()
        }
    }

    #[inline]
    fn sum_own(&self, of: impl Fn(&dyn CostTerm) -> f64) -> f64 {
        self.own.iter().fold(0.0, |sum, term| sum + of(&**term))
    }
}

impl fmt::Debug for CostTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.own.iter().map(|term| term.name());
        f.debug_struct("CostTerms")
            .field("fee", &self.fee)
            .field("half_spread", &self.half_spread)
            .field("impact", &self.impact)
            .field("transient", &self.transient)
            .field("cash", &self.cash)
            .field("margin", &self.margin)
            .field("borrow", &self.borrow)
            .field("funding", &self.funding)
            .field("own", &own.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
