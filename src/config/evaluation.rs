//! Evaluation settings of an experiment.

use super::{ConfigError, Source, nearest::did_you_mean};
use crate::{
    adversary::ShockFreedom,
    env::ShockSpace,
    eval::{AttackSpec, Baseline, CrashTest, Summary, metrics::Metric},
    own::{Own, OwnError},
};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};

/// Backtests of trained policies on the test span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct EvaluationConfig {
    /// Attacks; each runs at each of its budgets.
    pub attacks: Vec<AttackSpec>,
    /// Baseline strategies to compare with.
    pub baselines: Vec<Baseline>,
    /// Names of crashes that are replayed on the test span, from [`Crash::library`] or
    /// `own_crashes`. Default: none. Try first: `["oil_1991"]`.
    ///
    /// [`Crash::library`]: crate::crash::Crash::library
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crashes: Vec<String>,
    /// Path of a file of further crashes ([`super::load_crashes`]), relative to this file.
    /// Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_crashes: Option<PathBuf>,
    /// Number, length and strength of the replays.
    #[serde(default, skip_serializing_if = "is_default")]
    pub crash_test: CrashTest,
    /// Metrics from outside the crate, shown after the built-in ones. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Own<dyn Metric>>,
    /// Performance metric in gaps and pictures; higher is better. Range: `cagr`,
    /// `total_log_growth`, `sharpe`, `sortino`, `calmar`. Try first: `cagr`.
    pub performance: String,
}

fn is_default(test: &CrashTest) -> bool {
    *test == CrashTest::default()
}

impl EvaluationConfig {
    /// Metrics that `performance` can name.
    pub const PERFORMANCES: &[&str] = &["cagr", "total_log_growth", "sharpe", "sortino", "calmar"];

    /// Metrics from outside the crate.
    ///
    /// # Errors
    /// [`OwnError::Unresolved`] for a metric that no registry has resolved.
    pub(crate) fn own_metrics(&self) -> Result<Vec<Arc<dyn Metric>>, OwnError> {
        let parts = self.metrics.iter().map(|metric| metric.part().cloned());
        parts.collect()
    }

    pub(super) fn check(&self, source: &Source) -> Result<(), ConfigError> {
        source.checked("evaluation.attacks", AttackSpec::check_all(&self.attacks))?;
        let refused =
            |error: &dyn std::error::Error| source.reject_with("evaluation.metrics", error);
        let metrics = self.own_metrics().map_err(|error| refused(&error))?;
        Summary::new(&[], None, None, 0)
            .add_metrics(&[], &metrics)
            .map_err(|error| refused(&error))?;
        for (n, baseline) in self.baselines.iter().enumerate() {
            let at = format!("evaluation.baselines[{n}]");
            source.checked(&at, baseline.decider())?;
        }
        if Self::PERFORMANCES.contains(&self.performance.as_str()) {
            return Ok(());
        }
        Err(source.reject(
            "evaluation.performance",
            format!(
                "unknown performance metric: found `{}`, expected one of `{}`",
                self.performance,
                Self::PERFORMANCES.join("`, `")
            ),
            did_you_mean(&self.performance, Self::PERFORMANCES)
                .unwrap_or_else(|| "use one of the listed names".to_owned()),
        ))
    }

    /// Refuses an attack that the env does not admit.
    pub(super) fn check_budget(
        &self,
        source: &Source,
        shocks: &ShockSpace,
    ) -> Result<(), ConfigError> {
        for (n, attack) in self.attacks.iter().enumerate() {
            if let Some([place, expected]) = missing_freedom(attack, shocks) {
                return Err(source.reject(
                    &format!("evaluation.attacks[{n}].player"),
                    format!(
                        "attack that the env does not admit: found {} where {place}, expected \
                         {expected} in the env's shocks",
                        attack.player.name()
                    ),
                    "take another attack, or another env",
                ));
            }
        }
        Ok(())
    }
}

/// Reason why `attack` would do nothing under `shocks`, and the settings of the env's shocks that
/// it needs; `None` if it can act.
pub(crate) fn missing_freedom(
    attack: &AttackSpec,
    shocks: &ShockSpace,
) -> Option<[&'static str; 2]> {
    match attack.player.needs()?.missing(shocks)? {
        ShockFreedom::Multipliers => Some([
            "spreads and liquidity cannot be shocked",
            "max_spread_multiplier > 1 or min_liquidity_multiplier < 1",
        ]),
        ShockFreedom::Jumps => Some(["shocks are no jumps", "kind: Jump"]),
        _ => None,
    }
}
