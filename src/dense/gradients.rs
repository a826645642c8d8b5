//! Gradients by weights and biases, summed over rows.

use super::{Stack, padded};

/// Gradient by all weights and biases of a [`Stack`], summed over rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    pub(super) layers: Vec<LayerGradients>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct LayerGradients {
    n_out: usize,
    /// Gradient by the weights, `[n_in, padded(n_out)]`.
    pub(super) weight: Vec<f32>,
    /// Gradient by the biases, `[padded(n_out)]`.
    pub(super) bias: Vec<f32>,
}

impl Gradients {
    /// Zero gradient of the layers of `stack`.
    #[must_use]
    pub fn zeros(stack: &Stack) -> Self {
        let zeros = |(n_in, n_out): (usize, usize)| LayerGradients {
            n_out,
            weight: vec![0.0; n_in * padded(n_out)],
            bias: vec![0.0; padded(n_out)],
        };
        Self {
            layers: stack.sizes().map(zeros).collect(),
        }
    }

    /// Adds `other`, the gradient of other rows.
    pub fn add(&mut self, other: &Self) {
        for (layer, other) in self.layers.iter_mut().zip(&other.layers) {
            add(&mut layer.weight, &other.weight);
            add(&mut layer.bias, &other.bias);
        }
    }

    /// Gradient by the weights of layer `i`, `[n_in, n_out]`.
    #[must_use]
    pub fn weight(&self, i: usize) -> Vec<f32> {
        let layer = &self.layers[i];
        let mut weight = Vec::with_capacity(layer.weight.len());
        for row in layer.weight.chunks_exact(padded(layer.n_out)) {
            weight.extend_from_slice(&row[..layer.n_out]);
        }
        weight
    }

    /// Gradient by the biases of layer `i`, `[n_out]`.
    #[must_use]
    pub fn bias(&self, i: usize) -> Vec<f32> {
        let layer = &self.layers[i];
        layer.bias[..layer.n_out].to_vec()
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}
