//! Sampled episodes of games without bars.

use super::card::{Sample, Scale};
use crate::{env::Env, rng::Streams};

/// Largest number of episodes averaged for a figure.
const N_EPISODES: u64 = 400;
/// Largest number of steps simulated for a figure, unless two episodes have more; takes seconds.
const N_PLAYED_STEPS: u64 = 2_000_000;
/// Number of episodes drawn as paths.
pub(super) const N_PATHS: u32 = 3;
pub(super) const SEED: u64 = 0;

/// Number of episodes of `n_steps` steps to average over: at least two, to have a deviation.
pub(super) fn n_episodes(n_steps: u32) -> u64 {
    (N_PLAYED_STEPS / u64::from(n_steps).max(1)).clamp(2, N_EPISODES)
}

/// Plays the first episodes and samples `state` before the first step and after each step. `step`
/// returns true at the end of the episode.
pub(super) fn episodes<E: Env, const N: usize>(
    env: &mut E,
    names: [&str; N],
    state: impl Fn(&E) -> [f64; N],
    step: impl Fn(&mut E) -> bool,
) -> Vec<Sample> {
    let streams = Streams::new(SEED);
    let mut episodes: Vec<Vec<[f64; N]>> = Vec::new();
    for episode in 0..N_PATHS {
        env.reset(streams.episode_seed(0, episode.into()));
        let mut states = vec![state(env)];
        let mut is_over = false;
        while !is_over {
            is_over = step(env);
            states.push(state(env));
        }
        episodes.push(states);
    }
    let sample = |(i, name): (usize, &str)| {
        let values = |states: &Vec<[f64; N]>| states.iter().map(|state| state[i]).collect();
        let paths = episodes.iter().enumerate();
        let paths = paths.map(|(n, states)| (format!("episode {n}"), values(states)));
        Sample::new(name, Scale::Linear, paths)
    };
    names.into_iter().enumerate().map(sample).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_long_episodes_are_played() {
        let found = [1, 200, 5_000, 400_000, 1_000_000, u32::MAX].map(n_episodes);
        assert_eq!(found, [400, 400, 400, 5, 2, 2]);
    }
}
