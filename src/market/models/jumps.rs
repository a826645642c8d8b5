//! How many jumps a step has.

use crate::rng::Rng;
use rand_distr::{Distribution, Poisson};

/// The number of jumps in a step: Poisson, or none.
pub(super) struct JumpCount(Option<Poisson<f64>>);

impl JumpCount {
    /// `mean` >= 0 jumps expected in a step.
    pub(super) fn new(mean: f64) -> Self {
        Self(Poisson::new(mean).ok())
    }

    pub(super) fn sample(&self, rng: &mut Rng) -> f64 {
        self.0.map_or(0.0, |poisson| poisson.sample(rng))
    }
}
