//! Every logged metric, defined once.

/// A metric logged once per update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(usize)]
pub enum Metric {
    /// Mean undiscounted return of the episodes that ended in the rollout.
    EpisodeReturn,
    /// Mean length of those episodes.
    EpisodeLength,
    /// Mean reward per step of the rollout.
    RewardMean,
    /// Clipped surrogate (or policy gradient) loss.
    PolicyLoss,
    /// Value loss.
    ValueLoss,
    /// Entropy of the policy.
    Entropy,
    /// k3 estimate of KL(old || new) at the last minibatch of the update.
    ApproxKl,
    /// Share of clipped ratios.
    ClipFraction,
    /// 1 - Var(return - value) / Var(return).
    ExplainedVariance,
    /// Gradient norm before clipping.
    GradNorm,
    /// Learning rate.
    LearningRate,
    /// Value of the regularizer before its weight.
    Penalty,
    /// Mean over points of the directional sensitivity ||J B u||: action change per full budget, u
    /// the ascent direction.
    SensitivityMean,
    /// Its 95 % quantile.
    SensitivityP95,
    /// Its maximum.
    SensitivityMax,
    /// Mean of ||J||_F over all inputs.
    JacobianNorm,
    /// Mean effective smoothness |v' H v| / ||v||^2 along the steps taken (H the Hessian of the
    /// inner objective).
    EffectiveSmoothness,
    /// Share of inner steps that raised the inner objective.
    AscentShare,
    /// Share of inner steps whose step size is at most 1 / effective smoothness.
    StepSizeHeld,
    /// Mean inner objective at k = 0.
    AttackLossFirst,
    /// Mean inner objective at k = K.
    AttackLossLast,
    /// Share of sampled numbers of an action outside [low, high] of the action space (an
    /// environment clamps them); none for choices.
    ClampedShare,
    /// Share of actions that the environment refused.
    RefusedShare,
}

/// What a metric is, for tables and documentation.
#[derive(Debug, Clone, Copy)]
pub struct MetricDefinition {
    /// The metric.
    pub metric: Metric,
    /// Column name in `metrics.parquet` and tag in `TensorBoard`.
    pub name: &'static str,
    /// One sentence.
    pub definition: &'static str,
}

/// One row of the metric log.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    /// Update number, from 1.
    pub update: u64,
    /// Environment steps so far.
    pub env_steps: u64,
    /// Value per metric, in the order of [`METRICS`]; `None` where the update had none.
    pub values: Vec<Option<f64>>,
}

impl MetricRow {
    /// A row without values.
    #[must_use]
    pub fn new(update: u64, env_steps: u64) -> Self {
        Self {
            update,
            env_steps,
            values: vec![None; METRICS.len()],
        }
    }

    /// The value of `metric`, where the update had one.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<f64> {
        self.values.get(metric as usize).copied().flatten()
    }

    /// Stores a value. A value that is not finite is no value: a log never holds NaN.
    pub fn set(&mut self, metric: Metric, value: impl Into<Option<f64>>) {
        self.values[metric as usize] = value.into().filter(|value| value.is_finite());
    }
}

/// All metrics, in column order: `METRICS[metric as usize]` defines `metric`.
pub const METRICS: &[MetricDefinition] = &[
    define(
        Metric::EpisodeReturn,
        "episode_return",
        "mean undiscounted return of the episodes that ended in the rollout",
    ),
    define(
        Metric::EpisodeLength,
        "episode_length",
        "mean length of those episodes",
    ),
    define(
        Metric::RewardMean,
        "reward_mean",
        "mean reward per step of the rollout",
    ),
    define(
        Metric::PolicyLoss,
        "policy_loss",
        "clipped surrogate (or policy gradient) loss",
    ),
    define(Metric::ValueLoss, "value_loss", "value loss"),
    define(Metric::Entropy, "entropy", "entropy of the policy"),
    define(
        Metric::ApproxKl,
        "approx_kl",
        "k3 estimate of KL(old || new) at the last minibatch of the update",
    ),
    define(
        Metric::ClipFraction,
        "clip_fraction",
        "share of clipped ratios",
    ),
    define(
        Metric::ExplainedVariance,
        "explained_variance",
        "1 - Var(return - value) / Var(return)",
    ),
    define(
        Metric::GradNorm,
        "grad_norm",
        "gradient norm before clipping",
    ),
    define(Metric::LearningRate, "learning_rate", "learning rate"),
    define(
        Metric::Penalty,
        "penalty",
        "value of the regularizer before its weight",
    ),
    define(
        Metric::SensitivityMean,
        "sensitivity_mean",
        "mean over points of the directional sensitivity ||J B u||: action change per full budget, u the ascent direction",
    ),
    define(
        Metric::SensitivityP95,
        "sensitivity_p95",
        "its 95 % quantile",
    ),
    define(Metric::SensitivityMax, "sensitivity_max", "its maximum"),
    define(
        Metric::JacobianNorm,
        "jacobian_norm",
        "mean of ||J||_F over all inputs",
    ),
    define(
        Metric::EffectiveSmoothness,
        "effective_smoothness",
        "mean effective smoothness |v' H v| / ||v||^2 along the steps taken (H the Hessian of the inner objective)",
    ),
    define(
        Metric::AscentShare,
        "ascent_share",
        "share of inner steps that raised the inner objective",
    ),
    define(
        Metric::StepSizeHeld,
        "step_size_held",
        "share of inner steps whose step size is at most 1 / effective smoothness",
    ),
    define(
        Metric::AttackLossFirst,
        "attack_loss_first",
        "mean inner objective at k = 0",
    ),
    define(
        Metric::AttackLossLast,
        "attack_loss_last",
        "mean inner objective at k = K",
    ),
    define(
        Metric::ClampedShare,
        "clamped_share",
        "share of sampled numbers of an action outside the range of the action space (an environment clamps them)",
    ),
    define(
        Metric::RefusedShare,
        "refused_share",
        "share of actions that the environment refused",
    ),
];

const fn define(metric: Metric, name: &'static str, definition: &'static str) -> MetricDefinition {
    MetricDefinition {
        metric,
        name,
        definition,
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
        // The last variant is the last row: a metric added without a row shifts this.
        assert_eq!(Metric::RefusedShare as usize + 1, METRICS.len());
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
