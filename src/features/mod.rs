//! Streaming features, generic over the scalar of the newest bar.
//!
//! A [`Pipeline`] is an immutable description; its whole memory is one flat slice of `f64` that the
//! caller owns, so that copying a history is a `memcpy` and an environment copy costs nothing else.
//! [`Pipeline::peek`] gives the observation that would follow if the given bars closed now,
//! *without* committing them; [`Pipeline::push`] commits. The newest bars may be dual numbers: that
//! is how ∂observation/∂shock is exact.
//!
//! A market may yield more than bars: signals, known at a bar's end, that no shock moves. They come
//! with the end of the bar as a [`crate::market::Moment`]; no feature remembers them.

mod account;
mod average_true_range;
mod calendar;
mod cross_section;
mod error;
mod ewma_variance;
mod ewma_volatility;
mod feature;
mod jacobian;
mod layout;
mod log_returns;
mod macd;
mod newest;
mod normalizer;
mod pipeline;
mod print;
mod rolling_volatility;
mod rsi;
mod scalar;
mod scaled_returns;
mod signals;
mod smoother;
mod snapshot;
mod spec;
mod table;
#[cfg(test)]
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "small counts"
)]
mod test_market;
mod z_score;

pub use account::{AccountFeature, AccountView};
pub(crate) use account::{Book, write_account};
pub use error::FeatureError;
pub use layout::{Field, Layout};
pub use normalizer::{Fitted, Normalizer};
pub use pipeline::Pipeline;
pub use print::{print_bar, print_bars};
pub use scalar::Scalar;
pub use spec::{Cycle, FeatureSpec};
pub use table::FeatureTable;
