use crate::{
    adversary::AdversaryError, agent::PolicyFault, crash::CrashError, env::EnvError,
    policy::PolicyError,
};

/// Error of an evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// An environment that cannot be built.
    #[error("backtest environment: {source}")]
    Env {
        /// Error of the environment.
        source: EnvError,
    },
    /// A policy that does not fit the environment.
    #[error("policy {policy}: {fault}")]
    Policy {
        /// Name of the policy.
        policy: String,
        /// Fault of the policy.
        fault: PolicyFault,
    },
    /// A policy whose normalizer differs from the market's.
    #[error(
        "policy {policy}: found a market normalizer that differs at feature {index}, expected the \
         one in the policy file; build the market with the policy's normalizer"
    )]
    Normalizer {
        /// Name of the policy.
        policy: String,
        /// Index of the first market feature that differs.
        index: usize,
    },
    /// A network that computed NaN or infinity.
    #[error("policy {policy} at {timestamp}: {fault}")]
    NonFinite {
        /// Name of the policy.
        policy: String,
        /// End of the newest bar.
        timestamp: String,
        /// Network output at fault.
        fault: crate::agent::NonFiniteOutput,
    },
    /// Networks that cannot be built on the device.
    #[error("policy {policy}: {source}")]
    Networks {
        /// Name of the policy.
        policy: String,
        /// Error of the networks.
        source: PolicyError,
    },
    /// An attack that cannot be played.
    #[error("attack {attack}: {source}")]
    Attack {
        /// Name of the attack.
        attack: String,
        /// Error of the adversary.
        source: AdversaryError,
    },
    /// An attack without a budget, or with a budget of 0.
    #[error("attack {attack}: found budgets {found:?} bps, expected at least one, each > 0")]
    Budgets {
        /// Name of the attack.
        attack: String,
        /// Budgets found.
        found: Vec<f64>,
    },
    /// An attack with a reserved or repeated name.
    #[error("attack {attack}: found the name twice or reserved, expected a name of its own")]
    AttackName {
        /// Name of the attack.
        attack: String,
    },
    /// An own metric whose name is taken.
    #[error(
        "metric {name}: found a name of a built-in metric, of a field of summary.json or of \
         another metric; expected a name of its own"
    )]
    MetricName {
        /// Name of the metric.
        name: String,
    },
    /// A parameter of a [`super::CrashTest`] or a baseline outside its range.
    #[error("{part}: found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// Name of the baseline, or `crash_test`.
        part: &'static str,
        /// Name of the parameter.
        parameter: &'static str,
        /// Rejected value.
        found: f64,
        /// Admissible values.
        expected: &'static str,
    },
    /// A span too short for a crash.
    #[error(
        "crash {crash} of {n_bars} bars with {n_before} before and {n_after} after: found {found} \
         bars in the span, expected room for the crash, {} bars into the prices at the earliest; \
         take a longer span, or fewer bars before and after",
        crate::crash::VOLATILITY_BARS + 1
    )]
    CrashFit {
        /// Name of the crash.
        crash: String,
        /// Number of bars of the crash.
        n_bars: usize,
        /// Number of bars before the crash.
        n_before: usize,
        /// Number of bars after the crash.
        n_after: usize,
        /// Number of bars of the span.
        found: usize,
    },
    /// A crash that cannot be replayed in the market.
    #[error("crash {crash}: {source}")]
    Crash {
        /// Name of the crash.
        crash: String,
        /// Error of the replay.
        source: Box<CrashError>,
    },
}
