//! `configs/<experiment>.ron`: what is asked of a market: spans, seeds, methods, evaluation.

use super::{ConfigError, EnvFile, Source, Step, crashes};
use crate::{
    adversary::{AscentConfig, Player, ShockFreedom},
    algo::Regularizer,
    crash::Crash,
    env::ShockSpace,
    eval::{AttackSpec, Baseline, CrashTest, metrics::Metric},
    market::Spans,
    own::{Own, OwnError, Shelf},
    train::TrainConfig,
};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// An experiment file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentFile {
    /// Name, also of the run folder: letters, digits, `_`, `-` and, within, `.`.
    pub name: String,
    /// What is asked, in one or two sentences; shown in the report.
    pub question: String,
    /// The env file, relative to this file.
    pub env: PathBuf,
    /// Training, validation and test spans.
    pub spans: Spans,
    /// Every method is trained once per seed.
    pub seeds: Vec<u64>,
    /// What all methods share; `regularizer`, `player` and `shocked_share` belong to the methods.
    pub train: TrainConfig,
    /// What is compared; the first one is what the others are compared with.
    pub methods: Vec<MethodConfig>,
    /// How trained policies are judged.
    pub evaluation: EvaluationConfig,
}

/// One method: a name and what distinguishes it from plain training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodConfig {
    /// Name: letters, digits, `_`, `-` and, within, `.`.
    pub name: String,
    /// The penalty on the policy's Jacobian.
    #[serde(default = "no_regularizer")]
    pub regularizer: Regularizer,
    /// Who shocks the rollouts.
    #[serde(default)]
    pub player: Player,
    /// Share of the environment copies that `player` shocks; `None` is all.
    #[serde(default)]
    pub shocked_share: Option<f64>,
    /// The inner loop of this method; `None` is that of `train`.
    #[serde(default)]
    pub ascent: Option<AscentConfig>,
}

const fn no_regularizer() -> Regularizer {
    Regularizer::None
}

/// How trained policies are judged on the test span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationConfig {
    /// Attacks, each at each of its budgets.
    pub attacks: Vec<AttackSpec>,
    /// Rules to compare with.
    pub baselines: Vec<Baseline>,
    /// Crashes of the past that are replayed on the test span, by name: of [`Crash::library`] or of
    /// `own_crashes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crashes: Vec<String>,
    /// A file of further crashes ([`super::load_crashes`]), relative to this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_crashes: Option<PathBuf>,
    /// How often, with how many bars around, and how strongly they come.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub crash_test: CrashTest,
    /// Metrics from outside the crate, shown after the built-in ones. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Own<dyn Metric>>,
    /// The metric that stands for performance in gaps and pictures, e.g. `cagr`; higher is better.
    pub performance: String,
}

fn is_usual(test: &CrashTest) -> bool {
    *test == CrashTest::default()
}

/// An experiment file with its env, both read and checked.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// What is asked.
    pub file: ExperimentFile,
    /// Of which market.
    pub env: EnvFile,
    /// The crashes in [`EvaluationConfig::own_crashes`].
    pub own_crashes: Vec<Crash>,
    /// The experiment as text.
    pub source: Source,
    /// The env as text.
    pub env_source: Source,
}

impl MethodConfig {
    /// The training of this method, measured by the inner loop that all share.
    #[must_use]
    pub fn train_config(&self, shared: &TrainConfig) -> TrainConfig {
        TrainConfig {
            regularizer: self.regularizer.clone(),
            player: self.player.clone(),
            shocked_share: self.shocked_share.unwrap_or(1.0),
            ascent: self.ascent.as_ref().unwrap_or(&shared.ascent).clone(),
            measure: Some(shared.measuring_ascent().clone()),
            ..shared.clone()
        }
    }
}

impl Experiment {
    /// Reads an experiment file and its env file and checks what can be checked without the prices.
    ///
    /// # Errors
    /// [`ConfigError`] pointing at the offending value.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(path)?;
        let file: ExperimentFile = source.parse()?;
        file.check(&source)?;
        let own_crashes = crashes::check(&file.evaluation, &source)?;
        let env_path = source.folder().join(&file.env);
        if !env_path.is_file() {
            return Err(source.reject(
                &[Step::Field("env")],
                "missing env file",
                format!("no file at {}", env_path.display()),
                "an env file, e.g. envs/panel_daily-v1.ron",
                format!(
                    "correct the path; it is relative to the folder of {}",
                    source.path().display()
                ),
            ));
        }
        let (env, env_source) = EnvFile::load(&env_path)?;
        file.check_budget(&source, &env.trading.shocks.space(1))?;
        Ok(Self {
            file,
            env,
            own_crashes,
            source,
            env_source,
        })
    }

    /// The crashes that can be named: those of the library, then those of one's own.
    pub fn known_crashes(&self) -> impl Iterator<Item = &Crash> {
        crashes::known(&self.own_crashes)
    }

    /// The crashes that the evaluation names, in its order.
    #[must_use]
    pub fn crashes(&self) -> Vec<&Crash> {
        let names = self.file.evaluation.crashes.iter();
        names
            .filter_map(|name| self.known_crashes().find(|crash| crash.name == *name))
            .collect()
    }
}

impl ExperimentFile {
    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        check_name(source, &[Step::Field("name")], &self.name)?;
        if self.seeds.is_empty() {
            return Err(source.reject(
                &[Step::Field("seeds")],
                "no seed",
                "an empty list".to_owned(),
                "at least one seed",
                "write e.g. [1]".to_owned(),
            ));
        }
        for (n, seed) in self.seeds.iter().enumerate() {
            if self.seeds[..n].contains(seed) {
                return Err(source.reject(
                    &[Step::Field("seeds"), Step::Element(n)],
                    "seed given twice",
                    seed.to_string(),
                    "each seed once",
                    "remove it: it would give the same training again".to_owned(),
                ));
            }
        }
        self.spans
            .check()
            .map_err(|error| source.reject_error(&[Step::Field("spans")], &error))?;
        self.check_methods(source)?;
        self.evaluation.check(source)
    }

    fn check_methods(&self, source: &Source) -> Result<(), ConfigError> {
        let shared = &self.train;
        let misplaced = [
            ("regularizer", shared.regularizer != Regularizer::None),
            ("player", shared.player != Player::None),
            ("shocked_share", shared.shocked_share < 1.0),
        ];
        if let Some((name, _)) = misplaced.iter().find(|(_, is_set)| *is_set) {
            return Err(source.reject(
                &[Step::Field("train"), Step::Field(name)],
                "belongs to a method",
                format!("`{name}` in `train`"),
                "it in the methods that use it",
                format!("move `{name}` into the entries of `methods`"),
            ));
        }
        shared
            .check()
            .map_err(|error| source.reject_error(&[Step::Field("train")], &error))?;
        if self.methods.is_empty() {
            return Err(source.reject(
                &[Step::Field("methods")],
                "no method",
                "an empty list".to_owned(),
                "at least one method",
                "write e.g. [(name: \"ppo\")]".to_owned(),
            ));
        }
        for (n, method) in self.methods.iter().enumerate() {
            let at = [Step::Field("methods"), Step::Element(n)];
            let name = [at[0], at[1], Step::Field("name")];
            check_name(source, &name, &method.name)?;
            if self.methods[..n].iter().any(|m| m.name == method.name) {
                return Err(source.reject(
                    &name,
                    "method given twice",
                    format!("`{}`", method.name),
                    "a different name for each method",
                    "rename one of them".to_owned(),
                ));
            }
            check_free(source, &name, &method.name)?;
            method
                .train_config(shared)
                .check()
                .map_err(|error| source.reject_error(&at, &error))?;
        }
        Ok(())
    }
}

impl ExperimentFile {
    /// Who shocks, in training or as an attack, needs an env that allows it.
    fn check_budget(&self, source: &Source, shocks: &ShockSpace) -> Result<(), ConfigError> {
        for (n, method) in self.methods.iter().enumerate() {
            let at = [Step::Field("methods"), Step::Element(n)];
            method
                .train_config(&self.train)
                .check_budget(shocks)
                .map_err(|error| source.reject_error(&at, &error))?;
        }
        let mut attacks = self.evaluation.attacks.iter();
        let is_idle = |attack: &AttackSpec| {
            let missing = attack
                .player
                .needs()
                .and_then(|needs| needs.missing(shocks));
            missing == Some(ShockFreedom::Multipliers)
        };
        match attacks.position(is_idle) {
            Some(n) => Err(source.reject(
                &[
                    Step::Field("evaluation"),
                    Step::Field("attacks"),
                    Step::Element(n),
                    Step::Field("player"),
                ],
                "attack that the env does not admit",
                format!(
                    "{} where spreads and liquidity cannot be shocked",
                    self.evaluation.attacks[n].player.name()
                ),
                "max_spread_multiplier > 1 or min_liquidity_multiplier < 1 in the env's shocks",
                "take another attack, or another env".to_owned(),
            )),
            None => Ok(()),
        }
    }
}

impl EvaluationConfig {
    /// Makes the own metrics that the file names.
    ///
    /// # Errors
    /// [`OwnError`] for a metric that is not on the shelf or that its maker refuses.
    pub fn resolve(&mut self, shelf: &Shelf<dyn Metric>) -> Result<(), OwnError> {
        self.metrics
            .iter_mut()
            .try_for_each(|metric| metric.resolve(shelf))
    }

    /// The own metrics.
    ///
    /// # Errors
    /// [`OwnError::Unresolved`] for one that was named in a file and not resolved.
    pub fn own_metrics(&self) -> Result<Vec<Arc<dyn Metric>>, OwnError> {
        self.metrics
            .iter()
            .map(|metric| metric.part().cloned())
            .collect()
    }

    /// Metrics that `performance` can be: higher is better.
    pub const PERFORMANCES: &[&str] = &["cagr", "total_log_growth", "sharpe", "sortino", "calmar"];

    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        let at = Step::Field("evaluation");
        AttackSpec::check_all(&self.attacks)
            .map_err(|error| source.reject_error(&[at, Step::Field("attacks")], &error))?;
        for (n, baseline) in self.baselines.iter().enumerate() {
            let steps = [at, Step::Field("baselines"), Step::Element(n)];
            baseline
                .decider()
                .map_err(|error| source.reject_error(&steps, &error))?;
        }
        if Self::PERFORMANCES.contains(&self.performance.as_str()) {
            return Ok(());
        }
        Err(source.reject(
            &[at, Step::Field("performance")],
            "unknown performance metric",
            format!("`{}`", self.performance),
            &format!("one of `{}`", Self::PERFORMANCES.join("`, `")),
            super::nearest(&self.performance, Self::PERFORMANCES).map_or_else(
                || "use one of the listed names".to_owned(),
                |name| format!("did you mean `{name}`?"),
            ),
        ))
    }
}

/// Ledgers, tables and pictures tell policies apart by name only.
fn check_free(source: &Source, steps: &[Step<'_>], name: &str) -> Result<(), ConfigError> {
    let taken = Baseline::ALL
        .into_iter()
        .filter_map(|baseline| baseline.decider().ok())
        .any(|decider| decider.name() == name);
    if !taken {
        return Ok(());
    }
    Err(source.reject(
        steps,
        "name of a baseline",
        format!("`{name}`"),
        "a name that no baseline has",
        "rename the method: the tables would mix the two".to_owned(),
    ))
}

fn check_name(source: &Source, steps: &[Step<'_>], name: &str) -> Result<(), ConfigError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(fine) {
        return Ok(());
    }
    Err(source.reject(
        steps,
        "name that cannot name a folder",
        format!("`{name}`"),
        "letters, digits, `_`, `-` and, within, `.`",
        "rename it".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::to_ron;

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
            let experiment = Experiment::load(&path).unwrap();
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
    fn values_that_cannot_be_are_pointed_at() {
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
    fn crashes_that_cannot_be_are_pointed_at() {
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
