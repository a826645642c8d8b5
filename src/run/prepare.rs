//! Preparation of the jobs' shared data. Finds wrong input before anything is written.

use super::{PriceSource, Prices, Provenance, RunError};
use crate::{
    config::Experiment,
    env::{EnvError, TradingEnv},
    eval::{Arena, EvalError},
    features::Pipeline,
    market::SpanRows,
};
use std::sync::{Arc, Mutex, PoisonError};

/// The market of an experiment, ready for training and evaluation.
#[derive(Debug)]
pub struct Prepared {
    /// Environment on the training span; the lock lets threads share it.
    training: Mutex<TradingEnv>,
    /// Arena of the validation span.
    pub validation: Arena,
    /// Arena of the test span.
    pub test: Arena,
    /// Origin of the prices.
    pub provenance: Provenance,
    /// Features that are constant over the training span.
    pub constant: Vec<String>,
}

impl Prepared {
    /// Reads the prices, cuts the spans, fits the normalizer, and builds the environments.
    ///
    /// # Errors
    /// [`RunError`] of wrong input, pointing into a RON file, or at row and column of a price file.
    pub fn new(experiment: &Experiment) -> Result<Self, RunError> {
        let prices = PriceSource::open(&experiment.env, &experiment.env_source)?.prices()?;
        Self::with_prices(experiment, prices)
    }

    /// Prepares like [`Prepared::new`], with these prices.
    pub(super) fn with_prices(experiment: &Experiment, prices: Prices) -> Result<Self, RunError> {
        let Experiment {
            file,
            env,
            source,
            env_source,
            ..
        } = experiment;
        let Prices { panel, provenance } = prices;
        let pipeline = Pipeline::new(&env.trading.features, &panel);
        let pipeline = env_source.checked("trading", pipeline.map_err(EnvError::Features))?;
        let spans = file.spans.rows(&panel, env.trading.warm_up(&pipeline));
        let spans = source.checked("spans", spans)?;
        let in_span = |name: &str, error: &EnvError| match error {
            EnvError::TooShort { .. } => {
                RunError::from(source.reject_with(&format!("spans.{name}"), error))
            }
            _ => env_source.reject_error("trading", error).into(),
        };
        let rows = spans.train.rows.clone();
        let training = TradingEnv::fit(panel, env.trading.clone(), rows)
            .map_err(|error| in_span("train", &error))?;
        let market = training.market();
        let arena = |name: &str, span: &SpanRows| {
            let arena = Arena::new(Arc::clone(market), env.trading.clone(), span.rows.clone());
            arena.map_err(|error| match error {
                EvalError::Env { source } => in_span(name, &source),
                other => RunError::input(&other, format!("take a longer {name} span")),
            })
        };
        Ok(Self {
            validation: arena("validation", &spans.validation)?,
            test: arena("test", &spans.test)?,
            provenance,
            constant: market.constant_features().to_vec(),
            training: Mutex::new(training),
        })
    }

    /// A copy of the environment on the training span, where its normalizer was fitted.
    #[must_use]
    pub fn training_env(&self) -> TradingEnv {
        let env = self.training.lock();
        env.unwrap_or_else(PoisonError::into_inner).clone()
    }
}
