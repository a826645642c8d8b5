//! Lesson 8. Market making: quotes in closed form and learned ones, against an adversary over
//! drift, arrivals and decay.
//!
//! The market is that of Avellaneda and Stoikov: orders arrive at rate A exp(-k offset), and
//! inventory bears the price risk. The risk-neutral offset is 1/k. Its worst case under a drift,
//! fewer orders or both is known, and so are the minimax quotes.
//!
//!     cargo run --example 08_market_making --no-default-features --features learn
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use shockproof::{
    adversary::Player,
    algo::Schedule,
    games::quoting::{
        MarketMaking, MarketMakingSpec, OffsetRange,
        closed_form::{
            Disturbance, DisturbanceSet, FixedOffsets, QuoteTiming, Quotes, QuotingAdversary,
            QuotingStrategy, QuotingView, WorstDrift,
        },
        simulate_quoting,
    },
    policy::Actions,
    train::{PolicyConfig, TrainConfig, train},
};
use std::error::Error;

/// Drifts of at most 5 per unit of time, at least half the orders, a decay of at most 1.6 times k.
const SET: DisturbanceSet = DisturbanceSet {
    max_drift: 5.0,
    min_arrival_multiplier: 0.5,
    max_decay_multiplier: 1.6,
};

const N_PATHS: u64 = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let spec = MarketMakingSpec {
        timing: QuoteTiming::PriceFirst,
        max_inventory: 25,
        offsets: OffsetRange {
            low: 0.0,
            high: 4.0,
        },
        ..MarketMakingSpec::avellaneda_stoikov().with_disturbances(&SET)?
    };
    let problem = spec.problem();
    let minimax = |set: &DisturbanceSet| problem.solve_against(set, spec.n_steps);

    println!(
        "mean wealth and its deviation over {N_PATHS} paths; expected wealth against the worst of all, up to a search\n"
    );
    println!("quotes               clean          worst drift    starved flow   worst of all");
    let neutral = FixedOffsets::risk_neutral(&spec.flow);
    show("risk-neutral, 1/k", &spec, &neutral)?;
    let (drift, flow) = (
        DisturbanceSet::drift(5.0),
        DisturbanceSet::order_flow(0.5, 1.6),
    );
    for (name, set) in [("drift", drift), ("flow", flow), ("all", SET)] {
        show(&format!("minimax, {name}"), &spec, &minimax(&set)?)?;
    }
    // The second training plays against the fewest orders in every step. Neither policy observes
    // the price, and both have an effective horizon of one or two steps.
    show("PPO, clean", &spec, &learn(&spec, Player::None)?)?;
    show("PPO, starved", &spec, &learn(&spec, Player::Starve)?)
}

fn show(
    name: &str,
    spec: &MarketMakingSpec,
    strategy: &impl QuotingStrategy,
) -> Result<(), Box<dyn Error>> {
    let against = |adversary: &dyn QuotingAdversary| -> Result<String, Box<dyn Error>> {
        let wealth = simulate_quoting(spec, strategy, adversary, 1, 0..N_PATHS)?.profit;
        let (mean, deviation) = (wealth.mean(), wealth.std_dev());
        let (mean, deviation) = mean.zip(deviation).ok_or("two paths have a deviation")?;
        Ok(format!("{mean:>5.1} ±{deviation:>5.1}"))
    };
    let drift = WorstDrift { max_drift: 5.0 };
    let starved = Disturbance::order_flow(0.5, 1.6);
    let (clean, drift) = (against(&Disturbance::NONE)?, against(&drift)?);
    let (starved, start) = (against(&starved)?, MarketMaking::new(spec.clone())?.view());
    let worst = spec.game().worst_response(strategy, &SET)?.value(start);
    println!("{name:<20} {clean:<14} {drift:<14} {starved:<14} {worst:>5.1}");
    Ok(())
}

/// Quotes of a policy in every state, computed once: `[n_steps, 2 max_inventory + 1]`.
struct Learned {
    quotes: Vec<Quotes>,
    bound: i32,
    step_time: f64,
}

impl QuotingStrategy for Learned {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "steps left are few and at least one"
    )]
    fn quotes(&self, view: QuotingView) -> Quotes {
        let row = (view.time_left / self.step_time).round() as usize - 1;
        let column = (view.inventory + self.bound).unsigned_abs() as usize;
        self.quotes[row * (2 * self.bound.unsigned_abs() as usize + 1) + column]
    }
}

fn learn(spec: &MarketMakingSpec, player: Player) -> Result<Learned, Box<dyn Error>> {
    let mut config = TrainConfig::ppo(400_000);
    config.player = player;
    config.n_envs = 32;
    config.policy = PolicyConfig {
        hidden: vec![32],
        critic_hidden: vec![32],
        initial_log_std: -1.0,
        ..PolicyConfig::default()
    };
    config.learn.n_steps = 64;
    config.learn.gamma = 0.5;
    config.learn.learning_rate = Schedule::Linear {
        from: 3e-3,
        to: 0.0,
    };
    let trained = train(&MarketMaking::new(spec.clone())?, &config, 1)?;

    let bound = spec.max_inventory.cast_signed();
    let mut observations = Vec::new();
    for n in 1..=spec.n_steps {
        for inventory in -bound..=bound {
            let time_left = f64::from(n) / f64::from(spec.n_steps);
            let inventory = f64::from(inventory) / f64::from(bound);
            #[allow(clippy::cast_possible_truncation, reason = "observations are f32")]
            observations.extend([time_left as f32, inventory as f32]);
        }
    }
    let n_rows = observations.len() / 2;
    let Actions::Continuous(actions) = trained.policy.decide(&observations, n_rows)? else {
        return Err("expected a Gaussian head".into());
    };
    let quotes = actions.chunks_exact(2).map(|a| spec.quotes([a[0], a[1]]));
    Ok(Learned {
        quotes: quotes.collect(),
        bound,
        step_time: spec.step_time(),
    })
}
