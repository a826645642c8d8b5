//! The inner objective through the frozen policy: values and exact gradients with respect to observations.

use super::{
    AdversaryError,
    ascent::InnerObjective,
    chart::Chart,
    objective::{Objective, OutputObjective, Positions, Profits},
};
use crate::{
    env::{ActionSpace, ShockMap},
    policy::{ActorCritic, Backend, Matrix, PolicyError, matrix},
};
use dfdx::{
    tensor::{OwnedTape, Trace},
    tensor_ops::{Backward, SumTo, TryMul},
};

/// What [`Objective::OneStepPnl`] needs to know besides the policy.
#[derive(Clone, Copy)]
pub(super) struct Market<'a> {
    pub(super) map: &'a dyn ShockMap,
    pub(super) snapshots: &'a [f64],
    pub(super) actions: &'a ActionSpace,
}

/// An objective of a policy whose weights stand still, for one batch.
#[derive(Debug)]
pub(super) struct FrozenPolicy<'a, D: Backend<f32>> {
    policy: &'a ActorCritic<f32, D>,
    objective: Batch,
}

#[derive(Debug)]
enum Batch {
    /// −V.
    Value,
    /// Of the policy's output.
    Output(OutputObjective),
}

impl<'a, D: Backend<f32>> FrozenPolicy<'a, D> {
    /// `chart` gives the undisturbed observations (z' = 0) that a deviation is measured from.
    pub(super) fn new(
        policy: &'a ActorCritic<f32, D>,
        objective: Objective,
        chart: &Chart<'_>,
        market: Option<Market<'_>>,
        n_rows: usize,
    ) -> Result<Self, AdversaryError> {
        let objective = match objective {
            Objective::Value => Batch::Value,
            Objective::ActionDeviation => Batch::Output(deviation(policy, chart, n_rows)?),
            Objective::OneStepPnl => {
                let market = market.ok_or(AdversaryError::NoHindsight)?;
                Batch::Output(OutputObjective::Profit {
                    profits: Profits::of(market.map, market.snapshots, n_rows)?,
                    positions: Positions::of(market.actions)?,
                })
            }
        };
        Ok(Self { policy, objective })
    }

    fn values(&self, o: Matrix<f32, D>, losses: &mut [f64], gradient: Option<&mut [f32]>) -> Result<(), PolicyError> {
        let Some(gradient) = gradient else {
            negate_into(&self.policy.value(o)?.as_vec(), losses);
            return Ok(());
        };
        let values = self.policy.value(o.leaky_trace())?;
        negate_into(&values.as_vec(), losses);
        let failed = PolicyError::tensor("gradient of the value");
        let gradients = values.try_negate().and_then(SumTo::try_sum).and_then(|sum| sum.try_backward());
        gradient.copy_from_slice(&gradients.map_err(failed)?.get(&o).as_vec());
        Ok(())
    }

    fn outputs(
        &self,
        objective: &OutputObjective,
        o: Matrix<f32, D>,
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
    ) -> Result<(), PolicyError> {
        let n_outputs = self.policy.spec().head.n_outputs();
        let mut cotangents = vec![0.0; losses.len() * n_outputs];
        let Some(gradient) = gradient else {
            let outputs = self.policy.output(o)?.as_vec();
            objective.evaluate(&outputs, losses, &mut cotangents);
            return Ok(());
        };
        let outputs: Matrix<f32, D, OwnedTape<f32, D>> = self.policy.output(o.leaky_trace())?;
        objective.evaluate(&outputs.as_vec(), losses, &mut cotangents);
        let failed = || PolicyError::tensor("gradient of the inner objective");
        let cotangents = matrix(self.policy.device(), &cotangents, losses.len(), n_outputs).map_err(failed())?;
        let gradients = outputs.try_mul(cotangents).and_then(SumTo::try_sum).and_then(|sum| sum.try_backward());
        gradient.copy_from_slice(&gradients.map_err(failed())?.get(&o).as_vec());
        Ok(())
    }
}

impl<D: Backend<f32>> InnerObjective for FrozenPolicy<'_, D> {
    fn evaluate(
        &self,
        observations: &[f32],
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
    ) -> Result<(), AdversaryError> {
        let n_inputs = self.policy.spec().n_inputs;
        let o = matrix(self.policy.device(), observations, losses.len(), n_inputs)
            .map_err(PolicyError::tensor("inner objective: observations"))?;
        match &self.objective {
            Batch::Value => self.values(o, losses, gradient)?,
            Batch::Output(objective) => self.outputs(objective, o, losses, gradient)?,
        }
        Ok(())
    }
}

fn deviation<D: Backend<f32>>(
    policy: &ActorCritic<f32, D>,
    chart: &Chart<'_>,
    n_rows: usize,
) -> Result<OutputObjective, AdversaryError> {
    let (n_inputs, origin) = (chart.n_inputs(), vec![0.0; chart.n_coordinates()]);
    let mut observations = vec![0.0; n_rows * n_inputs];
    let mut shock_bps = origin.clone();
    for (row, out) in observations.chunks_exact_mut(n_inputs).enumerate() {
        chart.observe(row, &origin, &mut shock_bps, out);
    }
    let o = matrix(policy.device(), &observations, n_rows, n_inputs)
        .map_err(PolicyError::tensor("action deviation: reference"))?;
    let n_outputs = policy.spec().head.n_outputs();
    let inverse_variance = policy.log_std().map_or_else(
        || vec![1.0; n_outputs],
        |log_std| log_std.as_vec().into_iter().map(|s| (-2.0 * s).exp()).collect(),
    );
    Ok(OutputObjective::Deviation { reference: policy.output(o)?.as_vec(), inverse_variance })
}

fn negate_into(values: &[f32], losses: &mut [f64]) {
    for (loss, value) in losses.iter_mut().zip(values) {
        *loss = -f64::from(*value);
    }
}
