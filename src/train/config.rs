//! Everything a user chooses about a training.

use super::{RewardUnit, TrainError};
use crate::{
    adversary::{AscentConfig, Objective, Player},
    agent::{Activation, Head, NetworkSpec, Squash},
    algo::{AdvantageScaling, Algorithm, LearnConfig, Regularizer, Schedule, Space},
    env::{ActionSpace, ShockSpace, Snapshots},
    features::Layout,
};
use serde::{Deserialize, Serialize};

/// A training: how much of it, of which policy, by which algorithm, against whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Environment steps over all copies. The number of updates is this over `n_envs *
    /// learn.n_steps`, rounded down.
    pub total_steps: u64,
    /// Copies of the environment that play side by side.
    pub n_envs: usize,
    /// Shape of the networks.
    #[serde(default)]
    pub policy: PolicyConfig,
    /// The algorithm.
    pub learn: LearnConfig,
    /// Unit of the rewards that the algorithm sees.
    #[serde(default)]
    pub reward_unit: RewardUnit,
    /// The penalty on the policy's Jacobian.
    #[serde(default = "no_regularizer")]
    pub regularizer: Regularizer,
    /// The inner loop of the regularizer's ascent.
    #[serde(default)]
    pub ascent: AscentConfig,
    /// The inner loop of the measurements that are made whatever the regularizer, the yardstick
    /// that methods are compared by; `None` is `ascent`.
    #[serde(default)]
    pub measure: Option<AscentConfig>,
    /// Who shocks the rollouts; not by the profit of the next step, which would print the future
    /// into the observations that the policy learns from.
    #[serde(default)]
    pub player: Player,
    /// Share of the copies that `player` shocks, in [0, 1]; the others play the clean market.
    #[serde(default = "everything")]
    pub shocked_share: f64,
    /// Rows of each rollout, evenly spaced, on which sensitivity and stability are measured; 0
    /// measures nothing.
    #[serde(default = "measured_rows")]
    pub measured_rows: usize,
    /// Updates between checkpoints; `None` keeps only the last.
    #[serde(default)]
    pub checkpoint_every: Option<u64>,
}

/// Copies of an environment beyond which a typing error is likelier than a machine that holds them.
const MAX_ENVS: usize = 1 << 16;

/// Rows of a rollout likewise.
const MAX_ROWS: usize = 1 << 30;

const fn no_regularizer() -> Regularizer {
    Regularizer::None
}

const fn everything() -> f64 {
    1.0
}

const fn measured_rows() -> usize {
    256
}

/// Shape of the networks; inputs and outputs are the environment's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// Width of each hidden layer of the policy, in 1..=4096; an empty list is a linear policy.
    pub hidden: Vec<usize>,
    /// Width of each hidden layer of the value network, likewise.
    pub critic_hidden: Vec<usize>,
    /// Nonlinearity of both.
    pub activation: Activation,
    /// Bound on the mean of a Gaussian head.
    pub squash: Squash,
    /// ln σ at the start (Gaussian head), in [-10, 2].
    pub initial_log_std: f64,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            hidden: vec![64, 64],
            critic_hidden: vec![64, 64],
            activation: Activation::Tanh,
            squash: Squash::Tanh,
            initial_log_std: -0.5,
        }
    }
}

impl PolicyConfig {
    /// Widest hidden layer.
    const WIDEST: usize = 4096;

    /// # Errors
    /// [`TrainError::Config`] naming the first field that cannot be.
    pub fn check(&self) -> Result<(), TrainError> {
        for (field, widths) in [
            ("policy.hidden", &self.hidden),
            ("policy.critic_hidden", &self.critic_hidden),
        ] {
            let wrong = widths.iter().find(|w| !(1..=Self::WIDEST).contains(*w));
            let expected = "widths in 1..=4096";
            require(wrong.is_none(), field, wrong.unwrap_or(&0), expected)?;
        }
        require(
            (-10.0..=2.0).contains(&self.initial_log_std),
            "policy.initial_log_std",
            format_args!("{:?}", self.initial_log_std),
            "a number in [-10, 2]",
        )
    }

    /// The policy network for an environment.
    #[must_use]
    pub fn network(&self, layout: &Layout, actions: &ActionSpace) -> NetworkSpec {
        let head = match actions {
            ActionSpace::Continuous { n_dims, .. } => Head::Gaussian {
                n_dims: *n_dims,
                squash: self.squash,
            },
            ActionSpace::Categorical { n_dims, levels } => Head::Categorical {
                n_dims: *n_dims,
                n_levels: levels.len(),
            },
        };
        NetworkSpec {
            n_inputs: layout.n_fields(),
            hidden: self.hidden.clone(),
            activation: self.activation,
            head,
        }
    }
}

impl TrainConfig {
    /// PPO with settings that hold on control tasks and markets alike; clean, without a
    /// regularizer.
    #[must_use]
    pub fn ppo(total_steps: u64) -> Self {
        let algorithm = Algorithm::Ppo {
            n_epochs: 4,
            n_minibatches: 4,
            clip_epsilon: Schedule::Constant(0.2),
            value_clip: None,
            target_kl: None,
        };
        Self::plain(
            total_steps,
            8,
            LearnConfig {
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
        )
    }

    /// A2C likewise.
    #[must_use]
    pub fn a2c(total_steps: u64) -> Self {
        Self::plain(
            total_steps,
            8,
            LearnConfig {
                algorithm: Algorithm::A2c,
                n_steps: 16,
                gamma: 0.99,
                gae_lambda: 0.95,
                advantages: AdvantageScaling::PerRollout,
                value_weight: 0.5,
                entropy_weight: Schedule::Constant(0.0),
                learning_rate: Schedule::Linear {
                    from: 2e-3,
                    to: 0.0,
                },
                adam_epsilon: 1e-5,
                max_grad_norm: Some(0.5),
            },
        )
    }

    fn plain(total_steps: u64, n_envs: usize, learn: LearnConfig) -> Self {
        Self {
            total_steps,
            n_envs,
            policy: PolicyConfig::default(),
            learn,
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

    /// Rows of one rollout; the largest `usize` where the product is larger ([`Self::check`]
    /// refuses such a configuration).
    #[must_use]
    pub const fn rows_per_rollout(&self) -> usize {
        self.n_envs.saturating_mul(self.learn.n_steps)
    }

    /// Updates of the whole training.
    #[must_use]
    pub const fn n_updates(&self) -> u64 {
        match self.rows_per_rollout() as u64 {
            0 => 0,
            rows => self.total_steps / rows,
        }
    }

    /// The inner loop of the measurements.
    #[must_use]
    pub fn yardstick(&self) -> AscentConfig {
        self.measure.unwrap_or(self.ascent)
    }

    /// Snapshots are kept where something rebuilds observations under other shocks: an ascent, or
    /// the measurements.
    pub(super) fn snapshots(&self) -> Snapshots {
        if self.regularizer.ascent().is_some() || self.measured_rows > 0 {
            Snapshots::EveryStep
        } else {
            Snapshots::Off
        }
    }

    /// # Errors
    /// [`TrainError`] naming the first field that cannot be.
    pub fn check(&self) -> Result<(), TrainError> {
        self.policy.check()?;
        self.learn.check()?;
        self.regularizer.check()?;
        self.ascent.check()?;
        self.yardstick().check()?;
        self.player.check()?;
        self.check_player()?;
        if let RewardUnit::Fixed(unit) = self.reward_unit {
            require(
                unit.is_finite() && unit > 0.0,
                "reward_unit",
                unit,
                "a finite number > 0",
            )?;
        }
        let share = self.shocked_share;
        require(
            (0.0..=1.0).contains(&share),
            "shocked_share",
            share,
            "a number in [0, 1]",
        )?;
        require(
            (1..=MAX_ENVS).contains(&self.n_envs),
            "n_envs",
            self.n_envs,
            "an integer in 1..=65536",
        )?;
        require(
            self.checkpoint_every != Some(0),
            "checkpoint_every",
            0,
            "an integer >= 1, or None",
        )?;
        let rows = self.n_envs.checked_mul(self.learn.n_steps);
        let Some(rows) = rows.filter(|rows| *rows <= MAX_ROWS) else {
            return Err(TrainError::Config {
                field: "learn.n_steps",
                found: format!("{} with {} envs", self.learn.n_steps, self.n_envs),
                expected: "a rollout (n_envs * learn.n_steps) of at most 2^30 rows",
            });
        };
        let expected = "at least n_envs * learn.n_steps, one rollout";
        require(
            self.n_updates() > 0,
            "total_steps",
            self.total_steps,
            expected,
        )?;
        let (_, n_minibatches) = self.learn.passes();
        let expected = "at most n_envs * learn.n_steps, one row each";
        require(
            n_minibatches <= rows,
            "learn.algorithm.n_minibatches",
            n_minibatches,
            expected,
        )
    }

    /// Whether these shocks leave the adversary anything to do. A price-space penalty or a player
    /// of prices under a budget of 0, or one of spreads and liquidity that cannot be shocked, would
    /// do nothing, silently.
    ///
    /// # Errors
    /// [`TrainError`] naming what asks for shocks.
    pub fn check_budget(&self, shocks: &ShockSpace) -> Result<(), TrainError> {
        let in_price = matches!(self.regularizer.ascent(), Some((_, Space::Price)));
        let multipliers = shocks.admits_multipliers();
        require(
            multipliers || self.player != Player::Starve,
            "player",
            "Starve where spreads and liquidity cannot be shocked",
            "max_spread_multiplier > 1 or min_liquidity_multiplier < 1 in the environment's shocks; without them use None",
        )?;
        let needs_prices = match self.player {
            Player::None | Player::Starve => false,
            Player::Random => !multipliers,
            Player::Gradient(_) => true,
        };
        let asks = [("regularizer", in_price), ("player", needs_prices)];
        let asks = asks.into_iter().find(|(_, asks)| *asks);
        require(
            asks.is_none() || shocks.budget_bps.get() > 0.0,
            asks.map_or("regularizer", |(field, _)| field),
            "a shock budget of 0 bps",
            "budget_bps > 0 in the environment's shocks; without shocks use None",
        )
    }

    /// A shock chosen with hindsight tells the policy what comes next.
    fn check_player(&self) -> Result<(), TrainError> {
        let by_hindsight = matches!(
            self.player,
            Player::Gradient(AscentConfig {
                objective: Objective::OneStepPnl,
                ..
            })
        );
        require(
            !by_hindsight,
            "player.objective",
            "OneStepPnl",
            "ActionDeviation or Value; a player that knows the next step's profit prints the future into the observations \
             that the policy learns from (attacks and regularizers may use it)",
        )
    }
}

fn require(
    is_fine: bool,
    field: &'static str,
    found: impl std::fmt::Display,
    expected: &'static str,
) -> Result<(), TrainError> {
    if is_fine {
        Ok(())
    } else {
        Err(TrainError::Config {
            field,
            found: format!("{found}"),
            expected,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_cannot_be_are_named() {
        let config = TrainConfig::ppo(100_000);
        assert!(config.check().is_ok());
        assert_eq!(config.n_updates(), 97);
        let short = TrainConfig {
            total_steps: 1000,
            ..config.clone()
        };
        let message = short.check().unwrap_err().to_string();
        assert_eq!(
            message,
            "train.total_steps: found 1000, expected at least n_envs * learn.n_steps, one rollout"
        );
        assert!(
            TrainConfig {
                n_envs: 0,
                ..config.clone()
            }
            .check()
            .is_err()
        );
        assert!(
            TrainConfig {
                shocked_share: f64::NAN,
                ..config.clone()
            }
            .check()
            .is_err()
        );
        assert!(
            TrainConfig {
                reward_unit: RewardUnit::Fixed(0.0),
                ..config.clone()
            }
            .check()
            .is_err()
        );
        assert!(
            TrainConfig {
                checkpoint_every: Some(0),
                ..config
            }
            .check()
            .is_err()
        );
    }

    fn refusal(config: &TrainConfig) -> String {
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn rollouts_that_no_machine_holds_are_refused() {
        let mut config = TrainConfig::ppo(u64::MAX);
        config.learn.n_steps = usize::MAX / 2;
        assert_eq!(config.rows_per_rollout(), usize::MAX);
        assert_eq!(
            refusal(&config),
            "train.learn.n_steps: found 9223372036854775807 with 8 envs, expected a rollout (n_envs * learn.n_steps) of at \
             most 2^30 rows"
        );
        config.learn.n_steps = 1 << 30;
        assert!(refusal(&config).starts_with("train.learn.n_steps"));
        config.n_envs = 1 << 40;
        assert!(refusal(&config).starts_with("train.n_envs"));
    }

    #[test]
    fn networks_that_cannot_be_are_named() {
        for (widths, is_fine) in [
            (vec![], true),
            (vec![1, 4096], true),
            (vec![64, 0], false),
            (vec![100_000_000_000], false),
        ] {
            for (field, is_critic) in [("policy.hidden", false), ("policy.critic_hidden", true)] {
                let mut config = TrainConfig::ppo(1 << 20);
                let place = if is_critic {
                    &mut config.policy.critic_hidden
                } else {
                    &mut config.policy.hidden
                };
                place.clone_from(&widths);
                match config.check() {
                    Ok(()) => assert!(is_fine, "{field}: {widths:?}"),
                    Err(error) => {
                        assert!(!is_fine && error.to_string().contains(field), "{error}");
                    }
                }
            }
        }
        for found in [1e300, 2.1, -10.1, f64::NAN, f64::INFINITY] {
            let mut config = TrainConfig::ppo(1 << 20);
            config.policy.initial_log_std = found;
            assert!(refusal(&config).starts_with("train.policy.initial_log_std: found"));
        }
    }

    /// A player with hindsight raises the closes before a fall and lowers them before a rise: the
    /// policy would learn to read it.
    #[test]
    fn a_player_with_hindsight_is_refused_and_a_regularizer_is_not() {
        let hindsight = AscentConfig {
            objective: Objective::OneStepPnl,
            ..AscentConfig::default()
        };
        let mut config = TrainConfig {
            ascent: hindsight,
            ..TrainConfig::ppo(1 << 20)
        };
        assert!(config.check().is_ok());
        config.player = Player::Gradient(hindsight);
        let message = refusal(&config);
        assert!(
            message.starts_with(
                "train.player.objective: found OneStepPnl, expected ActionDeviation or Value"
            ),
            "{message}"
        );
    }

    #[test]
    fn a_configuration_survives_its_own_writing() {
        let config = TrainConfig {
            player: Player::Gradient(AscentConfig::default()),
            ..TrainConfig::a2c(1 << 20)
        };
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<TrainConfig>(&json).unwrap(), config);
        let unknown = json.replacen("n_envs", "n_env", 1);
        assert!(
            serde_json::from_str::<TrainConfig>(&unknown)
                .unwrap_err()
                .to_string()
                .contains("n_env")
        );
    }
}
