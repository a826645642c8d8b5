//! The backward recursion against central differences of a game with a closed form.

use crate::{
    env::{Differentiable, Observed},
    policy::tests::{ACTIVATIONS, HEADS, Policy, random_policy, relative_error},
    train::pathwise::{Path, action_gradients},
};
use dfdx::tensor::{Cpu, TensorFromVec};

const N: usize = 3;
const N_ENVS: usize = 2;
const GAMMA: f64 = 0.9;
const FACTOR: f64 = 1.7;

/// Reward `Σ α_i a_i − ½ a_i² − ½ (a_i − w_i)²` and next weights `tanh(.8 a_i + .3 w_{i+1})`, with
/// `α_i = sin(t + i)`.
fn step(t: f64, action: [f64; N], weights: [f64; N]) -> (f64, [f64; N]) {
    let mut reward = 0.0;
    let mut next = [0.0; N];
    for (i, shift) in [0.0, 1.0, 2.0].into_iter().enumerate() {
        let (a, w) = (action[i], weights[i]);
        reward += (t + shift).sin() * a - 0.5 * a * a - 0.5 * (a - w) * (a - w);
        next[i] = (0.8 * a + 0.3 * weights[(i + 1) % N]).tanh();
    }
    (reward, next)
}

/// Derivatives of [`step`], in the layout of [`Differentiable`].
fn derivatives(t: f64, action: [f64; N], weights: [f64; N]) -> Vec<f64> {
    let (_, next) = step(t, action, weights);
    let (mut by_action, mut by_weights) = (vec![0.0; N * N], vec![0.0; N * N]);
    let (mut reward_by_action, mut reward_by_weights) = (Vec::new(), Vec::new());
    for (i, shift) in [0.0, 1.0, 2.0].into_iter().enumerate() {
        let gap = action[i] - weights[i];
        reward_by_action.push((t + shift).sin() - action[i] - gap);
        reward_by_weights.push(gap);
        let slope = 1.0 - next[i] * next[i];
        by_action[i * N + i] = 0.8 * slope;
        by_weights[i * N + (i + 1) % N] = 0.3 * slope;
    }
    [reward_by_action, reward_by_weights, by_action, by_weights].concat()
}

/// A signal, two weights and the cash.
fn observation(t: f64, weights: [f64; N]) -> [f64; 4] {
    let cash = 1.0 - weights.iter().sum::<f64>();
    [(0.3 * t).sin(), weights[0], weights[1], cash]
}

fn shape() -> Differentiable {
    let seen = |column, asset, factor| Observed {
        column,
        asset,
        factor,
    };
    Differentiable {
        n_assets: N,
        observed: vec![
            seen(1, 0, 1.0),
            seen(2, 1, 1.0),
            seen(3, 0, -1.0),
            seen(3, 1, -1.0),
            seen(3, 2, -1.0),
        ],
    }
}

fn first_weights(env: usize) -> [f64; N] {
    if env == 0 {
        [0.3, -0.2, 0.1]
    } else {
        [-0.4, 0.0, 0.6]
    }
}

/// Action, observation and weights of each step of one copy, and the rewards; `shift` moves one
/// action.
struct Played {
    observations: Vec<[f64; 4]>,
    rows: Vec<Vec<f64>>,
    rewards: Vec<f64>,
}

fn play(policy: &Policy, env: usize, n_steps: u8, shift: (usize, usize, f64)) -> Played {
    let mut weights = first_weights(env);
    let (mut observations, mut rows, mut rewards) = (Vec::new(), Vec::new(), Vec::new());
    for t in 0..n_steps {
        let time = f64::from(t);
        observations.push(observation(time, weights));
        let row = Cpu::default().tensor_from_vec(observation(time, weights).to_vec(), (1, 4));
        let output = policy.output(row).expect("CPU").as_vec();
        let mut action = [output[0], output[1], output[2]];
        if usize::from(t) == shift.0 {
            action[shift.1] += shift.2;
        }
        rows.push(derivatives(time, action, weights));
        let (reward, next) = step(time, action, weights);
        rewards.push(reward);
        weights = next;
    }
    observations.push(observation(f64::from(n_steps), weights));
    Played {
        observations,
        rows,
        rewards,
    }
}

/// `Σ_{t <= k < end} γ^{k−t} f r_k + γ^{end−t} V(o_end)`.
fn objective(policy: &Policy, played: &Played, t: usize, end: usize) -> f64 {
    let row = Cpu::default().tensor_from_vec(played.observations[end].to_vec(), (1, 4));
    let mut value = policy.value(row).expect("CPU").as_vec()[0];
    for reward in played.rewards[t..end].iter().rev() {
        value = FACTOR * reward + GAMMA * value;
    }
    value
}

/// H = 1, 2 and 16, two blocks each; later actions answer through the policy. Observations and
/// gradients pass the networks in f32.
#[test]
fn action_gradients_equal_central_differences() {
    for horizon in [1_u8, 2, 16] {
        let policy = random_policy(&[6, 5], ACTIVATIONS[0], HEADS[1], 91);
        let n_steps = 2 * horizon;
        let still = (usize::MAX, 0, 0.0);
        let played = [0, 1].map(|env| play(&policy, env, n_steps, still));
        let narrow = |row: &[f64; 4]| row.map(crate::policy::Real::get_f32);
        let (mut observations, mut derivatives) = (Vec::new(), Vec::new());
        for t in 0..usize::from(n_steps) {
            for copy in &played {
                observations.extend(narrow(&copy.observations[t]));
                derivatives.extend_from_slice(&copy.rows[t]);
            }
        }
        let last = |copy: &Played| narrow(&copy.observations[usize::from(n_steps)]);
        let following = played.each_ref().map(last).concat();
        let path = Path {
            observations: &observations,
            following: &following,
            derivatives: &derivatives,
            shape: &shape(),
            n_envs: N_ENVS,
            horizon: usize::from(horizon),
            gamma: GAMMA,
            reward_factor: FACTOR,
        };
        let mut found = Vec::new();
        action_gradients(&policy.freeze(), &path, &mut found).expect("sound");
        let mut expected = Vec::new();
        for t in 0..usize::from(n_steps) {
            let end = (t / path.horizon + 1) * path.horizon;
            for env in 0..N_ENVS {
                for i in 0..N {
                    let at = |h: f64| {
                        let moved = play(&policy, env, n_steps, (t, i, h));
                        objective(&policy, &moved, t, end)
                    };
                    expected.push((at(1e-5) - at(-1e-5)) / 2e-5);
                }
            }
        }
        let found: Vec<f64> = found.into_iter().map(f64::from).collect();
        let error = relative_error(&found, &expected);
        assert!(error < 1e-6, "H = {horizon}: {error}");
    }
}

#[test]
fn arrays_of_other_lengths_are_refused() {
    let policy = random_policy(&[6], ACTIVATIONS[0], HEADS[1], 91);
    let whole = Path {
        observations: &[0.0; 16],
        following: &[0.0; 8],
        derivatives: &[0.0; 2 * 2 * 24],
        shape: &shape(),
        n_envs: N_ENVS,
        horizon: 2,
        gamma: GAMMA,
        reward_factor: FACTOR,
    };
    let run = |path: Path<'_>| action_gradients(&policy.freeze(), &path, &mut Vec::new());
    assert!(run(whole).is_ok());
    for wrong in [
        Path {
            following: &[0.0; 7],
            ..whole
        },
        Path {
            derivatives: &[0.0; 95],
            ..whole
        },
        Path {
            horizon: 3,
            ..whole
        },
        Path {
            horizon: 0,
            ..whole
        },
    ] {
        assert!(run(wrong).is_err());
    }
}
