//! Streaming features, generic over the scalar of the newest bar.
//!
//! A [`Pipeline`] is an immutable description. Its whole memory is one flat slice of `f64` that the
//! caller owns, so copying the history of an environment is a single `memcpy`. [`Pipeline::peek`]
//! gives the observation that would follow if the given bars closed now, without committing them;
//! [`Pipeline::push`] commits. The newest bars may be dual numbers; this makes ∂observation/∂shock
//! exact.
//!
//! A market may also yield signals, which are known at a bar's end and which no shock moves.
//! Signals are given as a [`crate::market::Moment`] with the end of the bar. No feature remembers
//! them.
//!
//! | file | content |
//! |---|---|
//! | `spec`, `error` | the list as a file holds it, and its refusals |
//! | `feature`, `newest`, `field` | the trait [`Feature`], its input and its output |
//! | `asset/` | the built-in per-asset features, one file each; their list and dispatch |
//! | `ewma_variance`, `smoother`, `scalar` | estimators and operations that they share |
//! | `calendar`, `account` | inputs that no shock moves |
//! | `pipeline`, `stream`, `jacobian`, `snapshot` | all features: places, values, derivatives |
//! | `layout`, `table`, `normalizer` | fields of an observation, all rows of a panel, scaling |
//! | `print` | the shock itself |
//!
//! A bot developer adds a feature by implementing [`Feature`]: [`FeatureSpec::own`] puts it into a
//! list, and a [`crate::own::Shelf`] finds it for the name in a file (`examples/own_feature.rs`).

mod account;
mod asset;
mod calendar;
mod error;
mod ewma_variance;
mod feature;
mod field;
mod jacobian;
mod layout;
mod newest;
mod normalizer;
mod pipeline;
mod print;
mod scalar;
mod smoother;
mod snapshot;
mod spec;
mod stream;
mod table;
#[cfg(test)]
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "small counts"
)]
mod tests;

pub use account::{AccountFeature, AccountView};
pub(crate) use account::{Book, write_account};
pub use error::FeatureError;
pub use feature::{Feature, Memory, OwnFeature, Scalar};
pub use field::Field;
pub use layout::Layout;
pub use newest::{Newest, Place};
pub use normalizer::{Fitted, Normalizer};
pub use pipeline::Pipeline;
pub use print::print_bar;
pub use spec::{Cycle, FeatureSpec};
pub use table::FeatureTable;
