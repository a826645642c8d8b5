//! Checks of the settings of a training.

use super::{RewardUnit, TrainConfig, TrainError, error::require};
use crate::{
    adversary::{Player, PlayerSight, ShockFreedom},
    algo::Space,
    env::ShockSpace,
};

/// Upper bound on environment copies; a larger number is probably a typing error.
const MAX_ENVS: usize = 1 << 16;

/// Upper bound on the rows of a rollout; a larger number is probably a typing error.
const MAX_ROWS: usize = 1 << 30;

impl TrainConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`TrainError`] naming the first field outside its range.
    pub fn check(&self) -> Result<(), TrainError> {
        self.policy.check()?;
        self.learn.check()?;
        self.regularizer.check()?;
        self.ascent.check()?;
        self.measuring_ascent().check()?;
        self.player.check()?;
        self.check_hindsight()?;
        if let RewardUnit::Fixed(unit) = self.reward_unit {
            let is_fine = unit.is_finite() && unit > 0.0;
            require(is_fine, "reward_unit", unit, "a finite number > 0")?;
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
        self.check_rows()
    }

    /// Checks the lengths of the training and of its rollouts.
    fn check_rows(&self) -> Result<(), TrainError> {
        let (n_steps, n_envs) = (self.learn.n_steps, self.n_envs);
        let rows = self.rows_per_rollout();
        require(
            n_envs.checked_mul(n_steps).is_some() && rows <= MAX_ROWS,
            "learn.n_steps",
            format_args!("{n_steps} with {n_envs} envs"),
            "a rollout (n_envs * learn.n_steps) of at most 2^30 rows",
        )?;
        require(
            self.n_updates() > 0,
            "total_steps",
            self.total_steps,
            "at least n_envs * learn.n_steps, one rollout",
        )?;
        let (_, n_minibatches) = self.learn.passes();
        require(
            n_minibatches <= rows,
            "learn.algorithm.n_minibatches",
            n_minibatches,
            "at most n_envs * learn.n_steps, one row each",
        )
    }

    /// Checks that the adversary can act under `shocks`. It would silently do nothing if a
    /// price-space penalty or a player of prices had a budget of 0, or if a player of spreads and
    /// liquidity had no multipliers to choose.
    ///
    /// # Errors
    /// [`TrainError`] naming the regularizer or the player.
    pub fn check_budget(&self, shocks: &ShockSpace) -> Result<(), TrainError> {
        let needs = self.player.needs();
        let missing = needs.and_then(|needs| needs.missing(shocks));
        require(
            missing != Some(ShockFreedom::Multipliers),
            "player",
            format_args!(
                "{} where spreads and liquidity cannot be shocked",
                self.player.name()
            ),
            "max_spread_multiplier > 1 or min_liquidity_multiplier < 1 in the environment's \
             shocks; without them use None",
        )?;
        require(
            missing != Some(ShockFreedom::Jumps),
            "player",
            format_args!("{} where no shock moves the true price", self.player.name()),
            "kind: Jump in the environment's shocks; without jumps use another player",
        )?;
        let in_price = matches!(self.regularizer.ascent(), Some((_, Space::Price)));
        let has_budget = shocks.budget_bps.get() > 0.0;
        let fields = [
            ("regularizer", has_budget || !in_price),
            ("player", missing != Some(ShockFreedom::Prices)),
        ];
        for (field, is_fine) in fields {
            require(
                is_fine,
                field,
                "a shock budget of 0 bps",
                "budget_bps > 0 in the environment's shocks; without shocks use None",
            )?;
        }
        Ok(())
    }

    /// Checks that the player has no hindsight, because its shocks would show the policy the next
    /// return.
    fn check_hindsight(&self) -> Result<(), TrainError> {
        let needs = self.player.needs();
        let (field, found) = match &self.player {
            Player::Gradient(_) => ("player.objective", "OneStepPnl"),
            player => ("player", player.name()),
        };
        require(
            needs.is_none_or(|needs| needs.sight < PlayerSight::Hindsight),
            field,
            found,
            "ActionDeviation or Value; a player that knows the next step's profit prints the \
             future into the observations that the policy learns from (attacks and regularizers \
             may use it)",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adversary::{AscentConfig, Objective};

    #[test]
    fn fields_outside_their_range_are_named() {
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
            "train.learn.n_steps: found 9223372036854775807 with 8 envs, expected a rollout \
             (n_envs * learn.n_steps) of at most 2^30 rows"
        );
        config.learn.n_steps = 1 << 30;
        assert!(refusal(&config).starts_with("train.learn.n_steps"));
        config.n_envs = 1 << 40;
        assert!(refusal(&config).starts_with("train.n_envs"));
    }

    #[test]
    fn impossible_networks_are_named() {
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

    /// A player with hindsight raises closes before a fall and lowers them before a rise; the
    /// policy would learn to read this signal.
    #[test]
    fn a_player_with_hindsight_is_refused_and_a_regularizer_is_not() {
        let hindsight = AscentConfig {
            objective: Objective::OneStepPnl,
            ..AscentConfig::default()
        };
        let mut config = TrainConfig {
            ascent: hindsight.clone(),
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
    fn a_configuration_is_read_as_it_was_written() {
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
