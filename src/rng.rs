//! The only place where a random number generator is born.
//!
//! Every consumer asks for its own stream: [`Streams::stream`] is a pure function of (seed, component, index), so that
//! adding a consumer never disturbs another, and two threads never share one.

use rand::SeedableRng;

/// The generator used everywhere: ChaCha with 8 rounds, portable and stable across versions.
pub type Rng = rand_chacha::ChaCha8Rng;

/// Who draws. The discriminant is part of the stream number: never renumber, only append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Component {
    /// Episode starts and synthetic prices.
    Market = 1,
    /// Anything else inside an environment.
    Env = 2,
    /// Network initialization.
    Init = 3,
    /// Action noise in rollouts.
    Policy = 4,
    /// Minibatch permutations.
    Minibatch = 5,
    /// Shock players inside rollouts.
    Adversary = 6,
    /// Random starts of the ascent inside updates.
    Ascent = 7,
    /// Regularizers that sample (random directions, projections).
    Regularizer = 8,
    /// Attacks at evaluation.
    Evaluation = 9,
    /// Bootstrap resampling.
    Bootstrap = 10,
}

/// A family of independent streams under one seed.
///
/// ```
/// use rand::RngCore;
/// use shockproof::rng::{Component, Streams};
/// let streams = Streams::new(7);
/// let (mut a, mut b) = (streams.stream(Component::Market, 0), streams.stream(Component::Market, 0));
/// assert_eq!(a.next_u64(), b.next_u64());
/// assert_ne!(a.next_u64(), streams.stream(Component::Market, 1).next_u64());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// The family of `seed`. Seed 0 is as good as any other.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream of `component` number `index` (environment copy, update, episode, ...; below 2^56).
    #[must_use]
    pub fn stream(&self, component: Component, index: u64) -> Rng {
        let mut rng = Rng::seed_from_u64(self.seed);
        rng.set_stream((u64::from(component as u8) << 56) ^ index);
        rng
    }

    /// The seed of episode `episode` in environment copy `copy`: SplitMix64's finalizer over the triple.
    #[must_use]
    pub const fn episode_seed(&self, copy: u64, episode: u64) -> u64 {
        let golden = 0x9E37_79B9_7F4A_7C15_u64;
        mix(mix(mix(self.seed ^ golden).wrapping_add(copy)).wrapping_add(episode))
    }
}

/// SplitMix64's output function (Steele, Lea, Flood 2014).
const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
