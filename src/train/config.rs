//! Settings of a training.

use super::{PolicyConfig, RewardUnit};
use crate::{
    adversary::{AscentConfig, AttackObjective, Player, ShockPlayer},
    agent::Activation,
    algo::{AdvantageScaling, Algorithm, LearnConfig, Regularizer, Schedule},
    env::{Derivatives, Record, Snapshots},
    own::{OwnError, Shelf},
};
use serde::{Deserialize, Serialize};

/// Settings of a training: its length, the policy, the algorithm and the adversary.
///
/// ```
/// use shockproof::{adversary::Player, train::TrainConfig};
///
/// let mut config = TrainConfig::new(150_000);
/// config.player = Player::Random;
/// assert_eq!(config.n_updates(), 73);
/// assert!(config.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct TrainConfig {
    /// Environment steps over all copies. The number of updates is `total_steps / (n_envs *
    /// learn.n_steps)`, rounded down. Range: at least one rollout. Try first: 150000.
    pub total_steps: u64,
    /// Copies of the environment that play side by side. Range: 1 to 65536. Try first: 8.
    pub n_envs: usize,
    /// Shape of the networks.
    #[serde(default)]
    pub policy: PolicyConfig,
    /// Learning algorithm and its settings.
    pub learn: LearnConfig,
    /// Unit of the rewards that the algorithm learns from. Default: `DiscountedReturnStd`.
    #[serde(default)]
    pub reward_unit: RewardUnit,
    /// Penalty on the policy's Jacobian. Default: `None`.
    #[serde(default)]
    pub regularizer: Regularizer,
    /// Inner ascent of the regularizer.
    #[serde(default)]
    pub ascent: AscentConfig,
    /// Inner ascent of the measurements, which are made with every regularizer so that methods can
    /// be compared. Default: None, which uses `ascent`.
    #[serde(default)]
    pub measure: Option<AscentConfig>,
    /// Player that shocks the rollouts. Its objective may not be `OneStepPnl`, which would print
    /// the future into the observations that the policy learns from. Default: `None`.
    #[serde(default)]
    pub player: Player,
    /// Share of the copies that `player` shocks; the others play the clean market. Range: [0, 1].
    /// Default: 1.
    #[serde(default = "everything")]
    pub shocked_share: f64,
    /// Rows of each rollout, evenly spaced, on which sensitivity and stability are measured; 0
    /// measures nothing. Default: 256.
    #[serde(default = "measured_rows")]
    pub measured_rows: usize,
    /// Updates between checkpoints; None keeps only the last checkpoint. Unit: updates. Range: at
    /// least 1. Default: None.
    #[serde(default)]
    pub checkpoint_every: Option<u64>,
}

const fn everything() -> f64 {
    1.0
}

const fn measured_rows() -> usize {
    256
}

impl TrainConfig {
    /// Settings of `configs/quickstart.ron`: PPO on eight copies for daily or hourly bars, networks
    /// of 2 × 64 softsign units; clean, without a regularizer.
    #[must_use]
    pub fn new(total_steps: u64) -> Self {
        let mut config = Self::ppo(total_steps);
        config.policy.activation = Activation::Softsign;
        config.learn = LearnConfig {
            algorithm: Algorithm::Ppo {
                n_epochs: 6,
                n_minibatches: 8,
                clip_epsilon: Schedule::Constant(0.2),
                value_clip: None,
                target_kl: Some(0.03),
            },
            n_steps: 256,
            gamma: 0.97,
            gae_lambda: 0.9,
            learning_rate: Schedule::Linear {
                from: 1e-3,
                to: 1e-4,
            },
            ..config.learn
        };
        config
    }

    /// PPO settings for markets and for control tasks with long horizons (γ = 0.99); clean, without
    /// a regularizer.
    #[must_use]
    pub fn ppo(total_steps: u64) -> Self {
        let algorithm = Algorithm::Ppo {
            n_epochs: 4,
            n_minibatches: 4,
            clip_epsilon: Schedule::Constant(0.2),
            value_clip: None,
            target_kl: None,
        };
        Self {
            total_steps,
            n_envs: 8,
            policy: PolicyConfig::default(),
            learn: LearnConfig {
                algorithm,
                n_steps: 128,
                gamma: 0.99,
                gae_lambda: 0.95,
                advantages: AdvantageScaling::PerMinibatch,
                value_weight: 0.5,
                entropy_weight: Schedule::Constant(0.0),
                learning_rate: Schedule::Linear {
                    from: 1e-3,
                    to: 0.0,
                },
                adam_epsilon: 1e-5,
                max_grad_norm: Some(0.5),
            },
            reward_unit: RewardUnit::default(),
            regularizer: Regularizer::None,
            ascent: AscentConfig::default(),
            measure: None,
            player: Player::None,
            shocked_share: everything(),
            measured_rows: measured_rows(),
            checkpoint_every: None,
        }
    }

    /// A2C settings for the same tasks as [`TrainConfig::ppo`].
    #[must_use]
    pub fn a2c(total_steps: u64) -> Self {
        let ppo = Self::ppo(total_steps);
        let learn = LearnConfig {
            algorithm: Algorithm::A2c,
            n_steps: 16,
            advantages: AdvantageScaling::PerRollout,
            learning_rate: Schedule::Linear {
                from: 2e-3,
                to: 0.0,
            },
            ..ppo.learn
        };
        Self { learn, ..ppo }
    }

    /// Settings of the pathwise learner for markets with proportional costs: 512 copies of one
    /// step, H = 1. Nothing is measured; raise `measured_rows` to measure. On short histories it
    /// overfits: add [`Regularizer::Frobenius`] and [`EarlyStopping`](super::EarlyStopping).
    #[must_use]
    pub fn pathwise(total_steps: u64) -> Self {
        let ppo = Self::ppo(total_steps);
        let learn = LearnConfig {
            algorithm: Algorithm::Pathwise { horizon: 1 },
            n_steps: 1,
            advantages: AdvantageScaling::Raw,
            learning_rate: Schedule::Cosine {
                from: 5e-3,
                to: 0.0,
            },
            ..ppo.learn
        };
        let policy = PolicyConfig {
            activation: Activation::Softsign,
            initial_log_std: -3.0,
            ..ppo.policy
        };
        Self {
            n_envs: 512,
            learn,
            policy,
            measured_rows: 0,
            ..ppo
        }
    }

    /// Rows of one rollout; `usize::MAX` if the product overflows ([`Self::check`] refuses this).
    #[must_use]
    pub const fn rows_per_rollout(&self) -> usize {
        self.n_envs.saturating_mul(self.learn.n_steps)
    }

    /// Number of updates in the whole training.
    #[must_use]
    pub const fn n_updates(&self) -> u64 {
        match self.rows_per_rollout() as u64 {
            0 => 0,
            rows => self.total_steps / rows,
        }
    }

    /// Inner ascent of the measurements.
    #[must_use]
    pub fn measuring_ascent(&self) -> &AscentConfig {
        self.measure.as_ref().unwrap_or(&self.ascent)
    }

    /// Makes own players and own objectives from the shelves.
    ///
    /// # Errors
    /// [`OwnError`] of a shelf.
    pub fn resolve(
        &mut self,
        players: &Shelf<dyn ShockPlayer>,
        objectives: &Shelf<dyn AttackObjective>,
    ) -> Result<(), OwnError> {
        self.player.resolve(players, objectives)?;
        let ascents = std::iter::once(&mut self.ascent).chain(&mut self.measure);
        for ascent in ascents {
            ascent.objective.resolve(objectives)?;
        }
        Ok(())
    }

    /// Keeps snapshots if an ascent or the measurements rebuild observations from them, and
    /// derivatives if the algorithm needs them.
    pub(super) fn record(&self) -> Record {
        let snapshots = if self.regularizer.ascent().is_some() || self.measured_rows > 0 {
            Snapshots::EveryStep
        } else {
            Snapshots::Off
        };
        let derivatives = match self.learn.algorithm {
            Algorithm::Pathwise { .. } => Derivatives::EveryStep,
            Algorithm::Ppo { .. } | Algorithm::A2c => Derivatives::Off,
        };
        Record {
            snapshots,
            derivatives,
        }
    }
}
