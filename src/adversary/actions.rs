//! A policy's actions as environments take them: this is the lowest floor that knows both.

use crate::{env::Action, policy::Actions};

impl Actions {
    /// The same actions as environments take them.
    #[must_use]
    pub const fn as_action(&self) -> Action<'_> {
        match self {
            Self::Continuous(values) => Action::Continuous(values.as_slice()),
            Self::Categorical(levels) => Action::Categorical(levels.as_slice()),
        }
    }
}

impl From<Action<'_>> for Actions {
    fn from(action: Action<'_>) -> Self {
        match action {
            Action::Continuous(values) => Self::Continuous(values.to_vec()),
            Action::Categorical(levels) => Self::Categorical(levels.to_vec()),
        }
    }
}
