//! One asset's log price on its way.

use crate::rng::Rng;

/// A stochastic process of one log price, step after step.
///
/// Within a step it may use `driver`, the standard normal of that step (correlated over assets by
/// the market), and `rng`, a stream of its own for everything else.
pub(super) trait Process {
    /// A new bar begins. Models that live on the grid of bars draw what holds for the whole bar.
    fn open_bar(&mut self, _rng: &mut Rng) {}

    /// The log price one step later.
    fn step(&mut self, log_price: f64, driver: f64, rng: &mut Rng) -> f64;
}

/// The grid of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// Length of a bar. Unit: years.
    pub(super) bar_years: f64,
    /// Steps in a bar.
    pub(super) n_steps: f64,
}

impl Grid {
    /// Length of a step. Unit: years.
    pub(super) fn step_years(&self) -> f64 {
        self.bar_years / self.n_steps
    }
}
