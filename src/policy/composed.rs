//! Whole networks differentiated by tensor operations, on any device.

use super::mlp::Linearization;
use super::{Matrix, Mlp, Passed, Real, Scalar, TensorOps, Traced, Vector, head, matrix};
use crate::agent::Head;
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::{Merge, OwnedTape, PutTape, SplitTape, Storage, Tape, Trace},
    tensor_ops::{ReshapeTo, SumTo},
};

/// Gradients of a loss that the host computes from a network's output.
#[derive(Debug)]
pub struct Differentiated<R, E: Real, D: Storage<E>> {
    /// Answers of the caller's function, one per block of rows, in order.
    pub answers: Vec<R>,
    /// Tensors, and the gradient of the loss with respect to each, for [`TensorOps::host_scalar`].
    pub terms: Vec<(Traced<E, D>, Vec<E>)>,
}

/// Points and tangents of a penalty on the host, row-major `[n_rows, n_inputs]` each.
#[derive(Debug, Clone, Copy)]
pub struct TangentPoints<'a> {
    /// Points o.
    pub points: &'a [f32],
    /// Tangents ȯ.
    pub tangents: &'a [f32],
    /// Cached passes of the policy network through the points. They may be empty and change no
    /// result.
    pub passed: &'a [Passed],
}

/// A penalty on the tangents of a network's output.
#[derive(Debug)]
pub struct TangentPenalty<E: Real, D: Storage<E>> {
    /// Penalty `mean h(‖ẏ‖²)` with the tape of all its operations.
    pub value: Scalar<E, D, OwnedTape<E, D>>,
    /// Squared tangent norm ‖ẏ‖² per row.
    pub squared: Vec<f64>,
}

/// Choice whether a penalty is differentiated with respect to the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightGradient {
    /// The penalty is differentiated with respect to the weights.
    Wanted,
    /// Only the penalty's value is read; its tape may lack the weight gradient.
    Unneeded,
}

/// Gradients of one network for [`super::Backend::differentiate`], by tensor operations.
pub(super) fn differentiate<E: Real, D: TensorOps<E>, R>(
    mlp: &Mlp<E, D>,
    x: &Matrix<E, D>,
    cotangent: impl Fn(usize, &[E], &mut [E]) -> R,
) -> Result<Differentiated<R, E, D>, D::Err> {
    let y = mlp.forward(x.leaky_trace())?;
    let values = y.as_vec();
    let mut to_y = vec![E::default(); values.len()];
    Ok(Differentiated {
        answers: vec![cotangent(0, &values, &mut to_y)],
        terms: vec![(y, to_y)],
    })
}

/// Output y off the tape, tangent ẏ on its own tape, and the tape of the primal pass.
#[allow(clippy::type_complexity, reason = "three parts, private to policy")]
pub(super) fn push_parts<E: Real, D: TensorOps<E>, T: Tape<E, D>>(
    mlp: &Mlp<E, D>,
    head: Head,
    observations: Matrix<E, D, T>,
    tangents: Matrix<E, D>,
) -> Result<(Matrix<E, D>, Matrix<E, D, T>, T), D::Err> {
    let (lin, output) = linearize(mlp, head, observations)?;
    let tangent = mlp.push(&lin, tangents)?;
    let tangent = head::derivative(head, &output, tangent)?;
    Ok((output, tangent, lin.tape))
}

/// Linearizes a network at one batch; also returns the head's output off the tape.
#[allow(clippy::type_complexity, reason = "a pair, private to policy")]
pub(super) fn linearize<E: Real, D: TensorOps<E>, T: Tape<E, D>>(
    mlp: &Mlp<E, D>,
    head: Head,
    observations: Matrix<E, D, T>,
) -> Result<(Linearization<E, D, T>, Matrix<E, D>), D::Err> {
    let mut lin = mlp.linearize(observations)?;
    let z = lin.output.clone().put_tape(std::mem::take(&mut lin.tape));
    let (output, tape) = head::output(head, z)?.split_tape();
    lin.tape = tape;
    Ok((lin, output))
}

/// Tangent penalty of [`super::Backend::tangent_penalty`] by tensor operations. The host computes h
/// and its derivative, the device everything else.
pub(super) fn tangent_penalty<E: Real, D: TensorOps<E>>(
    mlp: &Mlp<E, D>,
    head: Head,
    at: TangentPoints<'_>,
    h: &(dyn Fn(f64) -> (f64, f64) + Sync),
) -> Result<TangentPenalty<E, D>, D::Err> {
    let device = mlp.device();
    let n_in = mlp.n_inputs().max(1);
    let upload = |rows: &[f32]| matrix(&device, rows, rows.len() / n_in, n_in);
    let points: Matrix<E, D> = upload(at.points)?;
    let (_, tangent, primal) = push_parts(mlp, head, points.leaky_trace(), upload(at.tangents)?)?;
    let (tangent, tape) = tangent.split_tape();
    let tangent: Traced<E, D> = tangent.put_tape(tape.merge(primal));
    let rows: Vector<E, D, _> = tangent.try_square()?.try_sum::<(usize,), Axis<1>>()?;
    let squared: Vec<f64> = rows.as_vec().into_iter().map(E::get).collect();
    let n_rows = rows.shape().0;
    #[allow(clippy::cast_precision_loss, reason = "a batch is far below 2^52")]
    let (mean, slopes) = head::sum_of(&squared, h, 1.0 / (n_rows.max(1) as f64));
    let rows = rows.try_reshape_like(&(n_rows, 1))?;
    let slopes = slopes.into_iter().map(E::of).collect();
    Ok(TangentPenalty {
        value: D::host_scalar(mean, vec![(rows, slopes)])?,
        squared,
    })
}
