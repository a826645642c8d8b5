//! Arenas and policies for the tests of `eval`.

use super::Arena;
use crate::{
    agent::{Activation, FORMAT, Head, NetworkSpec, PolicyFile, PolicyHeader, Squash, TensorData},
    env::{Market, Norm, PrintEnding, Reward, ShockKind, ShockSpec, TradingSpec},
    features::{AccountFeature, FeatureSpec, Layout},
    market::{Allocation, Bar, Costs, Each, Panel},
    policy::{
        Backend,
        device::{DeviceChoice, RuntimeDevice, select},
    },
    rng::{Component, Rng, Streams},
    units::Bps,
};
use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng as _;
use std::{collections::BTreeMap, sync::Arc};

pub(super) const N_BARS: usize = 140;
pub(super) const FIRST_ROW: usize = 60;

/// The CPU device, in builds with and without a GPU.
#[allow(
    irrefutable_let_patterns,
    reason = "a build with a GPU has other devices"
)]
pub(super) fn cpu() -> impl Backend<f32> {
    let RuntimeDevice::Cpu(cpu) = select(DeviceChoice::Cpu).device else {
        panic!("the CPU was asked for")
    };
    cpu
}

pub(super) fn bps(x: f64) -> Bps {
    Bps::new(x).unwrap()
}

fn rng(index: u64) -> Rng {
    Streams::new(21).stream(Component::Init, index)
}

pub(super) fn day(t: usize) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(i64::try_from(t).unwrap())
}

/// Two random walks with gaps between close and open.
pub(super) fn panel() -> Panel {
    let mut rng = rng(0);
    let mut closes = [100.0_f64, 20.0];
    let mut bars = Vec::new();
    for _ in 0..N_BARS {
        for close in &mut closes {
            let open = *close * rng.gen_range(-0.004..0.004_f64).exp();
            *close = open * rng.gen_range(-0.02..0.02_f64).exp();
            bars.push(Bar {
                open,
                high: open.max(*close) * 1.001,
                low: open.min(*close) * 0.999,
                close: *close,
                volume: 1e6,
            });
        }
    }
    let symbols = vec!["A".to_owned(), "B".to_owned()];
    let timestamps = (0..N_BARS).map(day).collect();
    Panel::new(symbols, timestamps, bars, TimeDelta::days(1)).unwrap()
}

pub(super) const COSTLY: Costs = Costs {
    fee: Each::All(Bps::ZERO),
    half_spread: Bps::ZERO,
    impact_coefficient: 0.3,
    transient_impact: None,
    cash_rate: 0.0,
    margin_rate: 0.0,
    borrow_fee: Each::All(0.0),
    funding: None,
    own: Vec::new(),
};

pub(super) fn fee(x: f64) -> Costs {
    Costs {
        fee: bps(x).into(),
        ..Costs::FREE
    }
}

pub(super) fn spec(costs: Costs, kind: ShockKind) -> TradingSpec {
    TradingSpec {
        initial_cash: 1e5,
        costs,
        allocation: Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross: 1.0,
        },
        orders: crate::market::OrderRules::default(),
        reward: Reward::LogGrowth,
        horizon: Some(10),
        ruin_fraction: 0.1,
        features: vec![
            FeatureSpec::ScaledReturns {
                window: 3,
                half_life: 10.0,
            },
            FeatureSpec::ZScore { window: 10 },
        ],
        account: vec![AccountFeature::Weights, AccountFeature::TimeLeft],
        shocks: ShockSpec {
            kind,
            print_ending: PrintEnding::Corrected,
            norm: Norm::LInf,
            budget_bps: bps(50.0),
            episode_budget_bps: None,
            max_spread_multiplier: 1.0,
            min_liquidity_multiplier: 1.0,
        },
    }
}

pub(super) fn arena(costs: Costs, kind: ShockKind) -> Arena {
    arena_of(spec(costs, kind))
}

pub(super) fn arena_of(spec: TradingSpec) -> Arena {
    let fitted = Market::fit(panel(), &spec.features, 0..FIRST_ROW).unwrap();
    Arena::new(Arc::new(fitted), spec, FIRST_ROW..N_BARS).unwrap()
}

/// Arena of the same market with three signals, of which the features read the last and the first.
pub(super) fn signal_arena(costs: Costs, kind: ShockKind) -> Arena {
    let mut rng = rng(2);
    let names = ["carry", "value", "tide"].map(String::from).to_vec();
    let values = (0..3 * N_BARS).map(|_| rng.gen_range(-2.0..3.0)).collect();
    let panel = panel().with_signals(names, values).unwrap();
    let mut spec = spec(costs, kind);
    let signal = |name: &str| FeatureSpec::Signal(name.to_owned());
    spec.features.extend([signal("tide"), signal("carry")]);
    let fitted = Market::fit(panel, &spec.features, 0..FIRST_ROW).unwrap();
    Arena::new(Arc::new(fitted), spec, FIRST_ROW..N_BARS).unwrap()
}

/// Random, fairly sensitive policy for `arena`, critic included.
pub(super) fn policy(arena: &Arena) -> PolicyFile {
    let (market, spec) = (arena.market(), arena.spec());
    let symbols = market.panel().symbols().to_vec();
    let layout = Layout::new(market.pipeline(), &spec.account, &symbols).unwrap();
    let network = NetworkSpec {
        n_inputs: layout.n_fields(),
        hidden: vec![8],
        activation: Activation::Tanh,
        head: Head::Gaussian {
            n_dims: 2,
            squash: Squash::Tanh,
        },
    };
    let mut rng = rng(1);
    let mut tensors = BTreeMap::new();
    let mut add = |name: &str, shape: &[usize]| {
        let n = shape.iter().product();
        let values = (0..n).map(|_| rng.gen_range(-0.8..0.8)).collect();
        let shape = shape.to_vec();
        tensors.insert(name.to_owned(), TensorData { shape, values });
    };
    for (part, n_out) in [("actor", 2), ("critic", 1)] {
        add(&format!("{part}.0.weight"), &[network.n_inputs, 8]);
        add(&format!("{part}.0.bias"), &[8]);
        add(&format!("{part}.1.weight"), &[8, n_out]);
        add(&format!("{part}.1.bias"), &[n_out]);
    }
    add("actor.log_std", &[2]);
    let header = PolicyHeader {
        format: FORMAT,
        library_version: "0".to_owned(),
        method: "random_weights".to_owned(),
        seed: 5,
        symbols,
        signals: market.pipeline().signals_read(),
        bar_seconds: 86_400,
        features: spec.features.clone(),
        account: spec.account.clone(),
        layout,
        normalizer: market.normalizer().clone(),
        network,
        allocation: spec.allocation.clone(),
        orders: crate::market::OrderRules::default(),
        trained_against: serde_json::Value::Null,
        training_span: None,
        config_sha256: String::new(),
        data_sha256: BTreeMap::new(),
    };
    PolicyFile { header, tensors }
}
