//! Account features: the state of the trader's own account. No shock moves them.

use super::Field;
use crate::market::each_asset;
use serde::{Deserialize, Serialize};

/// Feature of the trader's own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum AccountFeature {
    /// Current weight of each asset (`n_assets` values).
    Weights,
    /// Cash over equity.
    Cash,
    /// Unrealized profit over equity.
    Unrealized,
    /// Remaining share of the episode, 1 at its start. Leave it out for a bot that never stops.
    TimeLeft,
    /// Tradability of each asset's newest bar, 1 or 0 (`n_assets` values). An order for an asset
    /// that is halted now may have to wait.
    Tradable,
}

/// Account state that account features read.
#[derive(Debug, Clone, Copy)]
pub struct AccountView<'a> {
    /// Signed position value over equity per asset.
    pub weights: &'a [f64],
    /// Cash over equity.
    pub cash: f64,
    /// Unrealized profit over equity.
    pub unrealized: f64,
    /// Remaining share of the episode in [0, 1].
    pub time_left: f64,
    /// Tradability of each asset's newest bar; empty if all could be traded.
    pub tradable: &'a [bool],
}

impl<'a> AccountView<'a> {
    /// Cash-only account at the start of an episode. `weights` are zeros, `[n_assets]`.
    #[must_use]
    pub const fn cash_only(weights: &'a [f64]) -> Self {
        Self {
            weights,
            cash: 1.0,
            unrealized: 0.0,
            time_left: 1.0,
            tradable: &[],
        }
    }
}

impl AccountFeature {
    /// Number of values for a portfolio of `n_assets`.
    #[must_use]
    pub const fn n_values(self, n_assets: usize) -> usize {
        match self {
            Self::Weights | Self::Tradable => n_assets,
            Self::Cash | Self::Unrealized | Self::TimeLeft => 1,
        }
    }

    pub(super) fn fields(self, symbols: &[String]) -> Vec<Field> {
        let of_equity = |name: String| Field::fixed(name, "fraction of equity", 0);
        match self {
            Self::Weights => {
                let name = |symbol: &String| format!("{symbol}.weight");
                symbols.iter().map(|s| of_equity(name(s))).collect()
            }
            Self::Cash => vec![of_equity("account.cash".into())],
            Self::Unrealized => vec![of_equity("account.unrealized".into())],
            Self::TimeLeft => {
                let field = Field::fixed("account.time_left", "fraction of the episode", 0);
                vec![field.within(0.0, 1.0)]
            }
            Self::Tradable => {
                let name = |symbol: &String| format!("{symbol}.tradable");
                let field = |s: &String| Field::fixed(name(s), "0 or 1", 0).within(0.0, 1.0);
                symbols.iter().map(field).collect()
            }
        }
    }
}

/// Account state, as in [`AccountView`], computed on demand so that unread values cost nothing.
pub(crate) trait Book {
    fn n_assets(&self) -> usize;
    fn weight(&self, asset: usize) -> f64;
    fn cash(&self) -> f64;
    fn unrealized(&self) -> f64;
    fn time_left(&self) -> f64;
    fn is_tradable(&self, asset: usize) -> bool;
}

impl Book for AccountView<'_> {
    fn n_assets(&self) -> usize {
        self.weights.len()
    }
    fn weight(&self, asset: usize) -> f64 {
        self.weights[asset]
    }
    fn cash(&self) -> f64 {
        self.cash
    }
    fn unrealized(&self) -> f64 {
        self.unrealized
    }
    fn time_left(&self) -> f64 {
        self.time_left
    }
    fn is_tradable(&self, asset: usize) -> bool {
        self.tradable.get(asset).copied().unwrap_or(true)
    }
}

impl AccountView<'_> {
    /// Writes the values of `features` in order. They are fractions and need no normalizer.
    ///
    /// Shape: `out [sum of n_values]`.
    pub fn write(&self, features: &[AccountFeature], out: &mut [f32]) {
        write_account(self, features, out);
    }
}

/// [`AccountView::write`] for any [`Book`].
#[inline]
pub(crate) fn write_account(book: &impl Book, features: &[AccountFeature], out: &mut [f32]) {
    let mut at = 0;
    for feature in features {
        let n_values = feature.n_values(book.n_assets());
        let out = &mut out[at..at + n_values];
        each_asset(n_values, |i| out[i] = account_value(book, *feature, i));
        at += n_values;
    }
    debug_assert_eq!(at, out.len());
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "observations are f32 by contract"
)]
#[inline]
fn account_value(book: &impl Book, feature: AccountFeature, i: usize) -> f32 {
    let value = match feature {
        AccountFeature::Weights => book.weight(i),
        AccountFeature::Cash => book.cash(),
        AccountFeature::Unrealized => book.unrealized(),
        AccountFeature::TimeLeft => book.time_left(),
        AccountFeature::Tradable => f64::from(u8::from(book.is_tradable(i))),
    };
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_the_order_of_the_list() {
        let view = AccountView {
            weights: &[0.5, -0.25],
            cash: 0.75,
            unrealized: -0.125,
            time_left: 1.0,
            tradable: &[true, false],
        };
        let features = [
            AccountFeature::TimeLeft,
            AccountFeature::Weights,
            AccountFeature::Unrealized,
            AccountFeature::Cash,
            AccountFeature::Tradable,
        ];
        let mut out = [0.0; 7];
        view.write(&features, &mut out);
        assert_eq!(out.to_vec(), [1.0, 0.5, -0.25, -0.125, 0.75, 1.0, 0.0]);
        let symbols = ["A".to_owned(), "B".to_owned()];
        for feature in features {
            assert_eq!(feature.n_values(2), feature.fields(&symbols).len());
        }
    }
}
