//! State that the stages of a run share.

use super::{Monitor, Prepared, crashes::PlannedCrash};
use crate::{
    config::{EvaluationConfig, Experiment},
    eval::attack_budget,
};
use std::{num::NonZeroUsize, path::Path};

/// A run whose input has been checked and whose folder exists.
#[derive(Clone, Copy)]
pub(super) struct RunContext<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) prepared: &'a Prepared,
    pub(super) crashes: &'a [PlannedCrash<'a>],
    pub(super) folder: &'a Path,
    /// Number of threads of the whole run.
    pub(super) n_threads: NonZeroUsize,
    /// Command line, for the records.
    pub(super) command: &'a str,
    /// Text of `config.ron`.
    pub(super) config_text: &'a str,
    pub(super) config_sha256: &'a str,
    pub(super) monitor: &'a dyn Monitor,
}

impl RunContext<'_> {
    pub(super) fn evaluation(&self) -> &EvaluationConfig {
        &self.experiment.file.evaluation
    }

    pub(super) fn methods(&self) -> Vec<String> {
        let methods = &self.experiment.file.methods;
        methods.iter().map(|method| method.name.clone()).collect()
    }

    /// Number of trainings: methods times seeds.
    pub(super) fn n_jobs(&self) -> usize {
        self.experiment.file.methods.len() * self.experiment.file.seeds.len()
    }

    /// Budget that the policies are trained against. Unit: bps.
    pub(super) fn training_bps(&self) -> f64 {
        self.experiment.env.trading.shocks.budget_bps.get()
    }

    /// Budget at which worst-case figures are compared. Unit: bps.
    pub(super) fn worst_bps(&self) -> Option<f64> {
        let attacks = &self.evaluation().attacks;
        let budgets = attacks.iter().flat_map(|attack| &attack.budgets_bps);
        attack_budget(Some(self.training_bps()), budgets.map(|bps| bps.get()))
    }
}
