//! Actions of the agent.

/// Set of actions.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionSpace {
    /// `n_dims` real numbers. Each environment documents how it treats numbers outside [low, high].
    Continuous {
        /// Entries per action.
        n_dims: usize,
        /// Smallest meaningful value.
        low: f32,
        /// Largest meaningful value.
        high: f32,
    },
    /// `n_dims` independent choices among named levels.
    Categorical {
        /// Entries per action.
        n_dims: usize,
        /// Names of the levels, e.g. `-1`, `left`.
        levels: Vec<String>,
    },
}

impl ActionSpace {
    /// Entries per action.
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

impl Action<'_> {
    /// Rows `begin..begin + n` of actions `[n_rows, width]`; empty if there are no actions.
    #[cfg(feature = "learn")]
    pub(crate) fn rows(self, begin: usize, n: usize, width: usize) -> Self {
        let rows = begin * width..(begin + n) * width;
        match self {
            Self::Continuous([]) | Self::Categorical([]) => self,
            Self::Continuous(all) => Self::Continuous(&all[rows]),
            Self::Categorical(all) => Self::Categorical(&all[rows]),
        }
    }
}

/// Actions in owned memory.
#[derive(Debug, Clone)]
pub(super) enum OwnedAction {
    Continuous(Vec<f32>),
    Categorical(Vec<u32>),
}

impl OwnedAction {
    pub(super) fn as_action(&self) -> Action<'_> {
        match self {
            Self::Continuous(numbers) => Action::Continuous(numbers),
            Self::Categorical(levels) => Action::Categorical(levels),
        }
    }

    #[cfg(feature = "learn")]
    pub(super) fn with_capacity(space: &ActionSpace, n: usize) -> Self {
        let n = n * space.n_dims();
        match space {
            ActionSpace::Continuous { .. } => Self::Continuous(Vec::with_capacity(n)),
            ActionSpace::Categorical { .. } => Self::Categorical(Vec::with_capacity(n)),
        }
    }

    /// Replaces the entries by those of `given`, which must be of the same kind.
    #[cfg(feature = "learn")]
    pub(super) fn copy_from(&mut self, given: Action<'_>) {
        match (self, given) {
            (Self::Continuous(own), Action::Continuous(given)) => {
                own.clear();
                own.extend_from_slice(given);
            }
            (Self::Categorical(own), Action::Categorical(given)) => {
                own.clear();
                own.extend_from_slice(given);
            }
            _ => debug_assert!(false, "invariant: the kind was checked against the space"),
        }
    }
}

/// An order for the next open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order<'a> {
    /// An action of the action space.
    Action(Action<'a>),
    /// Target weights `[n_assets]`, only scaled down to the gross bound. For baselines.
    Targets(&'a [f64]),
    /// No trade. For baselines.
    Hold,
}
