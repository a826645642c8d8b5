//! From a trained policy to the file a bot loads.

use crate::{
    agent::{FORMAT, NetworkSpec, PolicyFile, PolicyHeader, TrainingSpan},
    env::{Env, TradingEnv},
    policy::{ActorCritic, Backend},
};
use std::collections::BTreeMap;

/// The header that a policy trained in `env` must carry: symbols, signals that are read, features,
/// layout, normalizer, training span and action decoding are the environment's. `trained_against`
/// holds nothing yet and the checksums are empty: whoever knows the adversary, the configuration
/// and the data files fills them in.
#[must_use]
pub fn policy_header(
    env: &TradingEnv,
    network: NetworkSpec,
    method: &str,
    seed: u64,
) -> PolicyHeader {
    let (panel, spec) = (env.market().panel(), env.spec());
    PolicyHeader {
        format: FORMAT,
        library_version: env!("CARGO_PKG_VERSION").to_owned(),
        method: method.to_owned(),
        seed,
        symbols: panel.symbols().to_vec(),
        signals: env.market().pipeline().signals_read(),
        bar_seconds: panel.bar_length().num_seconds(),
        features: spec.features.clone(),
        account: spec.account.clone(),
        layout: env.layout().clone(),
        normalizer: env.market().normalizer().clone(),
        network,
        allocation: spec.allocation.clone(),
        trained_against: serde_json::Value::Null,
        training_span: Some(TrainingSpan {
            first: panel.timestamps()[env.first_row()],
            last: panel.timestamps()[env.last_row()],
        }),
        config_sha256: String::new(),
        data_sha256: BTreeMap::new(),
    }
}

/// The deployable file of a policy trained in `env`; its header is [`policy_header`]'s.
#[must_use]
pub fn policy_file<D: Backend<f32>>(
    env: &TradingEnv,
    policy: &ActorCritic<f32, D>,
    method: &str,
    seed: u64,
) -> PolicyFile {
    PolicyFile {
        header: policy_header(env, policy.spec().clone(), method, seed),
        tensors: policy.to_file_tensors(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::{Activation, Agent, Head, Squash},
        bps,
        env::{Action, Market, Norm, Reward, Shock, ShockKind, ShockSpec, TradingSpec},
        features::{AccountFeature, FeatureSpec},
        market::{Allocation, Costs},
        models::{Correlation, SignalMarket},
        policy::device::{DeviceChoice, RuntimeDevice, select},
        rng::{Component, Streams},
    };
    use std::sync::Arc;

    const N_BARS: usize = 60;

    fn env() -> TradingEnv {
        let market = SignalMarket {
            symbols: ["A", "B"].map(String::from).to_vec(),
            initial_price: 10.0,
            n_bars: N_BARS,
            bar_seconds: 60,
            steps_per_bar: 1,
            start: chrono::DateTime::UNIX_EPOCH,
            bar_volatility: 0.01,
            correlation: Correlation::Independent,
            n_signals: 5,
            n_relevant: 3,
            persistence: 0.3,
            sharpness: 1.0,
            signal_strength: 0.5,
            n_returns: 1,
            return_strength: 0.1,
            coefficients_seed: 2,
        };
        let panel = market.panel(&Streams::new(1), 0).unwrap();
        let spec = TradingSpec {
            initial_cash: 1e5,
            costs: Costs::FREE,
            allocation: Allocation::Weights {
                low: -1.0,
                max_gross: 1.0,
            },
            reward: Reward::LogGrowth,
            horizon: None,
            ruin_fraction: 0.1,
            features: vec![FeatureSpec::LogReturns { window: 2 }, FeatureSpec::Signals],
            account: vec![AccountFeature::Weights],
            shocks: ShockSpec {
                kind: ShockKind::Print,
                norm: Norm::LInf,
                budget_bps: bps!(50.0),
                episode_budget_bps: None,
                max_spread_multiplier: 1.0,
                min_liquidity_multiplier: 1.0,
            },
        };
        let fitted = Market::fit(panel, &spec.features, 0..N_BARS).unwrap();
        TradingEnv::new(Arc::new(fitted), spec, 0..N_BARS).unwrap()
    }

    /// What is deployed from a market with signals is a bot that sees what the environment showed.
    #[test]
    #[allow(
        irrefutable_let_patterns,
        reason = "a build with a GPU has other devices"
    )]
    fn a_policy_of_a_signal_market_is_deployed_with_its_signals() {
        let mut env = env();
        let network = NetworkSpec {
            n_inputs: env.layout().n_fields(),
            hidden: vec![4],
            activation: Activation::Tanh,
            head: Head::Gaussian {
                n_dims: 2,
                squash: Squash::Tanh,
            },
        };
        let RuntimeDevice::Cpu(device) = select(DeviceChoice::Cpu).device else {
            panic!("the CPU was asked for")
        };
        let mut rng = Streams::new(3).stream(Component::Init, 0);
        let policy = ActorCritic::new(&network, &[4], 0.0, &mut rng, &device).unwrap();
        let file = policy_file(&env, &policy, "none", 3);
        let mut agent = Agent::new(&file).unwrap();
        let market = Arc::clone(env.market());
        let panel = market.panel();
        assert_eq!(agent.signals(), panel.signal_names());
        for t in 0..env.first_row() {
            agent.absorb(panel.row(t), panel.moment(t)).unwrap();
        }
        while !env.outcome().is_over() {
            let t = env.row();
            let decision = agent.on_bars(panel.row(t), panel.moment(t), env.account());
            assert!(decision.unwrap().is_some());
            assert_eq!(agent.observation(), env.observation());
            env.step(Action::Continuous(&[0.5, -0.2]), Shock::NONE);
        }
    }
}
