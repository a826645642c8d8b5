//! Interest, borrow fees and funding in the environment.

use super::fixture::*;
use crate::env::{Action, Env, EnvError, Market, Shock, ShockKind, TradingSpec};
use crate::{
    market::{Allocation, CostError, Costs, Each, Funding, Panel},
    units::bps,
};
use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use std::sync::Arc;

/// Rules with fees, interest, borrow fees, funding, and enough leverage to make cash negative.
fn rules(rates: [f64; 4]) -> TradingSpec {
    let spec = spec(ShockKind::Jump);
    TradingSpec {
        costs: Costs {
            fee: Each::PerAsset(vec![bps!(1.0), bps!(2.0), bps!(0.0)]),
            cash_rate: rates[0],
            margin_rate: rates[1],
            borrow_fee: Each::PerAsset(vec![rates[2], 0.01, 0.0]),
            funding: Some(Funding {
                rate_bps: Each::PerAsset(vec![100.0 * rates[3], 1.0, -1.0]),
                period_hours: 8.0,
                signals: Vec::new(),
            }),
            ..spec.costs
        },
        allocation: Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross: 2.5,
        },
        ..spec
    }
}

/// Market of the fixture whose bar ends are `hours` apart, in a cycle.
pub(super) fn with_gaps(seed: u64, hours: &[i64]) -> Arc<Market> {
    let gaps = hours.iter().cycle().take(N_BARS);
    let ends = gaps.scan(DateTime::UNIX_EPOCH, |end, hours| {
        *end += TimeDelta::hours(*hours);
        Some(*end)
    });
    let symbols = (0..N_ASSETS).map(|i| format!("A{i}")).collect();
    let bars = bars(N_ASSETS, N_BARS, seed);
    let panel = Panel::new(symbols, ends.collect(), bars, TimeDelta::hours(1)).unwrap();
    Arc::new(Market::fit(panel, &features(), 0..TRAINING).unwrap())
}

/// Interest on cash and on debt, borrow fees and funding of an account over some hours.
fn holding_costs(
    rates: [f64; 4],
    cash: f64,
    units: &[f64],
    prices: &[f64],
    hours: f64,
) -> [f64; 4] {
    let (years, mut borrow, mut funding) = (hours / 8_766.0, 0.0, 0.0);
    let per_asset = [(rates[2], 1e-2 * rates[3]), (0.01, 1e-4), (0.0, -1e-4)];
    for (a, (fee, rate)) in per_asset.into_iter().enumerate() {
        let value = units[a] * prices[a];
        borrow += fee * (-value).max(0.0) * years;
        funding += rate * value * hours / 8.0;
    }
    let interest = -cash.max(0.0) * rates[0] * years;
    [
        interest,
        (-cash).max(0.0) * rates[1] * years,
        borrow,
        funding,
    ]
}

proptest! {
    #[test]
    fn money_is_conserved_over_random_gaps(
        seed in 0_u64..1000,
        hours in prop::collection::vec(1_i64..90, 40),
        plays in prop::collection::vec(prop::array::uniform3(-1.0..1.0_f32), 1..60),
        rates in prop::array::uniform4(0.0..0.2_f64),
    ) {
        let market = with_gaps(seed, &hours);
        let mut env = env_of(&market, rules(rates));
        env.reset(0);
        for weights in plays {
            let (cash, held) = (env.portfolio().cash(), env.portfolio().units().to_vec());
            let closes_t = env.closes().to_vec();
            let price_bps = [90.0, -50.0, 20.0];
            let shock = Shock { price_bps: &price_bps, ..Shock::NONE };
            if env.step(Action::Continuous(&weights), shock).outcome.is_over() {
                break;
            }
            let charge = env.last_fill().charge;
            let (units, closes) = (env.portfolio().units(), env.closes());
            let ends = market.panel().timestamps();
            let hours = (ends[env.row()] - ends[env.row() - 1]).as_seconds_f64() / 3_600.0;
            // The old position pays until the bar of one hour opens, the new one within the bar.
            let waited = holding_costs(rates, cash, &held, &closes_t, hours - 1.0);
            let mut filled = cash - waited.iter().sum::<f64>();
            filled -= charge.fee + charge.spread + charge.impact;
            for a in 0..N_ASSETS {
                filled -= (units[a] - held[a]) * env.fill_price(a);
            }
            let within = holding_costs(rates, filled, units, closes, 1.0);
            // 1e-12 of the initial equity.
            let near = |found: f64, expected: f64| (found - expected).abs() < 1e-12 * 1e5;
            let found =
                [charge.cash_interest, charge.margin_interest, charge.borrow, charge.funding];
            for (found, (waited, within)) in found.iter().zip(waited.iter().zip(within)) {
                prop_assert!(near(*found, waited + within));
            }
            prop_assert!(near(env.portfolio().cash(), filled - within.iter().sum::<f64>()));
            let position: f64 = units.iter().zip(closes).map(|(u, c)| u * c).sum();
            prop_assert!(near(env.equity(), env.portfolio().cash() + position));
        }
    }
}

#[test]
fn cash_alone_compounds_at_its_rate() {
    let market = with_gaps(1, &[24]);
    let mut env = env_of(&market, rules([0.05, 0.0, 0.0, 0.0]));
    env.reset(0);
    let mut n_bars = 0;
    while !env
        .step(Action::Continuous(&[0.0; N_ASSETS]), Shock::NONE)
        .outcome
        .is_over()
    {
        n_bars += 1;
    }
    // Each day ends with a bar of one hour.
    let hour = 0.05 / 8_766.0_f64;
    let day = (1.0 + 23.0 * hour) * (1.0 + hour);
    let expected = 1e5 * day.powi(n_bars + 1);
    assert!((env.equity() / expected - 1.0).abs() < 1e-12);
}

/// Over a weekend, the position before the fill at Monday's open pays for the two days between the
/// bars, and the position after it pays for Monday.
#[test]
fn a_weekend_is_paid_by_the_position_before_the_fill() {
    let closed = |hours: i64, gap: i64| {
        let market = with_gaps(1, &[hours]);
        let rates = rules([0.0, 0.0, 0.5, 0.0]);
        let mut env = env_of(&market, rates);
        env.reset(0);
        let short = Action::Continuous(&[-0.5, 0.0, 0.0]);
        env.step(short, Shock::NONE);
        let value = -env.portfolio().units()[0] * env.closes()[0];
        env.step(Action::Continuous(&[0.0; N_ASSETS]), Shock::NONE);
        let fee = 0.5 * value * f64::from(i32::try_from(gap).unwrap()) / 8_766.0;
        (env.last_fill().charge.borrow, fee)
    };
    for hours in [1, 24, 72] {
        let (found, expected) = closed(hours, hours - 1);
        assert!(
            (found - expected).abs() < 1e-9,
            "{hours}: {found} {expected}"
        );
    }
}

#[test]
fn hindsight_returns_are_net_of_funding_and_costs_are_those_of_the_asset() {
    let market = with_gaps(1, &[24]); // a bar lasts one of these hours
    let mut env = env_of(&market, rules([0.0, 0.0, 0.0, 0.02]));
    let map = env.shock_map().unwrap();
    let mut snapshot = vec![0.0; map.snapshot_len()];
    env.reset(0);
    env.snapshot(&mut snapshot);
    let hindsight = map.hindsight(&snapshot).unwrap();
    let (now, next) = (
        market.panel().row(env.row()),
        market.panel().row(env.row() + 1),
    );
    for (a, funding) in [2.5e-5, 1.25e-5, -1.25e-5].into_iter().enumerate() {
        let expected = ((1.0 - funding) * next[a].close - next[a].open) / now[a].close;
        assert!((hindsight.simple_returns[a] - expected).abs() < 1e-15);
    }
    for (found, expected) in hindsight.cost_rates.iter().zip([4e-4, 5e-4, 3e-4]) {
        assert!((found - expected).abs() < 1e-15);
    }
}

#[test]
fn a_list_of_another_length_than_the_assets_is_refused() {
    let mut spec = rules([0.0; 4]);
    spec.costs.borrow_fee = Each::PerAsset(vec![0.1, 0.2]);
    let market = market(bars(N_ASSETS, N_BARS, 1));
    let error = crate::env::TradingEnv::new(market, spec, 0..N_BARS).unwrap_err();
    let expected = EnvError::Costs(CostError::Assets {
        field: "borrow_fee",
        found: 2,
        expected: 3,
    });
    assert_eq!(error, expected);
}
