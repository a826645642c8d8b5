//! Learning from one rollout: epochs of minibatches, each with its ascent.

use super::{
    TrainConfig, TrainError,
    log::{Metric, MetricRow},
    minibatches::Minibatches,
    rollout::{Rollout, share_of},
};
use crate::{
    adversary::{AscentConfig, AscentRefresh, AscentTrace, InnerProblem, LastLoss},
    algo::{Ascent, Directions, Learner, Regularizer, StepTaken, UpdateDiagnostics},
    policy::{ActorCritic, Backend},
    rng::{Component, Rng, Streams},
};

/// The regularizer's ascent over a training: its problem and its configuration.
#[derive(Debug)]
pub(super) struct InnerLoop {
    problem: InnerProblem,
    config: AscentConfig,
}

impl InnerLoop {
    /// `Some` when the regularizer asks for an ascent; its random directions override the
    /// configured ones.
    pub(super) fn new(
        config: &TrainConfig,
        problem: impl FnOnce(crate::algo::Space) -> Result<InnerProblem, TrainError>,
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
                ..config.ascent
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
        let (batch, last) = (
            (observations.as_slice(), snapshots.as_slice()),
            LastLoss::Skipped,
        );
        self.problem
            .ascend_into(&policy.freeze(), batch, &self.config, last, rng, trace)?;
        Ok(())
    }
}

/// Learns from `rollout` as update number `update` at `progress` in [0, 1], and writes what it saw
/// into `row`.
pub(super) fn learn<D: Backend<f32>>(
    learner: &mut Learner<f32, D>,
    rollout: &Rollout,
    inner: Option<&InnerLoop>,
    config: &TrainConfig,
    streams: Streams,
    (update, progress): (u64, f64),
    row: &mut MetricRow,
) -> Result<(), TrainError> {
    let settings = config.learn.at(progress);
    let (n_epochs, n_minibatches) = config.learn.passes();
    let mut order_rng = streams.stream(Component::Minibatch, update);
    let mut regularizer_rng = streams.stream(Component::Regularizer, update);
    let mut source = AscentSource::new(
        learner,
        rollout,
        inner,
        streams.stream(Component::Ascent, update),
    )?;
    let mut minibatches = Minibatches::new(rollout.n_rows(), n_minibatches);
    let mut means = Means::default();
    'epochs: for _ in 0..n_epochs {
        let pieces: Vec<&[usize]> = minibatches.shuffle(&mut order_rng).collect();
        let pick = |rows: &[usize]| rollout.samples.pick(rows, config.learn.advantages);
        let mut next = None;
        for (i, rows) in pieces.iter().enumerate() {
            let picked = next.take().unwrap_or_else(|| pick(rows))?;
            let minibatch = picked.upload(learner.policy.device())?;
            let ascent = source.ascent(&learner.policy, rollout, rows)?;
            // Where only a share of the rows was climbed from, a minibatch may hold none of them.
            let regularizer = if inner.is_some() && ascent.is_none() {
                &Regularizer::None
            } else {
                &config.regularizer
            };
            // Rows lie anywhere in the rollout: another thread, if there is one, fetches the next
            // while this one learns.
            let seen = rayon::in_place_scope(|scope| {
                if let Some(rows) = pieces.get(i + 1) {
                    scope.spawn(|_| next = Some(pick(rows)));
                }
                learner.update(
                    &minibatch,
                    &settings,
                    regularizer,
                    ascent.as_ref(),
                    &mut regularizer_rng,
                )
            })?;
            means.add(&seen);
            if seen.step == StepTaken::StoppedByKl {
                break 'epochs;
            }
        }
    }
    row.set(Metric::LearningRate, settings.learning_rate);
    means.write(row);
    Ok(())
}

/// Where minibatches get their ascent from.
enum AscentSource<'a> {
    None,
    /// Climbed once, before the first epoch, from some of the rows.
    Stored {
        trace: AscentTrace,
        /// Row of the trace, by row of the rollout.
        climbed: Vec<Option<usize>>,
        inner: &'a InnerLoop,
        rng: Rng,
    },
    /// Climbed for each minibatch.
    Fresh {
        /// Memory of the last climb.
        trace: AscentTrace,
        inner: &'a InnerLoop,
        rng: Rng,
    },
}

impl<'a> AscentSource<'a> {
    fn new<D: Backend<f32>>(
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

    /// What the minibatch of `rows` (in random order) penalizes; `None` where none of them was
    /// climbed from.
    fn ascent<D: Backend<f32>>(
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

/// Means over the gradient steps of an update. The step that the target KL refused counts for its
/// KL only.
#[derive(Default)]
struct Means {
    n_steps: f64,
    policy_loss: f64,
    value_loss: f64,
    entropy: f64,
    clip_fraction: f64,
    grad_norm: f64,
    penalty: Option<f64>,
    /// Gradient steps that had a penalty.
    n_penalized: f64,
    last_kl: Option<f64>,
}

impl Means {
    fn add(&mut self, seen: &UpdateDiagnostics) {
        self.n_penalized += f64::from(u8::from(seen.penalty.is_some()));
        self.last_kl = Some(seen.approx_kl);
        if seen.step == StepTaken::StoppedByKl {
            return;
        }
        self.n_steps += 1.0;
        self.policy_loss += seen.policy_loss;
        self.value_loss += seen.value_loss;
        self.entropy += seen.entropy;
        self.clip_fraction += seen.clip_fraction;
        self.grad_norm += seen.grad_norm;
        if let Some(penalty) = seen.penalty {
            *self.penalty.get_or_insert(0.0) += penalty;
        }
    }

    fn write(&self, row: &mut MetricRow) {
        let mean = |sum: f64| sum / self.n_steps;
        row.set(Metric::PolicyLoss, mean(self.policy_loss));
        row.set(Metric::ValueLoss, mean(self.value_loss));
        row.set(Metric::Entropy, mean(self.entropy));
        row.set(Metric::ClipFraction, mean(self.clip_fraction));
        row.set(Metric::GradNorm, mean(self.grad_norm));
        let penalty = self.penalty.map(|sum| sum / self.n_penalized);
        row.set(Metric::Penalty, penalty);
        row.set(Metric::ApproxKl, self.last_kl);
    }
}
