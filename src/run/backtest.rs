//! Trained policies on a market: the one they were tested in, or another.

use super::{
    CONFIG, ENV, PlannedFolder, Prepared, PriceSource, Prices, Progress, Provenance, RunError,
    crashes::{CrashJob, PlannedCrash, plan},
    error::chain,
    execute::{add_metrics, write_backtest},
    job::judge,
    policy_files,
    prices::{located, no_files},
    refuse_errors,
};
use crate::{
    adversary::ShockFreedom,
    agent::PolicyFile,
    config::{EnvFile, Experiment, MarketConfig, ReplaySpec, Source, Step, remedy_for},
    crash::Crash,
    env::{Market, TradingSpec},
    eval::{
        Arena, AttackSpec, Baseline, CrashSummary, CrashTest, EVALUATION_SEED, Ledger, Met,
        Summary, TrainingOverlap,
    },
    ingest::{Ingested, read_panel},
};
use serde::Serialize;
use std::{
    num::NonZeroUsize,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What was asked on the command line.
#[derive(Debug, Clone)]
pub struct BacktestRequest {
    /// A policy file or a run folder.
    pub policy: PathBuf,
    /// Price files instead of the env's, one per asset.
    pub data: Vec<PathBuf>,
    /// An env file instead of the run's.
    pub env: Option<PathBuf>,
    /// An attack of the run's by name, `all` or `none`.
    pub attack: String,
    /// A crash of the library or of the run's own by name, `all` or `none`.
    pub crash: String,
    /// Where to write; nowhere when absent.
    pub out: Option<PathBuf>,
}

/// Where policies are played.
enum Field {
    /// The test span of the run, with the normalizer it was trained with.
    Run(Box<Prepared>),
    /// All rows of another env or other files; the normalizer is the policy's.
    Whole {
        prices: Box<Prices>,
        spec: Box<TradingSpec>,
    },
}

impl Field {
    const fn provenance(&self) -> &Provenance {
        match self {
            Self::Run(prepared) => &prepared.provenance,
            Self::Whole { prices, .. } => &prices.provenance,
        }
    }

    const fn spec(&self) -> &TradingSpec {
        match self {
            Self::Run(prepared) => &prepared.spec,
            Self::Whole { spec, .. } => spec,
        }
    }
}

/// What was played.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// The metrics of every backtest.
    pub summary: Summary,
    /// Where they were written.
    pub folder: Option<PathBuf>,
    /// Which file of the command line stood for which asset, in the order of the assets.
    pub plays: Vec<Plays>,
    /// The crashes that the env has in the prices that were played; files of the command line are
    /// played as they are.
    pub replays: Vec<ReplaySpec>,
}

/// A file in the place of an env's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plays {
    /// The asset.
    pub symbol: String,
    /// The file.
    pub path: PathBuf,
    /// The instrument that the file names.
    pub instrument: Option<String>,
}

/// Plays every policy. Says so where a policy meets bars it was trained on.
///
/// # Errors
/// [`RunError`]: wrong input is found before anything is written.
pub fn backtest(request: &BacktestRequest, progress: &dyn Progress) -> Result<Played, RunError> {
    let mut policies = Vec::new();
    for path in policy_files(&request.policy)? {
        let policy = PolicyFile::read(&path)
            .map_err(|error| RunError::input(&error, "train it again, or copy it again"))?;
        policies.push((path, policy));
    }
    let planned = request
        .out
        .as_deref()
        .map(|out| PlannedFolder::new(Some(out), "backtest"))
        .transpose()?;
    let config = config_above(&request.policy);
    let experiment = config.as_deref().map(Experiment::load).transpose()?;
    let Setting {
        field,
        plays,
        replays,
    } = field(request, experiment.as_ref())?;
    let spec = field.spec();
    let crashes = crashes(&request.crash, experiment.as_ref())?;
    let attacks = attacks(&request.attack, experiment.as_ref(), spec)?;
    let mut arenas = Vec::with_capacity(policies.len());
    for (path, policy) in &policies {
        arenas.push(arena(&field, path, policy)?);
    }
    let crash_test = experiment
        .as_ref()
        .map_or_else(CrashTest::default, |experiment| {
            experiment.file.evaluation.crash_test.clone()
        });
    let planned_crashes = place(&crashes, &crash_test, &arenas)?;
    let mut ledgers: Vec<Ledger> = Vec::new();
    let mut overlaps = Vec::new();
    for ((_, policy), arena) in policies.iter().zip(&arenas) {
        let played = judge(arena, policy, &attacks)?;
        let clean = played.first();
        overlaps.extend(clean.and_then(|clean| overlap(policy, field.provenance(), clean)));
        ledgers.extend(played);
    }
    let replayed = replay(&planned_crashes, &crash_test, &policies, &arenas)?;
    let reference = policies
        .first()
        .map(|(_, policy)| policy.header.method.as_str());
    let mut summary = Summary::new(
        &ledgers,
        reference,
        Some(spec.shocks.budget_bps.get()),
        EVALUATION_SEED,
    );
    if let Some(experiment) = &experiment {
        add_metrics(&mut summary, &ledgers, &experiment.file.evaluation)?;
    }
    for overlap in &overlaps {
        progress.line(&format!("warning: {overlap}"));
    }
    summary.overlaps_training_span = overlaps;
    summary.crashes = replayed;
    let folder = planned.map(PlannedFolder::create).transpose()?;
    if let Some(folder) = &folder {
        write_backtest(folder, &ledgers, &summary)?;
    }
    Ok(Played {
        summary,
        folder,
        plays,
        replays,
    })
}

/// Bars of a backtest that the policy was trained on.
fn overlap(
    policy: &PolicyFile,
    provenance: &Provenance,
    played: &Ledger,
) -> Option<TrainingOverlap> {
    let span = policy.header.training_span?;
    let met = provenance.shared_with(&policy.header.data_sha256)?;
    let n_bars = match met {
        Met::ByDate => {
            let ends = played.timestamps.iter();
            ends.filter(|&&end| span.contains(end)).count()
        }
        Met::Anywhere => played.n_bars(),
    };
    (n_bars > 0).then(|| TrainingOverlap {
        policy: policy.header.method.clone(),
        seed: policy.header.seed,
        first: span.first,
        last: span.last,
        n_bars,
        n_bars_played: played.n_bars(),
        met,
    })
}

/// The `config.ron` of the run that `path` belongs to: in `path`, or above it at most as far as a
/// checkpoint lies below.
fn config_above(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .take(5)
        .find(|folder| folder.join(ENV).is_file() && folder.join(CONFIG).is_file())
        .map(|folder| folder.join(CONFIG))
}

/// A field, and what is to be said of its prices.
struct Setting {
    field: Field,
    plays: Vec<Plays>,
    replays: Vec<ReplaySpec>,
}

fn field(request: &BacktestRequest, experiment: Option<&Experiment>) -> Result<Setting, RunError> {
    if let (Some(experiment), None, true) = (experiment, &request.env, request.data.is_empty()) {
        let prepared = Prepared::new(experiment)?;
        return Ok(Setting {
            field: Field::Run(Box::new(prepared)),
            plays: Vec::new(),
            replays: experiment.env.replays.clone(),
        });
    }
    let (mut env, source) = match (&request.env, experiment) {
        (Some(path), _) => EnvFile::load(path)?,
        (None, Some(experiment)) => (experiment.env.clone(), experiment.env_source.clone()),
        (None, None) => {
            return Err(RunError::Input {
                message: format!(
                    "{}: found no {CONFIG} beside or above it, expected a run folder or an env",
                    request.policy.display()
                ),
                remedy:
                    "name the market with --env FILE, or a run folder instead of the policy file"
                        .to_owned(),
            });
        }
    };
    let (prices, plays) = if request.data.is_empty() {
        (PriceSource::open(&env, &source)?.prices()?, Vec::new())
    } else {
        env.replays.clear();
        replace_files(&mut env, &source, &request.data)?;
        of_command_line(&env, &source, &request.data)?
    };
    Ok(Setting {
        field: Field::Whole {
            prices: Box::new(prices),
            spec: Box::new(env.trading),
        },
        plays,
        replays: env.replays,
    })
}

/// Puts the price files of the command line in the place of the env's.
fn replace_files(env: &mut EnvFile, source: &Source, data: &[PathBuf]) -> Result<(), RunError> {
    let symbols = env.symbols().join(", ");
    let MarketConfig::Files(of_env) = &mut env.market else {
        return Err(no_files(env, source, "--data to take the place of").into());
    };
    if data.len() != of_env.files.len() {
        return Err(source
            .reject(
                &[Step::Field("market"), Step::Field("files")],
                "another number of price files",
                format!("{} with --data", data.len()),
                &format!("{}, one per asset in this order", of_env.files.len()),
                format!("repeat --data for each of {symbols}"),
            )
            .into());
    }
    for (file, path) in of_env.files.iter_mut().zip(data) {
        // From the working folder, not from the env's.
        file.path = std::path::absolute(path)
            .map_err(|error| RunError::input(&error, "check the path given with --data"))?;
        file.sha256 = None;
    }
    Ok(())
}

/// The prices of an env whose files are those of the command line, so that the command line is to
/// blame for them. They are played as they are: the env's crashes belong to its own files.
fn of_command_line(
    env: &EnvFile,
    source: &Source,
    data: &[PathBuf],
) -> Result<(Prices, Vec<Plays>), RunError> {
    const REMEDY: &str = "correct what --data names; how its files are read (layout, time zone, instrument) is said by those of the env, which --env FILE replaces; `shockproof check data FILE` shows more";
    let (files, calendar, bar_length) = located(env, source)?;
    let Ingested { panel, report } = read_panel(&files, calendar, Some(bar_length))
        .map_err(|error| RunError::input(&error, REMEDY))?;
    refuse_errors(env, source, &panel).map_err(|error| RunError::Input {
        message: format!("--data: {error}"),
        remedy: "correct the prices; or, where they are right, accept the finding in an env given with --env".to_owned(),
    })?;
    let plays = report
        .files
        .iter()
        .zip(data)
        .map(|(file, path)| Plays {
            symbol: file.symbol.clone(),
            path: path.clone(),
            instrument: file.instrument.clone(),
        })
        .collect::<Vec<_>>();
    refuse_order(&plays)?;
    let provenance = Provenance::Read(report);
    Ok((Prices { panel, provenance }, plays))
}

/// Refuses a file that names another asset's instrument.
fn refuse_order(plays: &[Plays]) -> Result<(), RunError> {
    let bare = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_uppercase()
    };
    for play in plays {
        let Some(instrument) = &play.instrument else {
            continue;
        };
        let others = plays.iter().filter(|other| other.symbol != play.symbol);
        let is_named = |other: &&Plays| bare(&other.symbol) == bare(instrument);
        if let Some(other) = others.clone().find(is_named) {
            return Err(RunError::Input {
                message: format!(
                    "--data: found {}, which says that it is {instrument}, in the place of {}, expected {}",
                    play.path.display(),
                    play.symbol,
                    other.symbol,
                ),
                remedy: format!(
                    "give --data in the order of the assets: {}",
                    plays
                        .iter()
                        .map(|p| p.symbol.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            });
        }
    }
    Ok(())
}

fn attacks(
    wanted: &str,
    experiment: Option<&Experiment>,
    spec: &TradingSpec,
) -> Result<Vec<AttackSpec>, RunError> {
    let known = experiment.map_or_else(
        || AttackSpec::suite(&spec.shocks, &[spec.shocks.budget_bps]),
        |experiment| experiment.file.evaluation.attacks.clone(),
    );
    let names: Vec<&str> = known.iter().map(|attack| attack.name.as_str()).collect();
    match wanted {
        "none" => Ok(Vec::new()),
        "all" => admitted(known, spec),
        name if names.contains(&name) => {
            let chosen = known.into_iter().filter(|attack| attack.name == name);
            admitted(chosen.collect(), spec)
        }
        name => Err(RunError::Input {
            message: format!(
                "--attack: found `{name}`, expected `all`, `none` or one of `{}`",
                names.join("`, `")
            ),
            remedy: crate::config::nearest(name, &names).map_or_else(
                || "use one of the listed names".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ),
        }),
    }
}

/// `attacks`, unless one of them needs what another env than the run's does not admit.
fn admitted(attacks: Vec<AttackSpec>, spec: &TradingSpec) -> Result<Vec<AttackSpec>, RunError> {
    let shocks = spec.shocks.space(1);
    let is_idle = |attack: &&AttackSpec| {
        let missing = attack
            .player
            .needs()
            .and_then(|needs| needs.missing(&shocks));
        missing == Some(ShockFreedom::Multipliers)
    };
    match attacks.iter().find(is_idle) {
        Some(idle) => Err(RunError::Input {
            message: format!(
                "--attack: found `{}`, which is {}, where spreads and liquidity cannot be shocked, expected an env whose shocks \
                 have max_spread_multiplier > 1 or min_liquidity_multiplier < 1",
                idle.name,
                idle.player.name()
            ),
            remedy: "name another attack, or another env with --env".to_owned(),
        }),
        None => Ok(attacks),
    }
}

fn crashes<'a>(
    wanted: &str,
    experiment: Option<&'a Experiment>,
) -> Result<Vec<&'a Crash>, RunError> {
    let own = experiment.map_or(&[][..], |experiment| &experiment.own_crashes);
    let known = || Crash::library().iter().chain(own);
    match wanted {
        "none" => Ok(Vec::new()),
        "all" => Ok(known().collect()),
        name => match known().find(|crash| crash.name == name) {
            Some(crash) => Ok(vec![crash]),
            None => Err(RunError::Input {
                message: format!(
                    "--crash: found `{name}`, expected `all`, `none` or the name of a crash"
                ),
                remedy: remedy_for(name, known()),
            }),
        },
    }
}

/// Arenas that share a market, and where crashes come to it.
struct Placed<'a> {
    arenas: Range<usize>,
    crashes: Vec<PlannedCrash<'a>>,
}

/// Places every crash on every market.
fn place<'a>(
    crashes: &[&'a Crash],
    test: &CrashTest,
    arenas: &[Arena],
) -> Result<Vec<Placed<'a>>, RunError> {
    let mut placed = Vec::new();
    let mut first = 0;
    while first < arenas.len() && !crashes.is_empty() {
        let arena = &arenas[first];
        let shares = |other: &&Arena| Arc::ptr_eq(arena.market(), other.market());
        let end = first + arenas[first..].iter().take_while(shares).count();
        let crashes = plan(crashes, test, arena).map_err(|(_, error)| {
            RunError::input(
                &error,
                "name another crash or a longer market with --env, or correct the run's `crash_test`",
            )
        })?;
        let arenas = first..end;
        placed.push(Placed { arenas, crashes });
        first = end;
    }
    Ok(placed)
}

/// Every policy and buy and hold in every crash; policies that share a market share the crashed
/// ones.
fn replay(
    placed: &[Placed<'_>],
    test: &CrashTest,
    policies: &[(PathBuf, PolicyFile)],
    arenas: &[Arena],
) -> Result<Vec<CrashSummary>, RunError> {
    let n_threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut summaries: Vec<CrashSummary> = Vec::new();
    for Placed {
        arenas: range,
        crashes,
    } in placed
    {
        let first = range.start;
        let sharing: Vec<&PolicyFile> = policies[range.clone()]
            .iter()
            .map(|(_, policy)| policy)
            .collect();
        let baselines = [Baseline::BuyAndHold];
        let job = CrashJob {
            planned: crashes,
            test,
            policies: &sharing,
            baselines: if first == 0 { &baselines } else { &[] },
        };
        let told = job.play(&arenas[first], n_threads)?;
        if first == 0 {
            summaries = told;
        } else {
            for (summary, more) in summaries.iter_mut().zip(told) {
                summary.scores.extend(more.scores);
            }
        }
    }
    Ok(summaries)
}

fn arena(field: &Field, path: &Path, policy: &PolicyFile) -> Result<Arena, RunError> {
    let refused = |error: &dyn std::error::Error| RunError::Input {
        message: format!("{}: {}", path.display(), chain(error)),
        remedy: "use the env, the features and the assets that the policy was trained with"
            .to_owned(),
    };
    let built = match field {
        Field::Run(prepared) => Arena::new(
            prepared.market.clone(),
            prepared.spec.clone(),
            prepared.spans.test.rows.clone(),
        ),
        Field::Whole { prices, spec } => {
            // Symbols and features must be the policy's before its normalizer can be put on them.
            let header = &policy.header;
            let panel = &prices.panel;
            let contract = crate::agent::Contract {
                columns: panel.into(),
                bar_seconds: panel.bar_length().num_seconds(),
                features: &spec.features,
                account: &spec.account,
                allocation: &spec.allocation,
            };
            contract.admits(header).map_err(|fault| refused(&fault))?;
            let market = Market::new(panel.clone(), &spec.features, header.normalizer.clone())
                .map_err(|error| refused(&error))?;
            let rows = 0..panel.n_bars();
            Arena::new(Arc::new(market), spec.as_ref().clone(), rows)
        }
    };
    let arena = built.map_err(|error| refused(&error))?;
    arena.admit(policy).map_err(|error| refused(&error))?;
    Ok(arena)
}
