//! Conversion between networks on a device and policy files.

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

    /// The networks of a policy file. The shapes of the critic's biases give its widths.
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
