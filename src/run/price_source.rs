//! The prices of an env, read or drawn.

use super::{
    Drawn, Provenance, RunError, panel_sha256, read_prices, refuse_errors, replays::with_replays,
};
use crate::{
    config::{BootstrappedFiles, EnvFile, MarketConfig, Seeded, Source},
    ingest::Ingested,
    market::Panel,
    models::{ModelError, SignalMarket, SimulatedMarket},
    rng::Streams,
};

/// The prices of an env.
#[derive(Debug, Clone)]
pub struct Prices {
    /// The bars.
    pub panel: Panel,
    /// Their origin.
    pub provenance: Provenance,
}

/// The source of an env's prices: files, read and audited, or a law and its seed.
#[derive(Debug, Clone)]
pub struct PriceSource<'a> {
    env: &'a EnvFile,
    source: &'a Source,
    origin: Origin<'a>,
}

#[derive(Debug, Clone)]
enum Origin<'a> {
    Files(Ingested),
    Law(Law<'a>),
}

#[derive(Debug, Clone)]
enum Law<'a> {
    Simulated(&'a Seeded<SimulatedMarket>),
    Bootstrap(&'a BootstrappedFiles, Box<Ingested>),
    Signals(&'a Seeded<SignalMarket>),
}

impl<'a> PriceSource<'a> {
    /// Reads and audits the price files, also those behind a bootstrap; an error that the env does
    /// not accept is refused. Drawn prices are not audited: a bar that the audit takes for a fault
    /// (flat, stale, a large jump) follows from their law.
    ///
    /// # Errors
    /// Wrong input: pointing into the env file, or at file, row and column of a price file.
    pub fn open(env: &'a EnvFile, source: &'a Source) -> Result<Self, RunError> {
        let audited = || {
            let ingested = read_prices(env, source)?;
            refuse_errors(env, source, &ingested.panel)?;
            Ok::<_, RunError>(ingested)
        };
        let origin = match &env.market {
            MarketConfig::Files(_) => Origin::Files(audited()?),
            MarketConfig::Simulated(market) => Origin::Law(Law::Simulated(market)),
            MarketConfig::Bootstrap(market) => {
                Origin::Law(Law::Bootstrap(market, Box::new(audited()?)))
            }
            MarketConfig::Signals(market) => Origin::Law(Law::Signals(market)),
        };
        Ok(Self {
            env,
            source,
            origin,
        })
    }

    /// Draws path number `path`; `None` where prices are read.
    ///
    /// # Errors
    /// Wrong input, pointing at the model: parameters under which prices overflow or vanish.
    pub fn draw(&self, path: u32) -> Result<Option<Panel>, RunError> {
        match &self.origin {
            Origin::Files(_) => Ok(None),
            Origin::Law(law) => {
                let drawn = law.draw(path).map_err(|error| self.rejected(&error))?;
                with_replays(self.env, self.source, drawn).map(Some)
            }
        }
    }

    /// The prices of the env: its files or path 0 under its seed, with the crashes that it
    /// replays. The audit sees files without these crashes.
    ///
    /// # Errors
    /// See [`PriceSource::draw`].
    pub fn prices(self) -> Result<Prices, RunError> {
        let law = match self.origin {
            Origin::Files(Ingested { panel, report }) => {
                let panel = with_replays(self.env, self.source, panel)?;
                let provenance = Provenance::Read(report);
                return Ok(Prices { panel, provenance });
            }
            Origin::Law(ref law) => law,
        };
        let drawn = law.draw(0).map_err(|error| self.rejected(&error))?;
        let provenance = Provenance::Drawn(Drawn {
            law: law.name(),
            seed: law.seed(),
            sha256: panel_sha256(&drawn),
            history: law.history().map(|history| history.report.clone()),
        });
        let panel = with_replays(self.env, self.source, drawn)?;
        Ok(Prices { panel, provenance })
    }

    fn rejected(&self, error: &ModelError) -> RunError {
        self.env.market.reject_model(self.source, error).into()
    }
}

impl Law<'_> {
    fn draw(&self, path: u32) -> Result<Panel, ModelError> {
        let streams = Streams::new(self.seed());
        match self {
            Self::Simulated(market) => market.model.panel(&streams, path),
            Self::Bootstrap(market, history) => market.blocks.panel(&history.panel, &streams, path),
            Self::Signals(market) => market.model.panel(&streams, path),
        }
    }

    const fn seed(&self) -> u64 {
        match self {
            Self::Simulated(market) => market.seed,
            Self::Bootstrap(market, _) => market.seed,
            Self::Signals(market) => market.seed,
        }
    }

    const fn history(&self) -> Option<&Ingested> {
        match self {
            Self::Bootstrap(_, history) => Some(history),
            Self::Simulated(_) | Self::Signals(_) => None,
        }
    }

    /// The kind of the law with the models of the assets, each once, in order.
    fn name(&self) -> String {
        let Self::Simulated(market) = self else {
            return match self {
                Self::Bootstrap(..) => "Bootstrap".to_owned(),
                _ => "Signals".to_owned(),
            };
        };
        let mut models: Vec<&str> = Vec::new();
        for asset in &market.model.assets {
            if !models.contains(&asset.model.name()) {
                models.push(asset.model.name());
            }
        }
        format!("Simulated({})", models.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Registry, eval::Met};
    use std::{fs, path::Path};
    use tempfile::TempDir;

    /// The rules of the hourly env on `market`, read in a folder beside the project's data.
    fn with<T>(market: &str, use_it: impl FnOnce(&EnvFile, &Source) -> T) -> T {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(project.join("envs/eurusd_hourly-v1.ron")).unwrap();
        let trading = &text[text.find("    trading: (").unwrap()..];
        let market = market.replace("DATA", &project.join("data").to_string_lossy());
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("env.ron");
        let head = "(\nname: \"x\",\nversion: 1,\nmarket: ";
        fs::write(&path, format!("{head}{market},\n{trading}")).unwrap();
        let (env, source) = EnvFile::load(&path, &Registry::default()).unwrap();
        use_it(&env, &source)
    }

    const SIMULATED: &str = "Simulated(seed: 1, model: (
        assets: [(symbol: \"A\", initial_price: 100.0, model: GeometricBrownianMotion(drift: 0.0, volatility: 0.2))],
        n_bars: 300, bar_seconds: 86400, steps_per_bar: 2, start: \"2000-01-01T00:00:00Z\"))";
    const FILES: &str = "Files(
        files: [(symbol: \"SPX\", path: \"DATA/spx_1d_1999_2018.csv\", timestamps: Open)], calendar: Refuse, bar_seconds: 86400)";
    const BOOTSTRAP: &str = "Bootstrap(seed: 1, history: (
        files: [(symbol: \"SPX\", path: \"DATA/spx_1d_1999_2018.csv\", timestamps: Open)], calendar: Refuse, bar_seconds: 86400),
        blocks: (mean_block: 20.0, n_bars: 300, start: \"2000-01-01T00:00:00Z\"))";

    fn prices(market: &str) -> Prices {
        with(market, |env, source| {
            PriceSource::open(env, source).unwrap().prices().unwrap()
        })
    }

    #[test]
    fn a_drawn_panel_is_recorded_by_law_seed_and_checksum() {
        let drawn = prices(SIMULATED);
        assert_eq!(drawn.provenance.ingest(), None);
        assert_eq!(
            drawn.provenance.data_sha256(),
            [(
                "Simulated(GeometricBrownianMotion) with seed 1".to_owned(),
                panel_sha256(&drawn.panel)
            )]
            .into()
        );
        assert_eq!(prices(SIMULATED).panel, drawn.panel);
        let other = prices(&SIMULATED.replace("seed: 1", "seed: 2"));
        assert_ne!(panel_sha256(&other.panel), panel_sha256(&drawn.panel));
    }

    #[test]
    fn a_bootstrap_is_recorded_with_its_files() {
        let Provenance::Drawn(drawn) = prices(BOOTSTRAP).provenance else {
            panic!("was read");
        };
        let names: Vec<String> = Provenance::Drawn(drawn).data_sha256().into_keys().collect();
        assert_eq!(names, ["Bootstrap with seed 1", "spx_1d_1999_2018.csv"]);
    }

    #[test]
    fn shared_bars_are_recognized_by_the_checksums_of_both_sides() {
        let of = |market: &str| prices(market).provenance;
        let files = of(FILES);
        let simulated = of(SIMULATED);
        let simulated_2 = of(&SIMULATED.replace("seed: 1", "seed: 2"));
        let bootstrap = of(BOOTSTRAP);
        let bootstrap_2 = of(&BOOTSTRAP.replace("seed: 1", "seed: 2"));
        for (one, other, met) in [
            (&files, &files, Some(Met::ByDate)),
            (&simulated, &simulated, Some(Met::ByDate)),
            (&simulated, &simulated_2, None),
            (&simulated, &files, None),
            (&simulated, &bootstrap, None),
            (&bootstrap, &files, Some(Met::Anywhere)),
            (&bootstrap, &bootstrap_2, Some(Met::Anywhere)),
        ] {
            assert_eq!(one.shared_with(&other.data_sha256()), met, "{other:?}");
            assert_eq!(other.shared_with(&one.data_sha256()), met, "{one:?}");
        }
    }

    #[test]
    fn paths_differ_and_the_first_is_the_env_s() {
        for market in [SIMULATED, BOOTSTRAP] {
            with(market, |env, source| {
                let prices = PriceSource::open(env, source).unwrap();
                let path = |n| prices.draw(n).unwrap().unwrap();
                assert_eq!(path(0), prices.clone().prices().unwrap().panel);
                assert_ne!(path(1), path(0));
            });
        }
    }

    #[test]
    fn prices_that_overflow_point_at_the_model() {
        let market = SIMULATED.replace("drift: 0.0", "drift: 1e6");
        let error = with(&market, |env, source| {
            PriceSource::open(env, source)
                .unwrap()
                .prices()
                .unwrap_err()
        });
        assert!(error.to_string().contains("env.ron:4:"), "{error}");
        assert!(error.is_wrong_input());
    }

    #[test]
    fn a_market_without_files_is_refused_where_files_are_needed() {
        let error = with(SIMULATED, |env, source| {
            read_prices(env, source).unwrap_err()
        });
        for part in ["env.ron:4:9", "`Simulated`", "`Files`"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn the_checksum_of_a_panel_covers_every_bit_of_it() {
        let panel = prices(SIMULATED).panel;
        let sum = panel_sha256(&panel);
        let mut bars: Vec<crate::market::Bar> = panel.asset(0).copied().collect();
        let rebuilt = |bars: &[crate::market::Bar], symbol: &str| {
            let ends = panel.timestamps().to_vec();
            Panel::new(
                vec![symbol.to_owned()],
                ends,
                bars.to_vec(),
                panel.bar_length(),
            )
            .unwrap()
        };
        assert_eq!(panel_sha256(&rebuilt(&bars, "A")), sum);
        assert_ne!(panel_sha256(&rebuilt(&bars, "B")), sum);
        let with_signal = |value| {
            let names = vec!["s".to_owned()];
            let signals = panel.clone().with_signals(names, vec![value; 300]);
            panel_sha256(&signals.unwrap())
        };
        assert_ne!(with_signal(0.0), sum);
        assert_ne!(with_signal(0.0), with_signal(1.0));
        bars[299].volume = 1.0;
        assert_ne!(panel_sha256(&rebuilt(&bars, "A")), sum);
    }
}
