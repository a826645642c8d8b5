//! Replay of a crash onto a panel.

use super::{
    Crash, CrashBar, CrashError,
    cut::{check_rows, find_asset, known_volatility},
};
use crate::market::{Bar, Panel};
use serde::{Deserialize, Serialize};

/// Row, assets and scale of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// Panel row of the first bar of the crash.
    pub row: usize,
    /// Affected assets.
    pub assets: ReplayAssets,
    /// Unit of the moves.
    pub scale: ReplayScale,
    /// Factor on all moves; 1 leaves them unchanged, −1 turns a fall into a rise. Range: finite and
    /// not 0.
    pub factor: f64,
}

/// Assets that a crash moves, all at the same time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum ReplayAssets {
    /// Moves every asset of the panel. Pick it for a market-wide crash.
    #[default]
    All,
    /// Moves the given symbols. Pick it for the crash of a single asset or sector.
    Only(Vec<String>),
}

/// Unit of the moves of a crash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum ReplayScale {
    /// Scales the moves by the volatility of the target asset before the first bar
    /// ([`super::volatility_before`]). Pick it unless the target is the asset of the crash.
    #[default]
    ToVolatility,
    /// Keeps the log moves of history; the bars must have the length of the source. Pick it to
    /// repeat history as it was.
    AsHistory,
}

impl Replay {
    /// Builds a replay from `row` on that moves every asset in units of its own volatility.
    #[must_use]
    pub const fn at(row: usize) -> Self {
        Self {
            row,
            assets: ReplayAssets::All,
            scale: ReplayScale::ToVolatility,
            factor: 1.0,
        }
    }
}

impl Crash {
    /// Copy of `panel` with this crash in the rows from `replay.row` on.
    ///
    /// For log moves x, previous close c, and u the unit of `replay.scale` times `replay.factor`,
    /// each price of a bar becomes c · exp(u x); from the second bar on, c is the crashed close.
    /// Bars after the crash keep their own moves: their prices are multiplied by the ratio of
    /// crashed to original close. Earlier bars, other assets, volumes, timestamps and signals keep
    /// their bits.
    ///
    /// All affected assets move at once, with `ToVolatility` by equal numbers of standard
    /// deviations, so diversification does not help.
    ///
    /// # Errors
    /// [`CrashError`] for rows outside the panel or too early in it, unknown assets, a volatility
    /// of 0, `AsHistory` for bars of another length, and prices beyond the range of `f64`.
    pub fn replay(&self, panel: &Panel, replay: &Replay) -> Result<Panel, CrashError> {
        self.check()?;
        let rows = replay.row..replay.row.saturating_add(self.n_bars());
        check_rows(panel, &self.name, &rows)?;
        if !replay.factor.is_finite() || replay.factor.abs() <= 0.0 {
            return Err(CrashError::Number {
                place: "factor",
                crash: self.name.clone(),
                found: replay.factor,
                expected: "a finite number other than 0; 1 leaves the moves unchanged",
            });
        }
        let n_assets = panel.n_assets();
        let mut bars = panel.bars().to_vec();
        for asset in self.assets(panel, &replay.assets)? {
            let unit = replay.factor * self.unit(panel, asset, replay)?;
            let mut close = panel.row(replay.row - 1)[asset].close;
            for (t, moves) in rows.clone().zip(&self.bars) {
                let bar = &mut bars[t * n_assets + asset];
                *bar = moves.applied(close, unit, bar.volume);
                close = bar.close;
            }
            let ratio = close / panel.row(rows.end - 1)[asset].close;
            for t in rows.end..panel.n_bars() {
                let bar = &mut bars[t * n_assets + asset];
                for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *price *= ratio;
                }
            }
        }
        panel.with_bars(bars).map_err(|source| CrashError::Prices {
            crash: self.name.clone(),
            source: Box::new(source),
        })
    }

    fn assets(&self, panel: &Panel, assets: &ReplayAssets) -> Result<Vec<usize>, CrashError> {
        match assets {
            ReplayAssets::All => Ok((0..panel.n_assets()).collect()),
            ReplayAssets::Only(symbols) => {
                if symbols.is_empty() {
                    find_asset(panel, &self.name, "")?;
                }
                let mut found = symbols
                    .iter()
                    .map(|symbol| find_asset(panel, &self.name, symbol))
                    .collect::<Result<Vec<_>, _>>()?;
                found.sort_unstable();
                found.dedup();
                Ok(found)
            }
        }
    }

    fn unit(&self, panel: &Panel, asset: usize, replay: &Replay) -> Result<f64, CrashError> {
        let found = panel.bar_length().num_seconds();
        match (replay.scale, &self.source) {
            (ReplayScale::ToVolatility, _) => known_volatility(panel, asset, replay.row),
            (ReplayScale::AsHistory, Some(source)) if source.bar_seconds != found => {
                Err(CrashError::BarLength {
                    crash: self.name.clone(),
                    found,
                    expected: source.bar_seconds,
                })
            }
            (ReplayScale::AsHistory, Some(source)) => Ok(source.volatility),
            (ReplayScale::AsHistory, None) => Err(CrashError::NoHistory {
                crash: self.name.clone(),
            }),
        }
    }
}

impl CrashBar {
    /// Bar that follows `close`, with moves in units of `unit`.
    fn applied(&self, close: f64, unit: f64, volume: f64) -> Bar {
        let price = |moved: f64| close * (unit * moved).exp();
        let prices = [self.open, self.high, self.low, self.close].map(price);
        let [open, _, _, close] = prices;
        // A negative unit swaps high and low, and rounding may put a price outside of them.
        Bar {
            open,
            high: prices.into_iter().fold(open, f64::max),
            low: prices.into_iter().fold(open, f64::min),
            close,
            volume,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        Cut,
        tests::{N_BARS, constant, panel},
        volatility_before,
    };
    use super::*;
    use proptest::prelude::*;

    fn prices(bar: &Bar) -> [f64; 4] {
        [bar.open, bar.high, bar.low, bar.close]
    }

    fn is_close(a: f64, b: f64) -> bool {
        (a / b - 1.0).abs() < 1e-11
    }

    fn own_history(panel: &Panel, row: usize, n: usize) -> Crash {
        Cut {
            name: "own",
            title: "Own",
            file: "none",
            sha256: "none",
            symbol: "B",
            rows: row..row + n,
        }
        .of(panel)
        .unwrap()
    }

    #[test]
    fn replay_at_its_own_rows_repeats_history() {
        let panel = panel(2);
        let crash = own_history(&panel, 70, 12);
        for scale in [ReplayScale::ToVolatility, ReplayScale::AsHistory] {
            let replay = Replay {
                assets: ReplayAssets::Only(vec!["B".to_owned()]),
                scale,
                ..Replay::at(70)
            };
            let again = crash.replay(&panel, &replay).unwrap();
            for (found, expected) in again.bars().iter().zip(panel.bars()) {
                for (found, expected) in prices(found).into_iter().zip(prices(expected)) {
                    assert!(is_close(found, expected), "{found} {expected}");
                }
            }
            assert!(again.asset(0).eq(panel.asset(0)), "A was not to be hit");
        }
        // A replay at other rows differs from history.
        let elsewhere = crash.replay(&panel, &Replay::at(71)).unwrap();
        assert!(!is_close(
            elsewhere.row(71)[1].close,
            panel.row(71)[1].close
        ));
    }

    #[test]
    fn as_history_keeps_log_moves_and_a_negative_factor_inverts_them() {
        let panel = panel(7);
        let crash = Crash::named("oil_1991").unwrap();
        let replay = |factor| Replay {
            scale: ReplayScale::AsHistory,
            factor,
            ..Replay::at(80)
        };
        for factor in [1.0, -1.0, 0.5] {
            let crashed = crash.replay(&panel, &replay(factor)).unwrap();
            for asset in 0..2 {
                let moved = (crashed.row(80)[asset].close / panel.row(79)[asset].close).ln();
                // 1991-01-17: minus 40.6 % in log price.
                assert!((moved + factor * 0.4064).abs() < 5e-5, "{moved}");
            }
        }
    }

    #[test]
    fn replays_keep_signals_and_timestamps() {
        let values: Vec<f64> = (0..110_u32).map(|t| f64::from(t).sin()).collect();
        let known = panel(9)
            .with_signals(vec!["carry".to_owned()], values)
            .unwrap();
        let crash = Crash::named("autumn_2008").unwrap();
        let crashed = crash.replay(&known, &Replay::at(70)).unwrap();
        assert_eq!(crashed.signal_names(), known.signal_names());
        assert!((0..N_BARS).all(|t| crashed.signals(t) == known.signals(t)));
        assert_eq!(crashed.timestamps(), known.timestamps());
        assert_ne!(crashed.row(70), known.row(70));
    }

    #[test]
    fn invalid_replays_are_refused_by_name() {
        let panel = panel(8);
        let crash = Crash::named("oil_1991").unwrap();
        let n = crash.n_bars();
        let refuse = |replay: Replay, part: &str| {
            let message = crash.replay(&panel, &replay).unwrap_err().to_string();
            assert!(message.contains(part), "{part}: {message}");
        };
        refuse(Replay::at(60), "within 61 to 110");
        refuse(Replay::at(N_BARS - n + 1), "oil_1991: found");
        refuse(Replay::at(usize::MAX), "within 61 to 110");
        assert!(crash.replay(&panel, &Replay::at(61)).is_ok());
        assert!(crash.replay(&panel, &Replay::at(N_BARS - n)).is_ok());
        for factor in [0.0, f64::NAN] {
            refuse(
                Replay {
                    factor,
                    ..Replay::at(80)
                },
                "factor of oil_1991",
            );
        }
        refuse(
            Replay {
                factor: 1e9,
                ..Replay::at(80)
            },
            "smaller factor",
        );
        let only = |symbols: &[&str]| Replay {
            assets: ReplayAssets::Only(symbols.iter().map(|&s| s.to_owned()).collect()),
            ..Replay::at(80)
        };
        refuse(only(&[]), "expected one of A, B");
        refuse(only(&["A", "C"]), "found \"C\"");
        assert_eq!(
            crash.replay(&constant(), &Replay::at(80)),
            Err(CrashError::Still {
                symbol: "B".to_owned(),
                row: 80
            })
        );
        let by_hand = Crash {
            source: None,
            ..crash.clone()
        };
        let as_history = Replay {
            scale: ReplayScale::AsHistory,
            ..Replay::at(80)
        };
        let error = by_hand.replay(&panel, &as_history).unwrap_err();
        assert!(matches!(error, CrashError::NoHistory { .. }), "{error}");
        assert!(by_hand.replay(&panel, &Replay::at(80)).is_ok());
        // A daily crash does not fit hourly bars.
        let mut hourly = crash.clone();
        hourly.source.as_mut().unwrap().bar_seconds = 3_600;
        assert_eq!(
            hourly.replay(&panel, &as_history),
            Err(CrashError::BarLength {
                crash: "oil_1991".to_owned(),
                found: 86_400,
                expected: 3_600
            })
        );
        assert!(hourly.replay(&panel, &Replay::at(80)).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn bars_before_stay_bars_within_follow_the_script_and_bars_after_keep_their_moves(
            seed in 0_u64..1000,
            which in 0_usize..99,
            row in 61_usize..80,
            factor in prop::sample::select(vec![0.3, 1.0, -1.0, 1.7]),
        ) {
            let panel = panel(seed);
            let crash = &Crash::library()[which % Crash::library().len()];
            let crashed = crash.replay(&panel, &Replay { factor, ..Replay::at(row) }).unwrap();
            let end = row + crash.n_bars();
            prop_assert_eq!(&panel.bars()[..row * 2], &crashed.bars()[..row * 2]);
            prop_assert_eq!(panel.timestamps(), crashed.timestamps());
            for asset in 0..2 {
                let unit = factor * volatility_before(&panel, asset, row).unwrap();
                for t in row..N_BARS {
                    let (bar, was) = (&crashed.row(t)[asset], &panel.row(t)[asset]);
                    prop_assert!(bar.check().is_ok());
                    prop_assert_eq!(bar.volume.to_bits(), was.volume.to_bits());
                    let before = crashed.row(t - 1)[asset].close;
                    let moved = |price: f64| (price / before).ln();
                    if t < end {
                        let script = crash.bars[t - row];
                        let mut expected = [script.open, script.high, script.low, script.close];
                        if factor < 0.0 {
                            expected.swap(1, 2);
                        }
                        for (price, x) in prices(bar).into_iter().zip(expected) {
                            let found = moved(price) / unit;
                            prop_assert!((found - x).abs() < 1e-9, "{found} {x}");
                        }
                    } else {
                        let was_before = panel.row(t - 1)[asset].close;
                        for (now, then) in prices(bar).into_iter().zip(prices(was)) {
                            prop_assert!((moved(now) - (then / was_before).ln()).abs() < 1e-12);
                        }
                    }
                }
            }
        }
    }
}
