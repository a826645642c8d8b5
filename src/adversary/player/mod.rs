//! Players: they choose the shocks of a rollout or of an attack.
//!
//! | file | holds |
//! |---|---|
//! | `spec` | [`Player`]: the choice in a configuration |
//! | `part` | [`ShockPlayer`]: the contract of every player, built-in or from outside |
//! | `needs` | [`PlayerNeeds`]: the view and the freedom that a player needs |
//! | `blind` `gradient` | the built-in players |

mod blind;
mod gradient;
mod needs;
mod part;
mod spec;

pub use needs::{PlayerNeeds, PlayerSight, ShockFreedom};
pub use part::{PerRow, PlayerView, RowNoise, ShockMoves, ShockPlayer};
pub use spec::Player;
