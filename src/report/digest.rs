//! Aggregates that pictures, tables and findings share: the sweep over seeds, the reference attack,
//! one typical seed per policy.

use super::analysis::{SweepPoint, WORST, sweep};
use super::error::ReportError;
use super::input::{Method, ReportInput, Role};
use crate::{
    eval::{Ledger, LedgerSummary, attack_budget, metrics::Description, same_budget},
    stats::mean,
};

/// Report input with its aggregates.
#[derive(Debug)]
pub(crate) struct Digest<'a> {
    pub(crate) input: &'a ReportInput<'a>,
    /// Metric that measures performance.
    pub(crate) performance: &'a Description,
    /// Performance over seeds, per policy, attack and budget.
    pub(crate) points: Vec<SweepPoint>,
    /// Names of the attacks, in order of appearance.
    pub(crate) attacks: Vec<String>,
    /// All budgets above zero, ascending. Unit: bps.
    pub(crate) budgets_bps: Vec<f64>,
    /// Attack of the comparison; `None` if no attack was evaluated.
    pub(crate) reference: Option<Reference>,
}

/// The attack and budget at which policies are compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reference {
    /// Attack that costs the trained policies most at the reference budget.
    pub(crate) attack: String,
    /// Reference budget, see [`attack_budget`]. Unit: bps.
    pub(crate) budget_bps: f64,
}

/// Formats a budget with its unit.
pub(crate) fn budget_text(budget_bps: f64) -> String {
    format!("{budget_bps} bps")
}

impl<'a> Digest<'a> {
    /// Computes the aggregates of `input`.
    ///
    /// # Errors
    /// [`ReportError`] when there is no method or no backtest, or for an unknown metric.
    pub(crate) fn new(input: &'a ReportInput<'a>) -> Result<Self, ReportError> {
        let empty = |missing, expected| ReportError::Empty {
            title: input.title.clone(),
            missing,
            expected,
        };
        if input.methods.is_empty() {
            return Err(empty("methods", "at least one policy to show"));
        }
        if input.summary.ledgers.is_empty() {
            return Err(empty("summary", "at least one backtest"));
        }
        let metrics = &input.summary.metrics;
        let performance = metrics.iter().find(|m| m.name == input.performance);
        let performance = performance.ok_or_else(|| ReportError::UnknownMetric {
            title: input.title.clone(),
            found: input.performance.clone(),
            expected: metrics
                .iter()
                .map(|m| &*m.name)
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        let mut digest = Self {
            input,
            performance,
            points: sweep(&input.summary.ledgers, |row| row.get(&performance.name)),
            attacks: Vec::new(),
            budgets_bps: Vec::new(),
            reference: None,
        };
        let ledgers = input.summary.ledgers.iter();
        for row in ledgers.filter(|row| !row.is_nominal()) {
            if !digest.attacks.contains(&row.attack) {
                digest.attacks.push(row.attack.clone());
            }
            if row.budget_bps > 0.0 {
                digest.budgets_bps.push(row.budget_bps);
            }
        }
        digest.budgets_bps.sort_by(f64::total_cmp);
        digest.budgets_bps.dedup_by(|a, b| same_budget(*a, *b));
        digest.reference = digest.find_reference();
        Ok(digest)
    }

    /// Trained policies that have a score, in order.
    pub(crate) fn trained(&self) -> impl Iterator<Item = &'a Method> {
        let input = self.input;
        let ledgers = &input.summary.ledgers;
        let is_played = |method: &Method| ledgers.iter().any(|row| row.policy == method.name);
        let methods = input.methods.iter();
        methods.filter(move |method| method.role == Role::Trained && is_played(method))
    }

    pub(crate) fn baselines(&self) -> impl Iterator<Item = &'a Method> {
        let methods = self.input.methods.iter();
        methods.filter(|method| method.role == Role::Baseline)
    }

    pub(crate) fn best_baseline(&self) -> Option<&'a Method> {
        let performance = |m: &&Method| self.nominal(&m.name).and_then(SweepPoint::median);
        self.baselines()
            .filter(|method| performance(method).is_some())
            .max_by(|a, b| {
                let order = performance(a).partial_cmp(&performance(b));
                order.unwrap_or(std::cmp::Ordering::Equal)
            })
    }

    /// CSS class of a policy's color: `m0`, `m1`, … if trained, `b0`, `b1`, … for baselines.
    pub(crate) fn class(&self, method: &Method) -> String {
        let (letter, n) = match method.role {
            Role::Trained => ('m', 8),
            Role::Baseline => ('b', 4),
        };
        let mut group = self.input.methods.iter().filter(|m| m.role == method.role);
        format!(
            "{letter}{}",
            group.position(|m| m == method).unwrap_or(0) % n
        )
    }

    /// Performance of a policy under an attack (or [`Ledger::NOMINAL`], [`WORST`]) at a budget.
    pub(crate) fn point(&self, policy: &str, attack: &str, budget_bps: f64) -> Option<&SweepPoint> {
        self.points.iter().find(|p| {
            p.policy == policy
                && p.attack == attack
                && (attack == Ledger::NOMINAL || same_budget(p.budget_bps, budget_bps))
        })
    }

    pub(crate) fn nominal(&self, policy: &str) -> Option<&SweepPoint> {
        self.point(policy, Ledger::NOMINAL, 0.0)
    }

    /// Performance of a policy under the worst of all attacks at the reference budget.
    pub(crate) fn worst(&self, policy: &str) -> Option<&SweepPoint> {
        self.point(policy, WORST, self.reference.as_ref()?.budget_bps)
    }

    pub(crate) fn nominal_ledgers(&self, policy: &str) -> Vec<&'a Ledger> {
        self.ledgers(policy, Ledger::NOMINAL, None)
    }

    pub(crate) fn attacked_ledgers(&self, policy: &str) -> Vec<&'a Ledger> {
        self.reference.as_ref().map_or_else(Vec::new, |reference| {
            self.ledgers(policy, &reference.attack, Some(reference.budget_bps))
        })
    }

    fn ledgers(&self, policy: &str, attack: &str, budget_bps: Option<f64>) -> Vec<&'a Ledger> {
        let ledgers = self.input.ledgers.iter();
        ledgers
            .filter(|l| l.policy == policy && l.attack == attack)
            .filter(|l| budget_bps.is_none_or(|budget| same_budget(l.budget_bps, budget)))
            .collect()
    }

    /// Title and nominal backtest of a policy, from the seed with the (lower) median performance.
    pub(crate) fn typical(&self, method: &Method) -> Option<(String, &'a Ledger)> {
        let mut seeds = self.nominal(&method.name)?.defined();
        seeds.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        let (seed, _) = *seeds.get(seeds.len().checked_sub(1)? / 2)?;
        let title = match method.role {
            Role::Trained => format!("{}, seed {seed}", method.label),
            Role::Baseline => method.label.clone(),
        };
        let mut ledgers = self.nominal_ledgers(&method.name).into_iter();
        Some((title, ledgers.find(|ledger| ledger.seed == seed)?))
    }

    /// Attack, budget and threat: `mad, 25 bps, kept`.
    pub(crate) fn attack_title(&self, attack: &str, budget_bps: f64) -> String {
        let rows = self.input.summary.ledgers.iter();
        let threat = rows
            .filter(|row| row.attack == attack)
            .find_map(|row| row.threat);
        let threat = threat.map_or_else(String::new, |threat| format!(", {threat}"));
        format!("{attack}, {}{threat}", budget_text(budget_bps))
    }

    /// Metrics of a policy under an attack at a budget (any budget for [`Ledger::NOMINAL`]).
    pub(crate) fn rows(
        &self,
        policy: &str,
        attack: &str,
        budget_bps: f64,
    ) -> Vec<&'a LedgerSummary> {
        let rows = self.input.summary.ledgers.iter();
        rows.filter(|row| row.policy == policy && row.attack == attack)
            .filter(|row| row.is_nominal() || same_budget(row.budget_bps, budget_bps))
            .collect()
    }

    fn find_reference(&self) -> Option<Reference> {
        let evaluated = self.budgets_bps.iter().copied();
        let budget_bps = attack_budget(self.input.training_budget_bps, evaluated)?;
        let harm = |attack: &str| {
            let points = self
                .trained()
                .filter_map(|m| self.point(&m.name, attack, budget_bps));
            let medians: Vec<f64> = points.filter_map(SweepPoint::median).collect();
            mean(&medians).unwrap_or(f64::NAN)
        };
        let is_evaluated = |attack: &&String| {
            let mut points = self.points.iter();
            points.any(|p| p.attack == **attack && same_budget(p.budget_bps, budget_bps))
        };
        let attacks = self.attacks.iter().filter(is_evaluated);
        Some(Reference {
            attack: attacks.min_by(|a, b| harm(a).total_cmp(&harm(b)))?.clone(),
            budget_bps,
        })
    }
}
