//! Moves of both players in many copies of an environment.

use crate::env::{Action, Env, OwnedAction, Shock};

/// Moves of the adversary in one step; an empty slice leaves that part of every shock clean.
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

/// Moves of both players in every copy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moves<'a> {
    pub(super) n_dims: usize,
    pub(super) n_assets: usize,
    pub(super) actions: Action<'a>,
    pub(super) shocks: Shocks<'a>,
}

impl<'a> Moves<'a> {
    /// Action of copy `i`.
    pub(super) fn action(&self, i: usize) -> Action<'a> {
        self.actions.rows(i, 1, self.n_dims)
    }

    /// Shock of copy `i`.
    pub(super) fn shock(&self, i: usize) -> Shock<'a> {
        let multiplier = |all: &[f64]| all.get(i).copied().unwrap_or(1.0);
        Shock {
            price_bps: rows(self.shocks.price_bps, i, 1, self.n_assets),
            spread_multiplier: multiplier(self.shocks.spread_multipliers),
            liquidity_multiplier: multiplier(self.shocks.liquidity_multipliers),
        }
    }

    /// Moves of the copies `begin..begin + n`.
    pub(super) fn rows(&self, begin: usize, n: usize) -> Self {
        let shocks = self.shocks;
        Self {
            actions: self.actions.rows(begin, n, self.n_dims),
            shocks: Shocks {
                price_bps: rows(shocks.price_bps, begin, n, self.n_assets),
                spread_multipliers: rows(shocks.spread_multipliers, begin, n, 1),
                liquidity_multipliers: rows(shocks.liquidity_multipliers, begin, n, 1),
            },
            ..*self
        }
    }
}

/// Rows `begin..begin + n`; empty if the array is empty.
fn rows<T>(all: &[T], begin: usize, n: usize, width: usize) -> &[T] {
    if all.is_empty() {
        all
    } else {
        &all[begin * width..(begin + n) * width]
    }
}

/// Owned moves of one worker's copies, to be sent to that worker.
#[derive(Debug)]
pub(super) struct OwnedMoves {
    n_dims: usize,
    n_assets: usize,
    actions: OwnedAction,
    price_bps: Vec<f64>,
    spread_multipliers: Vec<f64>,
    liquidity_multipliers: Vec<f64>,
}

impl OwnedMoves {
    pub(super) fn new(env: &impl Env, n_copies: usize) -> Self {
        let n_assets = env.shock_space().n_assets;
        Self {
            n_dims: env.action_space().n_dims(),
            n_assets,
            actions: OwnedAction::with_capacity(env.action_space(), n_copies),
            price_bps: Vec::with_capacity(n_copies * n_assets),
            spread_multipliers: Vec::with_capacity(n_copies),
            liquidity_multipliers: Vec::with_capacity(n_copies),
        }
    }

    pub(super) fn fill(&mut self, moves: &Moves<'_>) {
        let shocks = moves.shocks;
        self.actions.copy_from(moves.actions);
        for (own, given) in [
            (&mut self.price_bps, shocks.price_bps),
            (&mut self.spread_multipliers, shocks.spread_multipliers),
            (
                &mut self.liquidity_multipliers,
                shocks.liquidity_multipliers,
            ),
        ] {
            own.clear();
            own.extend_from_slice(given);
        }
    }

    pub(super) fn moves(&self) -> Moves<'_> {
        Moves {
            n_dims: self.n_dims,
            n_assets: self.n_assets,
            actions: self.actions.as_action(),
            shocks: Shocks {
                price_bps: &self.price_bps,
                spread_multipliers: &self.spread_multipliers,
                liquidity_multipliers: &self.liquidity_multipliers,
            },
        }
    }
}
