//! The card of a trading env.

use super::{
    assets::assets,
    card::{Card, Fact, Sample, Scale, rules},
    figures::{count, figure},
    sampling::N_PATHS,
};
use crate::{
    config::{EnvFile, Game, MarketConfig, ReplaySpec, Source},
    env::{Reward, TradingEnv},
    eval::metrics::bars_per_year,
    market::Panel,
    rng::Streams,
    run::{PriceSource, Prices, Provenance, RunError},
    stats::Welford,
};
use chrono::{DateTime, Utc};

/// Opens the prices and builds the environment on all bars.
pub(super) fn card(file: &EnvFile, game: &Game, source: &Source) -> Result<Card, RunError> {
    let origin = PriceSource::open(file, source)?;
    let others = (1..N_PATHS).filter_map(|path| origin.draw(path).transpose());
    let others: Vec<Panel> = others.collect::<Result<_, RunError>>()?;
    let Prices { panel, provenance } = origin.prices()?;
    let rows = 0..panel.n_bars();
    let mut facts = vec![
        Fact::new("prices", origin_in_words(&file.market, &provenance)),
        Fact::new("span", span(&panel)),
    ];
    facts.extend(law(&file.market)?);
    facts.extend(replays(&file.replays));
    let (samples, assets) = (samples(&panel, &others), assets(&panel));
    let built = TradingEnv::fit(panel, file.trading.clone(), rows);
    let mut built = source.checked("trading", built)?;
    let mut card = Card::new(source, game, &mut built, &file.trading)?;
    let first = format!("after {} bars", built.first_row());
    card.facts.push(Fact::new("first decision", first));
    card.facts.extend(known_optimum(file, source)?);
    card.facts.splice(0..0, facts);
    card.assets = assets;
    card.samples = samples;
    card.constant = built.market().constant_features().to_vec();
    card.prices = Some(provenance);
    Ok(card)
}

/// Parameters of a law.
fn law(market: &MarketConfig) -> Result<Vec<Fact>, RunError> {
    match market {
        MarketConfig::Files(_) => Ok(Vec::new()),
        MarketConfig::Simulated(market) => rules(&market.model, &[]),
        MarketConfig::Bootstrap(market) => rules(&market.blocks, &[]),
        MarketConfig::Signals(market) => rules(&market.model, &["symbols"]),
    }
}

fn origin_in_words(market: &MarketConfig, provenance: &Provenance) -> String {
    let sums = provenance.data_sha256();
    let names: Vec<&str> = sums.keys().map(String::as_str).collect();
    let names = names.join(", ");
    match provenance.drawn() {
        None => format!("read from {names}"),
        Some(drawn) => {
            let sum = drawn.sha256.get(..12).unwrap_or_default();
            format!(
                "drawn: {}, path 0 of {names} (sha256 {sum}…)",
                market.name()
            )
        }
    }
}

/// Fact about the crashes that the env replays in its prices.
fn replays(replays: &[ReplaySpec]) -> Option<Fact> {
    let in_words = |replay: &ReplaySpec| format!("{} ({})", replay.crash, replay.at);
    let words: Vec<String> = replays.iter().map(in_words).collect();
    (!words.is_empty()).then(|| Fact::new("replays", words.join(", ")))
}

/// Closes of each asset, with further paths where the prices are drawn.
fn samples(panel: &Panel, others: &[Panel]) -> Vec<Sample> {
    let closes = |panel: &Panel, asset| panel.asset(asset).map(|bar| bar.close).collect();
    let of_asset = |(asset, symbol): (usize, &String)| {
        let paths: Vec<(String, Vec<f64>)> = if others.is_empty() {
            vec![("closes".to_owned(), closes(panel, asset))]
        } else {
            let panels = [panel].into_iter().chain(others).enumerate();
            panels
                .map(|(path, panel)| (format!("path {path}"), closes(panel, asset)))
                .collect()
        };
        Sample::new(symbol, Scale::Log, paths)
    };
    panel.symbols().iter().enumerate().map(of_asset).collect()
}

/// Best attainable reward, if known exactly; unknown with replays, which do not follow the law.
fn known_optimum(file: &EnvFile, source: &Source) -> Result<Option<Fact>, RunError> {
    if !file.replays.is_empty() {
        return Ok(None);
    }
    let (MarketConfig::Signals(market), Reward::PnlMinusRisk { risk_aversion }) =
        (&file.market, &file.trading.reward)
    else {
        return Ok(None);
    };
    let path = market.model.simulate(&Streams::new(market.seed), 0);
    let path = path.map_err(|error| file.market.reject_model(source, &error))?;
    let best = |t| path.best_weights(t, *risk_aversion);
    let rewards = (0..path.panel().n_bars())
        .filter_map(|t| Some(path.expected_reward(t, &best(t)?, *risk_aversion)));
    let mean = rewards.collect::<Welford>().mean();
    Ok(mean.map(|mean| {
        let mean = figure(mean);
        Fact::new(
            "closed form",
            format!("the best weights earn {mean} a bar on average, without costs and bounds"),
        )
    }))
}

fn span(panel: &Panel) -> String {
    let ends = panel.timestamps();
    let edge = |end: Option<&DateTime<Utc>>| end.map_or_else(String::new, ToString::to_string);
    let per_year =
        bars_per_year(ends).map_or_else(String::new, |n| format!(", {} a year", figure(n)));
    format!(
        "{} bars of {} s, {} to {}{per_year}",
        count(panel.n_bars()),
        panel.bar_length().num_seconds(),
        edge(ends.first()),
        edge(ends.last()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Registry;
    use std::{fs, path::Path};
    use tempfile::TempDir;

    #[test]
    fn the_optimum_of_a_law_is_not_shown_for_prices_with_crashes() {
        let envs = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs");
        let text = fs::read_to_string(envs.join("signal_study-v1.ron")).unwrap();
        let crashed = text.replacen(
            "    trading: (",
            "    replays: [(crash: \"oil_1991\", at: \"1990-01-02\")],\n    trading: (",
            1,
        );
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("env.ron");
        for (text, is_told) in [(&text, true), (&crashed, false)] {
            fs::write(&path, text).unwrap();
            let (file, source) = EnvFile::load(&path, &Registry::default()).unwrap();
            assert_eq!(file.replays.is_empty(), is_told);
            let fact = known_optimum(&file, &source).unwrap();
            assert_eq!(fact.is_some(), is_told);
        }
    }
}
