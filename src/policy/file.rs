//! Between networks on the device and the policy file.

use super::{ActorCritic, Backend, NamedTensor, PolicyError};
use crate::agent::{PolicyFile, TensorData};
use std::collections::BTreeMap;

impl<D: Backend<f32>> ActorCritic<f32, D> {
    /// All weights by name, as [`PolicyFile::tensors`] holds them.
    #[must_use]
    pub fn to_file_tensors(&self) -> BTreeMap<String, TensorData> {
        let data = |tensor: NamedTensor| {
            let NamedTensor {
                name,
                shape,
                values,
            } = tensor;
            (name, TensorData { shape, values })
        };
        self.to_tensors().into_iter().map(data).collect()
    }

    /// The networks of a policy file, critic included; the critic's widths are read off its biases.
    ///
    /// # Errors
    /// [`PolicyError`] of [`ActorCritic::from_tensors`], e.g. `MissingTensor` for a file without a critic.
    pub fn from_file(file: &PolicyFile, device: &D) -> Result<Self, PolicyError> {
        let width = |i: usize| {
            let bias = file.tensors.get(&format!("critic.{i}.bias"))?;
            bias.shape.first().copied()
        };
        let mut critic_hidden: Vec<usize> = (0..).map_while(width).collect();
        critic_hidden.pop();
        let named = |(name, tensor): (&String, &TensorData)| NamedTensor {
            name: name.clone(),
            shape: tensor.shape.clone(),
            values: tensor.values.clone(),
        };
        let tensors: Vec<NamedTensor> = file.tensors.iter().map(named).collect();
        Self::from_tensors(&file.header.network, &critic_hidden, &tensors, device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::{Activation, Choice, FORMAT, Head, Network, NetworkSpec, PolicyHeader, Squash},
        features::{Layout, Normalizer},
        market::Allocation,
        policy::matrix,
        rng::{Component, Streams},
    };
    use dfdx::tensor::Cpu;
    use rand::Rng as _;

    /// A policy of no market: only the network matters here.
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
                max_gross: 1.0,
            },
            trained_against: serde_json::Value::Null,
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
                let device = Cpu::default();
                let policy =
                    ActorCritic::<f32, _>::new(&spec, &[5, 4], -0.5, &mut rng, &device).unwrap();
                let mut tensors = policy.to_file_tensors();
                // A last layer of gain 0.01 would compare zeros with zeros.
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
