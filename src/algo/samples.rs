//! A rollout as a table of samples, and minibatches of the table on the device.

use super::{AlgoError, config::AdvantageScaling, returns::normalize};
use crate::policy::{Actions, Backend, Matrix, PolicyError, Real};

/// A rollout on the host: one row per (step, environment), in any order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// Length of an observation.
    pub n_inputs: usize,
    /// Entries per action.
    pub n_dims: usize,
    /// Observations, `[n_rows, n_inputs]`.
    pub observations: Vec<f32>,
    /// Actions, `[n_rows, n_dims]`.
    pub actions: Actions,
    /// Log probability log π(a | o) under the policy that acted, `[n_rows]`.
    pub log_probs: Vec<f32>,
    /// Value estimate v(o) of the policy that acted, `[n_rows]`.
    pub values: Vec<f32>,
    /// Advantage A, `[n_rows]`.
    pub advantages: Vec<f32>,
    /// Return R, the target of the value estimate, `[n_rows]`.
    pub returns: Vec<f32>,
    /// Derivatives of the objective by the action, `[n_rows, n_dims]`; empty unless the algorithm
    /// is [`Pathwise`](super::Algorithm::Pathwise).
    pub action_gradients: Vec<f32>,
}

/// A part of the samples: observations on the device, the other columns on the host.
#[derive(Debug, Clone)]
pub struct Minibatch<E: Real, D: Backend<E>> {
    /// Observations, `[n_rows, n_inputs]`.
    pub observations: Matrix<E, D>,
    /// All columns except `observations`, which is empty; advantages are scaled.
    pub host: Samples,
}

impl Samples {
    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.log_probs.len()
    }

    /// Copies the rows `indices` (each below [`Self::n_rows`]) as a minibatch before its upload.
    /// Advantages are scaled if `scaling` is [`AdvantageScaling::PerMinibatch`].
    ///
    /// # Errors
    /// [`AlgoError::Length`] unless each column has `n_rows` rows.
    pub fn pick(&self, indices: &[usize], scaling: AdvantageScaling) -> Result<Self, AlgoError> {
        self.check(indices)?;
        let pick = |column: &[f32]| indices.iter().map(|&i| column[i]).collect::<Vec<_>>();
        let mut advantages = pick(&self.advantages);
        if scaling == AdvantageScaling::PerMinibatch {
            normalize(&mut advantages);
        }
        Ok(Self {
            n_inputs: self.n_inputs,
            n_dims: self.n_dims,
            observations: pick_rows(&self.observations, self.n_inputs, indices),
            actions: match &self.actions {
                Actions::Continuous(all) => {
                    Actions::Continuous(pick_rows(all, self.n_dims, indices))
                }
                Actions::Categorical(all) => {
                    Actions::Categorical(pick_rows(all, self.n_dims, indices))
                }
            },
            log_probs: pick(&self.log_probs),
            values: pick(&self.values),
            advantages,
            returns: pick(&self.returns),
            action_gradients: if self.action_gradients.is_empty() {
                Vec::new()
            } else {
                pick_rows(&self.action_gradients, self.n_dims, indices)
            },
        })
    }

    /// Turns all rows into a minibatch, with observations on the device.
    ///
    /// # Errors
    /// [`AlgoError::Policy`] when memory runs out.
    pub fn upload<E: Real, D: Backend<E>>(
        mut self,
        device: &D,
    ) -> Result<Minibatch<E, D>, AlgoError> {
        let shape = (self.n_rows(), self.n_inputs);
        let observations = std::mem::take(&mut self.observations);
        let observations = observations.into_iter().map(E::of_f32).collect();
        let observations = device.try_tensor_from_vec(observations, shape);
        Ok(Minibatch {
            observations: observations.map_err(PolicyError::tensor("minibatch upload"))?,
            host: self,
        })
    }

    /// Calls [`Self::pick`], then [`Self::upload`].
    ///
    /// # Errors
    /// As [`Self::pick`] and [`Self::upload`].
    pub fn minibatch<E: Real, D: Backend<E>>(
        &self,
        indices: &[usize],
        scaling: AdvantageScaling,
        device: &D,
    ) -> Result<Minibatch<E, D>, AlgoError> {
        self.pick(indices, scaling)?.upload(device)
    }

    fn check(&self, indices: &[usize]) -> Result<(), AlgoError> {
        let n_rows = self.n_rows();
        let n_actions = self.actions.len();
        let n_gradients = self.action_gradients.len();
        let beyond = indices.iter().copied().find(|&i| i >= n_rows);
        let lengths = [
            (
                "observations",
                self.observations.len(),
                n_rows * self.n_inputs,
            ),
            ("actions", n_actions, n_rows * self.n_dims),
            ("values", self.values.len(), n_rows),
            ("advantages", self.advantages.len(), n_rows),
            ("returns", self.returns.len(), n_rows),
            (
                "action gradients",
                n_gradients,
                n_gradients.min(1) * n_rows * self.n_dims,
            ),
            (
                "rows for a minibatch index",
                n_rows,
                beyond.map_or(n_rows, |i| i + 1),
            ),
        ];
        AlgoError::check_lengths(&lengths)
    }
}

/// Rows `indices` of a row-major table.
pub(crate) fn pick_rows<X: Copy>(table: &[X], n_cols: usize, indices: &[usize]) -> Vec<X> {
    let mut out = Vec::with_capacity(indices.len() * n_cols);
    for &i in indices {
        out.extend_from_slice(&table[i * n_cols..(i + 1) * n_cols]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::tensor::Cpu;

    fn samples() -> Samples {
        Samples {
            n_inputs: 2,
            n_dims: 1,
            observations: vec![0.0, 0.5, 1.0, 1.5, 2.0, 2.5],
            actions: Actions::Categorical(vec![4, 5, 6]),
            log_probs: vec![-1.0, -2.0, -3.0],
            values: vec![10.0, 11.0, 12.0],
            advantages: vec![3.0, 5.0, 9.0],
            returns: vec![20.0, 21.0, 22.0],
            action_gradients: vec![7.0, 8.0, 9.0],
        }
    }

    #[test]
    fn rows_arrive_in_the_order_of_the_indices() {
        let device = Cpu::default();
        let batch: Minibatch<f32, _> = samples()
            .minibatch(&[2, 0], AdvantageScaling::Raw, &device)
            .expect("memory");
        assert_eq!(batch.observations.as_vec(), [2.0, 2.5, 0.0, 0.5]);
        let expected = Samples {
            n_inputs: 2,
            n_dims: 1,
            observations: Vec::new(),
            actions: Actions::Categorical(vec![6, 4]),
            log_probs: vec![-3.0, -1.0],
            values: vec![12.0, 10.0],
            advantages: vec![9.0, 3.0],
            returns: vec![22.0, 20.0],
            action_gradients: vec![9.0, 7.0],
        };
        assert_eq!(batch.host, expected);
        let scaled: Minibatch<f32, _> = samples()
            .minibatch(&[2, 0], AdvantageScaling::PerMinibatch, &device)
            .expect("memory");
        assert_eq!(scaled.host.advantages, [1.0, -1.0]);
    }

    #[test]
    fn short_columns_and_indices_out_of_range_are_errors() {
        let device = Cpu::default();
        let run = |samples: &Samples, indices: &[usize]| {
            let batch = samples.minibatch::<f32, _>(indices, AdvantageScaling::Raw, &device);
            batch.expect_err("refused").to_string()
        };
        let wild = run(&samples(), &[0, 3]);
        assert_eq!(
            wild,
            "rows for a minibatch index: found length 3, expected 4"
        );
        let mut short = samples();
        short.returns.pop();
        assert_eq!(run(&short, &[0]), "returns: found length 2, expected 3");
    }
}
