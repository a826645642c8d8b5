//! Metrics of a rollout.

use super::{
    log::{Metric, MetricRow},
    rollout::Rollout,
};
use crate::{algo::Samples, policy::Actions, stats};

impl Rollout {
    /// Name and value of the first non-finite entry of the rollout.
    pub(super) fn not_finite(&self) -> Option<(&'static str, f64)> {
        let first = |name, values: &[f32]| {
            let found = values.iter().find(|value| !value.is_finite());
            found.map(|found| (name, f64::from(*found)))
        };
        let reward = || self.rewards.iter().find(|reward| !reward.is_finite());
        first("observation", &self.samples.observations)
            .or_else(|| first("log probability of an action", &self.samples.log_probs))
            .or_else(|| first("value estimate", &self.samples.values))
            .or_else(|| reward().map(|found| ("reward", *found)))
    }

    /// Writes the metrics of episodes, rewards and actions into `row`.
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub(super) fn write(&self, row: &mut MetricRow) {
        let n = self.ended.len() as f64;
        let (total, steps) = self.ended.iter().fold((0.0, 0), |sum, e| {
            (sum.0 + e.episode_return, sum.1 + e.length)
        });
        row.set(Metric::EpisodeReturn, total / n);
        row.set(Metric::EpisodeLength, steps as f64 / n);
        row.set(Metric::RewardMean, stats::mean(&self.rewards));
        row.set(Metric::ExplainedVariance, explained_variance(&self.samples));
        row.set(Metric::ClampedShare, self.clamped_share());
        let n_rows = self.n_rows() as f64;
        row.set(Metric::RefusedShare, self.n_refused as f64 / n_rows);
    }

    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn clamped_share(&self) -> Option<f64> {
        let (Some([low, high]), Actions::Continuous(actions)) = (self.range, &self.samples.actions)
        else {
            return None;
        };
        let outside = |x: &&f32| **x < low || **x > high;
        Some(actions.iter().filter(outside).count() as f64 / actions.len() as f64)
    }
}

/// Explained variance 1 − Var(R − V) / Var(R); `None` where all returns are equal.
fn explained_variance(samples: &Samples) -> Option<f64> {
    let (mut returns, mut errors) = (stats::Welford::default(), stats::Welford::default());
    for (return_t, value_t) in samples.returns.iter().zip(&samples.values) {
        returns.push(f64::from(*return_t));
        errors.push(f64::from(*return_t) - f64::from(*value_t));
    }
    let total = returns.variance().filter(|variance| *variance > 0.0)?;
    Some(1.0 - errors.variance()? / total)
}
