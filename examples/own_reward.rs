//! A reward from outside the crate: log growth minus a price for turnover and for drawdown.
//!
//!     cargo run --example own_reward
#![allow(clippy::print_stdout, reason = "an example is printed")]

use chrono::{TimeDelta, TimeZone as _, Utc};
use shockproof::{
    env::{
        Action, Env as _, LogGrowth, Reward, RewardRule, Shock, StepView, TradingEnv, TradingSpec,
    },
    features::FeatureSpec,
    market::{Bar, Panel},
    own::Own,
};
use std::{error::Error, sync::Arc};

struct CalmGrowth {
    turnover_price: f64,
    drawdown_price: f64,
}

impl RewardRule for CalmGrowth {
    fn reward(&self, step: &StepView<'_>) -> f64 {
        let drawdown = (1.0 - step.equity_tp1 / step.peak_equity_t).max(0.0);
        LogGrowth.reward(step)
            - self.turnover_price * step.turnover()
            - self.drawdown_price * drawdown
    }
}

/// Hourly bars that rise and fall alternately.
fn panel() -> Result<Panel, Box<dyn Error>> {
    let start = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).single();
    let start = start.ok_or("no such time")?;
    let ends = (0..300).map(|t| start + TimeDelta::hours(t)).collect();
    let bar = |t: i32| {
        let close = 100.0 + 10.0 * (f64::from(t) / 12.0).sin();
        Bar {
            open: close,
            high: close + 1.0,
            low: close - 1.0,
            close,
            volume: 1e6,
        }
    };
    let bars = (0..300).map(bar).collect();
    let symbols = vec!["BTC".to_owned()];
    Ok(Panel::new(symbols, ends, bars, TimeDelta::hours(1))?)
}

/// Sum of rewards of a trader whose weight in step t is `weight(t)`.
fn total(reward: Reward, weight: impl Fn(i32) -> f32) -> Result<f64, Box<dyn Error>> {
    let spec = TradingSpec {
        reward,
        ..TradingSpec::new(vec![FeatureSpec::Rsi { period: 14 }])
    };
    let mut env = TradingEnv::fit(panel()?, spec, 0..300)?;
    let (mut total, mut t) = (0.0, 0);
    while !env.outcome().is_over() {
        total += env
            .step(Action::Continuous(&[weight(t)]), Shock::NONE)
            .reward;
        t += 1;
    }
    Ok(total)
}

fn main() -> Result<(), Box<dyn Error>> {
    // A file stores the name and the parameters; the rule itself is code.
    let (turnover_price, drawdown_price) = (0.001, 0.01);
    let parameters = [
        ("turnover_price", turnover_price),
        ("drawdown_price", drawdown_price),
    ];
    let rule: Arc<dyn RewardRule> = Arc::new(CalmGrowth {
        turnover_price,
        drawdown_price,
    });
    let calm = || Reward::Own(Own::new("calm_growth", parameters, Arc::clone(&rule)));

    let hasty = |t: i32| if t % 2 == 0 { 1.0 } else { -1.0 };
    let patient = |_: i32| 0.5;
    let gap = |reward: &dyn Fn() -> Reward| -> Result<f64, Box<dyn Error>> {
        Ok(total(reward(), patient)? - total(reward(), hasty)?)
    };
    let (plain, own) = (gap(&|| Reward::LogGrowth)?, gap(&calm)?);
    println!("the patient trader leads by {plain:.3} in log growth, by {own:.3} in the own reward");
    assert!(own > plain + 0.3);
    Ok(())
}
