//! The costs of trading and of holding a position.
//!
//! | file | content |
//! |---|---|
//! | `term` | [`CostTerm`], the trait of one cost, and its arguments [`Trade`] and [`Holding`] |
//! | `built_in` | fee, half spread, square-root impact: costs of a trade |
//! | `holding` | interest on cash and debt, borrow fee, [`Funding`] |
//! | `transient` | [`TransientImpact`]: impact that outlasts its trade |
//! | `each` | [`Each`]: one number, or one per asset |
//! | `terms`, `error` | [`Costs`] as written in a file, [`CostError`] |
//! | `ready` | [`CostTerms`], ready to charge |
//! | `charge` | [`Charge`]: the sum of each kind of cost |
//!
//! A new built-in term needs a type in `built_in` or `holding`, and a field in `terms`, `ready` and
//! `charge`. A term from outside the crate is listed in [`Costs::own`].

mod built_in;
mod charge;
mod each;
mod error;
mod holding;
mod ready;
mod term;
mod terms;
mod transient;

pub use charge::Charge;
pub use each::Each;
pub use error::CostError;
pub use holding::Funding;
pub use ready::CostTerms;
pub use term::{CostTerm, Holding, Quote, Trade};
pub use terms::Costs;
pub use transient::TransientImpact;
