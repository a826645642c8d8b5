//! The penalty along all input directions.

use super::{Penalize, Penalty};
use crate::{
    algo::{AlgoError, Ascent},
    policy::{ActorCritic, Backend, Matrix, PolicyError, Real},
    rng::Rng,
};
use dfdx::{
    shapes::HasShape,
    tensor::Trace,
    tensor_ops::{MeanTo, TryMul},
};
use rand::Rng as _;
use rand_distr::StandardNormal;
use std::num::NonZeroUsize;

/// Mean over the rows of ‖J‖_F²: exactly (unit cotangents), or by projections (A / n) Σ ‖vᵀ J‖²
/// with the same expectation, for n unit vectors v per row, uniform on the sphere of the A outputs
/// (Hoffman et al., arXiv 1908.02729, eq. 7).
#[derive(Debug)]
pub(super) struct Frobenius {
    pub(super) weight: f64,
    pub(super) projections: Option<NonZeroUsize>,
}

impl<E: Real, D: Backend<E>> Penalize<E, D> for Frobenius {
    fn weight(&self) -> f64 {
        self.weight
    }

    fn penalty(
        &self,
        policy: &ActorCritic<E, D>,
        observations: &Matrix<E, D>,
        _ascent: &Ascent<'_>,
        rng: &mut Rng,
    ) -> Result<Penalty<E, D>, AlgoError> {
        let n_rows = observations.shape().0;
        let n_outputs = policy.spec().head.n_outputs();
        let (cotangents, scale) = match self.projections {
            None => (unit_cotangents(policy, n_rows)?, 1.0),
            Some(n) => {
                let random = |_| sphere(n_rows, n_outputs, rng);
                let cotangents: Vec<Vec<f64>> = (0..n.get()).map(random).collect();
                #[allow(clippy::cast_precision_loss, reason = "small counts")]
                let scale = n_outputs as f64 / n.get() as f64;
                (upload(policy, n_rows, &cotangents)?, scale)
            }
        };
        let squared = policy.squared_vjp(observations.leaky_trace(), &cotangents)?;
        let value = squared
            .try_mean()
            .and_then(|mean| mean.try_mul(E::of(scale)));
        Ok(Penalty {
            value: value.map_err(PolicyError::tensor("Frobenius penalty"))?,
            sensitivity: None,
        })
    }
}

/// Unit vectors `e_1, …, e_A` for every row.
pub(super) fn unit_cotangents<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    n_rows: usize,
) -> Result<Vec<Matrix<E, D>>, AlgoError> {
    let n_outputs = policy.spec().head.n_outputs();
    let unit = |a: usize| {
        let entry = move |i: usize| f64::from(u8::from(i % n_outputs == a));
        (0..n_rows * n_outputs).map(entry).collect()
    };
    upload(
        policy,
        n_rows,
        &(0..n_outputs).map(unit).collect::<Vec<_>>(),
    )
}

/// One random unit vector per row, uniform on the sphere.
fn sphere(n_rows: usize, n_outputs: usize, rng: &mut Rng) -> Vec<f64> {
    let n = n_rows * n_outputs;
    let mut v: Vec<f64> = (0..n).map(|_| rng.sample(StandardNormal)).collect();
    for row in v.chunks_exact_mut(n_outputs) {
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        for x in row {
            *x /= norm.max(f64::MIN_POSITIVE);
        }
    }
    v
}

fn upload<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    n_rows: usize,
    cotangents: &[Vec<f64>],
) -> Result<Vec<Matrix<E, D>>, AlgoError> {
    let n_outputs = policy.spec().head.n_outputs();
    let upload = |values: &Vec<f64>| {
        let values = values.iter().map(|&value| E::of(value)).collect();
        policy
            .device()
            .try_tensor_from_vec(values, (n_rows, n_outputs))
    };
    let matrices: Result<_, D::Err> = cotangents.iter().map(upload).collect();
    Ok(matrices.map_err(PolicyError::tensor("cotangents"))?)
}
