//! Streaming features, generic over the scalar of the newest bar.
//!
//! A [`Pipeline`] is immutable. The caller owns its state, one flat slice of `f64`, so copying the
//! history of an environment is a single `memcpy`. [`Pipeline::peek`] computes the observation as
//! if the given bars closed now, without committing them; [`Pipeline::push`] commits. The newest
//! bars may be dual numbers, which makes ∂observation/∂shock exact.
//!
//! A market may also yield signals: values known at a bar's end that no shock moves. They are given
//! with the end of the bar as a [`crate::market::Moment`]. No feature stores them.
//!
//! | file | content |
//! |---|---|
//! | `spec`, `error` | feature list of a file, errors |
//! | `feature`, `newest`, `field` | the trait [`Feature`], its input and its output |
//! | `asset/` | the built-in per-asset features, one file each; their list and dispatch |
//! | `ewma_variance`, `smoother`, `scalar` | estimators and operations shared by features |
//! | `calendar`, `account` | inputs that no shock moves |
//! | `pipeline`, `stream`, `jacobian`, `snapshot` | all features: positions, values, derivatives |
//! | `layout`, `table`, `normalizer` | fields of an observation, features of a panel, scaling |
//! | `print` | print shock: a newest bar with a misprinted close |
//!
//! A feature from outside the crate implements [`Feature`]. [`FeatureSpec::own`] puts it into a
//! list; a [`crate::own::Shelf`] makes it for its name in a file (`examples/own_feature.rs`).

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
