//! The costs of trading and of holding a position.
//!
//! | file | content |
//! |---|---|
//! | `term` | [`CostTerm`], the trait of one cost, and its arguments [`Trade`] and [`Holding`] |
//! | `built_in` | fee, half spread, square-root impact |
//! | `terms` | [`Costs`] as written in a file, [`CostTerms`] ready to charge, [`Charge`] |
//!
//! A new built-in term is a type in `built_in` and a field in `terms`. A term from outside the
//! crate is listed in [`Costs::own`].

mod built_in;
mod term;
mod terms;

pub use term::{CostTerm, Holding, Quote, Trade};
pub use terms::{Charge, CostError, CostTerms, Costs};
