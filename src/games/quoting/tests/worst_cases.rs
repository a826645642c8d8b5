//! Worst cases by dynamic programming equal the means of simulated episodes.

use crate::games::quoting::closed_form::{
    Disturbance, DisturbanceSet, FillRule, FixedOffsets, InventoryPenalty, OptimalQuotes,
    OrderFlow, Quotes, QuotingAdversary, QuotingStrategy, QuotingView, WorstDrift, WorstResponse,
};
use crate::{
    env::ShockKind,
    games::{
        ObservedPrice,
        quoting::{MarketMaking, MarketMakingSpec, closed_form::QuoteTiming, simulate_quoting},
    },
};

/// Tolerance of a mean. Unit: standard errors.
const ERRORS: f64 = 4.0;

#[allow(clippy::cast_precision_loss, reason = "counts of paths")]
fn count(n: u64) -> f64 {
    n as f64
}

fn drift_game() -> MarketMakingSpec {
    MarketMakingSpec {
        timing: QuoteTiming::PriceFirst,
        ..MarketMakingSpec::avellaneda_stoikov()
            .with_drift(5.0)
            .unwrap()
    }
}

/// Exact values of the drift game agree with the published means of 100,000 paths.
#[test]
fn the_drift_game_in_steps_has_the_published_means() {
    let spec = drift_game();
    let start = MarketMaking::new(spec.clone()).unwrap().view();
    let set = spec.disturbances();
    assert!((set.max_drift - 5.0).abs() < 1e-12);
    let (game, worst) = (spec.game(), WorstDrift { max_drift: 5.0 });
    let neutral = FixedOffsets::risk_neutral(&spec.flow);
    let bound = spec.max_inventory;
    let minimax = OptimalQuotes::minimax(spec.flow, 5.0, bound, 1.0, 200).unwrap();
    let clean = Disturbance::NONE;
    let value = |found: Result<WorstResponse, _>| found.unwrap().value(start);
    for (found, mean, std) in [
        (value(game.response(&neutral, &clean)), 68.71, 13.62),
        (value(game.worst_response(&neutral, &set)), 45.58, 18.94),
        (value(game.response(&minimax, &clean)), 66.07, 6.62),
        (value(game.worst_response(&minimax, &set)), 61.02, 6.53),
    ] {
        let error: f64 = std / 1e5_f64.sqrt();
        assert!(
            (found - mean).abs() < ERRORS * error + 0.005,
            "{found}, known {mean}"
        );
    }
    // −B sign(q) is the worst drift here, whatever the strategy.
    let by_sign = value(game.response(&minimax, &worst));
    assert!((value(game.worst_response(&minimax, &set)) - by_sign).abs() < 1e-9);
}

const SET: DisturbanceSet = DisturbanceSet {
    max_drift: 4.0,
    min_arrival_multiplier: 0.5,
    max_decay_multiplier: 1.8,
};

fn markets() -> [MarketMakingSpec; 4] {
    [
        (FillRule::Linear, QuoteTiming::PriceFirst, ShockKind::Drift),
        (FillRule::Linear, QuoteTiming::QuotesFirst, ShockKind::Drift),
        (
            FillRule::Exponential,
            QuoteTiming::PriceFirst,
            ShockKind::Jump,
        ),
        (
            FillRule::Exponential,
            QuoteTiming::QuotesFirst,
            ShockKind::Drift,
        ),
    ]
    .map(|(fills, timing, kind)| {
        let spec = MarketMakingSpec {
            fills,
            timing,
            flow: OrderFlow {
                arrival_rate: 40.0,
                decay: 1.2,
            },
            max_inventory: 8,
            n_steps: 100,
            running: InventoryPenalty::Quadratic(0.05),
            terminal: InventoryPenalty::Absolute(0.6),
            sight: ObservedPrice::Account,
            ..MarketMakingSpec::avellaneda_stoikov()
        };
        let mut spec = spec.with_disturbances(&SET).unwrap();
        spec.shocks.kind = kind;
        spec
    })
}

/// Mean reward of 3000 paths, and its standard error.
fn mean(
    spec: &MarketMakingSpec,
    strategy: &dyn QuotingStrategy,
    adversary: &impl QuotingAdversary,
) -> (f64, f64) {
    let found = simulate_quoting(spec, strategy, adversary, 8, 0..3_000).unwrap();
    let (mean, std) = (found.reward.mean(), found.reward.std_dev());
    (mean.unwrap(), std.unwrap() / count(found.reward.n()).sqrt())
}

/// The computed value is the mean reward of episodes, for all fill rules, timings and shocks.
#[test]
fn simulated_rewards_equal_the_value_of_the_worst_response() {
    for spec in markets() {
        let start = MarketMaking::new(spec.clone()).unwrap().view();
        let robust = spec.problem().solve_against(&SET, spec.n_steps).unwrap();
        // Against a strategy that always sells below the mid price, the worst case is no corner of
        // the box.
        let hasty = FixedOffsets(Quotes {
            bid_offset: 0.8,
            ask_offset: -0.1,
        });
        let strategies: [&dyn QuotingStrategy; 2] = [&robust, &hasty];
        for strategy in strategies {
            let (game, set) = (spec.game(), spec.disturbances());
            let worst = game.worst_response(strategy, &set).unwrap();
            let value = worst.value(start);
            let (found, error) = mean(&spec, strategy, &worst);
            assert!(
                (found - value).abs() < ERRORS * error,
                "{spec:?}: {found} ± {error}, {value}"
            );
            // A given adversary does less harm; its effect is computed exactly, too.
            let known = game.response(strategy, &Corner(SET)).unwrap().value(start);
            let (found, error) = mean(&spec, strategy, &Corner(SET));
            assert!(
                (found - known).abs() < ERRORS * error,
                "{spec:?}: {found} ± {error}, {known}"
            );
            assert!(value <= known + 1e-9, "{spec:?}: {value}, {known}");
        }
        let hasty_worst = spec.game().worst_response(&hasty, &SET).unwrap();
        let corner = spec.game().response(&hasty, &Corner(SET)).unwrap();
        assert!(hasty_worst.value(start) < corner.value(start) - 0.1);
    }
}

/// Adversary that plays the worst drift, the fewest orders and the steepest decay in every step.
struct Corner(DisturbanceSet);

impl QuotingAdversary for Corner {
    fn disturb(&self, view: QuotingView) -> Disturbance {
        let set = self.0;
        let max_drift = set.max_drift;
        Disturbance {
            drift: WorstDrift { max_drift }.disturb(view).drift,
            ..Disturbance::order_flow(set.min_arrival_multiplier, set.max_decay_multiplier)
        }
    }
}

/// Cost and gain of robustness, against each disturbance alone and against all together.
#[test]
fn each_minimax_is_best_against_its_own_set() {
    let spec = MarketMakingSpec {
        timing: QuoteTiming::PriceFirst,
        n_steps: 800,
        fills: FillRule::Exponential,
        max_inventory: 15,
        ..MarketMakingSpec::avellaneda_stoikov()
    };
    let sets = [
        DisturbanceSet::drift(5.0),
        DisturbanceSet::order_flow(0.5, 1.0),
        DisturbanceSet::order_flow(1.0, 1.6),
        DisturbanceSet {
            max_drift: 5.0,
            ..DisturbanceSet::order_flow(0.5, 1.6)
        },
    ];
    let start = MarketMaking::new(spec.clone()).unwrap().view();
    let quoters = sets.map(|set| spec.problem().solve_against(&set, 800).unwrap());
    for (home, set) in sets.iter().enumerate() {
        let worst = |quoter: &OptimalQuotes| {
            let response = spec.game().worst_response(quoter, set).unwrap();
            response.value(start)
        };
        let left = quoters.each_ref().map(worst);
        let promised = quoters[home].value(start);
        assert!(
            (left[home] / promised - 1.0).abs() < 0.06,
            "{left:?}, {promised}"
        );
        for (i, other) in left.iter().enumerate() {
            assert!(i == home || *other < left[home] + 1e-9, "{home}: {left:?}");
        }
    }
}
