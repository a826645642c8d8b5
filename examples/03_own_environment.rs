//! Lesson 3. An environment of your own: five functions, and `check_env`, which tests the contract.
//!
//! The market is one mean-reverting price without data. The agent sees its distance from the mean,
//! which may be misprinted.
//!
//!     cargo run --no-default-features --features agent --example 03_own_environment
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use rand::Rng as _;
use shockproof::{
    bps,
    env::{Action, ActionSpace, Env, Norm, Outcome, Shock, ShockSpace, Step, check_env},
    features::{Field, Layout},
    rng::{Component, Rng, Streams},
};

/// Price x ← 0.9 x + noise. Holding w earns w times the change of x, for 50 steps.
struct Reverting {
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    rng: Rng,
    distance: f64,
    weight: f32,
    n_steps: u32,
    n_refused: u64,
    observation: [f32; 2],
}

impl Reverting {
    fn new() -> Self {
        let field = |name: &str| Field {
            name: name.to_owned(),
            unit: "1".to_owned(),
            low: None,
            high: None,
            shockable: false,
            warm_up: 0,
        };
        let (n_dims, low, high) = (1, -1.0, 1.0);
        Self {
            layout: Layout {
                market: vec![field("distance")],
                account: vec![field("weight")],
            },
            action_space: ActionSpace::Continuous { n_dims, low, high },
            shock_space: ShockSpace {
                n_assets: 1,
                norm: Norm::LInf,
                budget_bps: bps!(50.0),
                ..ShockSpace::none()
            },
            rng: Streams::new(0).stream(Component::Env, 0),
            distance: 0.0,
            weight: 0.0,
            n_steps: 0,
            n_refused: 0,
            observation: [0.0; 2],
        }
    }

    fn observe(&mut self, misprint: f64) -> &[f32] {
        #[allow(clippy::cast_possible_truncation, reason = "observations are f32")]
        let seen = (self.distance + misprint) as f32;
        self.observation = [seen, self.weight];
        &self.observation
    }
}

impl Env for Reverting {
    fn layout(&self) -> &Layout {
        &self.layout
    }
    fn action_space(&self) -> &ActionSpace {
        &self.action_space
    }
    fn shock_space(&self) -> &ShockSpace {
        &self.shock_space
    }
    fn n_refused(&self) -> u64 {
        self.n_refused
    }
    fn reset(&mut self, seed: u64) -> &[f32] {
        self.rng = Streams::new(seed).stream(Component::Env, 0);
        self.distance = self.rng.gen_range(-0.05..0.05);
        (self.weight, self.n_steps) = (0.0, 0);
        self.observe(0.0)
    }
    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_> {
        // The environment projects every shock onto its set of admissible shocks.
        let mut z = [0.0];
        self.shock_space.project(shock, 0.0, &mut z);
        match action {
            Action::Continuous([w]) if w.is_finite() => self.weight = w.clamp(-1.0, 1.0),
            // An invalid action is not repaired: the position stays, and the refusal is counted.
            _ => self.n_refused += 1,
        }
        let before = self.distance;
        self.distance = 0.9 * before + self.rng.gen_range(-0.01..0.01);
        self.n_steps += 1;
        Step {
            reward: f64::from(self.weight) * (self.distance - before),
            // A time limit is not part of the state, so the learner bootstraps beyond it. Ruin
            // would be `Terminated`.
            outcome: match self.n_steps {
                50.. => Outcome::Truncated,
                _ => Outcome::Running,
            },
            observation: self.observe(z[0] * 1e-4),
        }
    }
}

fn main() {
    // Two common mistakes: a range that is too narrow, and a shockable field without a shock map.
    let mut env = Reverting::new();
    env.layout.account[0].high = Some(0.5);
    env.layout.market[0].shockable = true;
    for violation in check_env(&mut env) {
        println!("- {violation}");
    }
    let mut env = Reverting::new();
    println!("without them: {} violations\n", check_env(&mut env).len());

    // The best rule here trades against the observed distance, so a misprint misleads it.
    for (name, z) in [("clean", [0.0]), ("always 50 bps too high", [50.0])] {
        let (mut total, mut seen, mut outcome) = (0.0, env.reset(1)[0], Outcome::Running);
        while !outcome.is_over() {
            let price_bps = &z[..];
            let shock = Shock {
                price_bps,
                ..Shock::NONE
            };
            let step = env.step(Action::Continuous(&[-20.0 * seen]), shock);
            (total, seen, outcome) = (total + step.reward, step.observation[0], step.outcome);
        }
        println!("{name}: total reward {total:.4}, {outcome:?}");
    }
}
