//! `envs/<family>-v<n>.ron`: the definition of a market, without training settings.

use super::{ConfigError, MarketConfig, Registry, ReplaySpec, Source, replays};
use crate::{env::TradingSpec, features::Pipeline, market::Columns};
use serde::{Deserialize, Serialize};

/// Env file of a trading market. A change that alters results gets a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EnvFile {
    /// Family name, e.g. `panel_daily`.
    pub name: String,
    /// Version. Range: 1 and up.
    pub version: u32,
    /// Origin of the prices.
    pub market: MarketConfig,
    /// Crashes of the past that are inserted into the prices. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replays: Vec<ReplaySpec>,
    /// Rules: costs, actions, reward, features, admissible shocks.
    pub trading: TradingSpec,
}

impl EnvFile {
    /// Env id, `name-v<version>`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-v{}", self.name, self.version)
    }

    /// Asset symbols, in order.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        self.market.symbols()
    }

    pub(super) fn parse(source: &Source, registry: &Registry) -> Result<Self, ConfigError> {
        MarketConfig::check_kind(source)?;
        let mut env: Self = source.parse()?;
        registry.resolve_rules(&mut env.trading, source)?;
        env.check(source)?;
        Ok(env)
    }

    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        self.market.check(source)?;
        replays::check(&self.replays, source)?;
        source.checked("trading", self.trading.check())?;
        if let (MarketConfig::Files(files), Some(funding)) =
            (&self.market, &self.trading.costs.funding)
        {
            files.check_funding(funding, source, "market")?;
        }
        let columns = Columns {
            symbols: &self.symbols(),
            signals: &self.market.signal_names(),
        };
        let pipeline = Pipeline::new(&self.trading.features, columns);
        source.checked("trading.features", pipeline).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_env_files_of_the_project_load() {
        for name in [
            "panel_daily-v1",
            "panel_crashes-v1",
            "index_pair-v1",
            "eurusd_hourly-v1",
            "simulated_mix-v1",
            "bootstrap_panel-v1",
            "signal_study-v1",
        ] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("envs/{name}.ron"));
            let (env, _) = EnvFile::load(&path, &Registry::default()).unwrap();
            assert_eq!(env.id(), name);
            let written = ron::to_string(&env).unwrap();
            assert_eq!(ron::from_str::<EnvFile>(&written).unwrap(), env);
        }
    }
}
