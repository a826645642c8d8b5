//! Known results of the execution market.

use crate::games::execution::{
    Execution, ExecutionError, ExecutionSpec,
    almgren_chriss::{Liquidation, Trajectory},
    simulate_execution,
};
use crate::units::{Bps, bps};
use crate::{
    env::{Action, Env, Outcome, Shock, ShockKind, ShockSpec, check_env},
    games::ObservedPrice,
};

const PATHS: std::ops::Range<u64> = 0..20_000;
/// Tolerance of a mean or standard deviation. Unit: standard errors.
const ERRORS: f64 = 4.0;

/// Specs: the paper's example, many and few steps, strong permanent impact, almost no volatility.
fn specs() -> Vec<ExecutionSpec> {
    let paper = ExecutionSpec::almgren_chriss();
    let other = Liquidation {
        shares: 2e4,
        horizon: 0.25,
        n_steps: 60,
        volatility: 3.0,
        half_spread: 0.01,
        permanent_impact: 1e-5,
        temporary_impact: 4e-7,
    };
    vec![
        paper.clone(),
        ExecutionSpec {
            liquidation: other,
            initial_price: 20.0,
            risk_aversion: 1e-4,
            ..paper.clone()
        },
        ExecutionSpec {
            liquidation: Liquidation {
                n_steps: 2,
                volatility: 1e-4,
                ..paper.liquidation
            },
            ..paper
        },
    ]
}

fn meets(spec: &ExecutionSpec, plan: &Trajectory, shock: Shock<'_>, (mean, std): (f64, f64)) {
    let found = simulate_execution(spec, plan, shock, 1, PATHS).unwrap();
    let (m, s) = (found.mean().unwrap(), found.std_dev().unwrap());
    let n = 20_000_f64;
    // Costs are normal, so a standard deviation has the error std/√(2n); the rest is rounding.
    let rounding = 1e-9 * spec.liquidation.shares * spec.initial_price;
    assert!(
        (m - mean).abs() <= ERRORS * std / n.sqrt() + rounding,
        "mean {m}, known {mean} ({std})"
    );
    assert!(
        (s - std).abs() <= ERRORS * std / (2.0 * n).sqrt() + rounding,
        "deviation {s}, known {std}"
    );
}

#[test]
fn simulated_costs_have_the_closed_moments() {
    for spec in specs() {
        let block = spec.liquidation;
        let mut at_once = block.optimal(0.0).unwrap();
        at_once.holdings[1..].fill(0.0);
        for plan in [
            block.optimal(spec.risk_aversion).unwrap(),
            block.optimal(0.0).unwrap(),
            at_once,
        ] {
            let known = (block.expected_cost(&plan), block.cost_std(&plan));
            meets(&spec, &plan, Shock::NONE, known);
        }
    }
    let paper = ExecutionSpec::almgren_chriss();
    let plan = paper.liquidation.optimal(1e-6).unwrap();
    meets(&paper, &plan, Shock::NONE, (911_226.99, 603_430.67));
}

/// A drift b per unit of time adds −b τ times the sum of the holdings to the cost; less depth and a
/// wider spread act as larger impact and ε.
#[test]
fn the_cost_of_shocks_equals_the_closed_form() {
    for mut spec in specs() {
        let block = spec.liquidation;
        let thin = 0.8;
        spec.shocks = ShockSpec {
            budget_bps: bps!(500.0),
            max_spread_multiplier: 3.0,
            min_liquidity_multiplier: thin,
            kind: ShockKind::Drift,
            ..ShockSpec::none()
        };
        let plan = block.optimal(spec.risk_aversion).unwrap();
        let drift = -0.1;
        let held: f64 = plan.holdings.iter().skip(1).sum();
        let worse = Liquidation {
            half_spread: 3.0 * block.half_spread,
            permanent_impact: block.permanent_impact / thin,
            temporary_impact: block.temporary_impact / thin,
            ..block
        };
        let mean = worse.expected_cost(&plan) - drift * block.step_time() * held;
        let price_bps = &[spec.drift_bps(drift)][..];
        let shock = Shock {
            price_bps,
            spread_multiplier: 3.0,
            liquidity_multiplier: thin,
        };
        meets(&spec, &plan, shock, (mean, block.cost_std(&plan)));
    }
}

/// Costs equal the closed form under the worst drift; the minimax plan beats `optimal`.
#[test]
fn the_minimax_plan_pays_off_against_the_worst_drift() {
    let (mut spec, max_drift) = (ExecutionSpec::almgren_chriss(), 0.4);
    spec.liquidation.n_steps = 20;
    spec.shocks.budget_bps = Bps::new(spec.drift_bps(max_drift)).unwrap();
    let block = spec.liquidation;
    let price_bps = &[spec.drift_bps(-max_drift)][..];
    let shock = Shock {
        price_bps,
        ..Shock::NONE
    };
    let mut worst = Vec::new();
    for plan in [
        block.minimax(spec.risk_aversion, max_drift).unwrap(),
        block.optimal(spec.risk_aversion).unwrap(),
    ] {
        let held: f64 = plan.holdings.iter().skip(1).sum();
        let mean = block.expected_cost(&plan) + max_drift * block.step_time() * held;
        let std = block.cost_std(&plan);
        meets(&spec, &plan, shock, (mean, std));
        worst.push(mean + spec.risk_aversion * std * std);
    }
    assert!(worst[0] < 0.99 * worst[1], "{worst:?}");
}

/// The rewards of an episode sum to −cost − λ times the variance of the holdings.
#[test]
fn rewards_add_up_to_cost_and_risk() {
    for spec in specs() {
        let block = spec.liquidation;
        let mut env = Execution::new(spec.clone()).unwrap();
        env.reset(3);
        let plan = block.optimal(spec.risk_aversion).unwrap();
        let mut total = 0.0;
        for trade in plan.trades() {
            total += env.play(trade, Shock::NONE).reward;
        }
        let risk = spec.risk_aversion * block.cost_std(&plan).powi(2);
        let expected = -env.cost() - risk;
        let tolerance = 1e-9 * block.shares * spec.initial_price;
        assert!(
            (total - expected).abs() < tolerance,
            "{total} and {expected}"
        );
        assert_eq!(env.outcome(), Outcome::Terminated);
        assert!(env.holdings().abs() < f64::MIN_POSITIVE);
        assert!(env.play(1.0, Shock::NONE).reward.abs() < f64::MIN_POSITIVE);
    }
}

/// A plan has the same cost whether its sales are given as actions or as shares.
#[test]
fn a_plan_can_be_played_by_actions() {
    let spec = ExecutionSpec::almgren_chriss();
    let plan = spec.liquidation.optimal(1e-6).unwrap();
    let mut by_action = Execution::new(spec.clone()).unwrap();
    let mut by_shares = by_action.clone();
    for (j, trade) in plan.trades().enumerate() {
        let action = spec.action(trade / plan.holdings[j]);
        by_action.step(Action::Continuous(&action), Shock::NONE);
        by_shares.play(trade, Shock::NONE);
        let gap = by_action.holdings() - by_shares.holdings();
        assert!(gap.abs() < 0.5, "{gap} shares in step {j}");
    }
    assert!((by_action.cost() - by_shares.cost()).abs() < 5.0);
    // A sale beyond the holdings sells them all; a negative sale sells nothing.
    let mut env = Execution::new(spec).unwrap();
    env.play(-5.0, Shock::NONE);
    assert!((env.holdings() - 1e6).abs() < f64::MIN_POSITIVE);
    env.play(f64::INFINITY, Shock::NONE);
    assert!(env.holdings().abs() < f64::MIN_POSITIVE);
    env.play(f64::NAN, Shock::NONE);
    assert_eq!((env.n_refused(), env.n_played()), (1, 3));
    assert_eq!(env.interventions().clamped_numbers, 2);
}

#[test]
fn check_env_finds_nothing() {
    for (sight, kind) in [
        (ObservedPrice::Account, ShockKind::Drift),
        (ObservedPrice::LastMove, ShockKind::Drift),
        (ObservedPrice::LastMove, ShockKind::Jump),
    ] {
        for spec in specs() {
            let spec = ExecutionSpec {
                sight,
                shocks: ShockSpec {
                    budget_bps: bps!(80.0),
                    episode_budget_bps: Some(bps!(600.0)),
                    max_spread_multiplier: 2.0,
                    min_liquidity_multiplier: 0.8,
                    kind,
                    ..ShockSpec::none()
                },
                ..spec
            };
            let violations = check_env(&mut Execution::new(spec).unwrap());
            assert!(violations.is_empty(), "{violations:?}");
        }
    }
}

#[test]
fn the_spec_survives_serialization_and_refuses_unknown_fields() {
    for spec in specs() {
        let text = serde_json::to_string(&spec).unwrap();
        let again: ExecutionSpec = serde_json::from_str(&text).unwrap();
        assert_eq!(again, spec);
        let misspelled = text.replace("\"sight\"", "\"site\"");
        assert!(serde_json::from_str::<ExecutionSpec>(&misspelled).is_err());
    }
}

#[test]
fn invalid_rules_are_refused_by_name() {
    let paper = ExecutionSpec::almgren_chriss;
    let refused = |spec: ExecutionSpec| Execution::new(spec).unwrap_err();
    let print = ShockSpec::none();
    assert_eq!(
        refused(ExecutionSpec {
            shocks: print,
            ..paper()
        }),
        ExecutionError::Print
    );
    let free = ExecutionSpec {
        initial_price: 0.0,
        ..paper()
    };
    assert!(
        refused(free)
            .to_string()
            .starts_with("initial_price: found 0")
    );
    let mut still = ExecutionSpec {
        sight: ObservedPrice::LastMove,
        ..paper()
    };
    still.liquidation.volatility = 0.0;
    assert_eq!(refused(still), ExecutionError::Volatility);
    let eager = ExecutionSpec {
        risk_aversion: -1.0,
        ..paper()
    };
    assert!(
        refused(eager)
            .to_string()
            .starts_with("risk_aversion: found -1")
    );
}
