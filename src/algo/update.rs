//! One gradient step on one minibatch.

use super::{
    Adam, AlgoError, Ascent, Minibatch, PolicyLoss, Regularizer, Sensitivity, StepSettings,
    a2c::policy_gradient_loss,
    ppo::{clipped_surrogate, ratio_statistics},
    regularizer::Penalty,
    value_loss::value_loss,
};
use crate::{
    policy::{
        ActionBatch, ActorCritic, Backend, Densities, PolicyError, Real, Scalar, scalar_value,
    },
    rng::Rng,
};
use dfdx::{
    tensor::{OwnedTape, Trace},
    tensor_ops::{Backward, MeanTo, TryAdd, TryMul},
};

/// What a gradient step saw and did.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateDiagnostics {
    /// Whether weights changed.
    pub step: StepTaken,
    /// Clipped surrogate or policy gradient loss.
    pub policy_loss: f64,
    /// Value loss, before its weight.
    pub value_loss: f64,
    /// Mean entropy.
    pub entropy: f64,
    /// k3 estimate of KL(old ‖ new) before the step.
    pub approx_kl: f64,
    /// Share of ratios outside the clip (0 for the plain policy gradient).
    pub clip_fraction: f64,
    /// Gradient norm before clipping (0 when no step was taken).
    pub grad_norm: f64,
    /// The regularizer before its weight; `None` without one.
    pub penalty: Option<f64>,
    /// Directional sensitivities seen by the regularizer; `None` for one without directions.
    pub sensitivity: Option<Sensitivity>,
}

/// Whether a gradient step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepTaken {
    /// Yes.
    Applied,
    /// No: the policy has moved further than the target KL allows. Go on with a new rollout.
    StoppedByKl,
}

/// A policy and its optimizer.
#[derive(Debug, Clone)]
pub struct Learner<E: Real, D: Backend<E>> {
    /// The policy.
    pub policy: ActorCritic<E, D>,
    /// Its optimizer.
    pub optimizer: Adam<E, D>,
}

type Loss<E, D> = Scalar<E, D, OwnedTape<E, D>>;

/// The losses of a minibatch: three numbers and their weighted sum on one tape.
struct Losses<E: Real, D: Backend<E>> {
    total: Loss<E, D>,
    policy: f64,
    value: f64,
    entropy: f64,
    log_probs: Vec<E>,
}

impl<E: Real, D: Backend<E>> Learner<E, D> {
    /// A fresh optimizer around `policy`; `epsilon` is Adam's ε.
    ///
    /// # Errors
    /// [`AlgoError::Policy`] when memory runs out.
    pub fn new(policy: ActorCritic<E, D>, epsilon: f64) -> Result<Self, AlgoError> {
        let optimizer = Adam::new(&policy, epsilon)?;
        Ok(Self { policy, optimizer })
    }

    /// One gradient step on policy loss + value weight · value loss − entropy weight · entropy + regularizer.
    ///
    /// `ascent` is what the adversary found around (some of) these observations; regularizers that need none ignore it.
    /// [`Regularizer::None`] and weight 0 compute exactly what there would be without a regularizer: the penalty is skipped,
    /// not multiplied by zero, and `rng` is not touched.
    ///
    /// # Errors
    /// [`AlgoError::NonFinite`] names the first loss or gradient that is NaN or infinite; weights are unchanged then.
    /// [`AlgoError::ActionKind`], [`AlgoError::NoAscent`], [`AlgoError::Policy`].
    pub fn update(
        &mut self,
        minibatch: &Minibatch<E, D>,
        settings: &StepSettings,
        regularizer: &Regularizer,
        ascent: Option<&Ascent<E, D>>,
        rng: &mut Rng,
    ) -> Result<UpdateDiagnostics, AlgoError> {
        let losses = losses(&self.policy, minibatch, settings)?;
        let ratios = ratio_statistics(
            losses.log_probs.iter().map(|x| x.get()),
            &minibatch.old_log_probs_host,
            match settings.policy_loss {
                PolicyLoss::Clipped { clip_epsilon } => clip_epsilon,
                PolicyLoss::Gradient => f64::INFINITY,
            },
        );
        let mut diagnostics = UpdateDiagnostics {
            step: StepTaken::StoppedByKl,
            policy_loss: finite("policy loss", losses.policy)?,
            value_loss: finite("value loss", losses.value)?,
            entropy: finite("entropy", losses.entropy)?,
            approx_kl: ratios.approx_kl,
            clip_fraction: ratios.clip_fraction,
            grad_norm: 0.0,
            penalty: None,
            sensitivity: None,
        };
        if settings
            .target_kl
            .is_some_and(|kl| ratios.approx_kl > 1.5 * kl)
        {
            return Ok(diagnostics);
        }
        let mut total = losses.total;
        let observations = &minibatch.observations;
        let penalty = regularizer.penalty(&self.policy, observations, ascent, rng)?;
        if let Some(Penalty { value, sensitivity }) = penalty {
            diagnostics.penalty = Some(finite("penalty", scalar_value(&value))?);
            diagnostics.sensitivity = sensitivity;
            let weighted = value.try_mul(E::of(regularizer.weight()));
            total = weighted
                .and_then(|weighted| total.try_add(weighted))
                .map_err(PolicyError::tensor("total loss"))?;
        }
        let gradients = total.try_backward();
        let gradients = gradients.map_err(PolicyError::tensor("backward pass"))?;
        let (lr, max_norm) = (settings.learning_rate, settings.max_grad_norm);
        let norm = self
            .optimizer
            .step(&mut self.policy, gradients, lr, max_norm)?;
        diagnostics.grad_norm = norm;
        diagnostics.step = StepTaken::Applied;
        Ok(diagnostics)
    }
}

fn losses<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    minibatch: &Minibatch<E, D>,
    settings: &StepSettings,
) -> Result<Losses<E, D>, AlgoError> {
    let observations = || minibatch.observations.leaky_trace();
    let distribution = policy.distribution(observations())?;
    let densities = distribution.densities(&minibatch.actions);
    let Some(densities) = densities.map_err(PolicyError::tensor("log probabilities"))? else {
        let (found, expected) = match minibatch.actions {
            ActionBatch::Continuous(_) => ("real numbers", "level indices"),
            ActionBatch::Categorical(_) => ("level indices", "real numbers"),
        };
        return Err(AlgoError::ActionKind { found, expected });
    };
    let value = policy.value(observations())?;
    let old_values = &minibatch.old_values;
    let combined = value_loss(value, old_values, &minibatch.returns, settings.value_clip)
        .and_then(|value| combine(densities, value, minibatch, settings));
    Ok(combined.map_err(PolicyError::tensor("losses"))?)
}

fn combine<E: Real, D: Backend<E>>(
    densities: Densities<E, D, OwnedTape<E, D>>,
    value: Loss<E, D>,
    minibatch: &Minibatch<E, D>,
    settings: &StepSettings,
) -> Result<Losses<E, D>, D::Err> {
    let log_prob = densities.log_prob;
    let log_probs = log_prob.as_vec();
    let advantages = &minibatch.advantages;
    let policy = match settings.policy_loss {
        PolicyLoss::Clipped { clip_epsilon } => {
            let old = minibatch.old_log_probs.clone();
            clipped_surrogate(log_prob, old, advantages, clip_epsilon)?
        }
        PolicyLoss::Gradient => policy_gradient_loss(log_prob, advantages)?,
    };
    let entropy = densities.entropy.try_mean::<(), _>()?;
    let (policy_loss, value_loss) = (scalar_value(&policy), scalar_value(&value));
    let mean_entropy = scalar_value(&entropy);
    let bonus = entropy.try_mul(E::of(-settings.entropy_weight))?;
    let value = value.try_mul(E::of(settings.value_weight))?;
    Ok(Losses {
        total: policy.try_add(value)?.try_add(bonus)?,
        policy: policy_loss,
        value: value_loss,
        entropy: mean_entropy,
        log_probs,
    })
}

fn finite(tensor: &str, found: f64) -> Result<f64, AlgoError> {
    if found.is_finite() {
        Ok(found)
    } else {
        let tensor = tensor.to_owned();
        Err(AlgoError::NonFinite { tensor, found })
    }
}
