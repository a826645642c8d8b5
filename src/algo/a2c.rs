//! Advantage actor-critic: the plain policy gradient.

use crate::policy::{Backend, Real, Scalar, Vector};
use dfdx::{
    tensor::Tape,
    tensor_ops::{MeanTo, TryMul},
};

/// `−mean log π(a_t | o_t) A_t`; arguments `[n_rows]`.
///
/// V. Mnih et al., "Asynchronous methods for deep reinforcement learning" (arXiv 1602.01783),
/// synchronous form.
///
/// # Errors
/// The device's error. Panics (in dfdx) when the lengths differ.
pub fn policy_gradient_loss<E: Real, D: Backend<E>, T: Tape<E, D>>(
    log_prob: Vector<E, D, T>,
    advantage: &Vector<E, D>,
) -> Result<Scalar<E, D, T>, D::Err> {
    let weighted = log_prob.try_mul(advantage.clone())?;
    weighted.try_mean::<(), _>()?.try_negate()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::scalar_value;
    use dfdx::tensor::{Cpu, TensorFromVec};

    #[test]
    fn closed_value() {
        let device = Cpu::default();
        let log_prob = device.tensor_from_vec(vec![-1.0_f64, -2.0], (2,));
        let advantage = device.tensor_from_vec(vec![3.0, -0.5], (2,));
        let loss = policy_gradient_loss(log_prob, &advantage).expect("on the CPU");
        assert!((scalar_value(&loss) - 1.0).abs() < 1e-12);
    }
}
