//! What every simulated market does, whatever is played in it: one price, one account, a clock,
//! shocks and their projection.

use super::{
    Sight, SimulatedInterventions,
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

/// An episode of a market played by the rules `R`: [`crate::games::quoting::MarketMaking`] or
/// [`crate::games::execution::Execution`].
///
/// Copies share their rules. A clone is a copy in the midst of its episode: left alone, both meet
/// the same future. A step after the end changes nothing and gives reward 0.
#[derive(Debug, Clone)]
pub struct Simulated<R: EpisodeRules> {
    laws: Arc<Laws<R>>,
    episode: Episode<R::Position>,
    observation: Vec<f32>,
    interventions: SimulatedInterventions,
}

/// What a step of a market is; everything around it is [`Simulated`]'s.
pub trait EpisodeRules: fmt::Debug + Clone + Send + Sync + 'static {
    /// What the moves of an episode change.
    type Position: fmt::Debug + Clone + Send;
    /// The agent's move, before any range of actions.
    type Move: Copy;
    /// Numbers of an action, each in [−1, 1].
    const N_DIMS: usize;
    /// The move of an action that is none.
    const NO_MOVE: Self::Move;

    /// Steps of an episode.
    fn n_steps(&self) -> u32;
    /// What is observed besides the account.
    fn sight(&self) -> Sight;
    /// Admissible shocks.
    fn shocks(&self) -> &ShockSpec;
    /// Standard deviations of a step's move per bp of the initial price.
    fn sigmas_per_bp(&self) -> f64;
    /// What the account holds, besides time left.
    fn holdings_field(&self) -> Field;
    /// That field.
    fn holdings(&self, position: &Self::Position) -> f64;
    /// The first position.
    fn start(&self) -> Self::Position;
    /// The move that an action of finite numbers stands for; `None` where it is none of the action
    /// space.
    fn decode(&self, position: &Self::Position, numbers: &[f32]) -> Option<Self::Move>;
    /// The move that is played for the one that is asked for; what is not taken as given is
    /// counted.
    fn admit(
        &self,
        position: &Self::Position,
        asked: Self::Move,
        counts: &mut SimulatedInterventions,
    ) -> Self::Move;
    /// Plays the step that `course` has begun; returns its reward.
    fn play(&self, position: &mut Self::Position, course: &mut Course, admitted: Self::Move)
    -> f64;
}

/// Everything about an episode that changes.
#[derive(Debug, Clone)]
struct Episode<P> {
    position: P,
    course: Course,
}

#[derive(Debug)]
struct Laws<R> {
    rules: R,
    layout: Layout,
    action_space: ActionSpace,
    shock_space: ShockSpace,
    map: LastMoveMap,
}

/// The part of an episode that no move but the adversary's changes.
#[derive(Debug, Clone)]
pub struct Course {
    pub(super) rng: Rng,
    /// Steps begun: within a step, that one too.
    pub(super) n_played: u32,
    /// The price's move over the last step without shock and impact. Unit: standard deviations of a
    /// step.
    pub(super) clean_move: f64,
    spent_bps: f64,
    pub(super) shock_bps: [f64; 1],
    pub(super) shock: ProjectedShock,
}

impl Course {
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

    /// Chance and the adversary. What chance draws does not depend on the moves, so two players
    /// meet the same noise.
    fn begin_step(&mut self, space: &ShockSpace, shock: Shock<'_>) {
        self.shock = space.project(shock, self.spent_bps, &mut self.shock_bps);
        self.spent_bps += self.shock.norm_bps;
        self.clean_move = self.rng.sample(StandardNormal);
        self.n_played += 1;
    }
}

impl<R: EpisodeRules> Simulated<R> {
    /// A market by rules that were checked, reset with seed 0.
    pub(super) fn by(rules: R) -> Self {
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
                course: Course::new(0),
            },
            observation: vec![0.0; layout.n_fields()],
            interventions: SimulatedInterventions::default(),
            laws: Arc::new(Laws {
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
        &self.laws.rules
    }

    /// What the moves so far have come to.
    pub(super) const fn position(&self) -> &R::Position {
        &self.episode.position
    }

    /// Steps played.
    #[must_use]
    pub const fn n_played(&self) -> u32 {
        self.episode.course.n_played
    }

    /// The shock that was applied in the last step, after projection onto the set.
    #[must_use]
    pub const fn applied_shock(&self) -> Shock<'_> {
        let course = &self.episode.course;
        Shock {
            price_bps: &course.shock_bps,
            spread_multiplier: course.shock.spread_multiplier,
            liquidity_multiplier: course.shock.liquidity_multiplier,
        }
    }

    /// How often an action or a shock was not taken as given, since the environment was built.
    #[must_use]
    pub const fn interventions(&self) -> SimulatedInterventions {
        self.interventions
    }

    /// Whether the episode goes on. At its end it is terminated: time left is part of the state,
    /// and nothing follows it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.laws.outcome(&self.episode)
    }

    /// One step on a move itself, which no range of actions bounds: quotes
    /// ([`crate::games::quoting::MarketMaking`]), or the number of shares to sell, moved into 0 to
    /// the holdings ([`crate::games::execution::Execution`]).
    pub fn play(&mut self, asked: R::Move, shock: Shock<'_>) -> Step<'_> {
        let mut reward = 0.0;
        if !self.outcome().is_over() {
            let counts = &mut self.interventions;
            reward = self.laws.play(&mut self.episode, asked, shock, counts);
            counts.see_shock(self.episode.course.shock.projection);
            self.observe();
        }
        Step {
            observation: &self.observation,
            reward,
            outcome: self.outcome(),
        }
    }

    fn decode(&self, action: Action<'_>) -> R::Move {
        let asked = match action {
            Action::Continuous(numbers) if numbers.iter().all(|a| a.is_finite()) => {
                self.spec().decode(self.position(), numbers)
            }
            _ => None,
        };
        asked.unwrap_or(R::NO_MOVE)
    }

    fn observe(&mut self) {
        let snapshot = self.laws.snapshot(&self.episode);
        match self.spec().sight() {
            Sight::LastMove => {
                let shock_bps = &self.episode.course.shock_bps;
                let map = &self.laws.map;
                map.observe(&snapshot, shock_bps, &mut self.observation);
            }
            Sight::Account => write_account(&snapshot, &mut self.observation),
        }
    }
}

impl<R: EpisodeRules> Laws<R> {
    fn outcome(&self, episode: &Episode<R::Position>) -> Outcome {
        if episode.course.n_played < self.rules.n_steps() {
            Outcome::Running
        } else {
            Outcome::Terminated
        }
    }

    /// One step of an episode that is not over; returns its reward.
    fn play(
        &self,
        episode: &mut Episode<R::Position>,
        asked: R::Move,
        shock: Shock<'_>,
        counts: &mut SimulatedInterventions,
    ) -> f64 {
        let Episode { position, course } = episode;
        let admitted = self.rules.admit(position, asked, counts);
        course.begin_step(&self.shock_space, shock);
        self.rules.play(position, course, admitted)
    }

    /// `[clean last move | time left, holdings]`
    fn snapshot(&self, episode: &Episode<R::Position>) -> [f64; 3] {
        let n_steps = self.rules.n_steps();
        [
            episode.course.clean_move,
            f64::from(n_steps - episode.course.n_played) / f64::from(n_steps),
            self.rules.holdings(&episode.position),
        ]
    }
}

impl<R: EpisodeRules> Env for Simulated<R> {
    fn layout(&self) -> &Layout {
        &self.laws.layout
    }

    fn action_space(&self) -> &ActionSpace {
        &self.laws.action_space
    }

    fn shock_space(&self) -> &ShockSpace {
        &self.laws.shock_space
    }

    fn reset(&mut self, seed: u64) -> &[f32] {
        self.episode = Episode {
            position: self.spec().start(),
            course: Course::new(seed),
        };
        self.observe();
        &self.observation
    }

    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_> {
        self.interventions.see_action(action);
        self.play(self.decode(action), shock)
    }

    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        match self.spec().sight() {
            Sight::Account => None,
            Sight::LastMove => Some(Arc::new(self.laws.map)),
        }
    }

    fn snapshot(&self, out: &mut [f64]) {
        if self.spec().sight() == Sight::LastMove {
            out.copy_from_slice(&self.laws.snapshot(&self.episode));
        }
    }

    fn preview(&self, action: Action<'_>, out: &mut [f64]) {
        if self.spec().sight() == Sight::LastMove {
            let (mut ahead, mut uncounted) = (self.episode.clone(), self.interventions);
            if !self.outcome().is_over() {
                let asked = self.decode(action);
                self.laws
                    .play(&mut ahead, asked, Shock::NONE, &mut uncounted);
            }
            out.copy_from_slice(&self.laws.snapshot(&ahead));
        }
    }

    fn n_refused(&self) -> u64 {
        self.interventions.refused_actions
    }
}
