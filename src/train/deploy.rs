//! From a trained policy to the file a bot loads.

use crate::{
    agent::{FORMAT, NetworkSpec, PolicyFile, PolicyHeader, TrainingSpan},
    env::{Env, TradingEnv},
    policy::{ActorCritic, Backend},
};
use std::collections::BTreeMap;

/// The header that a policy trained in `env` must carry: symbols, signals, features, layout, normalizer, training span and action decoding are the
/// environment's. `trained_against` holds nothing yet and the checksums are empty: whoever knows the adversary, the configuration
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
