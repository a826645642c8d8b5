//! The player that plays nothing.

use super::{PlayerNeeds, PlayerSight, PlayerView, ShockFreedom, ShockMoves, ShockPlayer};
use crate::adversary::{AdversaryError, RowNoise};

/// Leaves the market clean.
pub(super) struct Clean;

impl ShockPlayer for Clean {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: PlayerSight::ShockSpace,
            freedom: ShockFreedom::Nothing,
        }
    }

    fn choose(
        &self,
        _view: &PlayerView<'_>,
        _noise: &mut dyn RowNoise,
        _moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        Ok(())
    }
}
