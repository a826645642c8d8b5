//! Both players' moves in many copies of an environment.

use crate::env::{Action, Shock};

/// The adversary's moves of one step; an empty slice leaves that part of every shock clean.
#[derive(Debug, Clone, Copy)]
pub struct Shocks<'a> {
    /// Log-price moves, row-major `[n_copies, n_assets]`. Unit: bps.
    pub price_bps: &'a [f64],
    /// Spread multipliers, `[n_copies]`.
    pub spread_multipliers: &'a [f64],
    /// Liquidity multipliers, `[n_copies]`.
    pub liquidity_multipliers: &'a [f64],
}

impl Shocks<'_> {
    /// The clean market in every copy.
    pub const NONE: Shocks<'static> = Shocks {
        price_bps: &[],
        spread_multipliers: &[],
        liquidity_multipliers: &[],
    };
}

/// Both players' moves in every copy.
#[derive(Debug, Clone, Copy)]
pub struct Moves<'a> {
    pub(super) n_dims: usize,
    pub(super) n_assets: usize,
    pub(super) actions: Action<'a>,
    pub(super) shocks: Shocks<'a>,
}

impl<'a> Moves<'a> {
    /// The agent's move in copy `i`.
    #[must_use]
    pub fn action(&self, i: usize) -> Action<'a> {
        let row = i * self.n_dims..(i + 1) * self.n_dims;
        match self.actions {
            Action::Continuous(actions) => Action::Continuous(&actions[row]),
            Action::Categorical(actions) => Action::Categorical(&actions[row]),
        }
    }

    /// The adversary's move in copy `i`.
    #[must_use]
    pub fn shock(&self, i: usize) -> Shock<'a> {
        let one = |multipliers: &[f64]| multipliers.get(i).copied().unwrap_or(1.0);
        let price_bps = self.shocks.price_bps;
        Shock {
            price_bps: if price_bps.is_empty() {
                &[]
            } else {
                &price_bps[i * self.n_assets..(i + 1) * self.n_assets]
            },
            spread_multiplier: one(self.shocks.spread_multipliers),
            liquidity_multiplier: one(self.shocks.liquidity_multipliers),
        }
    }

    /// The moves in `n_copies` copies from copy `begin` on.
    pub(super) fn rows(&self, begin: usize, n_copies: usize) -> Self {
        fn rows<T>(all: &[T], begin: usize, n_copies: usize, width: usize) -> &[T] {
            if all.is_empty() {
                all
            } else {
                &all[begin * width..(begin + n_copies) * width]
            }
        }
        let shocks = self.shocks;
        Self {
            actions: match self.actions {
                Action::Continuous(actions) => {
                    Action::Continuous(rows(actions, begin, n_copies, self.n_dims))
                }
                Action::Categorical(actions) => {
                    Action::Categorical(rows(actions, begin, n_copies, self.n_dims))
                }
            },
            shocks: Shocks {
                price_bps: rows(shocks.price_bps, begin, n_copies, self.n_assets),
                spread_multipliers: rows(shocks.spread_multipliers, begin, n_copies, 1),
                liquidity_multipliers: rows(shocks.liquidity_multipliers, begin, n_copies, 1),
            },
            ..*self
        }
    }
}
