//! Header of a policy file: everything except the weights.

use super::{Head, NetworkSpec, PolicyFault, Squash};
use crate::{
    dense::Activation,
    features::{
        AccountFeature, FeatureError, FeatureSpec, Field, Layout, Normalizer, OwnFeature, Pipeline,
    },
    market::{Allocation, Columns, OrderRules},
    own::Shelf,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the file format.
pub const FORMAT: u32 = 1;

/// Header of a policy file: `{"sha256": "...", "header": {...}}`, JSON under the key `shockproof`
/// of the safetensors metadata.
///
/// The sha256 covers the header's text and every tensor, so a file with a flipped bit is refused.
/// Tensors in the file, f32, row-major: `actor.{i}.weight [n_in, n_out]`, `actor.{i}.bias [n_out]`
/// for `i = 0..=hidden.len()`, `actor.log_std [n_dims]` (Gaussian head); `critic.{i}.weight`,
/// `critic.{i}.bias` likewise with one output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyHeader {
    /// File format version, [`FORMAT`].
    pub format: u32,
    /// Version of the library that wrote the file.
    pub library_version: String,
    /// Method name of the run, e.g. `aajr`.
    pub method: String,
    /// Training seed.
    pub seed: u64,
    /// Asset symbols, in order.
    pub symbols: Vec<String>,
    /// Names of the signals that the features read, in the order in which a bot passes them;
    /// omitted from the file if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
    /// Bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Market features.
    pub features: Vec<FeatureSpec>,
    /// Account features.
    pub account: Vec<AccountFeature>,
    /// Layout of the observation.
    pub layout: Layout,
    /// Normalizer of the market features, fitted on training bars (bit-exact decimal strings).
    #[serde(with = "super::exact")]
    pub normalizer: Normalizer,
    /// Network shape.
    pub network: NetworkSpec,
    /// Mapping from network output to target weights.
    pub allocation: Allocation,
    /// Order rules of the training, for the program that sends the orders; omitted from the file if
    /// no rule is set.
    #[serde(default, skip_serializing_if = "OrderRules::is_off")]
    pub orders: OrderRules,
    /// Shock set of the training (`env::ShockSpace` and adversary, as JSON); `null` if none.
    pub trained_against: serde_json::Value,
    /// Time span of the training bars; `null` if the training used no market.
    pub training_span: Option<TrainingSpan>,
    /// sha256 of all that determines the training except its seed: env, spans, settings, method.
    pub config_sha256: String,
    /// sha256 of each data file, by file name, and of simulated prices, by law and seed.
    pub data_sha256: BTreeMap<String, String>,
}

/// Time span of the bars that a policy was trained on. Results on these bars are in-sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSpan {
    /// End of the first bar.
    pub first: DateTime<Utc>,
    /// End of the last bar.
    pub last: DateTime<Utc>,
}

impl TrainingSpan {
    /// Returns true if a bar that ends at `end` lies in the training span.
    #[must_use]
    pub fn contains(&self, end: DateTime<Utc>) -> bool {
        (self.first..=self.last).contains(&end)
    }
}

impl PolicyHeader {
    /// Builds the header of a policy whose weights are set by hand: no hidden layer, the head that
    /// `allocation` needs (tanh squash), features without normalization, no training.
    ///
    /// # Errors
    /// [`FeatureError::Duplicate`] if an account feature is listed twice.
    pub fn by_hand(
        pipeline: &Pipeline,
        account: &[AccountFeature],
        bar_seconds: i64,
        allocation: Allocation,
    ) -> Result<Self, FeatureError> {
        let layout = Layout::new(pipeline, account, pipeline.symbols())?;
        Ok(Self {
            format: FORMAT,
            library_version: env!("CARGO_PKG_VERSION").to_owned(),
            method: "by_hand".to_owned(),
            seed: 0,
            symbols: pipeline.symbols().to_vec(),
            signals: pipeline.signals_read(),
            bar_seconds,
            features: pipeline.specs().to_vec(),
            account: account.to_vec(),
            normalizer: Normalizer {
                mean: vec![0.0; pipeline.n_outputs()],
                scale: vec![1.0; pipeline.n_outputs()],
            },
            network: NetworkSpec {
                n_inputs: layout.n_fields(),
                hidden: Vec::new(),
                activation: Activation::Tanh,
                head: head_for(&allocation, pipeline.n_assets(), Squash::Tanh),
            },
            layout,
            allocation,
            orders: OrderRules::default(),
            trained_against: serde_json::Value::Null,
            training_span: None,
            config_sha256: String::new(),
            data_sha256: BTreeMap::new(),
        })
    }

    /// Checks that all parts fit together.
    ///
    /// # Errors
    /// [`PolicyFault`] naming the first part that does not fit.
    pub fn check(&self) -> Result<(), PolicyFault> {
        if self.format != FORMAT {
            return Err(PolicyFault::Format {
                found: u64::from(self.format),
                expected: FORMAT,
            });
        }
        self.network.check()?;
        self.check_layout()?;
        self.normalizer.check(self.layout.market.len())?;
        let n_fields = self.layout.n_fields();
        if self.network.n_inputs != n_fields {
            return Err(PolicyFault::Network {
                part: "n_inputs".to_owned(),
                found: self.network.n_inputs.to_string(),
                expected: format!("{n_fields}, the fields of the layout"),
            });
        }
        if self.symbols.is_empty() {
            return Ok(());
        }
        self.allocation.check()?;
        self.orders.check(self.allocation.max_gross())?;
        self.orders.check_counts(&self.symbols)?;
        self.check_head()
    }

    /// Builds the feature pipeline.
    ///
    /// # Errors
    /// [`PolicyFault::Features`] if this library cannot build it.
    pub fn pipeline(&self) -> Result<Pipeline, PolicyFault> {
        let columns = Columns {
            symbols: &self.symbols,
            signals: &self.signals,
        };
        Ok(Pipeline::new(&self.features, columns)?)
    }

    /// Resolves features from outside the crate from the shelf, then compares the layout.
    pub(super) fn resolve(&mut self, parts: &Shelf<dyn OwnFeature>) -> Result<(), PolicyFault> {
        for (index, spec) in self.features.iter_mut().enumerate() {
            spec.resolve(parts)
                .map_err(|fault| PolicyFault::OwnFeature { index, fault })?;
        }
        self.check_layout()
    }

    /// Compares the layout in the file with the layout that its features produce here.
    ///
    /// Skips policies without features (their environment is not a market, and they have no
    /// [`Agent`](super::Agent)) and policies with an unresolved own feature.
    fn check_layout(&self) -> Result<(), PolicyFault> {
        let is_name =
            |spec: &FeatureSpec| matches!(spec, FeatureSpec::Own(own) if own.part().is_err());
        if self.features.is_empty() || self.features.iter().any(is_name) {
            return Ok(());
        }
        let rebuilt = Layout::new(&self.pipeline()?, &self.account, &self.symbols)?;
        let found = || self.layout.market.iter().chain(&self.layout.account);
        let expected = || rebuilt.market.iter().chain(&rebuilt.account);
        let n_longer = self.layout.n_fields().max(rebuilt.n_fields());
        let Some(index) = (0..n_longer).find(|&i| found().nth(i) != expected().nth(i)) else {
            return Ok(());
        };
        let show = |field: Option<&Field>| field.map_or("nothing".to_owned(), |f| format!("{f:?}"));
        Err(PolicyFault::Layout {
            index,
            found: show(found().nth(index)),
            expected: show(expected().nth(index)),
        })
    }

    /// Requires one Gaussian output (`Weights`) or one choice of a level (`Levels`) per asset.
    fn check_head(&self) -> Result<(), PolicyFault> {
        let head = self.network.head;
        let expected = head_for(&self.allocation, self.symbols.len(), head.squash());
        if head == expected {
            return Ok(());
        }
        Err(PolicyFault::Network {
            part: "head".to_owned(),
            found: format!("{head:?}"),
            expected: format!("{expected:?}"),
        })
    }
}

/// Head whose actions `allocation` decodes for `n_dims` assets.
fn head_for(allocation: &Allocation, n_dims: usize, squash: Squash) -> Head {
    match allocation {
        Allocation::Weights { .. } => Head::Gaussian { n_dims, squash },
        Allocation::Levels { levels, .. } => Head::Categorical {
            n_dims,
            n_levels: levels.len(),
        },
    }
}
