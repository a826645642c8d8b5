//! Policies for the tests of `agent`, including policies with features from outside the crate.

mod own_features;

use super::*;
use crate::{
    features::{Field, Layout, Normalizer},
    market::Allocation,
};
use std::collections::BTreeMap;

/// Pseudo-random numbers (Lehmer: 16807 modulo 2^31 − 1); this module has no random generator.
pub(super) struct Scatter(u32);

pub(super) const fn scatter() -> Scatter {
    Scatter(11)
}

impl Scatter {
    pub(super) fn next(&mut self, low: f64, high: f64) -> f64 {
        let modulus = (1_u64 << 31) - 1;
        self.0 = u32::try_from(u64::from(self.0) * 16_807 % modulus).unwrap();
        low + (high - low) * f64::from(self.0) / 2_147_483_647.0
    }

    #[allow(clippy::cast_possible_truncation, reason = "f32 is wanted")]
    pub(super) fn next_f32(&mut self, low: f64, high: f64) -> f32 {
        self.next(low, high) as f32
    }
}

pub(super) fn tensor(shape: &[usize], scatter: &mut Scatter) -> TensorData {
    let values = (0..shape.iter().product())
        .map(|_| scatter.next_f32(-0.8, 0.8))
        .collect();
    TensorData {
        shape: shape.to_vec(),
        values,
    }
}

/// Policy with random weights over `n_inputs` made-up fields, without features, and two assets.
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
            high: 1.0,
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
        signals: Vec::new(),
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
        orders: crate::market::OrderRules::default(),
        trained_against: serde_json::Value::Null,
        training_span: None,
        config_sha256: "00".to_owned(),
        data_sha256: BTreeMap::new(),
    };
    with_weights(PolicyFile {
        header,
        tensors: BTreeMap::new(),
    })
}

/// Sets random weights in the shapes that the header requires.
pub(super) fn with_weights(mut file: PolicyFile) -> PolicyFile {
    let (mut scatter, n_inputs) = (scatter(), file.header.layout.n_fields());
    let network = &mut file.header.network;
    network.n_inputs = n_inputs;
    let mut tensors = BTreeMap::new();
    for (i, (n_in, n_out)) in network.layer_sizes().into_iter().enumerate() {
        tensors.insert(
            format!("actor.{i}.weight"),
            tensor(&[n_in, n_out], &mut scatter),
        );
        tensors.insert(format!("actor.{i}.bias"), tensor(&[n_out], &mut scatter));
    }
    if let Head::Gaussian { n_dims, .. } = network.head {
        tensors.insert("actor.log_std".to_owned(), tensor(&[n_dims], &mut scatter));
    }
    for (i, (n_in, n_out)) in [(n_inputs, 3), (3, 1)].into_iter().enumerate() {
        tensors.insert(
            format!("critic.{i}.weight"),
            tensor(&[n_in, n_out], &mut scatter),
        );
        tensors.insert(format!("critic.{i}.bias"), tensor(&[n_out], &mut scatter));
    }
    file.tensors = tensors;
    file
}

pub(super) const GAUSSIAN: Head = Head::Gaussian {
    n_dims: 2,
    squash: Squash::Tanh,
};
