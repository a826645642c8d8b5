//! The trait of a player.

use crate::{
    adversary::{AdversaryError, MarketView, TargetPolicy},
    env::{Action, ShockKind, ShockSpace},
    rng::Rng,
};
use std::fmt;

/// Chooses the adversary's moves for a batch of environment copies.
///
/// The adversary moves second: it knows the agent's action at bar t and chooses the shock of bar
/// t+1. The environment projects every shock onto its shock space.
///
/// ```
/// use shockproof::adversary::{
///     AdversaryError, PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockFreedom, ShockMoves,
///     ShockPlayer,
/// };
///
/// /// Prints every price as low as the budget allows.
/// struct AlwaysLower;
///
/// impl ShockPlayer for AlwaysLower {
///     fn needs(&self) -> PlayerNeeds {
///         PlayerNeeds {
///             sight: PlayerSight::ShockSpace,
///             freedom: ShockFreedom::Prices,
///         }
///     }
///     fn choose(
///         &self,
///         view: &PlayerView<'_>,
///         _noise: &mut dyn RowNoise,
///         moves: &mut ShockMoves<'_>,
///     ) -> Result<(), AdversaryError> {
///         moves.price_bps.fill(-view.shocks.budget_bps.get());
///         Ok(())
///     }
/// }
/// ```
pub trait ShockPlayer: Send + Sync {
    /// Data that the player reads, and quantities that it moves.
    fn needs(&self) -> PlayerNeeds;

    /// Writes the shocks of the next step to `moves`, which are clean before the call. All random
    /// numbers come from `noise`.
    ///
    /// # Errors
    /// [`AdversaryError`], which ends the training or the attack.
    fn choose(
        &self,
        view: &PlayerView<'_>,
        noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError>;

    /// Checks the player's own settings.
    ///
    /// # Errors
    /// [`AdversaryError::Parameter`] or another error that names the setting.
    fn check(&self) -> Result<(), AdversaryError> {
        Ok(())
    }
}

/// Data that a player reads, and quantities that it moves. Training, evaluation and configuration
/// depend on needs, never on the player's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayerNeeds {
    /// Data that the player reads.
    pub sight: PlayerSight,
    /// Quantities that the player moves.
    pub freedom: ShockFreedom,
}

/// Data that a player reads; each level includes the levels before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlayerSight {
    /// Only the shock space and random numbers. Such a player needs no network, so it can attack
    /// every strategy, baselines included.
    ShockSpace,
    /// The observations and the actions decided on them.
    Actions,
    /// The clean next bar, as snapshots for the shock map; the environment must have a shock map.
    NextBar,
    /// The networks of the policy.
    Policy,
    /// The next step's profit. Training refuses the player, because its shocks would carry future
    /// prices into the observations that the policy learns from.
    Hindsight,
}

/// Quantities that a player moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShockFreedom {
    /// No quantity.
    Nothing,
    /// Prices, and spreads and liquidity where they can be shocked.
    Prices,
    /// True prices, by jumps, and spreads and liquidity where they can be shocked.
    Jumps,
    /// Spreads and liquidity only.
    Multipliers,
    /// Everything that the shock space admits.
    Any,
}

impl PlayerNeeds {
    /// Freedom that the player needs but `shocks` does not grant, so that the player would silently
    /// do nothing; `None` if nothing is missing.
    #[must_use]
    pub fn missing(&self, shocks: &ShockSpace) -> Option<ShockFreedom> {
        let has_prices = shocks.budget_bps.get() > 0.0 && shocks.n_assets > 0;
        let has_multipliers = shocks.admits_multipliers();
        let is_free = match self.freedom {
            ShockFreedom::Nothing => true,
            ShockFreedom::Prices => has_prices,
            ShockFreedom::Jumps => has_prices && shocks.kind == ShockKind::Jump,
            ShockFreedom::Multipliers => has_multipliers,
            ShockFreedom::Any => has_prices || has_multipliers,
        };
        let missing = match self.freedom {
            ShockFreedom::Multipliers => ShockFreedom::Multipliers,
            ShockFreedom::Jumps if has_prices => ShockFreedom::Jumps,
            _ => ShockFreedom::Prices,
        };
        (!is_free).then_some(missing)
    }
}

/// Data that a player may read, for `n_rows` environment copies. The fields that the player's
/// [`PlayerNeeds::sight`] names are filled; others may be empty.
#[derive(Clone, Copy)]
pub struct PlayerView<'a> {
    /// Admissible shocks of one copy.
    pub shocks: &'a ShockSpace,
    /// Observations at the bar's end, `[n_rows, n_inputs]`.
    pub observations: &'a [f32],
    /// Actions decided on the observations, `[n_rows, n_dims]`.
    pub actions: Action<'a>,
    /// Clean next bar.
    pub market: Option<MarketView<'a>>,
    /// Policy under attack.
    pub policy: Option<&'a dyn TargetPolicy>,
}

impl<'a> PlayerView<'a> {
    /// View of a player that reads only the shock space.
    #[must_use]
    pub const fn blind(shocks: &'a ShockSpace) -> Self {
        Self {
            shocks,
            observations: &[],
            actions: Action::Continuous(&[]),
            market: None,
            policy: None,
        }
    }
}

impl fmt::Debug for PlayerView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayerView")
            .field("shocks", self.shocks)
            .field("actions", &self.actions)
            .finish_non_exhaustive()
    }
}

/// Shocks of the next step, which the player writes.
#[derive(Debug)]
pub struct ShockMoves<'a> {
    /// Log-price moves, `[n_rows, shocks.n_assets]`. Unit: bps, signed.
    pub price_bps: &'a mut [f64],
    /// Spread multipliers in [1, max], `[n_rows]`; empty where they cannot be shocked.
    pub spread_multipliers: &'a mut [f64],
    /// Liquidity multipliers in [min, 1], `[n_rows]`; empty where they cannot be shocked.
    pub liquidity_multipliers: &'a mut [f64],
}

/// Random generators for the rows of a batch.
///
/// In training, one shared generator serves all rows in order. In evaluation, each row has its own
/// generator, so a row's draws do not depend on the other rows of its batch.
pub trait RowNoise {
    /// Generator of `row`.
    fn of_row(&mut self, row: usize) -> &mut Rng;
}

impl RowNoise for Rng {
    fn of_row(&mut self, _row: usize) -> &mut Rng {
        self
    }
}

/// One generator per row.
#[derive(Debug)]
pub struct PerRow<'a>(
    /// Generators, at least as many as rows.
    pub &'a mut [Rng],
);

impl RowNoise for PerRow<'_> {
    fn of_row(&mut self, row: usize) -> &mut Rng {
        &mut self.0[row]
    }
}
