//! One step of many copies of an environment: both players' moves in, what came of them out.

use crate::env::{Action, Outcome, Shock, Step};

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

    /// Whether nothing is shocked in any copy, without looking at numbers.
    pub(in crate::env) const fn are_none(&self) -> bool {
        self.price_bps.is_empty()
            && self.spread_multipliers.is_empty()
            && self.liquidity_multipliers.is_empty()
    }
}

/// Both players' moves in every copy.
#[derive(Debug, Clone, Copy)]
pub struct Moves<'a> {
    pub(in crate::env) n_dims: usize,
    pub(in crate::env) n_assets: usize,
    pub(in crate::env) actions: Action<'a>,
    pub(in crate::env) shocks: Shocks<'a>,
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
    #[cfg(feature = "learn")]
    pub(in crate::env) fn rows(&self, begin: usize, n_copies: usize) -> Self {
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

/// Where the steps of all copies are written to.
#[derive(Debug)]
pub struct Steps<'a> {
    /// Numbers per observation.
    pub n_fields: usize,
    /// Observations after the step, before any reset, row-major `[n_copies, n_fields]`.
    pub observations: &'a mut [f32],
    /// Rewards, `[n_copies]`.
    pub rewards: &'a mut [f64],
    /// Outcomes, `[n_copies]`.
    pub outcomes: &'a mut [Outcome],
    /// Actions each copy refused since it was built, `[n_copies]`: kept from step to step, written where it may have changed.
    pub n_refused: &'a mut [u64],
}

impl Steps<'_> {
    /// Where the steps of `n_copies` copies from copy `begin` on are written to.
    pub(in crate::env) fn rows(&mut self, begin: usize, n_copies: usize) -> Steps<'_> {
        let (rows, n) = (begin..begin + n_copies, self.n_fields);
        Steps {
            n_fields: n,
            observations: &mut self.observations[rows.start * n..rows.end * n],
            rewards: &mut self.rewards[rows.clone()],
            outcomes: &mut self.outcomes[rows.clone()],
            n_refused: &mut self.n_refused[rows],
        }
    }

    /// Writes the step of copy `i`.
    pub fn put(&mut self, i: usize, step: Step<'_>) {
        self.rewards[i] = step.reward;
        self.outcomes[i] = step.outcome;
        let row = i * self.n_fields..(i + 1) * self.n_fields;
        self.observations[row].copy_from_slice(step.observation);
    }
}
