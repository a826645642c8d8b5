//! One gradient step on one minibatch, and the ascent before it.

use super::{N_INPUTS, N_LEVELS, STREAMS, policy};
use rand::Rng as _;
use rand_distr::StandardNormal;
use shockproof::{
    adversary::{
        AscentConfig, AscentRefresh, AscentTrace, Course, InnerProblem, InnerSteps, LastLoss,
        Objective, StepRule,
    },
    algo::{
        AdvantageScaling, Ascent, Directions, Form, Learner, Minibatch, PolicyLoss, Regularizer,
        Samples, Space, StepSettings,
    },
    env::{ActionSpace, Norm, ShockSpace},
    features::{Field, Layout},
    policy::{Actions, device::Cpu},
    rng::{Component, Rng},
};
use std::num::NonZeroUsize;

/// Radius of the ball of the ascent, in observation units.
const RADIUS: f64 = 0.1;
/// Weight of the penalty for unit directions; the directions here are as long as the radius.
const WEIGHT: f64 = 0.1;
/// Number K of inner steps.
const N_STEPS: usize = 5;
/// Step size of Adam, too small to move a weight, so that every step has the same weights.
const STANDS_STILL: f64 = 1e-12;

/// A learner, a minibatch, and the inner problem at its observations.
pub(crate) struct Step {
    learner: Learner<f32, Cpu>,
    minibatch: Minibatch<f32, Cpu>,
    observations: Vec<f32>,
    problem: InnerProblem,
    trace: AscentTrace,
    rng: Rng,
}

impl Step {
    pub(crate) fn new(n_rows: usize) -> Self {
        let policy = policy();
        let samples = samples(n_rows);
        let rows: Vec<usize> = (0..n_rows).collect();
        let minibatch = samples.minibatch(&rows, AdvantageScaling::Raw, policy.device());
        Self {
            minibatch: minibatch.expect("a minibatch"),
            learner: Learner::new(policy, 1e-5).expect("an optimizer"),
            observations: samples.observations,
            problem: problem(),
            trace: AscentTrace::default(),
            rng: STREAMS.stream(Component::Ascent, 0),
        }
    }

    /// Runs a PPO gradient step without penalty.
    pub(crate) fn plain(&mut self) {
        self.update(&Regularizer::None, None);
    }

    /// Runs a step of full AAJR: K ascent steps against the current policy, all penalized.
    pub(crate) fn adversarial(&mut self) {
        self.climb();
        let rows: Vec<usize> = (0..self.trace.n_rows).collect();
        let trace = std::mem::take(&mut self.trace);
        let ascent = trace.gather(&rows, InnerSteps::All, &mut self.rng);
        let regularizer = Regularizer::Adversarial {
            weight: WEIGHT / (RADIUS * RADIUS),
            space: Space::Observation,
            form: Form::Square,
        };
        self.update(&regularizer, Some(&ascent));
        self.trace = trace;
    }

    /// Runs a step with the penalty ‖J‖_F², exact (`None`) or by random projections.
    pub(crate) fn frobenius(&mut self, projections: Option<NonZeroUsize>) {
        let regularizer = Regularizer::Frobenius {
            weight: WEIGHT,
            projections,
        };
        self.update(&regularizer, None);
    }

    /// Runs the ascent without an update.
    pub(crate) fn ascend(&mut self) -> f64 {
        self.climb();
        self.trace.losses[0]
    }

    fn climb(&mut self) {
        let (policy, batch) = (
            &self.learner.policy,
            (self.observations.as_slice(), &[][..]),
        );
        let config = inner_loop();
        let course = Course {
            starts: None,
            last: LastLoss::Skipped,
        };
        self.problem
            .ascend_into(
                &policy.freeze(),
                batch,
                &config,
                course,
                &mut self.rng,
                &mut self.trace,
            )
            .expect("an ascent");
    }

    fn update(&mut self, regularizer: &Regularizer, ascent: Option<&Ascent<'_>>) {
        let settings = StepSettings {
            policy_loss: PolicyLoss::Clipped { clip_epsilon: 0.2 },
            value_clip: None,
            value_weight: 1.0,
            entropy_weight: 0.01,
            learning_rate: STANDS_STILL,
            max_grad_norm: Some(0.5),
            target_kl: None,
        };
        let (minibatch, rng) = (&self.minibatch, &mut self.rng);
        self.learner
            .update(minibatch, &settings, regularizer, ascent, rng)
            .expect("an update");
    }
}

/// Inner loop of the comparison: step size 2.5 / K in units of the ball.
pub(crate) fn inner_loop() -> AscentConfig {
    AscentConfig {
        objective: Objective::ActionDeviation,
        n_steps: N_STEPS,
        step_size: 0.5,
        step: StepRule::Normalized,
        direction: Directions::Gradient,
        random_start: 0.1,
        n_restarts: 1,
        penalized: InnerSteps::All,
        refresh: AscentRefresh::EveryMinibatch,
        observation_radius: RADIUS,
        ..AscentConfig::default()
    }
}

/// Inner problem in the Euclidean ball around an observation, with all fields shockable.
pub(crate) fn problem() -> InnerProblem {
    let layout = Layout {
        market: fields(),
        account: Vec::new(),
    };
    let shocks = ShockSpace {
        norm: Norm::L2,
        ..ShockSpace::none()
    };
    let levels = ["-1", "0", "1"].map(str::to_owned).to_vec();
    let actions = ActionSpace::Categorical { n_dims: 1, levels };
    InnerProblem::new(
        "bench",
        Space::Observation,
        &layout,
        None,
        &shocks,
        &actions,
    )
    .expect("shockable fields")
}

pub(super) fn fields() -> Vec<Field> {
    let field = |i| Field {
        name: format!("field[{i}]"),
        unit: "1".to_owned(),
        low: None,
        high: None,
        shockable: true,
        warm_up: 0,
    };
    (0..N_INPUTS).map(field).collect()
}

/// Samples of a rollout with a nearly uniform policy.
fn samples(n_rows: usize) -> Samples {
    let mut rng = STREAMS.stream(Component::Market, 1);
    let n_levels = u32::try_from(N_LEVELS).expect("a few");
    let actions = (0..n_rows).map(|_| rng.gen_range(0..n_levels)).collect();
    let mut normal =
        |n: usize| -> Vec<f32> { (0..n).map(|_| rng.sample(StandardNormal)).collect() };
    let uniform = -f32::ln(3.0);
    Samples {
        n_inputs: N_INPUTS,
        n_dims: 1,
        observations: normal(n_rows * N_INPUTS),
        actions: Actions::Categorical(actions),
        log_probs: normal(n_rows).iter().map(|x| uniform + 0.05 * x).collect(),
        values: normal(n_rows),
        advantages: normal(n_rows),
        returns: normal(n_rows),
        action_gradients: Vec::new(),
    }
}
