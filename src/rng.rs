//! Random number streams: the only constructor of generators.
//!
//! Every consumer has its own stream. [`Streams::stream`] is a pure function of (seed, component,
//! index), so a new consumer changes no other stream, and threads share none.

use rand::SeedableRng;

/// Generator of the crate: `ChaCha` with 8 rounds, stable across platforms and versions.
pub type Rng = rand_chacha::ChaCha8Rng;

/// Consumer of a stream. Its discriminant is part of the stream number: append, never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Component {
    /// Episode starts.
    Market = 1,
    /// Draws of an environment other than episode starts.
    Env = 2,
    /// Network initialization.
    Init = 3,
    /// Action noise in rollouts.
    Policy = 4,
    /// Minibatch permutations.
    Minibatch = 5,
    /// Shock players inside rollouts.
    Adversary = 6,
    /// Random starting points of the ascent inside updates.
    Ascent = 7,
    /// Regularizers that sample (random directions, projections).
    Regularizer = 8,
    /// Attacks at evaluation.
    Evaluation = 9,
    /// Bootstrap resampling.
    Bootstrap = 10,
    /// Simulated prices.
    Simulation = 11,
    /// Martingales of `shockproof check leak`.
    Martingale = 12,
}

/// A family of independent streams under one seed.
///
/// ```
/// use rand::RngCore;
/// use shockproof::rng::{Component, Streams};
/// let streams = Streams::new(7);
/// let mut a = streams.stream(Component::Market, 0);
/// let mut b = streams.stream(Component::Market, 0);
/// assert_eq!(a.next_u64(), b.next_u64());
/// assert_ne!(a.next_u64(), streams.stream(Component::Market, 1).next_u64());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// Streams under `seed`; 0 is a valid seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Stream number `index` (environment copy, update, episode, ...; below 2^56) of `component`.
    #[must_use]
    pub fn stream(&self, component: Component, index: u64) -> Rng {
        let mut rng = Rng::seed_from_u64(self.seed);
        rng.set_stream((u64::from(component as u8) << 56) ^ index);
        rng
    }

    /// Seed of episode `episode` in environment copy `copy`: the finalizer of `SplitMix64` over
    /// (seed, copy, episode).
    #[must_use]
    pub const fn episode_seed(&self, copy: u64, episode: u64) -> u64 {
        let golden = 0x9E37_79B9_7F4A_7C15_u64;
        mix(mix(mix(self.seed ^ golden).wrapping_add(copy)).wrapping_add(episode))
    }
}

/// Output function of `SplitMix64` (Steele, Lea, Flood 2014).
const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;
    use std::collections::BTreeSet;

    const COMPONENTS: [Component; 12] = [
        Component::Market,
        Component::Env,
        Component::Init,
        Component::Policy,
        Component::Minibatch,
        Component::Adversary,
        Component::Ascent,
        Component::Regularizer,
        Component::Evaluation,
        Component::Bootstrap,
        Component::Simulation,
        Component::Martingale,
    ];

    #[test]
    fn streams_differ_in_seed_component_and_index() {
        let mut first_words = BTreeSet::new();
        for seed in 0..4 {
            for component in COMPONENTS {
                for index in [0, 1, 2, (1 << 56) - 1] {
                    let mut rng = Streams::new(seed).stream(component, index);
                    first_words.insert((rng.next_u64(), rng.next_u64()));
                }
            }
        }
        assert_eq!(first_words.len(), 4 * COMPONENTS.len() * 4);
    }

    #[test]
    fn streams_are_stable_across_versions() {
        let mut rng = Streams::new(7).stream(Component::Policy, 3);
        assert_eq!(
            [rng.next_u64(), rng.next_u64()],
            [16_674_060_395_407_099_402, 11_786_576_048_322_978_807]
        );
        assert_eq!(
            Streams::new(7).episode_seed(2, 5),
            14_910_405_379_601_233_818
        );
    }

    #[test]
    fn mixer_equals_splitmix64() {
        // First outputs for the seeds 0 and 1234567, published with the reference implementation.
        assert_eq!(mix(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
    }

    #[test]
    fn neighboring_streams_are_uncorrelated() {
        let n = 4096;
        let uniform = |word: u32| f64::from(word) / f64::from(u32::MAX) - 0.5;
        let (mut a, mut b) = (
            Streams::new(0).stream(Component::Market, 0),
            Streams::new(0).stream(Component::Market, 1),
        );
        let product: f64 = (0..n)
            .map(|_| uniform(a.next_u32()) * uniform(b.next_u32()))
            .sum();
        // The sum of n products has standard deviation sqrt(n) / 12.
        assert!(product.abs() < 4.0 * f64::from(n).sqrt() / 12.0);
    }

    #[test]
    fn episode_seeds_are_distinct_over_seed_copy_and_episode() {
        let mut seeds = BTreeSet::new();
        for seed in 0..4 {
            for copy in 0..32 {
                for episode in 0..32 {
                    seeds.insert(Streams::new(seed).episode_seed(copy, episode));
                }
            }
        }
        assert_eq!(seeds.len(), 4 * 32 * 32);
    }
}
