//! Objectives of an attack: functions L of the policy's output; a larger L is worse for the agent.
//! `part` holds the trait, `spec` the choice in a configuration.

mod causal;
mod one_step_pnl;
mod part;
mod positions;
mod spec;

pub use part::{AttackObjective, ObjectiveNeeds, ObjectiveRow};
pub use positions::Positions;
pub use spec::Objective;
