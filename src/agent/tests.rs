//! Policies for the tests of this module.

use super::*;
use crate::{
    features::{Field, Layout, Normalizer},
    market::Allocation,
    rng::{Component, Rng, Streams},
};
use rand::Rng as _;
use std::collections::BTreeMap;

pub(super) fn rng() -> Rng {
    Streams::new(11).stream(Component::Init, 0)
}

pub(super) fn tensor(shape: &[usize], rng: &mut Rng) -> TensorData {
    let values = (0..shape.iter().product())
        .map(|_| rng.gen_range(-0.8..0.8_f32))
        .collect();
    TensorData {
        shape: shape.to_vec(),
        values,
    }
}

/// A policy with random weights over `n_inputs` made-up fields (no features behind them) and two assets.
pub(super) fn random_file(hidden: &[usize], activation: Activation, head: Head) -> PolicyFile {
    let n_inputs = 5;
    let field = |i: usize| Field {
        name: format!("field[{i}]"),
        unit: "sigma".to_owned(),
        low: None,
        high: Some(0.1),
        shockable: true,
        warm_up: 3,
    };
    let allocation = match head {
        Head::Gaussian { .. } => Allocation::Weights {
            low: -1.0,
            max_gross: 1.0,
        },
        Head::Categorical { n_levels, .. } => Allocation::Levels {
            levels: (0_u32..).take(n_levels).map(f64::from).collect(),
            max_gross: 1.0,
        },
    };
    let header = PolicyHeader {
        format: FORMAT,
        library_version: "0.1.0".to_owned(),
        method: "aajr".to_owned(),
        seed: 3,
        symbols: vec!["A".to_owned(), "B".to_owned()],
        bar_seconds: 86_400,
        features: Vec::new(),
        account: Vec::new(),
        layout: Layout {
            market: (0..n_inputs).map(field).collect(),
            account: Vec::new(),
        },
        normalizer: Normalizer {
            mean: (0..5).map(|i| 0.1 + 1.0 / f64::from(3 + i)).collect(),
            scale: vec![0.012_345_678_901_234_567; n_inputs],
        },
        network: NetworkSpec {
            n_inputs,
            hidden: hidden.to_vec(),
            activation,
            head,
        },
        allocation,
        trained_against: serde_json::Value::Null,
        config_sha256: "00".to_owned(),
        data_sha256: BTreeMap::new(),
    };
    with_weights(PolicyFile {
        header,
        tensors: BTreeMap::new(),
    })
}

/// Random weights of the shapes that the header asks for.
pub(super) fn with_weights(mut file: PolicyFile) -> PolicyFile {
    let (mut rng, n_inputs) = (rng(), file.header.layout.n_fields());
    let network = &mut file.header.network;
    network.n_inputs = n_inputs;
    let mut tensors = BTreeMap::new();
    for (i, (n_in, n_out)) in network.layer_sizes().into_iter().enumerate() {
        tensors.insert(
            format!("actor.{i}.weight"),
            tensor(&[n_in, n_out], &mut rng),
        );
        tensors.insert(format!("actor.{i}.bias"), tensor(&[n_out], &mut rng));
    }
    if let Head::Gaussian { n_dims, .. } = network.head {
        tensors.insert("actor.log_std".to_owned(), tensor(&[n_dims], &mut rng));
    }
    for (i, (n_in, n_out)) in [(n_inputs, 3), (3, 1)].into_iter().enumerate() {
        tensors.insert(
            format!("critic.{i}.weight"),
            tensor(&[n_in, n_out], &mut rng),
        );
        tensors.insert(format!("critic.{i}.bias"), tensor(&[n_out], &mut rng));
    }
    file.tensors = tensors;
    file
}

pub(super) const GAUSSIAN: Head = Head::Gaussian {
    n_dims: 2,
    squash: Squash::Tanh,
};
