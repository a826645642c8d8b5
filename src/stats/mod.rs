//! Numbers about numbers: the only place where means, quantiles and intervals are computed.
//!
//! | file | holds |
//! |---|---|
//! | `welford` | streaming mean and variance, mergeable |
//! | `order` | quantile, median, interquartile mean, robust scale |
//! | `bootstrap` | percentile intervals: plain, stratified, paired |
//!
//! A statistic that does not exist (no value, one value for a standard deviation, a NaN among the
//! values) is `None`, never a sentinel.

mod bootstrap;
mod order;
mod welford;

pub use bootstrap::{Bootstrap, BootstrapError, Interval};
pub use order::{RobustScale, interquartile_mean, median, quantile, robust_scale};
pub use welford::{Welford, mean, std_dev};
