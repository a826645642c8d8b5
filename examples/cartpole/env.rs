//! Environment of `examples/cartpole.rs`, also timed by `benches/`.

use rand::Rng as _;
use shockproof::{
    env::{Action, ActionSpace, Env, Outcome, Shock, ShockSpace, Step},
    features::{Field, Layout},
    rng::{Component, Streams},
};

/// A pole on a cart: push left or right, and keep the pole up for 500 steps.
///
/// Dynamics, bounds, rewards and limits of `gymnasium/envs/classic_control/cartpole.py`, version 1
/// (explicit Euler).
#[derive(Clone)]
pub(crate) struct CartPole {
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    /// State x, ẋ, θ, θ̇.
    state: [f64; 4],
    n_steps: usize,
    pub(crate) observation: [f32; 4],
}

impl CartPole {
    const GRAVITY: f64 = 9.8;
    const CART_MASS: f64 = 1.0;
    const POLE_MASS: f64 = 0.1;
    const HALF_LENGTH: f64 = 0.5;
    const FORCE: f64 = 10.0;
    const TAU: f64 = 0.02;
    const MAX_X: f64 = 2.4;
    const MAX_THETA: f64 = 12.0 * std::f64::consts::TAU / 360.0;
    const MAX_STEPS: usize = 500;

    pub(crate) fn new() -> Self {
        let field = |name: &str, unit: &str| Field {
            name: name.to_owned(),
            unit: unit.to_owned(),
            low: None,
            high: None,
            shockable: false,
            warm_up: 0,
        };
        Self {
            layout: Layout {
                market: vec![
                    field("cart.position", "m"),
                    field("cart.velocity", "m/s"),
                    field("pole.angle", "rad"),
                    field("pole.velocity", "rad/s"),
                ],
                account: Vec::new(),
            },
            action_space: ActionSpace::Categorical {
                n_dims: 1,
                levels: vec!["left".to_owned(), "right".to_owned()],
            },
            shock_space: ShockSpace::none(),
            state: [0.0; 4],
            n_steps: 0,
            observation: [0.0; 4],
        }
    }

    fn observe(&mut self) -> &[f32] {
        for (o, x) in self.observation.iter_mut().zip(self.state) {
            #[allow(clippy::cast_possible_truncation, reason = "observations are f32")]
            let narrow = x as f32;
            *o = narrow;
        }
        &self.observation
    }
}

impl Env for CartPole {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn action_space(&self) -> &ActionSpace {
        &self.action_space
    }

    fn shock_space(&self) -> &ShockSpace {
        &self.shock_space
    }

    fn reset(&mut self, seed: u64) -> &[f32] {
        let mut rng = Streams::new(seed).stream(Component::Env, 0);
        self.state = std::array::from_fn(|_| rng.gen_range(-0.05..0.05));
        self.n_steps = 0;
        self.observe()
    }

    fn step(&mut self, action: Action<'_>, _shock: Shock<'_>) -> Step<'_> {
        let force = match action {
            Action::Categorical([1, ..]) => Self::FORCE,
            _ => -Self::FORCE,
        };
        let [x, x_dot, theta, theta_dot] = self.state;
        let (sin, cos) = theta.sin_cos();
        let total_mass = Self::CART_MASS + Self::POLE_MASS;
        let moment = Self::POLE_MASS * Self::HALF_LENGTH;
        let push = (force + moment * theta_dot * theta_dot * sin) / total_mass;
        let theta_acceleration = (Self::GRAVITY * sin - cos * push)
            / (Self::HALF_LENGTH * (4.0 / 3.0 - Self::POLE_MASS * cos * cos / total_mass));
        let x_acceleration = push - moment * theta_acceleration * cos / total_mass;
        self.state = [
            x + Self::TAU * x_dot,
            x_dot + Self::TAU * x_acceleration,
            theta + Self::TAU * theta_dot,
            theta_dot + Self::TAU * theta_acceleration,
        ];
        self.n_steps += 1;
        let fell = self.state[0].abs() > Self::MAX_X || self.state[2].abs() > Self::MAX_THETA;
        let outcome = if fell {
            Outcome::Terminated
        } else if self.n_steps >= Self::MAX_STEPS {
            Outcome::Truncated
        } else {
            Outcome::Running
        };
        Step {
            observation: self.observe(),
            reward: 1.0,
            outcome,
        }
    }
}
