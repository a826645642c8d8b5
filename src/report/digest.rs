//! What pictures, tables and findings share: the sweep over seeds, the reference attack, one typical seed per policy.

use super::analysis::{SweepPoint, WORST, sweep};
use super::error::ReportError;
use super::input::{Method, NOMINAL, ReportInput, Role, Score};
use super::metric::{Metric, metric};
use crate::eval::Ledger;

/// The input with the few aggregates that everything else refers to.
#[derive(Debug)]
pub(crate) struct Digest<'a> {
    /// The input.
    pub(crate) input: &'a ReportInput<'a>,
    /// Performance over seeds, per policy, attack and budget.
    pub(crate) points: Vec<SweepPoint>,
    /// Attacks in order of appearance.
    pub(crate) attacks: Vec<String>,
    /// All budgets above zero, ascending. Unit: bps.
    pub(crate) budgets_bps: Vec<f64>,
    /// Where policies are compared; `None` where nothing was attacked.
    pub(crate) reference: Option<Reference>,
}

/// The attack and budget at which policies are compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reference {
    /// The attack that costs the trained policies most at the budget.
    pub(crate) attack: String,
    /// The training budget where it was evaluated, else the largest. Unit: bps.
    pub(crate) budget_bps: f64,
}

impl Reference {
    /// The budget with its unit.
    pub(crate) fn budget_text(&self) -> String {
        budget_text(self.budget_bps)
    }
}

/// A budget with its unit.
pub(crate) fn budget_text(budget_bps: f64) -> String {
    format!("{budget_bps} bps")
}

impl<'a> Digest<'a> {
    /// # Errors
    /// [`ReportError`] when there is no method or no score, or a query fails.
    pub(crate) fn new(input: &'a ReportInput<'a>) -> Result<Self, ReportError> {
        let empty = |missing, expected| ReportError::Empty {
            title: input.title.clone(),
            missing,
            expected,
        };
        if input.methods.is_empty() {
            return Err(empty("methods", "at least one policy to show"));
        }
        if input.scores.is_empty() {
            return Err(empty("scores", "at least one backtest"));
        }
        let mut digest = Self {
            input,
            points: sweep(input.scores, &input.performance)?,
            attacks: Vec::new(),
            budgets_bps: Vec::new(),
            reference: None,
        };
        for score in input.scores.iter().filter(|score| !score.is_nominal()) {
            if !digest.attacks.contains(&score.attack) {
                digest.attacks.push(score.attack.clone());
            }
            if score.budget_bps > 0.0
                && !digest
                    .budgets_bps
                    .iter()
                    .any(|b| same(*b, score.budget_bps))
            {
                digest.budgets_bps.push(score.budget_bps);
            }
        }
        digest.budgets_bps.sort_by(f64::total_cmp);
        digest.reference = digest.find_reference();
        Ok(digest)
    }

    /// The metric that stands for performance.
    pub(crate) fn performance(&self) -> Metric {
        metric(&self.input.performance)
    }

    /// Its name for people.
    pub(crate) fn performance_label(&self) -> &'a str {
        match self.performance().label {
            "" => &self.input.performance,
            label => label,
        }
    }

    /// Trained policies that have a score, in order.
    pub(crate) fn trained(&self) -> impl Iterator<Item = &'a Method> {
        let input = self.input;
        input
            .methods
            .iter()
            .filter(|method| method.role == Role::Trained)
            .filter(|method| input.scores.iter().any(|score| score.policy == method.name))
    }

    /// Baselines, in order.
    pub(crate) fn baselines(&self) -> impl Iterator<Item = &'a Method> {
        self.input
            .methods
            .iter()
            .filter(|method| method.role == Role::Baseline)
    }

    /// The baseline with the best nominal performance.
    pub(crate) fn best_baseline(&self) -> Option<&'a Method> {
        let performance = |m: &&Method| self.nominal(&m.name).and_then(SweepPoint::median);
        self.baselines()
            .filter(|method| performance(method).is_some())
            .max_by(|a, b| {
                performance(a)
                    .partial_cmp(&performance(b))
                    .unwrap_or(std::cmp::Ordering::Equal)
            })
    }

    /// CSS class of a policy's color: `m0`, `m1`, … for trained ones, `b0`, `b1`, … for baselines.
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

    /// Performance of a policy under an attack ([`NOMINAL`] and [`WORST`] included) at a budget.
    pub(crate) fn point(&self, policy: &str, attack: &str, budget_bps: f64) -> Option<&SweepPoint> {
        self.points.iter().find(|p| {
            p.policy == policy
                && p.attack == attack
                && (attack == NOMINAL || same(p.budget_bps, budget_bps))
        })
    }

    /// Nominal performance of a policy.
    pub(crate) fn nominal(&self, policy: &str) -> Option<&SweepPoint> {
        self.point(policy, NOMINAL, 0.0)
    }

    /// Performance of a policy under the worst of all attacks at the reference budget.
    pub(crate) fn worst(&self, policy: &str) -> Option<&SweepPoint> {
        self.point(policy, WORST, self.reference.as_ref()?.budget_bps)
    }

    /// Backtests of a policy in the nominal market.
    pub(crate) fn nominal_ledgers(&self, policy: &str) -> Vec<&'a Ledger> {
        self.ledgers(policy, NOMINAL, None)
    }

    /// Backtests of a policy under the reference attack.
    pub(crate) fn attacked_ledgers(&self, policy: &str) -> Vec<&'a Ledger> {
        self.reference.as_ref().map_or_else(Vec::new, |reference| {
            self.ledgers(policy, &reference.attack, Some(reference.budget_bps))
        })
    }

    fn ledgers(&self, policy: &str, attack: &str, budget_bps: Option<f64>) -> Vec<&'a Ledger> {
        self.input
            .ledgers
            .iter()
            .filter(|l| l.policy == policy && l.attack == attack)
            .filter(|l| budget_bps.is_none_or(|budget| same(l.budget_bps, budget)))
            .collect()
    }

    /// The seed whose nominal performance is the (lower) median of its policy.
    pub(crate) fn typical_seed(&self, policy: &str) -> Option<u64> {
        let mut seeds: Vec<(f64, u64)> = self
            .scores(policy, NOMINAL, 0.0)
            .filter_map(|score| Some((score.get(&self.input.performance)?, score.seed)))
            .collect();
        seeds.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        seeds
            .get(seeds.len().checked_sub(1)? / 2)
            .map(|(_, seed)| *seed)
    }

    /// Scores of a policy under an attack at a budget (any budget for [`NOMINAL`]).
    pub(crate) fn scores<'s>(
        &self,
        policy: &'s str,
        attack: &'s str,
        budget_bps: f64,
    ) -> impl Iterator<Item = &'a Score> + use<'a, 's> {
        self.input
            .scores
            .iter()
            .filter(move |s| s.policy == policy && s.attack == attack)
            .filter(move |s| attack == NOMINAL || same(s.budget_bps, budget_bps))
    }

    /// The lowest performance over attacks at the reference budget, per seed.
    pub(crate) fn worst_by_seed(&self, policy: &str) -> Vec<(u64, f64)> {
        let Some(reference) = &self.reference else {
            return Vec::new();
        };
        let mut worst: std::collections::BTreeMap<u64, f64> = std::collections::BTreeMap::new();
        for attack in &self.attacks {
            for score in self.scores(policy, attack, reference.budget_bps) {
                if let Some(value) = score.get(&self.input.performance) {
                    let lowest = worst.entry(score.seed).or_insert(value);
                    *lowest = lowest.min(value);
                }
            }
        }
        worst.into_iter().collect()
    }

    fn find_reference(&self) -> Option<Reference> {
        let largest = *self.budgets_bps.last()?;
        let budget_bps = self
            .input
            .training_budget_bps
            .filter(|budget| self.budgets_bps.iter().any(|b| same(*b, *budget)))
            .unwrap_or(largest);
        let harm = |attack: &str| {
            let medians: Vec<f64> = self
                .trained()
                .filter_map(|method| self.point(&method.name, attack, budget_bps)?.median())
                .collect();
            #[expect(clippy::cast_precision_loss, reason = "a handful of methods")]
            let mean = medians.iter().sum::<f64>() / medians.len() as f64;
            mean
        };
        let attack = self
            .attacks
            .iter()
            .filter(|attack| {
                self.points
                    .iter()
                    .any(|p| p.attack == **attack && same(p.budget_bps, budget_bps))
            })
            .min_by(|a, b| harm(a).total_cmp(&harm(b)))?;
        Some(Reference {
            attack: attack.clone(),
            budget_bps,
        })
    }
}

/// Whether two budgets are the same entry of a grid.
pub(crate) fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}
