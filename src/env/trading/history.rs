//! True price path of an episode, and its newest bar under a shock.

use super::market::{Market, update_variance};
use crate::env::{ShockKind, ShockSpace};
use crate::{
    features::{FeatureTable, print_bar},
    market::{Bar, Moment, Panel},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::RefCell;

/// Price path and feature state of an episode. The prices are the panel's times the product of each
/// asset's past jumps; the feature state also remembers past prints if they are kept.
///
/// Until the first jump or kept print, bars, variances and stored feature states are read from the
/// [`Market`].
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Row of the newest bar.
    row: usize,
    /// Last row whose true return the variances include.
    variance_row: usize,
    path: Path,
    newest: Newest,
    variance_source: Source,
    shocked: Box<Shocked>,
}

/// Path data of an episode after its first shock, boxed to keep the data of every step compact.
#[derive(Debug, Clone)]
struct Shocked {
    /// Shock of the newest bar as log-price moves, `[n_assets]`; stale if the bar is clean.
    log_moves: Vec<f64>,
    /// Ratio of true to clean price without the newest shock, `[n_assets]`: 1 after prints; stale
    /// on a clean path.
    multipliers: Vec<f64>,
    /// Newest bar on the true path, without its own shock, `[n_assets]`; stale on a clean path.
    bars: Vec<Bar>,
    /// EWMA variances of the true log returns up to `variance_row`, shocks included, `[n_assets]`;
    /// stale while the market's variances are the true ones.
    variances: Vec<f64>,
    streamed: RefCell<Streamed>,
}

/// State of the history before the newest bar's close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    /// Prices of the panel.
    Clean,
    /// Prices that have jumped, or misprints that features still remember.
    Shocked,
}

/// State of the newest bar's close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Newest {
    Clean,
    Shocked,
}

/// Owner of the true variances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Market,
    /// The episode: its variances include a jump.
    Episode,
}

/// Feature state of the episode where the market stores none: on a shocked path, and in a panel too
/// long to store a state per row, where the state is updated only when read.
#[derive(Debug, Clone)]
struct Streamed {
    /// First row that is not committed; `None` while `state` is invalid.
    row: Option<usize>,
    state: Vec<f64>,
}

impl History {
    pub(super) fn new(market: &Market) -> Self {
        let n_assets = market.panel().n_assets();
        Self {
            row: 0,
            variance_row: 0,
            path: Path::Clean,
            newest: Newest::Clean,
            variance_source: Source::Market,
            shocked: Box::new(Shocked {
                log_moves: vec![0.0; n_assets],
                multipliers: vec![1.0; n_assets],
                bars: market.panel().row(0).to_vec(),
                variances: vec![0.0; n_assets],
                streamed: RefCell::new(Streamed {
                    row: None,
                    state: vec![0.0; market.pipeline().state_len()],
                }),
            }),
        }
    }

    /// Starts a clean path at `row`.
    pub(super) fn reset(&mut self, row: usize) {
        if self.path == Path::Shocked {
            self.shocked.streamed.get_mut().row = None;
        }
        self.row = row;
        self.path = Path::Clean;
        self.newest = Newest::Clean;
        self.variance_row = row;
        self.variance_source = Source::Market;
    }

    /// Copies without an allocation.
    pub(super) fn copy_from(&mut self, market: &Market, other: &Self) {
        self.row = other.row;
        self.path = other.path;
        self.newest = other.newest;
        self.variance_row = other.variance_row;
        self.variance_source = other.variance_source;
        let (to, from) = (&mut *self.shocked, &*other.shocked);
        to.log_moves.copy_from_slice(&from.log_moves);
        to.multipliers.copy_from_slice(&from.multipliers);
        to.bars.copy_from_slice(&from.bars);
        to.variances.copy_from_slice(&from.variances);
        let streamed = to.streamed.get_mut();
        streamed.row = None;
        if other.stored_state(market).is_none() {
            other.with_state(market, |state| streamed.state.copy_from_slice(state));
            streamed.row = Some(other.row);
        }
    }

    /// Commits the newest bar and reveals the next bar, which is not yet shocked. The committed bar
    /// includes its shock if features remember it ([`ShockSpace::is_remembered`]).
    #[inline]
    pub(super) fn advance(&mut self, market: &Market, shocks: &ShockSpace) {
        if self.newest == Newest::Shocked && shocks.is_remembered() {
            self.settle(market, shocks.kind);
        }
        if self.path == Path::Shocked {
            let (moment, streamed) = (self.moment(market), self.shocked.streamed.get_mut());
            market
                .pipeline()
                .push(&mut streamed.state, &self.shocked.bars, moment);
            streamed.row = Some(self.row + 1);
            let next = market.panel().row(self.row + 1);
            let shocked = &mut *self.shocked;
            let bars = shocked.bars.iter_mut().zip(next);
            for ((bar, next), multiplier) in bars.zip(&shocked.multipliers) {
                *bar = scaled(next, *multiplier);
            }
        }
        self.row += 1;
        self.newest = Newest::Clean;
    }

    /// Shocks the newest bar and includes its true return in the variances.
    #[inline]
    pub(super) fn shock(
        &mut self,
        market: &Market,
        kind: ShockKind,
        price_bps: &[f64],
        norm_bps: f64,
    ) {
        if norm_bps > 0.0 {
            self.newest = Newest::Shocked;
            for (log_move, bps) in self.shocked.log_moves.iter_mut().zip(price_bps) {
                *log_move = bps * 1e-4;
            }
        }
        if kind == ShockKind::Jump {
            self.update_variances(market);
        }
        self.variance_row = self.row;
    }

    /// Adds the newest true return to the variances once they differ from the market's.
    fn update_variances(&mut self, market: &Market) {
        if self.variance_source == Source::Market {
            if self.newest == Newest::Clean {
                return;
            }
            self.shocked
                .variances
                .copy_from_slice(market.variances(self.variance_row));
            self.variance_source = Source::Episode;
        }
        let clean = market.log_returns(self.row);
        for (i, variance) in self.shocked.variances.iter_mut().enumerate() {
            let log_return = match self.newest {
                Newest::Clean => clean[i],
                Newest::Shocked => clean[i] + self.shocked.log_moves[i],
            };
            *variance = update_variance(*variance, log_return);
        }
    }

    /// Adds the newest bar's shock to the path: to the bar, which features remember, and after a
    /// jump to all later prices.
    fn settle(&mut self, market: &Market, kind: ShockKind) {
        if self.path == Path::Clean {
            self.catch_up(market);
            self.shocked
                .bars
                .copy_from_slice(market.panel().row(self.row));
            self.shocked.multipliers.fill(1.0);
            self.path = Path::Shocked;
        }
        for (i, log_move) in self.shocked.log_moves.iter().enumerate() {
            if log_move.abs() > 0.0 {
                self.shocked.bars[i] = print_bar(&self.shocked.bars[i], *log_move);
                if kind == ShockKind::Jump {
                    self.shocked.multipliers[i] *= log_move.exp();
                }
            }
        }
    }

    /// Stored feature state before the newest bar; `None` on a shocked path or if none is stored.
    fn stored_state<'a>(&self, market: &'a Market) -> Option<&'a [f64]> {
        match self.path {
            Path::Clean => market.state(self.row),
            Path::Shocked => None,
        }
    }

    /// Updates the streamed state to the newest bar of a clean path; on a shocked path it is up to
    /// date.
    fn catch_up(&self, market: &Market) {
        let streamed = &mut *self.shocked.streamed.borrow_mut();
        let behind = streamed.row.and_then(|row| self.row.checked_sub(row));
        if let Some(stored) = market.state(self.row) {
            streamed.state.copy_from_slice(stored);
        } else if let Some(behind) = behind.filter(|n_rows| *n_rows < FeatureTable::STRIDE) {
            let panel = market.panel();
            for row in self.row - behind..self.row {
                let (bars, moment) = (panel.row(row), panel.moment(row));
                market.pipeline().push(&mut streamed.state, bars, moment);
            }
        } else {
            market.restore(self.row, &mut streamed.state);
        }
        streamed.row = Some(self.row);
    }

    /// Calls `read` with the feature state before the newest bar.
    fn with_state<T>(&self, market: &Market, read: impl FnOnce(&[f64]) -> T) -> T {
        if let Some(stored) = self.stored_state(market) {
            return read(stored);
        }
        if self.path == Path::Clean {
            self.catch_up(market);
        }
        read(&self.shocked.streamed.borrow().state)
    }

    pub(super) const fn row(&self) -> usize {
        self.row
    }

    pub(super) fn end(&self, panel: &Panel) -> DateTime<Utc> {
        panel.timestamps()[self.row]
    }

    /// Nominal open of the newest bar, at or after the end of the previous one.
    pub(super) fn open(&self, panel: &Panel) -> DateTime<Utc> {
        self.end(panel) - self.bar_time(panel)
    }

    /// Time of the newest bar, at most its nominal length.
    pub(super) fn bar_time(&self, panel: &Panel) -> TimeDelta {
        self.elapsed(panel).min(panel.bar_length())
    }

    /// Time from the end of the previous bar to the nominal open of the newest one: a night, a
    /// weekend, a gap in the data.
    pub(super) fn gap(&self, panel: &Panel) -> TimeDelta {
        self.elapsed(panel) - self.bar_time(panel)
    }

    fn elapsed(&self, panel: &Panel) -> TimeDelta {
        let before = self.row.saturating_sub(1);
        panel.timestamps()[self.row] - panel.timestamps()[before]
    }

    /// Time and signals at the end of the newest bar; no shock moves them.
    pub(super) fn moment<'a>(&self, market: &'a Market) -> Moment<'a> {
        market.panel().moment(self.row)
    }

    /// Newest bars on the true path, without their own shock.
    #[inline]
    pub(super) fn bars<'a>(&'a self, market: &'a Market) -> &'a [Bar] {
        match self.path {
            Path::Clean => market.panel().row(self.row),
            Path::Shocked => &self.shocked.bars,
        }
    }

    /// EWMA variances of the true log returns up to the last call of [`History::shock`].
    #[inline]
    pub(super) fn variances<'a>(&'a self, market: &'a Market) -> &'a [f64] {
        match self.variance_source {
            Source::Market => market.variances(self.variance_row),
            Source::Episode => &self.shocked.variances,
        }
    }

    /// True close of asset `i`, whose newest bar is `bar`.
    #[inline]
    pub(super) fn true_close(&self, i: usize, bar: &Bar, kind: ShockKind) -> f64 {
        match (kind, self.newest) {
            (ShockKind::Jump, Newest::Shocked) => print_bar(bar, self.shocked.log_moves[i]).close,
            (ShockKind::Jump, Newest::Clean) | (ShockKind::Print | ShockKind::Drift, _) => {
                bar.close
            }
        }
    }

    /// Writes the market part of the observation, which is precomputed for a clean path and bar.
    #[inline]
    pub(super) fn observe(&self, market: &Market, features: &mut [f64], out: &mut [f32]) {
        if (self.path, self.newest) == (Path::Clean, Newest::Clean) {
            out.copy_from_slice(market.observation(self.row));
            return;
        }
        let (pipeline, moment) = (market.pipeline(), self.moment(market));
        self.with_state(market, |state| match self.newest {
            Newest::Clean => pipeline.peek(state, self.bars(market), moment, features),
            Newest::Shocked => {
                let bars = self.bars(market);
                pipeline.peek_printed(state, bars, &self.shocked.log_moves, moment, features);
            }
        });
        market.normalizer().apply(features, out);
    }

    pub(super) fn snapshot(&self, market: &Market, out: &mut [f64]) {
        let moment = self.moment(market);
        self.with_state(market, |state| {
            market
                .pipeline()
                .write_snapshot(state, self.bars(market), moment, out);
        });
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
