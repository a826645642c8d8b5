//! `envs/<family>-v<n>.ron`: what a market is. Nothing about learning.

use super::{ConfigError, Source, Step};
use crate::{
    env::{Norm, Reward, ShockKind, ShockSpace},
    features::{AccountFeature, FeatureSpec, Pipeline},
    market::{Allocation, Costs, ingest::{Calendar, DataFile}},
    units::Bps,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// An env file. Versioned: a change that would change a result gets a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvFile {
    /// Family, e.g. `panel_daily`.
    pub name: String,
    /// Version, from 1.
    pub version: u32,
    /// Where the prices come from.
    pub market: MarketConfig,
    /// Market features, in the order of the observation.
    pub features: Vec<FeatureSpec>,
    /// Account features, after the market features.
    pub account: Vec<AccountFeature>,
    /// Accounting, actions, reward.
    pub trading: TradingConfig,
    /// The admissible shocks.
    pub shocks: ShockConfig,
}

/// Price files on one calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketConfig {
    /// One file per asset; paths are relative to the env file.
    pub files: Vec<DataFile>,
    /// What to do where the files' calendars differ.
    pub calendar: Calendar,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: u32,
}

/// Accounting, actions, reward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradingConfig {
    /// Equity at the start of an episode. Unit: quote currency.
    pub initial_equity: f64,
    /// From an action to target weights.
    pub allocation: Allocation,
    /// What a trade costs.
    pub costs: Costs,
    /// What a step is worth.
    pub reward: Reward,
    /// Steps of a training episode from a random start; `None` plays the whole span. Backtests play the whole span.
    pub horizon: Option<usize>,
}

/// The admissible shocks of one step and one episode, for all assets of the market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShockConfig {
    /// What a shock does.
    pub kind: ShockKind,
    /// Norm of the price move over assets.
    pub norm: Norm,
    /// Bound of one step's log-price move. Unit: bps.
    pub budget_bps: Bps,
    /// Bound on the sum over an episode; `None` is unbounded. Unit: bps.
    pub episode_budget_bps: Option<Bps>,
    /// Largest spread multiplier, >= 1.
    pub max_spread_multiplier: f64,
    /// Smallest liquidity multiplier, in (0, 1].
    pub min_liquidity_multiplier: f64,
}

impl EnvFile {
    /// `name-v<version>`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-v{}", self.name, self.version)
    }

    /// The assets, in order.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        self.market.files.iter().map(|file| file.symbol.clone()).collect()
    }

    /// The shock space of the environment.
    #[must_use]
    pub fn shock_space(&self) -> ShockSpace {
        let shocks = &self.shocks;
        ShockSpace {
            kind: shocks.kind,
            n_assets: self.market.files.len(),
            norm: shocks.norm,
            budget_bps: shocks.budget_bps,
            episode_budget_bps: shocks.episode_budget_bps,
            max_spread_multiplier: shocks.max_spread_multiplier,
            min_liquidity_multiplier: shocks.min_liquidity_multiplier,
        }
    }

    /// Reads and validates an env file; the price files must exist, their content is read elsewhere.
    ///
    /// # Errors
    /// [`ConfigError`] pointing at the offending value.
    pub fn load(path: &Path) -> Result<(Self, Source), ConfigError> {
        let source = Source::read(path)?;
        let env: Self = source.parse()?;
        env.check(&source)?;
        Ok((env, source))
    }

    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        self.check_files(source)?;
        let symbols = self.symbols();
        let reject = |steps: &[Step<'_>], error: &dyn std::error::Error, expected: &str| {
            source.reject(
                steps,
                "cannot be",
                error.to_string(),
                expected,
                "change the value".to_owned(),
            )
        };
        let trading = |name| [Step::Field("trading"), Step::Field(name)];
        Pipeline::new(&self.features, &symbols).map_err(|error| {
            reject(&[Step::Field("features")], &error, "features that can be computed")
        })?;
        if !(self.trading.initial_equity.is_finite() && self.trading.initial_equity > 0.0) {
            return Err(source.reject(
                &trading("initial_equity"),
                "out of range",
                self.trading.initial_equity.to_string(),
                "a finite number > 0",
                "write the capital the account starts with".to_owned(),
            ));
        }
        self.trading
            .allocation
            .check()
            .map_err(|error| reject(&trading("allocation"), &error, "an allocation that can be"))?;
        self.trading
            .costs
            .check(self.shocks.max_spread_multiplier)
            .map_err(|error| reject(&trading("costs"), &error, "costs that can be"))?;
        self.trading
            .reward
            .check()
            .map_err(|error| reject(&trading("reward"), &error, "a reward that can be"))?;
        self.shock_space()
            .check()
            .map_err(|error| reject(&[Step::Field("shocks")], &error, "shocks that can be"))?;
        if self.trading.horizon == Some(0) {
            return Err(source.reject(
                &trading("horizon"),
                "out of range",
                "0 steps".to_owned(),
                "at least 1 step, or None for the whole span",
                "write the number of steps of a training episode".to_owned(),
            ));
        }
        Ok(())
    }

    fn check_files(&self, source: &Source) -> Result<(), ConfigError> {
        let at = |n, name| {
            [
                Step::Field("market"),
                Step::Field("files"),
                Step::Element(n),
                Step::Field(name),
            ]
        };
        if self.market.files.is_empty() {
            return Err(source.reject(
                &[Step::Field("market"), Step::Field("files")],
                "no price file",
                "an empty list".to_owned(),
                "at least one price file",
                "add a file per asset".to_owned(),
            ));
        }
        if self.market.bar_seconds == 0 {
            return Err(source.reject(
                &[Step::Field("market"), Step::Field("bar_seconds")],
                "out of range",
                "0 seconds".to_owned(),
                "the length of a bar, at least 1 second",
                "write 86400 for daily bars".to_owned(),
            ));
        }
        for (n, file) in self.market.files.iter().enumerate() {
            let twice = self.market.files[..n].iter().any(|f| f.symbol == file.symbol);
            if twice || file.symbol.is_empty() {
                return Err(source.reject(
                    &at(n, "symbol"),
                    "symbol empty or given twice",
                    format!("`{}`", file.symbol),
                    "a different name for each asset",
                    "rename one of the assets".to_owned(),
                ));
            }
            let path = source.folder().join(&file.path);
            if !path.is_file() {
                return Err(source.reject(
                    &at(n, "path"),
                    "missing data file",
                    format!("no file at {}", path.display()),
                    "a CSV or Parquet file of bars",
                    format!(
                        "correct the path; it is relative to the folder of {}",
                        source.path().display()
                    ),
                ));
            }
        }
        Ok(())
    }
}
