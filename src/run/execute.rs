//! The main job: an experiment file becomes a run folder.

use super::{
    Judged, Manifest, MethodFigures, PlannedFolder, Prepared, Progress, RunError, Trial, compare,
    crashes::{CrashJob, PlannedCrash, plan},
    in_parallel,
    job::{JobSpec, Learned, Shared, folder_of, judge, learn},
    markdown,
    page::write_page,
    resolved::{config_sha256, write_resolved},
    watcher::METRIC_LOG,
    write_atomically, write_json,
};
use crate::{
    adversary::Player,
    agent::PolicyFile,
    config::{EvaluationConfig, Experiment, Step},
    crash::CrashError,
    eval::{
        Arena, AttackSpec, CrashSummary, EVALUATION_SEED, EvalError, Ledger, LedgerSummary,
        Summary, attack_budget, budget_notice, metrics::Metric as EvalMetric, same_budget,
    },
    market::SpanRows,
    policy::device::{DeviceChoice, select},
    report::{TrainingLog, write_ledgers, write_metrics, write_summaries},
    stats::mean,
    train::{Metric, build_notice},
};
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What is to be done with an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Train.
    Train,
    /// Train, backtest, report.
    Run,
    /// Train, backtest, report, and compare the methods over seeds.
    Experiment,
}

/// What was asked on the command line.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is to be done.
    pub goal: Goal,
    /// The experiment file.
    pub config: PathBuf,
    /// One seed instead of the file's.
    pub seed: Option<u64>,
    /// The out folder instead of the default.
    pub out: Option<PathBuf>,
    /// Threads; results do not depend on it.
    pub n_threads: NonZeroUsize,
    /// The command, for the records.
    pub command: String,
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The run folder.
    pub folder: PathBuf,
    /// Metrics of every backtest; empty for [`Goal::Train`].
    pub scores: Vec<LedgerSummary>,
    /// Metrics and comparisons of every backtest; `None` for [`Goal::Train`].
    pub summary: Option<Summary>,
    /// The methods compared over seeds; empty for [`Goal::Train`].
    pub figures: Vec<MethodFigures>,
    /// The comparison as Markdown; empty for [`Goal::Train`].
    pub markdown: String,
    /// Training logs.
    pub logs: Vec<TrainingLog>,
}

/// Checks everything, then creates the run folder and fills it. The manifest is written last.
///
/// # Errors
/// [`RunError`]: wrong input is found before anything is written.
pub fn execute(request: &Request, progress: &dyn Progress) -> Result<Finished, RunError> {
    let mut experiment = Experiment::load(&request.config)?;
    if let Some(seed) = request.seed {
        experiment.file.seeds = vec![seed];
    }
    let planned = PlannedFolder::new(request.out.as_deref(), &experiment.file.name)?;
    let prepared = Prepared::new(&experiment)?;
    let arenas = Arenas {
        test: arena(&prepared, &prepared.spans.test, "test")?,
        validation: arena(&prepared, &prepared.spans.validation, "validation")?,
    };
    let crashes = planned_crashes(&experiment, &arenas.test)?;
    own_metrics(&experiment.file.evaluation)?;
    let config_sha256 = config_sha256(&experiment)?;
    let folder = planned.create()?;
    progress.line(&format!("writing to {}", folder.display()));
    if let Some(notice) = build_notice() {
        progress.line(&format!("warning: {notice}"));
    }
    if let Some(notice) = select(DeviceChoice::Auto).notice {
        progress.line(&notice);
    }
    for name in &prepared.constant {
        progress.line(&format!(
            "feature {name} is constant over the training span: a policy sees 0 there"
        ));
    }
    let trained_at = prepared.spec.shocks.budget_bps.get();
    let worst_at = worst_budget(&experiment, trained_at);
    if let Some(notice) = worst_at.and_then(|at| budget_notice(Some(trained_at), at)) {
        progress.line(&notice);
    }
    let config_text = write_resolved(&experiment, &folder)?;
    let n_jobs = experiment.file.methods.len() * experiment.file.seeds.len();
    let shared = Shared {
        experiment: &experiment,
        prepared: &prepared,
        config_sha256: &config_sha256,
        n_workers: NonZeroUsize::new(request.n_threads.get() / n_jobs).unwrap_or(NonZeroUsize::MIN),
        progress,
    };
    let work = Work {
        shared,
        arenas: &arenas,
        crashes: &crashes,
        folder: &folder,
        request,
        config_text: &config_text,
    };
    let finished = work.finish()?;
    work.manifest()
        .write(&folder)
        .map_err(|e| RunError::failed("writing the manifest", &e))?;
    Ok(finished)
}

/// The budget that "worst" will stand for. Unit: bps.
fn worst_budget(experiment: &Experiment, training_bps: f64) -> Option<f64> {
    let attacks = &experiment.file.evaluation.attacks;
    let budgets = attacks.iter().flat_map(|attack| &attack.budgets_bps);
    attack_budget(Some(training_bps), budgets.map(|bps| bps.get()))
}

fn arena(prepared: &Prepared, span: &SpanRows, name: &str) -> Result<Arena, RunError> {
    let (market, spec) = (prepared.market.clone(), prepared.spec.clone());
    Arena::new(market, spec, span.rows.clone())
        .map_err(|error| RunError::input(&error, format!("take a longer {name} span")))
}

/// The crashes that the evaluation names, and where on the test span they begin.
fn planned_crashes<'a>(
    experiment: &'a Experiment,
    test: &Arena,
) -> Result<Vec<PlannedCrash<'a>>, RunError> {
    let evaluation = &experiment.file.evaluation;
    plan(&experiment.crashes(), &evaluation.crash_test, test).map_err(|(n, error)| {
        let at = Step::Field("evaluation");
        let of_all = |field| [at, Step::Field("crash_test"), Step::Field(field)];
        let of_one = [at, Step::Field("crashes"), Step::Element(n)];
        let culprit = match &error {
            EvalError::Crash { source, .. } => match source.as_ref() {
                CrashError::NoHistory { .. } | CrashError::BarLength { .. } => of_all("scale"),
                CrashError::Prices { .. } => of_all("factor"),
                _ => of_one,
            },
            _ => of_one,
        };
        let is_written = experiment.source.has(&culprit);
        let steps = if is_written { culprit } else { of_one };
        experiment.source.reject_error(&steps, &error).into()
    })
}

/// Where policies are judged.
pub(super) struct Arenas {
    test: Arena,
    validation: Arena,
}

/// Everything that the stages after the checks share.
pub(super) struct Work<'a> {
    pub(super) shared: Shared<'a>,
    arenas: &'a Arenas,
    crashes: &'a [PlannedCrash<'a>],
    pub(super) folder: &'a Path,
    pub(super) request: &'a Request,
    pub(super) config_text: &'a str,
}

/// The records of one job.
struct Record {
    log: TrainingLog,
    policy: PolicyFile,
    /// On the test span.
    ledgers: Vec<Ledger>,
    /// On the validation span: clean, and attacked at the training budget.
    validation: Vec<Ledger>,
}

impl Work<'_> {
    fn finish(&self) -> Result<Finished, RunError> {
        let records = self.train_and_judge()?;
        let logs: Vec<TrainingLog> = records.iter().map(|r| r.log.clone()).collect();
        write_metrics(&self.folder.join(METRIC_LOG), &logs)
            .map_err(|error| RunError::failed("writing the metric log", &error))?;
        if self.request.goal == Goal::Train {
            return Ok(Finished {
                folder: self.folder.to_owned(),
                scores: Vec::new(),
                summary: None,
                figures: Vec::new(),
                markdown: String::new(),
                logs,
            });
        }
        let sensitivities: Vec<(String, u64, Option<f64>)> = records
            .iter()
            .map(|r| (r.log.policy.clone(), r.log.seed, sensitivity(&r.log)))
            .collect();
        let crashes = self.crashes(&records)?;
        // Trained policies first: the first method is the reference of every comparison.
        let (mut ledgers, mut validation) = (Vec::new(), Vec::new());
        for record in records {
            ledgers.extend(record.ledgers);
            validation.extend(record.validation);
        }
        ledgers.extend(self.baselines()?);
        let methods = self.methods();
        let reference = methods.first().map(String::as_str);
        let summary = Summary {
            crashes,
            ..self.summarize(&ledgers, reference)?
        };
        write_backtest(&self.folder.join("backtest"), &ledgers, &summary)?;
        let validated = self.summarize(&validation, reference)?;
        write_backtest(&self.folder.join("validation"), &validation, &validated)?;
        let mut scores = summary.ledgers.clone();
        add_sensitivities(&mut scores, &sensitivities);
        let judged = Judged {
            test: &self.trials(&summary, &sensitivities),
            validation: &self.trials(&validated, &sensitivities),
            worst_at_bps: summary.worst_at_bps,
        };
        let figures = compare(&self.methods(), judged);
        let performance = &self.shared.experiment.file.evaluation.performance;
        let markdown = markdown(&figures, performance, &self.request.command);
        let finished = Finished {
            folder: self.folder.to_owned(),
            scores,
            summary: Some(summary.clone()),
            figures,
            markdown,
            logs,
        };
        if self.request.goal == Goal::Experiment {
            self.write_comparison(&finished)?;
        }
        write_page(self, &summary, &finished.logs, &ledgers)?;
        Ok(finished)
    }

    fn train_and_judge(&self) -> Result<Vec<Record>, RunError> {
        let file = &self.shared.experiment.file;
        let n_jobs = file.methods.len() * file.seeds.len();
        let jobs: Vec<JobSpec<'_>> = file
            .methods
            .iter()
            .flat_map(|method| file.seeds.iter().map(move |&seed| (method, seed)))
            .map(|(method, seed)| JobSpec {
                method,
                seed,
                folder: folder_of(self.folder, &method.name, seed, n_jobs),
            })
            .collect();
        let attacks_on_validation = self.attacks_at_training_budget();
        in_parallel(n_jobs, self.request.n_threads.get(), |n| {
            let Learned { log, policy } = learn(self.shared, &jobs[n])?;
            let (ledgers, validation) = match self.request.goal {
                Goal::Train => (Vec::new(), Vec::new()),
                Goal::Run | Goal::Experiment => (
                    judge(&self.arenas.test, &policy, &file.evaluation.attacks)?,
                    judge(&self.arenas.validation, &policy, &attacks_on_validation)?,
                ),
            };
            if n_jobs > 1 && !ledgers.is_empty() {
                let summary = self.summarize(&ledgers, None)?;
                write_backtest(&jobs[n].folder.join("backtest"), &ledgers, &summary)?;
            }
            Ok(Record {
                log,
                policy,
                ledgers,
                validation,
            })
        })
    }

    /// Everyone in every crash that the evaluation names, on the test span.
    fn crashes(&self, records: &[Record]) -> Result<Vec<CrashSummary>, RunError> {
        let evaluation = &self.shared.experiment.file.evaluation;
        let policies: Vec<&PolicyFile> = records.iter().map(|record| &record.policy).collect();
        let job = CrashJob {
            planned: self.crashes,
            test: &evaluation.crash_test,
            policies: &policies,
            baselines: &evaluation.baselines,
        };
        job.play(&self.arenas.test, self.request.n_threads.get())
    }

    /// Every baseline in the clean market, and under every attack that needs no gradient.
    fn baselines(&self) -> Result<Vec<Ledger>, RunError> {
        let evaluation = &self.shared.experiment.file.evaluation;
        let failed = |error| RunError::failed("backtest of a baseline", &error);
        let arena = &self.arenas.test;
        let mut ledgers = Vec::new();
        for baseline in &evaluation.baselines {
            let mut decider = baseline.decider().map_err(failed)?;
            ledgers.push(arena.backtest(decider.as_mut()).map_err(failed)?);
            for attack in &evaluation.attacks {
                for &budget in &attack.budgets_bps {
                    let decider = decider.as_mut();
                    let ledger = match attack.player {
                        Player::Random => {
                            arena.backtest_random_shocks(decider, budget, EVALUATION_SEED)
                        }
                        Player::Starve => arena.backtest_empty_book(decider, budget),
                        _ => continue,
                    };
                    let ledger = ledger.map_err(failed)?;
                    ledgers.push(Ledger {
                        attack: attack.name.clone(),
                        ..ledger
                    });
                }
            }
        }
        Ok(ledgers)
    }

    pub(super) fn methods(&self) -> Vec<String> {
        let methods = &self.shared.experiment.file.methods;
        methods.iter().map(|method| method.name.clone()).collect()
    }

    fn summarize(&self, ledgers: &[Ledger], reference: Option<&str>) -> Result<Summary, RunError> {
        let training_bps = Some(self.training_bps());
        let mut summary = Summary::new(ledgers, reference, training_bps, EVALUATION_SEED);
        let own = &self.shared.experiment.file.evaluation;
        add_metrics(&mut summary, ledgers, own)?;
        Ok(summary)
    }

    fn training_bps(&self) -> f64 {
        self.shared.prepared.spec.shocks.budget_bps.get()
    }

    /// Every attack that is evaluated at the budget that "worst" stands for, at that budget only.
    fn attacks_at_training_budget(&self) -> Vec<AttackSpec> {
        let attacks = &self.shared.experiment.file.evaluation.attacks;
        let Some(worst_at) = worst_budget(self.shared.experiment, self.training_bps()) else {
            return Vec::new();
        };
        let mut chosen = attacks.clone();
        for attack in &mut chosen {
            attack
                .budgets_bps
                .retain(|budget| same_budget(budget.get(), worst_at));
        }
        chosen.retain(|attack| !attack.budgets_bps.is_empty());
        chosen
    }

    fn trials(
        &self,
        summary: &Summary,
        sensitivities: &[(String, u64, Option<f64>)],
    ) -> Vec<Trial> {
        let performance = &self.shared.experiment.file.evaluation.performance;
        sensitivities
            .iter()
            .map(|(method, seed, sensitivity)| {
                Trial::new(summary, method, *seed, performance, *sensitivity)
            })
            .collect()
    }

    fn write_comparison(&self, finished: &Finished) -> Result<(), RunError> {
        let failed = |error: std::io::Error| RunError::failed("writing the comparison", &error);
        write_summaries(&self.folder.join("experiment.parquet"), &finished.scores)
            .map_err(|error| RunError::failed("writing experiment.parquet", &error))?;
        write_json(&self.folder.join("summary.json"), &finished.figures).map_err(failed)?;
        write_atomically(
            &self.folder.join("summary.md"),
            finished.markdown.as_bytes(),
        )
        .map_err(failed)
    }

    fn manifest(&self) -> Manifest {
        let experiment = self.shared.experiment;
        Manifest {
            shockproof_version: env!("CARGO_PKG_VERSION").to_owned(),
            name: experiment.file.name.clone(),
            env: experiment.env.id(),
            config_sha256: self.shared.config_sha256.to_owned(),
            data_sha256: self.shared.prepared.data_sha256(),
            methods: self.methods(),
            seeds: experiment.file.seeds.clone(),
            files: std::collections::BTreeMap::new(),
        }
    }
}

/// Writes `ledger.parquet` and `summary.json` into a new folder.
///
/// # Errors
/// [`RunError::Failed`].
pub fn write_backtest(
    folder: &Path,
    ledgers: &[Ledger],
    summary: &Summary,
) -> Result<(), RunError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| RunError::failed("creating the backtest folder", &error))?;
    write_ledgers(&folder.join("ledger.parquet"), ledgers)
        .map_err(|error| RunError::failed("writing the ledger", &error))?;
    write_json(&folder.join("summary.json"), summary)
        .map_err(|error| RunError::failed("writing the summary", &error))
}

/// Adds the own metrics of an evaluation to its summary.
///
/// # Errors
/// [`RunError::Input`] for a metric that is not there or whose name is taken.
pub(super) fn add_metrics(
    summary: &mut Summary,
    ledgers: &[Ledger],
    evaluation: &EvaluationConfig,
) -> Result<(), RunError> {
    let added = summary.add_metrics(ledgers, &own_metrics(evaluation)?);
    added.map_err(|error| RunError::input(&error, "rename the metric"))
}

fn own_metrics(evaluation: &EvaluationConfig) -> Result<Vec<Arc<dyn EvalMetric>>, RunError> {
    let metrics = evaluation.own_metrics();
    metrics.map_err(|error| RunError::input(&error, "correct `metrics` of the evaluation"))
}

/// Mean directional sensitivity of the last tenth of the updates (at least one).
fn sensitivity(log: &TrainingLog) -> Option<f64> {
    let n_last = log.rows.len().div_ceil(10);
    let last = &log.rows[log.rows.len() - n_last..];
    let values: Vec<f64> = last
        .iter()
        .filter_map(|row| row.get(Metric::SensitivityMean))
        .collect();
    mean(&values)
}

/// Adds the sensitivity of each training to its nominal score.
fn add_sensitivities(scores: &mut [LedgerSummary], sensitivities: &[(String, u64, Option<f64>)]) {
    for score in scores.iter_mut().filter(|score| score.is_nominal()) {
        let own = sensitivities
            .iter()
            .find(|(method, seed, _)| *method == score.policy && *seed == score.seed);
        if let Some((_, _, value)) = own {
            score.figures.insert("sensitivity".to_owned(), *value);
        }
    }
}
