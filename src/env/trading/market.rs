//! A panel prepared for trading: features, normalizer, and every clean observation.

use super::error::EnvError;
use crate::{
    features::{FeatureSpec, FeatureTable, Normalizer, Pipeline},
    market::Panel,
};
use std::ops::Range;

/// 2^(−1/20): weight of the past in the EWMA variance of the impact (half-life 20 bars).
const VARIANCE_KEPT: f64 = 0.965_936_328_924_845_9;

/// Largest total size of stored feature states; longer panels are streamed. Unit: bytes.
const STATES_MAX_BYTES: usize = 256 << 20;

/// Immutable data that all copies of a trading environment share, behind an [`std::sync::Arc`].
///
/// Row t depends on rows 0..=t only. The normalizer is the only fitted part, on training rows.
#[derive(Debug, Clone)]
pub struct Market {
    panel: Panel,
    pipeline: Pipeline,
    normalizer: Normalizer,
    constant_features: Vec<String>,
    table: FeatureTable,
    observations: Vec<f32>,
    states: Vec<f64>,
    log_returns: Vec<f64>,
    variances: Vec<f64>,
}

impl Market {
    /// Warm-up of the variance in the impact. Unit: bars.
    pub const IMPACT_WARM_UP: usize = 20;

    /// Builds a market with a given normalizer, e.g. that of a policy file.
    ///
    /// # Errors
    /// [`EnvError::Features`] for invalid features or a normalizer of another size.
    pub fn new(
        panel: Panel,
        features: &[FeatureSpec],
        normalizer: Normalizer,
    ) -> Result<Self, EnvError> {
        let pipeline = Pipeline::new(features, &panel)?;
        normalizer.check(pipeline.n_outputs())?;
        let table = FeatureTable::new(&pipeline, &panel)?;
        Ok(Self::assemble(panel, pipeline, table, normalizer))
    }

    /// Builds a market and fits its normalizer on the `training_rows` after the features' warm-up.
    ///
    /// # Errors
    /// [`EnvError::Features`] for invalid features, too few rows, or a feature that is not finite.
    pub fn fit(
        panel: Panel,
        features: &[FeatureSpec],
        training_rows: Range<usize>,
    ) -> Result<Self, EnvError> {
        let pipeline = Pipeline::new(features, &panel)?;
        let table = FeatureTable::new(&pipeline, &panel)?;
        let rows = training_rows.start.max(pipeline.warm_up())..training_rows.end;
        let fitted = Normalizer::fit(&pipeline, &table, rows)?;
        Ok(Self {
            constant_features: fitted.constant,
            ..Self::assemble(panel, pipeline, table, fitted.normalizer)
        })
    }

    fn assemble(
        panel: Panel,
        pipeline: Pipeline,
        table: FeatureTable,
        normalizer: Normalizer,
    ) -> Self {
        let n_outputs = pipeline.n_outputs();
        let mut observations = vec![0.0; panel.n_bars() * n_outputs];
        for t in 0..panel.n_bars() {
            let out = &mut observations[t * n_outputs..(t + 1) * n_outputs];
            normalizer.apply(table.row(t), out);
        }
        let (log_returns, variances) = log_returns_and_variances(&panel);
        let n_bytes = panel.n_bars() * pipeline.state_len() * size_of::<f64>();
        let states = if n_bytes <= STATES_MAX_BYTES {
            states(&panel, &pipeline)
        } else {
            Vec::new()
        };
        Self {
            panel,
            pipeline,
            normalizer,
            constant_features: Vec::new(),
            table,
            observations,
            states,
            log_returns,
            variances,
        }
    }

    /// Bars of all assets.
    #[must_use]
    pub const fn panel(&self) -> &Panel {
        &self.panel
    }

    /// Pipeline of the market features.
    #[must_use]
    pub const fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Normalizer of the market features.
    #[must_use]
    pub const fn normalizer(&self) -> &Normalizer {
        &self.normalizer
    }

    /// Names of the features that are constant over the training rows, which the policy sees as 0;
    /// empty for a given normalizer.
    #[must_use]
    pub fn constant_features(&self) -> &[String] {
        &self.constant_features
    }

    /// Market part of the clean observation after row `t`, `[n_outputs]`.
    #[must_use]
    pub fn observation(&self, t: usize) -> &[f32] {
        let n = self.pipeline.n_outputs();
        &self.observations[t * n..(t + 1) * n]
    }

    /// Stored feature state before row `t` is committed; `None` for a panel too long to store.
    pub(super) fn state(&self, t: usize) -> Option<&[f64]> {
        let n = self.pipeline.state_len();
        self.states.get(t * n..(t + 1) * n)
    }

    #[cfg(test)]
    pub(super) fn without_states(&self) -> Self {
        Self {
            states: Vec::new(),
            ..self.clone()
        }
    }

    /// Computes the feature state before row `t` is committed.
    pub(super) fn restore(&self, t: usize, state: &mut [f64]) {
        self.table.restore(&self.pipeline, &self.panel, t, state);
    }

    /// Clean log returns of row `t` (0 in row 0), `[n_assets]`.
    pub(super) fn log_returns(&self, t: usize) -> &[f64] {
        let n = self.panel.n_assets();
        &self.log_returns[t * n..(t + 1) * n]
    }

    /// Clean EWMA variances after row `t`, `[n_assets]`.
    pub(super) fn variances(&self, t: usize) -> &[f64] {
        let n = self.panel.n_assets();
        &self.variances[t * n..(t + 1) * n]
    }
}

/// Updates the variance of the impact: v ← a v + (1 − a) r², a = 2^(−1/half-life).
pub(super) fn update_variance(variance: f64, log_return: f64) -> f64 {
    VARIANCE_KEPT * variance + (1.0 - VARIANCE_KEPT) * log_return * log_return
}

/// Feature states before each row, row-major `[n_bars, state_len]`.
fn states(panel: &Panel, pipeline: &Pipeline) -> Vec<f64> {
    let n = pipeline.state_len();
    let mut states = vec![0.0; panel.n_bars() * n];
    let mut state = vec![0.0; n];
    pipeline.clear(&mut state);
    for (t, stored) in states.chunks_exact_mut(n).enumerate() {
        stored.copy_from_slice(&state);
        pipeline.push(&mut state, panel.row(t), panel.moment(t));
    }
    states
}

fn log_returns_and_variances(panel: &Panel) -> (Vec<f64>, Vec<f64>) {
    let n = panel.n_assets();
    let mut log_returns = vec![0.0; panel.n_bars() * n];
    let mut variances = vec![0.0; panel.n_bars() * n];
    for t in 1..panel.n_bars() {
        for (i, (now, before)) in panel.row(t).iter().zip(panel.row(t - 1)).enumerate() {
            let log_return = (now.close / before.close).ln();
            log_returns[t * n + i] = log_return;
            variances[t * n + i] = if t == 1 {
                log_return * log_return
            } else {
                update_variance(variances[(t - 1) * n + i], log_return)
            };
        }
    }
    (log_returns, variances)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::trading::tests::fixture::{N_ASSETS, N_BARS, bars, market};

    #[test]
    fn the_variance_has_a_half_life_of_twenty_bars() {
        let variance = (0..20).fold(8.0, |variance, _| update_variance(variance, 0.0));
        assert!((variance - 4.0).abs() < 1e-12);
        // Under a constant return the volatility is that return.
        let variance = (0..2000).fold(8.0, |variance, _| update_variance(variance, 0.03));
        assert!((variance.sqrt() - 0.03).abs() < 1e-12);
    }

    #[test]
    fn stored_states_equal_restored_states() {
        let market = market(bars(N_ASSETS, N_BARS, 1));
        let mut state = vec![0.0; market.pipeline().state_len()];
        for t in [0, 1, 63, 64, 65, N_BARS - 1] {
            market.restore(t, &mut state);
            assert_eq!(market.state(t), Some(state.as_slice()));
            assert_eq!(market.without_states().state(t), None);
        }
    }
}
