//! What an agent may do.

/// The set of actions.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionSpace {
    /// `n_dims` real numbers; the environment says what it does outside [low, high].
    Continuous {
        /// Numbers per action.
        n_dims: usize,
        /// Smallest meaningful value.
        low: f32,
        /// Largest meaningful value.
        high: f32,
    },
    /// `n_dims` independent choices among `n_levels` named levels.
    Categorical {
        /// Choices per action.
        n_dims: usize,
        /// Names of the levels, e.g. `-1`, `left`.
        levels: Vec<String>,
    },
}

impl ActionSpace {
    /// Entries of one action.
    #[must_use]
    pub const fn n_dims(&self) -> usize {
        match self {
            Self::Continuous { n_dims, .. } | Self::Categorical { n_dims, .. } => *n_dims,
        }
    }
}

/// One action.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action<'a> {
    /// `[n_dims]` real numbers.
    Continuous(&'a [f32]),
    /// `[n_dims]` level indices.
    Categorical(&'a [u32]),
}

/// What a trader wants done at the next open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order<'a> {
    /// An action of the action space.
    Action(Action<'a>),
    /// Target weights `[n_assets]`, only scaled down to the gross bound (baselines).
    Targets(&'a [f64]),
    /// No trade at all (baselines).
    Hold,
}
