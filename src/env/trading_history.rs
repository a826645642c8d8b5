//! What the market did so far in this episode, jumps included, and what its newest bar looks like.

use super::{ShockKind, trading_market::Market, trading_market::update_variance};
use crate::{features::print_bar, market::Bar};

/// The episode's price path: the panel's own rows times the multiplier that past jumps left on each asset.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Row of the newest bar.
    row: usize,
    path: Path,
    /// Rows before `row` are committed, with everything that truly happened to them.
    state: Vec<f64>,
    /// True over clean price up to the newest bar's open, `[n_assets]`; 1 on the clean path.
    multipliers: Vec<f64>,
    /// Shock of the newest bar as log-price moves, `[n_assets]`.
    log_moves: Vec<f64>,
    /// Newest bar, true up to its shock, `[n_assets]`.
    bars: Vec<Bar>,
    /// EWMA variance of the true log returns, newest bar included, `[n_assets]`.
    variances: Vec<f64>,
    /// Scratch for a committed row.
    committed: Vec<Bar>,
}

/// Whether a jump ever happened in this episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    Clean,
    Jumped,
}

impl History {
    pub(super) fn new(market: &Market) -> Self {
        let n_assets = market.panel().n_assets();
        let row = market.panel().row(0);
        Self {
            row: 0,
            path: Path::Clean,
            state: vec![0.0; market.pipeline().state_len()],
            multipliers: vec![1.0; n_assets],
            log_moves: vec![0.0; n_assets],
            bars: row.to_vec(),
            variances: vec![0.0; n_assets],
            committed: row.to_vec(),
        }
    }

    /// Starts at `row`, clean.
    pub(super) fn reset(&mut self, market: &Market, row: usize) {
        self.row = row;
        self.path = Path::Clean;
        market.restore(row, &mut self.state);
        self.multipliers.fill(1.0);
        self.log_moves.fill(0.0);
        self.bars.copy_from_slice(market.panel().row(row));
        self.variances.copy_from_slice(market.variances(row));
    }

    /// Commits the newest bar as it truly was, and reveals the next one, clean as yet.
    pub(super) fn advance(&mut self, market: &Market, kind: ShockKind) {
        self.settle(market, kind);
        let end = market.panel().timestamps()[self.row];
        market
            .pipeline()
            .push(&mut self.state, &self.committed, end);
        self.row += 1;
        self.log_moves.fill(0.0);
        self.reveal(market);
    }

    /// Shocks the newest bar.
    pub(super) fn shock(&mut self, price_bps: &[f64]) {
        for (log_move, bps) in self.log_moves.iter_mut().zip(price_bps) {
            *log_move = bps * 1e-4;
        }
    }

    /// Takes the newest bar's true return into the variances; call once per bar, after its shock is known.
    pub(super) fn update_variances(&mut self, market: &Market, kind: ShockKind) {
        let clean = market.log_returns(self.row);
        for (i, variance) in self.variances.iter_mut().enumerate() {
            let jump = match kind {
                ShockKind::Print => 0.0,
                ShockKind::Jump => self.log_moves[i],
            };
            *variance = update_variance(*variance, clean[i] + jump);
        }
    }

    /// The bar to be committed, and the multipliers that the next one starts from.
    fn settle(&mut self, market: &Market, kind: ShockKind) {
        self.committed.copy_from_slice(&self.bars);
        if kind == ShockKind::Print {
            return;
        }
        for (i, log_move) in self.log_moves.iter().enumerate() {
            if log_move.abs() > 0.0 {
                self.path = Path::Jumped;
                self.committed[i] = print_bar(&self.bars[i], *log_move);
                self.multipliers[i] *= log_move.exp();
            }
        }
        debug_assert_eq!(self.committed.len(), market.panel().n_assets());
    }

    fn reveal(&mut self, market: &Market) {
        self.bars.copy_from_slice(market.panel().row(self.row));
        if self.path == Path::Clean {
            return;
        }
        for (bar, multiplier) in self.bars.iter_mut().zip(&self.multipliers) {
            *bar = Bar {
                open: bar.open * multiplier,
                high: bar.high * multiplier,
                low: bar.low * multiplier,
                close: bar.close * multiplier,
                volume: bar.volume,
            };
        }
    }
}
