//! Inference of the policy: one row in a bot, a batch in a rollout.

use super::{N_INPUTS, STREAMS, learning::fields, policy};
use rand::Rng as _;
use rand_distr::StandardNormal;
use shockproof::{
    agent::{FORMAT, Network, PolicyFile, PolicyHeader, Scratch},
    features::{Layout, Normalizer},
    market::Allocation,
    policy::{Decisions, FrozenPolicy, device::Cpu},
    rng::{Component, Rng},
};
use std::{collections::BTreeMap, hint::black_box};

/// Number of observations, used in rotation.
const N_OBSERVATIONS: usize = 256;

/// Network of a policy file, with observations used in rotation.
pub(crate) struct Bot {
    network: Network,
    scratch: Scratch,
    observations: Vec<f32>,
    turn: usize,
}

impl Bot {
    pub(crate) fn new() -> Self {
        let network = Network::new(&file()).expect("a network");
        Self {
            scratch: network.scratch(),
            network,
            observations: normal(N_OBSERVATIONS * N_INPUTS),
            turn: 0,
        }
    }

    pub(crate) fn decide(&mut self) {
        self.turn = (self.turn + 1) % N_OBSERVATIONS;
        let observation = &self.observations[self.turn * N_INPUTS..][..N_INPUTS];
        let choice = self
            .network
            .choose(black_box(observation), &mut self.scratch);
        black_box(choice).expect("finite outputs");
    }
}

/// Network calls of one rollout step: actions, their log probabilities and values.
pub(crate) struct Acting {
    policy: FrozenPolicy<f32, Cpu>,
    observations: Vec<f32>,
    rngs: Vec<Rng>,
    decisions: Decisions,
    values: Vec<f32>,
}

impl Acting {
    pub(crate) fn new(n_rows: usize) -> Self {
        let stream = |row| STREAMS.stream(Component::Policy, row);
        Self {
            policy: policy().freeze(),
            observations: normal(n_rows * N_INPUTS),
            rngs: (0_u64..).take(n_rows).map(stream).collect(),
            decisions: Decisions::default(),
            values: Vec::new(),
        }
    }

    /// Runs the network on one step of all rows.
    pub(crate) fn act(&mut self) {
        let (rngs, decisions) = (&mut self.rngs, &mut self.decisions);
        self.policy
            .act(black_box(&self.observations), rngs, decisions)
            .expect("actions");
        self.policy
            .values(&self.observations, self.rngs.len(), &mut self.values)
            .expect("values");
    }
}

fn normal(n: usize) -> Vec<f32> {
    let mut rng = STREAMS.stream(Component::Market, 2);
    (0..n).map(|_| rng.sample(StandardNormal)).collect()
}

/// Policy file with a fresh network and no features: the caller passes the observation.
fn file() -> PolicyFile {
    let policy = policy();
    let (levels, max_gross) = (vec![-1.0, 0.0, 1.0], 1.0);
    PolicyFile {
        tensors: policy.to_file_tensors(),
        header: PolicyHeader {
            format: FORMAT,
            library_version: String::new(),
            method: "bench".to_owned(),
            seed: 0,
            symbols: vec!["WALK".to_owned()],
            signals: Vec::new(),
            bar_seconds: 60,
            features: Vec::new(),
            account: Vec::new(),
            layout: Layout {
                market: fields(),
                account: Vec::new(),
            },
            normalizer: Normalizer {
                mean: vec![0.0; N_INPUTS],
                scale: vec![1.0; N_INPUTS],
            },
            network: policy.spec().clone(),
            allocation: Allocation::Levels { levels, max_gross },
            orders: shockproof::market::OrderRules::default(),
            trained_against: serde_json::Value::Null,
            training_span: None,
            config_sha256: String::new(),
            data_sha256: BTreeMap::new(),
        },
    }
}
