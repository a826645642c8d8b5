//! Stochastic process of one log price.

use crate::rng::Rng;

/// A stochastic process of one log price. A step uses `driver`, a standard normal that the market
/// correlates over assets, and `rng`, the asset's own stream, for everything else.
pub(super) trait Process {
    /// Starts a bar: models on the grid of bars draw their variance or regime here.
    fn open_bar(&mut self, _rng: &mut Rng) {}

    /// Log price after one step.
    fn step(&mut self, log_price: f64, driver: f64, rng: &mut Rng) -> f64;
}

/// Time grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// Length of a bar. Unit: years.
    pub(super) bar_years: f64,
    /// Number of steps in a bar.
    pub(super) n_steps: f64,
}

impl Grid {
    /// Length of a step. Unit: years.
    pub(super) fn step_years(&self) -> f64 {
        self.bar_years / self.n_steps
    }
}
