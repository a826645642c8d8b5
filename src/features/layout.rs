//! Description of a whole observation.

use super::{AccountFeature, FeatureError, Field, Pipeline, field::check_names};
use serde::{Deserialize, Serialize};

/// The fields of an observation: market features first, then account features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Market features; only these can be shockable.
    pub market: Vec<Field>,
    /// Account features; never shockable.
    pub account: Vec<Field>,
}

impl Layout {
    /// Layout of the outputs of `pipeline` followed by `account`, for a portfolio of `symbols`.
    ///
    /// # Errors
    /// [`FeatureError::Columns`] for symbols that differ from the pipeline's,
    /// [`FeatureError::Duplicate`] for an account feature that is listed twice.
    pub fn new(
        pipeline: &Pipeline,
        account: &[AccountFeature],
        symbols: &[String],
    ) -> Result<Self, FeatureError> {
        if symbols != pipeline.symbols() {
            return Err(FeatureError::Columns {
                place: "observation layout",
                kind: "symbols",
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

    /// Length of an observation.
    #[must_use]
    pub fn n_fields(&self) -> usize {
        self.market.len() + self.account.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::prices::*;
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
        assert!(matches!(foreign, FeatureError::Columns { .. }));
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
