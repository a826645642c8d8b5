//! Pathwise policy gradient: the derivative of profit by the action, through the environment.
//!
//! Where prices do not follow the agent, rewards are a differentiable function of actions and
//! account, so the policy gradient needs no score function. The actor maximizes the sum of the
//! rewards of H steps plus the critic's value behind them; the critic learns the λ-return of
//! [`gae`](crate::algo::gae) on the same rollout.
//!
//! J. Moody, M. Saffell, "Learning to trade via direct reinforcement" (2001); J. Xu et al.,
//! "Accelerated policy learning with parallel differentiable simulation" (SHAC, arXiv 2204.07137).

use crate::{
    algo::AlgoError,
    env::Differentiable,
    policy::{Backend, FrozenPolicy, Real},
};

/// A rollout with the derivatives of its steps: `n_steps * n_envs` rows, time-major.
///
/// A step that ends an episode has `∂w'/∂a = ∂w'/∂w = 0`, so no chain crosses a reset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'a> {
    /// Observations `o_t`, `[n_rows, n_inputs]`.
    pub(super) observations: &'a [f32],
    /// Observations after the last step, `[n_envs, n_inputs]`.
    pub(super) following: &'a [f32],
    /// Derivatives of the steps, `[n_rows, shape.row_len()]`.
    pub(super) derivatives: &'a [f64],
    /// Shape of the derivatives.
    pub(super) shape: &'a Differentiable,
    /// Number of environments.
    pub(super) n_envs: usize,
    /// Number H of steps whose rewards are differentiated. Range: a divisor of the number of steps.
    pub(super) horizon: usize,
    /// Discount γ per step.
    pub(super) gamma: f64,
    /// Factor of the rewards; the critic values rewards times this factor.
    pub(super) reward_factor: f64,
}

/// Total derivatives `g_t = dJ/da_t`, `[n_rows, n_assets]`, of the objective of each block of H
/// steps, which begins at t = s:
///
/// `J = Σ_{k < H} γ^k f r_{s+k} + γ^H V(o_{s+H})`, in units of its step t, i.e. times `γ^{s−t}`.
///
/// With the derivatives of the steps, the factor f of the rewards, the weights w, the Jacobian
/// `O = ∂o/∂w` and the deterministic action π(o), backward from `λ_{s+H} = Oᵀ ∂V/∂o`:
///
/// * `g_t = f ∂r/∂a + γ (∂w'/∂a)ᵀ λ_{t+1}`
/// * `λ_t = f ∂r/∂w + γ (∂w'/∂w)ᵀ λ_{t+1} + Oᵀ (∂π/∂o)ᵀ g_t`
///
/// Exploration noise is added to the action, so it changes no derivative. Sums run in f64, passes
/// of the networks in f32.
///
/// # Errors
/// [`AlgoError::Length`] when the arrays differ in length; [`AlgoError::Policy`].
pub(super) fn action_gradients<E: Real, D: Backend<E>>(
    policy: &FrozenPolicy<E, D>,
    path: &Path<'_>,
    out: &mut Vec<f32>,
) -> Result<(), AlgoError> {
    path.check(policy.spec().n_inputs)?;
    let (n_envs, n_assets) = (path.n_envs, path.shape.n_assets);
    let row_len = path.shape.row_len();
    let width = n_envs * policy.spec().n_inputs;
    let n_steps = path.observations.len() / width.max(1);
    out.clear();
    out.resize(n_steps * n_envs * n_assets, 0.0);
    let mut chain = Chain {
        path,
        adjoint: vec![0.0; n_envs * n_assets],
        before: vec![0.0; n_assets],
        input_gradient: vec![0.0; width],
    };
    for t in (0..n_steps).rev() {
        if (t + 1).is_multiple_of(path.horizon) {
            let next = path.observations.get((t + 1) * width..(t + 2) * width);
            chain.begin(policy, next.unwrap_or(path.following))?;
        }
        let derivatives = &path.derivatives[t * n_envs * row_len..][..n_envs * row_len];
        let gradients = &mut out[t * n_envs * n_assets..][..n_envs * n_assets];
        chain.pull_step(derivatives, gradients);
        if !t.is_multiple_of(path.horizon) {
            let observations = &path.observations[t * width..][..width];
            chain.pull_policy(policy, observations, gradients)?;
        }
    }
    Ok(())
}

impl Path<'_> {
    fn check(&self, n_inputs: usize) -> Result<(), AlgoError> {
        let width = self.n_envs * n_inputs;
        let n_steps = self.observations.len() / width.max(1);
        let row_len = self.shape.row_len();
        let block = self.horizon.max(1);
        AlgoError::check_lengths(&[
            ("observations", self.observations.len(), n_steps * width),
            ("following observations", self.following.len(), width),
            (
                "derivatives",
                self.derivatives.len(),
                n_steps * self.n_envs * row_len,
            ),
            ("steps of whole horizons", n_steps, n_steps / block * block),
            ("horizon", self.horizon, block),
        ])
    }
}

/// State of the backward recursion.
struct Chain<'a> {
    path: &'a Path<'a>,
    /// Derivatives λ by the weights, `[n_envs, n_assets]`.
    adjoint: Vec<f64>,
    /// Working memory: λ of one copy before the step, `[n_assets]`.
    before: Vec<f64>,
    /// Gradient by observations, `[n_envs, n_inputs]`.
    input_gradient: Vec<f32>,
}

impl Chain<'_> {
    /// Sets λ to the derivative of the value of `observations`.
    fn begin<E: Real, D: Backend<E>>(
        &mut self,
        policy: &FrozenPolicy<E, D>,
        observations: &[f32],
    ) -> Result<(), AlgoError> {
        self.adjoint.fill(0.0);
        if self.path.shape.observed.is_empty() || self.path.gamma <= 0.0 {
            return Ok(());
        }
        let ones = |_: usize, _: &[f32], to_v: &mut [f32]| to_v.fill(1.0);
        let n_envs = self.path.n_envs;
        policy.pull_values(observations, n_envs, ones, &mut self.input_gradient)?;
        self.add_observed();
        Ok(())
    }

    /// Turns λ of t + 1 into the gradients by action of t and the direct part of λ of t.
    fn pull_step(&mut self, derivatives: &[f64], gradients: &mut [f32]) {
        let (shape, n) = (self.path.shape, self.path.shape.n_assets);
        let (gamma, factor) = (self.path.gamma, self.path.reward_factor);
        let before = &mut self.before;
        let copies = derivatives
            .chunks_exact(shape.row_len())
            .zip(self.adjoint.chunks_exact_mut(n));
        for ((row, adjoint), gradient) in copies.zip(gradients.chunks_exact_mut(n)) {
            let parts = shape.parts(row);
            for j in 0..n {
                let through = |weights: &[f64]| {
                    let column = weights.iter().skip(j).step_by(n);
                    column.zip(&*adjoint).map(|(d, l)| d * l).sum::<f64>()
                };
                let by_action = gamma * through(parts.weights_by_action);
                gradient[j] = f32::of(factor.mul_add(parts.reward_by_action[j], by_action));
                let by_weight = gamma * through(parts.weights_by_weights);
                before[j] = factor.mul_add(parts.reward_by_weights[j], by_weight);
            }
            adjoint.copy_from_slice(before);
        }
    }

    /// Adds `Oᵀ (∂π/∂o)ᵀ g` to λ.
    fn pull_policy<E: Real, D: Backend<E>>(
        &mut self,
        policy: &FrozenPolicy<E, D>,
        observations: &[f32],
        gradients: &[f32],
    ) -> Result<(), AlgoError> {
        if self.path.shape.observed.is_empty() {
            return Ok(());
        }
        let n = self.path.shape.n_assets;
        let given = |first: usize, _: &[f32], to_y: &mut [f32]| {
            to_y.copy_from_slice(&gradients[first * n..][..to_y.len()]);
        };
        let to_inputs = &mut self.input_gradient;
        policy.pull_outputs(observations, self.path.n_envs, given, to_inputs, None)?;
        self.add_observed();
        Ok(())
    }

    /// Adds `Oᵀ` times the gradient by observations to λ.
    fn add_observed(&mut self) {
        let (n_envs, n) = (self.path.n_envs, self.path.shape.n_assets);
        let n_inputs = self.input_gradient.len() / n_envs.max(1);
        let rows = self.input_gradient.chunks_exact(n_inputs.max(1));
        for (adjoint, row) in self.adjoint.chunks_exact_mut(n).zip(rows) {
            for seen in &self.path.shape.observed {
                adjoint[seen.asset] += seen.factor * row[seen.column].get();
            }
        }
    }
}
