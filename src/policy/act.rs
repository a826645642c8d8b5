//! Acting, as rollouts do: plain slices in, plain vectors out, no tape.

use super::{ActorCritic, Backend, FrozenPolicy, HALF_LN_TAU, PolicyError, Real};
use crate::{
    agent::{Head, most_probable},
    rng::Rng,
};
use rand::Rng as _;
use rand_distr::StandardNormal;
use std::ops::Range;

/// Actions of a batch on the host, row-major `[n_rows, n_dims]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Actions {
    /// Real numbers.
    Continuous(Vec<f32>),
    /// Level indices.
    Categorical(Vec<u32>),
}

impl Actions {
    /// Removes all actions and keeps the memory.
    pub(crate) fn clear(&mut self) {
        match self {
            Self::Continuous(actions) => actions.clear(),
            Self::Categorical(actions) => actions.clear(),
        }
    }

    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Continuous(actions) => actions.len(),
            Self::Categorical(actions) => actions.len(),
        }
    }

    /// Appends the entries `range` of `other`; if the kinds differ, they replace all own entries.
    pub(crate) fn append(&mut self, other: &Self, range: Range<usize>) {
        match (self, other) {
            (Self::Continuous(all), Self::Continuous(new)) => all.extend_from_slice(&new[range]),
            (Self::Categorical(all), Self::Categorical(new)) => all.extend_from_slice(&new[range]),
            (all, Self::Continuous(new)) => *all = Self::Continuous(new[range].to_vec()),
            (all, Self::Categorical(new)) => *all = Self::Categorical(new[range].to_vec()),
        }
    }
}

/// Results of [`FrozenPolicy::act`]; one value serves a whole rollout and keeps its memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decisions {
    /// Sampled actions, `[n_rows, n_dims]`.
    pub actions: Actions,
    /// Log probabilities log π(a | o), `[n_rows]`.
    pub log_probs: Vec<f32>,
    /// Last policy layer of the newest batch.
    last_layer: Vec<f32>,
}

impl Default for Actions {
    fn default() -> Self {
        Self::Continuous(Vec::new())
    }
}

impl<E: Real, D: Backend<E>> ActorCritic<E, D> {
    /// Decides as [`FrozenPolicy::decide`] with the current weights. Freeze once for many calls.
    ///
    /// # Errors
    /// [`PolicyError::Shape`] unless `observations` holds `n_rows` rows; [`PolicyError::Tensor`].
    pub fn decide(&self, observations: &[f32], n_rows: usize) -> Result<Actions, PolicyError> {
        self.freeze().decide(observations, n_rows)
    }
}

impl<E: Real, D: Backend<E>> FrozenPolicy<E, D> {
    /// Samples one action per row of `observations` (row-major `[n_rows, n_inputs]`), row i from
    /// `rngs[i]`, so a row's draws do not depend on other rows.
    ///
    /// # Errors
    /// [`PolicyError::Shape`] unless `observations` holds `rngs.len()` rows;
    /// [`PolicyError::Tensor`].
    pub fn act(
        &self,
        observations: &[f32],
        rngs: &mut [Rng],
        out: &mut Decisions,
    ) -> Result<(), PolicyError> {
        let n_rows = rngs.len();
        self.last_layer(
            "act: observations",
            observations,
            n_rows,
            &mut out.last_layer,
        )?;
        let z = out.last_layer.as_mut_slice();
        out.log_probs.clear();
        match self.head() {
            Head::Gaussian { .. } => {
                self.head().output_rows(z);
                if matches!(out.actions, Actions::Categorical(_)) {
                    out.actions = Actions::default();
                }
                if let Actions::Continuous(actions) = &mut out.actions {
                    actions.clear();
                    sample_gaussian(z, self.log_std(), rngs, actions, &mut out.log_probs);
                }
            }
            Head::Categorical { n_dims, n_levels } => {
                z.chunks_exact_mut(n_levels).for_each(log_softmax);
                if matches!(out.actions, Actions::Continuous(_)) {
                    out.actions = Actions::Categorical(Vec::new());
                }
                if let Actions::Categorical(actions) = &mut out.actions {
                    actions.clear();
                    sample_categorical(z, n_dims, rngs, actions, &mut out.log_probs);
                }
            }
        }
        Ok(())
    }

    /// Deterministic action per row: the (squashed) mean, or the first of the most probable levels.
    ///
    /// # Errors
    /// [`PolicyError::Shape`] unless `observations` holds `n_rows` rows; [`PolicyError::Tensor`].
    pub fn decide(&self, observations: &[f32], n_rows: usize) -> Result<Actions, PolicyError> {
        let mut z = Vec::new();
        self.last_layer("decide: observations", observations, n_rows, &mut z)?;
        match self.head() {
            Head::Gaussian { .. } => {
                self.head().output_rows(&mut z);
                Ok(Actions::Continuous(z))
            }
            Head::Categorical { n_levels, .. } => {
                let levels = z.chunks_exact(n_levels).map(most_probable);
                Ok(Actions::Categorical(levels.collect()))
            }
        }
    }
}

/// Replaces z by its log softmax.
fn log_softmax(z: &mut [f32]) {
    let largest = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = z.iter().map(|z| (*z - largest).exp()).sum();
    let shift = largest + sum.ln();
    for z in z.iter_mut() {
        *z -= shift;
    }
}

/// Samples row by row: a = μ + σ ε, log π = Σ −½ ε² − log σ − ½ log 2π.
fn sample_gaussian(
    mean: &[f32],
    log_std: &[f64],
    rngs: &mut [Rng],
    actions: &mut Vec<f32>,
    log_probs: &mut Vec<f32>,
) {
    for (mean, rng) in mean.chunks_exact(log_std.len()).zip(rngs) {
        let mut log_prob = 0.0;
        for (mean, log_std) in mean.iter().zip(log_std) {
            let noise: f64 = rng.sample(StandardNormal);
            actions.push(f32::of(mean.get() + log_std.exp() * noise));
            log_prob -= 0.5 * noise * noise + log_std + HALF_LN_TAU;
        }
        log_probs.push(f32::of(log_prob));
    }
}

/// Samples, per choice, the first level whose cumulative probability exceeds a uniform draw.
fn sample_categorical(
    log_p: &[f32],
    n_dims: usize,
    rngs: &mut [Rng],
    actions: &mut Vec<u32>,
    log_probs: &mut Vec<f32>,
) {
    let n_levels = log_p.len() / (rngs.len() * n_dims).max(1);
    for (row, rng) in log_p.chunks_exact((n_levels * n_dims).max(1)).zip(rngs) {
        let mut log_prob = 0.0;
        for choice in row.chunks_exact(n_levels) {
            let draw: f64 = rng.r#gen();
            let mut cumulated = 0.0;
            let level = choice.iter().position(|log_p| {
                cumulated += log_p.get().exp();
                draw < cumulated
            });
            let level = level.unwrap_or(n_levels - 1);
            log_prob += choice[level].get();
            actions.push(index(level));
        }
        log_probs.push(f32::of(log_prob));
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a level index is small")]
const fn index(level: usize) -> u32 {
    level as u32
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "small counts"
    )]
    use super::*;
    use crate::{
        agent::{Activation, Head},
        policy::{
            matrix,
            tests::{HEADS, densities, random_policy},
        },
        rng::{Component, Streams},
    };
    use dfdx::tensor::Cpu;

    fn rngs(n: u64) -> Vec<Rng> {
        let streams = Streams::new(9);
        (0..n)
            .map(|i| streams.stream(Component::Policy, i))
            .collect()
    }

    fn observations(n: usize) -> Vec<f32> {
        (0..4 * n).map(|i| f32::of((i as f64).sin())).collect()
    }

    /// Log probabilities and values of a frozen policy equal those that learning computes.
    #[test]
    fn reported_log_probabilities_and_values_are_those_of_the_device() {
        for head in HEADS {
            let policy = random_policy(&[5], Activation::Tanh, head, 3);
            let mut found = Decisions::default();
            policy
                .freeze()
                .act(&observations(7), &mut rngs(7), &mut found)
                .expect("on the CPU");
            let device = Cpu::default();
            let batch = matrix::<f64, _>(&device, &observations(7), 7, 4).expect("memory");
            let densities = densities(&policy, batch.clone(), &found.actions);
            let values = policy.value(batch).expect("on the CPU").as_vec();
            let expected = densities.log_prob.as_vec();
            assert!(
                found
                    .log_probs
                    .iter()
                    .zip(expected)
                    .all(|(f, e)| (f.get() - e).abs() < 1e-5)
            );
            let mut asked = Vec::new();
            policy
                .freeze()
                .values(&observations(7), 7, &mut asked)
                .expect("on the CPU");
            assert!(
                asked
                    .iter()
                    .zip(values)
                    .all(|(f, e)| (f.get() - e).abs() < 1e-6)
            );
        }
    }

    #[test]
    fn draws_of_a_row_do_not_depend_on_its_neighbors() {
        for head in HEADS {
            let policy = random_policy(&[5], Activation::Relu, head, 3);
            let (mut many, mut one) = (Decisions::default(), Decisions::default());
            policy
                .freeze()
                .act(&observations(5), &mut rngs(5), &mut many)
                .expect("on the CPU");
            policy
                .freeze()
                .act(&observations(5)[8..12], &mut rngs(5)[2..3], &mut one)
                .expect("on the CPU");
            match (many.actions, one.actions) {
                (Actions::Continuous(many), Actions::Continuous(one)) => {
                    assert_eq!(many[6..9], one);
                }
                (Actions::Categorical(many), Actions::Categorical(one)) => {
                    assert_eq!(many[4..6], one);
                }
                _ => panic!("kinds differ"),
            }
        }
    }

    /// 20,000 draws match a Gaussian's moments, and a categorical policy's level probabilities,
    /// within 4 standard errors.
    #[test]
    fn samples_follow_the_distribution() {
        let n = 20_000;
        let same: Vec<f32> = observations(1).repeat(n);
        let gaussian = random_policy(&[], Activation::Tanh, HEADS[0], 3);
        let mut found = Decisions::default();
        gaussian
            .freeze()
            .act(&same, &mut rngs(n as u64), &mut found)
            .expect("on the CPU");
        let Actions::Continuous(actions) = found.actions else {
            panic!("kind")
        };
        let Actions::Continuous(mean) = gaussian.decide(&same[..4], 1).expect("on the CPU") else {
            panic!("kind")
        };
        let log_std = gaussian.log_std().expect("Gaussian").as_vec();
        for dim in 0..3 {
            let column = actions.iter().skip(dim).step_by(3).map(|a| f64::from(*a));
            let sigma = log_std[dim].exp();
            let z: Vec<f64> = column.map(|a| (a - f64::from(mean[dim])) / sigma).collect();
            let moment = |power: i32| z.iter().map(|z| z.powi(power)).sum::<f64>() / n as f64;
            assert!(moment(1).abs() < 4.0 / (n as f64).sqrt());
            assert!((moment(2) - 1.0).abs() < 4.0 * (2.0 / n as f64).sqrt());
        }
        let categorical = random_policy(&[], Activation::Tanh, HEADS[2], 3);
        let mut found = Decisions::default();
        categorical
            .freeze()
            .act(&same, &mut rngs(n as u64), &mut found)
            .expect("on the CPU");
        let Actions::Categorical(levels) = found.actions else {
            panic!("kind")
        };
        let batch = matrix::<f64, _>(&Cpu::default(), &same[..4], 1, 4).expect("memory");
        let p = categorical.output(batch).expect("on the CPU").as_vec();
        for (slot, p) in p.iter().enumerate() {
            let level = slot as u32 % 3;
            let chosen = levels
                .iter()
                .skip(slot / 3)
                .step_by(2)
                .filter(|l| **l == level);
            let share = chosen.count() as f64 / n as f64;
            assert!(
                (share - p).abs() < 4.0 * (p * (1.0 - p) / n as f64).sqrt(),
                "{share} {p}"
            );
        }
    }

    #[test]
    fn the_deterministic_action_is_the_most_probable_level_and_ties_go_down() {
        assert_eq!(most_probable(&[-2.0_f32, -1.0, -1.0]), 1);
        let head = Head::Categorical {
            n_dims: 2,
            n_levels: 3,
        };
        let policy = random_policy(&[5], Activation::Tanh, head, 8);
        let batch = matrix::<f64, _>(&Cpu::default(), &observations(4), 4, 4).expect("memory");
        let p = policy.output(batch).expect("on the CPU").as_vec();
        let p: Vec<f32> = p.into_iter().map(f32::of).collect();
        let expected = p.chunks(3).map(most_probable).collect();
        let found = policy.decide(&observations(4), 4).expect("on the CPU");
        assert_eq!(found, Actions::Categorical(expected));
    }

    #[test]
    fn a_wrong_number_of_rows_is_an_error() {
        let policy = random_policy(&[5], Activation::Tanh, HEADS[0], 3);
        assert!(
            policy
                .freeze()
                .act(&observations(2), &mut rngs(3), &mut Decisions::default())
                .is_err()
        );
        assert!(policy.decide(&observations(2)[..7], 2).is_err());
        assert!(
            policy
                .freeze()
                .values(&observations(2), 1, &mut Vec::new())
                .is_err()
        );
    }
}
