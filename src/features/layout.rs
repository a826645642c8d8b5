//! What each number of an observation is: data, not convention.

use super::{AccountFeature, FeatureError, Pipeline};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One number of an observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Unique name, e.g. `AAPL.scaled_return(20)[0]`: symbol, feature, parameters, index.
    pub name: String,
    /// Unit, e.g. `sigma`, `fraction of equity`.
    pub unit: String,
    /// Attainable range before normalization; `None` is unbounded.
    pub low: Option<f64>,
    /// See `low`.
    pub high: Option<f64>,
    /// Whether a shock of the newest bar can move it.
    pub shockable: bool,
    /// Bars that must have been pushed before the value means anything.
    pub warm_up: usize,
}

/// The layout of an observation: market fields first, then account fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Market features; the only ones that can be shockable.
    pub market: Vec<Field>,
    /// Account features; never shockable.
    pub account: Vec<Field>,
}

impl Layout {
    /// The layout of `pipeline`'s outputs followed by `account`, for a portfolio of `symbols`.
    ///
    /// # Errors
    /// [`FeatureError::Symbols`] where `symbols` are not the pipeline's,
    /// [`FeatureError::Duplicate`] where an account feature is listed twice.
    pub fn new(
        pipeline: &Pipeline,
        account: &[AccountFeature],
        symbols: &[String],
    ) -> Result<Self, FeatureError> {
        if symbols != pipeline.symbols() {
            return Err(FeatureError::Symbols {
                place: "observation layout",
                found: symbols.to_vec(),
                expected: pipeline.symbols().to_vec(),
            });
        }
        let layout = Self {
            market: pipeline.fields().to_vec(),
            account: account.iter().flat_map(|f| f.fields(symbols)).collect(),
        };
        check_names(layout.market.iter().chain(&layout.account))?;
        Ok(layout)
    }

    /// Numbers in an observation.
    #[must_use]
    pub fn n_fields(&self) -> usize {
        self.market.len() + self.account.len()
    }
}

/// Refuses two fields of one name.
pub(super) fn check_names<'a>(
    mut fields: impl Iterator<Item = &'a Field>,
) -> Result<(), FeatureError> {
    let mut names = BTreeSet::new();
    fields
        .find(|f| !names.insert(f.name.as_str()))
        .map_or(Ok(()), |f| {
            Err(FeatureError::Duplicate {
                name: f.name.clone(),
            })
        })
}

#[cfg(test)]
mod tests {
    use super::super::test_market::*;
    use super::*;

    #[test]
    fn market_fields_come_first_and_account_fields_are_never_shockable() {
        let pipeline = pipeline(&every_spec(), 2);
        let account = [AccountFeature::Cash, AccountFeature::Weights];
        let layout = Layout::new(&pipeline, &account, &symbols(2)).expect("sound");
        assert_eq!(layout.market, pipeline.fields());
        let names: Vec<&str> = layout.account.iter().map(|f| f.name.as_str()).collect();
        assert_eq!(names, ["account.cash", "S0.weight", "S1.weight"]);
        assert!(layout.account.iter().all(|f| !f.shockable));
        assert_eq!(layout.n_fields(), pipeline.n_outputs() + 3);
    }

    #[test]
    fn foreign_symbols_and_repeated_fields_are_refused() {
        let pipeline = pipeline(&every_spec(), 2);
        let foreign = Layout::new(&pipeline, &[], &symbols(3)).expect_err("three symbols");
        assert!(matches!(foreign, FeatureError::Symbols { .. }));
        let twice = [AccountFeature::Cash, AccountFeature::Cash];
        let repeated = Layout::new(&pipeline, &twice, &symbols(2)).expect_err("cash twice");
        assert_eq!(
            repeated,
            FeatureError::Duplicate {
                name: "account.cash".into()
            }
        );
    }
}
