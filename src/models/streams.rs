//! Random streams of a simulation.

use crate::rng::{Component, Rng, Streams};

/// Purpose of a stream. Part of the stream number: never renumber, only append.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Purpose {
    /// Normal drivers of the steps.
    Driver = 0,
    /// Jumps, variances, regimes.
    Model = 1,
    /// Volumes.
    Volume = 2,
    /// Blocks of history.
    Blocks = 3,
    /// Signals.
    Signals = 4,
    /// Coefficients of a signal market.
    Coefficients = 5,
}

/// Stream of one purpose of asset `asset` (below 2^16) on path `path`. Streams are independent of
/// each other.
pub(super) fn stream(streams: Streams, path: u32, asset: usize, purpose: Purpose) -> Rng {
    let slot = (asset as u64) << 4 | u64::from(purpose as u8);
    streams.stream(Component::Simulation, u64::from(path) << 20 | slot)
}
