//! One measurement: a process that prints one line of JSON.

use crate::workload::STREAMS;
use rand::Rng as _;
use rand_distr::StandardNormal;
use serde_json::Value;
use shockproof::rng::Component;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// Program that is measured.
pub(crate) enum Side {
    /// This program with `--ours NAME`.
    Ours(&'static str, Cores),
    /// An example of this package in the same profile, with the path of the CSV file as argument.
    Example {
        name: &'static str,
        build: &'static str,
    },
    /// A script beside this file.
    Python {
        label: &'static str,
        /// Script and arguments; the path of the CSV file is appended after a final `--csv`.
        arguments: &'static str,
        /// Modules that the script imports.
        needs: &'static [&'static str],
        cores: Cores,
    },
}

/// Number of cores that a measurement may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cores {
    One,
    Two,
    All,
}

impl Side {
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Ours(..) => "ours, one thread",
            Self::Example { .. } => "ours",
            Self::Python { label, .. } => label,
        }
    }

    const fn cores(&self) -> Cores {
        match self {
            Self::Ours(_, cores) | Self::Python { cores, .. } => *cores,
            Self::Example { .. } => Cores::All,
        }
    }
}

/// Programs available for measurements.
pub(crate) struct Machine {
    pub(crate) python: String,
    /// Installed modules and their versions.
    pub(crate) modules: BTreeMap<String, String>,
    /// True if `taskset` exists and can pin to the core.
    pub(crate) pins: bool,
    core: usize,
}

const MODULES: &str =
    "torch stable_baselines3 gymnasium jax optax numba scipy onnx onnxruntime polars";
const PROBE: &str = "
import importlib.metadata as m, importlib.util as u, json, sys
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return '?'
print(json.dumps({n: version(n) for n in sys.argv[1:] if u.find_spec(n)} | {'python': sys.version.split()[0]}))
";
/// Environment variables that set the peers' number of threads.
const THREADS: [&str; 6] = [
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
];

impl Machine {
    pub(crate) fn look(python: &str, core: usize) -> Self {
        let mut probe = Command::new(python);
        probe.args(["-c", PROBE]).args(MODULES.split(' '));
        let found = probe.output().ok().filter(|output| output.status.success());
        let modules = found.and_then(|output| serde_json::from_slice(&output.stdout).ok());
        let pinned = Command::new("taskset")
            .args(["-c", &core.to_string(), "true"])
            .output();
        Self {
            python: python.to_owned(),
            modules: modules.unwrap_or_default(),
            pins: pinned.is_ok_and(|output| output.status.success()),
            core,
        }
    }

    /// Reason for which `side` cannot be measured here, if any.
    pub(crate) fn missing(&self, side: &Side) -> Option<String> {
        match side {
            Side::Ours(..) => None,
            Side::Example { name, build } => {
                (!example(name).is_file()).then(|| format!("not built: `{build}`"))
            }
            Side::Python { .. } if self.modules.is_empty() => {
                Some(format!("not installed: no Python at `{}`", self.python))
            }
            Side::Python { needs, .. } => {
                let absent = needs.iter().filter(|n| !self.modules.contains_key(**n));
                let absent: Vec<_> = absent.copied().collect();
                (!absent.is_empty()).then(|| format!("not installed: {}", absent.join(", ")))
            }
        }
    }

    /// Runs one measurement.
    ///
    /// # Errors
    /// The last line of standard error of a process that failed or printed no measurement.
    pub(crate) fn measure(&self, side: &Side) -> Result<Value, String> {
        let mut command = self.pinned(side.cores(), &program(side, &self.python)?);
        match side {
            Side::Ours(name, _) => command.args(["--ours", name]),
            Side::Example { .. } => command.arg(csv_file()?),
            Side::Python { arguments, .. } => {
                let mut words = arguments.split(' ');
                let script = words.next().unwrap_or_default();
                command.arg(folder().join(script)).args(words);
                if arguments.ends_with("--csv") {
                    command.arg(csv_file()?);
                }
                &mut command
            }
        };
        let output = command.output().map_err(|error| error.to_string())?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let line = printed
            .lines()
            .last()
            .and_then(|l| serde_json::from_str(l).ok());
        line.filter(|_| output.status.success())
            .ok_or_else(|| last_complaint(&output.stderr))
    }

    /// Runs a script for the files that it writes.
    ///
    /// # Errors
    /// Python is missing, or the last line of the script's standard error.
    pub(crate) fn run_script(&self, script: &str, arguments: &[&str]) -> Result<(), String> {
        let mut command = Command::new(&self.python);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let output = command.arg(folder().join(script)).args(arguments).output();
        let output = output.map_err(|error| format!("{}: {error}", self.python))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(format!("{script} {}", last_complaint(&output.stderr)))
        }
    }

    fn pinned(&self, cores: Cores, program: &Path) -> Command {
        let mut command = if cores == Cores::One && self.pins {
            let mut command = Command::new("taskset");
            command.args(["-c", &self.core.to_string()]).arg(program);
            command
        } else {
            Command::new(program)
        };
        if cores == Cores::One {
            command.envs(THREADS.map(|name| (name, "1")));
        }
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

fn program(side: &Side, python: &str) -> Result<PathBuf, String> {
    match side {
        Side::Ours(..) => env::current_exe().map_err(|error| error.to_string()),
        Side::Example { name, .. } => Ok(example(name)),
        Side::Python { .. } => Ok(PathBuf::from(python)),
    }
}

fn last_complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    format!("failed: {}", last.unwrap_or("silently"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

/// Path of an example: `target/release/deps/peers-…` stands beside `target/release/examples/…`.
fn example(name: &str) -> PathBuf {
    let bench = env::current_exe().unwrap_or_default();
    let profile = bench
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new(""));
    let program = profile.join("examples").join(name);
    program.with_extension(env::consts::EXE_EXTENSION)
}

const N_CSV_ROWS: u32 = 5_000_000;

/// Writes five million one-minute bars of a random walk, once.
fn csv_file() -> Result<PathBuf, String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("one_minute_5m.csv");
    if !path.is_file() {
        let unfinished = path.with_extension("unfinished");
        write_csv(&unfinished)
            .and_then(|()| fs::rename(&unfinished, &path))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(path)
}

fn write_csv(path: &Path) -> std::io::Result<()> {
    let mut rng = STREAMS.stream(Component::Market, 3);
    let mut normal = move || rng.sample::<f64, _>(StandardNormal);
    let mut file = BufWriter::new(fs::File::create(path)?);
    writeln!(file, "timestamp,open,high,low,close,volume")?;
    let start = chrono::DateTime::from_timestamp(1_420_070_400, 0).unwrap_or_default();
    let mut close = 100.0_f64;
    for minute in 0..N_CSV_ROWS {
        let open = close;
        close *= (8e-4 * normal()).exp();
        let high = open.max(close) * (1.0 + 2e-4 * normal().abs());
        let low = open.min(close) * (1.0 - 2e-4 * normal().abs());
        let volume = (3.0 + normal()).exp();
        let stamp = (start + chrono::TimeDelta::minutes(minute.into())).format("%Y-%m-%d %H:%M:%S");
        writeln!(
            file,
            "{stamp},{open:.4},{high:.4},{low:.4},{close:.4},{volume:.3}"
        )?;
    }
    file.flush()
}
