//! The inner objective of a policy with fixed weights: values and exact observation gradients.

use super::{
    AdversaryError, AttackObjective, Objective, ObjectiveNeeds, ObjectiveRow, Positions,
    ascent::InnerObjective,
    chart::Chart,
    target::{MarketView, Network, TargetPolicy},
};
use crate::{
    agent::Head,
    env::Hindsight,
    policy::{Passed, Real},
};

/// An objective of a policy with fixed weights, for one batch.
pub(super) struct FrozenObjective<'a> {
    policy: &'a dyn TargetPolicy,
    batch: Batch<'a>,
}

impl<'a> FrozenObjective<'a> {
    /// Builds the objective; `chart` gives the clean observations (z' = 0).
    pub(super) fn new(
        policy: &'a dyn TargetPolicy,
        objective: &'a Objective,
        chart: &Chart<'_>,
        market: Option<MarketView<'a>>,
        n_rows: usize,
    ) -> Result<Self, AdversaryError> {
        let objective = objective.part()?;
        let needs = objective.needs();
        let head = policy.spec().head;
        let mut batch = Batch {
            objective,
            needs,
            head,
            clean_outputs: Vec::new(),
            precision: precision(policy),
            hindsights: Vec::new(),
            positions: None,
        };
        if needs.clean_output {
            let clean = chart.clean_observations(n_rows);
            policy.outputs(needs.network, &clean, n_rows, &mut batch.clean_outputs)?;
        }
        if needs.hindsight {
            let market = market.ok_or(AdversaryError::NoHindsight)?;
            let snapshots = market
                .snapshots
                .chunks_exact(market.map.snapshot_len().max(1));
            let known = snapshots.take(n_rows).map(|row| market.map.hindsight(row));
            let known: Option<_> = known.collect();
            batch.hindsights = known.ok_or(AdversaryError::NoHindsight)?;
            batch.positions = Some(Positions::of(market.action_space)?);
        }
        Ok(Self { policy, batch })
    }
}

impl InnerObjective for FrozenObjective<'_> {
    fn evaluate(
        &self,
        observations: &[f32],
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
        passed: Option<&mut Passed>,
    ) -> Result<(), AdversaryError> {
        let (batch, network) = (&self.batch, self.batch.needs.network);
        let Some(gradient) = gradient else {
            let mut outputs = Vec::new();
            self.policy
                .outputs(network, observations, losses.len(), &mut outputs)?;
            let mut unused = vec![0.0; outputs.len()];
            batch.evaluate(0, &outputs, losses, &mut unused);
            return Ok(());
        };
        let uphill = |first: usize, outputs: &[f32], cotangents: &mut [f32]| {
            let mut losses = vec![0.0; outputs.len() / batch.n_outputs().max(1)];
            batch.evaluate(first, outputs, &mut losses, cotangents);
            losses
        };
        let found = self
            .policy
            .pull(network, observations, &uphill, gradient, passed)?;
        losses.copy_from_slice(&found.concat());
        Ok(())
    }
}

/// An objective and the data that it needs about the rows of a batch.
struct Batch<'a> {
    objective: &'a dyn AttackObjective,
    needs: ObjectiveNeeds,
    head: Head,
    /// Outputs at the clean observations, `[n_rows, n_outputs]`; empty unless needed.
    clean_outputs: Vec<f32>,
    precision: Vec<f32>,
    /// Hindsight data, `[n_rows]`; empty unless needed.
    hindsights: Vec<Hindsight<'a>>,
    positions: Option<Positions>,
}

impl Batch<'_> {
    const fn n_outputs(&self) -> usize {
        match self.needs.network {
            Network::Policy => self.head.n_outputs(),
            Network::Value => 1,
        }
    }

    /// Writes losses and output gradients of the rows from `first` on.
    fn evaluate(&self, first: usize, outputs: &[f32], losses: &mut [f64], cotangents: &mut [f32]) {
        let n = self.n_outputs().max(1);
        let rows = outputs.chunks_exact(n).zip(cotangents.chunks_exact_mut(n));
        for (row, (loss, (output, cotangent))) in (first..).zip(losses.iter_mut().zip(rows)) {
            let clean = self.clean_outputs.get(row * n..(row + 1) * n);
            let known = ObjectiveRow {
                output,
                clean_output: clean.unwrap_or_default(),
                precision: &self.precision,
                head: self.head,
                hindsight: self.hindsights.get(row).copied(),
                positions: self.positions.as_ref(),
            };
            *loss = self.objective.evaluate(&known, cotangent);
        }
    }
}

/// Inverse variance 1 / σ² per output; 1 for a categorical head.
fn precision(policy: &dyn TargetPolicy) -> Vec<f32> {
    if policy.log_std().is_empty() {
        return vec![1.0; policy.spec().head.n_outputs()];
    }
    let log_std = policy.log_std().iter();
    log_std.map(|s| f32::of((-2.0 * s).exp())).collect()
}
