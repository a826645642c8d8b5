//! A trained policy, and the file that a bot loads.

use super::{MetricRow, TrainConfig};
use crate::{
    adversary::Player,
    agent::{FORMAT, PolicyFile, PolicyFileError, PolicyHeader, TrainingSpan},
    algo::Algorithm,
    env::{Env, TradingEnv},
    policy::{ActorCritic, Backend},
};
use std::{collections::BTreeMap, path::Path};

/// A finished training.
#[derive(Debug, Clone)]
pub struct Trained<D: Backend<f32>> {
    /// Policy network and value network.
    pub policy: ActorCritic<f32, D>,
    /// Settings of the training.
    pub config: TrainConfig,
    /// Seed of the training.
    pub seed: u64,
    /// Updates done.
    pub updates: u64,
    /// Environment steps done.
    pub env_steps: u64,
    /// The last row of the metric log.
    pub last_row: MetricRow,
}

impl<D: Backend<f32>> Trained<D> {
    /// Builds the file that a bot loads. `env` is the training environment, `method` the name in
    /// reports. The checksums of configuration and data stay empty.
    #[must_use]
    pub fn policy_file(&self, env: &TradingEnv, method: &str) -> PolicyFile {
        PolicyFile {
            header: policy_header(env, &self.config, method, self.seed),
            tensors: self.policy.to_file_tensors(),
        }
    }

    /// Writes the file that [`Agent`](crate::agent::Agent) loads, under the name of the algorithm.
    ///
    /// # Errors
    /// [`PolicyFileError`] of [`PolicyFile::write`].
    pub fn save(&self, env: &TradingEnv, path: impl AsRef<Path>) -> Result<(), PolicyFileError> {
        let method = match self.config.learn.algorithm {
            Algorithm::Ppo { .. } => "ppo",
            Algorithm::A2c => "a2c",
            Algorithm::Pathwise { .. } => "pathwise",
        };
        self.policy_file(env, method).write(path.as_ref())
    }
}

/// Header of the policy that `config` trains in `env`. Symbols, signals, features, layout,
/// normalizer, training span and action decoding come from the environment. The checksums of
/// configuration and data are empty; a program that knows the files fills them in.
#[must_use]
pub fn policy_header(
    env: &TradingEnv,
    config: &TrainConfig,
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
        network: config.policy.network(env.layout(), env.action_space()),
        allocation: spec.allocation.clone(),
        orders: spec.orders.clone(),
        trained_against: trained_against(env, config),
        training_span: Some(TrainingSpan {
            first: panel.timestamps()[env.first_row()],
            last: panel.timestamps()[env.last_row()],
        }),
        config_sha256: String::new(),
        data_sha256: BTreeMap::new(),
    }
}

/// Describes the adversary of a training; null without an adversary.
fn trained_against(env: &TradingEnv, config: &TrainConfig) -> serde_json::Value {
    if config.player == Player::None && config.regularizer.ascent().is_none() {
        return serde_json::Value::Null;
    }
    serde_json::json!({
        "shocks": env.shock_space(),
        "regularizer": config.regularizer,
        "player": config.player,
        "ascent": config.ascent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::Agent,
        env::{
            Action, Market, Norm, PrintEnding, Reward, Shock, ShockKind, ShockSpec, TradingSpec,
        },
        features::{AccountFeature, FeatureSpec},
        market::{Allocation, Costs},
        models::{Correlation, SignalMarket},
        rng::Streams,
        train::train,
        units::bps,
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
                high: 1.0,
                max_gross: 1.0,
            },
            orders: crate::market::OrderRules::default(),
            reward: Reward::LogGrowth,
            horizon: None,
            ruin_fraction: 0.1,
            features: vec![FeatureSpec::LogReturns { window: 2 }, FeatureSpec::Signals],
            account: vec![AccountFeature::Weights],
            shocks: ShockSpec {
                kind: ShockKind::Print,
                print_ending: PrintEnding::Corrected,
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

    #[test]
    fn the_header_names_the_ending_of_the_prints() {
        let env = env();
        let mut rules = env.spec().clone();
        rules.shocks.print_ending = PrintEnding::Kept;
        let kept = TradingEnv::new(Arc::clone(env.market()), rules, 0..N_BARS).unwrap();
        let mut config = TrainConfig::new(2048);
        config.player = Player::Random;
        let ending = |env| {
            let header = policy_header(env, &config, "test", 1);
            header.trained_against["shocks"]
                .get("print_ending")
                .cloned()
        };
        assert_eq!(ending(&kept), Some("Kept".into()));
        // The default is left out, so that the bytes of such a file stay as they were.
        assert_eq!(ending(&env), None);
    }

    #[test]
    fn a_bot_sees_the_observations_of_the_environment_that_trained_it() {
        let mut env = env();
        let mut config = TrainConfig::new(2048);
        config.policy.hidden = vec![4];
        config.policy.critic_hidden = vec![4];
        let trained = train(&env, &config, 3).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.safetensors");
        trained.save(&env, &path).unwrap();
        let mut agent = Agent::new(&PolicyFile::read(&path).unwrap()).unwrap();
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
