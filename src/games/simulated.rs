//! The part that all simulated markets share: one price, one account, time, and projected shocks.

use super::{
    ObservedPrice, SimulatedInterventions,
    last_move::{LastMoveMap, account_field, write_account},
};
use crate::env::{
    Action, ActionSpace, Env, Outcome, ProjectedShock, Shock, ShockMap, ShockSpace, ShockSpec, Step,
};
use crate::{
    features::{Field, Layout},
    rng::{Component, Rng, Streams},
};
use rand::Rng as _;
use rand_distr::StandardNormal;
use std::{fmt, sync::Arc};

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

/// The rules of one step; [`Simulated`] does the rest.
pub trait EpisodeRules: fmt::Debug + Clone + Send + Sync + 'static {
    /// State that the agent's moves change.
    type Position: fmt::Debug + Clone + Send;
    /// The agent's move before any range of actions.
    type Move: Copy;
    /// Numbers of an action, each in [−1, 1].
    const N_DIMS: usize;
    /// The move of an invalid action.
    const NO_MOVE: Self::Move;

    /// Steps of an episode.
    fn n_steps(&self) -> u32;
    /// Observed part of the price.
    fn sight(&self) -> ObservedPrice;
    /// Admissible shocks.
    fn shocks(&self) -> &ShockSpec;
    /// Standard deviations of a step's move per bp of the initial price.
    fn sigmas_per_bp(&self) -> f64;
    /// Layout of the holdings field of the account.
    fn holdings_field(&self) -> Field;
    /// Value of that field.
    fn holdings(&self, position: &Self::Position) -> f64;
    /// Position at the start.
    fn start(&self) -> Self::Position;
    /// Move of an action of finite numbers; `None` outside the action space.
    fn decode(&self, position: &Self::Position, numbers: &[f32]) -> Option<Self::Move>;
    /// Clips or refuses a move, and counts that.
    fn admit(
        &self,
        position: &Self::Position,
        given: Self::Move,
        counts: &mut SimulatedInterventions,
    ) -> Self::Move;
    /// Plays the step that `context` has begun; returns its reward.
    fn play(
        &self,
        position: &mut Self::Position,
        context: &mut StepContext,
        admitted: Self::Move,
    ) -> f64;
}

/// The state of an episode.
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

/// Time, noise and shocks of an episode; the agent's moves do not change them.
#[derive(Debug, Clone)]
pub struct StepContext {
    pub(super) rng: Rng,
    /// Steps begun, the current one included.
    pub(super) n_played: u32,
    /// The price's move over the last step without shock and impact. Unit: standard deviations of a
    /// step.
    pub(super) clean_move: f64,
    spent_bps: f64,
    pub(super) shock_bps: [f64; 1],
    pub(super) shock: ProjectedShock,
}

impl StepContext {
    fn new(seed: u64) -> Self {
        Self {
            rng: Streams::new(seed).stream(Component::Market, 0),
            n_played: 0,
            clean_move: 0.0,
            spent_bps: 0.0,
            shock_bps: [0.0],
            shock: ProjectedShock::CLEAN,
        }
    }

    /// Draws the noise and applies the shock. The draws do not depend on moves, so two agents meet
    /// the same noise.
    fn begin_step(&mut self, space: &ShockSpace, shock: Shock<'_>) {
        self.shock = space.project(shock, self.spent_bps, &mut self.shock_bps);
        self.spent_bps += self.shock.norm_bps;
        self.clean_move = self.rng.sample(StandardNormal);
        self.n_played += 1;
    }
}

impl<R: EpisodeRules> Simulated<R> {
    /// A market under checked rules, reset with seed 0.
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

    /// The rules.
    #[must_use]
    pub fn spec(&self) -> &R {
        &self.shared.rules
    }

    /// Current position.
    pub(super) const fn position(&self) -> &R::Position {
        &self.episode.position
    }

    /// Steps played.
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

    /// Plays one step on a move outside the range of actions: quotes
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

    /// Plays one step of an episode that is running; returns its reward.
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

    /// The snapshot `[clean last move | time left, holdings]`.
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
