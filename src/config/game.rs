//! Games that an env file can define.

use super::{ConfigError, EnvFile, Registry, Source};
use crate::games::{execution::ExecutionSpec, quoting::MarketMakingSpec};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Env file of any game; its fields determine the game.
///
/// | fields besides `name` and `version` | game | use |
/// |---|---|---|
/// | `market`, `trading` | [`EnvFile`] | experiments, backtests, bots |
/// | `market_making` | [`MarketMakingFile`] | `shockproof check env`, [`crate::games::quoting`] |
/// | `execution` | [`ExecutionFile`] | `shockproof check env`, [`crate::games::execution`] |
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "one value per file, taken apart at once"
)]
pub enum Game {
    /// Trading of assets on bars.
    Trading(EnvFile),
    /// Quoting against arriving orders.
    MarketMaking(MarketMakingFile),
    /// Liquidation of a block of shares.
    Execution(ExecutionFile),
}

/// An env file of a quoting market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct MarketMakingFile {
    /// Family, e.g. `market_making`.
    pub name: String,
    /// Version. Range: 1 and up.
    pub version: u32,
    /// Rules of the market.
    pub market_making: MarketMakingSpec,
}

/// An env file of an execution market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ExecutionFile {
    /// Family, e.g. `execution`.
    pub name: String,
    /// Version. Range: 1 and up.
    pub version: u32,
    /// Rules of the market.
    pub execution: ExecutionSpec,
}

/// Fields of each game in an env file.
const GAMES: [&[&str]; 3] = [&["market", "trading"], &["market_making"], &["execution"]];

impl Game {
    /// Reads and checks an env file of any game. Price files must exist but are not read.
    ///
    /// # Errors
    /// [`ConfigError`] pointing at the offending value, or at the second game of a file.
    pub fn load(path: &Path, registry: &Registry) -> Result<(Self, Source), ConfigError> {
        let source = Source::read(path)?;
        refuse_experiment(&source)?;
        refuse_second_game(&source)?;
        let game = if source.has("market_making") {
            let file: MarketMakingFile = source.parse()?;
            source.checked("market_making", file.market_making.check())?;
            Self::MarketMaking(file)
        } else if source.has("execution") {
            let file: ExecutionFile = source.parse()?;
            source.checked("execution", file.execution.check())?;
            Self::Execution(file)
        } else {
            Self::Trading(EnvFile::parse(&source, registry)?)
        };
        Ok((game, source))
    }

    pub(crate) fn id(&self) -> String {
        let (name, version) = match self {
            Self::Trading(file) => (&file.name, file.version),
            Self::MarketMaking(file) => (&file.name, file.version),
            Self::Execution(file) => (&file.name, file.version),
        };
        format!("{name}-v{version}")
    }

    /// Name of the env-file field that determines the game.
    pub(crate) const fn field(&self) -> &'static str {
        match self {
            Self::Trading(_) => "trading",
            Self::MarketMaking(_) => "market_making",
            Self::Execution(_) => "execution",
        }
    }
}

impl EnvFile {
    /// Reads and checks an env file. Price files must exist; [`crate::run::read_prices`] reads
    /// them.
    ///
    /// # Errors
    /// [`ConfigError`] pointing at the offending value, or at a game that is not trading.
    pub fn load(path: &Path, registry: &Registry) -> Result<(Self, Source), ConfigError> {
        let (game, source) = Game::load(path, registry)?;
        let field = game.field();
        match game {
            Game::Trading(env) => Ok((env, source)),
            Game::MarketMaking(_) | Game::Execution(_) => Err(source.reject(
                field,
                format!(
                    "a game that is not trading: found `{field}`, expected `market` and \
                     `trading`, which experiments and backtests play"
                ),
                "name a trading env; `shockproof check env` prints this one, and the library \
                 plays it (`config::Game::load`)",
            )),
        }
    }
}

/// Refuses an experiment file and names the env file that it refers to.
fn refuse_experiment(source: &Source) -> Result<(), ConfigError> {
    if !source.has("env") || source.has("market") {
        return Ok(());
    }
    let env = source
        .folder()
        .join(source.written("env").trim_matches('"'));
    Err(source.reject(
        "env",
        "an experiment in the place of an env: found an experiment, expected an env file: what a \
         market is",
        format!("name its env, {}", env.display()),
    ))
}

fn refuse_second_game(source: &Source) -> Result<(), ConfigError> {
    let written = |fields: &[&'static str]| fields.iter().copied().find(|field| source.has(field));
    let mut games = GAMES.into_iter().filter_map(written);
    let (Some(first), Some(second)) = (games.next(), games.next()) else {
        return Ok(());
    };
    Err(source.reject(
        second,
        format!(
            "a second game: found `{second}` beside `{first}`, expected one game per file: \
             `market` with `trading`, or `market_making`, or `execution`"
        ),
        "write a file for each",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::to_ron;
    use tempfile::TempDir;

    fn load(text: &str) -> Result<(Game, Source), ConfigError> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("env.ron");
        std::fs::write(&path, text).unwrap();
        Game::load(&path, &Registry::default())
    }

    fn quoting() -> MarketMakingFile {
        let rules = MarketMakingSpec::avellaneda_stoikov();
        MarketMakingFile {
            name: "quotes".to_owned(),
            version: 1,
            market_making: rules.with_drift(5.0).unwrap(),
        }
    }

    fn selling() -> ExecutionFile {
        ExecutionFile {
            name: "block".to_owned(),
            version: 2,
            execution: ExecutionSpec::almgren_chriss(),
        }
    }

    #[test]
    fn each_game_survives_its_own_writing() {
        let (game, _) = load(&to_ron(&quoting()).unwrap()).unwrap();
        assert_eq!(
            (game.id(), game.field()),
            ("quotes-v1".to_owned(), "market_making")
        );
        assert_eq!(game, Game::MarketMaking(quoting()));
        let (game, _) = load(&to_ron(&selling()).unwrap()).unwrap();
        assert_eq!(
            (game.id(), game.field()),
            ("block-v2".to_owned(), "execution")
        );
        assert_eq!(game, Game::Execution(selling()));
    }

    #[test]
    fn the_games_of_the_project_are_those_of_the_papers() {
        let of_project = |name: &str| {
            let project = Path::new(env!("CARGO_MANIFEST_DIR"));
            Game::load(&project.join("envs").join(name), &Registry::default())
                .unwrap()
                .0
        };
        let Game::MarketMaking(mut quotes) = of_project("market_making-v1.ron") else {
            panic!("no market making");
        };
        let paper = quoting().market_making;
        let budget_bps = quotes.market_making.shocks.budget_bps;
        assert!((budget_bps.get() - paper.shocks.budget_bps.get()).abs() < 1e-12);
        quotes.market_making.shocks.budget_bps = paper.shocks.budget_bps;
        assert_eq!(quotes.market_making, paper);
        let Game::Execution(block) = of_project("execution-v1.ron") else {
            panic!("no execution");
        };
        let paper = selling().execution;
        assert_eq!(block.execution.liquidation, paper.liquidation);
        let shocks = block.execution.shocks.clone();
        assert_eq!(block.execution, ExecutionSpec { shocks, ..paper });
    }

    /// Asserts that each change `(from, to, field, word)` is refused with a message that contains
    /// `word` and points at the text right after `field`.
    fn refuses(text: &str, changes: &[(&str, &str, &str, &str)]) {
        for &(from, to, field, word) in changes {
            assert!(text.contains(from), "{from} is missing in {text}");
            let text = text.replacen(from, to, 1);
            let error = load(&text).unwrap_err();
            let (ConfigError::Value(pointed) | ConfigError::Ron(pointed)) = error else {
                panic!("{error}");
            };
            let said = format!("{pointed} {:?}", pointed.remedy);
            assert!(said.contains(word), "`{word}` is missing in: {said}");
            let before = &text[..pointed.span.offset()];
            assert!(before.ends_with(field), "{from}: {said}");
        }
    }

    #[test]
    fn impossible_quotes_are_pointed_at() {
        refuses(
            &to_ron(&quoting()).unwrap(),
            &[
                ("decay: 1.5", "decay: -1.5", "decay: ", "> 0"),
                (
                    "n_steps: 200",
                    "n_steps: 4294967295",
                    "n_steps: ",
                    "1 to 1000000",
                ),
                ("volatility: 2.0", "volatility: 0.0", "volatility: ", "> 0"),
                ("low: -1.0", "low: 9.0", "offsets: ", "low below high"),
                ("kind: Drift", "kind: Print", "kind: ", "Drift or Jump"),
                (
                    "kind: Drift",
                    "kind: Drift, print_ending: Kept",
                    "print_ending: ",
                    "Corrected",
                ),
                ("decay: 1.5", "dekay: 1.5", "", "`decay`"),
            ],
        );
    }

    #[test]
    fn impossible_blocks_and_second_games_are_pointed_at() {
        refuses(
            &to_ron(&selling()).unwrap(),
            &[
                ("shares: 1000000.0", "shares: 0.0", "shares: ", "> 0"),
                (
                    "n_steps: 5",
                    "n_steps: 4294967295",
                    "n_steps: ",
                    "1 to 1000000",
                ),
                (
                    "risk_aversion: 1e-6",
                    "risk_aversion: -1.0",
                    "risk_aversion: ",
                    ">= 0",
                ),
                (
                    "initial_price: 50.0",
                    "initial_price: -5.0",
                    "initial_price: ",
                    "> 0",
                ),
                (
                    "execution:",
                    "market_making: (), execution:",
                    "execution: ",
                    "one game",
                ),
                (
                    "version: 2,",
                    "version: 2, trading: (),",
                    "execution: ",
                    "one game",
                ),
            ],
        );
    }

    #[test]
    fn a_file_without_a_game_is_refused_with_the_missing_field() {
        let error = load("(name: \"x\", version: 1)").unwrap_err().to_string();
        assert!(error.contains("missing field `market`"), "{error}");
    }

    #[test]
    fn experiments_and_backtests_need_trading() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("env.ron");
        for (text, field) in [
            (to_ron(&quoting()).unwrap(), "market_making"),
            (to_ron(&selling()).unwrap(), "execution"),
        ] {
            std::fs::write(&path, text).unwrap();
            let Err(ConfigError::Value(pointed)) = EnvFile::load(&path, &Registry::default())
            else {
                panic!("was taken for a trading env");
            };
            let said = format!("{pointed} {:?}", pointed.remedy);
            for word in [field, "`market` and `trading`", "shockproof check env"] {
                assert!(said.contains(word), "`{word}` is missing in: {said}");
            }
        }
    }
}
