//! `envs/<family>-v<n>.ron`: what a market is. Nothing about learning.

use super::{ConfigError, Game, MarketConfig, ReplaySpec, Source, Step, replays};
use crate::{env::TradingSpec, features::Pipeline, market::Columns};
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
    /// Crashes of the past that come to these prices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replays: Vec<ReplaySpec>,
    /// The rules: costs, actions, reward, features, admissible shocks.
    pub trading: TradingSpec,
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
        self.market.symbols()
    }

    /// Reads and validates an env file; the price files must exist, their content is read
    /// elsewhere.
    ///
    /// # Errors
    /// [`ConfigError`] pointing at the offending value, or at a game that is not trading.
    pub fn load(path: &Path) -> Result<(Self, Source), ConfigError> {
        let (game, source) = Game::load(path)?;
        let field = game.field();
        match game {
            Game::Trading(env) => Ok((env, source)),
            Game::MarketMaking(_) | Game::Execution(_) => Err(source.reject(
                &[Step::Field(field)],
                "a game that is not trading",
                format!("`{field}`"),
                "`market` and `trading`, which experiments and backtests play",
                "name a trading env; this one can be looked at with `shockproof check env`, read with `config::Game::load`, and \
                 played and trained in with the library"
                    .to_owned(),
            )),
        }
    }

    pub(super) fn parse(source: &Source) -> Result<Self, ConfigError> {
        MarketConfig::check_kind(source)?;
        let env: Self = source.parse()?;
        env.check(source)?;
        Ok(env)
    }

    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        self.market.check(source)?;
        replays::check(&self.replays, source)?;
        let trading = Step::Field("trading");
        self.trading
            .check()
            .map_err(|error| source.reject_error(&[trading], &error))?;
        let (symbols, signals) = (self.symbols(), self.market.signal_names());
        let columns = Columns {
            symbols: &symbols,
            signals: &signals,
        };
        Pipeline::new(&self.trading.features, columns)
            .map_err(|error| source.reject_error(&[trading, Step::Field("features")], &error))?;
        Ok(())
    }
}

/// Refuses an experiment, and names the env in it.
pub(super) fn refuse_experiment(source: &Source) -> Result<(), ConfigError> {
    let env = [Step::Field("env")];
    if !source.has(&env) || source.has(&[Step::Field("market")]) {
        return Ok(());
    }
    let named = source.written(&env).trim_matches('"');
    Err(source.reject(
        &env,
        "an experiment in the place of an env",
        "an experiment".to_owned(),
        "an env file: what a market is",
        format!("name its env, {}", source.folder().join(named).display()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let (env, _) = EnvFile::load(&path).unwrap();
            assert_eq!(env.id(), name);
            let written = ron::to_string(&env).unwrap();
            assert_eq!(ron::from_str::<EnvFile>(&written).unwrap(), env);
        }
    }
}
