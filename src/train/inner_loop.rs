//! The regularizer's ascent, once per rollout or per minibatch.

use super::{TrainConfig, TrainError, rollout::Rollout, rollout_shocks::share_of};
use crate::{
    adversary::{AscentConfig, AscentRefresh, AscentTrace, Course, InnerProblem, LastLoss},
    algo::{Ascent, Directions, Space},
    policy::{ActorCritic, Backend},
    rng::Rng,
};

/// The regularizer's ascent over a training: inner problem and configuration.
#[derive(Debug)]
pub(super) struct InnerLoop {
    problem: InnerProblem,
    config: AscentConfig,
}

impl InnerLoop {
    /// Builds the ascent; `None` for a regularizer without an ascent. A regularizer with random
    /// directions overrides the configured directions.
    pub(super) fn new(
        config: &TrainConfig,
        problem: impl FnOnce(Space) -> Result<InnerProblem, TrainError>,
    ) -> Result<Option<Self>, TrainError> {
        let Some((directions, space)) = config.regularizer.ascent() else {
            return Ok(None);
        };
        let direction = match directions {
            Directions::Random => Directions::Random,
            Directions::Gradient | Directions::Sign => config.ascent.direction,
        };
        Ok(Some(Self {
            problem: problem(space)?,
            config: AscentConfig {
                direction,
                ..config.ascent.clone()
            },
        }))
    }

    /// Runs the ascent from `rows` of the rollout and writes it to `trace`.
    fn climb<D: Backend<f32>>(
        &self,
        policy: &ActorCritic<f32, D>,
        rollout: &Rollout,
        rows: &[usize],
        rng: &mut Rng,
        trace: &mut AscentTrace,
    ) -> Result<(), TrainError> {
        let (observations, snapshots) = (rollout.observations_of(rows), rollout.snapshots_of(rows));
        let batch = (observations.as_slice(), snapshots.as_slice());
        let course = Course {
            starts: None,
            last: LastLoss::Skipped,
        };
        self.problem
            .ascend_into(&policy.freeze(), batch, &self.config, course, rng, trace)?;
        Ok(())
    }
}

/// Source of the ascents of all minibatches in one update.
pub(super) struct AscentSource<'a> {
    inner: &'a InnerLoop,
    /// Ascent of the rollout, or of the last minibatch.
    trace: AscentTrace,
    /// Index in `trace` of each rollout row, if any; `None` where every minibatch climbs anew.
    climbed: Option<Vec<Option<usize>>>,
    rng: Rng,
}

impl<'a> AscentSource<'a> {
    pub(super) fn new<D: Backend<f32>>(
        inner: &'a InnerLoop,
        policy: &ActorCritic<f32, D>,
        rollout: &Rollout,
        mut rng: Rng,
    ) -> Result<Self, TrainError> {
        let mut trace = AscentTrace::default();
        let climbed = match inner.config.refresh {
            AscentRefresh::EveryMinibatch => None,
            AscentRefresh::OncePerRollout => {
                let n_rows = rollout.n_rows();
                let n_climbed = share_of(n_rows, inner.config.penalized_share).max(1);
                let mut rows = rand::seq::index::sample(&mut rng, n_rows, n_climbed).into_vec();
                rows.sort_unstable();
                inner.climb(policy, rollout, &rows, &mut rng, &mut trace)?;
                let mut climbed = vec![None; n_rows];
                for (i, row) in rows.into_iter().enumerate() {
                    climbed[row] = Some(i);
                }
                Some(climbed)
            }
        };
        Ok(Self {
            inner,
            trace,
            climbed,
            rng,
        })
    }

    /// Points and tangents of the penalty on the minibatch of `rows` (in random order); `None` if
    /// the ascent covers none of these rows.
    pub(super) fn ascent<D: Backend<f32>>(
        &mut self,
        policy: &ActorCritic<f32, D>,
        rollout: &Rollout,
        rows: &[usize],
    ) -> Result<Option<Ascent<'_>>, TrainError> {
        let (inner, rng) = (self.inner, &mut self.rng);
        let traced: Vec<usize> = if let Some(climbed) = &self.climbed {
            rows.iter().filter_map(|row| climbed[*row]).collect()
        } else {
            let n = share_of(rows.len(), inner.config.penalized_share).max(1);
            inner.climb(policy, rollout, &rows[..n], rng, &mut self.trace)?;
            (0..n).collect()
        };
        let gathered = self.trace.gather(&traced, inner.config.penalized, rng);
        Ok((!gathered.is_empty()).then_some(gathered))
    }
}
