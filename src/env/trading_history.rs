//! What the market truly did so far in an episode, and what its newest bar looks like under a shock.

use super::{
    ShockKind,
    trading_market::{Market, update_variance},
};
use crate::{
    features::print_bar,
    market::{Bar, Panel},
};
use chrono::{DateTime, Utc};

/// The price path of an episode: the panel's rows times the multiplier that past jumps left on each asset.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Row of the newest bar.
    row: usize,
    path: Path,
    /// Feature state: rows before `row` are committed, with everything that truly happened to them. Stale while the market
    /// has it ([`History::state`]).
    state: Vec<f64>,
    /// True over clean price up to the newest bar's shock, `[n_assets]`; 1 on the clean path.
    multipliers: Vec<f64>,
    /// Shock of the newest bar as log-price moves, `[n_assets]`.
    log_moves: Vec<f64>,
    /// Newest bar: true up to its shock, `[n_assets]`.
    bars: Vec<Bar>,
    /// EWMA variance of the true log returns up to the newest bar, its shock included, `[n_assets]`.
    variances: Vec<f64>,
}

/// Whether a jump ever moved the prices of this episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    Clean,
    Jumped,
}

impl History {
    pub(super) fn new(market: &Market) -> Self {
        let n_assets = market.panel().n_assets();
        Self {
            row: 0,
            path: Path::Clean,
            state: vec![0.0; market.pipeline().state_len()],
            multipliers: vec![1.0; n_assets],
            log_moves: vec![0.0; n_assets],
            bars: market.panel().row(0).to_vec(),
            variances: vec![0.0; n_assets],
        }
    }

    /// Starts at `row`, clean.
    pub(super) fn reset(&mut self, market: &Market, row: usize) {
        self.row = row;
        self.path = Path::Clean;
        if market.state(row).is_none() {
            market.restore(row, &mut self.state);
        }
        self.multipliers.fill(1.0);
        self.log_moves.fill(0.0);
        self.bars.copy_from_slice(market.panel().row(row));
        self.variances.copy_from_slice(market.variances(row));
    }

    /// A copy without an allocation.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.row = other.row;
        self.path = other.path;
        self.state.copy_from_slice(&other.state);
        self.multipliers.copy_from_slice(&other.multipliers);
        self.log_moves.copy_from_slice(&other.log_moves);
        self.bars.copy_from_slice(&other.bars);
        self.variances.copy_from_slice(&other.variances);
    }

    /// Commits the newest bar as it truly was and reveals the next one, clean as yet.
    pub(super) fn advance(&mut self, market: &Market, kind: ShockKind) {
        if kind == ShockKind::Jump {
            self.settle_jump(market);
        }
        if self.stored_state(market).is_none() {
            let end = self.end(market.panel());
            market.pipeline().push(&mut self.state, &self.bars, end);
        }
        self.row += 1;
        self.log_moves.fill(0.0);
        self.bars.copy_from_slice(market.panel().row(self.row));
        if self.path == Path::Jumped {
            for (bar, multiplier) in self.bars.iter_mut().zip(&self.multipliers) {
                *bar = scaled(bar, *multiplier);
            }
        }
    }

    /// Shocks the newest bar, clean so far, and takes its true return into the variances.
    pub(super) fn shock(&mut self, market: &Market, kind: ShockKind, price_bps: &[f64]) {
        for (log_move, bps) in self.log_moves.iter_mut().zip(price_bps) {
            *log_move = bps * 1e-4;
        }
        let clean = market.log_returns(self.row);
        for (i, variance) in self.variances.iter_mut().enumerate() {
            let log_return = match kind {
                ShockKind::Print => clean[i],
                ShockKind::Jump => clean[i] + self.log_moves[i],
            };
            *variance = update_variance(*variance, log_return);
        }
    }

    /// The newest bar becomes what the jump made of it.
    fn settle_jump(&mut self, market: &Market) {
        let still = self.log_moves.iter().all(|z| z.abs() <= 0.0);
        if still {
            return;
        }
        if let Some(state) = self.stored_state(market) {
            self.state.copy_from_slice(state);
        }
        self.path = Path::Jumped;
        for (i, log_move) in self.log_moves.iter().enumerate() {
            if log_move.abs() > 0.0 {
                self.bars[i] = print_bar(&self.bars[i], *log_move);
                self.multipliers[i] *= log_move.exp();
            }
        }
    }

    /// The market's own state before the newest bar, as long as the path is the market's own.
    fn stored_state<'a>(&self, market: &'a Market) -> Option<&'a [f64]> {
        match self.path {
            Path::Clean => market.state(self.row),
            Path::Jumped => None,
        }
    }

    /// The feature state before the newest bar.
    fn state<'a>(&'a self, market: &'a Market) -> &'a [f64] {
        self.stored_state(market).unwrap_or(&self.state)
    }

    /// Row of the newest bar.
    pub(super) const fn row(&self) -> usize {
        self.row
    }

    /// End of the newest bar.
    pub(super) fn end(&self, panel: &Panel) -> DateTime<Utc> {
        panel.timestamps()[self.row]
    }

    /// The newest bars, true up to their shock.
    pub(super) fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// EWMA variances of the true log returns up to the newest bar.
    pub(super) fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// True close of asset `i`.
    pub(super) fn true_close(&self, i: usize, kind: ShockKind) -> f64 {
        match kind {
            ShockKind::Print => self.bars[i].close,
            ShockKind::Jump => print_bar(&self.bars[i], self.log_moves[i]).close,
        }
    }

    /// Writes the market part of the observation: the precomputed one wherever nothing ever moved.
    pub(super) fn observe(&self, market: &Market, features: &mut [f64], out: &mut [f32]) {
        let still = self.log_moves.iter().all(|z| z.abs() <= 0.0);
        if still && self.path == Path::Clean {
            out.copy_from_slice(market.observation(self.row));
            return;
        }
        let end = self.end(market.panel());
        market.pipeline().peek_printed(
            self.state(market),
            &self.bars,
            &self.log_moves,
            end,
            features,
        );
        market.normalizer().apply(features, out);
    }

    /// Writes the market part of a snapshot.
    pub(super) fn snapshot(&self, market: &Market, out: &mut [f64]) {
        let end = self.end(market.panel());
        market
            .pipeline()
            .write_snapshot(self.state(market), &self.bars, end, out);
    }
}

fn scaled(bar: &Bar, multiplier: f64) -> Bar {
    Bar {
        open: bar.open * multiplier,
        high: bar.high * multiplier,
        low: bar.low * multiplier,
        close: bar.close * multiplier,
        volume: bar.volume,
    }
}
