//! Acting: plain slices in, plain vectors out, no tape. The rollout path.

use super::{
    ActorCritic, Backend, PolicyError, Real,
    distribution::{Distribution, HALF_LN_TAU},
    matrix,
};
use crate::rng::Rng;
use rand::Rng as _;
use rand_distr::StandardNormal;

/// Actions of a batch on the host, row-major `[n_rows, n_dims]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Actions {
    /// Real numbers.
    Continuous(Vec<f32>),
    /// Level indices.
    Categorical(Vec<u32>),
}

/// What [`ActorCritic::act`] decided. Reuse one value for a whole rollout: its vectors keep their memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decisions {
    /// Sampled actions, `[n_rows, n_dims]`.
    pub actions: Actions,
    /// log π(a | o), `[n_rows]`.
    pub log_probs: Vec<f32>,
    /// Value estimate of o, `[n_rows]`.
    pub values: Vec<f32>,
}

impl Default for Actions {
    fn default() -> Self {
        Self::Continuous(Vec::new())
    }
}

impl<E: Real, D: Backend<E>> ActorCritic<E, D> {
    /// Samples one action per row of `observations` (row-major `[n_rows, n_inputs]`), row i from `rngs[i]`, so that what a row
    /// draws does not depend on its neighbors.
    ///
    /// # Errors
    /// [`PolicyError::Shape`] unless `observations` holds `rngs.len()` rows; [`PolicyError::Tensor`].
    pub fn act(
        &self,
        observations: &[f32],
        rngs: &mut [Rng],
        out: &mut Decisions,
    ) -> Result<(), PolicyError> {
        let observations = self.upload("act: observations", observations, rngs.len())?;
        let distribution = self.distribution(observations.clone())?;
        let values = self.value(observations)?;
        download(&values.as_vec(), &mut out.values);
        out.log_probs.clear();
        match distribution {
            Distribution::Gaussian { mean, log_std } => {
                let log_std: Vec<f64> = log_std.as_vec().into_iter().map(E::get).collect();
                let mut actions = match std::mem::take(&mut out.actions) {
                    Actions::Continuous(actions) => actions,
                    Actions::Categorical(_) => Vec::new(),
                };
                actions.clear();
                let log_probs = &mut out.log_probs;
                sample_gaussian(&mean.as_vec(), &log_std, rngs, &mut actions, log_probs);
                out.actions = Actions::Continuous(actions);
            }
            Distribution::Categorical { log_probs, n_dims } => {
                let mut actions = match std::mem::take(&mut out.actions) {
                    Actions::Categorical(actions) => actions,
                    Actions::Continuous(_) => Vec::new(),
                };
                actions.clear();
                let log_p = log_probs.as_vec();
                sample_categorical(&log_p, n_dims, rngs, &mut actions, &mut out.log_probs);
                out.actions = Actions::Categorical(actions);
            }
        }
        Ok(())
    }

    /// The deterministic action per row: the (squashed) mean, or the most probable level (the lowest among equals).
    ///
    /// # Errors
    /// [`PolicyError::Shape`] unless `observations` holds `n_rows` rows; [`PolicyError::Tensor`].
    pub fn decide(&self, observations: &[f32], n_rows: usize) -> Result<Actions, PolicyError> {
        let observations = self.upload("decide: observations", observations, n_rows)?;
        match self.distribution(observations)? {
            Distribution::Gaussian { mean, .. } => {
                let mean = mean.as_vec().into_iter().map(E::get_f32);
                Ok(Actions::Continuous(mean.collect()))
            }
            Distribution::Categorical { log_probs, n_dims } => {
                let log_probs = log_probs.as_vec();
                let n_levels = log_probs.len() / (n_rows * n_dims).max(1);
                let levels = log_probs.chunks_exact(n_levels.max(1)).map(most_probable);
                Ok(Actions::Categorical(levels.collect()))
            }
        }
    }

    /// The value estimate per row, `[n_rows]`.
    ///
    /// # Errors
    /// [`PolicyError::Shape`] unless `observations` holds `n_rows` rows; [`PolicyError::Tensor`].
    pub fn values(
        &self,
        observations: &[f32],
        n_rows: usize,
        out: &mut Vec<f32>,
    ) -> Result<(), PolicyError> {
        let observations = self.upload("values: observations", observations, n_rows)?;
        download(&self.value(observations)?.as_vec(), out);
        Ok(())
    }

    fn upload(
        &self,
        place: &'static str,
        observations: &[f32],
        n_rows: usize,
    ) -> Result<super::Matrix<E, D>, PolicyError> {
        let n_inputs = self.spec.n_inputs;
        if observations.len() != n_rows * n_inputs {
            return Err(PolicyError::Shape {
                place,
                found: [observations.len() / n_inputs, n_inputs],
                expected: [n_rows, n_inputs],
            });
        }
        matrix(&self.device, observations, n_rows, n_inputs).map_err(PolicyError::tensor(place))
    }
}

fn download<E: Real>(from: &[E], out: &mut Vec<f32>) {
    out.clear();
    out.extend(from.iter().map(|value| value.get_f32()));
}

/// Row by row: a = μ + σ ε, log π = Σ −½ ε² − log σ − ½ log 2π.
fn sample_gaussian<E: Real>(
    mean: &[E],
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

/// Choice by choice: the first level whose cumulated probability exceeds a uniform draw.
fn sample_categorical<E: Real>(
    log_p: &[E],
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

fn most_probable<E: Real>(log_p: &[E]) -> u32 {
    let mut best = 0;
    for (level, value) in log_p.iter().enumerate() {
        if *value > log_p[best] {
            best = level;
        }
    }
    index(best)
}

#[allow(clippy::cast_possible_truncation, reason = "a level index is small")]
const fn index(level: usize) -> u32 {
    level as u32
}
