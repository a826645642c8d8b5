//! A cost term from outside the crate: a borrow fee that short positions pay every bar.
//!
//!     cargo run --example own_cost
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use chrono::{DateTime, TimeDelta};
use shockproof::{
    bps,
    env::{Action, Env, Market, Shock, TradingEnv, TradingSpec},
    features::{Cycle, FeatureSpec},
    market::{Bar, CostTerm, Costs, Holding, Panel, Trade},
    own::Own,
};
use std::{error::Error, sync::Arc};

/// Interest on borrowed shares, as a fraction of their value per year.
struct BorrowFee(f64);

impl CostTerm for BorrowFee {
    fn name(&self) -> &'static str {
        "borrow_fee"
    }
    fn charge(&self, _: &Trade<'_>) -> f64 {
        0.0
    }
    fn marginal(&self, _: &Trade<'_>) -> f64 {
        0.0
    }
    fn holding(&self, account: &Holding<'_>) -> f64 {
        let short: f64 = account.values().map(|value| (-value).max(0.0)).sum();
        self.0 * short * account.years()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let flat = Bar {
        open: 100.0,
        high: 100.0,
        low: 100.0,
        close: 100.0,
        volume: 0.0,
    };
    let day = |day| DateTime::UNIX_EPOCH + TimeDelta::days(day);
    let ends = (0..60).map(day).collect();
    let panel = Panel::new(vec!["A".into()], ends, vec![flat; 60], TimeDelta::days(1))?;
    let borrow_fee = Own::new("borrow_fee", [("rate", 0.1)], Arc::new(BorrowFee(0.1)) as _);
    let mut rules = TradingSpec::new(vec![FeatureSpec::Calendar(Cycle::Year)]);
    rules.initial_cash = 1e5;
    rules.costs = Costs {
        fee: bps!(1.0).into(),
        own: vec![borrow_fee],
        ..Costs::FREE
    };
    let market = Market::fit(panel, &rules.features, 0..60)?;
    let mut env = TradingEnv::new(Arc::new(market), rules, 0..60)?;

    let (mut borrowed, mut paid) = (0.0, 0.0);
    while !env.outcome().is_over() {
        env.step(Action::Continuous(&[-1.0]), Shock::NONE);
        let charge = env.last_fill().charge;
        borrowed += charge.other;
        paid += charge.total();
    }
    // 39 short bars (20 of 60 are warm-up) at 10 % a year; the position shrinks with the equity.
    let expected = 1e5 * 0.1 * 39.0 / 365.25;
    assert!((borrowed / expected - 1.0).abs() < 0.01, "{borrowed}");
    // Prices are constant, so the account changes by its costs only.
    assert!((env.portfolio().cash() - (1e5 - paid)).abs() < 1e-6);
    println!("borrow fee: {borrowed:.2} of {paid:.2} paid");
    Ok(())
}
