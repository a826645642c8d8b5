//! A panel made ready to be traded: its features, their normalizer, and every clean observation computed once.

use super::EnvError;
use crate::{
    features::{FeatureSpec, FeatureTable, Normalizer, Pipeline},
    market::Panel,
};
use std::ops::Range;

/// Half-life of the variance that impact is computed from. Unit: bars.
const IMPACT_HALF_LIFE: f64 = 20.0;

/// What all copies of a trading environment share: immutable, behind an [`std::sync::Arc`].
///
/// Everything at row t is computed from rows 0..=t; only the normalizer is fitted, and it is fitted on training rows.
#[derive(Debug, Clone)]
pub struct Market {
    panel: Panel,
    pipeline: Pipeline,
    normalizer: Normalizer,
    table: FeatureTable,
    observations: Vec<f32>,
    log_returns: Vec<f64>,
    variances: Vec<f64>,
}

/// A market with a freshly fitted normalizer, and what its user must be told.
#[derive(Debug, Clone)]
pub struct FittedMarket {
    /// The market.
    pub market: Market,
    /// Names of the features that were constant over the training rows: a policy sees 0 there.
    pub constant: Vec<String>,
}

impl Market {
    /// Bars after which the variance for impact means something.
    pub const IMPACT_WARM_UP: usize = 20;

    /// A market whose normalizer is known (from a policy file).
    ///
    /// # Errors
    /// [`EnvError::Features`] for impossible features or a normalizer of another size.
    pub fn new(
        panel: Panel,
        features: &[FeatureSpec],
        normalizer: Normalizer,
    ) -> Result<Self, EnvError> {
        let pipeline = Pipeline::new(features, panel.symbols())?;
        let table = FeatureTable::new(&pipeline, &panel)?;
        Self::assemble(panel, pipeline, table, normalizer)
    }

    /// A market whose normalizer is fitted on `training_rows`, from the first of them that the features are warm at.
    ///
    /// # Errors
    /// [`EnvError::Features`] for impossible features, too few rows, or a feature that is no number.
    pub fn fit(
        panel: Panel,
        features: &[FeatureSpec],
        training_rows: Range<usize>,
    ) -> Result<FittedMarket, EnvError> {
        let pipeline = Pipeline::new(features, panel.symbols())?;
        let table = FeatureTable::new(&pipeline, &panel)?;
        let rows = training_rows.start.max(pipeline.warm_up())..training_rows.end;
        let fitted = Normalizer::fit(&pipeline, &table, rows)?;
        Ok(FittedMarket {
            market: Self::assemble(panel, pipeline, table, fitted.normalizer)?,
            constant: fitted.constant,
        })
    }

    fn assemble(
        panel: Panel,
        pipeline: Pipeline,
        table: FeatureTable,
        normalizer: Normalizer,
    ) -> Result<Self, EnvError> {
        let n_outputs = pipeline.n_outputs();
        normalizer.check(n_outputs)?;
        let mut observations = vec![0.0; panel.n_bars() * n_outputs];
        for t in 0..panel.n_bars() {
            let out = &mut observations[t * n_outputs..(t + 1) * n_outputs];
            normalizer.apply(table.row(t), out);
        }
        let (log_returns, variances) = log_returns_and_variances(&panel);
        Ok(Self {
            panel,
            pipeline,
            normalizer,
            table,
            observations,
            log_returns,
            variances,
        })
    }

    /// The bars.
    #[must_use]
    pub const fn panel(&self) -> &Panel {
        &self.panel
    }

    /// The features.
    #[must_use]
    pub const fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The normalizer of the market features.
    #[must_use]
    pub const fn normalizer(&self) -> &Normalizer {
        &self.normalizer
    }

    /// The market part of the clean observation after row `t`, `[n_outputs]`.
    #[must_use]
    pub fn observation(&self, t: usize) -> &[f32] {
        let n = self.pipeline.n_outputs();
        &self.observations[t * n..(t + 1) * n]
    }

    /// Writes the feature state in which rows 0..t are committed and row `t` is not.
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

/// v ← a v + (1 − a) r², a = 2^(−1/half-life): one step of the variance that impact is computed from.
pub(super) fn update_variance(variance: f64, log_return: f64) -> f64 {
    let keep = (-std::f64::consts::LN_2 / IMPACT_HALF_LIFE).exp();
    keep * variance + (1.0 - keep) * log_return * log_return
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
