//! Train trading policies that keep their head when a price jumps, prints wrong, or a book empties.

// Floors 0-3: numbers, markets, features, environments.
pub mod agent;
pub mod env;
pub mod features;
pub mod market;
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

// Floors 9-10: reports, experiment files, programs.
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod config;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod run;
