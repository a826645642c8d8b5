//! A multilayer perceptron with sizes known at run time, and its exact linearization.

use super::{Matrix, Real, TensorOps, init::orthogonal};
use crate::{agent::Activation, rng::Rng};
use dfdx::{
    shapes::HasShape,
    tensor::{PutTape, SplitTape, Tape},
    tensor_ops::{PermuteTo, TryMatMul},
};

/// One affine layer: y = x W + b, `weight [n_in, n_out]`, `bias [1, n_out]`.
#[derive(Debug, Clone)]
pub struct Dense<E: Real, D: TensorOps<E>> {
    pub(super) weight: Matrix<E, D>,
    pub(super) bias: Matrix<E, D>,
}

impl<E: Real, D: TensorOps<E>> Dense<E, D> {
    fn new(
        n_in: usize,
        n_out: usize,
        gain: f64,
        rng: &mut Rng,
        device: &D,
    ) -> Result<Self, D::Err> {
        let weight = orthogonal(n_in, n_out, gain, rng);
        let weight = weight.into_iter().map(E::of).collect();
        Ok(Self {
            weight: device.try_tensor_from_vec(weight, (n_in, n_out))?,
            bias: device.try_zeros_like(&(1, n_out))?,
        })
    }

    fn forward<T: Tape<E, D>>(
        &self,
        x: Matrix<E, D, T>,
        activation: Option<Activation>,
    ) -> Result<Matrix<E, D, T>, D::Err> {
        let z = x.try_matmul(self.weight.clone())?;
        D::bias_activation(z, &self.bias, activation)
    }
}

/// Affine layers with a nonlinearity between layers; the last layer is linear.
///
/// `y = A_L(σ(A_{L-1}(… σ(A_0 x))))`, `A_i x = x W_i + b_i`; `x [n_rows, n_in]`, `y [n_rows,
/// n_out]`.
#[derive(Debug, Clone)]
pub struct Mlp<E: Real, D: TensorOps<E>> {
    pub(super) layers: Vec<Dense<E, D>>,
    pub(super) activation: Activation,
}

/// An [`Mlp`] linearized at one batch of inputs: the values of all layers, off the tape.
///
/// A tangent ([`Mlp::push`]) or cotangent ([`Mlp::pull`]) then costs one matrix product per layer;
/// slopes are functions of the values. **Merge `tape` into the tape of the result**: otherwise the
/// weight gradient of a tangent lacks the path through the slopes and is silently wrong.
#[derive(Debug)]
pub(super) struct Linearization<E: Real, D: TensorOps<E>, T> {
    /// Output y.
    pub(super) output: Matrix<E, D>,
    /// Value of each hidden layer.
    hidden: Vec<Matrix<E, D>>,
    /// Tape of the operations that made the output and the hidden values.
    pub(super) tape: T,
}

impl<E: Real, D: TensorOps<E>> Mlp<E, D> {
    /// Builds layers `sizes[0] → sizes[1] → …` with orthogonal weights (gain √2 in hidden layers,
    /// `output_gain` in the last) and zero biases.
    ///
    /// # Errors
    /// The device's error when memory runs out.
    pub fn new(
        sizes: &[usize],
        activation: Activation,
        output_gain: f64,
        rng: &mut Rng,
        device: &D,
    ) -> Result<Self, D::Err> {
        let n_layers = sizes.len().saturating_sub(1);
        let mut layers = Vec::with_capacity(n_layers);
        for (i, pair) in sizes.windows(2).enumerate() {
            let gain = if i + 1 == n_layers {
                output_gain
            } else {
                std::f64::consts::SQRT_2
            };
            layers.push(Dense::new(pair[0], pair[1], gain, rng, device)?);
        }
        Ok(Self { layers, activation })
    }

    pub(super) fn device(&self) -> D {
        let first = self.layers.first();
        first.map_or_else(D::default, |layer| layer.weight.device().clone())
    }

    pub(super) fn n_inputs(&self) -> usize {
        self.layers
            .first()
            .map_or(0, |layer| layer.weight.shape().0)
    }

    /// Weight and bias of each layer, first to last.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &Matrix<E, D>> {
        self.layers.iter().flat_map(|l| [&l.weight, &l.bias])
    }

    pub(super) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut Matrix<E, D>> {
        let layers = self.layers.iter_mut();
        layers.flat_map(|l| [&mut l.weight, &mut l.bias])
    }

    /// Output y, `[n_rows, n_out]`, composed of tensor operations; differentiable in `x` where `x`
    /// carries a tape. Learning and acting go through [`super::Backend`] instead.
    ///
    /// # Errors
    /// The device's error. Panics (in dfdx) unless `x` has `n_in` columns.
    pub fn forward<T: Tape<E, D>>(&self, x: Matrix<E, D, T>) -> Result<Matrix<E, D, T>, D::Err> {
        let mut x = x;
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x, self.activation_after(i))?;
        }
        Ok(x)
    }

    /// Nonlinearity after layer `i`; `None` after the last layer.
    fn activation_after(&self, i: usize) -> Option<Activation> {
        (i + 1 < self.layers.len()).then_some(self.activation)
    }

    pub(super) fn linearize<T: Tape<E, D>>(
        &self,
        x: Matrix<E, D, T>,
    ) -> Result<Linearization<E, D, T>, D::Err> {
        let mut x = x;
        let mut hidden = Vec::with_capacity(self.layers.len());
        for (i, layer) in self.layers.iter().enumerate() {
            let activation = self.activation_after(i);
            let (value, tape) = layer.forward(x, activation)?.split_tape();
            if activation.is_some() {
                hidden.push(value.clone());
            }
            x = value.put_tape(tape);
        }
        let (output, tape) = x.split_tape();
        Ok(Linearization {
            output,
            hidden,
            tape,
        })
    }

    /// Output tangents J ẋ, `[n_rows, n_out]`, for input tangents ẋ `[n_rows, n_in]`; the tape
    /// covers only the operations on tangents.
    pub(super) fn push<T: Tape<E, D>>(
        &self,
        around: &Linearization<E, D, T>,
        tangent: Matrix<E, D>,
    ) -> Result<Matrix<E, D, T>, D::Err> {
        let mut tangent = tangent.put_tape(T::default());
        for (i, layer) in self.layers.iter().enumerate() {
            tangent = tangent.try_matmul(layer.weight.clone())?;
            if let Some(y) = around.hidden.get(i) {
                tangent = D::scale_by_slope(tangent, y, self.activation)?;
            }
        }
        Ok(tangent)
    }

    /// Input cotangents ȳᵀ J, `[n_rows, n_in]`, for output cotangents ȳ `[n_rows, n_out]`; the tape
    /// covers only the operations on cotangents.
    pub(super) fn pull<T: Tape<E, D>>(
        &self,
        around: &Linearization<E, D, T>,
        cotangent: Matrix<E, D, T>,
    ) -> Result<Matrix<E, D, T>, D::Err> {
        let mut cotangent = cotangent;
        for (i, layer) in self.layers.iter().enumerate().rev() {
            if let Some(y) = around.hidden.get(i) {
                cotangent = D::scale_by_slope(cotangent, y, self.activation)?;
            }
            let transposed = layer.weight.clone().try_permute::<(usize, usize), _>()?;
            cotangent = cotangent.try_matmul(transposed)?;
        }
        Ok(cotangent)
    }
}
