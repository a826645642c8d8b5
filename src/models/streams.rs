//! Random streams of a simulation.

use crate::rng::{Component, Rng, Streams};

/// Purpose of a stream. Its discriminant is part of the stream number: append, never renumber.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
pub(super) enum Purpose {
    /// Normal drivers of the steps.
    Driver = 0,
    /// Jumps, variances, regimes.
    Model = 1,
    Volume = 2,
    /// Blocks of history.
    Blocks = 3,
    Signals = 4,
    /// Coefficients of a signal market.
    Coefficients = 5,
}

/// Stream of one purpose of asset `asset` (below 2^16) on path `path`, independent of all others.
pub(super) fn stream(streams: Streams, path: u32, asset: usize, purpose: Purpose) -> Rng {
    let slot = (asset as u64) << 4 | u64::from(purpose as u8);
    streams.stream(Component::Simulation, u64::from(path) << 20 | slot)
}
