//! Players choose the shocks of a rollout or of an attack. `part` holds the trait, `spec` the
//! choice in a configuration.

mod against_position;
mod blind;
mod gradient;
mod part;
mod spec;

pub use part::{
    PerRow, PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockFreedom, ShockMoves, ShockPlayer,
};
pub use spec::Player;
