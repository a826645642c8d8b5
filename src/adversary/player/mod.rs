//! Players: they choose the shocks of a rollout or of an attack.
//!
//! | file | holds |
//! |---|---|
//! | `spec` | [`Player`]: the choice in a configuration |
//! | `part` | [`ShockPlayer`]: the contract of every player, built-in or from outside |
//! | `needs` | [`PlayerNeeds`]: the view and the freedom that a player needs |
//! | `clean` `random` `gradient` `starve` | the built-in players |

mod clean;
mod gradient;
mod needs;
mod part;
mod random;
mod spec;
mod starve;

pub use needs::{PlayerNeeds, PlayerSight, ShockFreedom};
pub use part::{PlayerView, ShockMoves, ShockPlayer};
pub use spec::Player;
