//! Policy and value networks on the tensor library (dfdx), generic over scalar and device.
//!
//! | file | holds |
//! |---|---|
//! | `tensor` | [`Real`], and tensors with sizes known at run time |
//! | `ops` `activation` `fused` | [`TensorOps`]: added operations, composed and on the CPU |
//! | `mlp` `init` | [`Mlp`]: dense layers and their linearization; orthogonal weights |
//! | `head` | the deterministic output as a function of the last layer; its derivative |
//! | `composed` | whole networks differentiated by tensor operations, on any device |
//! | `trunk` `packed` `blocks` `passed` | the same with the CPU kernels of [`crate::dense`] |
//! | `frozen` | [`FrozenNetwork`]: fixed weights, plain slices in and out |
//! | `backend` | [`Backend`]: a device that differentiates whole networks |
//! | `actor_critic` `derivatives` | [`ActorCritic`]: policy network, value network and head |
//! | `frozen_policy` `act` | [`FrozenPolicy`]: acting, values, input gradients |
//! | `weights` | weights by name, in memory and in policy files |
//! | `device` | CPU or GPU |
//!
//! A tensor with a tape (`OwnedTape`) is differentiated, a tensor without (`NoneTape`) is not; the
//! same functions serve both. A clone keeps the id of its tensor, and gradients are found by id.
//! [`ActorCritic::output_jvp`] is an exact forward tangent: one ordinary backward pass through it
//! gives its exact weight gradient, with no second-order differentiation.

mod act;
mod activation;
mod actor_critic;
mod backend;
mod blocks;
mod composed;
mod derivatives;
pub mod device;
mod error;
mod frozen;
mod frozen_policy;
mod fused;
mod head;
mod init;
mod mlp;
mod ops;
mod packed;
mod passed;
mod tensor;
#[cfg(test)]
pub(crate) mod tests;
mod trunk;
mod weights;

pub use act::{Actions, Decisions};
pub use actor_critic::ActorCritic;
pub use backend::Backend;
pub use composed::{Differentiated, TangentPenalty, TangentPoints, WeightGradient};
pub use derivatives::OutputJvp;
pub use error::PolicyError;
pub use frozen::{Composed, FrozenNetwork};
pub use frozen_policy::FrozenPolicy;
pub use mlp::{Dense, Mlp};
pub use ops::TensorOps;
pub use packed::Packed;
pub use passed::Passed;
pub use tensor::{Matrix, Real, Scalar, Traced, Vector, matrix, scalar_value};
pub use weights::NamedTensor;

/// Constant ln(2π) / 2.
pub(crate) const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;
