//! Early stopping: an observer that judges checkpoints on validation data.

use super::{Checkpoint, MetricRow, Observer, ObserverError, Progress};

/// Keeps the checkpoint with the largest score and stops the training at the update after
/// `patience` further checkpoints without a larger one.
///
/// The score is a function of the weights, e.g. the mean reward on validation rows. Checkpoints
/// come every `checkpoint_every` updates and at the end, so that setting must not be None. A score
/// that is not a number counts as no better. [`Trained`](super::Trained) holds the *last* weights:
/// load those of [`EarlyStopping::best`].
///
/// ```
/// use shockproof::{
///     games::execution::{Execution, ExecutionSpec},
///     policy::{ActorCritic, device::Cpu},
///     train::{EarlyStopping, TrainConfig, train_with},
/// };
/// use std::num::NonZeroUsize;
///
/// let env = Execution::new(ExecutionSpec::almgren_chriss())?;
/// let mut config = TrainConfig::ppo(8 * 1024);
/// config.checkpoint_every = Some(1);
/// let mut scores = [1.0, 3.0, 2.0, 2.5].into_iter();
/// let mut stopping = EarlyStopping::new(1, |_| Ok(scores.next().unwrap_or(f64::NAN)));
/// let device = Cpu::default();
/// let trained = train_with(&env, &config, 1, NonZeroUsize::MIN, &device, &mut stopping)?;
/// let (score, best) = stopping.best().ok_or("no checkpoint")?;
/// assert_eq!((*score, best.update), (3.0, 2));
/// assert_eq!(trained.updates, 4); // the update after the third checkpoint is the last
/// let (spec, critic) = (trained.policy.spec(), trained.policy.critic_hidden());
/// let policy = ActorCritic::<f32, Cpu>::from_tensors(spec, critic, &best.tensors, &device)?;
/// # assert_eq!(policy.spec(), spec);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EarlyStopping<F> {
    score: F,
    patience: u64,
    best: Option<(f64, Checkpoint)>,
    /// Checkpoints since the best one.
    n_worse: u64,
}

impl<F: FnMut(&Checkpoint) -> Result<f64, ObserverError>> EarlyStopping<F> {
    /// Creates an observer with a `patience` in checkpoints.
    pub const fn new(patience: u64, score: F) -> Self {
        Self {
            score,
            patience,
            best: None,
            n_worse: 0,
        }
    }
}

impl<F> EarlyStopping<F> {
    /// Largest score and its checkpoint; `None` before the first checkpoint with a score.
    #[must_use]
    pub const fn best(&self) -> Option<&(f64, Checkpoint)> {
        self.best.as_ref()
    }
}

impl<F: FnMut(&Checkpoint) -> Result<f64, ObserverError>> Observer for EarlyStopping<F> {
    fn on_update(&mut self, _row: &MetricRow) -> Result<Progress, ObserverError> {
        Ok(if self.n_worse >= self.patience {
            Progress::Stop
        } else {
            Progress::Continue
        })
    }

    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), ObserverError> {
        let score = (self.score)(checkpoint)?;
        let best = self.best.as_ref().map_or(f64::NEG_INFINITY, |best| best.0);
        if score > best {
            self.best = Some((score, checkpoint.clone()));
            self.n_worse = 0;
        } else {
            self.n_worse += 1;
        }
        Ok(())
    }
}
