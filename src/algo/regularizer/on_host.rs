//! A regularizer from outside the crate, adapted to every scalar and device.

use super::{Penalize, Penalty};
use crate::{
    algo::{AlgoError, Ascent, Directions, Space},
    policy::{ActorCritic, Backend, Matrix, PolicyError, Real, matrix, scalar_value},
    rng::Rng,
};
use dfdx::{
    shapes::HasShape,
    tensor::{Cpu, CpuError},
    tensor_ops::Backward,
};

const PLACE: &str = "own regularizer";

/// Computes a penalty in f32 on the CPU with a copy of the weights; puts its weight gradients on
/// the tape of the policy's device.
pub(super) struct OnHost<'a>(pub(super) &'a dyn Penalize);

impl<E: Real, D: Backend<E>> Penalize<E, D> for OnHost<'_> {
    fn weight(&self) -> f64 {
        self.0.weight()
    }

    fn ascent(&self) -> Option<(Directions, Space)> {
        self.0.ascent()
    }

    fn check(&self) -> Result<(), AlgoError> {
        self.0.check()
    }

    fn penalty(
        &self,
        policy: &ActorCritic<E, D>,
        observations: &Matrix<E, D>,
        ascent: &Ascent<'_>,
        rng: &mut Rng,
    ) -> Result<Penalty<E, D>, AlgoError> {
        let failed = || PolicyError::tensor::<CpuError>(PLACE);
        let device = Cpu::default();
        let (spec, critic_hidden) = (policy.spec(), policy.critic_hidden());
        let copy = ActorCritic::from_tensors(spec, critic_hidden, &policy.to_tensors(), &device)?;
        let (n_rows, n_inputs) = *observations.shape();
        let rows: Vec<f32> = observations.as_vec().into_iter().map(E::get_f32).collect();
        let rows = matrix(&device, &rows, n_rows, n_inputs).map_err(failed())?;
        let Penalty { value, sensitivity } = self.0.penalty(&copy, &rows, ascent, rng)?;
        let found = scalar_value(&value);
        let mut gradients = value.try_backward().map_err(failed())?;
        let mut gradient = |of: &Matrix<f32, Cpu>| -> Result<Vec<E>, CpuError> {
            let gradient = gradients.get_or_alloc_mut(of)?;
            Ok(gradient.iter().map(|&g| E::of_f32(g)).collect())
        };
        let mut terms = Vec::new();
        for (parameter, copy) in policy.parameters().into_iter().zip(copy.parameters()) {
            terms.push((parameter.retaped(), gradient(copy).map_err(failed())?));
        }
        let value = D::host_scalar(found, terms);
        Ok(Penalty {
            value: value.map_err(PolicyError::tensor(PLACE))?,
            sensitivity,
        })
    }
}
