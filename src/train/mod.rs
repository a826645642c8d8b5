//! The training loop.

mod log;

pub use log::{METRICS, Metric, MetricDefinition, MetricRow};
