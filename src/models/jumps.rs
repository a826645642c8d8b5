//! Diffusion with jumps of any size distribution.

use super::process::{Grid, Process};
use crate::rng::Rng;
use rand_distr::{Distribution, Poisson};

/// Log price that moves by `mean + deviation · driver` plus a Poisson number of jumps per step.
pub(super) struct JumpDiffusion<S> {
    /// Mean of a step without jumps.
    mean: f64,
    deviation: f64,
    jumps: JumpCount,
    sizes: S,
}

/// Distribution of the jump sizes Y of the log price.
pub(super) trait JumpSizes {
    /// Mean relative jump of the price, k̄ = E e^Y − 1.
    fn mean_relative_jump(&self) -> f64;

    /// `log_price` after `n_jumps` > 0 jumps.
    fn jump(&self, log_price: f64, n_jumps: f64, rng: &mut Rng) -> f64;
}

impl<S: JumpSizes> JumpDiffusion<S> {
    /// Builds the process from the growth rate of the expected price (per year), the volatility
    /// between jumps (per √year) and the expected number of jumps (per year).
    pub(super) fn new(grid: &Grid, drift: f64, volatility: f64, intensity: f64, sizes: S) -> Self {
        let log_drift =
            drift - volatility * volatility / 2.0 - intensity * sizes.mean_relative_jump();
        let dt = grid.step_years();
        Self {
            mean: log_drift * dt,
            deviation: volatility * dt.sqrt(),
            jumps: JumpCount::new(intensity * dt),
            sizes,
        }
    }
}

impl<S: JumpSizes> Process for JumpDiffusion<S> {
    fn step(&mut self, log_price: f64, driver: f64, rng: &mut Rng) -> f64 {
        let diffused = log_price + self.mean + self.deviation * driver;
        let n_jumps = self.jumps.sample(rng);
        if n_jumps > 0.0 {
            self.sizes.jump(diffused, n_jumps, rng)
        } else {
            diffused
        }
    }
}

/// Distribution of the number of jumps in a step: Poisson, or always 0.
pub(super) struct JumpCount(Option<Poisson<f64>>);

impl JumpCount {
    /// Builds the distribution with the expected number `mean` >= 0.
    pub(super) fn new(mean: f64) -> Self {
        Self(Poisson::new(mean).ok())
    }

    pub(super) fn sample(&self, rng: &mut Rng) -> f64 {
        self.0.map_or(0.0, |poisson| poisson.sample(rng))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Cumulants, assert_cumulants};
    use super::*;
    use crate::rng::{Component, Streams};

    /// All cumulants of a Poisson law equal its mean.
    #[test]
    fn counts_are_poisson_for_small_and_large_means() {
        let mut rng = Streams::new(1).stream(Component::Simulation, 0);
        for mean in [0.02, 0.7, 5.0, 11.9, 12.1, 80.0, 3000.0] {
            let jumps = JumpCount::new(mean);
            let counts: Vec<f64> = (0..100_000).map(|_| jumps.sample(&mut rng)).collect();
            assert_cumulants(&format!("mean {mean}"), &counts, Cumulants([mean; 4]));
        }
        assert!(JumpCount::new(0.0).sample(&mut rng).abs() <= 0.0);
    }
}
