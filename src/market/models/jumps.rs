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

#[cfg(test)]
mod tests {
    use super::super::testing::{Cumulants, assert_cumulants};
    use super::*;
    use crate::rng::{Component, Streams};

    /// All cumulants of a Poisson number are its mean.
    #[test]
    fn counts_are_poisson_few_or_many() {
        let mut rng = Streams::new(1).stream(Component::Simulation, 0);
        for mean in [0.02, 0.7, 5.0, 11.9, 12.1, 80.0, 3000.0] {
            let jumps = JumpCount::new(mean);
            let counts: Vec<f64> = (0..100_000).map(|_| jumps.sample(&mut rng)).collect();
            assert_cumulants(&format!("mean {mean}"), &counts, Cumulants([mean; 4]));
        }
        assert!(JumpCount::new(0.0).sample(&mut rng).abs() <= 0.0);
    }
}
