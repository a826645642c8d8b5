//! The inner objective through the frozen policy: values and exact gradients with respect to
//! observations.

use super::{
    AdversaryError,
    ascent::InnerObjective,
    chart::Chart,
    objective::{Objective, OutputObjective, Positions, Profits},
};
use crate::{
    agent::Head,
    env::{ActionSpace, ShockMap},
    policy::{Backend, FrozenPolicy, Passed, PolicyError, Real},
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
pub(super) struct FrozenObjective<'a, D: Backend<f32>> {
    policy: &'a FrozenPolicy<f32, D>,
    objective: Batch,
}

#[derive(Debug)]
enum Batch {
    /// −V.
    Value,
    /// Of the policy's output.
    Output(OutputObjective),
}

impl<'a, D: Backend<f32>> FrozenObjective<'a, D> {
    /// `chart` gives the undisturbed observations (z' = 0) that a deviation is measured from.
    pub(super) fn new(
        policy: &'a FrozenPolicy<f32, D>,
        objective: Objective,
        chart: &Chart<'_>,
        market: Option<Market<'_>>,
        n_rows: usize,
    ) -> Result<Self, AdversaryError> {
        let objective = match objective {
            Objective::Value => Batch::Value,
            Objective::ActionDeviation => Batch::Output(deviation(policy, chart, n_rows)?),
            Objective::Divergence => Batch::Output(divergence(policy, chart, n_rows)?),
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

    fn values(
        &self,
        o: &[f32],
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
    ) -> Result<(), PolicyError> {
        let n_rows = losses.len();
        let Some(gradient) = gradient else {
            let mut values = Vec::new();
            self.policy.values(o, n_rows, &mut values)?;
            negate_into(&values, losses);
            return Ok(());
        };
        let downhill = |_, values: &[f32], cotangents: &mut [f32]| {
            cotangents.fill(-1.0);
            values.to_vec()
        };
        let values = self.policy.pull_values(o, n_rows, downhill, gradient)?;
        negate_into(&values.concat(), losses);
        Ok(())
    }

    fn outputs(
        &self,
        objective: &OutputObjective,
        o: &[f32],
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
        passed: Option<&mut Passed>,
    ) -> Result<(), PolicyError> {
        let n_rows = losses.len();
        let Some(gradient) = gradient else {
            let mut outputs = Vec::new();
            self.policy.outputs(o, n_rows, &mut outputs)?;
            let mut cotangents = vec![0.0; outputs.len()];
            objective.evaluate(0, &outputs, losses, &mut cotangents);
            return Ok(());
        };
        let n_outputs = self.policy.spec().head.n_outputs();
        let uphill = |first, outputs: &[f32], cotangents: &mut [f32]| {
            let mut losses = vec![0.0; outputs.len() / n_outputs];
            objective.evaluate(first, outputs, &mut losses, cotangents);
            losses
        };
        let found = self
            .policy
            .pull_outputs(o, n_rows, uphill, gradient, passed)?;
        losses.copy_from_slice(&found.concat());
        Ok(())
    }
}

impl<D: Backend<f32>> InnerObjective for FrozenObjective<'_, D> {
    fn evaluate(
        &self,
        observations: &[f32],
        losses: &mut [f64],
        gradient: Option<&mut [f32]>,
    ) -> Result<(), AdversaryError> {
        match &self.objective {
            Batch::Value => self.values(observations, losses, gradient)?,
            Batch::Output(objective) => {
                self.outputs(objective, observations, losses, gradient, None)?;
            }
        }
        Ok(())
    }

    fn evaluate_and_keep(
        &self,
        observations: &[f32],
        losses: &mut [f64],
        gradient: &mut [f32],
    ) -> Result<Passed, AdversaryError> {
        let (gradient, mut passed) = (Some(gradient), Passed::default());
        match &self.objective {
            Batch::Value => self.values(observations, losses, gradient)?,
            Batch::Output(objective) => {
                let passed = Some(&mut passed);
                self.outputs(objective, observations, losses, gradient, passed)?;
            }
        }
        Ok(passed)
    }
}

fn deviation<D: Backend<f32>>(
    policy: &FrozenPolicy<f32, D>,
    chart: &Chart<'_>,
    n_rows: usize,
) -> Result<OutputObjective, AdversaryError> {
    let reference = undisturbed(policy, chart, n_rows)?;
    let inverse_variance = if policy.log_std().is_empty() {
        vec![1.0; policy.spec().head.n_outputs()]
    } else {
        let log_std = policy.log_std().iter();
        log_std.map(|s| f32::of((-2.0 * s).exp())).collect()
    };
    Ok(OutputObjective::Deviation {
        reference,
        inverse_variance,
    })
}

/// For a Gaussian head with the same σ in every state, KL is half the squared distance in units of
/// σ.
fn divergence<D: Backend<f32>>(
    policy: &FrozenPolicy<f32, D>,
    chart: &Chart<'_>,
    n_rows: usize,
) -> Result<OutputObjective, AdversaryError> {
    if let Head::Categorical { .. } = policy.spec().head {
        let reference = undisturbed(policy, chart, n_rows)?;
        return Ok(OutputObjective::Divergence { reference });
    }
    let mut objective = deviation(policy, chart, n_rows)?;
    if let OutputObjective::Deviation {
        inverse_variance, ..
    } = &mut objective
    {
        for precision in inverse_variance {
            *precision *= 0.5;
        }
    }
    Ok(objective)
}

/// The outputs at z' = 0.
fn undisturbed<D: Backend<f32>>(
    policy: &FrozenPolicy<f32, D>,
    chart: &Chart<'_>,
    n_rows: usize,
) -> Result<Vec<f32>, AdversaryError> {
    let mut reference = Vec::new();
    policy.outputs(&chart.undisturbed(n_rows), n_rows, &mut reference)?;
    Ok(reference)
}

fn negate_into(values: &[f32], losses: &mut [f64]) {
    for (loss, value) in losses.iter_mut().zip(values) {
        *loss = -f64::from(*value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adversary::{
            AscentConfig, AscentRefresh, AscentTrace, InnerSteps, LastLoss, ascent::ascend_into,
        },
        agent::{Activation, Head, NetworkSpec, Squash},
        env::Norm,
        policy::ActorCritic,
        rng::{Component, Streams},
    };
    use dfdx::tensor::Cpu;
    use rand::Rng as _;

    fn policy(head: Head) -> FrozenPolicy<f32, Cpu> {
        let spec = NetworkSpec {
            n_inputs: 3,
            hidden: vec![8, 8],
            activation: Activation::Tanh,
            head,
        };
        let mut rng = Streams::new(4).stream(Component::Init, 0);
        let mut policy = ActorCritic::new(&spec, &[8], -0.5, &mut rng, &Cpu::default()).unwrap();
        // The last layer starts at a hundredth: scale it up, so that there is a slope to measure.
        for parameter in policy.parameters_mut() {
            *parameter = (parameter.clone() * 3.0_f32).clone();
        }
        policy.freeze()
    }

    #[test]
    fn gradients_match_central_differences() {
        let heads = [
            Head::Gaussian {
                n_dims: 2,
                squash: Squash::Tanh,
            },
            Head::Categorical {
                n_dims: 1,
                n_levels: 3,
            },
        ];
        let mut rng = Streams::new(9).stream(Component::Ascent, 0);
        let nominal: Vec<f32> = (0..12).map(|_| rng.gen_range(-1.0..1.0)).collect();
        let moved: Vec<f32> = nominal
            .iter()
            .map(|o| o + rng.gen_range(-0.5..0.5))
            .collect();
        for head in heads {
            let policy = policy(head);
            let chart = Chart::Observation {
                nominal: &nominal,
                shockable: &[0, 2],
                n_inputs: 3,
                norm: Norm::LInf,
                radius: 1.0,
            };
            for objective in [
                Objective::Value,
                Objective::ActionDeviation,
                Objective::Divergence,
            ] {
                let frozen = FrozenObjective::new(&policy, objective, &chart, None, 4).unwrap();
                let (mut losses, mut gradient) = (vec![0.0; 4], vec![0.0; 12]);
                frozen
                    .evaluate(&moved, &mut losses, Some(&mut gradient))
                    .unwrap();
                let mut again = vec![0.0; 4];
                frozen.evaluate(&moved, &mut again, None).unwrap();
                assert_eq!(losses, again);
                let largest = gradient.iter().fold(0.0_f32, |m, g| m.max(g.abs()));
                assert!(largest > 1e-4, "no slope to test");
                for j in 0..12 {
                    let mut ends = [0.0; 2];
                    for (end, h) in ends.iter_mut().zip([0.02_f32, -0.02]) {
                        let mut o = moved.clone();
                        o[j] += h;
                        frozen.evaluate(&o, &mut losses, None).unwrap();
                        *end = losses.iter().sum();
                    }
                    let slope = (ends[0] - ends[1]) / 0.04;
                    assert!(
                        (slope - f64::from(gradient[j])).abs() < 2e-2 * f64::from(largest),
                        "{objective:?} {slope} {}",
                        gradient[j]
                    );
                }
            }
        }
    }

    /// Passes are kept for whoever penalizes every point before the policy changes, and for nobody
    /// else.
    #[test]
    fn the_full_form_keeps_its_passes() {
        let policy = policy(Head::Gaussian {
            n_dims: 1,
            squash: Squash::Tanh,
        });
        let chart = Chart::Observation {
            nominal: &[0.3; 12],
            shockable: &[0, 2],
            n_inputs: 3,
            norm: Norm::L2,
            radius: 1.0,
        };
        let objective = Objective::ActionDeviation;
        let inner = FrozenObjective::new(&policy, objective, &chart, None, 4).unwrap();
        let kept = |refresh, penalized, last| {
            let config = AscentConfig {
                penalized,
                refresh,
                ..AscentConfig::default()
            };
            let mut rng = Streams::new(9).stream(Component::Ascent, 0);
            let mut trace = AscentTrace::default();
            ascend_into(&chart, &inner, &config, (4, last), &mut rng, &mut trace).unwrap();
            let rows = [0, 1, 2, 3];
            let gathered = trace.gather(&rows, penalized, &mut rng);
            assert!(gathered.passed.iter().all(|p| *p != Passed::default()));
            gathered.passed.len()
        };
        let (each, all, skipped) = (
            AscentRefresh::EveryMinibatch,
            InnerSteps::All,
            LastLoss::Skipped,
        );
        assert_eq!(kept(each, all, skipped), AscentConfig::default().n_steps);
        assert_eq!(kept(each, all, LastLoss::Evaluated), 0);
        assert_eq!(kept(each, InnerSteps::Sampled, skipped), 0);
        assert_eq!(kept(AscentRefresh::OncePerRollout, all, skipped), 0);
    }

    #[test]
    fn profit_needs_hindsight() {
        let policy = policy(Head::Gaussian {
            n_dims: 1,
            squash: Squash::Tanh,
        });
        let chart = Chart::Observation {
            nominal: &[0.0; 3],
            shockable: &[0],
            n_inputs: 3,
            norm: Norm::L2,
            radius: 1.0,
        };
        let refused = FrozenObjective::new(&policy, Objective::OneStepPnl, &chart, None, 1);
        assert_eq!(refused.unwrap_err(), AdversaryError::NoHindsight);
    }
}
