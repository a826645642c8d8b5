//! The distribution over actions as a function of the network's output.

use super::{Backend, Matrix, Real, Vector};
use crate::agent::Head;
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::{Tape, Tensor},
    tensor_ops::{BroadcastTo, ReshapeTo, SelectTo, SumTo, TryAdd, TryMul, TrySub},
};

/// ln(2π) / 2.
pub(crate) const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;

/// A batch of action distributions.
#[derive(Debug)]
pub enum Distribution<E: Real, D: Backend<E>, T> {
    /// Independent Gaussians.
    Gaussian {
        /// μ, `[n_rows, n_dims]`, squashed where the head squashes.
        mean: Matrix<E, D, T>,
        /// log σ, `[1, n_dims]`: a parameter, the same in every state.
        log_std: Matrix<E, D>,
    },
    /// Independent choices.
    Categorical {
        /// log p, `[n_rows * n_dims, n_levels]`.
        log_probs: Matrix<E, D, T>,
        /// Choices per action.
        n_dims: usize,
    },
}

/// A batch of actions on the device.
#[derive(Debug, Clone)]
pub enum ActionBatch<E: Real, D: Backend<E>> {
    /// `[n_rows, n_dims]`.
    Continuous(Matrix<E, D>),
    /// `[n_rows * n_dims]` level indices.
    Categorical(Tensor<(usize,), usize, D>),
}

/// log π(a) and the entropy, `[n_rows]` each. The tape of the network is in `log_prob`; `entropy`
/// starts a tape of its own at the distribution's parameters. Sum the two (their tapes merge)
/// before differentiating.
#[derive(Debug)]
pub struct Densities<E: Real, D: Backend<E>, T> {
    /// log π(a).
    pub log_prob: Vector<E, D, T>,
    /// H(π).
    pub entropy: Vector<E, D, T>,
}

impl<E: Real, D: Backend<E>, T: Tape<E, D>> Distribution<E, D, T> {
    /// log π(a) and H(π), summed over the entries of an action.
    ///
    /// * Gaussian: log π = Σ −½ ((a − μ)/σ)² − log σ − ½ log 2π; H = Σ log σ + ½ + ½ log 2π.
    /// * Categorical: log π = Σ log p(level); H = −Σ p log p.
    ///
    /// `None` when the kind of the actions is not that of the distribution.
    ///
    /// # Errors
    /// The device's error.
    pub fn densities(
        self,
        actions: &ActionBatch<E, D>,
    ) -> Result<Option<Densities<E, D, T>>, D::Err> {
        match (self, actions) {
            (Self::Gaussian { mean, log_std }, ActionBatch::Continuous(actions)) => {
                gaussian(mean, &log_std, actions.clone()).map(Some)
            }
            (Self::Categorical { log_probs, n_dims }, ActionBatch::Categorical(levels)) => {
                categorical(log_probs, n_dims, levels.clone()).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn gaussian<E: Real, D: Backend<E>, T: Tape<E, D>>(
    mean: Matrix<E, D, T>,
    log_std: &Matrix<E, D>,
    actions: Matrix<E, D>,
) -> Result<Densities<E, D, T>, D::Err> {
    let shape = *mean.shape();
    let (n_rows, n_dims) = shape;
    let log_std = log_std.retaped::<T>().try_reshape_like(&(n_dims,))?;
    let precision = log_std.retaped::<T>().try_negate()?.try_exp()?;
    let precision = precision.try_broadcast_like::<_, Axis<0>>(&shape)?;
    let score = mean.try_sub(actions)?.try_mul(precision)?;
    let distance = score.try_square()?.try_sum::<(usize,), Axis<1>>()?;
    let log_sigma = log_std.try_sum::<(), Axis<0>>()?;
    let constant = HALF_LN_TAU * dims(n_dims);
    let normalizer = log_sigma.retaped::<T>();
    let entropy = log_sigma.try_add(E::of(constant + 0.5 * dims(n_dims)))?;
    let normalizer = normalizer.try_broadcast_like::<_, Axis<0>>(&(n_rows,))?;
    let log_prob = distance.try_mul(E::of(-0.5))?.try_sub(normalizer)?;
    Ok(Densities {
        log_prob: log_prob.try_sub(E::of(constant))?,
        entropy: entropy.try_broadcast_like::<_, Axis<0>>(&(n_rows,))?,
    })
}

fn categorical<E: Real, D: Backend<E>, T: Tape<E, D>>(
    log_probs: Matrix<E, D, T>,
    n_dims: usize,
    levels: Tensor<(usize,), usize, D>,
) -> Result<Densities<E, D, T>, D::Err> {
    let n_choices = log_probs.shape().0;
    let per_action = (n_choices / n_dims, n_dims);
    let log_p = log_probs.retaped::<T>();
    let p = log_p.retaped::<T>().try_exp()?;
    let surprise = log_p.try_mul(p)?.try_sum::<(usize,), Axis<1>>()?;
    let entropy = surprise
        .try_negate()?
        .try_reshape_like(&per_action)?
        .try_sum::<(usize,), Axis<1>>()?;
    let log_prob = log_probs
        .try_select::<(usize,), _>(levels)?
        .try_reshape_like(&per_action)?
        .try_sum::<(usize,), Axis<1>>()?;
    Ok(Densities { log_prob, entropy })
}

/// Converts what a head's last layer gives into a distribution.
pub(super) fn from_network<E: Real, D: Backend<E>, T: Tape<E, D>>(
    head: Head,
    z: Matrix<E, D, T>,
    log_std: Option<&Matrix<E, D>>,
) -> Result<Distribution<E, D, T>, D::Err> {
    match (head, log_std) {
        (Head::Categorical { n_dims, n_levels }, _) => Ok(Distribution::Categorical {
            log_probs: super::head::per_choice(z, n_levels)?.try_log_softmax::<Axis<1>>()?,
            n_dims,
        }),
        (Head::Gaussian { n_dims, .. }, log_std) => {
            let log_std = match log_std {
                Some(log_std) => log_std.clone(),
                None => z.device().try_zeros_like(&(1, n_dims))?,
            };
            Ok(Distribution::Gaussian {
                mean: super::head::output(head, z)?,
                log_std,
            })
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "the number of entries of an action is small"
)]
const fn dims(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::tensor::{Cpu, NoneTape, TensorFromVec};

    fn densities(
        distribution: Distribution<f64, Cpu, NoneTape>,
        actions: &ActionBatch<f64, Cpu>,
    ) -> (Vec<f64>, Vec<f64>) {
        let found = distribution
            .densities(actions)
            .expect("on the CPU")
            .expect("the same kind");
        (found.log_prob.as_vec(), found.entropy.as_vec())
    }

    fn close(found: &[f64], expected: &[f64]) {
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-12, "{found:?} {expected:?}");
        }
        assert_eq!(found.len(), expected.len());
    }

    #[test]
    fn gaussian_densities_have_their_closed_form() {
        let device = Cpu::default();
        let log_std = [0.5_f64.ln(), 2.0_f64.ln()];
        let distribution = Distribution::Gaussian {
            mean: device.tensor_from_vec(vec![1.0, -1.0, 0.0, 0.0], (2, 2)),
            log_std: device.tensor_from_vec(log_std.to_vec(), (1, 2)),
        };
        let actions = device.tensor_from_vec(vec![1.5, 1.0, 0.0, 0.0], (2, 2));
        let (log_prob, entropy) = densities(distribution, &ActionBatch::Continuous(actions));
        // sigma = (1/2, 2): the normalizers' product is 2 pi, whatever the sigmas; both first
        // entries lie one sigma off.
        let tau_ln = std::f64::consts::TAU.ln();
        close(&log_prob, &[-1.0 - tau_ln, -tau_ln]);
        close(&entropy, &[1.0 + tau_ln; 2]);
    }

    #[test]
    fn categorical_densities_have_their_closed_form() {
        let device = Cpu::default();
        let p = [[0.5, 0.25, 0.25], [1.0 / 3.0; 3]];
        let log_p = p.iter().flatten().map(|p: &f64| p.ln()).collect();
        let distribution = Distribution::Categorical {
            log_probs: device.tensor_from_vec(log_p, (2, 3)),
            n_dims: 2,
        };
        let levels = ActionBatch::Categorical(device.tensor_from_vec(vec![1, 2], (2,)));
        let (log_prob, entropy) = densities(distribution, &levels);
        close(&log_prob, &[-(12.0_f64.ln())]);
        close(&entropy, &[1.5 * 2.0_f64.ln() + 3.0_f64.ln()]);
    }

    #[test]
    fn actions_of_the_other_kind_are_no_densities() {
        let device = Cpu::default();
        let distribution: Distribution<f64, _, NoneTape> = Distribution::Categorical {
            log_probs: device.tensor_from_vec(vec![0.0], (1, 1)),
            n_dims: 1,
        };
        let actions = ActionBatch::Continuous(device.tensor_from_vec(vec![0.0], (1, 1)));
        assert!(
            distribution
                .densities(&actions)
                .expect("on the CPU")
                .is_none()
        );
    }
}
