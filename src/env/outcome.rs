//! How a step ends: data, not control flow.

/// Whether the episode goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    Running,
    /// It ended in a state without a future (ruin, a fallen pole): the value beyond is zero.
    Terminated,
    /// It was cut off by a limit that is no property of the state: the value beyond is
    /// bootstrapped.
    Truncated,
}

impl Outcome {
    /// Whether a reset must follow.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Running)
    }
}

/// What a step returns. On `Terminated` and `Truncated` the observation is the final one, not the
/// next episode's first.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The observation after the step.
    pub observation: &'a [f32],
    /// Reward of the step.
    pub reward: f64,
    /// Whether the episode goes on.
    pub outcome: Outcome,
}
