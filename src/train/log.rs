//! Every logged metric, defined once.

/// Defines [`Metric`] and [`METRICS`] from lines `Metric = "name": "definition"`.
macro_rules! define_metrics {
    ($($metric:ident = $name:literal: $definition:literal,)+) => {
        /// A metric logged once per update.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(usize)]
        pub enum Metric {
            $(#[doc = $definition] $metric,)+
        }

        /// All metrics, in column order: `METRICS[metric as usize]` defines `metric`.
        pub const METRICS: &[MetricDefinition] = &[$(MetricDefinition {
            metric: Metric::$metric,
            name: $name,
            definition: $definition,
        },)+];
    };
}

define_metrics! {
    EpisodeReturn = "episode_return":
        "mean undiscounted return of the episodes that ended in the rollout",
    EpisodeLength = "episode_length": "mean length of those episodes",
    RewardMean = "reward_mean": "mean reward per step of the rollout",
    PolicyLoss = "policy_loss": "clipped surrogate (or policy gradient, or pathwise) loss",
    ValueLoss = "value_loss": "value loss",
    Entropy = "entropy": "entropy of the policy",
    ApproxKl = "approx_kl": "k3 estimate of KL(old || new) at the last minibatch of the update",
    ClipFraction = "clip_fraction": "share of clipped ratios",
    ExplainedVariance = "explained_variance": "1 - Var(return - value) / Var(return)",
    GradNorm = "grad_norm": "gradient norm before clipping",
    LearningRate = "learning_rate": "learning rate",
    Penalty = "penalty": "value of the regularizer before its weight",
    SensitivityMean = "sensitivity_mean":
        "mean over points of the directional sensitivity ||J B u||: action change per full \
         budget, u the ascent direction",
    SensitivityP95 = "sensitivity_p95": "its 95 % quantile",
    SensitivityMax = "sensitivity_max": "its maximum",
    JacobianNorm = "jacobian_norm": "mean of ||J||_F over all inputs",
    EffectiveSmoothness = "effective_smoothness":
        "mean effective smoothness |v' H v| / ||v||^2 along the steps taken (H the Hessian of \
         the inner objective)",
    AscentShare = "ascent_share": "share of inner steps that raised the inner objective",
    MovedShare = "moved_share":
        "share of inner steps that moved by at least 1 % of the budget: near 0, gradients are \
         masked and the ascent is no attack",
    StepSizeHeld = "step_size_held":
        "share of inner steps whose step size is at most 1 / effective smoothness",
    AttackLossFirst = "attack_loss_first": "mean inner objective at k = 0",
    AttackLossLast = "attack_loss_last": "mean inner objective at k = K",
    ClampedShare = "clamped_share":
        "share of sampled numbers of an action outside the range of the action space (an \
         environment clamps them)",
    RefusedShare = "refused_share": "share of actions that the environment refused",
}

/// Name and definition of a metric, for tables and documentation.
#[derive(Debug, Clone, Copy)]
pub struct MetricDefinition {
    /// Metric that is defined.
    pub metric: Metric,
    /// Column name in `metrics.parquet` and tag in `TensorBoard`.
    pub name: &'static str,
    /// Definition in one sentence.
    pub definition: &'static str,
}

/// One row of the metric log.
///
/// ```
/// use shockproof::train::{Metric, MetricRow};
///
/// let mut row = MetricRow::new(1, 2048);
/// row.set(Metric::Entropy, 1.5);
/// row.set(Metric::GradNorm, f64::NAN);
/// assert_eq!(row.get(Metric::Entropy), Some(1.5));
/// assert_eq!(row.get(Metric::GradNorm), None);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    /// Update, counted from 1.
    pub update: u64,
    /// Environment steps so far.
    pub env_steps: u64,
    /// Value per metric, in the order of [`METRICS`]; `None` where the update has no value.
    pub values: Vec<Option<f64>>,
}

impl MetricRow {
    /// Creates a row without values.
    #[must_use]
    pub fn new(update: u64, env_steps: u64) -> Self {
        Self {
            update,
            env_steps,
            values: vec![None; METRICS.len()],
        }
    }

    /// Value of `metric`; `None` where the update has no value.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.values.get(metric as usize).copied().flatten()
    }

    /// Stores a value; a value that is not finite becomes `None`, so that a log never holds NaN.
    pub fn set(&mut self, metric: Metric, value: impl Into<Option<f64>>) {
        self.values[metric as usize] = value.into().filter(|value| value.is_finite());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_indexed_by_the_metric_and_names_are_unique() {
        for (index, definition) in METRICS.iter().enumerate() {
            assert_eq!(definition.metric as usize, index, "{}", definition.name);
        }
        let names: BTreeSet<_> = METRICS.iter().map(|d| d.name).collect();
        assert_eq!(names.len(), METRICS.len());
    }

    #[test]
    fn a_row_holds_no_nan() {
        let mut row = MetricRow::new(1, 64);
        row.set(Metric::Entropy, 1.5);
        row.set(Metric::ApproxKl, f64::NAN);
        row.set(Metric::GradNorm, None);
        assert_eq!(row.get(Metric::Entropy), Some(1.5));
        assert_eq!(row.get(Metric::ApproxKl), None);
        assert_eq!(row.get(Metric::GradNorm), None);
    }
}
