//! What can go wrong in an evaluation.

use crate::{
    adversary::AdversaryError, agent::PolicyFault, crash::CrashError, env::EnvError,
    policy::PolicyError,
};

/// An evaluation that cannot be, or broke off.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The environment cannot be built.
    #[error("backtest environment: {source}")]
    Env {
        /// Why.
        source: EnvError,
    },
    /// The policy does not fit the environment.
    #[error("policy {policy}: {fault}")]
    Policy {
        /// Name of the policy.
        policy: String,
        /// Why.
        fault: PolicyFault,
    },
    /// The market was normalized differently than in training.
    #[error(
        "policy {policy}: found a market normalizer that differs at feature {index}, expected the one in the policy file; \
         build the market with the policy's normalizer"
    )]
    Normalizer {
        /// Name of the policy.
        policy: String,
        /// First market feature that differs.
        index: usize,
    },
    /// The network computed NaN or infinity.
    #[error("policy {policy} at {timestamp}: {fault}")]
    NonFinite {
        /// Name of the policy.
        policy: String,
        /// End of the bar it looked at.
        timestamp: String,
        /// What was computed.
        fault: crate::agent::NonFiniteOutput,
    },
    /// The networks cannot be put on the device.
    #[error("policy {policy}: {source}")]
    Networks {
        /// Name of the policy.
        policy: String,
        /// Why.
        source: PolicyError,
    },
    /// An attack that cannot be, or cannot act.
    #[error("attack {attack}: {source}")]
    Attack {
        /// Name of the attack.
        attack: String,
        /// Why.
        source: AdversaryError,
    },
    /// An attack without a budget, or with one that means the nominal market.
    #[error("attack {attack}: found budgets {found:?} bps, expected at least one, each > 0")]
    Budgets {
        /// Name of the attack.
        attack: String,
        /// What was given.
        found: Vec<f64>,
    },
    /// An attack of a reserved or repeated name.
    #[error("attack {attack}: found the name twice or reserved, expected a name of its own")]
    AttackName {
        /// Name of the attack.
        attack: String,
    },
    /// An own metric with a name that is taken.
    #[error(
        "metric {name}: found a name of a built-in metric, of a field of summary.json or of another \
         metric; expected a name of its own"
    )]
    MetricName {
        /// Name of the metric.
        name: String,
    },
    /// A number of a [`super::CrashTest`] outside its range.
    #[error("{parameter}: found {found}, expected {expected}")]
    CrashTest {
        /// The number.
        parameter: &'static str,
        /// What was given.
        found: f64,
        /// What is admissible.
        expected: &'static str,
    },
    /// A span too short for a crash.
    #[error(
        "crash {crash} of {n_bars} bars with {n_before} before and {n_after} after: found {found} bars in the span, expected room for \
         it, {} bars into the prices at the earliest; take a longer span, or fewer bars before and after",
        crate::crash::VOLATILITY_BARS + 1
    )]
    CrashFit {
        /// The crash.
        crash: String,
        /// Its bars.
        n_bars: usize,
        /// Bars to be played before it.
        n_before: usize,
        /// Bars to be played after it.
        n_after: usize,
        /// Bars of the span.
        found: usize,
    },
    /// A crash that cannot come to the market.
    #[error("crash {crash}: {source}")]
    Crash {
        /// The crash.
        crash: String,
        /// Why.
        source: Box<CrashError>,
    },
    /// A parameter of a baseline outside its range.
    #[error("baseline {baseline}: found {parameter} = {found}, expected {expected}")]
    Baseline {
        /// Name of the baseline.
        baseline: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        found: usize,
        /// What is admissible.
        expected: &'static str,
    },
}
