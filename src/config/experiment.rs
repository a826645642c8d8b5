//! `configs/<experiment>.ron`: a question about a market, with spans, seeds, methods, evaluation.

use super::{
    ConfigError, EnvFile, EvaluationConfig, MethodConfig, Registry, Source, crashes, method,
};
use crate::{crash::Crash, market::Spans, train::TrainConfig};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// An experiment file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ExperimentFile {
    /// Name of the experiment and of its run folder. Range: letters, digits, `_`, `-`, and `.`
    /// except as the first or last character.
    pub name: String,
    /// Question that the experiment answers, in one or two sentences; shown in the report.
    pub question: String,
    /// Path of the env file, relative to this file.
    pub env: PathBuf,
    /// Training, validation and test spans.
    pub spans: Spans,
    /// Training seeds; every method is trained once with each seed. Try first: `[1]`.
    pub seeds: Vec<u64>,
    /// Training settings of all methods; each method sets `regularizer`, `player`, `shocked_share`.
    pub train: TrainConfig,
    /// Methods to compare; the first is the reference for the others.
    pub methods: Vec<MethodConfig>,
    /// Backtests of the trained policies.
    pub evaluation: EvaluationConfig,
}

/// An experiment file with its env, both read and checked.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Content of the experiment file.
    pub file: ExperimentFile,
    /// Content of the env file.
    pub env: EnvFile,
    /// Crashes read from [`EvaluationConfig::own_crashes`].
    pub own_crashes: Vec<Crash>,
    /// Text of the experiment file.
    pub source: Source,
    /// Text of the env file.
    pub env_source: Source,
}

impl Experiment {
    /// Reads an experiment file and its env file and checks everything that needs no prices.
    ///
    /// # Errors
    /// [`ConfigError`] pointing at the offending value.
    pub fn load(path: &Path, registry: &Registry) -> Result<Self, ConfigError> {
        let source = Source::read(path)?;
        let mut file: ExperimentFile = source.parse()?;
        registry.resolve_experiment(&mut file, &source)?;
        file.check(&source)?;
        let own_crashes = crashes::check(&file.evaluation, &source)?;
        let env_path = source.folder().join(&file.env);
        if !env_path.is_file() {
            return Err(source.reject(
                "env",
                format!(
                    "missing env file: found no file at {}, expected an env file, e.g. \
                     envs/panel_daily-v1.ron",
                    env_path.display()
                ),
                source.correct_path(),
            ));
        }
        let (env, env_source) = EnvFile::load(&env_path, registry)?;
        let shocks = env.trading.shocks.space(1);
        method::check_budget(&file.train, &file.methods, &source, &shocks)?;
        file.evaluation.check_budget(&source, &shocks)?;
        Ok(Self {
            file,
            env,
            own_crashes,
            source,
            env_source,
        })
    }

    /// Crashes that can be named: those of the library, then those of `own_crashes`.
    pub(crate) fn known_crashes(&self) -> impl Iterator<Item = &Crash> {
        crashes::known(&self.own_crashes)
    }

    /// Crashes that the evaluation names, in its order.
    pub(crate) fn crashes(&self) -> Vec<&Crash> {
        let names = self.file.evaluation.crashes.iter();
        names
            .filter_map(|name| self.known_crashes().find(|crash| crash.name == *name))
            .collect()
    }
}

impl ExperimentFile {
    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        method::check_name(source, "name", &self.name)?;
        source.refuse_empty("seeds", &self.seeds, "seed", "write e.g. [1]")?;
        for (n, seed) in self.seeds.iter().enumerate() {
            if self.seeds[..n].contains(seed) {
                return Err(source.reject(
                    &format!("seeds[{n}]"),
                    format!("seed given twice: found {seed}, expected each seed once"),
                    "remove it: it would give the same training again",
                ));
            }
        }
        source.checked("spans", self.spans.check())?;
        method::check(&self.train, &self.methods, source)?;
        self.evaluation.check(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{adversary::AscentConfig, algo::Regularizer, config::to_ron};

    fn load(text: &str) -> Result<ExperimentFile, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.ron");
        std::fs::write(&path, text).unwrap();
        let source = Source::read(&path)?;
        let file: ExperimentFile = source.parse()?;
        file.check(&source)?;
        crashes::check(&file.evaluation, &source).map(|_| file)
    }

    fn refusal(from: &str, to: &str) -> String {
        let text = include_str!("../../tests/tiny.ron");
        assert!(text.contains(from), "{from}");
        load(&text.replacen(from, to, 1)).unwrap_err().to_string()
    }

    #[test]
    fn the_experiments_of_the_project_load_and_survive_their_own_writing() {
        for name in [
            "quickstart",
            "index_pair",
            "eurusd",
            "panel_study",
            "signal_study",
        ] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("configs/{name}.ron"));
            let experiment = Experiment::load(&path, &Registry::default()).unwrap();
            assert_eq!(experiment.file.name, name);
            assert_eq!(
                load(&to_ron(&experiment.file).unwrap()).unwrap(),
                experiment.file
            );
        }
    }

    #[test]
    fn methods_are_trained_for_the_same_number_of_steps() {
        let file = load(include_str!("../../tests/tiny.ron")).unwrap();
        let configs: Vec<TrainConfig> = file
            .methods
            .iter()
            .map(|method| method.train_config(&file.train))
            .collect();
        assert_eq!(configs[0].total_steps, configs[1].total_steps);
        assert_eq!(configs[0].regularizer, Regularizer::None);
        assert_ne!(configs[1].regularizer, Regularizer::None);
    }

    #[test]
    fn the_default_training_is_the_quickstart() {
        let file = load(include_str!("../../configs/quickstart.ron")).unwrap();
        let quickstart = TrainConfig {
            checkpoint_every: None,
            ..file.train
        };
        assert_eq!(TrainConfig::new(150_000), quickstart);
    }

    #[test]
    fn an_inner_loop_of_a_method_s_own_does_not_change_the_measurements() {
        let mut file = load(include_str!("../../tests/tiny.ron")).unwrap();
        let own = AscentConfig {
            n_steps: 7,
            ..file.train.ascent.clone()
        };
        file.methods[1].ascent = Some(own.clone());
        let config = file.methods[1].train_config(&file.train);
        assert_eq!(config.ascent, own);
        assert_eq!(*config.measuring_ascent(), file.train.ascent);
    }

    #[test]
    fn impossible_values_are_pointed_at() {
        for (from, to, words) in [
            (
                "seeds: [1]",
                "seeds: []",
                ["x.ron:11:12", "at least one seed"],
            ),
            (
                "seeds: [1]",
                "seeds: [1, 1]",
                ["x.ron:11:16", "each seed once"],
            ),
            ("gamma: 0.9,", "gamma: 1.9,", ["x.ron:19:20", "[0, 1]"]),
            (
                "total_steps: 256",
                "total_steps: 1",
                ["x.ron:13:22", "one rollout"],
            ),
            (
                "name: \"aajr\"",
                "name: \"ppo\"",
                ["x.ron:34:16", "different name"],
            ),
            (
                "name: \"aajr\"",
                "name: \"a/b\"",
                ["x.ron:34:16", "letters"],
            ),
            (
                "name: \"aajr\"",
                "name: \"buy_and_hold\"",
                ["x.ron:34:16", "no baseline has"],
            ),
            (
                "name: \"aajr\"",
                "name: \"moving_average_crossover\"",
                ["x.ron:34:16", "no baseline has"],
            ),
            ("weight: 1.0", "weight: -1.0", ["x.ron:34:", ">= 0"]),
            ("\"cagr\"", "\"cager\"", ["x.ron:42:22", "`cagr`"]),
            ("fast: 3", "fast: 9", ["x.ron:41:", "expected"]),
            ("name: \"pgd\"", "name: \"random\"", ["x.ron:37:", "name"]),
            (
                "n_envs: 2",
                "n_envs: 2, player: Random",
                ["x.ron:14:", "methods"],
            ),
        ] {
            let said = refusal(from, to);
            for word in words {
                assert!(said.contains(word), "`{word}` is missing in: {said}");
            }
        }
    }

    #[test]
    fn impossible_crashes_are_pointed_at() {
        for (from, to, words) in [
            (
                "performance:",
                "crashes: [\"oil_1991\", \"oil_1990\"], performance:",
                ["x.ron:42:31", "`oil_1990`"],
            ),
            (
                "performance:",
                "crashes: [\"oil_1991\", \"oil_1991\"], performance:",
                ["x.ron:42:31", "each crash once"],
            ),
            (
                "performance:",
                "crash_test: (n_placements: 0), performance:",
                ["x.ron:42:36", "at least 1"],
            ),
            (
                "performance:",
                "own_crashes: \"nowhere.ron\", performance:",
                ["nowhere.ron", "readable"],
            ),
        ] {
            let said = refusal(from, to);
            for word in words {
                assert!(said.contains(word), "`{word}` is missing in: {said}");
            }
        }
    }
}
