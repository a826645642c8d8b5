//! The regularizer's ascent, per rollout or per minibatch.

use super::{TrainConfig, TrainError, rollout::Rollout, share::share_of};
use crate::{
    adversary::{AscentConfig, AscentRefresh, AscentTrace, Course, InnerProblem, LastLoss},
    algo::{Ascent, Directions, Learner, Space},
    policy::{ActorCritic, Backend},
    rng::Rng,
};

/// The regularizer's ascent over a training: its problem and its configuration.
#[derive(Debug)]
pub(super) struct InnerLoop {
    problem: InnerProblem,
    config: AscentConfig,
}

impl InnerLoop {
    /// `None` for a regularizer without an ascent. A regularizer with random directions overrides
    /// the configured ones.
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

    /// Climbs from `rows` of the rollout into `trace`.
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

/// Source of the minibatches' ascents.
pub(super) enum AscentSource<'a> {
    /// No ascent.
    None,
    /// One ascent before the first epoch, from some of the rows.
    Stored {
        trace: AscentTrace,
        /// Row of the trace, by row of the rollout.
        climbed: Vec<Option<usize>>,
        inner: &'a InnerLoop,
        rng: Rng,
    },
    /// One ascent per minibatch.
    Fresh {
        /// The last ascent; its memory is used again.
        trace: AscentTrace,
        inner: &'a InnerLoop,
        rng: Rng,
    },
}

impl<'a> AscentSource<'a> {
    pub(super) fn new<D: Backend<f32>>(
        learner: &Learner<f32, D>,
        rollout: &Rollout,
        inner: Option<&'a InnerLoop>,
        mut rng: Rng,
    ) -> Result<Self, TrainError> {
        let Some(inner) = inner else {
            return Ok(Self::None);
        };
        Ok(match inner.config.refresh {
            AscentRefresh::EveryMinibatch => Self::Fresh {
                trace: AscentTrace::default(),
                inner,
                rng,
            },
            AscentRefresh::OncePerRollout => {
                let n_rows = rollout.n_rows();
                let n_climbed = share_of(n_rows, inner.config.penalized_share).max(1);
                let mut rows = rand::seq::index::sample(&mut rng, n_rows, n_climbed).into_vec();
                rows.sort_unstable();
                let mut climbed = vec![None; n_rows];
                for (i, row) in rows.iter().enumerate() {
                    climbed[*row] = Some(i);
                }
                let mut trace = AscentTrace::default();
                inner.climb(&learner.policy, rollout, &rows, &mut rng, &mut trace)?;
                Self::Stored {
                    trace,
                    climbed,
                    inner,
                    rng,
                }
            }
        })
    }

    /// Points and tangents that the minibatch of `rows` (in random order) penalizes; `None` where
    /// the ascent covers none of these rows.
    pub(super) fn ascent<D: Backend<f32>>(
        &mut self,
        policy: &ActorCritic<f32, D>,
        rollout: &Rollout,
        rows: &[usize],
    ) -> Result<Option<Ascent<'_>>, TrainError> {
        let gathered = match self {
            Self::None => return Ok(None),
            Self::Stored {
                trace,
                climbed,
                inner,
                rng,
            } => {
                let known: Vec<usize> = rows.iter().filter_map(|row| climbed[*row]).collect();
                trace.gather(&known, inner.config.penalized, rng)
            }
            Self::Fresh { trace, inner, rng } => {
                let rows = &rows[..share_of(rows.len(), inner.config.penalized_share).max(1)];
                inner.climb(policy, rollout, rows, rng, trace)?;
                let all: Vec<usize> = (0..rows.len()).collect();
                trace.gather(&all, inner.config.penalized, rng)
            }
        };
        Ok((!gathered.is_empty()).then_some(gathered))
    }
}
