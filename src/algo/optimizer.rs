//! Adam over the tensors of a policy, with the global gradient norm clipped.

use super::AlgoError;
use crate::policy::{ActorCritic, Backend, Matrix, PolicyError, Real};
use dfdx::{
    shapes::HasShape,
    tensor::{Gradients, Storage},
    tensor_ops::AdamConfig,
};

/// Adam's state for one policy.
///
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − lr · m̂ / (√v̂ + ε) with m̂, v̂ corrected
/// for their start at zero; β = (0.9, 0.999). D. Kingma, J. Ba (arXiv 1412.6980).
#[derive(Debug, Clone)]
pub struct Adam<E: Real, D: Backend<E>> {
    slots: Vec<Slot<E, D>>,
    n_steps: i32,
    epsilon: f64,
}

#[derive(Debug, Clone)]
struct Slot<E: Real, D: Backend<E>> {
    moment1: <D as Storage<E>>::Vec,
    moment2: <D as Storage<E>>::Vec,
}

impl<E: Real, D: Backend<E>> Adam<E, D> {
    /// Builds an optimizer for `policy`; `epsilon` is Adam's ε.
    ///
    /// # Errors
    /// [`AlgoError::Policy`] when memory runs out.
    pub fn new(policy: &ActorCritic<E, D>, epsilon: f64) -> Result<Self, AlgoError> {
        let device = policy.device();
        let slot = |parameter: &&Matrix<E, D>| {
            let (n_rows, n_cols) = *parameter.shape();
            let zeros = || <D as Storage<E>>::try_alloc_len(device, n_rows * n_cols);
            Ok(Slot {
                moment1: zeros()?,
                moment2: zeros()?,
            })
        };
        let slots: Result<_, D::Err> = policy.parameters().iter().map(slot).collect();
        Ok(Self {
            slots: slots.map_err(PolicyError::tensor("optimizer state"))?,
            n_steps: 0,
            epsilon,
        })
    }

    /// Takes one step along `gradients`, scaled down to norm `max_grad_norm` if their norm is
    /// larger. Returns the norm before scaling.
    ///
    /// # Errors
    /// [`AlgoError::NonFinite`] names the first tensor whose gradient is NaN or infinite; then the
    /// policy does not change.
    pub fn step(
        &mut self,
        policy: &mut ActorCritic<E, D>,
        mut gradients: Gradients<E, D>,
        learning_rate: f64,
        max_grad_norm: Option<f64>,
    ) -> Result<f64, AlgoError> {
        let norm = gradient_norm(policy, &mut gradients)?;
        let scale = match max_grad_norm {
            Some(max) if norm > max => max / norm,
            _ => 1.0,
        };
        self.update(policy, &mut gradients, learning_rate, scale)
            .map_err(PolicyError::tensor("optimizer step"))?;
        Ok(norm)
    }

    fn update(
        &mut self,
        policy: &mut ActorCritic<E, D>,
        gradients: &mut Gradients<E, D>,
        learning_rate: f64,
        scale: f64,
    ) -> Result<(), D::Err> {
        self.n_steps = self.n_steps.saturating_add(1);
        let adam = AdamConfig {
            lr: learning_rate,
            betas: [0.9, 0.999],
            eps: self.epsilon,
            weight_decay: None,
        };
        for (parameter, slot) in policy.parameters_mut().into_iter().zip(&mut self.slots) {
            if scale < 1.0 {
                D::scale_gradient(parameter, gradients, scale)?;
            }
            let gradient = gradients.get_or_alloc_mut(&*parameter)?;
            let (m, v) = (&mut slot.moment1, &mut slot.moment2);
            adam.try_update(self.n_steps, parameter, m, v, gradient)?;
        }
        Ok(())
    }
}

/// Euclidean norm of the gradient over all tensors.
fn gradient_norm<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    gradients: &mut Gradients<E, D>,
) -> Result<f64, AlgoError> {
    let mut squared_norm = 0.0;
    for (i, parameter) in policy.parameters().into_iter().enumerate() {
        let found = D::squared_gradient(parameter, gradients);
        let found = found.map_err(PolicyError::tensor("gradient norm"))?;
        if !found.is_finite() {
            let name = policy.to_tensors().swap_remove(i).name;
            let tensor = format!("gradient of {name}");
            return Err(AlgoError::NonFinite { tensor, found });
        }
        squared_norm += found;
    }
    Ok(squared_norm.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::{ACTIVATIONS, HEADS, Loss, Policy, random_policy};
    use dfdx::{
        tensor::Trace,
        tensor_ops::{Backward, SumTo, TryAdd, TryMul},
    };

    /// Loss c · Σ (sum of each tensor); every entry of its gradient is c.
    fn linear(policy: &Policy, c: f64) -> Loss {
        let sum = |p: &Matrix<f64, dfdx::tensor::Cpu>| p.leaky_trace().sum::<(), _>();
        let parameters = policy.parameters();
        let first = sum(parameters[0]);
        let total = parameters[1..]
            .iter()
            .fold(first, |total, p| total.try_add(sum(p)).expect("CPU"));
        total.try_mul(c).expect("CPU")
    }

    fn weights(policy: &Policy) -> Vec<f64> {
        policy
            .parameters()
            .iter()
            .flat_map(|p| p.as_vec())
            .collect()
    }

    /// Three steps with gradients 2, −1, .5 in every entry follow the recursion written out.
    #[test]
    fn steps_follow_the_recursion() {
        let mut policy = random_policy(&[3], ACTIVATIONS[0], HEADS[0], 41);
        let mut adam = Adam::new(&policy, 1e-5).expect("memory");
        let before = weights(&policy);
        let (mut m, mut v, mut moved) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (t, g) in [(1, 2.0_f64), (2, -1.0), (3, 0.5)] {
            let gradients = linear(&policy, g).backward();
            adam.step(&mut policy, gradients, 0.1, None)
                .expect("finite");
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let (m_hat, v_hat) = (m / (1.0 - 0.9_f64.powi(t)), v / (1.0 - 0.999_f64.powi(t)));
            moved -= 0.1 * m_hat / (v_hat.sqrt() + 1e-5);
        }
        for (after, before) in weights(&policy).iter().zip(before) {
            assert!((after - before - moved).abs() < 1e-12);
        }
    }

    /// The norm is over all entries together; clipping scales Adam's input by exactly max / norm.
    #[test]
    fn the_global_norm_is_clipped() {
        let start = random_policy(&[3], ACTIVATIONS[0], HEADS[0], 41);
        #[allow(clippy::cast_precision_loss, reason = "a small count")]
        let n = weights(&start).len() as f64;
        let run = |scale: f64, max_grad_norm: Option<f64>| {
            let mut policy = start.clone();
            let mut adam = Adam::new(&policy, 1.0).expect("memory");
            let gradients = linear(&policy, scale).backward();
            let norm = adam
                .step(&mut policy, gradients, 0.1, max_grad_norm)
                .expect("finite");
            assert!((norm - scale * n.sqrt()).abs() < 1e-9);
            weights(&policy)
        };
        let max = 0.25 * n.sqrt();
        let clipped = run(3.0, Some(max));
        for (c, e) in clipped.iter().zip(run(0.25, None)) {
            assert!((c - e).abs() < 1e-12);
        }
        assert_eq!(run(3.0, Some(4.0 * n.sqrt())), run(3.0, None));
        assert_ne!(clipped, run(3.0, None));
    }

    #[test]
    fn a_gradient_that_is_not_finite_is_named_and_changes_nothing() {
        let mut policy = random_policy(&[3], ACTIVATIONS[0], HEADS[0], 41);
        let before = weights(&policy);
        let mut adam = Adam::new(&policy, 1e-5).expect("memory");
        let bad = policy.parameters()[3].leaky_trace() * f64::NAN;
        let gradients = bad.sum::<(), _>().backward();
        let error = adam
            .step(&mut policy, gradients, 0.1, None)
            .expect_err("refused");
        assert!(
            error
                .to_string()
                .starts_with("gradient of actor.1.bias: found NaN"),
            "{error}"
        );
        assert_eq!(weights(&policy), before);
    }
}
