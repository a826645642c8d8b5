//! From an experiment to a market ready to be traded: everything that can be wrong with the input is found here, before anything
//! is written.

use super::{RunError, read_prices};
use crate::{
    config::{Experiment, Step},
    env::{EnvError, Market, TradingEnv, TradingSpec},
    features::Pipeline,
    market::{
        PanelSpans,
        ingest::{IngestReport, Ingested},
    },
};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// A market, its spans, and the rules.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The market; its normalizer is fitted on the training span.
    pub market: Arc<Market>,
    /// The rules.
    pub spec: TradingSpec,
    /// The spans as rows.
    pub spans: PanelSpans,
    /// How the files became a panel.
    pub ingest: IngestReport,
    /// Features that were constant over the training span.
    pub constant: Vec<String>,
}

impl Prepared {
    /// Reads the prices, cuts the spans, fits the normalizer, and builds an environment on each span once.
    ///
    /// # Errors
    /// [`RunError`] of wrong input, pointing into the experiment or env file, or at row and column of a price file.
    pub fn new(experiment: &Experiment) -> Result<Self, RunError> {
        let Experiment {
            file,
            env,
            source,
            env_source,
        } = experiment;
        let Ingested { panel, report } = read_prices(env, env_source)?;
        let in_env = |error: &dyn std::error::Error, field| {
            RunError::from(
                env_source.reject_error(&[Step::Field("trading"), Step::Field(field)], error),
            )
        };
        let pipeline = Pipeline::new(&env.trading.features, panel.symbols())
            .map_err(|error| in_env(&error, "features"))?;
        let mut warm_up = pipeline.warm_up();
        if env.trading.costs.impact_coefficient > 0.0 {
            warm_up = warm_up.max(Market::IMPACT_WARM_UP);
        }
        let spans = file
            .spans
            .rows(&panel, warm_up)
            .map_err(|error| source.reject_error(&[Step::Field("spans")], &error))?;
        let fitted = Market::fit(panel, &env.trading.features, spans.train.rows.clone())
            .map_err(|error| in_env(&error, "features"))?;
        let prepared = Self {
            market: Arc::new(fitted.market),
            spec: env.trading.clone(),
            spans,
            ingest: report,
            constant: fitted.constant,
        };
        let spans = [
            ("train", prepared.training_env().err()),
            (
                "validation",
                prepared
                    .whole_env(prepared.spans.validation.rows.clone())
                    .err(),
            ),
            (
                "test",
                prepared.whole_env(prepared.spans.test.rows.clone()).err(),
            ),
        ];
        for (name, error) in spans {
            match error {
                Some(error @ EnvError::TooShort { .. }) => {
                    let steps = [Step::Field("spans"), Step::Field(name)];
                    return Err(source.reject_error(&steps, &error).into());
                }
                Some(error) => {
                    return Err(env_source
                        .reject_error(&[Step::Field("trading")], &error)
                        .into());
                }
                None => {}
            }
        }
        Ok(prepared)
    }

    /// An environment on the training span, with the horizon of the env file.
    ///
    /// # Errors
    /// [`EnvError`]; none after [`Prepared::new`] succeeded.
    pub fn training_env(&self) -> Result<TradingEnv, EnvError> {
        TradingEnv::new(
            Arc::clone(&self.market),
            self.spec.clone(),
            self.spans.train.rows.clone(),
        )
    }

    /// An environment that plays all of `rows` in order.
    ///
    /// # Errors
    /// [`EnvError`]; none for the rows of a span after [`Prepared::new`] succeeded.
    pub fn whole_env(&self, rows: Range<usize>) -> Result<TradingEnv, EnvError> {
        let spec = TradingSpec {
            horizon: None,
            ..self.spec.clone()
        };
        TradingEnv::new(Arc::clone(&self.market), spec, rows)
    }

    /// sha256 of each price file, by file name.
    #[must_use]
    pub fn data_sha256(&self) -> BTreeMap<String, String> {
        self.ingest
            .files
            .iter()
            .map(|file| {
                let name = file.path.file_name().unwrap_or(file.path.as_os_str());
                (name.to_string_lossy().into_owned(), file.sha256.clone())
            })
            .collect()
    }
}
