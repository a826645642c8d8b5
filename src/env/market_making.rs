//! Quoting against arriving orders.

use super::market_making_episode::Episode;
use super::{
    Action, ActionSpace, Env, MarketMakingError, MarketMakingSpec, Outcome, Shock, ShockMap,
    ShockSpace, Sight, SimulatedInterventions, Step,
    last_move::{LastMoveMap, account_field, write_account},
};
use crate::{
    features::Layout,
    market::quoting::{Quotes, QuotingView},
};
use std::sync::Arc;

/// The market of Avellaneda and Stoikov (2008): a mid price that diffuses, orders that arrive at rate `A e^{−kδ}` on each side of it,
/// and a quoter who sets one offset δ per side and step.
///
/// | | |
/// |---|---|
/// | **Step** | [`super::QuoteTiming`] says whether quotes are filled before or after the price moves by `σ √dt ξ`; at most one order of one unit per side |
/// | **Fills** | [`crate::market::quoting::FillRule`] says how a rate becomes a probability |
/// | **Observation** | `[mid.last_move]` where [`Sight::LastMove`], then `account.time_left` (fraction of the horizon) and `account.inventory` (fraction of the bound) |
/// | **Action** | `[bid, ask]` in [−1, 1], linear in the offset: [`MarketMakingSpec::quotes`]; beyond the range the nearer end counts |
/// | **Reward** | change of wealth (cash plus inventory at the mid price) minus the running penalty times dt; at the end minus the terminal penalty. Unit: currency |
/// | **Start** | no inventory, no wealth, t = 0 |
/// | **End** | at T, terminated: time left is part of the state |
///
/// **Shocks.** The price moves by `initial_mid · z · 1e-4` (the price is arithmetic: bps of the initial mid, not of the log price).
/// Kind `Drift`: with the step's own move, so that a drift b is z = b dt / initial mid ([`MarketMakingSpec::drift_bps`]) and is borne by
/// the inventory that bears that move. Kind `Jump`: at the end of the step, borne by the inventory after the fills. The liquidity
/// multiplier m ≤ 1 scales the arrival rate to m A; the spread multiplier m ≥ 1 scales the decay to m k, which keeps orders closer to the
/// mid price. Where both offsets are positive, fewer orders are worse for the quoter: these one-sided ranges hold the worst case.
///
/// An action or quote that is no number leaves the step without quotes and is counted ([`MarketMaking::interventions`]). A step after the end changes
/// nothing and gives reward 0. A clone is a copy in the midst of its episode: left alone, both meet the same future.
#[derive(Debug, Clone)]
pub struct MarketMaking {
    rules: Arc<Rules>,
    episode: Episode,
    observation: Vec<f32>,
    interventions: SimulatedInterventions,
}

#[derive(Debug)]
struct Rules {
    spec: MarketMakingSpec,
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    map: LastMoveMap,
}

impl MarketMaking {
    /// A market, reset with seed 0.
    ///
    /// # Errors
    /// [`MarketMakingError`] naming the field outside its range.
    pub fn new(spec: MarketMakingSpec) -> Result<Self, MarketMakingError> {
        spec.check()?;
        let account = vec![
            account_field("account.time_left", "fraction of the horizon", (0.0, 1.0)),
            account_field("account.inventory", "fraction of the bound", (-1.0, 1.0)),
        ];
        let step_std = spec.volatility * spec.step_time().sqrt();
        let map = LastMoveMap {
            n_account: account.len(),
            per_bp: spec.initial_mid * 1e-4 / step_std,
        };
        let layout = spec.sight.layout(account);
        let mut env = Self {
            episode: Episode::new(&spec, 0),
            observation: vec![0.0; layout.n_fields()],
            interventions: SimulatedInterventions::default(),
            rules: Arc::new(Rules {
                layout,
                action_space: ActionSpace::Continuous {
                    n_dims: 2,
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
    pub fn spec(&self) -> &MarketMakingSpec {
        &self.rules.spec
    }

    /// What a [`crate::market::quoting::QuotingStrategy`] decides on.
    #[must_use]
    pub fn view(&self) -> QuotingView {
        self.episode.view(&self.rules.spec)
    }

    /// The true mid price. Unit: currency.
    #[must_use]
    pub const fn mid(&self) -> f64 {
        self.episode.mid
    }

    /// Orders bought minus orders sold.
    #[must_use]
    pub const fn inventory(&self) -> i32 {
        self.episode.inventory
    }

    /// Profit since the start, marked at the mid price, penalties aside. Unit: currency.
    #[must_use]
    pub const fn wealth(&self) -> f64 {
        self.episode.wealth
    }

    /// Orders bought and sold in the last step.
    #[must_use]
    pub const fn last_fills(&self) -> (i32, i32) {
        (self.episode.bought, self.episode.sold)
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

    /// One step on quotes themselves, which no action range bounds.
    pub fn play(&mut self, quotes: Quotes, shock: Shock<'_>) -> Step<'_> {
        if self.outcome().is_over() {
            return Step {
                observation: &self.observation,
                reward: 0.0,
                outcome: self.outcome(),
            };
        }
        let quotes = self.admit(quotes);
        let rules = &*self.rules;
        let reward = self
            .episode
            .play(&rules.spec, &rules.shock_space, quotes, shock);
        self.interventions.see_shock(self.episode.shock.projection);
        self.observe();
        Step {
            observation: &self.observation,
            reward,
            outcome: self.outcome(),
        }
    }

    /// Quotes, or none at all where one is no price.
    fn admit(&mut self, quotes: Quotes) -> Quotes {
        let sound = |offset: f64| offset > f64::NEG_INFINITY;
        if sound(quotes.bid_offset) && sound(quotes.ask_offset) {
            quotes
        } else {
            self.interventions.refused_actions += 1;
            Quotes::NONE
        }
    }

    fn observe(&mut self) {
        let (spec, map) = (&self.rules.spec, &self.rules.map);
        let snapshot = snapshot(spec, &self.episode);
        match spec.sight {
            Sight::LastMove => {
                map.observe(&snapshot, &self.episode.shock_bps, &mut self.observation);
            }
            Sight::Account => write_account(&snapshot, &mut self.observation),
        }
    }
}

fn snapshot(spec: &MarketMakingSpec, episode: &Episode) -> [f64; 3] {
    [
        episode.clean_move,
        f64::from(spec.n_steps - episode.n_played) / f64::from(spec.n_steps),
        f64::from(episode.inventory) / f64::from(spec.max_inventory),
    ]
}

/// The quotes of an action; `None` where it is none of the action space.
fn decode(spec: &MarketMakingSpec, action: Action<'_>) -> Option<Quotes> {
    match action {
        Action::Continuous([bid, ask]) if bid.is_finite() && ask.is_finite() => {
            Some(spec.quotes([*bid, *ask]))
        }
        _ => None,
    }
}

/// Quotes that are refused.
const NOT_QUOTES: Quotes = Quotes::symmetric(f64::NAN);

impl Env for MarketMaking {
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
        let quotes = decode(&self.rules.spec, action).unwrap_or(NOT_QUOTES);
        self.interventions.see_action(action);
        self.play(quotes, shock)
    }

    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        match self.rules.spec.sight {
            Sight::Account => None,
            Sight::LastMove => Some(Arc::new(self.rules.map)),
        }
    }

    fn snapshot(&self, out: &mut [f64]) {
        if self.rules.spec.sight == Sight::LastMove {
            out.copy_from_slice(&snapshot(&self.rules.spec, &self.episode));
        }
    }

    fn preview(&self, action: Action<'_>, out: &mut [f64]) {
        let rules = &*self.rules;
        if rules.spec.sight == Sight::LastMove {
            let mut episode = self.episode.clone();
            let quotes = decode(&rules.spec, action).unwrap_or(Quotes::NONE);
            episode.play(&rules.spec, &rules.shock_space, quotes, Shock::NONE);
            out.copy_from_slice(&snapshot(&rules.spec, &episode));
        }
    }

    fn n_refused(&self) -> u64 {
        self.interventions.refused_actions
    }
}
