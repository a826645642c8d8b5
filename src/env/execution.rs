//! Selling a block with impact.

use super::{
    Action, ActionSpace, Env, ExecutionError, ExecutionSpec, Outcome, Shock, ShockMap, ShockSpace,
    Sight, SimulatedInterventions, Step,
    last_move::{LastMoveMap, account_field, write_account},
    shock::ProjectedShock,
};
use crate::{
    features::Layout,
    rng::{Component, Rng, Streams},
};
use rand::Rng as _;
use rand_distr::StandardNormal;
use std::sync::Arc;

/// The market of Almgren and Chriss (2000): a block is sold in N steps; every sale moves the price for good (permanent impact) and is
/// itself filled below it (half spread and temporary impact): [`crate::market::execution::Liquidation`] has the equations and the
/// best plan.
///
/// | | |
/// |---|---|
/// | **Step** | a sale at the price of the step before, less `ε + (η/τ) n`; then the price moves by `σ √τ ξ − γ n` |
/// | **Observation** | `[mid.last_move]` where [`Sight::LastMove`] (own impact aside), then `account.time_left` and `account.holdings` (fractions) |
/// | **Action** | one number in [−1, 1], linear in the share of the holdings to sell: [`ExecutionSpec::share`]; the last step sells what is left |
/// | **Reward** | change of wealth (proceeds plus holdings at the newest price) minus `λ σ² τ x²`, x the holdings after the sale. The rewards of an episode add up to −cost − λ V of the holdings. Unit: currency |
/// | **Start** | all shares, t = 0 |
/// | **End** | after N steps, terminated |
///
/// **Shocks.** The price moves by `initial_price · z · 1e-4` at the end of the step, after the sale (bps of the initial price; a drift b is
/// z = b τ / initial price, [`ExecutionSpec::drift_bps`]). Sales come first, so `Drift` and `Jump` do the same. The liquidity multiplier m ≤ 1
/// divides the depth: both impacts are over m. The spread multiplier scales ε.
///
/// An action or sale that is no number sells nothing (but in the last step) and is counted ([`Execution::interventions`]). A step after the end
/// changes nothing and gives reward 0. A clone is a copy in the midst of its episode: left alone, both meet the same future.
#[derive(Debug, Clone)]
pub struct Execution {
    rules: Arc<Rules>,
    episode: Episode,
    observation: Vec<f32>,
    interventions: SimulatedInterventions,
}

#[derive(Debug)]
struct Rules {
    spec: ExecutionSpec,
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    map: LastMoveMap,
}

/// Everything about an episode that changes.
#[derive(Debug, Clone)]
struct Episode {
    rng: Rng,
    n_played: u32,
    price: f64,
    holdings: f64,
    proceeds: f64,
    /// The price's move over the last step without shock and impact. Unit: standard deviations of a step.
    clean_move: f64,
    spent_bps: f64,
    shock_bps: [f64; 1],
    shock: ProjectedShock,
}

impl Execution {
    /// A market, reset with seed 0.
    ///
    /// # Errors
    /// [`ExecutionError`] naming the field outside its range.
    pub fn new(spec: ExecutionSpec) -> Result<Self, ExecutionError> {
        spec.check()?;
        let account = vec![
            account_field("account.time_left", "fraction of the horizon", (0.0, 1.0)),
            account_field("account.holdings", "fraction of the block", (0.0, 1.0)),
        ];
        let step_std = spec.liquidation.volatility * spec.liquidation.step_time().sqrt();
        let map = LastMoveMap {
            n_account: account.len(),
            per_bp: spec.initial_price * 1e-4 / step_std,
        };
        let layout = spec.sight.layout(account);
        let mut env = Self {
            episode: Episode::new(&spec, 0),
            observation: vec![0.0; layout.n_fields()],
            interventions: SimulatedInterventions::default(),
            rules: Arc::new(Rules {
                layout,
                action_space: ActionSpace::Continuous {
                    n_dims: 1,
                    low: -1.0,
                    high: 1.0,
                },
                shock_space: spec.shocks.space(1),
                map,
                spec,
            }),
        };
        env.reset(0);
        Ok(env)
    }

    /// The rules.
    #[must_use]
    pub fn spec(&self) -> &ExecutionSpec {
        &self.rules.spec
    }

    /// Steps played.
    #[must_use]
    pub const fn n_played(&self) -> u32 {
        self.episode.n_played
    }

    /// Shares still held.
    #[must_use]
    pub const fn holdings(&self) -> f64 {
        self.episode.holdings
    }

    /// The true price. Unit: currency / share.
    #[must_use]
    pub const fn price(&self) -> f64 {
        self.episode.price
    }

    /// The value of the block at the start minus proceeds minus holdings at the newest price: the shortfall so far. Unit: currency.
    #[must_use]
    pub fn cost(&self) -> f64 {
        let spec = &self.rules.spec;
        spec.liquidation.shares * spec.initial_price - self.episode.wealth()
    }

    /// The shock that was applied in the last step, after projection onto the set.
    #[must_use]
    pub const fn applied_shock(&self) -> Shock<'_> {
        Shock {
            price_bps: &self.episode.shock_bps,
            spread_multiplier: self.episode.shock.spread_multiplier,
            liquidity_multiplier: self.episode.shock.liquidity_multiplier,
        }
    }

    /// How often an action or a shock was not taken as given, since the environment was built.
    #[must_use]
    pub const fn interventions(&self) -> SimulatedInterventions {
        self.interventions
    }

    /// Whether the episode goes on.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.episode.outcome(&self.rules.spec)
    }

    /// One step that sells `n_shares` (moved into 0 to the holdings).
    pub fn play(&mut self, n_shares: f64, shock: Shock<'_>) -> Step<'_> {
        if self.outcome().is_over() {
            return Step {
                observation: &self.observation,
                reward: 0.0,
                outcome: self.outcome(),
            };
        }
        let outside = n_shares < 0.0 || n_shares > self.episode.holdings;
        self.interventions.refused_actions += u64::from(n_shares.is_nan());
        self.interventions.clamped_numbers += u64::from(outside);
        let rules = &*self.rules;
        let reward = self
            .episode
            .play(&rules.spec, &rules.shock_space, n_shares, shock);
        self.interventions.see_shock(self.episode.shock.projection);
        self.observe();
        Step {
            observation: &self.observation,
            reward,
            outcome: self.outcome(),
        }
    }

    fn observe(&mut self) {
        let (spec, map) = (&self.rules.spec, &self.rules.map);
        let snapshot = self.episode.snapshot(spec);
        match spec.sight {
            Sight::LastMove => {
                map.observe(&snapshot, &self.episode.shock_bps, &mut self.observation);
            }
            Sight::Account => write_account(&snapshot, &mut self.observation),
        }
    }

    /// What an action sells; NaN where it is none of the action space.
    fn decode(&self, action: Action<'_>) -> f64 {
        match action {
            Action::Continuous([a]) if a.is_finite() => {
                self.rules.spec.share(*a) * self.episode.holdings
            }
            _ => f64::NAN,
        }
    }
}

impl Episode {
    fn new(spec: &ExecutionSpec, seed: u64) -> Self {
        Self {
            rng: Streams::new(seed).stream(Component::Market, 0),
            n_played: 0,
            price: spec.initial_price,
            holdings: spec.liquidation.shares,
            proceeds: 0.0,
            clean_move: 0.0,
            spent_bps: 0.0,
            shock_bps: [0.0],
            shock: ProjectedShock::CLEAN,
        }
    }

    const fn outcome(&self, spec: &ExecutionSpec) -> Outcome {
        if self.n_played < spec.liquidation.n_steps {
            Outcome::Running
        } else {
            Outcome::Terminated
        }
    }

    fn wealth(&self) -> f64 {
        self.proceeds + self.holdings * self.price
    }

    fn snapshot(&self, spec: &ExecutionSpec) -> [f64; 3] {
        let n_steps = spec.liquidation.n_steps;
        [
            self.clean_move,
            f64::from(n_steps - self.n_played) / f64::from(n_steps),
            self.holdings / spec.liquidation.shares,
        ]
    }

    /// Plays a step; returns its reward. What chance draws does not depend on the moves.
    fn play(
        &mut self,
        spec: &ExecutionSpec,
        space: &ShockSpace,
        n_shares: f64,
        shock: Shock<'_>,
    ) -> f64 {
        if self.outcome(spec).is_over() {
            return 0.0;
        }
        self.shock = space.project(shock, self.spent_bps, &mut self.shock_bps);
        self.spent_bps += self.shock.norm_bps;
        self.clean_move = self.rng.sample(StandardNormal);
        let (block, wealth) = (&spec.liquidation, self.wealth());
        let (step, depth) = (block.step_time(), self.shock.liquidity_multiplier);
        self.n_played += 1;
        let sold = if self.n_played == block.n_steps {
            self.holdings
        } else if n_shares.is_nan() {
            0.0
        } else {
            n_shares.clamp(0.0, self.holdings)
        };
        let discount = block.half_spread * self.shock.spread_multiplier
            + block.temporary_impact / depth * sold / step;
        self.proceeds += sold * (self.price - discount);
        self.holdings -= sold;
        self.price += block.volatility * step.sqrt() * self.clean_move
            - block.permanent_impact / depth * sold
            + spec.initial_price * self.shock_bps[0] * 1e-4;
        let variance = block.volatility * block.volatility * step * self.holdings * self.holdings;
        self.wealth() - wealth - spec.risk_aversion * variance
    }
}

impl Env for Execution {
    fn layout(&self) -> &Layout {
        &self.rules.layout
    }

    fn action_space(&self) -> &ActionSpace {
        &self.rules.action_space
    }

    fn shock_space(&self) -> &ShockSpace {
        &self.rules.shock_space
    }

    fn reset(&mut self, seed: u64) -> &[f32] {
        self.episode = Episode::new(&self.rules.spec, seed);
        self.observe();
        &self.observation
    }

    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_> {
        self.interventions.see_action(action);
        self.play(self.decode(action), shock)
    }

    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        match self.rules.spec.sight {
            Sight::Account => None,
            Sight::LastMove => Some(Arc::new(self.rules.map)),
        }
    }

    fn snapshot(&self, out: &mut [f64]) {
        if self.rules.spec.sight == Sight::LastMove {
            out.copy_from_slice(&self.episode.snapshot(&self.rules.spec));
        }
    }

    fn preview(&self, action: Action<'_>, out: &mut [f64]) {
        let rules = &*self.rules;
        if rules.spec.sight == Sight::LastMove {
            let mut episode = self.episode.clone();
            let n_shares = self.decode(action);
            episode.play(&rules.spec, &rules.shock_space, n_shares, Shock::NONE);
            out.copy_from_slice(&episode.snapshot(&rules.spec));
        }
    }

    fn n_refused(&self) -> u64 {
        self.interventions.refused_actions
    }
}
