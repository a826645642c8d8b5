//! Prices of an env, read or drawn.

use super::{
    Drawn, Provenance, RunError,
    audited::refuse_errors,
    prices::{no_files, read_prices},
    provenance::panel_sha256,
    replays::with_replays,
};
use crate::{
    config::{EnvFile, MarketConfig, Source},
    ingest::Ingested,
    market::Panel,
    models::SimulatedMarket,
    rng::Streams,
};

/// Prices of an env.
#[derive(Debug, Clone)]
pub struct Prices {
    /// Bars of all assets.
    pub panel: Panel,
    /// Origin of the bars.
    pub provenance: Provenance,
}

/// Source of an env's prices: files, read and audited, or a law and its seed.
#[derive(Debug, Clone)]
pub struct PriceSource<'a> {
    env: &'a EnvFile,
    source: &'a Source,
    /// The price files, or the history of a bootstrap.
    files: Option<Ingested>,
}

impl<'a> PriceSource<'a> {
    /// Reads and audits the price files, including those of a bootstrap, and refuses audit errors
    /// that the env does not accept. Drawn prices are not audited: a bar that looks like a fault
    /// (flat, stale, a large jump) follows from their law.
    ///
    /// # Errors
    /// Wrong input: pointing into the env file, or at file, row and column of a price file.
    pub fn open(env: &'a EnvFile, source: &'a Source) -> Result<Self, RunError> {
        let mut files = None;
        if env.market.price_files().is_some() {
            let ingested = read_prices(env, source)?;
            refuse_errors(env, source, &ingested.panel)?;
            files = Some(ingested);
        }
        Ok(Self { env, source, files })
    }

    /// Draws path number `path`; `None` if the prices are read from files.
    ///
    /// # Errors
    /// Wrong input, pointing at the model: parameters under which prices overflow or vanish.
    pub fn draw(&self, path: u32) -> Result<Option<Panel>, RunError> {
        let drawn = self.draw_clean(path)?;
        let drawn = drawn.map(|(_, panel)| with_replays(self.env, self.source, panel));
        drawn.transpose()
    }

    /// Prices of the env: its files or path 0 under its seed, with the crashes that it replays. The
    /// audit sees the files without these crashes.
    ///
    /// # Errors
    /// Errors of [`PriceSource::draw`].
    pub fn prices(mut self) -> Result<Prices, RunError> {
        let drawn = self.draw_clean(0)?;
        let (panel, provenance) = match (drawn, self.files.take()) {
            (Some((seed, panel)), history) => {
                let provenance = Provenance::Drawn(Drawn {
                    law: law(&self.env.market),
                    seed,
                    sha256: panel_sha256(&panel),
                    history: history.map(|history| history.report),
                });
                (panel, provenance)
            }
            (None, Some(Ingested { panel, report })) => (panel, Provenance::Read(report)),
            (None, None) => {
                return Err(no_files(self.env, self.source, "prices").into());
            }
        };
        let panel = with_replays(self.env, self.source, panel)?;
        Ok(Prices { panel, provenance })
    }

    /// Seed of a law and a path drawn from it, without replays.
    fn draw_clean(&self, path: u32) -> Result<Option<(u64, Panel)>, RunError> {
        let market = &self.env.market;
        let (seed, drawn) = match (market, &self.files) {
            (MarketConfig::Simulated(law), _) => {
                (law.seed, law.model.panel(&Streams::new(law.seed), path))
            }
            (MarketConfig::Signals(law), _) => {
                (law.seed, law.model.panel(&Streams::new(law.seed), path))
            }
            (MarketConfig::Bootstrap(law), Some(history)) => {
                let streams = Streams::new(law.seed);
                (law.seed, law.blocks.panel(&history.panel, &streams, path))
            }
            (MarketConfig::Bootstrap(_) | MarketConfig::Files(_), _) => return Ok(None),
        };
        let panel = drawn.map_err(|error| market.reject_model(self.source, &error))?;
        Ok(Some((seed, panel)))
    }
}

/// Kind of a law, with the distinct models of its assets in order.
fn law(market: &MarketConfig) -> String {
    let MarketConfig::Simulated(simulated) = market else {
        return market.name().to_owned();
    };
    let SimulatedMarket { assets, .. } = &simulated.model;
    let mut models: Vec<&str> = Vec::new();
    for asset in assets {
        if !models.contains(&asset.model.name()) {
            models.push(asset.model.name());
        }
    }
    format!("Simulated({})", models.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Registry, eval::Met};
    use std::{fs, path::Path};
    use tempfile::TempDir;

    /// Applies `use_it` to the hourly env with prices from `market`, in a folder beside the data.
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
        assets: [(symbol: \"A\", initial_price: 100.0,
            model: GeometricBrownianMotion(drift: 0.0, volatility: 0.2))],
        n_bars: 300, bar_seconds: 86400, steps_per_bar: 2, start: \"2000-01-01T00:00:00Z\"))";
    const FILES: &str = "Files(
        files: [(symbol: \"SPX\", path: \"DATA/spx_1d_1999_2018.csv\", timestamps: Open)],
        calendar: Refuse, bar_seconds: 86400)";
    const BOOTSTRAP: &str = "Bootstrap(seed: 1, history: (
        files: [(symbol: \"SPX\", path: \"DATA/spx_1d_1999_2018.csv\", timestamps: Open)],
        calendar: Refuse, bar_seconds: 86400),
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
