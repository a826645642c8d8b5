//! Single CPU operations where other devices compose several: one pass over the data in each
//! direction, and a tanh that vectorizes. Tests compare them with the compositions.

use super::{Matrix, Real, Scalar, TensorOps, Traced};
use crate::agent::Activation;
use dfdx::{
    shapes::{HasShape, Rank0},
    tensor::{
        Cpu, CpuError, Gradients, Merge, OwnedTape, PutTape, SplitTape, Storage, Tape,
        TensorFromVec,
    },
    tensor_ops::Device,
};
use std::ops::DerefMut;

impl<E: Real> TensorOps<E> for Cpu
where
    Self: Device<E> + Storage<E, Vec: DerefMut<Target = Vec<E>>>,
{
    fn bias_activation<T: Tape<E, Self>>(
        z: Matrix<E, Self, T>,
        bias: &Matrix<E, Self>,
        activation: Option<Activation>,
    ) -> Result<Matrix<E, Self, T>, CpuError> {
        let (z, mut tape) = z.split_tape();
        let n_cols = z.shape().1;
        let b = data(bias);
        let mut y = data(&z);
        for row in y.chunks_exact_mut(n_cols) {
            let sums = row.iter_mut().zip(&b);
            match activation {
                None => sums.for_each(|(y, b)| *y += *b),
                Some(Activation::Tanh) => sums.for_each(|(y, b)| *y = (*y + *b).tanh()),
                Some(Activation::Softsign) => sums.for_each(|(y, b)| *y = softsign(*y + *b)),
                Some(Activation::Relu) => sums.for_each(|(y, b)| *y = relu(*y + *b)),
            }
        }
        let kept = if T::OWNS_TAPE { y.clone() } else { Vec::new() };
        let out = z.device().try_tensor_from_vec(y, *z.shape())?;
        let (z, bias, y) = (z.ghost(), bias.ghost(), out.ghost());
        tape.add_backward_op(move |gradients| {
            let mut g = gradients.get_or_alloc_mut(&y)?.to_vec();
            if let Some(activation) = activation {
                slopes(&mut g, &kept, activation);
            }
            add(gradients.get_or_alloc_mut(&z)?, &g);
            let bias = gradients.get_or_alloc_mut(&bias)?;
            for row in g.chunks_exact(n_cols) {
                add(bias, row);
            }
            Ok(())
        });
        Ok(out.put_tape(tape))
    }

    fn scale_by_slope<T: Tape<E, Self>>(
        v: Matrix<E, Self, T>,
        y: &Matrix<E, Self>,
        activation: Activation,
    ) -> Result<Matrix<E, Self, T>, CpuError> {
        let (v, mut tape) = v.split_tape();
        let (v_data, y_data) = (data(&v), data(y));
        let mut scaled = v_data.clone();
        slopes(&mut scaled, &y_data, activation);
        let out = v.device().try_tensor_from_vec(scaled, *v.shape())?;
        let (v, y, w) = (v.ghost(), y.ghost(), out.ghost());
        tape.add_backward_op(move |gradients| {
            let mut g = gradients.get_or_alloc_mut(&w)?.to_vec();
            if activation != Activation::Relu {
                let to_y = gradients.get_or_alloc_mut(&y)?;
                curvatures(to_y, &g, &v_data, &y_data, activation);
            }
            slopes(&mut g, &y_data, activation);
            add(gradients.get_or_alloc_mut(&v)?, &g);
            Ok(())
        });
        Ok(out.put_tape(tape))
    }

    fn host_scalar(
        value: f64,
        terms: Vec<(Traced<E, Self>, Vec<E>)>,
    ) -> Result<Scalar<E, Self, OwnedTape<E, Self>>, CpuError> {
        let device = Self::default();
        let out = device.try_tensor_from_vec(vec![E::of(value)], Rank0::default())?;
        let scalar = out.ghost();
        let mut tape = OwnedTape::default();
        let mut slots = Vec::with_capacity(terms.len());
        for (term, gradient) in terms {
            let (term, own) = term.split_tape();
            tape = tape.merge(own);
            slots.push((term.ghost(), gradient));
        }
        tape.add_backward_op(move |gradients| {
            let scale = gradients.get_or_alloc_mut(&scalar)?[0];
            for (term, gradient) in &slots {
                let to = gradients.get_or_alloc_mut(term)?;
                to.iter_mut()
                    .zip(gradient)
                    .for_each(|(to, g)| *to += scale * *g);
            }
            Ok(())
        });
        Ok(out.put_tape(tape))
    }

    /// Adds the squares into 64 partial sums: the order is fixed and the loop vectorizes.
    fn squared_gradient(
        parameter: &Matrix<E, Self>,
        gradients: &mut Gradients<E, Self>,
    ) -> Result<f64, CpuError> {
        let mut sums = [0.0_f64; 64];
        let chunks = gradients.get_or_alloc_mut(parameter)?.chunks_exact(64);
        for chunk in std::iter::once(chunks.remainder()).chain(chunks) {
            for (sum, v) in sums.iter_mut().zip(chunk) {
                *sum += v.get() * v.get();
            }
        }
        Ok(sums.iter().sum())
    }

    fn scale_gradient(
        parameter: &Matrix<E, Self>,
        gradients: &mut Gradients<E, Self>,
        c: f64,
    ) -> Result<(), CpuError> {
        let c = E::of(c);
        let gradient = gradients.get_or_alloc_mut(parameter)?;
        gradient.iter_mut().for_each(|g| *g *= c);
        Ok(())
    }
}

/// Multiplies g by slope(y) in place.
fn slopes<E: Real>(g: &mut [E], y: &[E], activation: Activation) {
    let pairs = g.iter_mut().zip(y);
    match activation {
        Activation::Tanh => pairs.for_each(|(g, y)| *g *= E::ONE - *y * *y),
        Activation::Softsign => pairs.for_each(|(g, y)| {
            let distance = E::ONE - magnitude(*y);
            *g *= distance * distance;
        }),
        Activation::Relu => pairs.for_each(|(g, y)| {
            if *y <= E::default() {
                *g = E::default();
            }
        }),
    }
}

/// Adds the product `g ⊙ v ⊙ slope'(y)` to `to_y`.
fn curvatures<E: Real>(to_y: &mut [E], g: &[E], v: &[E], y: &[E], activation: Activation) {
    let two = E::ONE + E::ONE;
    let all = to_y.iter_mut().zip(g).zip(v.iter().zip(y));
    match activation {
        Activation::Tanh => all.for_each(|((to, g), (v, y))| *to -= two * *y * *g * *v),
        Activation::Softsign => all.for_each(|((to, g), (v, y))| {
            // (1 − |y|) sign y, and 0 at 0.
            let toward_zero = sign(*y) * (E::ONE - magnitude(*y));
            *to -= two * toward_zero * *g * *v;
        }),
        Activation::Relu => {}
    }
}

fn softsign<E: Real>(z: E) -> E {
    z / (E::ONE + magnitude(z))
}

fn magnitude<E: Real>(x: E) -> E {
    if x < E::default() {
        E::default() - x
    } else {
        x
    }
}

/// Sign of x: −1, 0 or 1; 0 for both zeros.
fn sign<E: Real>(x: E) -> E {
    if x > E::default() {
        E::ONE
    } else if x < E::default() {
        E::default() - E::ONE
    } else {
        E::default()
    }
}

fn relu<E: Real>(z: E) -> E {
    // A NaN stays NaN.
    if z < E::default() { E::default() } else { z }
}

fn add<E: Real>(to: &mut [E], from: &[E]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
}

pub(super) fn data<E: Real>(matrix: &Matrix<E, Cpu>) -> Vec<E> {
    let (n_rows, n_cols) = *matrix.shape();
    let mut data = vec![E::default(); n_rows * n_cols];
    matrix.copy_into(&mut data);
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        activation,
        tests::{ACTIVATIONS, random_matrix, relative_error, rng},
    };
    use dfdx::{
        tensor::Trace,
        tensor_ops::{Backward, SumTo},
    };

    /// Both functions have the values and gradients of the compositions that other devices run.
    #[test]
    fn fused_operations_equal_the_compositions() {
        let mut rng = rng(61);
        let z = random_matrix(7, 5, &mut rng);
        let v = random_matrix(7, 5, &mut rng);
        let bias = random_matrix(1, 5, &mut rng);
        let cases = [None].into_iter().chain(ACTIVATIONS.map(Some));
        for activation in cases {
            let fused = Cpu::bias_activation(z.leaky_trace(), &bias, activation).expect("CPU");
            let composed =
                activation::bias_activation(z.leaky_trace(), &bias, activation).expect("CPU");
            assert!(relative_error(&fused.as_vec(), &composed.as_vec()) < 1e-14);
            let (fused, composed) = (
                fused.square().sum::<(), _>().backward(),
                composed.square().sum::<(), _>().backward(),
            );
            for leaf in [&z, &bias] {
                let (found, expected) = (fused.get(leaf).as_vec(), composed.get(leaf).as_vec());
                assert!(relative_error(&found, &expected) < 1e-14, "{activation:?}");
            }
        }
        for activation in ACTIVATIONS {
            let y = Cpu::bias_activation(z.clone(), &bias, Some(activation)).expect("CPU");
            let fused = Cpu::scale_by_slope(v.leaky_trace(), &y, activation).expect("CPU");
            let composed =
                activation::scale_by_slope(v.leaky_trace(), &y, activation).expect("CPU");
            assert!(relative_error(&fused.as_vec(), &composed.as_vec()) < 1e-14);
            let (fused, composed) = (
                fused.square().sum::<(), _>().backward(),
                composed.square().sum::<(), _>().backward(),
            );
            let leaves: &[_] = if activation == Activation::Relu {
                &[&v]
            } else {
                &[&v, &y]
            };
            for leaf in leaves {
                let (found, expected) = (fused.get(*leaf).as_vec(), composed.get(*leaf).as_vec());
                assert!(relative_error(&found, &expected) < 1e-13, "{activation:?}");
            }
        }
    }

    #[test]
    fn nan_inputs_give_nan_outputs() {
        let bias = random_matrix(1, 1, &mut rng(62));
        for activation in ACTIVATIONS {
            let z = Cpu::default().tensor_from_vec(vec![f32::NAN], (1, 1));
            let bias = Cpu::default().tensor_from_vec(vec![bias.as_vec()[0].get_f32()], (1, 1));
            let y = Cpu::bias_activation(z, &bias, Some(activation)).expect("CPU");
            assert!(y.as_vec()[0].is_nan(), "{activation:?}");
        }
    }
}
