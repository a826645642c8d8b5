//! Numbers of sampled episodes and paths.

/// Episodes that figures of a game without bars are means over, at most.
const N_EPISODES: u64 = 400;
/// Steps that are played for such a figure, unless two episodes have more: seconds.
const N_PLAYED_STEPS: u64 = 2_000_000;
/// Paths and episodes that are drawn.
pub(super) const N_PATHS: u32 = 3;
/// Seed of the episodes.
pub(super) const SEED: u64 = 0;

/// Episodes of `n_steps` steps that a figure is a mean over: at least two, so that it has a
/// deviation.
pub(super) fn n_episodes(n_steps: u32) -> u64 {
    (N_PLAYED_STEPS / u64::from(n_steps).max(1)).clamp(2, N_EPISODES)
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
