//! What the market truly did so far in an episode, and what its newest bar looks like under a
//! shock.

use super::market::{Market, update_variance};
use crate::env::ShockKind;
use crate::{
    features::{FeatureTable, print_bar},
    market::{Bar, Moment, Panel},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::RefCell;

/// The price path of an episode: the panel's rows times the multiplier that past jumps left on each
/// asset.
///
/// As long as nothing jumped, bars, variances and feature states are the market's own: nothing is
/// copied or computed here.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Row of the newest bar.
    row: usize,
    /// Last row whose true return the variances know.
    known: usize,
    path: Path,
    newest: Newest,
    source: Source,
    own: Box<Own>,
}

/// What an episode has of its own once something was shocked: apart from the rest, which every step
/// reads.
#[derive(Debug, Clone)]
struct Own {
    /// Shock of the newest bar as log-price moves, `[n_assets]`; stale where it is clean.
    log_moves: Vec<f64>,
    /// True over clean price up to the newest bar's shock, `[n_assets]`; stale on the clean path.
    multipliers: Vec<f64>,
    /// Newest bar: true up to its shock, `[n_assets]`; stale on the clean path.
    bars: Vec<Bar>,
    /// EWMA variance of the true log returns up to row `known`, its shock included, `[n_assets]`;
    /// stale while the market's.
    variances: Vec<f64>,
    streamed: RefCell<Streamed>,
}

/// Whether a jump ever moved the prices before the newest bar's close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    Clean,
    Jumped,
}

/// Whether the newest bar is shocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Newest {
    Clean,
    Shocked,
}

/// Whose variances are the true ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Market,
    /// A jump is in them.
    Own,
}

/// A feature state of this episode's own, for where the market has none: on a jumped path, and in a
/// panel too long to store one per row. There it lags behind until someone looks.
#[derive(Debug, Clone)]
struct Streamed {
    /// Rows before this one are committed, with everything that truly happened to them; `None`
    /// before the first look.
    row: Option<usize>,
    state: Vec<f64>,
}

impl History {
    pub(super) fn new(market: &Market) -> Self {
        let n_assets = market.panel().n_assets();
        Self {
            row: 0,
            known: 0,
            path: Path::Clean,
            newest: Newest::Clean,
            source: Source::Market,
            own: Box::new(Own {
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

    /// Starts at `row`, clean.
    pub(super) fn reset(&mut self, row: usize) {
        if self.path == Path::Jumped {
            self.own.streamed.get_mut().row = None;
        }
        self.row = row;
        self.path = Path::Clean;
        self.newest = Newest::Clean;
        self.known = row;
        self.source = Source::Market;
    }

    /// A copy without an allocation.
    pub(super) fn copy_from(&mut self, market: &Market, other: &Self) {
        self.row = other.row;
        self.path = other.path;
        self.newest = other.newest;
        self.own.log_moves.copy_from_slice(&other.own.log_moves);
        self.own.multipliers.copy_from_slice(&other.own.multipliers);
        self.own.bars.copy_from_slice(&other.own.bars);
        self.known = other.known;
        self.source = other.source;
        self.own.variances.copy_from_slice(&other.own.variances);
        let streamed = self.own.streamed.get_mut();
        streamed.row = None;
        if other.stored_state(market).is_none() {
            other.with_state(market, |state| streamed.state.copy_from_slice(state));
            streamed.row = Some(other.row);
        }
    }

    /// Commits the newest bar as it truly was and reveals the next one, clean as yet.
    #[inline]
    pub(super) fn advance(&mut self, market: &Market, kind: ShockKind) {
        if kind == ShockKind::Jump && self.newest == Newest::Shocked {
            self.settle_jump(market);
        }
        if self.path == Path::Jumped {
            let (moment, streamed) = (self.moment(market), self.own.streamed.get_mut());
            market
                .pipeline()
                .push(&mut streamed.state, &self.own.bars, moment);
            streamed.row = Some(self.row + 1);
            let next = market.panel().row(self.row + 1);
            for ((bar, next), multiplier) in self
                .own
                .bars
                .iter_mut()
                .zip(next)
                .zip(&self.own.multipliers)
            {
                *bar = scaled(next, *multiplier);
            }
        }
        self.row += 1;
        self.newest = Newest::Clean;
    }

    /// Shocks the newest bar, clean so far, and takes its true return into the variances.
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
            for (log_move, bps) in self.own.log_moves.iter_mut().zip(price_bps) {
                *log_move = bps * 1e-4;
            }
        }
        if kind == ShockKind::Jump {
            self.update_variances(market);
        }
        self.known = self.row;
    }

    /// Takes the true return of the newest bar in, as soon as it is another than the market's.
    fn update_variances(&mut self, market: &Market) {
        if self.source == Source::Market {
            if self.newest == Newest::Clean {
                return;
            }
            self.own
                .variances
                .copy_from_slice(market.variances(self.known));
            self.source = Source::Own;
        }
        let clean = market.log_returns(self.row);
        for (i, variance) in self.own.variances.iter_mut().enumerate() {
            let log_return = match self.newest {
                Newest::Clean => clean[i],
                Newest::Shocked => clean[i] + self.own.log_moves[i],
            };
            *variance = update_variance(*variance, log_return);
        }
    }

    /// The newest bar becomes what the jump made of it.
    fn settle_jump(&mut self, market: &Market) {
        if self.path == Path::Clean {
            self.catch_up(market);
            self.own.bars.copy_from_slice(market.panel().row(self.row));
            self.own.multipliers.fill(1.0);
            self.path = Path::Jumped;
        }
        for (i, log_move) in self.own.log_moves.iter().enumerate() {
            if log_move.abs() > 0.0 {
                self.own.bars[i] = print_bar(&self.own.bars[i], *log_move);
                self.own.multipliers[i] *= log_move.exp();
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

    /// Brings the streamed state up to the newest bar of a clean path; on a jumped one it never
    /// lags.
    fn catch_up(&self, market: &Market) {
        let streamed = &mut *self.own.streamed.borrow_mut();
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

    /// Looks at the feature state before the newest bar.
    fn with_state<T>(&self, market: &Market, look: impl FnOnce(&[f64]) -> T) -> T {
        if let Some(stored) = self.stored_state(market) {
            return look(stored);
        }
        if self.path == Path::Clean {
            self.catch_up(market);
        }
        look(&self.own.streamed.borrow().state)
    }

    /// Row of the newest bar.
    pub(super) const fn row(&self) -> usize {
        self.row
    }

    /// End of the newest bar.
    pub(super) fn end(&self, panel: &Panel) -> DateTime<Utc> {
        panel.timestamps()[self.row]
    }

    /// Time from the end of the bar before to that of the newest.
    pub(super) fn elapsed(&self, panel: &Panel) -> TimeDelta {
        let before = self.row.saturating_sub(1);
        panel.timestamps()[self.row] - panel.timestamps()[before]
    }

    /// What is known at the end of the newest bar besides the bars; no shock moves it.
    fn moment<'a>(&self, market: &'a Market) -> Moment<'a> {
        market.panel().moment(self.row)
    }

    /// The newest bars, true up to their shock.
    #[inline]
    pub(super) fn bars<'a>(&'a self, market: &'a Market) -> &'a [Bar] {
        match self.path {
            Path::Clean => market.panel().row(self.row),
            Path::Jumped => &self.own.bars,
        }
    }

    /// EWMA variances of the true log returns up to the newest bar that [`History::shock`] was
    /// asked about.
    #[inline]
    pub(super) fn variances<'a>(&'a self, market: &'a Market) -> &'a [f64] {
        match self.source {
            Source::Market => market.variances(self.known),
            Source::Own => &self.own.variances,
        }
    }

    /// True close of asset `i`, whose newest bar is `bar`.
    #[inline]
    pub(super) fn true_close(&self, i: usize, bar: &Bar, kind: ShockKind) -> f64 {
        match (kind, self.newest) {
            (ShockKind::Jump, Newest::Shocked) => print_bar(bar, self.own.log_moves[i]).close,
            (ShockKind::Jump, Newest::Clean) | (ShockKind::Print | ShockKind::Drift, _) => {
                bar.close
            }
        }
    }

    /// Writes the market part of the observation: the precomputed one wherever nothing ever moved.
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
                pipeline.peek_printed(state, bars, &self.own.log_moves, moment, features);
            }
        });
        market.normalizer().apply(features, out);
    }

    /// Writes the market part of a snapshot.
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
