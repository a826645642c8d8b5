//! Shocks of a rollout's steps, chosen by the player.

use super::{TrainConfig, TrainError};
use crate::{
    adversary::{
        MarketView, Player, PlayerNeeds, PlayerSight, PlayerView, ShockFreedom, ShockMoves,
        TargetPolicy,
    },
    env::{Action, Env, Shocks, VectorEnv},
    rng::Rng,
};

/// The player, the copies that it shocks, and its moves in the current step.
#[derive(Debug)]
pub(super) struct RolloutShocks {
    player: Player,
    needs: PlayerNeeds,
    /// Number of copies that the player shocks, counted from the first copy.
    n_shocked: usize,
    pub(super) price_bps: Vec<f64>,
    /// Spread multiplier per copy; empty if the environment admits no multipliers.
    spread_multipliers: Vec<f64>,
    /// Liquidity multiplier per copy; empty if the environment admits no multipliers.
    liquidity_multipliers: Vec<f64>,
}

impl RolloutShocks {
    pub(super) fn new<E>(vector: &VectorEnv<E>, config: &TrainConfig) -> Result<Self, TrainError> {
        let (n_copies, shocks) = (vector.n_copies(), vector.shock_space());
        let n_multipliers = if shocks.admits_multipliers() {
            n_copies
        } else {
            0
        };
        let needs = config.player.part()?.needs();
        Ok(Self {
            player: config.player.clone(),
            needs,
            n_shocked: share_of(n_copies, config.shocked_share),
            price_bps: vec![0.0; n_copies * shocks.n_assets],
            spread_multipliers: vec![1.0; n_multipliers],
            liquidity_multipliers: vec![1.0; n_multipliers],
        })
    }

    /// Returns true for a player that never moves; copies then need not wait for each other.
    pub(super) fn is_idle(&self) -> bool {
        self.needs.freedom == ShockFreedom::Nothing
    }

    pub(super) fn choose<E: Env + 'static>(
        &mut self,
        vector: &mut VectorEnv<E>,
        policy: &dyn TargetPolicy,
        actions: Action<'_>,
        rng: &mut Rng,
    ) -> Result<Shocks<'_>, TrainError> {
        let n = self.n_shocked;
        if self.is_idle() || n == 0 {
            return Ok(Shocks::NONE);
        }
        let is_shown = self.needs.sight >= PlayerSight::NextBar;
        if is_shown {
            vector.preview(actions)?;
        }
        let map = vector.shock_map();
        let view = PlayerView {
            shocks: vector.shock_space(),
            observations: &vector.observations()[..n * vector.layout().n_fields()],
            actions: actions.rows(0, n, vector.action_space().n_dims()),
            market: map.as_deref().filter(|_| is_shown).map(|map| MarketView {
                map,
                snapshots: &vector.previews()[..n * vector.snapshot_len()],
                action_space: vector.action_space(),
            }),
            policy: Some(policy),
        };
        let n_multipliers = n.min(self.spread_multipliers.len());
        let moves = ShockMoves {
            price_bps: &mut self.price_bps[..n * view.shocks.n_assets],
            spread_multipliers: &mut self.spread_multipliers[..n_multipliers],
            liquidity_multipliers: &mut self.liquidity_multipliers[..n_multipliers],
        };
        self.player.choose(&view, rng, moves)?;
        Ok(Shocks {
            price_bps: &self.price_bps,
            spread_multipliers: &self.spread_multipliers,
            liquidity_multipliers: &self.liquidity_multipliers,
        })
    }
}

/// Returns `share` of `n`, rounded to the nearest integer.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share in [0, 1] of a small count"
)]
pub(super) fn share_of(n: usize, share: f64) -> usize {
    ((n as f64 * share).round() as usize).min(n)
}
