//! A one-asset environment small enough to check by hand, for tests of code that takes any [`Env`].

#![allow(
    clippy::cast_possible_truncation,
    reason = "observations are f32 by contract"
)]

use crate::env::{
    Action, ActionSpace, Env, Hindsight, Norm, Outcome, PrintEnding, Shock, ShockKind, ShockMap,
    ShockSpace, Step,
};
use crate::{
    features::{Field, Layout},
    rng::{Component, Streams},
    units::bps,
};
use rand::Rng as _;
use std::sync::Arc;

/// Observation `[tanh(level + z / 1e4), held]`, snapshot `[level, held]`. The action becomes
/// `held`; every step adds an increment drawn at the reset to `level`. Episodes last 5 to 9 steps
/// and end terminated when the seed is odd.
#[derive(Debug, Clone)]
pub(crate) struct Toy {
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    level: f64,
    walk: f64,
    held: f32,
    steps_left: u32,
    end: Outcome,
    observation: [f32; 2],
    n_refused: u64,
}

impl Toy {
    /// Action that makes [`Toy::step`] panic.
    pub(crate) const PANIC: f32 = 1313.0;
}

pub(crate) fn field(name: &str, shockable: Shockable) -> Field {
    Field {
        name: name.into(),
        unit: "1".into(),
        low: None,
        high: None,
        shockable: matches!(shockable, Shockable::Yes),
        warm_up: 0,
    }
}

/// Effect of a shock on a toy field.
#[derive(Clone, Copy)]
pub(crate) enum Shockable {
    Yes,
    No,
}

impl Default for Toy {
    fn default() -> Self {
        Self {
            layout: Layout {
                market: vec![field("level", Shockable::Yes)],
                account: vec![field("held", Shockable::No)],
            },
            action_space: ActionSpace::Continuous {
                n_dims: 1,
                low: -1.0,
                high: 1.0,
            },
            shock_space: ShockSpace {
                kind: ShockKind::Print,
                print_ending: PrintEnding::Corrected,
                n_assets: 1,
                norm: Norm::LInf,
                budget_bps: bps!(100.0),
                episode_budget_bps: None,
                max_spread_multiplier: 1.0,
                min_liquidity_multiplier: 1.0,
            },
            level: 0.0,
            walk: 0.0,
            held: 0.0,
            steps_left: 0,
            end: Outcome::Truncated,
            observation: [0.0; 2],
            n_refused: 0,
        }
    }
}

struct ToyMap;

impl ShockMap for ToyMap {
    fn snapshot_len(&self) -> usize {
        2
    }
    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
        observation[0] = (snapshot[0] + shock_bps[0] * 1e-4).tanh() as f32;
        observation[1] = snapshot[1] as f32;
    }
    fn jacobian(
        &self,
        snapshot: &[f64],
        shock_bps: &[f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        self.observe(snapshot, shock_bps, observation);
        let tanh = (snapshot[0] + shock_bps[0] * 1e-4).tanh();
        jacobian[0] = (1e-4 * (1.0 - tanh * tanh)) as f32;
        jacobian[1] = 0.0;
    }
    fn hindsight<'a>(&self, _snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
        None
    }
}

impl Env for Toy {
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
        let mut rng = Streams::new(seed).stream(Component::Market, 0);
        self.level = rng.gen_range(-1.0..1.0);
        self.walk = rng.gen_range(-0.1..0.1);
        self.steps_left = rng.gen_range(5..10);
        self.end = if seed % 2 == 1 {
            Outcome::Terminated
        } else {
            Outcome::Truncated
        };
        self.held = 0.0;
        ToyMap.observe(&[self.level, 0.0], &[0.0], &mut self.observation);
        &self.observation
    }
    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_> {
        let mut z = [0.0];
        self.shock_space.project(shock, 0.0, &mut z);
        if let Action::Continuous([action]) = action {
            assert!(action.to_bits() != Self::PANIC.to_bits(), "asked to panic");
            if action.is_finite() {
                self.held = *action;
            } else {
                self.n_refused += 1;
            }
        }
        self.level += self.walk;
        self.steps_left -= 1;
        let snapshot = [self.level, f64::from(self.held)];
        ToyMap.observe(&snapshot, &z, &mut self.observation);
        Step {
            observation: &self.observation,
            reward: f64::from(self.held) * self.walk,
            outcome: if self.steps_left == 0 {
                self.end
            } else {
                Outcome::Running
            },
        }
    }
    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        Some(Arc::new(ToyMap))
    }
    fn snapshot(&self, out: &mut [f64]) {
        out.copy_from_slice(&[self.level, f64::from(self.held)]);
    }
    fn preview(&self, action: Action<'_>, out: &mut [f64]) {
        let held = match action {
            Action::Continuous([action]) if action.is_finite() => *action,
            _ => self.held,
        };
        out.copy_from_slice(&[self.level + self.walk, f64::from(held)]);
    }
    fn n_refused(&self) -> u64 {
        self.n_refused
    }
}
