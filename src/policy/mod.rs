//! Policy and value networks on the tensor library (dfdx), generic over scalar and device.
//!
//! * [`Mlp`]: dense layers with sizes known at run time; [`ActorCritic`]: a policy network, a value
//!   network and a head.
//! * [`ActorCritic::distribution`] for learning, [`ActorCritic::output`] for what is executed and
//!   attacked, [`ActorCritic::output_jvp`] for its exact forward tangent: one ordinary backward
//!   pass through the tangent gives its exact weight gradient, so no second-order differentiation
//!   is needed.
//! * [`ActorCritic::differentiate`], [`ActorCritic::tangent_penalty`]: the gradients that learning
//!   takes, of losses that the host computes row by row and of the penalty on tangents. [`Backend`]
//!   says how a device does it: the CPU takes blocks of rows through a whole network and back
//!   ([`crate::dense`]), other devices compose tensor operations.
//! * [`ActorCritic::freeze`], and [`FrozenPolicy::act`], [`FrozenPolicy::pull_outputs`] and the
//!   like: plain slices in and out, no tape.
//!
//! Tensors that carry a tape (`OwnedTape`) are differentiated, tensors without (`NoneTape`) are
//! not; the same functions serve both. A clone of a tensor keeps its id, and gradients are found by
//! id.

mod act;
mod activation;
mod actor_critic;
mod backend;
mod blocks;
pub mod device;
mod distribution;
mod error;
mod file;
mod frozen;
mod frozen_policy;
mod fused;
mod head;
mod init;
mod mlp;
mod passed;
mod tangent;
#[cfg(test)]
pub(crate) mod testing;
mod trunk;
mod weights;

pub use act::{Actions, Decisions};
pub use actor_critic::{ActorCritic, OutputJvp};
pub use backend::{
    Backend, Differentiated, Matrix, Real, Scalar, TangentPenalty, TangentPoints, Traced, Vector,
    WeightGradient, matrix, scalar_value, vector,
};
pub(crate) use distribution::HALF_LN_TAU;
pub use distribution::{ActionBatch, Densities, Distribution};
pub use error::PolicyError;
pub use frozen::{Composed, FrozenNetwork, Packed};
pub use frozen_policy::FrozenPolicy;
pub use mlp::{Dense, Mlp};
pub use passed::Passed;
pub use weights::NamedTensor;
