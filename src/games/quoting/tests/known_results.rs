//! Known results of the quoting market.

use crate::{
    env::{Action, Env, Outcome, Shock, ShockKind, ShockSpec, check_env},
    games::{
        ObservedPrice,
        quoting::{
            MarketMaking, MarketMakingError, MarketMakingSpec, OffsetRange, QuotingSummary,
            closed_form::QuoteTiming, simulate_quoting,
        },
    },
};
use crate::{
    games::quoting::closed_form::{
        Disturbance, FillRule, FixedOffsets, InventoryPenalty, InventoryStrategy, OptimalQuotes,
        OrderFlow, Quotes, QuotingAdversary, QuotingStrategy, QuotingView, WorstDrift,
    },
    rng::Streams,
    stats::Welford,
    units::bps,
};

const PATHS: std::ops::Range<u64> = 0..20_000;
/// Tolerance of a mean or standard deviation. Unit: standard errors.
const ERRORS: f64 = 4.0;

#[allow(clippy::cast_precision_loss, reason = "counts of paths")]
fn count(n: u64) -> f64 {
    n as f64
}

/// Asserts that `found` agrees with a mean and a standard deviation that were published with two
/// digits, from `n_known` paths.
fn meets(what: &str, found: &Welford, (mean, std): (f64, f64), n_known: f64) {
    let (m, s) = (found.mean().unwrap(), found.std_dev().unwrap());
    let share = (1.0 / count(found.n()) + 1.0 / n_known).sqrt();
    assert!(
        (m - mean).abs() <= ERRORS * std * share + 0.005,
        "{what}: mean {m}, known {mean}"
    );
    // Variance of a standard deviation: std² (kurtosis − 1) / (4 n) ≤ std²/n for kurtosis ≤ 5.
    assert!(
        (s - std).abs() <= ERRORS * std * share + 0.005,
        "{what}: deviation {s}, known {std}"
    );
}

fn paper_strategy(risk_aversion: f64) -> InventoryStrategy {
    let spec = MarketMakingSpec::avellaneda_stoikov();
    InventoryStrategy::new(spec.flow, spec.volatility, risk_aversion).unwrap()
}

fn play(
    spec: &MarketMakingSpec,
    strategy: &impl QuotingStrategy,
    adversary: &impl QuotingAdversary,
) -> QuotingSummary {
    simulate_quoting(spec, strategy, adversary, 1, PATHS).unwrap()
}

/// Table 1 of the paper (1000 paths), and the same means over 200,000 paths.
#[test]
fn the_table_of_avellaneda_and_stoikov() {
    let spec = MarketMakingSpec::avellaneda_stoikov();
    let strategy = paper_strategy(0.1);
    let inventory = play(&spec, &strategy, &Disturbance::NONE);
    let symmetric = play(&spec, &strategy.symmetric(spec.horizon), &Disturbance::NONE);
    meets("inventory, profit", &inventory.profit, (64.89, 6.56), 2e5);
    meets("symmetric, profit", &symmetric.profit, (68.27, 13.49), 2e5);
    for (found, printed, printed_std, printed_q_std) in
        [(inventory, 65.0, 6.6, 2.9), (symmetric, 68.4, 12.7, 8.4)]
    {
        assert!((found.profit.mean().unwrap() / printed - 1.0).abs() < 0.01);
        assert!((found.profit.std_dev().unwrap() / printed_std - 1.0).abs() < 0.1);
        assert!((found.final_inventory.std_dev().unwrap() / printed_q_std - 1.0).abs() < 0.1);
        assert!((found.spread.mean().unwrap() - 1.49).abs() < 0.01);
    }
    meets("inventory, q", &inventory.final_inventory, (0.0, 2.93), 2e5);
    meets("symmetric, q", &symmetric.final_inventory, (0.0, 8.43), 2e5);
}

/// The exact probability of an arrival misses the paper's figures by 12 %.
#[test]
fn the_fill_rule_changes_the_mean() {
    let spec = MarketMakingSpec {
        fills: FillRule::Exponential,
        ..MarketMakingSpec::avellaneda_stoikov()
    };
    let found = play(&spec, &paper_strategy(0.1), &Disturbance::NONE);
    let mean = found.profit.mean().unwrap();
    assert!((mean - 57.0).abs() < 0.5, "{mean}");
}

fn drift_game() -> MarketMakingSpec {
    MarketMakingSpec {
        timing: QuoteTiming::PriceFirst,
        ..MarketMakingSpec::avellaneda_stoikov()
            .with_drift(5.0)
            .unwrap()
    }
}

fn minimax(spec: &MarketMakingSpec, max_drift: f64) -> OptimalQuotes {
    OptimalQuotes::minimax(
        spec.flow,
        max_drift,
        spec.max_inventory,
        spec.horizon,
        spec.n_steps,
    )
    .unwrap()
}

/// Minimax quotes cost 3.8 % without an adversary and gain 34 % against the worst drift.
#[test]
fn the_drift_game_at_dt_of_five_thousandths() {
    let spec = drift_game();
    let neutral = FixedOffsets::risk_neutral(&spec.flow);
    let robust = minimax(&spec, 5.0);
    let worst = WorstDrift { max_drift: 5.0 };
    let none = Disturbance::NONE;
    let found = [
        play(&spec, &neutral, &none).profit,
        play(&spec, &neutral, &worst).profit,
        play(&spec, &robust, &none).profit,
        play(&spec, &robust, &worst).profit,
    ];
    let known = [(68.71, 13.62), (45.58, 18.94), (66.07, 6.62), (61.02, 6.53)];
    for (i, (found, known)) in found.iter().zip(known).enumerate() {
        meets(&format!("drift game {i}"), found, known, 1e5);
    }
    let mean = |i: usize| found[i].mean().unwrap();
    let (price, gain) = (1.0 - mean(2) / mean(0), mean(3) / mean(1) - 1.0);
    assert!((price - 0.038).abs() < 0.005, "{price}");
    assert!((gain - 0.34).abs() < 0.02, "{gain}");
}

/// On every path, no drift in the set costs more than the worst drift.
#[test]
fn every_drift_in_the_set_costs_at_most_the_worst_drift() {
    struct Delayed;
    impl QuotingAdversary for Delayed {
        fn disturb(&self, view: QuotingView) -> Disturbance {
            Disturbance::drift(-2.0 * f64::from(view.inventory))
        }
    }
    let spec = drift_game();
    let (robust, paths) = (minimax(&spec, 5.0), 0..500);
    let profit = |adversary: &dyn Fn(u64) -> QuotingSummary| -> Vec<f64> {
        paths
            .clone()
            .map(|i| adversary(i).profit.mean().unwrap())
            .collect()
    };
    let one = |i: u64| i..i + 1;
    let worst = WorstDrift { max_drift: 5.0 };
    let floor = profit(&|i| simulate_quoting(&spec, &robust, &worst, 1, one(i)).unwrap());
    for drift in [-5.0, 0.0, 3.0, 500.0] {
        let constant = Disturbance::drift(drift);
        let other = profit(&|i| simulate_quoting(&spec, &robust, &constant, 1, one(i)).unwrap());
        assert!(
            floor
                .iter()
                .zip(&other)
                .all(|(worst, other)| worst <= &(other + 1e-9))
        );
    }
    let other = profit(&|i| simulate_quoting(&spec, &robust, &Delayed, 1, one(i)).unwrap());
    assert!(
        floor
            .iter()
            .zip(&other)
            .all(|(worst, other)| worst <= &(other + 1e-9))
    );
}

/// On further problems, the closed-form value equals the mean income in short time steps.
#[test]
fn the_value_of_the_minimax_quotes_is_earned_in_short_steps() {
    let flow = |arrival_rate, decay| OrderFlow {
        arrival_rate,
        decay,
    };
    // Steps of 1/(40 A).
    let markets = [
        (flow(140.0, 1.5), 5.0, 1.0, 2.0, 5_600),
        (flow(40.0, 0.6), 4.0, 0.5, 1.0, 800),
        (flow(15.0, 20.0), 0.3, 4.0, 0.1, 2_400),
    ];
    for (flow, max_drift, horizon, volatility, n_steps) in markets {
        let coarse = MarketMakingSpec {
            flow,
            horizon,
            volatility,
            max_inventory: 12,
            fills: FillRule::Exponential,
            n_steps,
            ..drift_game()
        };
        for timing in [QuoteTiming::QuotesFirst, QuoteTiming::PriceFirst] {
            let spec = MarketMakingSpec {
                timing,
                ..coarse.clone()
            };
            let spec = spec.with_drift(max_drift).unwrap();
            let robust = minimax(&spec, max_drift);
            let start = MarketMaking::new(spec.clone()).unwrap().view();
            let value = robust.value(start);
            let worst = WorstDrift { max_drift };
            let found = simulate_quoting(&spec, &robust, &worst, 3, 0..800).unwrap();
            let (mean, std) = (
                found.profit.mean().unwrap(),
                found.profit.std_dev().unwrap(),
            );
            let error = std / count(found.profit.n()).sqrt();
            // About 2 % of the orders are lost in steps in which more than one order arrives.
            assert!(
                (mean - value).abs() < ERRORS * error + 0.02 * value,
                "{mean} and {value}"
            );
        }
    }
}

/// Adversary that plays the worst drift with fewer orders or a steeper decay.
struct Starved(f64, f64, f64);

impl QuotingAdversary for Starved {
    fn disturb(&self, view: QuotingView) -> Disturbance {
        let worst = WorstDrift { max_drift: self.0 };
        Disturbance {
            drift: worst.disturb(view).drift,
            ..Disturbance::order_flow(self.1, self.2)
        }
    }
}

/// The minimax value is the value under the fewest arrivals; a milder adversary leaves a higher
/// value.
#[test]
fn fewer_orders_lower_the_value_by_the_closed_form() {
    let (max_drift, scarcest) = (3.0, 0.6);
    let spec = MarketMakingSpec {
        flow: OrderFlow {
            arrival_rate: 50.0,
            decay: 1.2,
        },
        fills: FillRule::Exponential,
        max_inventory: 10,
        n_steps: 1_200,
        ..MarketMakingSpec::avellaneda_stoikov()
    };
    let mut spec = spec.with_drift(max_drift).unwrap();
    spec.shocks.min_liquidity_multiplier = scarcest;
    spec.shocks.max_spread_multiplier = 1.4;
    let robust = OptimalQuotes::minimax(
        spec.flow.scaled(scarcest, 1.0),
        max_drift,
        spec.max_inventory,
        spec.horizon,
        spec.n_steps,
    )
    .unwrap();
    let value = robust.value(MarketMaking::new(spec.clone()).unwrap().view());
    let mean = |adversary: Starved| {
        let found = simulate_quoting(&spec, &robust, &adversary, 6, 0..2_000);
        let profit = found.unwrap().profit;
        let error = profit.std_dev().unwrap() / count(profit.n()).sqrt();
        (profit.mean().unwrap(), error)
    };
    let (worst, error) = mean(Starved(max_drift, scarcest, 1.0));
    assert!(
        (worst - value).abs() < ERRORS * error + 0.02 * value,
        "{worst} ± {error} and {value}"
    );
    for milder in [
        Starved(max_drift, 1.0, 1.0),
        Starved(max_drift, 0.8, 1.0),
        Starved(1.0, scarcest, 1.0),
    ] {
        assert!(mean(milder).0 > worst);
    }
    // A shock outside the set acts like the nearest one in the set, bit for bit.
    let beyond = mean(Starved(10.0 * max_drift, 0.1, 1.0)).0;
    assert_eq!(beyond.to_bits(), worst.to_bits());
    // A steeper decay also lowers the value.
    assert!(mean(Starved(max_drift, scarcest, 1.4)).0 < worst);
}

/// With the penalties of Cartea, Jaimungal and Penalva, rewards sum to the closed-form value.
#[test]
fn penalties_lower_the_reward_by_the_closed_form() {
    let spec = MarketMakingSpec {
        flow: OrderFlow {
            arrival_rate: 20.0,
            decay: 1.0,
        },
        fills: FillRule::Exponential,
        running: InventoryPenalty::Quadratic(0.3),
        terminal: InventoryPenalty::Absolute(0.5),
        max_inventory: 6,
        n_steps: 800,
        ..MarketMakingSpec::avellaneda_stoikov()
    };
    let best = spec.problem().solve(spec.n_steps).unwrap();
    let value = best.value(MarketMaking::new(spec.clone()).unwrap().view());
    let reward = |shift: f64| {
        let strategy = Shifted(best.clone(), shift);
        let found = simulate_quoting(&spec, &strategy, &Disturbance::NONE, 5, 0..3_000);
        found.unwrap().reward
    };
    let found = reward(0.0);
    let error = found.std_dev().unwrap() / count(found.n()).sqrt();
    let mean = found.mean().unwrap();
    assert!(
        (mean - value).abs() < ERRORS * error + 0.02 * value,
        "{mean} and {value}"
    );
    // Quotes shifted from the optimum earn less on the same paths.
    for shift in [-0.3, 0.3] {
        let other = reward(shift).mean().unwrap();
        assert!(other < mean, "{other} and {mean}");
    }
}

/// Strategy whose offsets are shifted by the same amount on both sides.
struct Shifted(OptimalQuotes, f64);

impl QuotingStrategy for Shifted {
    fn quotes(&self, view: QuotingView) -> Quotes {
        let quotes = self.0.quotes(view);
        Quotes {
            bid_offset: quotes.bid_offset + self.1,
            ask_offset: quotes.ask_offset + self.1,
        }
    }
}

/// Risk-neutral income per path in discrete time, exactly: 2 δ p(δ) in every step.
#[test]
fn fixed_offsets_earn_their_closed_form_for_every_fill_rule_timing_and_flow() {
    for (fills, timing, (a, k)) in [
        (FillRule::Linear, QuoteTiming::QuotesFirst, (1.0, 1.0)),
        (FillRule::Exponential, QuoteTiming::PriceFirst, (0.7, 1.0)),
        (FillRule::Linear, QuoteTiming::PriceFirst, (1.0, 1.3)),
        (FillRule::Exponential, QuoteTiming::QuotesFirst, (0.6, 1.2)),
    ] {
        let spec = MarketMakingSpec {
            fills,
            timing,
            shocks: ShockSpec {
                max_spread_multiplier: 1.5,
                min_liquidity_multiplier: 0.5,
                kind: ShockKind::Drift,
                ..ShockSpec::none()
            },
            ..MarketMakingSpec::avellaneda_stoikov()
        };
        let starved = Disturbance::order_flow(a, k);
        let offset = 0.8;
        let quotes = FixedOffsets(Quotes::symmetric(offset));
        let found = simulate_quoting(&spec, &quotes, &starved, 2, 0..4_000).unwrap();
        let dt = spec.step_time();
        let probability = spec.flow.scaled(a, k).fill_probability(fills, offset, dt);
        let (n, n_steps) = (count(found.profit.n()), f64::from(spec.n_steps));
        let n_fills = 2.0 * n_steps * probability;
        let std = (n_fills * (1.0 - probability)).sqrt();
        let mean = found.n_fills.mean().unwrap();
        assert!(
            (mean - n_fills).abs() < ERRORS * std / n.sqrt(),
            "{mean} and {n_fills}"
        );
        let std = found.profit.std_dev().unwrap();
        let mean = found.profit.mean().unwrap();
        assert!((mean - offset * n_fills).abs() < ERRORS * std / n.sqrt());
        // Variance from fills, and from price moves of a random-walk inventory; kurtosis below 7.
        let exposed = match timing {
            QuoteTiming::QuotesFirst => 0.5 * n_steps * (n_steps + 1.0),
            QuoteTiming::PriceFirst => 0.5 * n_steps * (n_steps - 1.0),
        };
        let per_step = 2.0 * probability * (1.0 - probability);
        let variance = offset * offset * n_steps * per_step
            + spec.volatility * spec.volatility * dt * per_step * exposed;
        assert!(
            (std * std / variance - 1.0).abs() < ERRORS * (6.0 / n).sqrt(),
            "{std} and {}",
            variance.sqrt()
        );
        // Inventory is a random walk: variance 2 p (1 − p) per step.
        let q = found.final_inventory.variance().unwrap();
        let expected = n_fills * (1.0 - probability);
        assert!(
            (q / expected - 1.0).abs() < ERRORS * (2.0 / n).sqrt(),
            "{q} and {expected}"
        );
    }
}

/// A constant drift changes the profit of a path by drift · dt · Σ q; the timing selects which q.
#[test]
fn a_drift_is_borne_by_the_inventory_that_the_timing_exposes() {
    for (timing, kind) in [
        (QuoteTiming::QuotesFirst, ShockKind::Drift),
        (QuoteTiming::PriceFirst, ShockKind::Drift),
        (QuoteTiming::PriceFirst, ShockKind::Jump),
    ] {
        let mut spec = MarketMakingSpec {
            timing,
            ..drift_game()
        };
        spec.shocks.kind = kind;
        let mut clean = MarketMaking::new(spec.clone()).unwrap();
        let mut drifting = clean.clone();
        let bps = spec.drift_bps(3.0);
        let shock = Shock {
            price_bps: &[bps],
            ..Shock::NONE
        };
        let quotes = Quotes::symmetric(0.4);
        let mut exposed = 0;
        while !clean.outcome().is_over() {
            let before = clean.inventory();
            clean.play(quotes, Shock::NONE);
            drifting.play(quotes, shock);
            assert_eq!(clean.inventory(), drifting.inventory());
            exposed += match (timing, kind) {
                (QuoteTiming::PriceFirst, ShockKind::Drift) => before,
                _ => clean.inventory(),
            };
        }
        let expected = 3.0 * spec.step_time() * f64::from(exposed);
        let found = drifting.wealth() - clean.wealth();
        assert!((found - expected).abs() < 1e-9, "{found} and {expected}");
        assert!((drifting.mid() - clean.mid() - 3.0 * spec.horizon).abs() < 1e-9);
        assert!(exposed != 0);
    }
}

/// Wealth computed from cash and inventory equals the sum of rewards.
#[test]
fn rewards_are_changes_of_cash_and_inventory() {
    for timing in [QuoteTiming::QuotesFirst, QuoteTiming::PriceFirst] {
        let spec = MarketMakingSpec {
            timing,
            ..drift_game()
        };
        let mut env = MarketMaking::new(spec).unwrap();
        let (mut cash, mut total) = (0.0, 0.0);
        let quotes = Quotes {
            bid_offset: 0.3,
            ask_offset: 0.5,
        };
        let shock = Shock {
            price_bps: &[1.7],
            ..Shock::NONE
        };
        env.reset(9);
        while !env.outcome().is_over() {
            let before = env.mid();
            total += env.play(quotes, shock).reward;
            let mid = match timing {
                QuoteTiming::QuotesFirst => before,
                QuoteTiming::PriceFirst => env.mid(),
            };
            let (bought, sold) = env.last_fills();
            cash += f64::from(sold) * (mid + 0.5) - f64::from(bought) * (mid - 0.3);
            let marked = cash + f64::from(env.inventory()) * env.mid();
            assert!(
                (env.wealth() - marked).abs() < 1e-7,
                "{} {marked}",
                env.wealth()
            );
        }
        assert!((total - env.wealth()).abs() < 1e-9);
        let wealth = env.wealth();
        assert!(
            env.play(quotes, shock).reward.abs() < f64::MIN_POSITIVE,
            "over"
        );
        assert!((env.wealth() - wealth).abs() < f64::MIN_POSITIVE);
    }
}

#[test]
fn inventory_stays_within_its_bound_and_infinite_quotes_are_not_filled() {
    let spec = MarketMakingSpec {
        max_inventory: 3,
        ..drift_game()
    };
    let mut env = MarketMaking::new(spec).unwrap();
    // A bid far above the mid price is always filled, an ask at infinity never.
    let greedy = Quotes {
        bid_offset: -50.0,
        ask_offset: f64::INFINITY,
    };
    for n in 1..=6 {
        let step = env.play(greedy, Shock::NONE);
        assert!(step.reward.is_finite());
        assert_eq!(env.inventory(), n.min(3));
    }
    assert_eq!(env.n_refused(), 0);
    env.play(Quotes::symmetric(f64::NEG_INFINITY), Shock::NONE);
    assert_eq!((env.n_refused(), env.inventory()), (1, 3));
}

#[test]
fn clipped_and_refused_inputs_are_counted() {
    let mut env = MarketMaking::new(drift_game()).unwrap();
    env.step(Action::Continuous(&[0.5, -3.0]), Shock::NONE);
    env.step(Action::Continuous(&[f32::NAN, 7.0]), Shock::NONE);
    env.step(Action::Categorical(&[0, 0]), Shock::NONE);
    let far = Shock {
        price_bps: &[1e3],
        ..Shock::NONE
    };
    env.step(Action::Continuous(&[1.0, -1.0]), far);
    let counts = env.interventions();
    assert_eq!((counts.refused_actions, counts.clamped_numbers), (2, 2));
    assert_eq!(counts.projected_shocks, 1);
    assert!((env.applied_shock().price_bps[0] - 2.5).abs() < 1e-12);
}

#[test]
fn actions_and_quotes_convert_into_each_other() {
    let spec = MarketMakingSpec::avellaneda_stoikov();
    let quotes = spec.quotes([-1.0, 0.25]);
    assert!((quotes.bid_offset + 1.0).abs() < 1e-12 && (quotes.ask_offset - 1.5).abs() < 1e-12);
    let action = spec.action(quotes);
    assert!((action[0] + 1.0).abs() < 1e-6 && (action[1] - 0.25).abs() < 1e-6);
    let far = spec.quotes([7.0, -7.0]);
    assert!((far.bid_offset - 3.0).abs() < 1e-12 && (far.ask_offset + 1.0).abs() < 1e-12);
    // An action gives the same step as its quotes.
    let mut turn = 0.0_f32;
    let mut by_action = MarketMaking::new(spec.clone()).unwrap();
    let mut by_quotes = by_action.clone();
    for _ in 0..spec.n_steps {
        turn += 1.0;
        let action = [turn.sin(), turn.cos()];
        let a = by_action
            .step(Action::Continuous(&action), Shock::NONE)
            .reward;
        let b = by_quotes.play(spec.quotes(action), Shock::NONE).reward;
        assert_eq!(a.to_bits(), b.to_bits());
    }
    assert_eq!(by_action.outcome(), Outcome::Terminated);
}

#[test]
fn check_env_finds_nothing() {
    for (sight, timing, kind) in [
        (
            ObservedPrice::Account,
            QuoteTiming::QuotesFirst,
            ShockKind::Drift,
        ),
        (
            ObservedPrice::LastMove,
            QuoteTiming::QuotesFirst,
            ShockKind::Drift,
        ),
        (
            ObservedPrice::LastMove,
            QuoteTiming::PriceFirst,
            ShockKind::Jump,
        ),
    ] {
        let spec = MarketMakingSpec {
            sight,
            timing,
            max_inventory: 5,
            running: InventoryPenalty::Absolute(0.1),
            terminal: InventoryPenalty::Quadratic(0.1),
            n_steps: 30,
            shocks: ShockSpec {
                kind,
                budget_bps: bps!(40.0),
                episode_budget_bps: Some(bps!(300.0)),
                max_spread_multiplier: 1.5,
                min_liquidity_multiplier: 0.5,
                ..ShockSpec::none()
            },
            ..MarketMakingSpec::avellaneda_stoikov()
        };
        let violations = check_env(&mut MarketMaking::new(spec).unwrap());
        assert!(violations.is_empty(), "{violations:?}");
    }
}

#[test]
fn paths_are_episodes_and_their_statistics_merge() {
    let spec = drift_game();
    let neutral = FixedOffsets::risk_neutral(&spec.flow);
    let simulate = |paths| simulate_quoting(&spec, &neutral, &Disturbance::NONE, 4, paths).unwrap();
    let mut halves = simulate(0..40);
    halves.merge(&simulate(40..100));
    let whole = simulate(0..100);
    assert_eq!(halves.profit.n(), 100);
    assert!((halves.profit.mean().unwrap() - whole.profit.mean().unwrap()).abs() < 1e-9);
    let mut env = MarketMaking::new(spec.clone()).unwrap();
    env.reset(Streams::new(4).episode_seed(0, 7));
    while !env.outcome().is_over() {
        env.play(neutral.quotes(env.view()), Shock::NONE);
    }
    let alone = simulate(7..8).profit.mean().unwrap();
    assert_eq!(alone.to_bits(), env.wealth().to_bits());
}

#[test]
fn invalid_rules_are_refused_by_name() {
    let paper = MarketMakingSpec::avellaneda_stoikov;
    let refused = |spec: MarketMakingSpec| MarketMaking::new(spec).unwrap_err();
    let low_high = OffsetRange {
        low: 1.0,
        high: 1.0,
    };
    assert!(matches!(
        refused(MarketMakingSpec {
            offsets: low_high,
            ..paper()
        }),
        MarketMakingError::Offsets { .. }
    ));
    let print = ShockSpec::none();
    assert_eq!(
        refused(MarketMakingSpec {
            shocks: print,
            ..paper()
        }),
        MarketMakingError::Print
    );
    let still = refused(MarketMakingSpec {
        volatility: 0.0,
        ..paper()
    })
    .to_string();
    assert_eq!(still, "volatility: found 0, expected a finite number > 0");
    assert!(
        refused(MarketMakingSpec {
            n_steps: 0,
            ..paper()
        })
        .to_string()
        .starts_with("n_steps")
    );
    assert!(paper().with_drift(-1.0).is_err());
}

#[test]
fn the_spec_survives_serialization_and_refuses_unknown_fields() {
    let spec = MarketMakingSpec {
        running: InventoryPenalty::Quadratic(0.2),
        ..drift_game()
    };
    let text = serde_json::to_string(&spec).unwrap();
    let again: MarketMakingSpec = serde_json::from_str(&text).unwrap();
    assert_eq!(again, spec);
    let misspelled = text.replace("\"timing\"", "\"timming\"");
    let error = serde_json::from_str::<MarketMakingSpec>(&misspelled).unwrap_err();
    assert!(error.to_string().contains("timming"), "{error}");
}

/// Prints the published figures over 200,000 paths, for all fill rules and timings.
#[test]
#[allow(clippy::print_stdout, reason = "a table for whoever asks for it")]
#[ignore = "minutes: cargo test --lib -- --ignored --nocapture quoting_figures"]
fn quoting_figures() {
    fn print(spec: &MarketMakingSpec, name: &str, strategy: &impl QuotingStrategy) {
        let against = |adversary: &dyn Fn() -> Result<QuotingSummary, MarketMakingError>| {
            let found = adversary().unwrap();
            let std = |w: &Welford| w.std_dev().unwrap();
            let mean = found.profit.mean().unwrap();
            println!(
                "  {name}: {mean:.3} / {:.3}, q {:.3}",
                std(&found.profit),
                std(&found.final_inventory)
            );
        };
        let worst = WorstDrift { max_drift: 5.0 };
        against(&|| simulate_quoting(spec, strategy, &Disturbance::NONE, 1, 0..200_000));
        against(&|| simulate_quoting(spec, strategy, &worst, 1, 0..200_000));
    }
    let strategy = paper_strategy(0.1);
    for timing in [QuoteTiming::QuotesFirst, QuoteTiming::PriceFirst] {
        for fills in [FillRule::Linear, FillRule::Exponential] {
            println!("{timing:?}, {fills:?}: alone, then against the worst drift");
            let spec = MarketMakingSpec {
                fills,
                timing,
                ..drift_game()
            };
            print(&spec, "inventory", &strategy);
            print(&spec, "symmetric", &strategy.symmetric(spec.horizon));
            print(
                &spec,
                "risk-neutral",
                &FixedOffsets::risk_neutral(&spec.flow),
            );
            print(&spec, "minimax", &minimax(&spec, 5.0));
        }
    }
}
