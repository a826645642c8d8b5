//! Penalties on the policy, as a rule on its Jacobian.
//!
//! [`Regularizer`] is what a file holds; [`Penalize`] is what each value becomes.
//!
//! | value | penalty R (before its weight) | file |
//! |---|---|---|
//! | [`Regularizer::None`] | none: plain actor-critic, bit for bit | |
//! | [`Regularizer::Adversarial`] | `mean ‖J(φ(h, z_k)) B_k u_k‖²`, `u_k` the ascent directions (AAJR) | `directional` |
//! | [`Regularizer::RandomDirection`] | the same with random `u_k` at the same points (ablation) | `directional` |
//! | [`Regularizer::Frobenius`] | mean ‖J‖_F² over all input directions (the global rival) | `frobenius` |
//! | [`Regularizer::Own`] | a [`Penalize`] from outside the crate | `on_host` |
//!
//! J is the Jacobian of [`ActorCritic::output`](crate::policy::ActorCritic::output): of the
//! (squashed) mean, or of the probabilities. A built-in regularizer takes a file here and a value
//! in `choice`.

mod choice;
mod directional;
mod frobenius;
mod on_host;
mod penalize;
mod sensitivity;
#[cfg(test)]
mod tests;

pub use choice::Regularizer;
pub use directional::Form;
pub use penalize::{Penalize, Penalty};
pub use sensitivity::{Sensitivity, jacobian_norms, sensitivities};
