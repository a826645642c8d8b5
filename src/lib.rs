//! Training of trading policies that stay stable when a price jumps or is misprinted, or an order
//! book empties. The result is one file that a trading bot loads.
//!
//! An **adversary moves prices** in a market environment while an actor-critic trains the policy
//! with **AAJR**, adversarially aligned Jacobian regularization (F. Mumcu, Y. Yilmaz, arXiv
//! 2603.04378). AAJR damps the network's sensitivity only along the directions of the adversary's
//! shocks:
//!
//! ```text
//! R(θ) = mean ‖ J_π(φ(h, z_k)) · B_k · u_k ‖²      B_k = ∂φ/∂z at z_k,   u_k = ∇g(z_k) / ‖∇g(z_k)‖
//! ```
//!
//! π is the deterministic action, φ the map from a history h and a price shock z to the
//! observation, g the adversary's objective, `z_k` its k-th step of projected gradient ascent.
//! `B_k` is exact: features are generic over the scalar, so a dual number carries a shock's
//! tangent.
//!
//! # Where to begin
//!
//! * Load a policy in a bot: [`agent::Agent`] (feature `agent`; neither dfdx nor polars is linked).
//! * Write an environment of your own: the trait [`env::Env`], checked by [`env::check_env`].
//! * Train: `train::train` (feature `learn`) or the program `shockproof run CONFIG` (feature
//!   `cli`).
//! * Read prices: `ingest::read_panel` (feature `data`).
//! * Take the course: `examples/01_market.rs` to `examples/08_market_making.rs`. Then write a part
//!   of your own: one program per kind, `examples/own_*.rs`.
//!
//! # Build with optimization
//!
//! A crate that depends on this one sets the build profile itself. Plain `cargo run` trains 31 to
//! 62 times slower unless its `Cargo.toml` has
//!
//! ```toml
//! [profile.dev.package."*"]
//! opt-level = 3
//! ```
//!
//! # Derivative of an observation by a shock
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

// Floors 0-5 of ARCHITECTURE.md: numbers, markets, features, the bot, environments.
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

// Floors 6-9: networks, learning, adversary, training, evaluation.
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

// Floors 10-12: reports, experiment files, programs.
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod config;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod run;
