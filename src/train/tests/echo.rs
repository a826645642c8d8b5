//! A game with a known best policy, whose slope in the shockable input is one half.

use crate::{
    env::{
        Action, ActionSpace, Env, Hindsight, Norm, Outcome, Shock, ShockKind, ShockMap, ShockSpace,
        Step,
        toy::{Shockable, Toy, field},
    },
    features::Layout,
    rng::{Component, Streams},
    units::bps,
};
use rand::Rng as _;
use std::sync::Arc;

/// One-step episodes with observation and snapshot `[x, y]`, of which a shock moves x. Reward −(a −
/// (x + y)/2)²; from episode `broken_from` on, the reward is NaN.
#[derive(Clone)]
pub(super) struct Echo {
    layout: Layout,
    action_space: ActionSpace,
    pub(super) shock_space: ShockSpace,
    observation: [f32; 2],
    n_episodes: u32,
    broken_from: u32,
}

struct EchoMap;

#[allow(clippy::cast_possible_truncation, reason = "observations are f32")]
const fn narrow(x: f64) -> f32 {
    x as f32
}

impl ShockMap for EchoMap {
    fn snapshot_len(&self) -> usize {
        2
    }
    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
        observation.copy_from_slice(&[snapshot[0] + shock_bps[0] * 0.01, snapshot[1]].map(narrow));
    }
    fn jacobian(
        &self,
        snapshot: &[f64],
        shock_bps: &[f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        self.observe(snapshot, shock_bps, observation);
        jacobian.copy_from_slice(&[0.01, 0.0]);
    }
    fn hindsight<'a>(&self, _snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
        None
    }
}

impl Echo {
    pub(super) fn new(broken_from: u32, n_assets: usize) -> Self {
        let toy = Toy::default();
        Self {
            layout: Layout {
                market: vec![field("x", Shockable::Yes), field("y", Shockable::No)],
                account: Vec::new(),
            },
            action_space: toy.action_space().clone(),
            shock_space: ShockSpace {
                kind: ShockKind::Print,
                n_assets,
                norm: Norm::LInf,
                budget_bps: bps!(100.0),
                ..ShockSpace::none()
            },
            observation: [0.0; 2],
            n_episodes: 0,
            broken_from,
        }
    }
}

impl Env for Echo {
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
        self.observation = [rng.gen_range(-1.0..1.0), rng.gen_range(-1.0..1.0)];
        self.n_episodes += 1;
        &self.observation
    }
    fn step(&mut self, action: Action<'_>, _shock: Shock<'_>) -> Step<'_> {
        let Action::Continuous([a]) = action else {
            panic!("continuous")
        };
        let miss = f64::from(a - 0.5 * (self.observation[0] + self.observation[1]));
        let reward = if self.n_episodes > self.broken_from {
            f64::NAN
        } else {
            -miss * miss
        };
        Step {
            observation: &self.observation,
            reward,
            outcome: Outcome::Terminated,
        }
    }
    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        (self.shock_space.n_assets > 0).then(|| Arc::new(EchoMap) as Arc<dyn ShockMap>)
    }
    fn snapshot(&self, out: &mut [f64]) {
        out.copy_from_slice(&self.observation.map(f64::from));
    }
    fn preview(&self, _action: Action<'_>, out: &mut [f64]) {
        self.snapshot(out);
    }
}
