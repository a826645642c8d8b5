//! The contract of a player.

use crate::{
    adversary::{AdversaryError, MarketView, TargetPolicy},
    env::{Action, ShockSpace},
    rng::Rng,
};
use std::fmt;

/// Chooses the adversary's moves for a batch of environment copies.
///
/// The adversary moves second: it sees what the agent decided at bar t and chooses the shock of
/// bar t+1. The environment projects every move onto its shock space.
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
    /// The view and the freedom that the player needs.
    fn needs(&self) -> PlayerNeeds;

    /// Writes the shocks of the next step into `moves`, which arrive clean. All random numbers come
    /// from `noise`.
    ///
    /// # Errors
    /// [`AdversaryError`]; it ends the training or the attack.
    fn choose(
        &self,
        view: &PlayerView<'_>,
        noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError>;

    /// Checks the player's own settings.
    ///
    /// # Errors
    /// [`AdversaryError::Parameter`] or another one that names the setting.
    fn check(&self) -> Result<(), AdversaryError> {
        Ok(())
    }
}

/// The view and the freedom that a player needs. Training, evaluation and configuration ask for
/// these and never for the player's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayerNeeds {
    /// The quantities that it reads.
    pub sight: PlayerSight,
    /// The quantities that it moves.
    pub freedom: ShockFreedom,
}

/// The quantities that a player reads; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlayerSight {
    /// The shock space and its own random numbers: such a player can attack a trader of any kind.
    ShockSpace,
    /// The observations and the actions that were decided on them.
    Actions,
    /// The clean next bar, as snapshots for the shock map. An environment without a shock map
    /// refuses the player.
    NextBar,
    /// The networks of the policy.
    Policy,
    /// The next step's profit. Training refuses the player: its shocks would print the future into
    /// the observations that the policy learns from.
    Hindsight,
}

/// The quantities that a player moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShockFreedom {
    /// Nothing.
    Nothing,
    /// Prices, and spreads and liquidity where they can be shocked.
    Prices,
    /// Spreads and liquidity alone.
    Multipliers,
    /// Whatever the shock space admits.
    Any,
}

impl PlayerNeeds {
    /// The freedom that `shocks` must grant and does not: a player without it would do nothing,
    /// silently.
    #[must_use]
    pub fn missing(&self, shocks: &ShockSpace) -> Option<ShockFreedom> {
        let has_prices = shocks.budget_bps.get() > 0.0 && shocks.n_assets > 0;
        let has_multipliers = shocks.admits_multipliers();
        let is_free = match self.freedom {
            ShockFreedom::Nothing => true,
            ShockFreedom::Prices => has_prices,
            ShockFreedom::Multipliers => has_multipliers,
            ShockFreedom::Any => has_prices || has_multipliers,
        };
        let missing = match self.freedom {
            ShockFreedom::Multipliers => ShockFreedom::Multipliers,
            _ => ShockFreedom::Prices,
        };
        (!is_free).then_some(missing)
    }
}

/// The quantities that a player may read, for `n_rows` environment copies side by side. The fields
/// that its [`PlayerNeeds::sight`] names are filled; others may be empty.
#[derive(Clone, Copy)]
pub struct PlayerView<'a> {
    /// The admissible shocks of one copy.
    pub shocks: &'a ShockSpace,
    /// Observations at the bar's end, `[n_rows, n_inputs]`.
    pub observations: &'a [f32],
    /// Actions decided on them, `[n_rows, n_dims]`.
    pub actions: Action<'a>,
    /// The clean next bar.
    pub market: Option<MarketView<'a>>,
    /// The policy under attack.
    pub policy: Option<&'a dyn TargetPolicy>,
}

impl<'a> PlayerView<'a> {
    /// The view of a player that reads nothing but the shock space.
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

/// The shocks of the next step, to be written.
#[derive(Debug)]
pub struct ShockMoves<'a> {
    /// Log-price moves, `[n_rows, shocks.n_assets]`. Unit: bps, signed.
    pub price_bps: &'a mut [f64],
    /// Spread multipliers in [1, max], `[n_rows]`; empty where the environment admits none.
    pub spread_multipliers: &'a mut [f64],
    /// Liquidity multipliers in [min, 1], `[n_rows]`; empty likewise.
    pub liquidity_multipliers: &'a mut [f64],
}

/// A generator for each row of a batch.
///
/// One shared generator serves all rows in order (training). One generator per row makes a row's
/// numbers independent of the other rows in its batch (evaluation).
pub trait RowNoise {
    /// The generator of `row`.
    fn of_row(&mut self, row: usize) -> &mut Rng;
}

impl RowNoise for Rng {
    fn of_row(&mut self, _row: usize) -> &mut Rng {
        self
    }
}

/// One generator per row; at least as many as rows.
#[derive(Debug)]
pub struct PerRow<'a>(
    /// The generators.
    pub &'a mut [Rng],
);

impl RowNoise for PerRow<'_> {
    fn of_row(&mut self, row: usize) -> &mut Rng {
        &mut self.0[row]
    }
}
