//! Stochastic process of one log price.

use crate::rng::Rng;

/// A stochastic process of one log price. `driver` is a standard normal that the market correlates
/// over assets; all other draws come from `rng`, the asset's own stream.
pub(super) trait Process {
    /// Starts a bar; models on the grid of bars draw their variance or regime.
    fn open_bar(&mut self, _rng: &mut Rng) {}

    /// Log price after one step.
    fn step(&mut self, log_price: f64, driver: f64, rng: &mut Rng) -> f64;
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// Length of a bar. Unit: years.
    pub(super) bar_years: f64,
    /// Number of steps in a bar, a whole number.
    pub(super) n_steps: f64,
}

impl Grid {
    /// Length of a step. Unit: years.
    pub(super) fn step_years(&self) -> f64 {
        self.bar_years / self.n_steps
    }
}
