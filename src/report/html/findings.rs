//! The headline findings: sentences computed from the records, whatever they say.

use crate::eval::metrics::{Format, decimal};
use crate::report::analysis::SweepPoint;
use crate::report::digest::Digest;
use crate::report::input::{Method, TrainingLog};
use crate::report::plot::weights::mean_displacement;
use crate::rng::{Component, Streams};
use crate::stats::{Bootstrap, Interval, median};
use crate::train::Metric;

/// One finding: a sentence and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The sentence.
    pub(crate) headline: String,
    /// Numbers, counts of seeds, conditions.
    pub(crate) detail: String,
}

/// What the records say, the most important first. A finding that cannot be computed is left out.
pub(crate) fn findings(digest: &Digest<'_>) -> Vec<Finding> {
    let trained: Vec<&Method> = digest.trained().collect();
    let Some((reference, rivals)) = trained.split_first() else {
        return Vec::new();
    };
    // The rival that stands best under the worst attack speaks for the rivals.
    let strongest = rivals.iter().copied().max_by(|a, b| {
        let worst = |m: &Method| {
            digest
                .worst(&m.name)
                .and_then(SweepPoint::median)
                .unwrap_or(f64::NEG_INFINITY)
        };
        worst(a).total_cmp(&worst(b))
    });
    let comparisons = strongest.into_iter().flat_map(|rival| {
        let pair = Pair {
            digest,
            rival,
            reference,
            n_rivals: rivals.len(),
        };
        [
            pair.worst_case(),
            pair.gap(),
            pair.price(),
            pair.sensitivity(),
            pair.displacement(),
        ]
    });
    let alone = strongest
        .is_none()
        .then(|| own_gap(digest, reference))
        .flatten();
    let best = strongest.unwrap_or(reference);
    ruins(digest)
        .into_iter()
        .chain(comparisons.flatten())
        .chain(alone)
        .chain(against_baselines(digest, best))
        .collect()
}

/// Accounts that were ruined, in the clean market or under any attack. A ruin is never averaged
/// away.
fn ruins(digest: &Digest<'_>) -> Option<Finding> {
    let ruined: Vec<_> = digest
        .input
        .summary
        .ledgers
        .iter()
        .filter(|l| l.ruined && digest.input.methods.iter().any(|m| m.name == l.policy))
        .collect();
    let first = ruined.first()?;
    let named: Vec<&str> = digest
        .input
        .methods
        .iter()
        .filter(|m| ruined.iter().any(|l| l.policy == m.name))
        .map(|m| m.label.as_str())
        .collect();
    Some(Finding {
        headline: format!(
            "Ruined accounts: {} of {} backtests ({}).",
            ruined.len(),
            digest.input.summary.ledgers.len(),
            named.join(", ")
        ),
        detail: format!(
            "The first: {}, seed {}, attack {} at {} bps. Metrics that a ruin leaves undefined are left undefined over all seeds.",
            first.policy, first.seed, first.attack, first.budget_bps
        ),
    })
}

/// A policy and the reference it is compared with.
struct Pair<'a> {
    digest: &'a Digest<'a>,
    rival: &'a Method,
    reference: &'a Method,
    n_rivals: usize,
}

impl Pair<'_> {
    fn worst_case(&self) -> Option<Finding> {
        let budget = self.digest.reference.as_ref()?.budget_text();
        let (a, b) = (
            self.median(self.rival, Case::Worst)?,
            self.median(self.reference, Case::Worst)?,
        );
        let verb = match a - b {
            d if self.is_tie(d) => "is on a par with",
            d if d > 0.0 => "is ahead of",
            _ => "is behind",
        };
        Some(Finding {
            headline: format!(
                "Under the worst attack at {budget}, {} {verb} {}: {} against {}{}.",
                self.rival.label,
                self.reference.label,
                self.write(a),
                self.write(b),
                self.doubt(Case::Worst)
            ),
            detail: format!(
                "{}, median over seeds. {}{}",
                self.digest.performance.label,
                self.paired(Case::Worst),
                self.selection()
            ),
        })
    }

    fn gap(&self) -> Option<Finding> {
        let gap = |m| Some(self.median(m, Case::Nominal)? - self.median(m, Case::Worst)?);
        let (a, b) = (gap(self.rival)?, gap(self.reference)?);
        let headline = if b > 0.0 && a < b {
            let share = Format::Percent.with_step(1.0 - a / b, 0.01);
            format!(
                "{} narrows the robustness gap by {share}: {} instead of {}.",
                self.rival.label,
                self.points(a),
                self.points(b)
            )
        } else {
            format!(
                "{} does not narrow the robustness gap: {} against {}.",
                self.rival.label,
                self.points(a),
                self.points(b)
            )
        };
        Some(Finding {
            headline,
            detail: "Gap: clean market minus worst attack, of medians over seeds. A negative gap means that the attacks found nothing.".to_owned(),
        })
    }

    fn price(&self) -> Option<Finding> {
        let (a, b) = (
            self.median(self.rival, Case::Nominal)?,
            self.median(self.reference, Case::Nominal)?,
        );
        let change = self.points((a - b).abs());
        let against = format!(
            "{} against {}{}",
            self.write(a),
            self.write(b),
            self.doubt(Case::Nominal)
        );
        let label = &self.rival.label;
        let headline = match a - b {
            d if self.is_tie(d) => {
                format!("{label}’s robustness has no visible price in the clean market: {against}.")
            }
            d if d > 0.0 => format!("In the clean market {label} is ahead by {change}: {against}."),
            _ => {
                format!("{label}’s price of robustness in the clean market is {change}: {against}.")
            }
        };
        Some(Finding {
            headline,
            detail: format!(
                "{}, median over seeds. {}",
                self.digest.performance.label,
                self.paired(Case::Nominal)
            ),
        })
    }

    fn sensitivity(&self) -> Option<Finding> {
        let last = |method: &Method| {
            let logs = self
                .digest
                .input
                .training
                .iter()
                .filter(|log| log.policy == method.name);
            let values: Vec<f64> = logs.filter_map(end_of_training).collect();
            Some((median(&values)?, values.len()))
        };
        let ((a, n), (b, m)) = (last(self.rival)?, last(self.reference)?);
        let change = if b > 0.0 { 1.0 - a / b } else { 0.0 };
        let share = Format::Percent.with_step(change.abs(), 0.01);
        let word = if change >= 0.0 { "lower" } else { "higher" };
        Some(Finding {
            headline: format!(
                "At the end of training {}’s directional sensitivity is {share} {word} than {}’s.",
                self.rival.label, self.reference.label
            ),
            detail: format!(
                "Change of the action per full shock budget along the ascent direction: {} against {}; mean of the last tenth of updates, {}.",
                Format::Number.value(a),
                Format::Number.value(b),
                seeds_text(n, m)
            ),
        })
    }

    fn displacement(&self) -> Option<Finding> {
        let reference = self.digest.reference.as_ref()?;
        let moved = |method: &Method| {
            let nominal = self.digest.nominal_ledgers(&method.name);
            let attacked = self.digest.attacked_ledgers(&method.name);
            let values: Vec<f64> = nominal
                .iter()
                .filter_map(|n| mean_displacement(n, attacked.iter().find(|a| a.seed == n.seed)?))
                .collect();
            median(&values)
        };
        let (a, b) = (moved(self.rival)?, moved(self.reference)?);
        Some(Finding {
            headline: format!(
                "The {} attack moves {} of {}’s account per bar, {} of {}’s.",
                reference.attack,
                Format::Percent.value(a),
                self.rival.label,
                Format::Percent.value(b),
                self.reference.label
            ),
            detail: format!(
                "Mean over bars of the sum of absolute weight changes against the clean market at {}, median over seeds.",
                reference.budget_text()
            ),
        })
    }

    fn median(&self, method: &Method, case: Case) -> Option<f64> {
        match case {
            Case::Nominal => self.digest.nominal(&method.name)?.median(),
            Case::Worst => self.digest.worst(&method.name)?.median(),
        }
    }

    /// How the rival does in the seeds that both have.
    fn paired(&self, case: Case) -> String {
        let (rival, reference) = self.pairs(case);
        let ahead = rival.iter().zip(&reference).filter(|(a, b)| a > b).count();
        match (rival.len(), self.interval(case)) {
            (0, _) => "The two share no seed.".to_owned(),
            (1, _) => "One seed only: luck and merit cannot be told apart.".to_owned(),
            (n, interval) => {
                let spread = interval.map_or_else(String::new, |interval| {
                    let (low, high) = (self.points(interval.low), self.points(interval.high));
                    format!(" 95 % bootstrap interval of the difference: {low} to {high}.")
                });
                format!(
                    "{} is ahead in {ahead} of {n} seeds.{spread}",
                    self.rival.label
                )
            }
        }
    }

    /// Said where the seeds do not settle who is ahead.
    fn doubt(&self, case: Case) -> &'static str {
        match self.interval(case) {
            Some(interval) if interval.low <= 0.0 && interval.high >= 0.0 => {
                ", which the seeds do not settle"
            }
            _ => "",
        }
    }

    /// Paired bootstrap interval of the difference of medians; `None` below two shared seeds.
    fn interval(&self, case: Case) -> Option<Interval> {
        let (rival, reference) = self.pairs(case);
        let mut rng = Streams::new(0).stream(Component::Bootstrap, 0);
        Bootstrap::STANDARD
            .paired_difference(&rival, &reference, median, &mut rng)
            .filter(|_| rival.len() > 1)
    }

    /// Performance of both, one entry per shared seed.
    fn pairs(&self, case: Case) -> (Vec<f64>, Vec<f64>) {
        let by_seed = |method: &Method| match case {
            Case::Worst => self.digest.worst_by_seed(&method.name),
            Case::Nominal => self.digest.nominal_by_seed(&method.name),
        };
        let reference = by_seed(self.reference);
        let shared = |(seed, value): &(u64, f64)| {
            let other = reference.iter().find(|(s, _)| s == seed)?;
            Some((*value, other.1))
        };
        by_seed(self.rival).iter().filter_map(shared).unzip()
    }

    /// Too small a difference to write down.
    fn is_tie(&self, difference: f64) -> bool {
        match self.digest.performance.format {
            Format::Percent | Format::FinePercent => difference.abs() < 5e-4,
            _ => difference.abs() < 5e-3,
        }
    }

    /// How the rival was picked, where there was a choice.
    fn selection(&self) -> String {
        if self.n_rivals > 1 {
            format!(
                " {} is the best of {} rivals here; picking it flatters it.",
                self.rival.label, self.n_rivals
            )
        } else {
            String::new()
        }
    }

    fn write(&self, value: f64) -> String {
        self.digest.performance.format.value(value)
    }

    /// A difference: percentage points for percentages.
    fn points(&self, difference: f64) -> String {
        match self.digest.performance.format {
            Format::Percent | Format::FinePercent => {
                format!("{} points", decimal(100.0 * difference, 1))
            }
            format => format.value(difference),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Case {
    Nominal,
    Worst,
}

/// Mean sensitivity over the last tenth of the updates that logged it.
fn end_of_training(log: &TrainingLog) -> Option<f64> {
    let values: Vec<f64> = log
        .curve(Metric::SensitivityMean)
        .map(|(_, value)| value)
        .collect();
    let tail = &values[values.len() - values.len().div_ceil(10)..];
    #[expect(clippy::cast_precision_loss, reason = "a count of updates")]
    (!tail.is_empty()).then(|| tail.iter().sum::<f64>() / tail.len() as f64)
}

/// Over how many seeds the two medians are.
fn seeds_text(rival: usize, reference: usize) -> String {
    match (rival, reference) {
        (1, 1) => "one seed each".to_owned(),
        (n, m) if n == m => format!("median over {n} seeds each"),
        (n, m) => format!("median over {n} and {m} seeds"),
    }
}

/// With one trained policy there is only its own gap.
fn own_gap(digest: &Digest<'_>, method: &Method) -> Option<Finding> {
    let format = digest.performance.format;
    let (nominal, worst) = (
        digest.nominal(&method.name)?.median()?,
        digest.worst(&method.name)?.median()?,
    );
    let budget = digest.reference.as_ref()?.budget_text();
    Some(Finding {
        headline: format!(
            "{}: {} in the clean market, {} under the worst attack at {budget}.",
            method.label,
            format.value(nominal),
            format.value(worst)
        ),
        detail: format!("{}, median over seeds.", digest.performance.label),
    })
}

fn against_baselines(digest: &Digest<'_>, method: &Method) -> Option<Finding> {
    let baseline = digest.best_baseline()?;
    let format = digest.performance.format;
    let (own, other) = (
        digest.nominal(&method.name)?.median()?,
        digest.nominal(&baseline.name)?.median()?,
    );
    let (own_text, other_text) = (format.value(own), format.value(other));
    let verb = match own > other {
        _ if own_text == other_text => "does the same as",
        true => "beats",
        false => "does not beat",
    };
    Some(Finding {
        headline: format!(
            "In the clean market {} {verb} the best baseline, {}: {own_text} against {other_text}.",
            method.label, baseline.label
        ),
        detail: format!(
            "{}. Baselines are not trained and see the same prices and costs.",
            digest.performance.label
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::demo::Demo;

    #[test]
    fn what_is_equal_when_written_is_the_same() {
        let mut demo = Demo::small();
        for ledger in &mut demo.summary.ledgers {
            let tiny = if ledger.policy == "buy_and_hold" {
                1e-5
            } else {
                0.0
            };
            if ledger.is_nominal() {
                ledger.figures.insert("cagr".to_owned(), Some(2.798 + tiny));
            }
        }
        let input = demo.input();
        let all = findings(&Digest::new(&input).unwrap());
        let last = &all.last().unwrap().headline;
        assert!(
            last.contains("does the same as the best baseline"),
            "{last}"
        );
    }

    #[test]
    fn one_seed_is_no_median() {
        assert_eq!(seeds_text(1, 1), "one seed each");
        assert_eq!(seeds_text(5, 5), "median over 5 seeds each");
        assert_eq!(seeds_text(5, 4), "median over 5 and 4 seeds");
    }
}
