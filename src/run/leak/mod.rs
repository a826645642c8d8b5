//! `shockproof check leak`: can a policy earn where no price can be predicted?
//!
//! The check replaces the prices of an experiment by martingales on a fine clock
//! ([`models::martingale`](crate::models)). Each file's stamps cut them into bars, which go through
//! the same code for gaps, calendars, features, fills and costs as the real ones. A policy that
//! earns there before costs uses prices too early.
//!
//! | file | question | answer |
//! |---|---|---|
//! | `trace` | when was each price of the panel made? | exact |
//! | `twins` | does anything known at t change with prices after t? | exact |
//! | `probe` | does anything known at t predict the move after t? | statistic |
//! | `play` | does a trained policy, or a player that sees the world's price, earn? | statistic |
//! | [`foresights`] | do the signals of the files correlate with the next return? | coarse |
//! | `lab`, `training` | worlds and their pipeline; short trainings | |
//! | `tally`, `report` | critical values; the result | |

#![allow(
    clippy::cast_precision_loss,
    reason = "counts of rows, worlds and statistics are far below 2^52"
)]

mod lab;
mod play;
mod probe;
mod report;
mod tally;
#[cfg(test)]
mod tests;
mod trace;
mod training;
mod twins;

pub use report::{Finding, LeakReport, Part, Profit, Statistic};
pub use trace::Traced;

use super::{
    Monitor, Prepared, Prices, Provenance, RunError,
    audited::refuse_errors_but,
    parallel::in_parallel,
    prices::{located, no_files, pointed},
};
use crate::{
    adversary::Player as ShockPlayer,
    algo::Regularizer,
    config::{Experiment, MarketConfig, Registry},
    eval::PolicyDecider,
    ingest::{
        Ingested, Template,
        audit::{Code, foresights},
    },
    market::Bar,
    models::martingale::{FineClock, Opens},
    train::TrainConfig,
};
use lab::{Lab, Stage, World};
use play::{Player, play};
use probe::probe;
use report::{Names, Sums, Tails, add_statistics, traced_findings};
use std::{num::NonZeroUsize, path::PathBuf, sync::atomic::AtomicU64};
use tally::FALSE_ALARMS;
use trace::trace;
use training::{Steps, learn};
use twins::compare_twins;

/// A request for a leak check.
#[derive(Debug, Clone)]
pub struct LeakRequest {
    /// Path of the experiment file.
    pub config: PathBuf,
    /// Number of worlds.
    pub n_worlds: u32,
    /// Number of training steps in each world, rounded to whole updates.
    pub n_steps: u64,
    /// Seed of the worlds and trainings.
    pub seed: u64,
    /// Number of threads; results do not depend on it.
    pub n_threads: NonZeroUsize,
}

/// Checks an experiment for leaks; writes nothing.
///
/// # Errors
/// [`RunError`]: wrong input, such as an env without price files, or a failed training.
pub fn check_leak(
    request: &LeakRequest,
    registry: &Registry,
    monitor: &dyn Monitor,
) -> Result<LeakReport, RunError> {
    let experiment = Experiment::load(&request.config, registry)?;
    let (env, source) = (&experiment.env, &experiment.env_source);
    if !matches!(env.market, MarketConfig::Files(_)) {
        return Err(no_files(env, source, "`check leak`, which checks their stamps").into());
    }
    let (files, calendar, bar_length) = located(env, source)?;
    let read_error = |error: &_| pointed(error, env, source, &files);
    let template = Template::read(&files, calendar, bar_length).map_err(|e| read_error(&e))?;
    let times = template.bar_times();
    let history: Vec<Vec<Bar>> = times.iter().map(|file| file.bars.clone()).collect();
    let Ingested { panel, .. } = template.panel(&history).map_err(|e| read_error(&e))?;
    refuse_errors_but(&[Code::SignalForesees], env, source, &panel)?;
    let pipeline = |bars: &[Vec<Bar>]| {
        let Ingested { panel, report } = template.panel(bars).map_err(|e| read_error(&e))?;
        let provenance = Provenance::Read(report);
        let prepared = Prepared::with_prices(&experiment, Prices { panel, provenance })?;
        Ok(Stage {
            training: prepared.training_env(),
            test: prepared.test.rows().clone(),
        })
    };
    let decisions = template.decisions(&panel);
    let lab = Lab {
        clock: FineClock::new(times, &decisions, &panel),
        decisions,
        pipeline: &pipeline,
        train: train_config(&experiment, request)?,
        n_worlds: request.n_worlds,
        seed: request.seed,
        resize: &|_, _| {},
    };
    let report = examine(&lab, request.n_threads, monitor)?;
    Ok(LeakReport {
        experiment: experiment.file.name.clone(),
        env: experiment.env.id(),
        notes: notes(&experiment),
        ..report.with_signals(foresights(&panel))
    })
}

/// Training settings of the experiment, shortened, without an adversary and without measurements.
fn train_config(experiment: &Experiment, request: &LeakRequest) -> Result<TrainConfig, RunError> {
    let config = TrainConfig {
        total_steps: request.n_steps,
        regularizer: Regularizer::None,
        player: ShockPlayer::None,
        measured_rows: 0,
        checkpoint_every: None,
        ..experiment.file.train.clone()
    };
    match config.check() {
        Ok(()) => Ok(config),
        Err(error) => Err(RunError::input(
            &error,
            format!(
                "give more training steps: an update of this experiment takes {}",
                config.rows_per_rollout()
            ),
        )),
    }
}

/// Limits of the check for this env.
fn notes(experiment: &Experiment) -> Vec<String> {
    let mut notes = Vec::new();
    if !experiment.env.replays.is_empty() {
        let note = "the replayed crashes of the env are left out: they are no martingales";
        notes.push(note.to_owned());
    }
    let files = experiment.env.market.price_files();
    let mut files = files.into_iter().flat_map(|files| &files.files);
    if files.any(|file| file.conversion.is_some()) {
        notes.push(
            "converted prices are drawn in the currency of the panel, so the moments of the \
             exchange rates are not checked"
                .to_owned(),
        );
    }
    if !experiment.env.trading.orders.ticks.is_empty() {
        notes.push(
            "fills are rounded to ticks against the trader, so a leak by fills that earns less \
             than the rounding costs is not found; check once without ticks"
                .to_owned(),
        );
    }
    if !experiment.env.market.signal_names().is_empty() {
        notes.push(
            "signals keep the values of their files, so no world tells whether they know later \
             prices: `known` in the env file is taken at its word, and only a correlation with the \
             next return that no signal has is found"
                .to_owned(),
        );
    }
    notes
}

/// Runs all checks; leaves the names of the report empty.
fn examine(
    lab: &Lab<'_>,
    n_threads: NonZeroUsize,
    monitor: &dyn Monitor,
) -> Result<LeakReport, RunError> {
    let traced = trace(lab)?;
    let (n_twins, differences) = compare_twins(lab)?;
    let n_steps = lab.train.n_updates() * lab.train.rows_per_rollout() as u64;
    let job = monitor.job("check leak", n_steps * u64::from(lab.n_worlds));
    let steps = Steps {
        n_done: AtomicU64::new(0),
        monitor: job.as_ref(),
    };
    let n_worlds = usize::try_from(lab.n_worlds).unwrap_or(usize::MAX);
    let worlds = in_parallel(n_worlds, n_threads.get(), |n| {
        judge_world(lab, u32::try_from(n).unwrap_or(u32::MAX), &steps)
    })?;
    job.finish("trained");
    let sums = worlds.into_iter().fold(Sums::default(), add_world);
    let world = lab.world(0, Opens::Noisy)?;
    let mut findings = traced_findings(&traced);
    for finding in differences {
        if findings.iter().all(|known| known.part != finding.part) {
            findings.push(finding);
        }
    }
    let (names, years) = (names(&world), years(&world));
    let orders = &world.stage.training.spec().orders;
    let tails = if orders.ticks.is_empty() && orders.maintenance_margin <= 0.0 {
        Tails::Both
    } else {
        Tails::Upper
    };
    let mut report = LeakReport {
        experiment: String::new(),
        env: String::new(),
        seed: lab.seed,
        n_worlds: lab.n_worlds,
        n_steps,
        test_years: years,
        false_alarms: FALSE_ALARMS,
        profit: sums.profit(years),
        traced,
        signals: Vec::new(),
        n_twins,
        alignment: sums.alignment(&names),
        features: sums.features(&names),
        fills: sums.fills(tails),
        findings,
        notes: Vec::new(),
    };
    add_statistics(&mut report);
    Ok(report)
}

/// Trains a policy in world `n`; plays it and two movers on the test span.
fn judge_world(lab: &Lab<'_>, n: u32, steps: &Steps<'_>) -> Result<Sums, RunError> {
    let world = lab.world(n, Opens::Noisy)?;
    let seed = lab.seed.wrapping_add(u64::from(n));
    let policy = learn(world.stage.training.clone(), &lab.train, seed, steps)?;
    let policy = PolicyDecider::new(&policy)
        .map_err(|error| RunError::failed("loading the policy", &error))?;
    let n_assets = world.panel().n_assets();
    Ok(Sums {
        policies: vec![play(lab, &world, &mut Player::Policy(Box::new(policy)))?],
        follower: play(lab, &world, &mut Player::mover(1.0, n_assets))?,
        fader: play(lab, &world, &mut Player::mover(-1.0, n_assets))?,
        probed: probe(&world),
    })
}

fn add_world(mut sums: Sums, world: Sums) -> Sums {
    sums.policies.extend(world.policies);
    sums.follower.merge(world.follower);
    sums.fader.merge(world.fader);
    sums.probed.merge(&world.probed);
    sums
}

fn names(world: &World) -> Names<'_> {
    let fields = world.market().pipeline().fields().iter();
    Names {
        fields: fields.map(|field| field.name.as_str()).collect(),
        symbols: world.panel().symbols(),
    }
}

/// Length of the test span in years of 365.25 days.
fn years(world: &World) -> f64 {
    let (rows, ends) = (&world.stage.test, world.panel().timestamps());
    let length = ends[rows.end - 1] - ends[rows.start];
    length.as_seconds_f64() / (365.25 * 86_400.0)
}
