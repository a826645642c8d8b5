//! What can be wrong with a fit.

/// A sample that cannot be fitted, or a fit that went nowhere.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// Too few returns.
    #[error(
        "sample: found {found} log returns, expected at least {expected}; take a longer history"
    )]
    TooShort {
        /// Returns given.
        found: usize,
        /// Returns needed.
        expected: usize,
    },
    /// A return that is no number.
    #[error("sample: found {found} as log return {index}, expected a finite number")]
    NotFinite {
        /// Position, from 0.
        index: usize,
        /// What was given.
        found: f64,
    },
    /// Returns without variance.
    #[error("sample: found log returns that are all {found}, expected prices that move")]
    Constant {
        /// The one return.
        found: f64,
    },
    /// A bar without length.
    #[error("bar_years: found {found}, expected a finite number of years > 0")]
    BarYears {
        /// What was given.
        found: f64,
    },
    /// No such asset.
    #[error("asset: found number {found}, expected one below {n_assets}")]
    Asset {
        /// What was given.
        found: usize,
        /// Assets there are.
        n_assets: usize,
    },
    /// A number of regimes that cannot be.
    #[error("regimes: found {found}, expected 1 to 8")]
    Regimes {
        /// What was given.
        found: usize,
    },
    /// A likelihood that grows without bound on ever fewer returns.
    #[error(
        "{model}: the likelihood has no maximum on this sample (a component shrank onto single returns); \
         fit a simpler model, or look for repeated prices"
    )]
    Degenerate {
        /// The model.
        model: &'static str,
    },
    /// No maximum within the allowed work.
    #[error(
        "{model}: no maximum of the likelihood after {n_steps} steps; the sample may not be this model's: \
         fit a simpler one or take a longer history"
    )]
    NotConverged {
        /// The model.
        model: &'static str,
        /// Evaluations or iterations spent.
        n_steps: usize,
    },
}
