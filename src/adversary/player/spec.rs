//! The choice of a player in a configuration.

use super::{
    PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockMoves, ShockPlayer,
    against_position::AgainstPosition, blind::Blind,
};
use crate::{
    adversary::{AdversaryError, AscentConfig, AttackObjective},
    own::{Own, OwnError, Shelf},
};
use serde::{Deserialize, Serialize};

/// Player that chooses shocks. Prices move within the ball of the shock space; spreads and
/// liquidity move within their ranges where the space admits any
/// ([`ShockSpace::admits_multipliers`](crate::env::ShockSpace::admits_multipliers)).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Player {
    /// Leaves the market clean. Pick it for plain training.
    #[default]
    None,
    /// Draws price shocks uniformly from the ball of the budget, spreads and liquidity uniformly
    /// from their ranges. Pick it as the weakest adversary, or to attack a trader without networks.
    Random,
    /// Climbs in price space against the current policy and plays the worst of the K + 1 points of
    /// its best trajectory; plays spread and liquidity as `Starve` does. Under `kind: Jump` the
    /// objective contains the loss of the weights that the jump hits, and the move of
    /// `AgainstPosition` is one of the points. Pick it for adversarial training.
    ///
    /// In trading and execution no other multipliers are worse, because the cost of a trade grows
    /// with the spread and falls with liquidity. In [`crate::games::quoting::MarketMaking`], where
    /// the multipliers act on the decay and the arrivals of orders, this is a heuristic: other
    /// multipliers can hurt a quoter deep in inventory more
    /// ([`crate::games::quoting::closed_form::QuotingProblem::solve_against`]); the worst response
    /// is [`crate::games::quoting::closed_form::WorstResponse`].
    Gradient(AscentConfig),
    /// Plays the widest spread and the least liquidity in every step and leaves prices clean. Pick
    /// it where trading costs are the risk; in quoting it is not always the worst, see `Gradient`.
    Starve,
    /// Plays the price move that does the most harm to the weights held during the step: −budget ·
    /// sign(w) under `LInf`, −budget · w / ‖w‖₂ under `L2`; plays spread and liquidity as `Starve`
    /// does. It knows the weights as filled and no later price. Pick it against jumps; it needs
    /// `kind: Jump`.
    AgainstPosition,
    /// Plays a player from outside the crate. Pick it for an attack that no built-in player makes.
    Own(Own<dyn ShockPlayer>),
}

impl Player {
    /// The [`ShockPlayer`] behind this choice.
    ///
    /// # Errors
    /// [`OwnError::Unresolved`] for an own player that no shelf has resolved.
    pub fn part(&self) -> Result<&dyn ShockPlayer, OwnError> {
        Ok(match self {
            Self::None => &Blind::Clean,
            Self::Random => &Blind::Random,
            Self::Gradient(config) => config,
            Self::Starve => &Blind::Starve,
            Self::AgainstPosition => &AgainstPosition,
            Self::Own(own) => own.part()?.as_ref(),
        })
    }

    /// Makes an own player, or the own objective of a gradient player, from the shelves.
    ///
    /// # Errors
    /// [`OwnError`] of a shelf.
    pub fn resolve(
        &mut self,
        players: &Shelf<dyn ShockPlayer>,
        objectives: &Shelf<dyn AttackObjective>,
    ) -> Result<(), OwnError> {
        match self {
            Self::Own(own) => own.resolve(players),
            Self::Gradient(config) => config.objective.resolve(objectives),
            _ => Ok(()),
        }
    }

    /// Name of the player in a configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::None => "None",
            Self::Random => "Random",
            Self::Gradient(_) => "Gradient",
            Self::Starve => "Starve",
            Self::AgainstPosition => "AgainstPosition",
            Self::Own(own) => own.name(),
        }
    }

    /// Checks the player's settings. An unresolved own player passes here and fails in
    /// [`Player::part`].
    ///
    /// # Errors
    /// [`AdversaryError`] naming the setting.
    pub fn check(&self) -> Result<(), AdversaryError> {
        self.part().map_or(Ok(()), ShockPlayer::check)
    }

    /// Data that the player reads and quantities that it moves; `None` for an unresolved own
    /// player.
    #[must_use]
    pub fn needs(&self) -> Option<PlayerNeeds> {
        self.part().ok().map(ShockPlayer::needs)
    }

    /// Returns true if the player reads only the shock space; it can then attack any trader.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.needs()
            .is_some_and(|needs| needs.sight == PlayerSight::ShockSpace)
    }

    /// Resets `moves` to the clean market and lets the player write them.
    ///
    /// # Errors
    /// [`AdversaryError`] of the player.
    pub fn choose(
        &self,
        view: &PlayerView<'_>,
        noise: &mut dyn RowNoise,
        mut moves: ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        moves.price_bps.fill(0.0);
        moves.spread_multipliers.fill(1.0);
        moves.liquidity_multipliers.fill(1.0);
        self.part()?.choose(view, noise, &mut moves)
    }
}
