//! Log probabilities and entropies composed of tensor operations: the reference for acting and for
//! the losses of [`crate::algo`].

use super::Policy;
use crate::{
    agent::Head,
    policy::{Actions, HALF_LN_TAU, Matrix, Vector, head, matrix},
};
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::{Cpu, CpuError, Tape, Tensor, TensorFromVec},
    tensor_ops::{BroadcastTo, ReshapeTo, SelectTo, SumTo, TryAdd, TryMul, TrySub},
};

/// Log probabilities log π(a) and entropies H(π), `[n_rows]` each. `log_prob` has the tape of the
/// network; `entropy` has its own tape from the distribution's parameters on. Add the two before
/// differentiating, so that their tapes merge.
#[derive(Debug)]
pub(crate) struct Densities<T> {
    pub(crate) log_prob: Vector<f64, Cpu, T>,
    pub(crate) entropy: Vector<f64, Cpu, T>,
}

/// Densities of `actions`, which must be of the head's kind.
pub(crate) fn densities<T: Tape<f64, Cpu>>(
    policy: &Policy,
    observations: Matrix<f64, Cpu, T>,
    actions: &Actions,
) -> Densities<T> {
    let (device, n_rows) = (Cpu::default(), observations.shape().0);
    let z = policy.actor.forward(observations).expect("on the CPU");
    let found = match (policy.spec.head, actions) {
        (head @ Head::Gaussian { n_dims, .. }, Actions::Continuous(actions)) => {
            let mean = head::output(head, z).expect("on the CPU");
            let actions = matrix(&device, actions, n_rows, n_dims).expect("memory");
            gaussian(mean, policy.log_std().expect("Gaussian"), actions)
        }
        (Head::Categorical { n_dims, n_levels }, Actions::Categorical(levels)) => {
            let z = head::per_choice(z, n_levels).expect("on the CPU");
            let levels: Vec<usize> = levels.iter().map(|&level| level as usize).collect();
            let n = levels.len();
            categorical(
                z.log_softmax::<Axis<1>>(),
                n_dims,
                device.tensor_from_vec(levels, (n,)),
            )
        }
        _ => panic!("actions of the other kind"),
    };
    found.expect("on the CPU")
}

/// Gaussian: log π = Σ −½ ((a − μ)/σ)² − log σ − ½ log 2π; H = Σ log σ + ½ + ½ log 2π. μ `[n_rows,
/// n_dims]`, log σ `[1, n_dims]`.
fn gaussian<T: Tape<f64, Cpu>>(
    mean: Matrix<f64, Cpu, T>,
    log_std: &Matrix<f64, Cpu>,
    actions: Matrix<f64, Cpu>,
) -> Result<Densities<T>, CpuError> {
    let shape = *mean.shape();
    let (n_rows, n_dims) = shape;
    let log_std = log_std.retaped::<T>().try_reshape_like(&(n_dims,))?;
    let precision = log_std.retaped::<T>().try_negate()?.try_exp()?;
    let precision = precision.try_broadcast_like::<_, Axis<0>>(&shape)?;
    let score = mean.try_sub(actions)?.try_mul(precision)?;
    let distance = score.try_square()?.try_sum::<(usize,), Axis<1>>()?;
    let log_sigma = log_std.try_sum::<(), Axis<0>>()?;
    #[allow(clippy::cast_precision_loss, reason = "a small count")]
    let n = n_dims as f64;
    let normalizer = log_sigma.retaped::<T>();
    let entropy = log_sigma.try_add((HALF_LN_TAU + 0.5) * n)?;
    let normalizer = normalizer.try_broadcast_like::<_, Axis<0>>(&(n_rows,))?;
    let log_prob = distance.try_mul(-0.5)?.try_sub(normalizer)?;
    Ok(Densities {
        log_prob: log_prob.try_sub(HALF_LN_TAU * n)?,
        entropy: entropy.try_broadcast_like::<_, Axis<0>>(&(n_rows,))?,
    })
}

/// Categorical: log π = Σ log p(level); H = −Σ p log p. `log_probs [n_rows * n_dims, n_levels]`.
fn categorical<T: Tape<f64, Cpu>>(
    log_probs: Matrix<f64, Cpu, T>,
    n_dims: usize,
    levels: Tensor<(usize,), usize, Cpu>,
) -> Result<Densities<T>, CpuError> {
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

fn close(found: &[f64], expected: &[f64]) {
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() < 1e-12, "{found:?} {expected:?}");
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn gaussian_densities_have_their_closed_form() {
    let device = Cpu::default();
    let log_std = device.tensor_from_vec(vec![0.5_f64.ln(), 2.0_f64.ln()], (1, 2));
    let mean: Matrix<f64, Cpu> = device.tensor_from_vec(vec![1.0, -1.0, 0.0, 0.0], (2, 2));
    let actions = device.tensor_from_vec(vec![1.5, 1.0, 0.0, 0.0], (2, 2));
    let found = gaussian(mean, &log_std, actions).expect("on the CPU");
    // σ = (1/2, 2), so Σ log σ = 0; in the first row both actions lie one σ off the mean.
    let tau_ln = std::f64::consts::TAU.ln();
    close(&found.log_prob.as_vec(), &[-1.0 - tau_ln, -tau_ln]);
    close(&found.entropy.as_vec(), &[1.0 + tau_ln; 2]);
}

#[test]
fn categorical_densities_have_their_closed_form() {
    let device = Cpu::default();
    let p = [[0.5, 0.25, 0.25], [1.0 / 3.0; 3]];
    let log_p = p.iter().flatten().map(|p: &f64| p.ln()).collect();
    let log_probs: Matrix<f64, Cpu> = device.tensor_from_vec(log_p, (2, 3));
    let levels = device.tensor_from_vec(vec![1, 2], (2,));
    let found = categorical(log_probs, 2, levels).expect("on the CPU");
    close(&found.log_prob.as_vec(), &[-(12.0_f64.ln())]);
    close(
        &found.entropy.as_vec(),
        &[1.5 * 2.0_f64.ln() + 3.0_f64.ln()],
    );
}
