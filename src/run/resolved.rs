//! Resolved configuration of a run, which `shockproof run` accepts: `config.ron`, `env.ron` and, if
//! the experiment has its own crashes, `crashes.ron`.

use super::RunError;
use crate::{
    agent::write_atomically,
    config::{EnvFile, Experiment, ExperimentFile, MethodConfig, to_ron},
    crash::Crash,
    ingest::{DataFile, sha256_of},
    market::Spans,
    train::TrainConfig,
};
use serde::Serialize;
use std::path::{Component, Path, PathBuf};

/// Name of the experiment file in a run folder.
pub(super) const CONFIG: &str = "config.ron";
/// Name of the env file in a run folder.
pub(super) const ENV: &str = "env.ron";
/// Name of the file with the experiment's own crashes in a run folder.
const CRASHES: &str = "crashes.ron";

/// sha256 of the whole experiment and its env, without paths and seeds, so that it does not depend
/// on where the files are.
pub(super) fn config_sha256(experiment: &Experiment) -> Result<String, RunError> {
    let mut file = experiment.file.clone();
    file.env = experiment.env.id().into();
    file.seeds.clear();
    let Some(own) = &mut file.evaluation.own_crashes else {
        return sum(&file, &experiment.env);
    };
    *own = CRASHES.into();
    let with_crashes = WithCrashes {
        file,
        own_crashes: &experiment.own_crashes,
    };
    sum(&with_crashes, &experiment.env)
}

/// Content that [`config_sha256`] hashes if the experiment has its own crashes.
#[derive(Serialize)]
struct WithCrashes<'a> {
    file: ExperimentFile,
    own_crashes: &'a [Crash],
}

/// sha256 of everything that determines a training of `method` except its seed: env, spans, shared
/// settings and the method. It does not depend on other methods or the evaluation.
pub(super) fn method_sha256(
    experiment: &Experiment,
    method: &MethodConfig,
) -> Result<String, RunError> {
    let Experiment { file, env, .. } = experiment;
    let training = Training {
        spans: &file.spans,
        train: &file.train,
        method,
    };
    sum(&training, env)
}

/// Content that [`method_sha256`] hashes beside the env.
#[derive(Serialize)]
struct Training<'a> {
    spans: &'a Spans,
    train: &'a TrainConfig,
    method: &'a MethodConfig,
}

fn sum(part: &impl Serialize, env: &EnvFile) -> Result<String, RunError> {
    let mut env = env.clone();
    for path in paths(&mut env) {
        if let Some(name) = path.file_name() {
            *path = name.into();
        }
    }
    let text = format!("{}\n{}", pretty(part)?, pretty(&env)?);
    Ok(sha256_of(text.as_bytes()))
}

/// Path of the `config.ron` of the run that `path` belongs to: in `path`, or in a folder above it,
/// up to the depth of a checkpoint.
pub(super) fn config_above(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .take(5)
        .find(|folder| folder.join(ENV).is_file() && folder.join(CONFIG).is_file())
        .map(|folder| folder.join(CONFIG))
}

/// Writes `config.ron`, `env.ron` and the experiment's own crashes into `folder`, with paths of
/// price files relative to it; returns the text of the experiment.
pub(super) fn write_resolved(experiment: &Experiment, folder: &Path) -> Result<String, RunError> {
    let mut env: EnvFile = experiment.env.clone();
    for path in paths(&mut env) {
        *path = relative(&experiment.env_source.folder().join(&*path), folder);
    }
    let mut file = ExperimentFile {
        env: ENV.into(),
        ..experiment.file.clone()
    };
    if let Some(own) = &mut file.evaluation.own_crashes {
        *own = CRASHES.into();
        write(folder, CRASHES, &pretty(&experiment.own_crashes)?)?;
    }
    let text = pretty(&file)?;
    write(folder, CONFIG, &text)?;
    write(folder, ENV, &pretty(&env)?)?;
    Ok(text)
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), RunError> {
    write_atomically(&folder.join(name), text.as_bytes())
        .map_err(|error| RunError::failed(format!("writing {name}"), &error))
}

/// Paths of the price files and of their exchange rates.
fn paths(env: &mut EnvFile) -> impl Iterator<Item = &mut PathBuf> {
    let files = env.market.price_files_mut();
    let files = files.into_iter().flat_map(|files| &mut files.files);
    files.flat_map(DataFile::paths_mut)
}

fn pretty(value: &impl Serialize) -> Result<String, RunError> {
    to_ron(value).map_err(|error| RunError::failed("writing the configuration", &error))
}

/// `path` relative to `folder`, with links resolved.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => seen_from(&folder, &path),
        _ => path.to_owned(),
    }
}

/// Absolute `path` relative to the absolute `folder`; unchanged if they have no common root.
pub(super) fn seen_from(folder: &Path, path: &Path) -> PathBuf {
    let (to, from): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (path.components().collect(), folder.components().collect());
    let n_common = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    if n_common == 0 {
        return path.to_owned();
    }
    let mut relative = PathBuf::new();
    relative.extend(from[n_common..].iter().map(|_| ".."));
    relative.extend(&to[n_common..]);
    relative
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Registry;

    #[test]
    fn a_policy_is_the_same_whatever_is_evaluated_beside_it() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/quickstart.ron");
        let experiment = Experiment::load(&path, &Registry::default()).unwrap();
        let sum = |experiment: &Experiment| {
            let last = experiment.file.methods.last().unwrap();
            method_sha256(experiment, last).unwrap()
        };
        let own = sum(&experiment);
        let mut other = experiment.clone();
        other.file.evaluation.attacks.clear();
        other.file.seeds = vec![77];
        assert!(other.file.methods.len() > 1);
        other.file.methods.remove(0);
        assert_eq!(sum(&other), own);
        assert_ne!(
            config_sha256(&other).unwrap(),
            config_sha256(&experiment).unwrap()
        );
        let changes: [fn(&mut Experiment); 4] = [
            |e| e.file.spans.embargo_bars += 1,
            |e| e.file.train.n_envs += 1,
            |e| e.env.trading.initial_cash += 1.0,
            |e| e.file.methods.reverse(),
        ];
        for change in changes {
            let mut other = experiment.clone();
            change(&mut other);
            assert_ne!(sum(&other), own);
        }
    }

    /// The paths of exchange rates follow the env into a run folder, and no checksum depends on
    /// them.
    #[test]
    fn rates_are_found_from_a_run_folder() {
        let root = tempfile::tempdir().unwrap();
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = project.join("configs/quickstart.ron");
        let mut experiment = Experiment::load(&path, &Registry::default()).unwrap();
        let rates = project.join("data/eurusd_ask_1h_2017.csv");
        let converted = |rates: &Path| crate::ingest::Conversion {
            to: "EUR".to_owned(),
            rates: DataFile::new("EURUSD", rates, crate::ingest::BarLabel::Open).into(),
            max_age_seconds: 9,
        };
        let mut sums = Vec::new();
        for rates in [Path::new("../data/eurusd_ask_1h_2017.csv"), &rates] {
            let files = experiment.env.market.price_files_mut().unwrap();
            files.files[0].conversion = Some(converted(rates));
            sums.push(config_sha256(&experiment).unwrap());
            write_resolved(&experiment, root.path()).unwrap();
            let (env, source) =
                EnvFile::load(&root.path().join(ENV), &Registry::default()).unwrap();
            let files = env.market.price_files().unwrap();
            let found = &files.files[0].conversion.as_ref().unwrap().rates.path;
            assert!(
                found.is_relative() && source.folder().join(found).is_file(),
                "{found:?}"
            );
        }
        assert_eq!(sums[0], sums[1]);
    }

    #[test]
    fn relative_paths_lead_back() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("runs/x");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::create_dir(root.path().join("data")).unwrap();
        let file = root.path().join("data/a.csv");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(relative(&file, &folder), Path::new("../../data/a.csv"));
    }
}
