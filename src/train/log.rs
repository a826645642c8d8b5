//! Every logged metric, defined once.

/// A metric logged once per update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
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
    /// k3 estimate of KL(old || new).
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
    /// Mean over points of the directional sensitivity ||J B u||: action change per full budget, u the ascent direction.
    SensitivityMean,
    /// Its 95 % quantile.
    SensitivityP95,
    /// Its maximum.
    SensitivityMax,
    /// Mean of ||J||_F over all inputs.
    JacobianNorm,
    /// Mean effective smoothness |v' H v| / ||v||^2 along the steps taken (H the Hessian of the inner objective).
    EffectiveSmoothness,
    /// Share of inner steps that raised the inner objective.
    AscentShare,
    /// Share of inner steps whose step size is at most 1 / effective smoothness.
    StepSizeHeld,
    /// Mean inner objective at k = 0.
    AttackLossFirst,
    /// Mean inner objective at k = K.
    AttackLossLast,
}

/// What a metric is, for tables and documentation.
#[derive(Debug, Clone, Copy)]
pub struct MetricDefinition {
    /// The metric.
    pub metric: Metric,
    /// Column name in `metrics.parquet` and tag in TensorBoard.
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

/// All metrics, in column order.
pub const METRICS: &[MetricDefinition] = &[MetricDefinition {
    metric: Metric::EpisodeReturn,
    name: "episode_return",
    definition: "mean undiscounted return of the episodes that ended in the rollout",
}];
