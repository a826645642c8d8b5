//! Cost of attacks to a trained policy, and price of its robustness in the nominal market.

use super::LedgerSummary;
use serde::{Deserialize, Serialize};

/// The two figures by which policies are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Total log growth `ln(E_n / E_0)`; `None` if no equity was left, which ranks lowest.
    pub total_log_growth: Option<f64>,
    /// Annual Sharpe ratio.
    pub sharpe: Option<f64>,
}

/// Figures under one attack at one budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttackLine {
    /// Name of the attack.
    pub attack: String,
    /// Per-step budget. Unit: bps.
    pub budget_bps: f64,
    /// True if the attack ruined the account.
    pub ruined: bool,
    /// Figures under the attack.
    pub score: Score,
    /// Nominal minus attacked figures.
    pub gap: Score,
}

/// Worst figures over the attacks at one budget; the worst attack may differ between figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorstCase {
    /// Budget. Unit: bps.
    pub budget_bps: f64,
    /// Attack with the lowest growth. An undefined growth counts as worse than any number.
    pub growth_attack: String,
    /// Attack with the lowest Sharpe ratio.
    pub sharpe_attack: String,
    /// True if an attack ruined the account.
    pub ruined: bool,
    /// Lowest growth and lowest Sharpe ratio.
    pub score: Score,
    /// Robustness gap: nominal minus worst.
    pub gap: Score,
}

/// Nominal and attacked figures of one trained policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Robustness {
    /// Name of the policy.
    pub policy: String,
    /// Training seed.
    pub seed: u64,
    /// Figures in the nominal market.
    pub nominal: Score,
    /// True if the account was ruined in the nominal market.
    #[serde(default)]
    pub ruined: bool,
    /// Figures under each attack at each budget, in the order of the ledgers.
    pub attacks: Vec<AttackLine>,
    /// Worst figures at each budget, ascending.
    pub worst_by_budget: Vec<WorstCase>,
    /// Worst figures at the [`attack_budget`], which every table shows. `None` if the policy was
    /// not attacked at that budget.
    pub worst: Option<WorstCase>,
}

/// Budget at which policies are compared: the evaluated budget nearest to the training budget (the
/// larger of two equally near), or the largest if there is no training budget. `None` without an
/// attack. Unit: bps.
#[must_use]
pub fn attack_budget(
    training_bps: Option<f64>,
    evaluated_bps: impl IntoIterator<Item = f64>,
) -> Option<f64> {
    let distance = |bps: f64| training_bps.map_or(0.0, |training| (bps - training).abs());
    evaluated_bps.into_iter().min_by(|a, b| {
        let nearer = distance(*a).total_cmp(&distance(*b));
        nearer.then(b.total_cmp(a))
    })
}

/// Notice for tables if no attack has the training budget; else `None`. Unit of the budgets: bps.
#[cfg(feature = "cli")]
pub(crate) fn budget_notice(training_bps: Option<f64>, worst_at_bps: f64) -> Option<String> {
    let training = training_bps.filter(|training| !same_budget(*training, worst_at_bps))?;
    Some(format!(
        "No attack was evaluated at the {training} bps that the env allows: \"worst\" refers to \
         the nearest evaluated budget, {worst_at_bps} bps. Add {training} to the attacks' \
         budgets_bps to evaluate the budget of training."
    ))
}

/// Returns true for budgets that are equal up to rounding.
pub(crate) fn same_budget(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

impl Robustness {
    /// Figures of each policy and seed that was played in the nominal market and under at least one
    /// attack. `worst_at_bps` is the [`attack_budget`].
    #[must_use]
    pub fn of(ledgers: &[LedgerSummary], worst_at_bps: Option<f64>) -> Vec<Self> {
        let nominal = ledgers.iter().filter(|l| l.is_nominal());
        let one = |l| Self::of_one(l, ledgers, worst_at_bps);
        nominal.filter_map(one).collect()
    }

    fn of_one(
        nominal: &LedgerSummary,
        ledgers: &[LedgerSummary],
        worst_at_bps: Option<f64>,
    ) -> Option<Self> {
        let same = |l: &&LedgerSummary| {
            l.policy == nominal.policy && l.seed == nominal.seed && !l.is_nominal()
        };
        let reference = nominal.score();
        let line = |l: &LedgerSummary| AttackLine {
            attack: l.attack.clone(),
            budget_bps: l.budget_bps,
            ruined: l.ruined,
            score: l.score(),
            gap: reference.minus(l.score()),
        };
        let attacks: Vec<AttackLine> = ledgers.iter().filter(same).map(line).collect();
        if attacks.is_empty() {
            return None;
        }
        let mut budgets: Vec<f64> = attacks.iter().map(|a| a.budget_bps).collect();
        budgets.sort_by(f64::total_cmp);
        budgets.dedup_by(|a, b| same_budget(*a, *b));
        let at = |&budget: &f64| {
            let here = attacks.iter().filter(|a| same_budget(a.budget_bps, budget));
            worst(&here.collect::<Vec<_>>(), reference, budget)
        };
        Some(Self {
            policy: nominal.policy.clone(),
            seed: nominal.seed,
            nominal: reference,
            ruined: nominal.ruined,
            worst_by_budget: budgets.iter().filter_map(at).collect(),
            worst: worst_at_bps.as_ref().and_then(at),
            attacks,
        })
    }
}

/// Nominal performance that a policy gives up against a reference of the same seed, and worst-case
/// performance that it gains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceOfRobustness {
    /// Name of the policy.
    pub policy: String,
    /// Name of the reference policy, e.g. the one trained without a regularizer.
    pub reference: String,
    /// Training seed of both policies.
    pub seed: u64,
    /// Price: nominal figures of the reference minus those of the policy.
    pub nominal_given_up: Score,
    /// Gain: worst case of the policy minus worst case of the reference.
    pub worst_gained: Score,
}

impl PriceOfRobustness {
    /// Computes the price of robustness of every policy and seed for which the reference has the
    /// same seed.
    #[must_use]
    pub fn of(entries: &[Robustness], reference: &str) -> Vec<Self> {
        let price = |entry: &Robustness| {
            let baseline = entries
                .iter()
                .find(|r| r.policy == reference && r.seed == entry.seed)?;
            let (ours, theirs) = (entry.worst.as_ref()?, baseline.worst.as_ref()?);
            Some(Self {
                policy: entry.policy.clone(),
                reference: reference.to_owned(),
                seed: entry.seed,
                nominal_given_up: baseline.nominal.minus(entry.nominal),
                worst_gained: ours.score.minus(theirs.score),
            })
        };
        let others = entries.iter().filter(|r| r.policy != reference);
        others.filter_map(price).collect()
    }
}

impl LedgerSummary {
    /// Growth and Sharpe ratio.
    #[must_use]
    pub fn score(&self) -> Score {
        Score {
            total_log_growth: self.get("total_log_growth"),
            sharpe: self.get("sharpe"),
        }
    }
}

impl Score {
    /// Difference of each figure; `None` if either is undefined.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        let difference = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
        Self {
            total_log_growth: difference(self.total_log_growth, other.total_log_growth),
            sharpe: difference(self.sharpe, other.sharpe),
        }
    }
}

fn worst(lines: &[&AttackLine], nominal: Score, budget_bps: f64) -> Option<WorstCase> {
    let growth = lowest(lines, |score| score.total_log_growth)?;
    let sharpe = lowest(lines, |score| score.sharpe)?;
    let score = Score {
        total_log_growth: growth.score.total_log_growth,
        sharpe: sharpe.score.sharpe,
    };
    Some(WorstCase {
        budget_bps,
        growth_attack: growth.attack.clone(),
        sharpe_attack: sharpe.attack.clone(),
        ruined: lines.iter().any(|line| line.ruined),
        score,
        gap: nominal.minus(score),
    })
}

/// Line with the lowest figure. An undefined figure counts as lower than any number, because
/// leaving it out would flatter the policy.
fn lowest<'a>(
    lines: &[&'a AttackLine],
    figure: impl Fn(&Score) -> Option<f64>,
) -> Option<&'a AttackLine> {
    let level = |line: &AttackLine| figure(&line.score).unwrap_or(f64::NEG_INFINITY);
    lines
        .iter()
        .copied()
        .min_by(|a, b| level(a).total_cmp(&level(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undefined_figure_is_the_worst_of_all() {
        let line = |attack: &str, figure: Option<f64>| {
            let score = Score {
                total_log_growth: figure,
                sharpe: figure,
            };
            AttackLine {
                attack: attack.to_owned(),
                budget_bps: 10.0,
                ruined: figure.is_none(),
                score,
                gap: score,
            }
        };
        let lines = [line("a", Some(-1.0)), line("b", None), line("c", Some(0.5))];
        let nominal = lines[2].score;
        let of = |n: usize| worst(&lines[..n].iter().collect::<Vec<_>>(), nominal, 10.0).unwrap();
        let both = of(3);
        assert_eq!(
            (both.growth_attack.as_str(), both.sharpe_attack.as_str()),
            ("b", "b")
        );
        assert_eq!((both.score.sharpe, both.gap.total_log_growth), (None, None));
        assert!(both.ruined);
        assert_eq!(of(1).score.sharpe, Some(-1.0));
    }
}
