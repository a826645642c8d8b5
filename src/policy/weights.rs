//! Weights by name, in memory and in policy files.
//! [`crate::agent::PolicyHeader`] lists the names of policy files.

use super::{
    ActorCritic, Backend, Dense, Matrix, Mlp, PolicyError, Real,
    actor_critic::{check_widths, layer_sizes},
};
use crate::agent::{Activation, Head, NetworkSpec, PolicyFile, TensorData};
use std::collections::BTreeMap;

/// A named tensor on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Name, e.g. `actor.0.weight`.
    pub name: String,
    /// Shape: `[n_in, n_out]` for weights, `[n]` for biases and log σ.
    pub shape: Vec<usize>,
    /// Entries, row-major.
    pub values: Vec<f32>,
}

impl<E: Real, D: Backend<E>> ActorCritic<E, D> {
    /// All weights, in the order of [`ActorCritic::parameters`].
    #[must_use]
    pub fn to_tensors(&self) -> Vec<NamedTensor> {
        let slots = slots(
            self.spec.head,
            &layer_sizes(&self.spec, &self.critic_hidden),
        );
        let named = slots.into_iter().zip(self.parameters());
        named
            .map(|((name, shape), tensor)| NamedTensor {
                name,
                shape,
                values: tensor.as_vec().into_iter().map(E::get_f32).collect(),
            })
            .collect()
    }

    /// Builds networks from `tensors`, given in any order.
    ///
    /// # Errors
    /// [`PolicyError::MissingTensor`], [`PolicyError::UnknownTensor`],
    /// [`PolicyError::WrongTensorShape`], [`PolicyError::NonFinite`], [`PolicyError::EmptyLayer`],
    /// [`PolicyError::Tensor`].
    pub fn from_tensors(
        spec: &NetworkSpec,
        critic_hidden: &[usize],
        tensors: &[NamedTensor],
        device: &D,
    ) -> Result<Self, PolicyError> {
        let sizes = layer_sizes(spec, critic_hidden);
        check_widths(&sizes)?;
        let slots = slots(spec.head, &sizes);
        let unknown = tensors
            .iter()
            .find(|tensor| slots.iter().all(|(name, _)| *name != tensor.name));
        if let Some(unknown) = unknown {
            let name = unknown.name.clone();
            return Err(PolicyError::UnknownTensor { name });
        }
        let mut loaded = Vec::with_capacity(slots.len());
        for (name, shape) in slots {
            loaded.push(load(name, shape, tensors, device)?);
        }
        let mut loaded = loaded.into_iter();
        let actor = network(&mut loaded, sizes[0].len() - 1, spec.activation);
        let log_std = match spec.head {
            Head::Gaussian { .. } => loaded.next(),
            Head::Categorical { .. } => None,
        };
        Ok(Self {
            spec: spec.clone(),
            critic_hidden: critic_hidden.to_vec(),
            actor,
            critic: network(&mut loaded, sizes[1].len() - 1, spec.activation),
            log_std,
            device: device.clone(),
        })
    }
}

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

    /// Builds the networks of a policy file; the shapes of the critic's biases give its widths.
    ///
    /// # Errors
    /// [`PolicyError`] of [`ActorCritic::from_tensors`], e.g. `MissingTensor` for a file without a
    /// critic.
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

/// Name and shape of every weight, in the order of [`ActorCritic::parameters`].
fn slots(head: Head, [actor, critic]: &[Vec<usize>; 2]) -> Vec<(String, Vec<usize>)> {
    let net = |name: &str, sizes: &[usize]| {
        let pairs = sizes.windows(2).enumerate();
        let layers = pairs.map(|(i, pair)| {
            let weight = (format!("{name}.{i}.weight"), pair.to_vec());
            [weight, (format!("{name}.{i}.bias"), vec![pair[1]])]
        });
        layers.flatten().collect::<Vec<_>>()
    };
    let mut slots = net("actor", actor);
    if let Head::Gaussian { n_dims, .. } = head {
        slots.push(("actor.log_std".to_owned(), vec![n_dims]));
    }
    slots.extend(net("critic", critic));
    slots
}

fn load<E: Real, D: Backend<E>>(
    name: String,
    expected: Vec<usize>,
    tensors: &[NamedTensor],
    device: &D,
) -> Result<Matrix<E, D>, PolicyError> {
    let Some(tensor) = tensors.iter().find(|tensor| tensor.name == name) else {
        return Err(PolicyError::MissingTensor { name, expected });
    };
    if tensor.shape != expected || tensor.values.len() != expected.iter().product::<usize>() {
        let found = tensor.shape.clone();
        return Err(PolicyError::WrongTensorShape {
            name,
            found,
            expected,
        });
    }
    if let Some(index) = tensor.values.iter().position(|value| !value.is_finite()) {
        let found = f64::from(tensor.values[index]);
        return Err(PolicyError::NonFinite { name, index, found });
    }
    let (n_rows, n_cols) = match expected[..] {
        [n_rows, n_cols] => (n_rows, n_cols),
        _ => (1, tensor.values.len()),
    };
    super::matrix(device, &tensor.values, n_rows, n_cols)
        .map_err(PolicyError::tensor("loading weights"))
}

fn network<E: Real, D: Backend<E>>(
    loaded: &mut impl Iterator<Item = Matrix<E, D>>,
    n_layers: usize,
    activation: Activation,
) -> Mlp<E, D> {
    let layer = |_| {
        let (weight, bias) = (loaded.next()?, loaded.next()?);
        Some(Dense { weight, bias })
    };
    Mlp {
        layers: (0..n_layers).map_while(layer).collect(),
        activation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::Squash,
        rng::{Component, Streams},
    };
    use dfdx::tensor::Cpu;

    fn policy() -> ActorCritic<f32, Cpu> {
        let spec = NetworkSpec {
            n_inputs: 3,
            hidden: vec![5, 4],
            activation: Activation::Tanh,
            head: Head::Gaussian {
                n_dims: 2,
                squash: Squash::Tanh,
            },
        };
        let mut rng = Streams::new(1).stream(Component::Init, 0);
        ActorCritic::new(&spec, &[6], -0.5, &mut rng, &Cpu::default()).expect("a network")
    }

    #[test]
    fn weights_survive_the_round_trip_in_any_order() {
        let policy = policy();
        let mut tensors = policy.to_tensors();
        let names: Vec<_> = tensors.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(
            names[4..7],
            ["actor.2.weight", "actor.2.bias", "actor.log_std"]
        );
        assert_eq!(tensors[6].values, [-0.5, -0.5]);
        let original = tensors.clone();
        tensors.reverse();
        let again =
            ActorCritic::<f32, _>::from_tensors(&policy.spec, &[6], &tensors, &Cpu::default());
        assert_eq!(again.expect("the same network").to_tensors(), original);
    }

    #[test]
    fn every_wrong_set_of_weights_is_refused_by_name() {
        let policy = policy();
        let load = |change: &dyn Fn(&mut Vec<NamedTensor>)| {
            let mut tensors = policy.to_tensors();
            change(&mut tensors);
            ActorCritic::<f32, _>::from_tensors(&policy.spec, &[6], &tensors, &Cpu::default())
                .expect_err("refused")
        };
        let missing = load(&|t| drop(t.remove(2)));
        assert!(
            matches!(missing, PolicyError::MissingTensor { name, .. } if name == "actor.1.weight")
        );
        let unknown = load(&|t| t[0].name = "actor.9.weight".into());
        assert!(matches!(unknown, PolicyError::UnknownTensor { name } if name == "actor.9.weight"));
        let shape = load(&|t| t[0].shape = vec![5, 3]);
        assert!(
            matches!(shape, PolicyError::WrongTensorShape { name, .. } if name == "actor.0.weight")
        );
        let nan = load(&|t| t[3].values[2] = f32::NAN);
        assert!(
            matches!(nan, PolicyError::NonFinite { name, index: 2, .. } if name == "actor.1.bias")
        );
    }
}
