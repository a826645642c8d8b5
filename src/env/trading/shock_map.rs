//! Shock map φ(h, z) of the trading environment.

use super::market::Market;
use crate::env::{Exposure, Hindsight, ShockKind, ShockMap};
use std::sync::Arc;

/// Exact map from a shock of the newest bar to the observation.
///
/// Snapshot: `[market part of the pipeline | account features | hindsight simple returns [n_assets]
/// | weights [n_assets] | cost rates [n_assets] | with jumps: weights over the newest close
/// [n_assets]]`; the hindsight returns are `(close_{t+1} − open_{t+1}) / close_t`, minus funding.
///
/// The shock moves the newest close to `C e^z` (high and low widen to contain it) and the market
/// features follow. Account features are never shocked: their rows of the Jacobian are zero. (A
/// `Jump` does move the marks and with them the account features of the step; the map ignores this.
/// [`ShockMap::exposure`] gives the loss of the holdings.)
#[derive(Debug, Clone)]
pub(super) struct TradingShockMap {
    market: Arc<Market>,
    n_account: usize,
    max_gross: f64,
    kind: ShockKind,
}

impl TradingShockMap {
    pub(super) const fn new(
        market: Arc<Market>,
        n_account: usize,
        max_gross: f64,
        kind: ShockKind,
    ) -> Self {
        Self {
            market,
            n_account,
            max_gross,
            kind,
        }
    }

    fn n_assets(&self) -> usize {
        self.market.panel().n_assets()
    }

    /// Splits a snapshot into its market part and its account features.
    fn split<'a>(&self, snapshot: &'a [f64]) -> (&'a [f64], &'a [f64]) {
        let (market, rest) = snapshot.split_at(self.market.pipeline().snapshot_len());
        (market, &rest[..self.n_account])
    }
}

impl ShockMap for TradingShockMap {
    fn snapshot_len(&self) -> usize {
        let n_exposed = match self.kind {
            ShockKind::Jump => self.n_assets(),
            ShockKind::Print | ShockKind::Drift => 0,
        };
        self.market.pipeline().snapshot_len() + self.n_account + 3 * self.n_assets() + n_exposed
    }

    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
        let (market, account) = self.split(snapshot);
        let pipeline = self.market.pipeline();
        let n_outputs = pipeline.n_outputs();
        let (to_market, to_account) = observation.split_at_mut(n_outputs);
        with_buffer(shock_bps.len() + n_outputs, |buffer| {
            let (log_moves, features) = buffer.split_at_mut(shock_bps.len());
            write_log_moves(shock_bps, log_moves);
            pipeline.peek_snapshot(market, log_moves, features);
            self.market.normalizer().apply(features, to_market);
        });
        write_account(account, to_account);
    }

    fn jacobian(
        &self,
        snapshot: &[f64],
        shock_bps: &[f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        let (market, account) = self.split(snapshot);
        let pipeline = self.market.pipeline();
        let (n_assets, n_outputs) = (shock_bps.len(), pipeline.n_outputs());
        let (to_market, to_account) = observation.split_at_mut(n_outputs);
        let (market_rows, account_rows) = jacobian.split_at_mut(n_outputs * n_assets);
        with_buffer(n_assets + n_outputs * (1 + n_assets), |buffer| {
            let (log_moves, rest) = buffer.split_at_mut(n_assets);
            let (features, slopes) = rest.split_at_mut(n_outputs);
            write_log_moves(shock_bps, log_moves);
            pipeline.jacobian_snapshot(market, log_moves, features, slopes);
            let normalizer = self.market.normalizer();
            normalizer.apply(features, to_market);
            normalizer.apply_jacobian(slopes, 1e-4, market_rows);
        });
        write_account(account, to_account);
        account_rows.fill(0.0);
    }

    fn hindsight<'a>(&self, snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
        let n_assets = self.n_assets();
        let begin = self.market.pipeline().snapshot_len() + self.n_account;
        let (simple_returns, rest) = snapshot[begin..].split_at(n_assets);
        Some(Hindsight {
            simple_returns,
            weights: &rest[..n_assets],
            cost_rates: &rest[n_assets..2 * n_assets],
            max_gross: self.max_gross,
        })
    }

    fn exposure<'a>(&self, snapshot: &'a [f64]) -> Option<Exposure<'a>> {
        let begin = snapshot.len().checked_sub(self.n_assets())?;
        (self.kind == ShockKind::Jump).then(|| Exposure {
            weights: &snapshot[begin..],
            unit_bps: 1.0,
        })
    }
}

/// Calls `act` with `len` zeros, which are on the stack for a panel of a few assets.
fn with_buffer(len: usize, act: impl FnOnce(&mut [f64])) {
    const STACK_LEN: usize = 128;
    if len <= STACK_LEN {
        act(&mut [0.0; STACK_LEN][..len]);
    } else {
        act(&mut vec![0.0; len]);
    }
}

fn write_log_moves(shock_bps: &[f64], log_moves: &mut [f64]) {
    for (log_move, bps) in log_moves.iter_mut().zip(shock_bps) {
        *log_move = bps * 1e-4;
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "they were f32 before they were stored"
)]
fn write_account(account: &[f64], out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(account) {
        *out = *x as f32;
    }
}
