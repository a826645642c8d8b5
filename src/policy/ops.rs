//! Tensor operations that this crate adds to the tensor library.

use super::{Matrix, Real, Scalar, Traced, activation, scalar_value};
use crate::agent::Activation;
use dfdx::{
    shapes::{HasShape, Rank0},
    tensor::{Gradients, OwnedTape, PutTape, Storage, Tape},
    tensor_ops::{Device, SgdConfig, SumTo, TryAdd, TryMul},
};

/// A device of the tensor library with the operations that layers, losses and optimizers need. The
/// default methods compose library operations; the CPU has single operations (`fused`).
pub trait TensorOps<E: Real>: Device<E> {
    /// Layer output y(z + b), `z [n_rows, n]`, `bias [1, n]`; without an activation, z + b.
    ///
    /// # Errors
    /// The device's error.
    fn bias_activation<T: Tape<E, Self>>(
        z: Matrix<E, Self, T>,
        bias: &Matrix<E, Self>,
        activation: Option<Activation>,
    ) -> Result<Matrix<E, Self, T>, Self::Err> {
        activation::bias_activation(z, bias, activation)
    }

    /// Product v ⊙ slope(y), where y is the activation's value; differentiable in v and in y. The
    /// result lacks the tape of y: merge that tape before differentiating.
    ///
    /// # Errors
    /// The device's error.
    fn scale_by_slope<T: Tape<E, Self>>(
        v: Matrix<E, Self, T>,
        y: &Matrix<E, Self>,
        activation: Activation,
    ) -> Result<Matrix<E, Self, T>, Self::Err> {
        activation::scale_by_slope(v, y, activation)
    }

    /// Puts a loss that the host computed back on the tape: its `value`, and its gradient with
    /// respect to each matrix (row-major, of the matrix's length).
    ///
    /// # Errors
    /// The device's error.
    fn host_scalar(
        value: f64,
        terms: Vec<(Traced<E, Self>, Vec<E>)>,
    ) -> Result<Scalar<E, Self, OwnedTape<E, Self>>, Self::Err> {
        let zero: Scalar<E, Self> = Self::default().try_zeros_like(&Rank0::default())?;
        let mut sum = zero.put_tape(OwnedTape::default());
        for (term, gradient) in terms {
            let gradient = term.device().try_tensor_from_vec(gradient, *term.shape())?;
            sum = sum.try_add(term.try_mul(gradient)?.try_sum::<(), _>()?)?;
        }
        let found = scalar_value(&sum);
        sum.try_add(E::of(value - found))
    }

    /// Squared norm Σ g² of the gradient g of `parameter`; 0 without a gradient.
    ///
    /// # Errors
    /// The device's error.
    fn squared_gradient(
        parameter: &Matrix<E, Self>,
        gradients: &mut Gradients<E, Self>,
    ) -> Result<f64, Self::Err> {
        gradients.try_alloc_for(parameter)?;
        let gradient = gradients.get(parameter);
        Ok(scalar_value(&gradient.try_square()?.try_sum::<(), _>()?))
    }

    /// Scales the gradient g of `parameter`: g ← c g. A descent step of size −c from zero does
    /// this, because dfdx has no scaling kernel for raw buffers.
    ///
    /// # Errors
    /// The device's error.
    fn scale_gradient(
        parameter: &Matrix<E, Self>,
        gradients: &mut Gradients<E, Self>,
        c: f64,
    ) -> Result<(), Self::Err> {
        let device = parameter.device();
        let gradient = gradients.get_or_alloc_mut(parameter)?;
        let n = <Self as Storage<E>>::len(device, gradient);
        let zeros = || <Self as Storage<E>>::try_alloc_len(device, n);
        // The kernel needs a velocity buffer even without momentum.
        let (mut scaled, mut velocity) = (zeros()?, zeros()?);
        let descent = SgdConfig {
            lr: -c,
            momentum: None,
            weight_decay: None,
        };
        device.sgd_kernel(&descent, &mut scaled, &mut velocity, gradient)?;
        *gradient = scaled;
        Ok(())
    }
}

#[cfg(feature = "cuda")]
impl<E: Real> TensorOps<E> for dfdx::tensor::Cuda where Self: Device<E> {}
