//! Models from history: maximum likelihood, with standard errors.
//!
//! | file | fits | by |
//! |---|---|---|
//! | `garch` | [`GarchT`](super::GarchT) | maximum likelihood |
//! | `merton` | [`MertonJumps`](super::MertonJumps) | maximum likelihood over the Poisson mixture |
//! | `regimes` | [`RegimeSwitching`](super::RegimeSwitching) | expectation maximization |
//!
//! Standard errors are roots of the diagonal of the inverse observed information (minus the Hessian of the log likelihood, by
//! central differences). They are `None` where that matrix is not positive definite: at the edge of a parameter's range, or where
//! the sample does not tell parameters apart.

mod error;
mod estimate;
mod garch;
mod hamilton;
mod information;
mod merton;
mod nelder_mead;
mod regimes;
mod sample;

pub use error::FitError;
pub use estimate::Estimate;
pub use garch::GarchFit;
pub use merton::MertonFit;
pub use regimes::{RegimeFit, RegimesFit};
pub use sample::ReturnSample;
