//! A first experiment from price files: an env file and an experiment file that run as they are.

use super::{
    RunError,
    further_columns::{further_columns, with_further_columns},
    resolved::seen_from,
};
use crate::{
    adversary::Player,
    agent::write_atomically,
    algo::Regularizer,
    config::{
        EnvFile, EvaluationConfig, ExperimentFile, MarketConfig, MethodConfig, PriceFiles,
        annotate, to_ron,
    },
    env::{ShockSpec, TradingSpec},
    eval::{AttackSpec, Baseline, CrashTest},
    features::FeatureSpec,
    ingest::{
        BarFields, Calendar, DataFile, FileLayout, FileReport, IngestError, Ingested, read_panel,
    },
    market::{Costs, DateSpan, Panel, Spans},
    stats::quantile,
    train::TrainConfig,
    units::Bps,
};
use chrono::{Days, NaiveDate, TimeDelta};
use std::path::{Path, PathBuf, absolute};

/// An env file and an experiment file that have not been written.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Content of the env file, with paths as given.
    pub env: EnvFile,
    /// Content of the experiment file.
    pub experiment: ExperimentFile,
    /// Choices derived from the data, one sentence each.
    pub choices: Vec<String>,
    /// Columns of each file that may be signals; the env file names them in comments.
    pub further_columns: Vec<Vec<String>>,
}

/// Paths of a written draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafted {
    /// Path of the env file.
    pub env: PathBuf,
    /// Path of the experiment file, which names the env file.
    pub experiment: PathBuf,
}

const ENV_HEAD: &str =
    "// A market: prices, costs, features, admissible shocks. Nothing about learning.
// `shockproof reference` lists every field; a change that changes a result gets a new version.
";

const HEAD: &str =
    "// An experiment: spans, methods, attacks. `shockproof reference` lists every field.
";

/// Smallest number of bars that is split into training, validation and test spans.
const MIN_BARS: usize = 300;

impl Draft {
    /// Reads the files, one per asset, and chooses what depends on them: calendar, bar length,
    /// spans (60, 20 and 20 % of the bars), features, impact, shock budget, attack budgets.
    ///
    /// # Errors
    /// [`RunError::Input`] for files that cannot be read, that share fewer than 300 bars, or whose
    /// bars lie within fewer than ten days.
    pub fn new(name: &str, files: Vec<DataFile>, bar: Option<TimeDelta>) -> Result<Self, RunError> {
        let (ingested, calendar) = read(&files, bar)?;
        let panel = &ingested.panel;
        let spans = spans(panel)?;
        let budget = budget(panel);
        let costs = costs(panel, &ingested.report.files);
        let mut choices = vec![format!(
            "shock budget {} bps: one bar in twenty moved further over the training span",
            budget.get()
        )];
        if calendar == Calendar::Intersect {
            let dropped: usize = ingested.report.files.iter().map(|f| f.rows_dropped).sum();
            choices.push(format!(
                "calendar Intersect: {dropped} bars that not every file has are left out"
            ));
        }
        choices.push(format!(
            "fee {} bps and half_spread {} bps are placeholders: write what your venue charges",
            costs.fee.get(0).get(),
            costs.half_spread.get()
        ));
        if costs.impact_coefficient == 0.0 {
            choices.push("impact_coefficient 0: not every bar has a traded volume".to_owned());
        }
        let further_columns = further_columns(&ingested.report.files);
        if further_columns.iter().any(|columns| !columns.is_empty()) {
            choices.push(
                "further columns are not read: the env file has a commented line for each; remove \
                 the slashes to make it a signal"
                    .to_owned(),
            );
        }
        let bar_seconds = u32::try_from(ingested.report.bar_seconds).unwrap_or(u32::MAX);
        let env = EnvFile {
            name: name.to_owned(),
            version: 1,
            market: MarketConfig::Files(PriceFiles {
                files: with_sums(files, &ingested.report.files),
                calendar,
                bar_seconds,
                accept: Vec::new(),
            }),
            replays: Vec::new(),
            trading: trading(panel, &ingested.report.files, costs, budget, &spans),
        };
        Ok(Self {
            experiment: experiment(name, spans, budget),
            env,
            choices,
            further_columns,
        })
    }

    /// Writes `envs/NAME-v1.ron` and `configs/NAME.ron` below `folder`, every field commented.
    ///
    /// # Errors
    /// [`RunError::Input`] if one of the files exists; [`RunError::Failed`] if writing fails.
    pub fn write(mut self, folder: &Path) -> Result<Drafted, RunError> {
        let name = self.experiment.name.clone();
        let drafted = Drafted {
            env: folder.join("envs").join(format!("{name}-v1.ron")),
            experiment: folder.join("configs").join(format!("{name}.ron")),
        };
        for path in [&drafted.env, &drafted.experiment] {
            if path.exists() {
                return Err(RunError::refused(
                    format!("{}: found a file, expected none", path.display()),
                    "give the draft another name with --name, or move that file",
                ));
            }
        }
        let failed = |error: &dyn std::error::Error| RunError::failed("writing the draft", error);
        if let Some(files) = self.env.market.price_files_mut() {
            for file in &mut files.files {
                file.path = relative(&file.path, &folder.join("envs")).map_err(|e| failed(&e))?;
            }
        }
        self.experiment.env = Path::new("../envs").join(format!("{name}-v1.ron"));
        let env = to_ron(&self.env).map_err(|e| failed(&e))?;
        let experiment = to_ron(&self.experiment).map_err(|e| failed(&e))?;
        let env =
            with_further_columns(&annotate::<EnvFile>(&env), &self.env, &self.further_columns);
        let env = format!("{ENV_HEAD}{env}");
        let experiment = format!("{HEAD}{}", annotate::<ExperimentFile>(&experiment));
        for (path, text) in [(&drafted.env, env), (&drafted.experiment, experiment)] {
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).map_err(|e| failed(&e))?;
            write_atomically(path, text.as_bytes()).map_err(|e| failed(&e))?;
        }
        Ok(drafted)
    }
}

/// Reads the files on their common calendar if all have the same, else on the bars common to all.
fn read(files: &[DataFile], bar: Option<TimeDelta>) -> Result<(Ingested, Calendar), RunError> {
    let refused = |error: IngestError| {
        let remedy = match error.field() {
            Some("session") => {
                "give `--session '09:30-16:00 America/New_York'` with the hours of \
                                the files; files of different hours need an env file"
            }
            _ => "look at the files with `shockproof check data FILE...`",
        };
        RunError::input(&error, remedy)
    };
    if let Ok(ingested) = read_panel(files, Calendar::Refuse, bar) {
        return Ok((ingested, Calendar::Refuse));
    }
    let ingested = read_panel(files, Calendar::Intersect, bar).map_err(refused)?;
    let mut reports = ingested.report.files.iter();
    let calendar = if reports.all(|file| file.rows_dropped == 0) {
        Calendar::Refuse
    } else {
        Calendar::Intersect
    };
    Ok((ingested, calendar))
}

/// Splits the bars into 60 %, 20 % and 20 %, between days.
fn spans(panel: &Panel) -> Result<Spans, RunError> {
    let n = panel.n_bars();
    // Day in which a bar begins.
    let day = |row: usize| (panel.timestamps()[row] - panel.bar_length()).date_naive();
    let (first, last) = (day(0), day(n - 1));
    if n < MIN_BARS || (last - first).num_days() < 10 {
        return Err(RunError::refused(
            format!(
                "found {n} bars from {first} to {last}, expected at least {MIN_BARS} over ten \
                 days; a training, a validation and a test span are cut of them"
            ),
            "name files with more bars",
        ));
    }
    let before = |date: NaiveDate| date.checked_sub_days(Days::new(1)).unwrap_or(date);
    let (validation, test) = (day(n * 6 / 10), day(n * 8 / 10));
    let span = |from, to| DateSpan { from, to };
    Ok(Spans {
        train: span(first, before(validation)),
        validation: span(validation, before(test)),
        test: span(test, last),
        embargo_bars: 20,
    })
}

/// Shock budget: 95 % quantile of the absolute log returns of the first 60 % of bars, to 1, 2 or
/// 5 times a power of ten.
fn budget(panel: &Panel) -> Bps {
    let rows = 1..panel.n_bars() * 6 / 10;
    let mut moves: Vec<f64> = rows
        .flat_map(|t| panel.row(t).iter().zip(panel.row(t - 1)))
        .map(|(now, before)| 1e4 * (now.close / before.close).ln().abs())
        .filter(|bps| *bps > 0.0)
        .collect();
    moves.sort_by(f64::total_cmp);
    let found = quantile(&moves, 0.95).unwrap_or(100.0).max(0.1);
    let power = 10_f64.powf(found.log10().floor());
    let digit = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|digit| digit * power >= found * 0.999)
        .unwrap_or(10.0);
    Bps::new(digit * power).unwrap_or(Bps::ZERO)
}

/// Typical fee and spread, and impact if every bar has a traded volume.
fn costs(panel: &Panel, files: &[FileReport]) -> Costs {
    let mut layouts = files.iter().map(|file| file.layout);
    let has_volume =
        !layouts.any(FileLayout::counts_ticks) && panel.bars().iter().all(|bar| bar.volume > 0.0);
    Costs {
        impact_coefficient: if has_volume { 0.1 } else { 0.0 },
        ..TradingSpec::new(Vec::new()).costs
    }
}

/// Rules of [`TradingSpec::new`], with features that the files allow, and episodes of a quarter of
/// the training span, at most 252 bars.
fn trading(
    panel: &Panel,
    files: &[FileReport],
    costs: Costs,
    budget: Bps,
    spans: &Spans,
) -> TradingSpec {
    let mut features = vec![
        FeatureSpec::ScaledReturns {
            window: 10,
            half_life: 20.0,
        },
        FeatureSpec::EwmaVolatility { half_life: 20.0 },
        FeatureSpec::Rsi { period: 14 },
        FeatureSpec::Macd {
            fast: 12,
            slow: 26,
            signal: 9,
        },
        FeatureSpec::ZScore { window: 20 },
    ];
    if files.iter().all(|file| file.fields != BarFields::CloseOnly) {
        features.push(FeatureSpec::AverageTrueRange { period: 14 });
    }
    if panel.n_assets() > 1 {
        features.push(FeatureSpec::CrossSection { window: 5 });
    }
    let n_training = spans.train.rows_within(panel).len();
    TradingSpec {
        costs,
        horizon: Some((n_training / 4).clamp(20, 252)),
        shocks: ShockSpec::prints(budget),
        ..TradingSpec::new(features)
    }
}

/// Experiment of plain PPO and AAJR under the standard suite at 0.5, 1 and 2 times the budget.
fn experiment(name: &str, spans: Spans, budget: Bps) -> ExperimentFile {
    let method = |name: &str, regularizer| MethodConfig {
        name: name.to_owned(),
        regularizer,
        player: Player::None,
        shocked_share: None,
        ascent: None,
    };
    let budgets: Vec<Bps> = [0.5, 1.0, 2.0]
        .into_iter()
        .filter_map(|share| Bps::new(share * budget.get()).ok())
        .collect();
    ExperimentFile {
        name: name.to_owned(),
        question:
            "Does AAJR lose less than plain PPO when a price is misprinted, and what does it \
                   cost when none is?"
                .to_owned(),
        env: PathBuf::new(),
        spans,
        seeds: vec![1],
        train: TrainConfig::new(150_000),
        methods: vec![
            method("ppo", Regularizer::None),
            method("aajr", Regularizer::aajr(1.0)),
        ],
        evaluation: EvaluationConfig {
            attacks: AttackSpec::suite(&ShockSpec::prints(budget), &budgets),
            baselines: Baseline::ALL.to_vec(),
            crashes: Vec::new(),
            own_crashes: None,
            crash_test: CrashTest::default(),
            metrics: Vec::new(),
            performance: "cagr".to_owned(),
        },
    }
}

/// Adds the checksums of the report to the files.
fn with_sums(files: Vec<DataFile>, reports: &[FileReport]) -> Vec<DataFile> {
    files
        .into_iter()
        .zip(reports)
        .map(|(file, report)| DataFile {
            sha256: Some(report.sha256.clone()),
            ..file
        })
        .collect()
}

/// `path` relative to `folder`, which may not exist yet.
fn relative(path: &Path, folder: &Path) -> std::io::Result<PathBuf> {
    Ok(seen_from(&absolute(folder)?, &absolute(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_seen_from_a_folder() {
        let seen = relative(Path::new("/a/b/c.csv"), Path::new("/a/d/envs")).unwrap();
        assert_eq!(seen, Path::new("../../b/c.csv"));
    }
}
