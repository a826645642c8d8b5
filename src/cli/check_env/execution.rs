//! The page of an execution market.

use super::{
    N_PATHS, SEED,
    market_making::observation,
    n_episodes,
    page::{Fact, Page, Sample, Scale},
    wording::{count, figure, shocks, spread, written},
};
use crate::{
    config::{ExecutionFile, Source, Step},
    env::{self, Env, Shock},
    games::execution::{
        Execution, ExecutionError, ExecutionSpec, almgren_chriss::Trajectory, simulate_execution,
    },
    rng::Streams,
    run::RunError,
};

/// Builds the market, tests its contract, and plays the plan of Almgren and Chriss.
pub(super) fn page(file: &ExecutionFile, source: &Source) -> Result<Page, RunError> {
    let spec = &file.execution;
    let rejected = |error: &dyn std::error::Error| {
        RunError::from(source.reject_error(&[Step::Field("execution")], error))
    };
    let mut built = Execution::new(spec.clone()).map_err(|e| rejected(&e))?;
    let violations = env::check_env(&mut built);
    let plan = spec.liquidation.optimal(spec.risk_aversion);
    let plan = plan.map_err(|e| rejected(&e))?;
    let mut facts = rules(spec);
    facts.extend(closed_form(spec, &plan).map_err(|e| rejected(&e))?);
    Ok(Page {
        path: source.path().to_owned(),
        env: format!("{}-v{}", file.name, file.version),
        game: "execution",
        facts,
        assets: Vec::new(),
        observation: observation(&built, &written(&spec.sight)),
        samples: samples(&mut built, &plan),
        constant: Vec::new(),
        violations: violations.iter().map(ToString::to_string).collect(),
        rules: serde_json::to_value(spec)
            .map_err(|error| RunError::failed("writing the rules as JSON", &error))?,
        prices: None,
    })
}

fn rules(spec: &ExecutionSpec) -> Vec<Fact> {
    let block = &spec.liquidation;
    vec![
        Fact::new(
            "prices",
            format!(
                "drawn in every episode: from {}, volatility {} per share and root of time",
                figure(spec.initial_price),
                figure(block.volatility)
            ),
        ),
        Fact::new(
            "span",
            format!(
                "horizon {} in {} steps",
                figure(block.horizon),
                count(block.n_steps as usize)
            ),
        ),
        Fact::new(
            "costs",
            format!(
                "half spread {}, temporary impact {}, permanent impact {}",
                figure(block.half_spread),
                figure(block.temporary_impact),
                figure(block.permanent_impact)
            ),
        ),
        Fact::new(
            "action",
            format!(
                "the share to sell of what is left of {} shares",
                figure(block.shares)
            ),
        ),
        Fact::new(
            "reward",
            format!(
                "change of wealth minus {} times variance",
                figure(spec.risk_aversion)
            ),
        ),
        Fact::new("shocks", shocks(&spec.shocks, "step")),
    ]
}

fn closed_form(spec: &ExecutionSpec, plan: &Trajectory) -> Result<Vec<Fact>, ExecutionError> {
    let block = &spec.liquidation;
    let n_episodes = n_episodes(block.n_steps);
    let played = simulate_execution(spec, plan, Shock::NONE, SEED, 0..n_episodes)?;
    Ok(vec![
        Fact::new(
            "closed form",
            format!(
                "Almgren and Chriss: urgency {}, expected cost {}, standard deviation {}",
                figure(block.urgency(spec.risk_aversion)?),
                figure(block.expected_cost(plan)),
                figure(block.cost_std(plan))
            ),
        ),
        Fact::new(
            "",
            format!("costs {} over {n_episodes} episodes", spread(&played)),
        ),
    ])
}

/// The first episodes under the plan, clean: holdings, which are the same in each, and price.
fn samples(env: &mut Execution, plan: &Trajectory) -> Vec<Sample> {
    let streams = Streams::new(SEED);
    let prices: Vec<(String, Vec<f64>)> = (0..u64::from(N_PATHS))
        .map(|episode| {
            env.reset(streams.episode_seed(0, episode));
            let mut prices = vec![env.price()];
            let mut trades = plan.trades();
            while !env.outcome().is_over() {
                env.play(trades.next().unwrap_or(0.0), Shock::NONE);
                prices.push(env.price());
            }
            (format!("episode {episode}"), prices)
        })
        .collect();
    let holdings = [("the plan".to_owned(), plan.holdings.clone())];
    vec![
        Sample::new("holdings", Scale::Linear, holdings),
        Sample::new("price", Scale::Linear, prices),
    ]
}
