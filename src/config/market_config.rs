//! Source of an env's prices: files, or a model and a seed.

use super::{ConfigError, PriceFiles, Source};
use crate::models::{BlockBootstrap, ModelError, SignalMarket, SimulatedMarket};
use serde::{Deserialize, Serialize};

/// Prices of an env. This value and the files it names determine every bar; simulated prices are
/// path 0 of their seed.
///
/// ```text
/// market: Files(files: [(symbol: "SPX", path: "spx.csv", timestamps: Open)], calendar: Refuse, …)
/// market: Simulated(seed: 1, model: (assets: [(symbol: "A", initial_price: 100.0, model: …)], …))
/// market: Bootstrap(seed: 1, history: (files: […], …), blocks: (mean_block: 20.0, …))
/// market: Signals(seed: 1, model: (symbols: ["A", "B"], n_signals: 20, …))
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one per env, and a box would show in every match"
)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum MarketConfig {
    /// Reads price files on one calendar. Use for historical prices.
    Files(PriceFiles),
    /// Simulates assets whose prices follow models. Use for unlimited training data.
    Simulated(Seeded<SimulatedMarket>),
    /// Shuffles price files in blocks. Use for alternative histories of the same kind.
    Bootstrap(BootstrappedFiles),
    /// Simulates assets whose conditional means are known. Use for tests with a known optimum.
    Signals(Seeded<SignalMarket>),
}

/// A market model and its seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "cli", schemars(rename = "Seeded{Model}"))]
pub struct Seeded<Model> {
    /// Seed of the prices; independent of the seeds of training.
    pub seed: u64,
    /// Model of the market.
    pub model: Model,
}

/// The stationary bootstrap of price files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct BootstrappedFiles {
    /// Seed of the blocks; independent of the seeds of training.
    pub seed: u64,
    /// Price files that are shuffled.
    pub history: PriceFiles,
    /// Lengths of the blocks and of the result.
    pub blocks: BlockBootstrap,
}

impl MarketConfig {
    /// Name of the kind of market in an env file.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Files(_) => "Files",
            Self::Simulated(_) => "Simulated",
            Self::Bootstrap(_) => "Bootstrap",
            Self::Signals(_) => "Signals",
        }
    }

    /// Asset symbols, in order.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        match self {
            Self::Files(files) => files.symbols(),
            Self::Simulated(market) => market.model.symbols(),
            Self::Bootstrap(market) => market.history.symbols(),
            Self::Signals(market) => market.model.symbols.clone(),
        }
    }

    /// Signal names, in order; empty for a market that has prices only.
    pub(crate) fn signal_names(&self) -> Vec<String> {
        match self {
            Self::Signals(market) => market.model.signal_names(),
            Self::Files(files) => files.signal_names(),
            Self::Bootstrap(market) => market.history.signal_names(),
            Self::Simulated(_) => Vec::new(),
        }
    }

    /// Price files that are read: the market itself, or the history of a bootstrap.
    #[must_use]
    pub const fn price_files(&self) -> Option<&PriceFiles> {
        match self {
            Self::Files(files) => Some(files),
            Self::Bootstrap(market) => Some(&market.history),
            Self::Simulated(_) | Self::Signals(_) => None,
        }
    }

    /// [`MarketConfig::price_files`], mutable.
    pub(crate) const fn price_files_mut(&mut self) -> Option<&mut PriceFiles> {
        match self {
            Self::Files(files) => Some(files),
            Self::Bootstrap(market) => Some(&mut market.history),
            Self::Simulated(_) | Self::Signals(_) => None,
        }
    }

    /// The path of [`MarketConfig::price_files`] in an env file.
    pub(crate) const fn place_of_files(&self) -> &'static str {
        match self {
            Self::Bootstrap(_) => "market.history",
            _ => "market",
        }
    }

    /// Converts a model error into a config error that points at the parameter at fault.
    pub(crate) fn reject_model(&self, source: &Source, error: &ModelError) -> ConfigError {
        let place = match self {
            Self::Bootstrap(_) => "market.blocks",
            _ => "market.model",
        };
        source.reject_error(place, error)
    }

    /// Refuses a market in `source` that does not name its kind.
    pub(super) fn check_kind(source: &Source) -> Result<(), ConfigError> {
        if !source.has("market") || !source.written("market").starts_with('(') {
            return Ok(());
        }
        Err(source.reject(
            "market",
            "market without a kind: found `(`, expected `Files(`, `Simulated(`, `Bootstrap(` or \
             `Signals(`",
            "write `Files` before the bracket where price files are listed",
        ))
    }

    pub(super) fn check(&self, source: &Source) -> Result<(), ConfigError> {
        if let Some(files) = self.price_files() {
            files.check(source, self.place_of_files())?;
        }
        match self {
            Self::Files(_) => Ok(()),
            Self::Simulated(market) => market.model.check(),
            Self::Bootstrap(market) => market.blocks.check(),
            Self::Signals(market) => market.model.check(),
        }
        .map_err(|error| self.reject_model(source, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{EnvFile, Registry, to_ron};
    use tempfile::TempDir;

    const SIMULATED: &str = r#"Simulated(
    seed: 3,
    model: (
        assets: [
            (symbol: "A", initial_price: 100.0,
                model: GeometricBrownianMotion(drift: 0.05, volatility: 0.2)),
            (symbol: "B", initial_price: 50.0,
                model: Heston(drift: 0.05, initial_variance: 0.04, long_run_variance: 0.04,
                reversion_speed: 2.0, variance_volatility: 0.3, correlation: -0.5),
                volume: Constant(1000.0)),
        ],
        correlation: Common(0.3),
        n_bars: 300,
        bar_seconds: 86400,
        steps_per_bar: 4,
        start: "2000-01-01T00:00:00Z",
    ),
)"#;
    const SIGNALS: &str = r#"Signals(
    seed: 4,
    model: (
        symbols: ["A", "B"],
        initial_price: 100.0,
        n_bars: 300,
        bar_seconds: 86400,
        steps_per_bar: 1,
        start: "2000-01-01T00:00:00Z",
        bar_volatility: 0.01,
        n_signals: 5,
        n_relevant: 3,
        persistence: 0.9,
        sharpness: 3.0,
        signal_strength: 0.1,
        n_returns: 2,
        return_strength: 0.02,
        coefficients_seed: 1,
    ),
)"#;
    const BOOTSTRAP: &str = r#"Bootstrap(
    seed: 5,
    history: (
        files: [(symbol: "A", path: "a.csv", timestamps: Open),
            (symbol: "B", path: "a.csv", timestamps: Open)],
        calendar: Refuse,
        bar_seconds: 86400,
    ),
    blocks: (mean_block: 10.0, n_bars: 300, start: "2000-01-01T00:00:00Z"),
)"#;

    fn load(market: &str) -> Result<MarketConfig, ConfigError> {
        let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(project.join("envs/index_pair-v1.ron")).unwrap();
        let trading = &text[text.find("    trading: (").unwrap()..];
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("a.csv"), "").unwrap();
        let path = folder.path().join("env.ron");
        let head = "(\nname: \"x\",\nversion: 1,\nmarket: ";
        std::fs::write(&path, format!("{head}{market},\n{trading}")).unwrap();
        EnvFile::load(&path, &Registry::default()).map(|(env, _)| env.market)
    }

    #[test]
    fn every_kind_of_market_is_read_and_survives_its_own_writing() {
        for (text, name, has_files) in [
            (SIMULATED, "Simulated", false),
            (SIGNALS, "Signals", false),
            (BOOTSTRAP, "Bootstrap", true),
        ] {
            let market = load(text).unwrap();
            assert_eq!(
                (market.name(), market.symbols().join("")),
                (name, "AB".to_owned())
            );
            assert_eq!(market.price_files().is_some(), has_files);
            assert_eq!(
                market.signal_names().len(),
                if name == "Signals" { 5 } else { 0 }
            );
            assert_eq!(load(&to_ron(&market).unwrap()).unwrap(), market);
        }
    }

    #[test]
    fn a_matrix_of_correlations_is_written_as_rows() {
        let text = SIMULATED.replace("Common(0.3)", "Matrix([[1.0, 0.5], [0.5, 1.0]])");
        let MarketConfig::Simulated(market) = load(&text).unwrap() else {
            panic!("another kind");
        };
        let rows = vec![vec![1.0, 0.5], vec![0.5, 1.0]];
        assert_eq!(
            market.model.correlation,
            crate::models::Correlation::Matrix(rows)
        );
    }

    /// Asserts that each change of `market` is refused with a message that has both words.
    fn refuses(market: &str, changes: &[(&str, &str, [&str; 2])]) {
        for &(from, to, words) in changes {
            assert!(market.contains(from), "{from}");
            let error = load(&market.replacen(from, to, 1)).unwrap_err();
            let said = match &error {
                ConfigError::Ron(pointed) | ConfigError::Value(pointed) => {
                    format!("{pointed} {:?}", pointed.remedy)
                }
                ConfigError::File { .. } => error.to_string(),
            };
            for word in words {
                assert!(said.contains(word), "`{word}` is missing in: {said}");
            }
        }
    }

    #[test]
    fn impossible_models_are_pointed_at() {
        refuses(
            SIMULATED,
            &[
                (
                    "volatility: 0.2",
                    "volatility: -0.2",
                    ["env.ron:9:", "volatility = -0.2"],
                ),
                (
                    "initial_price: 50.0",
                    "initial_price: 0.0",
                    ["env.ron:10:42", "> 0"],
                ),
                ("Common(0.3)", "Common(-2.0)", ["env.ron:15:22", "[-1, 1]"]),
                (
                    "n_bars: 300",
                    "n_bars: 0",
                    ["env.ron:16:17", "at least one"],
                ),
                (
                    "symbol: \"B\"",
                    "symbol: \"A\"",
                    ["env.ron:7:17", "no other asset has"],
                ),
                ("Heston(", "Hestn(", ["env.ron:11:24", "`Heston`"]),
                ("seed: 3", "seeds: 3", ["env.ron:5:5", "`seed`"]),
            ],
        );
        refuses(
            SIGNALS,
            &[(
                "n_relevant: 3",
                "n_relevant: 30",
                ["env.ron:14:20", "at least `n_relevant`"],
            )],
        );
    }

    #[test]
    fn impossible_files_and_kinds_are_pointed_at() {
        refuses(
            BOOTSTRAP,
            &[
                (
                    "mean_block: 10.0",
                    "mean_block: 0.5",
                    ["env.ron:12:26", ">= 1"],
                ),
                (
                    "symbol: \"B\"",
                    "symbol: \"A\"",
                    ["env.ron:8:", "different name"],
                ),
                (
                    "path: \"a.csv\"",
                    "path: \"b.csv\"",
                    ["env.ron:7:37", "missing data file"],
                ),
                (
                    "calendar: Refuse,",
                    "calendar: Refuse, accept: [split_like, impossible_bar],",
                    ["env.ron:9:48", "found `impossible_bar`"],
                ),
                ("Bootstrap(", "(", ["env.ron:4:9", "`Files`"]),
                ("Bootstrap(", "Bootstarp(", ["env.ron:4:9", "`Bootstrap`"]),
            ],
        );
    }
}
