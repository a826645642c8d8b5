//! φ(h, z) of the trading environment.

use super::market::Market;
use crate::env::{Hindsight, ShockMap};
use std::{cell::RefCell, sync::Arc};

/// The exact map from a shock of the newest bar to the observation.
///
/// Snapshot: `[market part of the pipeline | account features | hindsight simple returns [n_assets]
/// | weights [n_assets] | cost rate]`. The shock moves the newest close to `C e^z` (high and low
/// widen to contain it) and the market features follow; account features are never shocked, so
/// their rows of the Jacobian are zero. (Under a `Jump` the marks, and with them the account
/// features, do move in the step itself: what the trader owns is no message that an adversary could
/// shape, so the map leaves them where they are.)
#[derive(Debug, Clone)]
pub struct TradingShockMap {
    market: Arc<Market>,
    n_account: usize,
    max_gross: f64,
}

/// Working memory of one thread, so that nothing is allocated per call.
#[derive(Debug, Default)]
struct Scratch {
    log_moves: Vec<f64>,
    features: Vec<f64>,
    jacobian: Vec<f64>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl TradingShockMap {
    pub(super) const fn new(market: Arc<Market>, n_account: usize, max_gross: f64) -> Self {
        Self {
            market,
            n_account,
            max_gross,
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
        self.market.pipeline().snapshot_len() + self.n_account + 2 * self.n_assets() + 1
    }

    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
        let (market, account) = self.split(snapshot);
        let pipeline = self.market.pipeline();
        let (to_market, to_account) = observation.split_at_mut(pipeline.n_outputs());
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.fit(shock_bps, pipeline.n_outputs());
            pipeline.peek_snapshot(market, &scratch.log_moves, &mut scratch.features);
            self.market.normalizer().apply(&scratch.features, to_market);
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
        let n_outputs = pipeline.n_outputs();
        let (to_market, to_account) = observation.split_at_mut(n_outputs);
        let (market_rows, account_rows) = jacobian.split_at_mut(n_outputs * self.n_assets());
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.fit(shock_bps, n_outputs);
            let Scratch {
                log_moves,
                features,
                jacobian,
            } = scratch;
            pipeline.jacobian_snapshot(market, log_moves, features, jacobian);
            let normalizer = self.market.normalizer();
            normalizer.apply(features, to_market);
            normalizer.apply_jacobian(jacobian, 1e-4, market_rows);
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
            cost_rate: rest[n_assets],
            max_gross: self.max_gross,
        })
    }
}

impl Scratch {
    fn fit(&mut self, shock_bps: &[f64], n_outputs: usize) {
        self.log_moves.clear();
        self.log_moves
            .extend(shock_bps.iter().map(|bps| bps * 1e-4));
        self.features.resize(n_outputs, 0.0);
        self.jacobian.resize(n_outputs * shock_bps.len(), 0.0);
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
