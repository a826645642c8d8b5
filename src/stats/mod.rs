//! Means, quantiles and confidence intervals.
//!
//! | file | content |
//! |---|---|
//! | `welford` | streaming mean and variance, mergeable |
//! | `order` | quantile, median, interquartile mean, robust scale |
//! | `bootstrap` | percentile intervals: plain, stratified, paired |
//!
//! An undefined statistic (no values, a NaN, the standard deviation of one value) is `None`.

mod bootstrap;
mod order;
mod welford;

pub use bootstrap::{Bootstrap, Interval};
pub use order::{RobustScale, interquartile_mean, median, quantile, robust_scale};
pub use welford::{Welford, mean, std_dev};
