//! The page of a trading env.

use super::{
    N_PATHS,
    assets::assets,
    page::{Fact, Group, Observation, Page, Sample, Scale},
    wording::{count, figure, length, percent, shocks, written},
};
use crate::{
    config::{EnvFile, MarketConfig, ReplaySpec, Source},
    env::{self, Env, EnvError, Market, Reward, TradingEnv, TradingSpec},
    eval::metrics::bars_per_year,
    features::Pipeline,
    market::{Allocation, Costs, Panel},
    rng::Streams,
    run::{PriceSource, Prices, Provenance, RunError},
    stats::Welford,
};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Gets the prices, builds the environment on all bars, and tests its contract.
pub(super) fn page(file: &EnvFile, source: &Source) -> Result<Page, RunError> {
    let rejected = |error: &EnvError| RunError::from(source.reject_error(&[], error));
    let origin = PriceSource::open(file, source)?;
    let others = (1..N_PATHS).filter_map(|path| origin.draw(path).transpose());
    let others: Vec<Panel> = others.collect::<Result<_, RunError>>()?;
    let Prices { panel, provenance } = origin.prices()?;
    let rows = 0..panel.n_bars();
    let samples = samples(&panel, &others);
    let mut assets = assets(&panel);
    if let MarketConfig::Simulated(market) = &file.market {
        for (asset, simulated) in assets.iter_mut().zip(&market.model.assets) {
            asset.model = Some(simulated.model.name());
        }
    }
    let mut facts = vec![Fact::new(
        "prices",
        origin_in_words(&file.market, &provenance),
    )];
    facts.extend(law(&file.market).map(|law| Fact::new("law", law)));
    facts.push(Fact::new("span", span(&panel)));
    facts.extend(replays(&file.replays));
    facts.extend(rules(&file.trading));
    facts.extend(known_optimum(file, source)?);
    let groups = groups(&file.trading, &panel).map_err(|e| rejected(&e))?;
    let fitted =
        Market::fit(panel, &file.trading.features, rows.clone()).map_err(|e| rejected(&e))?;
    let market = Arc::new(fitted);
    let mut built =
        TradingEnv::new(market, file.trading.clone(), rows).map_err(|e| rejected(&e))?;
    let violations = env::check_env(&mut built);
    Ok(Page {
        path: source.path().to_owned(),
        env: file.id(),
        game: "trading",
        facts,
        assets,
        observation: Observation {
            n_fields: built.layout().n_fields(),
            warm_up: Some(built.first_row()),
            groups: groups.into_iter().chain(account(&built)).collect(),
        },
        samples,
        constant: built.market().constant_features().to_vec(),
        violations: violations.iter().map(ToString::to_string).collect(),
        rules: serde_json::to_value(&file.trading)
            .map_err(|error| RunError::failed("writing the rules as JSON", &error))?,
        prices: Some(provenance),
    })
}

/// The closes of each asset: as they are, then on other paths where they are drawn.
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

fn origin_in_words(market: &MarketConfig, provenance: &Provenance) -> String {
    let files = provenance
        .ingest()
        .into_iter()
        .flat_map(|report| &report.files);
    let names: Vec<String> = files
        .map(|file| {
            let name = file.path.file_name().unwrap_or(file.path.as_os_str());
            name.to_string_lossy().into_owned()
        })
        .collect();
    let names = names.join(", ");
    let Some(drawn) = provenance.drawn() else {
        return format!("read from {names}");
    };
    let sum = drawn.sha256.get(..12).unwrap_or_default();
    let from = if names.is_empty() {
        String::new()
    } else {
        format!(" from {names}")
    };
    format!(
        "drawn: {}{from}, seed {}, path 0 (sha256 {sum}…)",
        market.name(),
        drawn.seed
    )
}

/// What a law does besides the models of single assets.
fn law(market: &MarketConfig) -> Option<String> {
    match market {
        MarketConfig::Files(_) => None,
        MarketConfig::Simulated(market) => Some(format!(
            "{} steps per bar, drivers correlated as {}, open: {:?}",
            market.model.steps_per_bar,
            written(&market.model.correlation),
            market.model.opening,
        )),
        MarketConfig::Bootstrap(market) => Some(format!(
            "whole bars of history in blocks of {} bars on average (stationary bootstrap)",
            figure(market.blocks.mean_block)
        )),
        MarketConfig::Signals(market) => Some(format!(
            "known means: {} sigma from {} of {} signals (persistence {}), at most {} sigma from the last {} returns; sigma {} a bar",
            figure(market.model.signal_strength),
            market.model.n_relevant,
            market.model.n_signals,
            figure(market.model.persistence),
            figure(market.model.return_strength),
            market.model.n_returns,
            percent(market.model.bar_volatility),
        )),
    }
}

/// Crashes of the past in the prices.
fn replays(replays: &[ReplaySpec]) -> Option<Fact> {
    let in_words = |replay: &ReplaySpec| format!("{} ({})", replay.crash, replay.at);
    let words: Vec<String> = replays.iter().map(in_words).collect();
    (!words.is_empty()).then(|| Fact::new("replays", words.join(", ")))
}

/// What there is to earn where that is known exactly: not with replays, whose moves are none of the
/// law's.
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
    let is_daily = panel.bar_length().num_seconds() % 86_400 == 0;
    let format = if is_daily {
        "%Y-%m-%d"
    } else {
        "%Y-%m-%d %H:%M"
    };
    let edge = |end: Option<&DateTime<Utc>>| {
        end.map_or_else(String::new, |end| end.format(format).to_string())
    };
    let per_year =
        bars_per_year(ends).map_or_else(String::new, |n| format!(", {} a year", figure(n)));
    format!(
        "{} bars of {}, {} to {} UTC{per_year}",
        count(panel.n_bars()),
        length(panel.bar_length().num_seconds()),
        edge(ends.first()),
        edge(ends.last()),
    )
}

fn rules(spec: &TradingSpec) -> [Fact; 6] {
    [
        Fact::new("costs", costs(&spec.costs)),
        Fact::new("action", action(&spec.allocation)),
        Fact::new(
            "reward",
            match &spec.reward {
                Reward::LogGrowth => "log growth of equity".to_owned(),
                Reward::PnlMinusRisk { risk_aversion } => {
                    let half = figure(risk_aversion / 2.0);
                    format!("x - {half} x², x the simple return of equity")
                }
                Reward::Own(own) => format!("own rule {}", own.name()),
            },
        ),
        Fact::new(
            "episode",
            spec.horizon.map_or_else(
                || "all bars in order".to_owned(),
                |n| format!("{} bars from a random start", count(n)),
            ),
        ),
        Fact::new(
            "account",
            format!(
                "{} in cash, ruined at {} of it",
                figure(spec.initial_cash),
                percent(spec.ruin_fraction)
            ),
        ),
        Fact::new(
            "shocks",
            shocks(
                &spec.shocks,
                &format!("bar ({:?} over assets)", spec.shocks.norm),
            ),
        ),
    ]
}

fn costs(costs: &Costs) -> String {
    let impact = if costs.impact_coefficient > 0.0 {
        let coefficient = figure(costs.impact_coefficient);
        format!("square-root impact with coefficient {coefficient}")
    } else {
        "no impact".to_owned()
    };
    let own: String = costs
        .own
        .iter()
        .map(|own| format!(", {}", own.name()))
        .collect();
    format!(
        "fee {} bps, half spread {} bps, {impact}{own}",
        figure(costs.fee.get()),
        figure(costs.half_spread.get())
    )
}

fn action(allocation: &Allocation) -> String {
    let what = match allocation {
        Allocation::Weights { low, .. } => format!("a weight per asset in [{}, 1]", figure(*low)),
        Allocation::Levels { .. } => {
            format!("per asset one of {}", allocation.level_names().join(", "))
        }
    };
    format!("{what}, gross at most {}", figure(allocation.max_gross()))
}

fn groups(spec: &TradingSpec, panel: &Panel) -> Result<Vec<Group>, EnvError> {
    let group = |feature| {
        let pipeline = Pipeline::new(std::slice::from_ref(feature), panel)?;
        let fields = pipeline.fields();
        Ok(Group {
            feature: written(feature),
            n_shockable: fields.iter().filter(|field| field.shockable).count(),
            warm_up: Some(pipeline.warm_up()),
            fields: fields.iter().map(|field| field.name.clone()).collect(),
        })
    };
    spec.features.iter().map(group).collect()
}

fn account(env: &TradingEnv) -> Option<Group> {
    let fields = &env.layout().account;
    let features: Vec<String> = env.spec().account.iter().map(written).collect();
    (!fields.is_empty()).then(|| Group {
        feature: format!("account: {}", features.join(", ")),
        n_shockable: 0,
        warm_up: None,
        fields: fields.iter().map(|field| field.name.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};
    use tempfile::TempDir;

    #[test]
    fn what_the_law_yields_is_not_told_of_prices_with_crashes() {
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
            let (file, source) = EnvFile::load(&path).unwrap();
            assert_eq!(file.replays.is_empty(), is_told);
            let fact = known_optimum(&file, &source).unwrap();
            assert_eq!(fact.is_some(), is_told);
        }
    }
}
