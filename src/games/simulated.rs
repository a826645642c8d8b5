//! Shared implementation of simulated markets: one price, one account, time, and projected shocks.

use super::{
    ObservedPrice, SimulatedInterventions,
    episode_rules::{EpisodeRules, StepContext},
    last_move::{LastMoveMap, account_field, write_account},
};
use crate::env::{Action, ActionSpace, Env, Outcome, Shock, ShockMap, ShockSpace, Step};
use crate::features::Layout;
use std::sync::Arc;

/// A simulated market under the rules `R`: [`crate::games::quoting::MarketMaking`] or
/// [`crate::games::execution::Execution`].
///
/// A clone shares the rules and continues the same episode with the same noise. A step after the
/// end changes nothing and gives reward 0.
#[derive(Debug, Clone)]
pub struct Simulated<R: EpisodeRules> {
    shared: Arc<Shared<R>>,
    episode: Episode<R::Position>,
    observation: Vec<f32>,
    interventions: SimulatedInterventions,
}

#[derive(Debug, Clone)]
struct Episode<P> {
    position: P,
    context: StepContext,
}

#[derive(Debug)]
struct Shared<R> {
    rules: R,
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    map: LastMoveMap,
}

impl<R: EpisodeRules> Simulated<R> {
    /// Builds a market under checked rules and resets it with seed 0.
    pub(super) fn with_rules(rules: R) -> Self {
        let account = vec![
            account_field("account.time_left", "fraction of the horizon", (0.0, 1.0)),
            rules.holdings_field(),
        ];
        let map = LastMoveMap {
            n_account: account.len(),
            per_bp: rules.sigmas_per_bp(),
        };
        let layout = rules.sight().layout(account);
        let mut env = Self {
            episode: Episode {
                position: rules.start(),
                context: StepContext::new(0),
            },
            observation: vec![0.0; layout.n_fields()],
            interventions: SimulatedInterventions::default(),
            shared: Arc::new(Shared {
                layout,
                action_space: ActionSpace::Continuous {
                    n_dims: R::N_DIMS,
                    low: -1.0,
                    high: 1.0,
                },
                shock_space: rules.shocks().space(1),
                map,
                rules,
            }),
        };
        env.observe();
        env
    }

    /// Rules of the market.
    #[must_use]
    pub fn spec(&self) -> &R {
        &self.shared.rules
    }

    pub(super) const fn position(&self) -> &R::Position {
        &self.episode.position
    }

    /// Number of steps played.
    #[must_use]
    pub const fn n_played(&self) -> u32 {
        self.episode.context.n_played
    }

    /// Shock of the last step, after projection onto the set.
    #[must_use]
    pub const fn applied_shock(&self) -> Shock<'_> {
        let context = &self.episode.context;
        Shock {
            price_bps: &context.shock_bps,
            spread_multiplier: context.shock.spread_multiplier,
            liquidity_multiplier: context.shock.liquidity_multiplier,
        }
    }

    /// Counts of clipped or refused inputs since the environment was built.
    #[must_use]
    pub const fn interventions(&self) -> SimulatedInterventions {
        self.interventions
    }

    /// State of the episode. Its end is a termination, because time left is part of the state.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.shared.outcome(&self.episode)
    }

    /// Plays one step with a move given directly instead of by an action: quotes
    /// ([`crate::games::quoting::MarketMaking`]), or the number of shares to sell, clamped to the
    /// holdings ([`crate::games::execution::Execution`]).
    pub fn play(&mut self, given: R::Move, shock: Shock<'_>) -> Step<'_> {
        let mut reward = 0.0;
        if !self.outcome().is_over() {
            let counts = &mut self.interventions;
            reward = self.shared.play(&mut self.episode, given, shock, counts);
            counts.count_shock(self.episode.context.shock.projection);
            self.observe();
        }
        Step {
            observation: &self.observation,
            reward,
            outcome: self.outcome(),
        }
    }

    fn decode(&self, action: Action<'_>) -> R::Move {
        let given = match action {
            Action::Continuous(numbers) if numbers.iter().all(|a| a.is_finite()) => {
                self.spec().decode(self.position(), numbers)
            }
            _ => None,
        };
        given.unwrap_or(R::NO_MOVE)
    }

    fn observe(&mut self) {
        let snapshot = self.shared.snapshot(&self.episode);
        match self.spec().sight() {
            ObservedPrice::LastMove => {
                let shock_bps = &self.episode.context.shock_bps;
                let map = &self.shared.map;
                map.observe(&snapshot, shock_bps, &mut self.observation);
            }
            ObservedPrice::Account => write_account(&snapshot, &mut self.observation),
        }
    }
}

impl<R: EpisodeRules> Shared<R> {
    fn outcome(&self, episode: &Episode<R::Position>) -> Outcome {
        if episode.context.n_played < self.rules.n_steps() {
            Outcome::Running
        } else {
            Outcome::Terminated
        }
    }

    /// Plays one step of a running episode; returns its reward.
    fn play(
        &self,
        episode: &mut Episode<R::Position>,
        given: R::Move,
        shock: Shock<'_>,
        counts: &mut SimulatedInterventions,
    ) -> f64 {
        let Episode { position, context } = episode;
        let admitted = self.rules.admit(position, given, counts);
        context.begin_step(&self.shock_space, shock);
        self.rules.play(position, context, admitted)
    }

    /// Snapshot `[clean last move | time left, holdings]`.
    fn snapshot(&self, episode: &Episode<R::Position>) -> [f64; 3] {
        let n_steps = self.rules.n_steps();
        [
            episode.context.clean_move,
            f64::from(n_steps - episode.context.n_played) / f64::from(n_steps),
            self.rules.holdings(&episode.position),
        ]
    }
}

impl<R: EpisodeRules> Env for Simulated<R> {
    fn layout(&self) -> &Layout {
        &self.shared.layout
    }

    fn action_space(&self) -> &ActionSpace {
        &self.shared.action_space
    }

    fn shock_space(&self) -> &ShockSpace {
        &self.shared.shock_space
    }

    fn reset(&mut self, seed: u64) -> &[f32] {
        self.episode = Episode {
            position: self.spec().start(),
            context: StepContext::new(seed),
        };
        self.observe();
        &self.observation
    }

    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_> {
        self.interventions.count_action(action);
        self.play(self.decode(action), shock)
    }

    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        match self.spec().sight() {
            ObservedPrice::Account => None,
            ObservedPrice::LastMove => Some(Arc::new(self.shared.map)),
        }
    }

    fn snapshot(&self, out: &mut [f64]) {
        if self.spec().sight() == ObservedPrice::LastMove {
            out.copy_from_slice(&self.shared.snapshot(&self.episode));
        }
    }

    fn preview(&self, action: Action<'_>, out: &mut [f64]) {
        if self.spec().sight() == ObservedPrice::LastMove {
            let (mut ahead, mut uncounted) = (self.episode.clone(), self.interventions);
            if !self.outcome().is_over() {
                let given = self.decode(action);
                self.shared
                    .play(&mut ahead, given, Shock::NONE, &mut uncounted);
            }
            out.copy_from_slice(&self.shared.snapshot(&ahead));
        }
    }

    fn n_refused(&self) -> u64 {
        self.interventions.refused_actions
    }
}
