//! Replays of past crashes at several placements in a span.

use super::{
    Arena, Decider, EvalError,
    metrics::{MaxDrawdown, Metric, TotalLogGrowth},
};
use crate::{
    crash::{Crash, CrashError, Replay, ReplayAssets, ReplayScale, VOLATILITY_BARS},
    env::Market,
    market::Panel,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{ops::Range, sync::Arc};

/// Settings of crash replays, which hit all assets at once and are spread evenly over the span.
///
/// A policy starts in cash `n_before` bars before the first bar of the crash and is liquidated
/// `n_after` bars after its last. It is played with and without the crash, under the same
/// normalizer and rules. Both plays are bit-identical up to the bar before the crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct CrashTest {
    /// Number of placements per crash; fewer in a short span. Range: at least 1. Default: 8.
    pub n_placements: usize,
    /// Bars played before the crash. Range: at least 1. Default: 20.
    pub n_before: usize,
    /// Bars played after the crash. Default: 20.
    pub n_after: usize,
    /// Unit of the moves of a crash. Default: the volatility of each asset.
    pub scale: ReplayScale,
    /// Factor on all moves. Range: finite, not 0. Default: 1.
    pub factor: f64,
}

impl Default for CrashTest {
    fn default() -> Self {
        Self {
            n_placements: 8,
            n_before: 20,
            n_after: 20,
            scale: ReplayScale::ToVolatility,
            factor: 1.0,
        }
    }
}

impl CrashTest {
    /// Checks the ranges of all settings.
    ///
    /// # Errors
    /// [`EvalError::Parameter`] naming the setting outside its range.
    pub fn check(&self) -> Result<(), EvalError> {
        let refuse = |parameter, found, expected| {
            Err(EvalError::Parameter {
                part: "crash_test",
                parameter,
                found,
                expected,
            })
        };
        if self.n_placements < 1 {
            return refuse("n_placements", 0.0, "at least 1");
        }
        if self.n_before < 1 {
            return refuse("n_before", 0.0, "at least 1");
        }
        if !self.factor.is_finite() || self.factor.abs() <= 0.0 {
            return refuse("factor", self.factor, "a finite number other than 0");
        }
        Ok(())
    }

    /// First rows of `crash`, ascending and distinct, from the first to the last row at which it
    /// fits into `span` with the bars before and after it.
    ///
    /// # Errors
    /// [`EvalError::CrashFit`] if the span is too short, [`EvalError::Crash`] if the crash cannot
    /// be replayed at one of the rows.
    pub fn rows(
        &self,
        crash: &Crash,
        panel: &Panel,
        span: &Range<usize>,
    ) -> Result<Vec<usize>, EvalError> {
        let first = (span.start.saturating_add(self.n_before)).max(VOLATILITY_BARS + 1);
        let needed = crash.n_bars().saturating_add(self.n_after);
        let end = span.end.min(panel.n_bars());
        let last = end.checked_sub(needed).filter(|&last| last >= first);
        let Some(last) = last else {
            return Err(EvalError::CrashFit {
                crash: crash.name.clone(),
                n_bars: crash.n_bars(),
                n_before: self.n_before,
                n_after: self.n_after,
                found: span.len(),
            });
        };
        let n_steps = (self.n_placements.max(1) - 1).min(last - first);
        let at = |n: usize| first + (n * (last - first)) / n_steps.max(1);
        let rows: Vec<usize> = match n_steps {
            0 => vec![first + (last - first) / 2],
            _ => (0..=n_steps).map(at).collect(),
        };
        for &row in &rows {
            self.crashed(crash, panel, row)?;
        }
        Ok(rows)
    }

    /// Row after the last one played if `crash` begins at `row`.
    fn end(&self, crash: &Crash, panel: &Panel, row: usize) -> usize {
        row.saturating_add(crash.n_bars())
            .saturating_add(self.n_after)
            .min(panel.n_bars())
    }

    /// Bars of `panel` up to the last one played, with `crash` from `row` on.
    fn crashed(&self, crash: &Crash, panel: &Panel, row: usize) -> Result<Panel, EvalError> {
        let refused = |source| EvalError::Crash {
            crash: crash.name.clone(),
            source: Box::new(source),
        };
        let known = panel.slice(0..self.end(crash, panel, row));
        let known = known.map_err(|source| {
            refused(CrashError::Prices {
                crash: crash.name.clone(),
                source: Box::new(source),
            })
        })?;
        let replay = Replay {
            row,
            assets: ReplayAssets::All,
            scale: self.scale,
            factor: self.factor,
        };
        crash.replay(&known, &replay).map_err(refused)
    }
}

/// Rows around one crash at one placement, with and without the crash.
#[derive(Debug, Clone)]
pub struct CrashArena {
    at: DateTime<Utc>,
    crashed: Arena,
    clean: Arena,
}

/// Results of one policy around one crash at one placement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CrashPlay {
    /// End of the first bar of the crash.
    pub at: DateTime<Utc>,
    /// Result with the crash.
    pub crashed: CrashResult,
    /// Result on the same bars without the crash.
    pub clean: CrashResult,
}

/// Growth and drawdown of one play.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CrashResult {
    /// `ln(E_n / E_0)` after costs, liquidation included; `None` if no equity was left.
    pub log_growth: Option<f64>,
    /// Maximum drawdown, 0 if equity never fell. Unit: fraction of the peak.
    pub max_drawdown: f64,
    /// True if the account was ruined.
    pub ruined: bool,
}

impl CrashPlay {
    /// Cost of the crash: log growth without it minus log growth with it. Negative if the policy
    /// gained by it; `None` if no equity was left.
    #[must_use]
    pub fn lost(&self) -> Option<f64> {
        Some(self.clean.log_growth? - self.crashed.log_growth?)
    }
}

impl Arena {
    /// First rows of `crash`: [`CrashTest::rows`] over the rows with warmed-up features.
    ///
    /// # Errors
    /// Errors of [`CrashTest::rows`].
    pub fn crash_rows(&self, crash: &Crash, test: &CrashTest) -> Result<Vec<usize>, EvalError> {
        let span = self.env()?.first_row()..self.rows().end;
        test.rows(crash, self.market().panel(), &span)
    }

    /// Builds the bars around `crash` with its first bar at `row`. Features are streamed from the
    /// first bar of the panel on, as in a bot that never stops.
    ///
    /// # Errors
    /// [`EvalError::Crash`] if the crash cannot be replayed, [`EvalError::Env`] if the market with
    /// the crash cannot be played.
    pub fn around(
        &self,
        crash: &Crash,
        row: usize,
        test: &CrashTest,
    ) -> Result<CrashArena, EvalError> {
        let market = self.market();
        let panel = market.panel();
        let rows = row.saturating_sub(test.n_before)..test.end(crash, panel, row);
        let crashed = test.crashed(crash, panel, row)?;
        let features = &self.spec().features;
        let crashed = Market::new(crashed, features, market.normalizer().clone())
            .map_err(|source| EvalError::Env { source })?;
        Ok(CrashArena {
            at: panel.timestamps()[row],
            crashed: Self::new(Arc::new(crashed), self.spec().clone(), rows.clone())?,
            clean: Self::new(Arc::clone(market), self.spec().clone(), rows)?,
        })
    }
}

impl CrashArena {
    /// Plays `decider` with the crash and without it.
    ///
    /// # Errors
    /// [`EvalError`] of the decider.
    pub fn play(&self, decider: &mut dyn Decider) -> Result<CrashPlay, EvalError> {
        Ok(CrashPlay {
            at: self.at,
            crashed: result(&self.crashed, decider)?,
            clean: result(&self.clean, decider)?,
        })
    }

    /// Arena with the crash.
    #[must_use]
    pub const fn crashed(&self) -> &Arena {
        &self.crashed
    }

    /// Arena without the crash.
    #[must_use]
    pub const fn clean(&self) -> &Arena {
        &self.clean
    }
}

fn result(arena: &Arena, decider: &mut dyn Decider) -> Result<CrashResult, EvalError> {
    let ledger = arena.backtest(decider)?;
    Ok(CrashResult {
        log_growth: TotalLogGrowth.value(&ledger),
        max_drawdown: MaxDrawdown.value(&ledger).unwrap_or(0.0),
        ruined: ledger.ruined,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};
    use crate::{
        env::ShockKind,
        eval::{BuyAndHold, EqualWeight, Flat, PolicyDecider},
        features::FeatureSpec,
        market::Costs,
    };

    const TEST: CrashTest = CrashTest {
        n_placements: 3,
        n_before: 5,
        n_after: 6,
        scale: ReplayScale::ToVolatility,
        factor: 1.0,
    };

    fn oil() -> &'static Crash {
        Crash::named("oil_1991").unwrap()
    }

    #[test]
    fn placements_are_spread_evenly_and_fit() {
        let panel = panel();
        // The crash has ten bars: its first placement begins 5 bars after the start of the span,
        // its last ends 6 bars before the end.
        let span = 70..130;
        assert_eq!(TEST.rows(oil(), &panel, &span).unwrap(), [75, 94, 114]);
        let all = CrashTest {
            n_placements: 1000,
            ..TEST
        };
        let rows = all.rows(oil(), &panel, &span).unwrap();
        assert_eq!(rows, (75..=114).collect::<Vec<_>>());
        let one = CrashTest {
            n_placements: 1,
            ..TEST
        };
        assert_eq!(one.rows(oil(), &panel, &span).unwrap(), [94]);
        // A volatility needs the first 61 bars, wherever the span begins.
        assert_eq!(TEST.rows(oil(), &panel, &(0..130)).unwrap()[0], 61);
        assert_eq!(TEST.rows(oil(), &panel, &(70..91)).unwrap(), [75]);
        let message = TEST.rows(oil(), &panel, &(70..90)).unwrap_err().to_string();
        for part in ["oil_1991", "10 bars", "5 before", "6 after", "found 20"] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }

    #[test]
    fn a_crash_that_cannot_be_replayed_is_refused_when_it_is_placed() {
        let by_hand = Crash {
            source: None,
            ..oil().clone()
        };
        let as_history = CrashTest {
            scale: ReplayScale::AsHistory,
            ..TEST
        };
        let huge = CrashTest {
            factor: 1e6,
            ..TEST
        };
        assert!(as_history.rows(oil(), &panel(), &(70..130)).is_ok());
        for (test, crash, word) in [(as_history, &by_hand, "AsHistory"), (huge, oil(), "factor")] {
            let refused = test.rows(crash, &panel(), &(70..130)).unwrap_err();
            assert!(refused.to_string().contains(word), "{word}: {refused}");
        }
    }

    #[test]
    fn a_number_outside_its_range_is_named() {
        let cases = [
            (
                CrashTest {
                    n_placements: 0,
                    ..TEST
                },
                "n_placements",
            ),
            (
                CrashTest {
                    n_before: 0,
                    ..TEST
                },
                "n_before",
            ),
            (
                CrashTest {
                    factor: 0.0,
                    ..TEST
                },
                "factor",
            ),
        ];
        for (test, name) in cases {
            let message = test.check().unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
        assert!(CrashTest::default().check().is_ok() && TEST.check().is_ok());
    }

    #[test]
    fn a_crash_begins_after_the_warm_up_of_the_features() {
        let mut slow = spec(Costs::FREE, ShockKind::Print);
        slow.features.push(FeatureSpec::LogReturns { window: 75 });
        let fitted = Market::fit(panel(), &slow.features, 0..90).unwrap();
        let arena = Arena::new(Arc::new(fitted), slow, 0..panel().n_bars()).unwrap();
        let rows = arena.crash_rows(oil(), &TEST).unwrap();
        assert_eq!(rows[0], 75 + TEST.n_before);
        for row in rows {
            let around = arena.around(oil(), row, &TEST).unwrap();
            let ledger = around.crashed().backtest(&mut Flat).unwrap();
            assert_eq!(ledger.n_bars(), TEST.n_before + 10 + TEST.n_after - 1);
        }
    }

    #[test]
    fn buy_and_hold_loses_what_prices_lose_and_cash_loses_nothing() {
        let arena = arena(Costs::FREE, ShockKind::Print);
        let row = 80;
        let around = arena.around(oil(), row, &TEST).unwrap();
        let held = around.play(&mut BuyAndHold::default()).unwrap();
        let panel = panel();
        let crashed = oil().replay(&panel, &Replay::at(row)).unwrap();
        // Half in each asset, sized at the first close, bought at the next open, marked at the last
        // close.
        let growth = |panel: &Panel| {
            let (decided, open) = (panel.row(row - 5), panel.row(row - 4));
            let last = panel.row(row + 10 + 6 - 1);
            let of = |i: usize| (last[i].close - open[i].open) / decided[i].close;
            f64::midpoint(of(0), of(1)).ln_1p()
        };
        assert!((held.crashed.log_growth.unwrap() - growth(&crashed)).abs() < 1e-12);
        assert!((held.clean.log_growth.unwrap() - growth(&panel)).abs() < 1e-12);
        assert!(held.lost().unwrap() > 0.0 && held.crashed.max_drawdown > held.clean.max_drawdown);
        assert_eq!(held.at, panel.timestamps()[row]);
        let flat = around.play(&mut Flat).unwrap();
        assert_eq!(flat.lost(), Some(0.0));
        assert!(flat.crashed.max_drawdown.abs() <= 0.0);
    }

    #[test]
    fn a_crash_changes_nothing_before_its_first_bar_and_every_feature_after_it() {
        let arena = arena(fee(5.0), ShockKind::Print);
        let (file, row) = (policy(&arena), 90);
        let around = arena.around(oil(), row, &TEST).unwrap();
        assert!(around.crashed().admit(&file).is_ok());
        let mut decider = PolicyDecider::new(&file).unwrap();
        let crashed = around.crashed().backtest(&mut decider).unwrap();
        let clean = around.clean().backtest(&mut decider).unwrap();
        assert_eq!(crashed.n_bars(), clean.n_bars());
        // The first mark is at row − 4, the mark of the bar before the crash at row − 1.
        let n_known = 4;
        assert_eq!(crashed.equity[..n_known], clean.equity[..n_known]);
        assert_eq!(crashed.weights[..2 * n_known], clean.weights[..2 * n_known]);
        assert!((crashed.equity[n_known] / clean.equity[n_known] - 1.0).abs() > 1e-6);
        // The observations equal those of a market built from the whole crashed panel.
        let panel = oil()
            .replay(arena.market().panel(), &Replay::at(row))
            .unwrap();
        let features = &arena.spec().features;
        let whole = Market::new(panel, features, arena.market().normalizer().clone()).unwrap();
        for t in 0..row + 10 + 6 {
            let (seen, expected) = (
                around.crashed().market().observation(t),
                whole.observation(t),
            );
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn a_factor_of_nearly_nothing_is_a_calm_market_of_closes_before() {
        // Moves of zero leave prices unchanged for ten bars, so that holding costs nothing.
        let arena = arena(Costs::FREE, ShockKind::Print);
        let calm = CrashTest {
            factor: 1e-12,
            n_after: 1,
            ..TEST
        };
        let around = arena.around(oil(), 80, &calm).unwrap();
        let ledger = around
            .crashed()
            .backtest(&mut EqualWeight::default())
            .unwrap();
        let crash = &ledger.equity[4..14];
        for equity in crash {
            assert!((equity / crash[0] - 1.0).abs() < 1e-10);
        }
    }
}
