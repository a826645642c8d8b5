//! From an experiment to a market ready to be traded: everything that can be wrong with the input
//! is found here, before anything is written.

use super::{PriceSource, Prices, Provenance, RunError};
use crate::{
    config::{EnvFile, Experiment, Source, Step},
    env::{EnvError, Market, TradingEnv, TradingSpec},
    features::Pipeline,
    ingest::audit::{Finding, Severity, audit},
    market::{Panel, PanelSpans},
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
    /// Where the prices come from.
    pub provenance: Provenance,
    /// Features that were constant over the training span.
    pub constant: Vec<String>,
}

impl Prepared {
    /// Reads the prices, cuts the spans, fits the normalizer, and builds an environment on each
    /// span once.
    ///
    /// # Errors
    /// [`RunError`] of wrong input, pointing into the experiment or env file, or at row and column
    /// of a price file.
    pub fn new(experiment: &Experiment) -> Result<Self, RunError> {
        let Experiment {
            file,
            env,
            source,
            env_source,
            ..
        } = experiment;
        let Prices { panel, provenance } = PriceSource::open(env, env_source)?.prices()?;
        let in_env = |error: &dyn std::error::Error, field| {
            RunError::from(
                env_source.reject_error(&[Step::Field("trading"), Step::Field(field)], error),
            )
        };
        let pipeline = Pipeline::new(&env.trading.features, &panel)
            .map_err(|error| in_env(&error, "features"))?;
        let mut warm_up = pipeline.warm_up();
        if env.trading.costs.needs_depth() {
            warm_up = warm_up.max(Market::IMPACT_WARM_UP);
        }
        let spans = file
            .spans
            .rows(&panel, warm_up)
            .map_err(|error| source.reject_error(&[Step::Field("spans")], &error))?;
        let fitted = Market::fit(panel, &env.trading.features, spans.train.rows.clone())
            .map_err(|error| in_env(&error, "features"))?;
        let prepared = Self {
            constant: fitted.constant_features().to_vec(),
            market: Arc::new(fitted),
            spec: env.trading.clone(),
            spans,
            provenance,
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

    /// See [`Provenance::data_sha256`].
    #[must_use]
    pub fn data_sha256(&self) -> BTreeMap<String, String> {
        self.provenance.data_sha256()
    }
}

/// Refuses prices read from files in which the audit finds an error that the env does not accept by
/// name.
///
/// # Errors
/// Wrong input, pointing at the env's price files.
pub fn refuse_errors(env: &EnvFile, source: &Source, panel: &Panel) -> Result<(), RunError> {
    let accepted = env
        .market
        .price_files()
        .map_or(&[][..], |files| &files.accept);
    let is_refused = |f: &Finding| f.severity == Severity::Error && !accepted.contains(&f.code);
    let Some(finding) = audit(panel).into_iter().find(is_refused) else {
        return Ok(());
    };
    let (code, symbol) = (finding.code, finding.symbol.as_deref());
    let found = format!(
        "{code} in {} bars of {}, the first ending {}: {}",
        finding.count,
        symbol.unwrap_or("the calendar"),
        finding.first,
        finding.message
    );
    let remedy = format!(
        "correct the prices; or, where they are right, write `accept: [{code}]` beside `files`; `shockproof check data` lists all findings"
    );
    let steps = [env.market.place_of_files(), &[Step::Field("files")]].concat();
    let expected = "prices without errors, or errors accepted by name";
    let rejected = source.reject(&steps, "prices with an error", found, expected, remedy);
    Err(rejected.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Experiment;
    use std::{fs, path::Path};
    use tempfile::TempDir;

    /// The index experiment on a folder of its own, where the second half of the first file's
    /// prices is a tenth.
    fn prepared(accept: &str) -> Result<Prepared, RunError> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = TempDir::new().unwrap();
        for name in ["data", "envs", "configs"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["spx_1d_1999_2018.csv", "ixic_1d_1999_2018.csv"] {
            let text = fs::read_to_string(project.join("data").join(name)).unwrap();
            let n_lines = text.lines().count();
            let lines = text.lines().enumerate().map(|(i, line)| {
                if !name.starts_with("spx") || i < n_lines / 2 {
                    return line.to_owned();
                }
                let cells = line.split(',').enumerate().map(|(column, cell)| {
                    match (column, cell.parse::<f64>()) {
                        (1..=4, Ok(price)) => format!("{}", price / 10.0),
                        _ => cell.to_owned(),
                    }
                });
                cells.collect::<Vec<_>>().join(",")
            });
            let text = lines.collect::<Vec<_>>().join("\n") + "\n";
            fs::write(folder.path().join("data").join(name), text).unwrap();
        }
        let env = fs::read_to_string(project.join("envs/index_pair-v1.ron")).unwrap();
        let env: Vec<&str> = env
            .lines()
            .filter(|line| !line.contains("sha256:"))
            .collect();
        let env = env
            .join("\n")
            .replace("bar_seconds:", &format!("{accept}bar_seconds:"));
        fs::write(folder.path().join("envs/index_pair-v1.ron"), env).unwrap();
        let config = folder.path().join("configs/index_pair.ron");
        fs::copy(project.join("configs/index_pair.ron"), &config).unwrap();
        Prepared::new(&Experiment::load(&config).unwrap())
    }

    #[test]
    fn errors_of_the_audit_are_refused_unless_accepted_by_name() {
        let message = prepared("").unwrap_err().to_string();
        for part in ["index_pair-v1.ron", "split_like", "SPX", "10:1"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(prepared("accept: [repeated_block], ").is_err());
        assert!(prepared("accept: [split_like], ").is_ok());
    }
}
