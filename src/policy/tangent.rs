//! The penalty on tangents out of the tensor library's operations (any device).

use super::{Backend, Matrix, Mlp, Real, TangentPenalty, Vector, head, mlp::Linearization};
use crate::agent::Head;
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::{Merge, OwnedTape, PutTape, SplitTape, Tape, Trace},
    tensor_ops::{ReshapeTo, SumTo},
};

/// Output y off the tape, tangent ẏ with its own tape, and the tape of the primal.
#[allow(clippy::type_complexity, reason = "three parts, private to policy")]
pub(super) fn parts<E: Real, D: Backend<E>, T: Tape<E, D>>(
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

/// A network around one batch, and the head's output off the tape.
#[allow(clippy::type_complexity, reason = "a pair, private to policy")]
pub(super) fn linearize<E: Real, D: Backend<E>, T: Tape<E, D>>(
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

/// `mean h(‖ẏ‖²)`: the values of h and of its derivative come from the host, everything else stays
/// on the device.
pub(super) fn composed<E: Real, D: Backend<E>>(
    mlp: &Mlp<E, D>,
    head: Head,
    (points, tangents): (&Matrix<E, D>, &Matrix<E, D>),
    h: &(dyn Fn(f64) -> (f64, f64) + Sync),
) -> Result<TangentPenalty<E, D>, D::Err> {
    let (_, tangent, primal) = parts(mlp, head, points.leaky_trace(), tangents.clone())?;
    let (tangent, tape) = tangent.split_tape();
    let tangent: Matrix<E, D, OwnedTape<E, D>> = tangent.put_tape(tape.merge(primal));
    let rows: Vector<E, D, _> = tangent.try_square()?.try_sum::<(usize,), Axis<1>>()?;
    let squared: Vec<f64> = rows.as_vec().into_iter().map(E::get).collect();
    let n_rows = rows.shape().0;
    #[allow(clippy::cast_precision_loss, reason = "a batch is far below 2^52")]
    let (mean, slopes) = sum_of(&squared, h, 1.0 / (n_rows.max(1) as f64));
    let rows = rows.try_reshape_like(&(n_rows, 1))?;
    let slopes = slopes.into_iter().map(E::of).collect();
    Ok(TangentPenalty {
        value: D::host_scalar(mean, vec![(rows, slopes)])?,
        squared,
    })
}

/// `share · Σ h(q)` and its derivative by each q.
pub(super) fn sum_of(
    squared: &[f64],
    h: &(dyn Fn(f64) -> (f64, f64) + Sync),
    share: f64,
) -> (f64, Vec<f64>) {
    let mut sum = 0.0;
    let slopes = squared.iter().map(|q| {
        let (value, slope) = h(*q);
        sum += value * share;
        slope * share
    });
    let slopes = slopes.collect();
    (sum, slopes)
}
