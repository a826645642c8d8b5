//! Comparison of our ascent, losses and gradients with those of JAX from `update.py --dump`.

use crate::{
    side::Machine,
    workload::{
        N_INPUTS, STREAMS,
        learning::{inner_loop, problem},
        spec,
    },
};
use serde::Deserialize;
use shockproof::{
    adversary::{AscentConfig, AscentTrace, Course, Objective},
    algo::{
        AdvantageScaling, Ascent, Form, Learner, Minibatch, PolicyLoss, Regularizer, Samples,
        Space, StepSettings, UpdateDiagnostics,
    },
    policy::{Actions, ActorCritic, NamedTensor, device::Cpu},
    rng::Component,
};
use std::{collections::BTreeMap, path::Path};

/// Largest relative error of a gradient or a loss.
const TOLERANCE: f64 = 1e-4;
/// Largest relative error of the points of an ascent. Both sides follow KL(π(o) ‖ π(o + δ)) in
/// single precision. At the start, probabilities differ by about 1e-3 and are rounded to 6e-8, so a
/// gradient has an error of a few 1e-4, which later steps inherit.
const CLIMBED: f64 = 1e-3;
/// Adam's ε. The first step of Adam is lr g / (|g| + ε): with ε far above every gradient, the
/// weights move by `SCALE` g, which reveals the gradient g.
const EPSILON: f64 = 1e6;
const SCALE: f64 = 1e3;
/// Weight at which the penalty dominates the gradient; at the job's weight it is a hundredth of it.
const HEAVY: f64 = 100.0;

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    values: Vec<f64>,
}

/// Content of the file that `update.py --dump` writes.
#[derive(Deserialize)]
struct Dump {
    settings: BTreeMap<String, f64>,
    weights: Vec<Tensor>,
    observations: Tensor,
    actions: Tensor,
    advantages: Tensor,
    targets: Tensor,
    old_log_probs: Tensor,
    start: Tensor,
    places: Tensor,
    directions: Tensor,
    losses: BTreeMap<String, f64>,
    totals: BTreeMap<String, f64>,
    gradients: BTreeMap<String, Vec<Tensor>>,
}

/// Runs JAX and compares the ascent from the same starts, PPO alone, and PPO with the penalty at
/// JAX's points and directions.
///
/// # Errors
/// JAX is missing or failed, or a value differs by more than its tolerance.
pub(crate) fn check(machine: &Machine) -> Result<(), String> {
    let mut failed = Vec::new();
    for batch in ["256", "2048"] {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("update_{batch}.json"));
        let place = path.to_string_lossy();
        machine.run_script("update.py", &["--batch", batch, "--dump", &place])?;
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{place}: {error}"))?;
        let dump: Dump =
            serde_json::from_str(&text).map_err(|error| format!("{place}: {error}"))?;
        println!("{batch} rows: largest relative error, and what it may be");
        let climbed = dump.climb().map(|(what, error)| (what, error, CLIMBED));
        let learned = dump.compare().into_iter();
        let learned = learned.map(|(what, error)| (what, error, TOLERANCE));
        for (what, error, most) in climbed.into_iter().chain(learned) {
            println!("  {error:>9.1e} {most:>7.0e}  {what}");
            if error > most {
                failed.push(format!("{batch} rows: {what}: {error:.1e}"));
            }
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("relative errors too large: {}", failed.join("; ")))
    }
}

impl Dump {
    /// Relative errors of the points and directions that our ascent reaches from the peer's starts.
    fn climb(&self) -> [(&'static str, f64); 2] {
        let radius = self.settings["eps"];
        let config = AscentConfig {
            objective: Objective::Divergence,
            step_size: self.settings["step"] / radius,
            observation_radius: radius,
            ..inner_loop()
        };
        let (observations, policy) = (narrow(&self.observations.values), self.policy().freeze());
        let starts: Vec<f64> = self.start.values.iter().map(|d| d / radius).collect();
        let mut rng = STREAMS.stream(Component::Ascent, 0);
        let course = Course {
            starts: Some(&starts),
            ..Course::default()
        };
        let (batch, mut trace) = ((&observations[..], &[][..]), AscentTrace::default());
        problem()
            .ascend_into(&policy, batch, &config, course, &mut rng, &mut trace)
            .expect("the peer's ball and network have our shape");
        let places = trace.shocks[..self.places.values.len()].iter();
        let places: Vec<f64> = places.map(|z| z * radius).collect();
        [
            (
                "ascent: displacements",
                relative(&places, &self.places.values),
            ),
            (
                "ascent: directions",
                relative(&trace.directions, &self.directions.values),
            ),
        ]
    }

    fn compare(&self) -> Vec<(&'static str, f64)> {
        let policy = self.policy();
        let minibatch = self.minibatch(&policy);
        let ascent = self.ascent();
        let (seen, plain) = self.step(&policy, &minibatch, &Regularizer::None, None);
        let penalized = |weight| {
            let regularizer = Regularizer::Adversarial {
                weight,
                space: Space::Observation,
                form: Form::Square,
            };
            self.step(&policy, &minibatch, &regularizer, Some(&ascent))
        };
        let (_, full) = penalized(self.settings["weight"]);
        let (heavy_seen, heavy) = penalized(HEAVY);
        let penalty = heavy_seen.penalty.unwrap_or(f64::NAN);
        let number = |found: f64, expected: f64| relative(&[found], &[expected]);
        let loss = |found, name: &str| number(found, self.losses[name]);
        vec![
            ("PPO: policy loss", loss(seen.policy_loss, "policy_loss")),
            ("PPO: value loss", loss(seen.value_loss, "value_loss")),
            ("PPO: entropy", loss(seen.entropy, "entropy")),
            (
                "PPO: gradient of any tensor",
                self.apart(&plain, "ppo", 0.0),
            ),
            (
                "AAJR: penalty",
                number(penalty, self.totals["penalty_probabilities"]),
            ),
            (
                "AAJR: gradient of any tensor",
                self.apart(&full, "aajr_probabilities", 0.0),
            ),
            (
                "AAJR, penalty times 100: gradient of any tensor",
                self.apart(&heavy, "ppo", HEAVY),
            ),
        ]
    }

    /// Largest relative error over tensors between `found` and the peer's gradient `name` plus
    /// `weight` times the peer's penalty gradient.
    fn apart(&self, found: &[Vec<f64>], name: &str, weight: f64) -> f64 {
        let penalty = &self.gradients["penalty_probabilities"];
        let expected = self.gradients[name].iter().zip(penalty);
        let errors = found.iter().zip(expected).map(|(found, (base, penalty))| {
            let pairs = base.values.iter().zip(&penalty.values);
            let expected: Vec<f64> = pairs.map(|(base, p)| base + weight * p).collect();
            relative(found, &expected)
        });
        errors.fold(0.0, f64::max)
    }

    fn policy(&self) -> ActorCritic<f32, Cpu> {
        let names = ["actor", "critic"].into_iter().flat_map(|net| {
            (0..3).flat_map(move |i| ["weight", "bias"].map(|kind| format!("{net}.{i}.{kind}")))
        });
        let tensors: Vec<NamedTensor> = names
            .zip(&self.weights)
            .map(|(name, tensor)| NamedTensor {
                name,
                shape: tensor.shape.clone(),
                values: narrow(&tensor.values),
            })
            .collect();
        ActorCritic::from_tensors(&spec(), &[64, 64], &tensors, &Cpu::default())
            .expect("the peer's network has our shape")
    }

    fn minibatch(&self, policy: &ActorCritic<f32, Cpu>) -> Minibatch<f32, Cpu> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "level indices"
        )]
        let actions = self.actions.values.iter().map(|&a| a as u32).collect();
        let samples = Samples {
            n_inputs: N_INPUTS,
            n_dims: 1,
            observations: narrow(&self.observations.values),
            actions: Actions::Categorical(actions),
            log_probs: narrow(&self.old_log_probs.values),
            values: narrow(&self.targets.values), // No value clip: never read.
            advantages: narrow(&self.advantages.values),
            returns: narrow(&self.targets.values),
        };
        let rows: Vec<usize> = (0..samples.n_rows()).collect();
        samples
            .minibatch(&rows, AdvantageScaling::Raw, policy.device())
            .expect("a minibatch")
    }

    /// Points and directions of the peer, indexed by k first.
    fn ascent(&self) -> Ascent<'static> {
        let observations = self.observations.values.iter().cycle();
        let points = observations.zip(&self.places.values).map(|(o, d)| o + d);
        let points: Vec<f64> = points.collect();
        Ascent {
            points: narrow(&points).into(),
            tangents: narrow(&self.directions.values).into(),
            n_steps: self.places.shape[0] / self.observations.shape[0],
            passed: &[],
        }
    }

    /// Diagnostics of an update, and the gradients of all tensors.
    fn step(
        &self,
        policy: &ActorCritic<f32, Cpu>,
        minibatch: &Minibatch<f32, Cpu>,
        regularizer: &Regularizer,
        ascent: Option<&Ascent<'_>>,
    ) -> (UpdateDiagnostics, Vec<Vec<f64>>) {
        let settings = StepSettings {
            policy_loss: PolicyLoss::Clipped {
                clip_epsilon: self.settings["clip"],
            },
            value_clip: None,
            value_weight: self.settings["value"],
            entropy_weight: self.settings["entropy"],
            learning_rate: SCALE * EPSILON,
            max_grad_norm: None,
            target_kl: None,
        };
        let mut rng = STREAMS.stream(Component::Regularizer, 0);
        let mut learner = Learner::new(policy.clone(), EPSILON).expect("an optimizer");
        let seen = learner
            .update(minibatch, &settings, regularizer, ascent, &mut rng)
            .expect("an update");
        let (before, after) = (policy.to_tensors(), learner.policy.to_tensors());
        let gradients = before.iter().zip(&after).map(|(before, after)| {
            let moved = before.values.iter().zip(&after.values);
            moved
                .map(|(b, a)| (f64::from(*b) - f64::from(*a)) / SCALE)
                .collect()
        });
        (seen, gradients.collect())
    }
}

/// ‖found − expected‖ / ‖expected‖; infinite instead of NaN.
fn relative(found: &[f64], expected: &[f64]) -> f64 {
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    let difference = norm(&mut found.iter().zip(expected).map(|(f, e)| f - e));
    let error = difference / norm(&mut expected.iter().copied());
    if found.len() == expected.len() && error.is_finite() {
        error
    } else {
        f64::INFINITY
    }
}

#[allow(clippy::cast_possible_truncation, reason = "they were f32")]
fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&x| x as f32).collect()
}
