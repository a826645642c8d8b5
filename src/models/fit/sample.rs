//! What a model is fitted to.

use super::FitError;
use crate::market::Panel;

/// Log returns of one asset, bar by bar, and the length of a bar.
#[derive(Debug, Clone, PartialEq)]
pub struct ReturnSample {
    log_returns: Vec<f64>,
    bar_years: f64,
    mean: f64,
    deviation: f64,
}

impl ReturnSample {
    /// Fewest returns that are fitted.
    pub const LEAST: usize = 100;

    /// # Errors
    /// [`FitError`] for fewer than [`ReturnSample::LEAST`] returns, one that is not finite, returns
    /// all alike, or a bar without length.
    pub fn new(log_returns: Vec<f64>, bar_years: f64) -> Result<Self, FitError> {
        if log_returns.len() < Self::LEAST {
            return Err(FitError::TooShort {
                found: log_returns.len(),
                expected: Self::LEAST,
            });
        }
        if let Some((index, &found)) = log_returns.iter().enumerate().find(|(_, r)| !r.is_finite())
        {
            return Err(FitError::NotFinite { index, found });
        }
        if !(bar_years.is_finite() && bar_years > 0.0) {
            return Err(FitError::BarYears { found: bar_years });
        }
        let first = log_returns[0];
        let constant = FitError::Constant { found: first };
        let (Some(mean), Some(deviation)) = (
            crate::stats::mean(&log_returns),
            crate::stats::std_dev(&log_returns),
        ) else {
            return Err(constant);
        };
        if deviation <= 1e-12 * mean.abs() || deviation <= 0.0 {
            return Err(constant);
        }
        Ok(Self {
            log_returns,
            bar_years,
            mean,
            deviation,
        })
    }

    /// From close to close of asset number `asset`. A year is `trading_seconds_per_year` of bars.
    ///
    /// # Errors
    /// [`FitError`]: see [`ReturnSample::new`]; no such asset.
    pub fn of_panel(
        panel: &Panel,
        asset: usize,
        trading_seconds_per_year: f64,
    ) -> Result<Self, FitError> {
        if asset >= panel.n_assets() {
            return Err(FitError::Asset {
                found: asset,
                n_assets: panel.n_assets(),
            });
        }
        let closes: Vec<f64> = panel.asset(asset).map(|bar| bar.close).collect();
        let log_returns = closes
            .windows(2)
            .map(|pair| (pair[1] / pair[0]).ln())
            .collect();
        let bar_years = panel.bar_length().as_seconds_f64() / trading_seconds_per_year;
        Self::new(log_returns, bar_years)
    }

    /// The returns.
    #[must_use]
    pub fn log_returns(&self) -> &[f64] {
        &self.log_returns
    }

    /// Length of a bar. Unit: years.
    #[must_use]
    pub const fn bar_years(&self) -> f64 {
        self.bar_years
    }

    /// Number of the returns.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a number of returns, far below 2^53"
    )]
    pub(super) fn count(&self) -> f64 {
        self.log_returns.len() as f64
    }

    /// Mean of the returns.
    pub(super) const fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation of the returns, > 0.
    pub(super) const fn deviation(&self) -> f64 {
        self.deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_say_nothing_are_refused_by_name() {
        let moving: Vec<f64> = (0..100).map(|n| f64::from(n % 3)).collect();
        assert!(ReturnSample::new(moving.clone(), 0.1).is_ok());
        let refusal = |returns: &[f64], years| {
            ReturnSample::new(returns.to_vec(), years)
                .unwrap_err()
                .to_string()
        };
        assert!(refusal(&moving[1..], 0.1).contains("found 99 log returns"));
        assert!(refusal(&[0.0; 100], 0.1).contains("all 0"));
        assert!(refusal(&[0.1; 100], 0.1).contains("all 0.1"));
        assert!(refusal(&moving, f64::NAN).contains("bar_years: found NaN"));
        let mut broken = moving;
        broken[7] = f64::INFINITY;
        assert!(refusal(&broken, 0.1).contains("found inf as log return 7"));
    }
}
