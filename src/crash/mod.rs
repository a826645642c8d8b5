//! Scripted shocks: crashes of the past, replayed onto any market.
//!
//! | file | holds |
//! |---|---|
//! | `script` | [`Crash`]: the moves of a crash in units of the volatility before it; the library that is compiled in |
//! | `cut` | [`Cut`]: a crash cut from a panel; [`volatility_before`], [`largest_moves`] |
//! | `replay` | [`Replay`]: where and how strongly a crash comes to a panel |
//! | `error` | [`CrashError`] |
//!
//! What a crash did is measured against what was usual just before it: its moves are divided by the
//! standard deviation of the last [`VOLATILITY_BARS`] log returns that anyone knew before its first
//! bar. A replay multiplies them with the same estimate for the asset that they come to, so that a
//! barrel of oil's 1991 hits a quiet currency as hard, for its own measure, as it hit oil. A replay
//! moves **true** prices: a policy trades at them, and they stay. Moves of ten and more deviations
//! fit into no per-step budget of an adversary ([`crate::env::ShockSpec`]), hence a market of its
//! own instead of a player within one.
//!
//! ```
//! use chrono::{DateTime, TimeDelta};
//! use shockproof::market::{Bar, Panel, crash::{Crash, Replay}};
//!
//! // A hundred quiet days: up and down by 0.1 %.
//! let price = |day: i32| 100.0 * f64::from(day % 2).mul_add(0.001, 1.0);
//! let bars = (0..100).map(|day| {
//!     let close = price(day);
//!     Bar { open: close, high: close, low: close, close, volume: 1.0 }
//! });
//! let ends = (1..=100).map(|day| DateTime::UNIX_EPOCH + TimeDelta::days(day));
//! let quiet = Panel::new(vec!["QUIET".to_owned()], ends.collect(), bars.collect(), TimeDelta::days(1))?;
//!
//! let oil = Crash::named("oil_1991").ok_or("no such crash")?;
//! let crashed = oil.replay(&quiet, &Replay::at(80))?;
//! // Before: the same. On the day: minus nine standard deviations of 0.1 %, where oil lost a third.
//! assert_eq!(crashed.row(79), quiet.row(79));
//! let day = (crashed.row(80)[0].close / quiet.row(79)[0].close).ln();
//! assert!((-0.010..-0.008).contains(&day), "{day}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "data")]
#[cfg(test)]
mod catalogue;
mod cut;
mod error;
mod replay;
mod script;

pub use cut::{Cut, LargestMoves, VOLATILITY_BARS, largest_moves, volatility_before};
pub use error::CrashError;
pub use replay::{Replay, ReplayAssets, ReplayScale};
pub use script::{Crash, CrashBar, CrashSource};
