//! Replays of past crashes on the test span.

use super::{RunError, parallel::in_parallel};
use crate::{
    agent::PolicyFile,
    config::{Blames, Experiment},
    crash::Crash,
    eval::{
        Arena, Baseline, BuyAndHold, CrashPlay, CrashSummary, CrashTest, Decider, EvalError,
        PolicyDecider,
    },
};

/// A crash and its planned first rows.
#[derive(Debug, Clone)]
pub(super) struct PlannedCrash<'a> {
    crash: &'a Crash,
    rows: Vec<usize>,
}

/// Plans the rows of every crash and tries each replay.
///
/// # Errors
/// Index of the first crash that does not fit or cannot be replayed, and the cause.
pub(super) fn plan<'a>(
    crashes: &[&'a Crash],
    test: &CrashTest,
    arena: &Arena,
) -> Result<Vec<PlannedCrash<'a>>, (usize, Box<EvalError>)> {
    let place = |(n, &crash): (usize, &&'a Crash)| {
        let rows = arena.crash_rows(crash, test);
        let planned = rows.map(|rows| PlannedCrash { crash, rows });
        planned.map_err(|error| (n, Box::new(error)))
    };
    crashes.iter().enumerate().map(place).collect()
}

/// Plans the crashes of an experiment's evaluation.
///
/// # Errors
/// Wrong input, pointing at the crash or at the setting of `crash_test`.
pub(super) fn plan_of_experiment<'a>(
    experiment: &'a Experiment,
    test: &Arena,
) -> Result<Vec<PlannedCrash<'a>>, RunError> {
    let settings = &experiment.file.evaluation.crash_test;
    let source = &experiment.source;
    plan(&experiment.crashes(), settings, test).map_err(|(n, error)| {
        let fields = error.fields().into_iter();
        let mut settings = fields.map(|field| format!("evaluation.crash_test.{field}"));
        let setting = settings.find(|setting| source.has(setting));
        let place = setting.unwrap_or_else(|| format!("evaluation.crashes[{n}]"));
        source.reject_with(&place, error.as_ref()).into()
    })
}

/// Policies and baselines to be played through crashes.
#[derive(Debug, Clone, Copy)]
pub(super) struct CrashJob<'a> {
    pub(super) planned: &'a [PlannedCrash<'a>],
    pub(super) test: &'a CrashTest,
    pub(super) policies: &'a [&'a PolicyFile],
    pub(super) baselines: &'a [Baseline],
}

impl CrashJob<'_> {
    /// Plays every policy and baseline through every crash at every placement, on one crashed
    /// market per placement. The result does not depend on the number of threads.
    ///
    /// # Errors
    /// [`RunError::Failed`] naming the crash.
    pub(super) fn play(
        &self,
        arena: &Arena,
        n_threads: usize,
    ) -> Result<Vec<CrashSummary>, RunError> {
        let places: Vec<(&Crash, usize)> = self
            .planned
            .iter()
            .flat_map(|planned| planned.rows.iter().map(|&row| (planned.crash, row)))
            .collect();
        let mut played = in_parallel(places.len(), n_threads, |n| {
            let (crash, row) = places[n];
            self.play_one(arena, crash, row)
                .map_err(|error| RunError::failed(format!("replay of {}", crash.name), &error))
        })?
        .into_iter();
        let summaries = self.planned.iter().map(|planned| {
            let rounds: Vec<Round> = played.by_ref().take(planned.rows.len()).collect();
            self.summary(planned.crash, &rounds)
        });
        Ok(summaries.collect())
    }

    fn play_one(&self, arena: &Arena, crash: &Crash, row: usize) -> Result<Round, EvalError> {
        let around = arena.around(crash, row, self.test)?;
        let mut deciders: Vec<Box<dyn Decider>> = Vec::new();
        for policy in self.policies {
            deciders.push(Box::new(PolicyDecider::new(policy)?));
        }
        for baseline in self.baselines {
            deciders.push(baseline.decider()?);
        }
        let mut plays = Vec::with_capacity(deciders.len());
        for decider in &mut deciders {
            let play = around.play(decider.as_mut())?;
            plays.push((decider.name().to_owned(), decider.seed(), play));
        }
        Ok(Round {
            held: around.play(&mut BuyAndHold::default())?,
            plays,
        })
    }

    fn summary(&self, crash: &Crash, rounds: &[Round]) -> CrashSummary {
        let of = |n: usize| rounds.iter().map(|round| round.plays[n].2).collect();
        let first = rounds.first().map_or(&[][..], |round| &round.plays);
        let plays = first.iter().enumerate();
        let plays = plays.map(|(n, (name, seed, _))| (name.clone(), *seed, of(n)));
        let held = rounds.iter().map(|round| round.held).collect();
        CrashSummary::new(crash, self.test, held, plays.collect())
    }
}

/// Plays through one crash at one placement.
struct Round {
    held: CrashPlay,
    /// (name, seed, play) of the policies, then of the baselines.
    plays: Vec<(String, u64, CrashPlay)>,
}
