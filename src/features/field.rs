//! Description of one entry of an observation.

use super::FeatureError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Description of one entry of an observation, before normalization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Unique name, e.g. `AAPL.scaled_return(20)[0]`: symbol, feature, parameters, index.
    pub name: String,
    /// Unit, e.g. `sigma`, `fraction of equity`.
    pub unit: String,
    /// Lower bound; `None` is unbounded.
    pub low: Option<f64>,
    /// Upper bound; `None` is unbounded.
    pub high: Option<f64>,
    /// True if a shock of the newest bar can move the value.
    pub shockable: bool,
    /// Number of bars to commit before the value is meaningful.
    pub warm_up: usize,
}

impl Field {
    /// An unbounded field that a shock of the newest bar can move.
    #[must_use]
    pub fn shockable(name: impl Into<String>, unit: &str, warm_up: usize) -> Self {
        Self {
            shockable: true,
            ..Self::fixed(name, unit, warm_up)
        }
    }

    /// An unbounded field that no shock moves.
    #[must_use]
    pub fn fixed(name: impl Into<String>, unit: &str, warm_up: usize) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            low: None,
            high: None,
            shockable: false,
            warm_up,
        }
    }

    /// The same field with bounds; `None` is unbounded.
    #[must_use]
    pub fn within(self, low: impl Into<Option<f64>>, high: impl Into<Option<f64>>) -> Self {
        Self {
            low: low.into(),
            high: high.into(),
            ..self
        }
    }
}

/// Returns an error if two fields have the same name.
pub(super) fn check_names<'a>(
    mut fields: impl Iterator<Item = &'a Field>,
) -> Result<(), FeatureError> {
    let mut names = BTreeSet::new();
    match fields.find(|field| !names.insert(field.name.as_str())) {
        Some(Field { name, .. }) => Err(FeatureError::Duplicate { name: name.clone() }),
        None => Ok(()),
    }
}
