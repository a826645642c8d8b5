//! The actor-critic loss of a minibatch, computed row by row on the host, with exact gradients.
//!
//! Network outputs are small (a few numbers per row), so the host computes the loss in one pass in
//! f64 and puts its value and gradient on the tape as one operation. `tests/reference` composes the
//! same losses of tensor operations.

use super::{AlgoError, Minibatch, PolicyLoss, Samples, StepSettings};
use crate::{
    agent::{Head, Squash},
    policy::{Actions, ActorCritic, Backend, HALF_LN_TAU, PolicyError, Real, Scalar},
};
use dfdx::tensor::{OwnedTape, Tensor};

/// Total loss (policy loss + value weight · value loss − entropy weight · entropy) and its parts.
#[derive(Debug)]
pub(super) struct Losses<E: Real, D: Backend<E>> {
    pub(super) total: Scalar<E, D, OwnedTape<E, D>>,
    pub(super) policy: f64,
    pub(super) value: f64,
    pub(super) entropy: f64,
    /// Log probability log π(a) per row.
    pub(super) log_probs: Vec<f64>,
}

pub(super) fn losses<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    minibatch: &Minibatch<E, D>,
    settings: &StepSettings,
) -> Result<Losses<E, D>, AlgoError> {
    let (head, host) = (policy.spec().head, &minibatch.host);
    check_kind(head, &host.actions)?;
    check_gradients(head, host, settings.policy_loss)?;
    let log_std = policy.log_std().map(Tensor::as_vec).unwrap_or_default();
    let log_std: Vec<f64> = log_std.into_iter().map(E::get).collect();
    #[allow(clippy::cast_precision_loss, reason = "a batch is far below 2^52")]
    let share = 1.0 / (host.n_rows().max(1) as f64);
    let of_block = |first: usize, z: &[E], to_z: &mut [E]| {
        let mut rows = Rows {
            head,
            log_std: &log_std,
            settings,
            share,
            found: PolicyRows::default(),
            log_p: Vec::new(),
            p: Vec::new(),
        };
        rows.evaluate(first, z, to_z, host);
        rows.found
    };
    let values =
        |first: usize, v: &[E], to_v: &mut [E]| value_rows(first, v, to_v, host, settings, share);
    let (actor, critic) = policy.differentiate(&minibatch.observations, of_block, values)?;
    let mut rows = PolicyRows::default();
    for block in actor.answers {
        rows.add(block);
    }
    let value: f64 = critic.answers.iter().sum();
    let mut terms = actor.terms;
    terms.extend(critic.terms);
    if let Some(parameter) = policy.log_std() {
        // Gaussian head: H = Σ log σ + ½ + ½ log 2π in every state.
        rows.entropy = log_std.iter().map(|s| s + 0.5 + HALF_LN_TAU).sum();
        let slopes = rows.to_log_std.iter().chain(std::iter::repeat(&0.0));
        let slopes = slopes.take(log_std.len());
        let slopes = slopes.map(|g| E::of(g - settings.entropy_weight)).collect();
        terms.push((parameter.retaped(), slopes));
    }
    let total =
        settings.value_weight.mul_add(value, rows.policy) - settings.entropy_weight * rows.entropy;
    let total = D::host_scalar(total, terms).map_err(PolicyError::tensor("losses"))?;
    Ok(Losses {
        total,
        policy: rows.policy,
        value,
        entropy: rows.entropy,
        log_probs: rows.log_probs,
    })
}

fn check_kind(head: Head, actions: &Actions) -> Result<(), AlgoError> {
    let (found, expected) = match (head, actions) {
        (Head::Gaussian { .. }, Actions::Categorical(_)) => ("level indices", "real numbers"),
        (Head::Categorical { .. }, Actions::Continuous(_)) => ("real numbers", "level indices"),
        _ => return Ok(()),
    };
    Err(AlgoError::ActionKind { found, expected })
}

/// Checks that a pathwise loss has a Gaussian head and a derivative for each action.
fn check_gradients(head: Head, host: &Samples, loss: PolicyLoss) -> Result<(), AlgoError> {
    if loss != PolicyLoss::Pathwise {
        return Ok(());
    }
    let (found, expected) = (host.action_gradients.len(), host.actions.len());
    match head {
        Head::Categorical { .. } => Err(AlgoError::ActionKind {
            found: "real numbers",
            expected: "level indices",
        }),
        Head::Gaussian { .. } if found != expected => Err(AlgoError::Length {
            place: "action gradients",
            found,
            expected,
        }),
        Head::Gaussian { .. } => Ok(()),
    }
}

/// Contributions of some rows to the means over all rows.
#[derive(Debug, Default)]
struct PolicyRows {
    policy: f64,
    /// Entropy of a categorical head; that of a Gaussian head is the same in every state.
    entropy: f64,
    log_probs: Vec<f64>,
    /// Gradient of the policy loss with respect to log σ; empty for a categorical head.
    to_log_std: Vec<f64>,
}

impl PolicyRows {
    fn add(&mut self, other: Self) {
        self.policy += other.policy;
        self.entropy += other.entropy;
        self.log_probs.extend(other.log_probs);
        self.to_log_std.resize(other.to_log_std.len(), 0.0);
        for (sum, g) in self.to_log_std.iter_mut().zip(other.to_log_std) {
            *sum += g;
        }
    }
}

/// Policy loss of one block of rows.
struct Rows<'a> {
    head: Head,
    log_std: &'a [f64],
    settings: &'a StepSettings,
    /// Weight of a row in the mean, 1 / `n_rows`.
    share: f64,
    found: PolicyRows,
    /// Working memory for one row.
    log_p: Vec<f64>,
    p: Vec<f64>,
}

impl Rows<'_> {
    fn evaluate<E: Real>(&mut self, first: usize, z: &[E], to_z: &mut [E], host: &Samples) {
        let (n_outputs, n_dims) = (self.head.n_outputs(), self.head.n_dims());
        self.found.to_log_std = vec![0.0; self.log_std.len()];
        let rows = z
            .chunks_exact(n_outputs)
            .zip(to_z.chunks_exact_mut(n_outputs));
        let policy_loss = self.settings.policy_loss;
        for (row, (z, to_z)) in (first..).zip(rows) {
            let advantage = host.advantages[row].get();
            let weigh = |log_prob: f64| match policy_loss {
                PolicyLoss::Gradient => (-log_prob * advantage, -advantage),
                PolicyLoss::Pathwise => (0.0, 0.0),
                PolicyLoss::Clipped { clip_epsilon } => {
                    let ratio = (log_prob - host.log_probs[row].get()).exp();
                    clipped(ratio, advantage, clip_epsilon)
                }
            };
            let actions = row * n_dims..(row + 1) * n_dims;
            match (&host.actions, self.head) {
                (Actions::Continuous(all), Head::Gaussian { squash, .. }) => {
                    self.gaussian(z, to_z, squash, &all[actions.clone()], weigh);
                    if policy_loss == PolicyLoss::Pathwise {
                        self.pathwise(z, to_z, squash, &host.action_gradients[actions]);
                    }
                }
                (Actions::Categorical(all), Head::Categorical { n_levels, .. }) => {
                    self.categorical(z, to_z, n_levels, &all[actions], weigh);
                }
                _ => debug_assert!(false, "invariant: `check_kind` ran"),
            }
        }
    }

    /// Gaussian head: `∂ log π/∂μ = (a − μ)/σ²`, `∂ log π/∂ log σ = ((a − μ)/σ)² − 1`.
    fn gaussian<E: Real>(
        &mut self,
        z: &[E],
        to_z: &mut [E],
        squash: Squash,
        actions: &[f32],
        weigh: impl Fn(f64) -> (f64, f64),
    ) {
        let mean = |z: &E| match squash {
            Squash::Identity => z.get(),
            Squash::Tanh => z.tanh().get(),
        };
        let mut log_prob = 0.0;
        for ((z, a), s) in z.iter().zip(actions).zip(self.log_std) {
            let score = (a.get() - mean(z)) * (-s).exp();
            log_prob -= 0.5 * score * score + s + HALF_LN_TAU;
        }
        let slope = self.add_policy(log_prob, weigh);
        for (i, (z, a)) in z.iter().zip(actions).enumerate() {
            let (mean, precision) = (mean(z), (-self.log_std[i]).exp());
            let score = (a.get() - mean) * precision;
            let squashed = match squash {
                Squash::Identity => 1.0,
                Squash::Tanh => 1.0 - mean * mean,
            };
            to_z[i] = E::of(slope * score * precision * squashed);
            self.found.to_log_std[i] += slope * (score * score - 1.0);
        }
    }

    /// Pathwise loss `−Σ g_i μ_i` of a row with the derivatives g by its action: its gradient is
    /// minus that of the objective.
    fn pathwise<E: Real>(&mut self, z: &[E], to_z: &mut [E], squash: Squash, gradients: &[f32]) {
        for ((z, to_z), g) in z.iter().zip(to_z).zip(gradients) {
            let (mean, slope) = match squash {
                Squash::Identity => (z.get(), 1.0),
                Squash::Tanh => {
                    let mean = z.tanh().get();
                    (mean, 1.0 - mean * mean)
                }
            };
            self.found.policy -= g.get() * mean * self.share;
            *to_z = E::of(-g.get() * slope * self.share);
        }
    }

    /// Categorical head: `∂ log p_a/∂z = e_a − p`, `∂H/∂z_j = −p_j (log p_j + H)`.
    fn categorical<E: Real>(
        &mut self,
        z: &[E],
        to_z: &mut [E],
        n_levels: usize,
        levels: &[u32],
        weigh: impl Fn(f64) -> (f64, f64),
    ) {
        let mut log_p = std::mem::take(&mut self.log_p);
        let mut p = std::mem::take(&mut self.p);
        log_p.clear();
        p.clear();
        let mut log_prob = 0.0;
        for (z, level) in z.chunks_exact(n_levels).zip(levels) {
            let begin = p.len();
            let largest = z.iter().fold(f64::NEG_INFINITY, |m, z| m.max(z.get()));
            p.extend(z.iter().map(|z| (z.get() - largest).exp()));
            let sum: f64 = p[begin..].iter().sum();
            p[begin..].iter_mut().for_each(|p| *p /= sum);
            let shift = largest + sum.ln();
            log_p.extend(z.iter().map(|z| z.get() - shift));
            log_prob += log_p[begin + *level as usize];
        }
        let slope = self.add_policy(log_prob, weigh);
        let bonus = self.settings.entropy_weight * self.share;
        for (choice, level) in levels.iter().enumerate() {
            let own = choice * n_levels..(choice + 1) * n_levels;
            let pairs = || p[own.clone()].iter().zip(&log_p[own.clone()]);
            let entropy: f64 = pairs().map(|(p, log_p)| -p * log_p).sum();
            self.found.entropy += entropy * self.share;
            for (to_z, (p, log_p)) in to_z[own.clone()].iter_mut().zip(pairs()) {
                *to_z = E::of(bonus * p * (log_p + entropy) - slope * p);
            }
            to_z[own.start + *level as usize] += E::of(slope);
        }
        (self.log_p, self.p) = (log_p, p);
    }

    /// Adds a row's policy loss to the mean; returns the mean's derivative in the row's log π.
    fn add_policy(&mut self, log_prob: f64, weigh: impl Fn(f64) -> (f64, f64)) -> f64 {
        let (loss, slope) = weigh(log_prob);
        self.found.log_probs.push(log_prob);
        self.found.policy += loss * self.share;
        slope * self.share
    }
}

/// Clipped loss `−min(ρ A, clip(ρ) A)` and its derivative in log π: `−ρ A` where the unclipped term
/// is the smaller one, else 0.
fn clipped(ratio: f64, advantage: f64, clip_epsilon: f64) -> (f64, f64) {
    let free = ratio * advantage;
    let held = ratio.clamp(1.0 - clip_epsilon, 1.0 + clip_epsilon) * advantage;
    if free <= held || free.is_nan() {
        (-free, -free)
    } else {
        (-held, 0.0)
    }
}

/// Value loss of the rows from `first` on, as a part of the mean over all rows; writes its
/// derivatives times the value weight.
fn value_rows<E: Real>(
    first: usize,
    values: &[E],
    to_values: &mut [E],
    host: &Samples,
    settings: &StepSettings,
    share: f64,
) -> f64 {
    let mut sum = 0.0;
    for (row, (v, to_v)) in (first..).zip(values.iter().zip(to_values)) {
        let (old, target) = (host.values[row].get(), host.returns[row].get());
        let (loss, slope) = value_row(v.get(), old, target, settings.value_clip);
        sum += loss * share;
        *to_v = E::of(settings.value_weight * slope * share);
    }
    sum
}

/// Value loss `½ (v − R)²` and its derivative in v. With a clip, the larger of the losses at v and
/// at v clipped around the old value.
fn value_row(v: f64, old: f64, target: f64, value_clip: Option<f64>) -> (f64, f64) {
    let free = (v - target) * (v - target);
    if let Some(clip) = value_clip {
        let moved = (v - old).clamp(-clip, clip);
        let held = (moved + old - target) * (moved + old - target);
        if held > free {
            let inside = (v - old).abs() <= clip;
            let slope = if inside { moved + old - target } else { 0.0 };
            return (0.5 * held, slope);
        }
    }
    (0.5 * free, v - target)
}
