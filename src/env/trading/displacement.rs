//! Displacement of prices by the account's own trades.

use crate::market::{PerAsset, Quote, TransientImpact};
use chrono::{DateTime, Utc};

/// State of the transient impact; it stays 0 where `costs.transient_impact` is off.
#[derive(Debug, Clone)]
pub(super) struct Displacement {
    /// `y = Σ √k_j · v_j · 2^(−Δ_j / h)` over the trades before `moment`, `[n_assets]`.
    pressures: PerAsset<f64>,
    /// Time up to which the pressures have decayed.
    moment: DateTime<Utc>,
}

impl Displacement {
    pub(super) fn new(n_assets: usize) -> Self {
        Self {
            pressures: PerAsset::new(0.0, n_assets),
            moment: DateTime::UNIX_EPOCH,
        }
    }

    pub(super) fn reset(&mut self) {
        self.pressures.fill(0.0);
        self.moment = DateTime::UNIX_EPOCH;
    }

    /// Copies without an allocation.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.pressures.copy_from_slice(&other.pressures);
        self.moment = other.moment;
    }

    /// Lets the pressures decay up to `moment`, then writes the displacements into the quotes.
    #[inline(never)]
    pub(super) fn quote(
        &mut self,
        impact: &TransientImpact,
        moment: DateTime<Utc>,
        quotes: &mut [Quote],
    ) {
        let kept = impact.kept(moment - self.moment);
        self.moment = moment;
        for (pressure, quote) in self.pressures.iter_mut().zip(quotes) {
            *pressure *= kept;
            quote.displacement = impact.rate(quote).sqrt() * *pressure;
        }
    }

    /// Displaces the quotes at `moment`, at which the account then trades from `held` to `units`.
    #[inline(never)]
    pub(super) fn fill(
        &mut self,
        impact: &TransientImpact,
        moment: DateTime<Utc>,
        quotes: &mut [Quote],
        (held, units): (&[f64], &[f64]),
    ) {
        self.quote(impact, moment, quotes);
        let trades = held.iter().zip(units).zip(quotes);
        for (pressure, ((held, units), quote)) in self.pressures.iter_mut().zip(trades) {
            *pressure += impact.rate(quote).sqrt() * (units - held) * quote.price;
        }
    }
}
