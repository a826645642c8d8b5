//! Objectives of an attack: L of the policy's output, larger is worse for the agent. `part` is
//! their contract, `spec` the choice in a configuration.

mod causal;
mod one_step_pnl;
mod part;
mod positions;
mod spec;

pub use part::{AttackObjective, ObjectiveNeeds, ObjectiveRow};
pub use positions::Positions;
pub use spec::Objective;
