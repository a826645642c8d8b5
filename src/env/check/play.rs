//! Probing episodes for `check_env`.

use crate::env::{ActionSpace, Env, Outcome, OwnedAction, Shock};
use crate::rng::{Component, Streams};
use rand::Rng as _;

/// Draws `n_steps` random admissible actions.
#[allow(
    clippy::cast_possible_truncation,
    reason = "an action space has far fewer than 2^32 levels"
)]
pub(super) fn random_actions(space: &ActionSpace, seed: u64, n_steps: usize) -> Vec<OwnedAction> {
    let mut rng = Streams::new(seed).stream(Component::Env, 0);
    (0..n_steps)
        .map(|_| match space {
            ActionSpace::Continuous { n_dims, low, high } => {
                OwnedAction::Continuous((0..*n_dims).map(|_| rng.gen_range(*low..=*high)).collect())
            }
            ActionSpace::Categorical { n_dims, levels } => OwnedAction::Categorical(
                (0..*n_dims)
                    .map(|_| rng.gen_range(0..levels.len() as u32))
                    .collect(),
            ),
        })
        .collect()
}

/// Observations, rewards and outcomes of an episode; the first observation is that of the reset.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) observations: Vec<Vec<f32>>,
    pub(super) rewards: Vec<f64>,
    outcomes: Vec<Outcome>,
}

impl Trace {
    /// Describes the first bitwise difference between two episodes.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let lengths = (self.rewards.len(), other.rewards.len());
        for step in 0..self.observations.len().min(other.observations.len()) {
            let (a, b) = (&self.observations[step], &other.observations[step]);
            if let Some(i) = a
                .iter()
                .zip(b)
                .position(|(a, b)| a.to_bits() != b.to_bits())
            {
                let place = format!("observation {i} after step {step}");
                return Some(format!("{place}: found {} and {}", a[i], b[i]));
            }
        }
        for step in 0..lengths.0.min(lengths.1) {
            let (a, b) = (self.rewards[step], other.rewards[step]);
            if a.to_bits() != b.to_bits() {
                return Some(format!("reward of step {}: found {a} and {b}", step + 1));
            }
            let (a, b) = (self.outcomes[step], other.outcomes[step]);
            if a != b {
                return Some(format!(
                    "outcome of step {}: found {a:?} and {b:?}",
                    step + 1
                ));
            }
        }
        (lengths.0 != lengths.1).then(|| format!("lengths: found {lengths:?}"))
    }
}

/// Resets, then plays `moves` until they run out or the episode ends.
pub(super) fn play<E: Env + ?Sized>(
    env: &mut E,
    seed: u64,
    moves: &[OwnedAction],
    shock: Shock<'_>,
) -> Trace {
    let mut trace = Trace::default();
    trace.observations.push(env.reset(seed).to_vec());
    for action in moves {
        let step = env.step(action.as_action(), shock);
        trace.observations.push(step.observation.to_vec());
        trace.rewards.push(step.reward);
        trace.outcomes.push(step.outcome);
        if step.outcome.is_over() {
            break;
        }
    }
    trace
}
