//! One gradient step on one minibatch.

use super::{
    Adam, AlgoError, Ascent, Minibatch, Penalty, PolicyLoss, Regularizer, Sensitivity,
    StepSettings, losses::losses,
};
use crate::{
    policy::{ActorCritic, Backend, PolicyError, Real, scalar_value},
    rng::Rng,
};
use dfdx::tensor_ops::{Backward, TryAdd, TryMul};

/// Losses and statistics of a gradient step.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateDiagnostics {
    /// Outcome of the step: applied or stopped.
    pub step: StepTaken,
    /// Policy loss: clipped surrogate, policy gradient or pathwise gradient.
    pub policy_loss: f64,
    /// Value loss, before its weight.
    pub value_loss: f64,
    /// Mean entropy.
    pub entropy: f64,
    /// k3 estimate of KL(old ‖ new) before the step.
    pub approx_kl: f64,
    /// Share of ratios outside the clip range (0 for the plain policy gradient).
    pub clip_fraction: f64,
    /// Gradient norm before clipping (0 when no step was taken).
    pub grad_norm: f64,
    /// Penalty before its weight; `None` without a regularizer or if no step was taken.
    pub penalty: Option<f64>,
    /// Directional sensitivities in the penalty; `None` for a penalty without directions.
    pub sensitivity: Option<Sensitivity>,
}

/// Outcome of a gradient step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepTaken {
    /// The weights changed.
    Applied,
    /// The weights did not change, because the target KL is exceeded: continue with a new rollout.
    StoppedByKl,
}

/// A policy and its optimizer.
#[derive(Debug, Clone)]
pub struct Learner<E: Real, D: Backend<E>> {
    /// Policy that learns.
    pub policy: ActorCritic<E, D>,
    /// Optimizer of the policy.
    pub optimizer: Adam<E, D>,
}

impl<E: Real, D: Backend<E>> Learner<E, D> {
    /// Wraps `policy` with a new optimizer; `epsilon` is Adam's ε.
    ///
    /// # Errors
    /// [`AlgoError::Policy`] when memory runs out.
    pub fn new(policy: ActorCritic<E, D>, epsilon: f64) -> Result<Self, AlgoError> {
        let optimizer = Adam::new(&policy, epsilon)?;
        Ok(Self { policy, optimizer })
    }

    /// Takes one gradient step on policy loss + value weight · value loss − entropy weight ·
    /// entropy + regularizer's weight · penalty.
    ///
    /// `ascent` starts from (some of) the minibatch's observations; regularizers without an ascent
    /// ignore it. With [`Regularizer::None`] or weight 0 the result is bit-equal to a step without
    /// a regularizer: the penalty is skipped and `rng` is not used.
    ///
    /// # Errors
    /// [`AlgoError::NonFinite`] names the first loss or gradient that is NaN or infinite; then the
    /// weights do not change. [`AlgoError::ActionKind`], [`AlgoError::NoAscent`],
    /// [`AlgoError::Policy`].
    pub fn update(
        &mut self,
        minibatch: &Minibatch<E, D>,
        settings: &StepSettings,
        regularizer: &Regularizer,
        ascent: Option<&Ascent<'_>>,
        rng: &mut Rng,
    ) -> Result<UpdateDiagnostics, AlgoError> {
        let losses = losses(&self.policy, minibatch, settings)?;
        let (approx_kl, clip_fraction) = ratio_statistics(
            &losses.log_probs,
            &minibatch.host.log_probs,
            match settings.policy_loss {
                PolicyLoss::Clipped { clip_epsilon } => clip_epsilon,
                PolicyLoss::Gradient | PolicyLoss::Pathwise => f64::INFINITY,
            },
        );
        let mut diagnostics = UpdateDiagnostics {
            step: StepTaken::StoppedByKl,
            policy_loss: finite("policy loss", losses.policy)?,
            value_loss: finite("value loss", losses.value)?,
            entropy: finite("entropy", losses.entropy)?,
            approx_kl,
            clip_fraction,
            grad_norm: 0.0,
            penalty: None,
            sensitivity: None,
        };
        if settings.target_kl.is_some_and(|kl| approx_kl > 1.5 * kl) {
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

/// Two statistics of the ratios `ρ = exp(log π_new − log π_old)`: mean (ρ − 1 − log ρ), the k3
/// estimate of KL(old ‖ new), never negative (J. Schulman, "Approximating KL divergence"); and the
/// share of ratios outside [1 − ε, 1 + ε].
fn ratio_statistics(new: &[f64], old: &[f32], clip_epsilon: f64) -> (f64, f64) {
    let (mut kl, mut n_clipped, mut n) = (0.0, 0.0, 0.0);
    for (new, old) in new.iter().zip(old) {
        let log_ratio = new - f64::from(*old);
        // `exp_m1` keeps the digits that cancel in e^x − 1 − x.
        let excess = log_ratio.exp_m1();
        kl += excess - log_ratio;
        n_clipped += f64::from(u8::from(excess.abs() > clip_epsilon));
        n += 1.0;
    }
    (kl / f64::max(n, 1.0), n_clipped / f64::max(n, 1.0))
}

fn finite(tensor: &str, found: f64) -> Result<f64, AlgoError> {
    if found.is_finite() {
        Ok(found)
    } else {
        let tensor = tensor.to_owned();
        Err(AlgoError::NonFinite { tensor, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        algo::{Algorithm, Form, LearnConfig, Samples, Schedule, Space, config},
        policy::{
            Actions, Decisions, NamedTensor,
            tests::{
                ACTIVATIONS, HEADS, Head, Policy, gradient_error, random_matrix, random_policy,
                random_rows, rng,
            },
        },
        rng::{Component, Streams},
    };
    use dfdx::tensor::Cpu;
    use std::borrow::Cow;

    const N: usize = 24;

    /// Samples of one rollout, drawn by `policy`.
    fn samples(policy: &Policy) -> Samples {
        let mut rng = rng(51);
        let n = u64::try_from(N).expect("small");
        let column = |rng: &mut Rng| {
            let values = random_matrix(1, N, rng).as_vec();
            values.into_iter().map(f64::get_f32).collect::<Vec<_>>()
        };
        let observations: Vec<f32> = (0..4).flat_map(|_| column(&mut rng)).collect();
        let streams = Streams::new(2);
        let mut rngs: Vec<_> = (0..n)
            .map(|i| streams.stream(Component::Policy, i))
            .collect();
        let mut decided = Decisions::default();
        policy
            .freeze()
            .act(&observations, &mut rngs, &mut decided)
            .expect("on the CPU");
        let mut values = Vec::new();
        policy
            .freeze()
            .values(&observations, N, &mut values)
            .expect("on the CPU");
        let shift = column(&mut rng);
        let log_probs = decided
            .log_probs
            .iter()
            .zip(shift)
            .map(|(l, s)| l + 0.2 * s)
            .collect();
        Samples {
            n_inputs: 4,
            n_dims: match policy.spec().head {
                Head::Gaussian { n_dims, .. } | Head::Categorical { n_dims, .. } => n_dims,
            },
            observations,
            actions: decided.actions,
            log_probs,
            values,
            advantages: column(&mut rng),
            returns: column(&mut rng),
            action_gradients: Vec::new(),
        }
    }

    fn minibatch(samples: &Samples) -> Minibatch<f64, Cpu> {
        let indices: Vec<usize> = (0..samples.n_rows()).rev().collect();
        let scaling = config::tests::ppo().advantages;
        samples
            .minibatch(&indices, scaling, &Cpu::default())
            .expect("memory")
    }

    fn points_of(minibatch: &Minibatch<f64, Cpu>) -> Cow<'static, [f32]> {
        let points = minibatch.observations.as_vec().into_iter();
        points.map(f64::get_f32).collect()
    }

    fn ppo() -> StepSettings {
        config::tests::ppo().at(0.0)
    }

    fn a2c() -> StepSettings {
        let algorithm = Algorithm::A2c;
        let config = LearnConfig {
            algorithm,
            ..config::tests::ppo()
        };
        config.at(0.0)
    }

    fn bits(tensors: Vec<NamedTensor>) -> Vec<u32> {
        let values = tensors.into_iter().flat_map(|tensor| tensor.values);
        values.map(f32::to_bits).collect()
    }

    #[test]
    fn total_loss_has_the_gradient_of_central_differences() {
        for head in HEADS {
            let policy = random_policy(&[5], ACTIVATIONS[0], head, 52);
            let minibatch = minibatch(&samples(&policy));
            for settings in [ppo(), a2c()] {
                let loss = |p: &Policy| losses(p, &minibatch, &settings).expect("on the CPU").total;
                let error = gradient_error(&policy, loss);
                assert!(error < 1e-6, "{settings:?} {head:?}: {error}");
            }
        }
    }

    #[test]
    fn no_regularizer_and_weight_zero_are_bit_identical_and_a_weight_is_not() {
        let policy = random_policy(&[5], ACTIVATIONS[0], HEADS[1], 53);
        let minibatch = minibatch(&samples(&policy));
        let ascent = Ascent {
            points: points_of(&minibatch),
            tangents: random_rows(N, &mut rng(5)),
            n_steps: 1,
            passed: &[],
        };
        let run = |regularizer: Regularizer, ascent: Option<&Ascent<'_>>| {
            let mut learner = Learner::new(policy.clone(), 1e-5).expect("memory");
            for _ in 0..3 {
                let step = learner.update(&minibatch, &ppo(), &regularizer, ascent, &mut rng(5));
                assert_eq!(step.expect("finite").step, StepTaken::Applied);
            }
            bits(learner.policy.to_tensors())
        };
        let adversarial = |weight: f64| Regularizer::Adversarial {
            weight,
            space: Space::Price,
            form: Form::Square,
        };
        let plain = run(Regularizer::None, None);
        assert_eq!(plain, run(adversarial(0.0), Some(&ascent)));
        assert_eq!(plain, run(Regularizer::None, Some(&ascent)));
        assert_ne!(plain, run(adversarial(1.0), Some(&ascent)));
    }

    /// Matrices of 256 × 64 × 64 are large enough for the kernels to use several threads.
    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let policy = random_policy(&[64, 64], ACTIVATIONS[0], HEADS[1], 55);
        let samples = samples(&policy);
        let after = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
            let work = || {
                let rows: Vec<usize> = (0..256).map(|i| i % N).collect();
                let scaling = config::tests::ppo().advantages;
                let minibatch = samples.minibatch(&rows, scaling, &Cpu::default());
                let minibatch: Minibatch<f64, Cpu> = minibatch.expect("memory");
                let ascent = Ascent {
                    points: points_of(&minibatch),
                    tangents: random_rows(256, &mut rng(5)),
                    n_steps: 1,
                    passed: &[],
                };
                let penalty = Regularizer::Adversarial {
                    weight: 1.0,
                    space: Space::Price,
                    form: Form::Square,
                };
                let mut learner = Learner::new(policy.clone(), 1e-5).expect("memory");
                for _ in 0..3 {
                    learner
                        .update(&minibatch, &ppo(), &penalty, Some(&ascent), &mut rng(5))
                        .expect("finite");
                }
                assert_eq!(rayon::current_num_threads(), n_threads);
                bits(learner.policy.to_tensors())
            };
            pool.build().expect("threads").install(work)
        };
        let one = after(1);
        assert!(one != bits(policy.to_tensors()));
        assert!([2, 3, 8].into_iter().all(|n| after(n) == one));
    }

    #[test]
    fn a_heavy_penalty_lowers_the_directional_sensitivity() {
        let policy = random_policy(&[8], ACTIVATIONS[0], HEADS[0], 54);
        let minibatch = minibatch(&samples(&policy));
        let ascent = Ascent {
            points: points_of(&minibatch),
            tangents: random_rows(N, &mut rng(5)),
            n_steps: 1,
            passed: &[],
        };
        let regularizer = Regularizer::Adversarial {
            weight: 10.0,
            space: Space::Price,
            form: Form::Square,
        };
        let settings = StepSettings {
            learning_rate: 0.01,
            ..ppo()
        };
        let mut learner = Learner::new(policy, 1e-5).expect("memory");
        let mut seen = Vec::new();
        for _ in 0..60 {
            let found = learner.update(
                &minibatch,
                &settings,
                &regularizer,
                Some(&ascent),
                &mut rng(5),
            );
            seen.push(
                found
                    .expect("finite")
                    .sensitivity
                    .expect("directional")
                    .mean,
            );
        }
        assert!(seen[59] < 0.5 * seen[0], "{} {}", seen[0], seen[59]);
    }

    /// One good and one bad action per state: learning must make the good action more probable.
    #[test]
    fn both_algorithms_raise_the_probability_of_the_paid_action() {
        let head = Head::Categorical {
            n_dims: 1,
            n_levels: 2,
        };
        let policy = random_policy(&[5], ACTIVATIONS[2], head, 55);
        let mut samples = samples(&policy);
        let Actions::Categorical(levels) = &samples.actions else {
            panic!("kind")
        };
        let paid = levels
            .iter()
            .map(|&level| if level == 1 { 1.0 } else { -1.0 });
        samples.advantages = paid.collect();
        let minibatch = minibatch(&samples);
        let share = |policy: &Policy| {
            let p = policy
                .output(minibatch.observations.clone())
                .expect("on the CPU")
                .as_vec();
            p.iter().skip(1).step_by(2).sum::<f64>()
        };
        for settings in [ppo(), a2c()] {
            let settings = StepSettings {
                learning_rate: 0.01,
                ..settings
            };
            let mut learner = Learner::new(policy.clone(), 1e-5).expect("memory");
            for _ in 0..10 {
                let none = Regularizer::None;
                learner
                    .update(&minibatch, &settings, &none, None, &mut rng(5))
                    .expect("finite");
            }
            assert!(share(&learner.policy) > share(&policy) + 0.5);
        }
    }

    #[test]
    fn losses_that_are_not_finite_are_named_and_change_nothing() {
        let policy = random_policy(&[5], ACTIVATIONS[0], HEADS[0], 56);
        let before = bits(policy.to_tensors());
        let mut learner = Learner::new(policy.clone(), 1e-5).expect("memory");
        let good = samples(&policy);
        let mut nan_advantage = good.clone();
        nan_advantage.advantages[3] = f32::NAN;
        let mut infinite_return = good.clone();
        infinite_return.returns[0] = f32::INFINITY;
        for (samples, tensor) in [
            (nan_advantage, "policy loss"),
            (infinite_return, "value loss"),
        ] {
            let none = Regularizer::None;
            let error = learner.update(&minibatch(&samples), &ppo(), &none, None, &mut rng(5));
            let error = error.expect_err("refused").to_string();
            assert!(error.starts_with(&format!("{tensor}: found ")), "{error}");
        }
        let ascent = Ascent {
            points: random_rows(2, &mut rng(5)),
            tangents: vec![f32::INFINITY; 8].into(),
            n_steps: 1,
            passed: &[],
        };
        let regularizer = Regularizer::RandomDirection {
            weight: 1.0,
            space: Space::Price,
            form: Form::Square,
        };
        let error = learner.update(
            &minibatch(&good),
            &ppo(),
            &regularizer,
            Some(&ascent),
            &mut rng(5),
        );
        assert!(
            error
                .expect_err("refused")
                .to_string()
                .starts_with("penalty: found ")
        );
        assert_eq!(bits(learner.policy.to_tensors()), before);
    }

    #[test]
    fn a_kl_above_the_target_stops_the_steps() {
        let policy = random_policy(&[5], ACTIVATIONS[0], HEADS[2], 57);
        let before = bits(policy.to_tensors());
        let mut samples = samples(&policy);
        let mut learner = Learner::new(policy, 1e-5).expect("memory");
        samples.log_probs.iter_mut().for_each(|l| *l -= 0.5);
        let mut settings = ppo();
        settings.target_kl = Some(0.01);
        let none = Regularizer::None;
        let minibatch = minibatch(&samples);
        let found = learner
            .update(&minibatch, &settings, &none, None, &mut rng(5))
            .expect("finite");
        assert_eq!(found.step, StepTaken::StoppedByKl);
        assert!(found.approx_kl > 0.1 && found.clip_fraction > 0.5);
        assert_eq!(bits(learner.policy.to_tensors()), before);
        settings.target_kl = Some(10.0);
        let found = learner
            .update(&minibatch, &settings, &none, None, &mut rng(5))
            .expect("finite");
        assert_eq!(found.step, StepTaken::Applied);
    }

    #[test]
    fn settings_of_a_step_follow_their_schedules() {
        let config = LearnConfig {
            learning_rate: Schedule::Linear { from: 2.0, to: 0.0 },
            ..config::tests::ppo()
        };
        assert!((config.at(0.75).learning_rate - 0.5).abs() < 1e-12);
        assert_eq!(config.passes(), (4, 2));
    }
}
