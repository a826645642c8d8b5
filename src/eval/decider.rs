//! Deciders of a backtest: policies and baselines.

use super::EvalError;
use crate::{
    agent::{Choice, Network, PolicyFile, Scratch},
    env::{Action, Order},
};
use chrono::{DateTime, Utc};

/// Data that a decider knows at the close of the newest bar.
#[derive(Debug, Clone, Copy)]
pub struct KnownBar<'a> {
    /// Observation after the newest bar, `[layout.n_fields()]`.
    pub observation: &'a [f32],
    /// Observed closes of the newest bar, misprints included, `[n_assets]`. Unit: quote currency.
    pub closes: &'a [f64],
    /// Closes of the previous bar: the true ones, or the observed ones if misprints stay in the
    /// history (`PrintEnding::Kept`). Empty at the first decision. Unit: quote currency.
    pub corrected: &'a [f64],
    /// End of the newest bar.
    pub end: DateTime<Utc>,
}

/// A trading strategy: a trained policy, a baseline, or one from outside the crate.
///
/// ```
/// use shockproof::{env::Order, eval::{Decider, EvalError, KnownBar}};
///
/// /// Everything in the first asset.
/// struct FirstOnly(Vec<f64>);
///
/// impl Decider for FirstOnly {
///     fn name(&self) -> &str {
///         "first_only"
///     }
///
///     fn begin(&mut self, n_assets: usize, _past_closes: &[f64]) {
///         self.0 = vec![0.0; n_assets];
///         self.0[0] = 1.0;
///     }
///
///     fn decide(&mut self, _known: KnownBar<'_>) -> Result<Order<'_>, EvalError> {
///         Ok(Order::Targets(&self.0))
///     }
/// }
/// # let mut first = FirstOnly(Vec::new());
/// # first.begin(2, &[]);
/// # assert_eq!(first.0, [1.0, 0.0]);
/// ```
pub trait Decider {
    /// Name in ledgers and tables.
    fn name(&self) -> &str;

    /// Training seed; 0 if nothing was trained.
    fn seed(&self) -> u64 {
        0
    }

    /// Begins an episode; does nothing by default. `past_closes [n_rows, n_assets]`, row-major, are
    /// the closes before the first decision.
    fn begin(&mut self, _n_assets: usize, _past_closes: &[f64]) {}

    /// Returns the order for the holdings from the next open on. Called once per bar, in order.
    ///
    /// # Errors
    /// [`EvalError::NonFinite`] if the decision is NaN or infinite.
    fn decide(&mut self, known: KnownBar<'_>) -> Result<Order<'_>, EvalError>;
}

/// A trained policy that decides like the deployed bot: [`Network::choose`], without exploration.
#[derive(Debug, Clone)]
pub struct PolicyDecider {
    name: String,
    seed: u64,
    network: Network,
    scratch: Scratch,
}

impl PolicyDecider {
    /// Builds the network of `file`.
    ///
    /// # Errors
    /// [`EvalError::Policy`] for an unusable file.
    pub fn new(file: &PolicyFile) -> Result<Self, EvalError> {
        let name = file.header.method.clone();
        let refuse = |fault| EvalError::Policy {
            policy: name.clone(),
            fault,
        };
        file.check().map_err(refuse)?;
        let network = Network::new(file).map_err(refuse)?;
        Ok(Self {
            scratch: network.scratch(),
            seed: file.header.seed,
            network,
            name,
        })
    }

    /// Computes the action for the observation of the bar that ended at `end`.
    ///
    /// # Errors
    /// [`EvalError::NonFinite`] if the network computes NaN or infinity.
    pub fn act(
        &mut self,
        observation: &[f32],
        end: DateTime<Utc>,
    ) -> Result<Action<'_>, EvalError> {
        match self.network.choose(observation, &mut self.scratch) {
            Ok(Choice::Continuous(raw)) => Ok(Action::Continuous(raw)),
            Ok(Choice::Categorical(levels)) => Ok(Action::Categorical(levels)),
            Err(fault) => Err(EvalError::NonFinite {
                policy: self.name.clone(),
                timestamp: end.to_rfc3339(),
                fault,
            }),
        }
    }
}

impl Decider for PolicyDecider {
    fn name(&self) -> &str {
        &self.name
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn decide(&mut self, known: KnownBar<'_>) -> Result<Order<'_>, EvalError> {
        self.act(known.observation, known.end).map(Order::Action)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::cpu, *};
    use crate::{
        agent::{Activation, FORMAT, Head, NetworkSpec, PolicyHeader, Squash},
        features::{Layout, Normalizer},
        market::Allocation,
        policy::{ActorCritic, matrix},
        rng::{Component, Streams},
    };
    use rand::Rng as _;
    use std::collections::BTreeMap;

    /// Header of a policy without a market, because these tests use only the network.
    fn header(network: NetworkSpec) -> PolicyHeader {
        let field = |i: usize| crate::features::Field {
            name: format!("field[{i}]"),
            unit: "1".to_owned(),
            low: None,
            high: None,
            shockable: false,
            warm_up: 0,
        };
        let n = network.n_inputs;
        PolicyHeader {
            format: FORMAT,
            library_version: "0".to_owned(),
            method: "test".to_owned(),
            seed: 0,
            symbols: Vec::new(),
            signals: Vec::new(),
            bar_seconds: 1,
            features: Vec::new(),
            account: Vec::new(),
            layout: Layout {
                market: (0..n).map(field).collect(),
                account: Vec::new(),
            },
            normalizer: Normalizer {
                mean: vec![0.0; n],
                scale: vec![1.0; n],
            },
            network,
            allocation: Allocation::Weights {
                low: -1.0,
                high: 1.0,
                max_gross: 1.0,
            },
            orders: crate::market::OrderRules::default(),
            trained_against: serde_json::Value::Null,
            training_span: None,
            config_sha256: String::new(),
            data_sha256: BTreeMap::new(),
        }
    }

    #[test]
    fn plain_inference_equals_the_networks_and_the_round_trip_is_exact() {
        let heads = [
            Head::Gaussian {
                n_dims: 3,
                squash: Squash::Tanh,
            },
            Head::Gaussian {
                n_dims: 3,
                squash: Squash::Identity,
            },
            Head::Categorical {
                n_dims: 2,
                n_levels: 4,
            },
        ];
        let mut rng = Streams::new(2).stream(Component::Init, 0);
        for activation in [Activation::Tanh, Activation::Softsign, Activation::Relu] {
            for head in heads {
                let spec = NetworkSpec {
                    n_inputs: 7,
                    hidden: vec![32, 16],
                    activation,
                    head,
                };
                let device = cpu();
                let policy = ActorCritic::new(&spec, &[5, 4], -0.5, &mut rng, &device).unwrap();
                let mut tensors = policy.to_file_tensors();
                // A last layer of gain 0.01 would make the test compare zeros with zeros.
                for x in &mut tensors.get_mut("actor.2.weight").unwrap().values {
                    *x *= 100.0;
                }
                let file = PolicyFile {
                    header: header(spec),
                    tensors,
                };
                file.check().unwrap();
                let policy = ActorCritic::from_file(&file, &device).unwrap();
                assert_eq!(policy.to_file_tensors(), file.tensors);
                let network = Network::new(&file).unwrap();
                let mut scratch = network.scratch();
                for _ in 0..20 {
                    let o: Vec<f32> = (0..7).map(|_| rng.gen_range(-3.0..3.0)).collect();
                    let batch = matrix(&device, &o, 1, 7).unwrap();
                    let expected = policy.output(batch).unwrap().as_vec();
                    let found = network.output(&o, &mut scratch);
                    for (found, expected) in found.iter().zip(&expected) {
                        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
                    }
                    if let Choice::Categorical(levels) = network.choose(&o, &mut scratch).unwrap() {
                        for (level, p) in levels.iter().zip(expected.chunks(4)) {
                            let best = p.iter().copied().fold(0.0, f32::max);
                            assert!(best - p[*level as usize] < 1e-5);
                        }
                    }
                }
            }
        }
    }
}
