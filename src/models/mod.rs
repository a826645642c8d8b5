//! Simulated markets: prices drawn from a model with a known law.
//!
//! A [`SimulatedMarket`] draws a [`Panel`](crate::market::Panel) of bars, used like a panel read
//! from files. Every panel is a pure function of (market, seed, path number).
//!
//! | file | model | scheme |
//! |---|---|---|
//! | `geometric_brownian` | geometric Brownian motion | exact |
//! | `ornstein_uhlenbeck` | Ornstein–Uhlenbeck on the log price | exact |
//! | `merton` | jumps of normal size | exact |
//! | `kou` | jumps of double-exponential size | exact |
//! | `heston` | stochastic variance | quadratic-exponential of Andersen, martingale corrected |
//! | `garch` | GARCH(1,1) with Student t | exact on the grid of bars |
//! | `regimes` | Markov chain of Gaussian regimes | exact on the grid of bars |
//! | `martingale` | geometric martingale at the bar times of price files | exact |
//! | `block_bootstrap` | rows of a history | Politis and Romano's stationary bootstrap |
//!
//! A [`SignalMarket`] also yields signals, which features can observe, and the exact conditional
//! means of returns, which make the regret exact ([`SignalPath::regret`]).

mod bar_path;
mod block_bootstrap;
mod bounds;
mod calendar;
mod cholesky;
mod correlation;
mod error;
mod garch;
mod geometric_brownian;
mod heston;
mod jumps;
mod kou;
#[cfg(feature = "cli")]
pub(crate) mod martingale;
mod merton;
mod ornstein_uhlenbeck;
mod price_model;
mod process;
mod regimes;
mod signal_market;
mod signal_means;
mod signal_path;
mod simulated_market;
mod streams;
#[cfg(test)]
#[allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "small counts; equal bits"
)]
mod tests;
mod volume;

pub use bar_path::Opening;
pub use block_bootstrap::BlockBootstrap;
pub use calendar::SECONDS_PER_YEAR;
pub use correlation::Correlation;
pub use error::ModelError;
pub use garch::GarchT;
pub use geometric_brownian::GeometricBrownianMotion;
pub use heston::Heston;
pub use kou::KouJumps;
pub use merton::MertonJumps;
pub use ornstein_uhlenbeck::OrnsteinUhlenbeck;
pub use price_model::PriceModel;
pub use regimes::{Regime, RegimeSwitching};
pub use signal_market::SignalMarket;
pub use signal_path::SignalPath;
pub use simulated_market::{SimulatedAsset, SimulatedMarket};
pub use volume::Volume;
