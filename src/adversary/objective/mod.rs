//! Objectives of an attack: L of the policy's output, larger is worse for the agent.
//!
//! | file | holds |
//! |---|---|
//! | `spec` | [`Objective`]: the choice in a configuration |
//! | `part` | [`AttackObjective`]: the contract of every objective, built-in or from outside |
//! | `causal` `one_step_pnl` | the built-in objectives |
//! | `positions` | [`Positions`]: the portfolio weights that an output stands for |

mod causal;
mod one_step_pnl;
mod part;
mod positions;
mod spec;

pub use part::{AttackObjective, ObjectiveNeeds, ObjectiveRow};
pub use positions::Positions;
pub use spec::Objective;
