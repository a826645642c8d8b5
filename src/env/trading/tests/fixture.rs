//! Small markets and rules for tests.

use crate::env::{
    Market, Norm, PrintEnding, Reward, ShockKind, ShockSpec, Threat, TradingEnv, TradingSpec,
};
use crate::{
    features::{AccountFeature, Cycle, FeatureSpec},
    market::{Allocation, Bar, Costs, Panel},
    rng::{Component, Streams},
    units::bps,
};
use chrono::{DateTime, TimeDelta};
use rand::Rng as _;
use std::sync::Arc;

pub(crate) const N_ASSETS: usize = 3;
pub(crate) const N_BARS: usize = 150;
/// End of the rows on which normalizers are fitted.
pub(crate) const TRAINING: usize = 80;

/// A random walk with overnight gaps, wicks and volume.
pub(crate) fn bars(n_assets: usize, n_bars: usize, seed: u64) -> Vec<Bar> {
    let mut rng = Streams::new(seed).stream(Component::Market, 0);
    let mut closes = vec![100.0; n_assets];
    (0..n_bars * n_assets)
        .map(|k| {
            let last = &mut closes[k % n_assets];
            let mut move_by = |size: f64| f64::exp(rng.gen_range(-size..size));
            let open = *last * move_by(0.01);
            let close = open * move_by(0.03);
            let high = open.max(close) * move_by(0.01).max(1.0);
            let low = open.min(close) * move_by(0.01).min(1.0);
            let volume = 1e6 * move_by(0.5);
            *last = close;
            Bar {
                open,
                high,
                low,
                close,
                volume,
            }
        })
        .collect()
}

pub(crate) fn panel_of(bars: Vec<Bar>, n_assets: usize) -> Panel {
    let n_bars = bars.len() / n_assets;
    let start = DateTime::from_timestamp(946_857_600, 0).unwrap();
    let day = TimeDelta::days(1);
    Panel::new(
        (0..n_assets).map(|i| format!("A{i}")).collect(),
        (0..n_bars)
            .map(|t| start + day * i32::try_from(t).unwrap())
            .collect(),
        bars,
        day,
    )
    .unwrap()
}

pub(crate) fn features() -> Vec<FeatureSpec> {
    vec![
        FeatureSpec::ScaledReturns {
            window: 4,
            half_life: 10.0,
        },
        FeatureSpec::Rsi { period: 7 },
        FeatureSpec::AverageTrueRange { period: 7 },
        FeatureSpec::Calendar(Cycle::Week),
    ]
}

pub(crate) fn market(bars: Vec<Bar>) -> Arc<Market> {
    let panel = panel_of(bars, N_ASSETS);
    let fitted = Market::fit(panel, &features(), 0..TRAINING).unwrap();
    assert_eq!(fitted.constant_features(), Vec::<String>::new());
    Arc::new(fitted)
}

impl From<ShockKind> for Threat {
    fn from(kind: ShockKind) -> Self {
        Self::of(kind, PrintEnding::Corrected)
    }
}

pub(crate) fn spec(threat: impl Into<Threat>) -> TradingSpec {
    let threat = threat.into();
    let kind = match threat {
        Threat::Corrected | Threat::Kept => ShockKind::Print,
        Threat::Jump => ShockKind::Jump,
        Threat::Drift => ShockKind::Drift,
    };
    TradingSpec {
        initial_cash: 1e5,
        costs: Costs {
            fee: bps!(2.0).into(),
            half_spread: bps!(3.0),
            impact_coefficient: 0.5,
            ..Costs::FREE
        },
        allocation: Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross: 1.5,
        },
        orders: crate::market::OrderRules::default(),
        reward: Reward::LogGrowth,
        horizon: None,
        ruin_fraction: 0.2,
        features: features(),
        account: vec![
            AccountFeature::Weights,
            AccountFeature::Cash,
            AccountFeature::Unrealized,
            AccountFeature::TimeLeft,
        ],
        shocks: ShockSpec {
            kind,
            print_ending: match threat {
                Threat::Kept => PrintEnding::Kept,
                _ => PrintEnding::Corrected,
            },
            norm: Norm::L2,
            budget_bps: bps!(300.0),
            episode_budget_bps: None,
            max_spread_multiplier: 5.0,
            min_liquidity_multiplier: 0.2,
        },
    }
}

pub(crate) fn env_of(market: &Arc<Market>, spec: TradingSpec) -> TradingEnv {
    let n_bars = market.panel().n_bars();
    TradingEnv::new(Arc::clone(market), spec, 0..n_bars).unwrap()
}

pub(crate) fn env(threat: impl Into<Threat>) -> TradingEnv {
    env_of(&market(bars(N_ASSETS, N_BARS, 1)), spec(threat))
}
