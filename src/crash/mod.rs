//! Scripted shocks: historical crashes, replayed onto any market.
//!
//! | file | content |
//! |---|---|
//! | `script` | [`Crash`]: the moves of a crash in units of its volatility; the library |
//! | `cut` | [`Cut`] extracts a crash from a panel; [`volatility_before`] |
//! | `replay` | [`Replay`]: the row, assets and scale at which a crash is replayed |
//! | `error` | [`CrashError`] |
//!
//! The moves of a crash are stored divided by the standard deviation of the last
//! [`VOLATILITY_BARS`] log returns known before its first bar. A replay multiplies them with the
//! same estimate for the target asset, so that the oil crash of 1991 is as severe for a currency,
//! relative to its volatility, as for oil. A replay moves **true** prices: trades are filled at
//! them, and the new price level remains. Such moves exceed any per-step budget of an adversary
//! ([`crate::env::ShockSpec`]); therefore a replay changes the market and is not a shock player.
//!
//! ```
//! use chrono::{DateTime, TimeDelta};
//! use shockproof::{crash::{Crash, Replay}, market::{Bar, Panel}};
//!
//! // A hundred days that alternate between +0.1 % and -0.1 %.
//! let price = |day: i32| 100.0 * f64::from(day % 2).mul_add(0.001, 1.0);
//! let bars = (0..100).map(|day| {
//!     let close = price(day);
//!     Bar { open: close, high: close, low: close, close, volume: 1.0 }
//! });
//! let ends = (1..=100).map(|day| DateTime::UNIX_EPOCH + TimeDelta::days(day));
//! let symbols = vec!["QUIET".to_owned()];
//! let quiet = Panel::new(symbols, ends.collect(), bars.collect(), TimeDelta::days(1))?;
//!
//! let oil = Crash::named("oil_1991").ok_or("no such crash")?;
//! let crashed = oil.replay(&quiet, &Replay::at(80))?;
//! // Earlier rows are equal. The first day falls by nine standard deviations of 0.1 %.
//! assert_eq!(crashed.row(79), quiet.row(79));
//! let day = (crashed.row(80)[0].close / quiet.row(79)[0].close).ln();
//! assert!((-0.010..-0.008).contains(&day), "{day}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cut;
mod error;
mod replay;
mod script;
#[cfg(test)]
mod tests;

pub use cut::{Cut, VOLATILITY_BARS, volatility_before};
pub use error::CrashError;
pub use replay::{Replay, ReplayAssets, ReplayScale};
pub use script::{Crash, CrashBar, CrashSource};
