//! Penalties on the policy's Jacobian. A file holds a [`Regularizer`]; each of its values becomes a
//! [`Penalize`].
//!
//! | value | penalty R (before its weight) |
//! |---|---|
//! | [`Regularizer::None`] | none: plain actor-critic, bit for bit |
//! | [`Regularizer::Adversarial`] | `mean ‖J(φ(h, z_k)) B_k u_k‖²`, u: ascent directions |
//! | [`Regularizer::RandomDirection`] | the same with random u at the same points |
//! | [`Regularizer::Frobenius`] | mean ‖J‖_F² over all input directions |
//! | [`Regularizer::Own`] | a [`Penalize`] from outside the crate |
//!
//! J is the Jacobian of [`ActorCritic::output`](crate::policy::ActorCritic::output): of the
//! (squashed) mean, or of the probabilities. A new built-in regularizer needs a file here and a
//! value in `choice`.

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
