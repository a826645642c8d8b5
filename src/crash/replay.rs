//! A crash comes to a panel.

use super::{
    Crash, CrashBar, CrashError,
    cut::{check_rows, find_asset, known_volatility},
};
use crate::market::{Bar, Panel};
use serde::{Deserialize, Serialize};

/// Where and how strongly a crash comes.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// The row of its first bar.
    pub row: usize,
    /// Who is hit.
    pub assets: ReplayAssets,
    /// What one of its units is.
    pub scale: ReplayScale,
    /// What all moves are multiplied with on top; 1 leaves them as they are, −1 turns the fall into
    /// a rise.
    pub factor: f64,
}

/// Who a crash hits, all at the same time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplayAssets {
    /// Every asset of the panel.
    #[default]
    All,
    /// These symbols.
    Only(Vec<String>),
}

/// What one unit of a crash's moves is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplayScale {
    /// The volatility of the asset that it comes to, known with the bar before its first
    /// ([`super::volatility_before`]).
    #[default]
    ToVolatility,
    /// The volatility before the crash itself: the log moves of history, which come to bars of the
    /// same length only.
    AsHistory,
}

impl Replay {
    /// Every asset is hit in units of its own volatility, from `row` on.
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
    /// `panel` with this crash in it, n bars long, from `replay.row` on.
    ///
    /// With x the moves, c the close before and u the unit of `replay.scale` times `replay.factor`,
    /// prices of the bar become c · exp(u x), c the crashed close from the second bar on. The bars
    /// after it keep their own moves, from the new level on: their prices are multiplied with the
    /// crashed close over the close that was there. Bars before it, assets that are not hit,
    /// volumes, the calendar and signals stay as they are, to the bit.
    ///
    /// All assets move at the same time by the same number of deviations, as in the hours when
    /// nothing is diversified.
    ///
    /// # Errors
    /// [`CrashError`]: rows that are not there or too early, unknown assets, a volatility of 0,
    /// history of bars of another length, prices that leave the numbers.
    pub fn replay(&self, panel: &Panel, replay: &Replay) -> Result<Panel, CrashError> {
        self.check()?;
        let rows = replay.row..replay.row.saturating_add(self.n_bars());
        check_rows(panel, &self.name, &rows)?;
        if !replay.factor.is_finite() || replay.factor.abs() <= 0.0 {
            return Err(CrashError::Factor {
                crash: self.name.clone(),
                found: replay.factor,
            });
        }
        let n_assets = panel.n_assets();
        let mut bars = panel.bars().to_vec();
        for asset in self.hit(panel, &replay.assets)? {
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

    fn hit(&self, panel: &Panel, assets: &ReplayAssets) -> Result<Vec<usize>, CrashError> {
        match assets {
            ReplayAssets::All => Ok((0..panel.n_assets()).collect()),
            ReplayAssets::Only(symbols) if symbols.is_empty() => Err(CrashError::Asset {
                crash: self.name.clone(),
                found: String::new(),
                symbols: panel.symbols().to_vec(),
            }),
            ReplayAssets::Only(symbols) => {
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
    /// The bar after `close`, one unit being `unit`.
    fn applied(&self, close: f64, unit: f64, volume: f64) -> Bar {
        let price = |moved: f64| close * (unit * moved).exp();
        let prices = [self.open, self.high, self.low, self.close].map(price);
        let [open, _, _, close] = prices;
        // A negative unit swaps high and low, and the exponential may round neighbors apart.
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
pub(super) mod tests {
    use super::super::{Cut, volatility_before};
    use super::*;
    use crate::rng::{Component, Streams};
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;
    use rand::Rng as _;

    const N_BARS: usize = 110;

    /// Two random walks with gaps, of different volatilities.
    pub(in super::super) fn panel(seed: u64) -> Panel {
        let mut rng = Streams::new(seed).stream(Component::Init, 0);
        let mut closes = [100.0_f64, 20.0];
        let mut bars = Vec::new();
        for _ in 0..N_BARS {
            for (close, reach) in closes.iter_mut().zip([0.01_f64, 0.03]) {
                let open = *close * rng.gen_range(-reach..reach).exp();
                let last = open * rng.gen_range(-reach..reach).exp();
                bars.push(Bar {
                    open,
                    high: open.max(last) * (1.0 + reach * rng.gen_range(0.0..0.2)),
                    low: open.min(last) * (1.0 - reach * rng.gen_range(0.0..0.2)),
                    close: last,
                    volume: rng.gen_range(1.0..9.0),
                });
                *close = last;
            }
        }
        built(bars)
    }

    /// The second asset stands still.
    pub(in super::super) fn still() -> Panel {
        let mut bars = panel(1).bars().to_vec();
        let first = bars[1];
        bars.iter_mut()
            .skip(1)
            .step_by(2)
            .for_each(|bar| *bar = first);
        built(bars)
    }

    fn built(bars: Vec<Bar>) -> Panel {
        let ends = (1..)
            .take(N_BARS)
            .map(|i| DateTime::UNIX_EPOCH + TimeDelta::days(i));
        let symbols = vec!["A".to_owned(), "B".to_owned()];
        Panel::new(symbols, ends.collect(), bars, TimeDelta::days(1)).unwrap()
    }

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
    fn at_its_own_place_history_repeats_itself() {
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
        // Everywhere else it does not.
        let elsewhere = crash.replay(&panel, &Replay::at(71)).unwrap();
        assert!(!is_close(
            elsewhere.row(71)[1].close,
            panel.row(71)[1].close
        ));
    }

    #[test]
    fn as_history_takes_the_log_moves_and_minus_one_turns_them_over() {
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
    fn signals_stay_and_so_does_the_calendar() {
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
    fn what_cannot_come_is_named() {
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
            crash.replay(&still(), &Replay::at(80)),
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
        // A day of history is no hour.
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
        fn before_nothing_changes_within_it_is_the_script_and_after_only_the_level(
            seed in 0_u64..1000, which in 0_usize..99, row in 61_usize..80, factor in prop::sample::select(vec![0.3, 1.0, -1.0, 1.7])
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
                        let (high, low) = if factor > 0.0 { (script.high, script.low) } else { (script.low, script.high) };
                        for (price, x) in [(bar.open, script.open), (bar.high, high), (bar.low, low), (bar.close, script.close)] {
                            prop_assert!((moved(price) / unit - x).abs() < 1e-9, "{} {}", moved(price) / unit, x);
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
