//! Training of trading policies that stay stable when a price jumps, is misprinted, or an order
//! book empties. The result is one file that a trading bot loads.
//!
//! A market environment in which an **adversary moves prices** feeds policy networks trained by an
//! actor-critic with **AAJR**, adversarially aligned Jacobian regularization (F. Mumcu, Y. Yilmaz,
//! arXiv 2603.04378). It damps the network's sensitivity only along the
//! directions of an adversary's shocks, not along all directions:
//!
//! ```text
//! R(θ) = mean ‖ J_π(φ(h, z_k)) · B_k · u_k ‖²      B_k = ∂φ/∂z at z_k,   u_k = ∇g(z_k) / ‖∇g(z_k)‖
//! ```
//!
//! π is the deterministic action, φ the map from a history h and a price shock z to the
//! observation, g the adversary's objective, `z_k` its k-th step of projected gradient ascent. B is
//! exact: features are generic over the scalar, so a dual number carries the tangent of a shock
//! through them.
//!
//! # Where to begin
//!
//! * Load a policy in a bot: [`agent::Agent`] (feature `agent`; neither dfdx nor polars is linked).
//! * Write an environment of your own: the trait [`env::Env`], checked by [`env::check_env`].
//! * Train: `train::train` (feature `learn`), or the program `shockproof run CONFIG` (feature
//!   `cli`).
//! * Read prices: `ingest::read_panel` (feature `data`).
//! * The course: `examples/01_market.rs` to `examples/08_market_making.rs`; then one program per
//!   part that you can bring: `examples/own_*.rs`.
//!
//! # Build with optimization
//!
//! Profiles of dependencies are the user's: a crate that depends on this one and runs with plain
//! `cargo run` trains 31 to 62 times slower, unless its `Cargo.toml` says
//!
//! ```toml
//! [profile.dev.package."*"]
//! opt-level = 3
//! ```
//!
//! # A shock, its observation, and the derivative between them
//!
//! ```
//! use chrono::{TimeDelta, TimeZone, Utc};
//! use shockproof::{features::{FeatureSpec, Pipeline}, market::Bar};
//!
//! let pipeline = Pipeline::new(
//!     &[FeatureSpec::ScaledReturns { window: 1, half_life: 5.0 }],
//!     &["BTC".to_owned()],
//! )?;
//! let mut state = vec![0.0; pipeline.state_len()];
//! pipeline.clear(&mut state);
//! let bar = |close: f64| Bar { open: close, high: close, low: close, close, volume: 1.0 };
//! let mut end = Utc.timestamp_opt(0, 0).single().ok_or("no such time")?;
//! for i in 0..40 {
//!     end += TimeDelta::minutes(1);
//!     pipeline.push(&mut state, &[bar(100.0 + f64::from(i % 3))], end.into());
//! }
//! // The newest bar, misprinted by z = 0: the feature and its derivative by log price.
//! let (mut feature, mut derivative) = ([0.0], [0.0]);
//! pipeline.jacobian(&state, &[bar(101.0)], &[0.0], end.into(), &mut feature, &mut derivative);
//! let (mut up, mut down) = ([0.0], [0.0]);
//! pipeline.peek_printed(&state, &[bar(101.0)], &[1e-6], end.into(), &mut up);
//! pipeline.peek_printed(&state, &[bar(101.0)], &[-1e-6], end.into(), &mut down);
//! assert!((derivative[0] - (up[0] - down[0]) / 2e-6).abs() < 1e-6 * derivative[0].abs());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Floors 0-3: numbers, markets, features, the bot, environments.
pub mod agent;
pub mod crash;
pub mod dense;
pub mod env;
pub mod features;
pub mod games;
#[cfg(feature = "data")]
pub mod ingest;
pub mod market;
pub mod models;
pub mod own;
pub mod rng;
pub mod stats;
pub mod units;

// Floors 4-8: networks, learning, adversary, training, evaluation.
#[cfg(feature = "learn")]
pub mod adversary;
#[cfg(feature = "learn")]
pub mod algo;
#[cfg(feature = "learn")]
pub mod eval;
#[cfg(feature = "learn")]
pub mod policy;
#[cfg(feature = "learn")]
pub mod train;

#[cfg(feature = "learn")]
pub mod prelude;

// Floors 9-10: reports, experiment files, programs.
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod config;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod run;
