//! Findings about one policy compared with the reference policy.

use crate::{
    eval::metrics::{Format, decimal},
    report::{
        analysis::SweepPoint,
        digest::{Digest, budget_text},
        input::{Method, TrainingLog},
        plot::weights::mean_displacement,
    },
    rng::{Component, Streams},
    stats::{Bootstrap, Interval, mean, median},
    train::Metric,
};

/// A sentence with the figures, seed counts and conditions behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) headline: String,
    pub(super) detail: String,
}

/// A rival policy and the reference policy that it is compared with.
pub(super) struct Pair<'a> {
    pub(super) digest: &'a Digest<'a>,
    pub(super) rival: &'a Method,
    pub(super) reference: &'a Method,
    /// Number of policies from which the rival was chosen.
    pub(super) n_rivals: usize,
}

/// Function that returns a policy's performance: [`Digest::nominal`] or [`Digest::worst`].
type Case<'a> = for<'d> fn(&'d Digest<'a>, &str) -> Option<&'d SweepPoint>;

impl<'a> Pair<'a> {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let all = [
            self.worst_case(),
            self.gap(),
            self.price(),
            self.sensitivity(),
            self.displacement(),
        ];
        all.into_iter().flatten().collect()
    }

    fn worst_case(&self) -> Option<Finding> {
        let budget = budget_text(self.digest.reference.as_ref()?.budget_bps);
        let (a, b) = self.medians(Digest::worst)?;
        let verb = match a - b {
            d if self.is_tie(d) => "is on a par with",
            d if d > 0.0 => "is ahead of",
            _ => "is behind",
        };
        let (rival, reference) = (&self.rival.label, &self.reference.label);
        let against = self.against(Digest::worst)?;
        let selection = match self.n_rivals {
            0 | 1 => String::new(),
            n => format!(" {rival} is the best of {n} rivals here; this choice flatters it."),
        };
        Some(Finding {
            headline: format!(
                "Under the worst attack at {budget}, {rival} {verb} {reference}: {against}."
            ),
            detail: format!("{}{selection}", self.paired(Digest::worst)),
        })
    }

    fn gap(&self) -> Option<Finding> {
        let (nominal, worst) = (self.medians(Digest::nominal)?, self.medians(Digest::worst)?);
        let (a, b) = (nominal.0 - worst.0, nominal.1 - worst.1);
        let (rival, own, other) = (&self.rival.label, self.points(a), self.points(b));
        let headline = if b > 0.0 && a < b {
            let share = Format::Percent.with_step(1.0 - a / b, 0.01);
            format!("{rival} narrows the robustness gap by {share}: {own} instead of {other}.")
        } else {
            format!("{rival} does not narrow the robustness gap: {own} against {other}.")
        };
        Some(Finding {
            headline,
            detail: "Gap: clean market minus worst attack, of medians over seeds. A negative gap \
                     means that no attack did harm."
                .to_owned(),
        })
    }

    fn price(&self) -> Option<Finding> {
        let (a, b) = self.medians(Digest::nominal)?;
        let (label, change) = (&self.rival.label, self.points((a - b).abs()));
        let against = self.against(Digest::nominal)?;
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
            detail: self.paired(Digest::nominal),
        })
    }

    fn sensitivity(&self) -> Option<Finding> {
        let logs = &self.digest.input.training;
        let last = |method: &Method| {
            let own = logs.iter().filter(|log| log.policy == method.name);
            let values: Vec<f64> = own.filter_map(end_of_training).collect();
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
                "Change of the action per full shock budget along the ascent direction: {} against \
                 {}; mean of the last tenth of updates, {}.",
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
            let of_seed = |seed| attacked.iter().find(|ledger| ledger.seed == seed);
            let values = nominal
                .iter()
                .map(|n| mean_displacement(n, of_seed(n.seed)?));
            let median = median(&values.flatten().collect::<Vec<_>>());
            median.map(|share| Format::Percent.value(share))
        };
        Some(Finding {
            headline: format!(
                "The {} attack moves {} of {}’s account per bar, {} of {}’s.",
                reference.attack,
                moved(self.rival)?,
                self.rival.label,
                moved(self.reference)?,
                self.reference.label
            ),
            detail: format!(
                "Mean over bars of the sum of absolute weight changes against the clean market at \
                 {}, median over seeds.",
                budget_text(reference.budget_bps)
            ),
        })
    }

    /// Medians of the rival and of the reference.
    fn medians(&self, case: Case<'a>) -> Option<(f64, f64)> {
        let of = |method: &Method| case(self.digest, &method.name)?.median();
        Some((of(self.rival)?, of(self.reference)?))
    }

    /// Formats both medians, with a remark if the interval of their difference contains zero.
    fn against(&self, case: Case<'a>) -> Option<String> {
        let (a, b) = self.medians(case)?;
        let format = self.digest.performance.format;
        let doubt = match self.interval(case) {
            Some(interval) if interval.low <= 0.0 && interval.high >= 0.0 => {
                ", which the seeds do not settle"
            }
            _ => "",
        };
        Some(format!(
            "{} against {}{doubt}",
            format.value(a),
            format.value(b)
        ))
    }

    /// Sentences about the metric and the comparison over the seeds common to both policies.
    fn paired(&self, case: Case<'a>) -> String {
        let (rival, reference) = self.pairs(case);
        let ahead = rival.iter().zip(&reference).filter(|(a, b)| a > b).count();
        let text = match (rival.len(), self.interval(case)) {
            (0, _) => "The two share no seed.".to_owned(),
            (1, _) => "One seed only: luck cannot be told from merit.".to_owned(),
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
        };
        format!(
            "{}, median over seeds. {text}",
            self.digest.performance.label
        )
    }

    /// Paired bootstrap interval of the difference of medians; `None` below two common seeds.
    fn interval(&self, case: Case<'a>) -> Option<Interval> {
        let (rival, reference) = self.pairs(case);
        let mut rng = Streams::new(0).stream(Component::Bootstrap, 0);
        Bootstrap::STANDARD
            .paired_difference(&rival, &reference, median, &mut rng)
            .filter(|_| rival.len() > 1)
    }

    /// Performance of rival and reference, one entry per common seed.
    fn pairs(&self, case: Case<'a>) -> (Vec<f64>, Vec<f64>) {
        let by_seed = |method: &Method| {
            let point = case(self.digest, &method.name);
            point.map(SweepPoint::defined).unwrap_or_default()
        };
        let reference = by_seed(self.reference);
        let shared = |(seed, value): &(u64, f64)| {
            let other = reference.iter().find(|(s, _)| s == seed)?;
            Some((*value, other.1))
        };
        by_seed(self.rival).iter().filter_map(shared).unzip()
    }

    fn is_percent(&self) -> bool {
        let format = self.digest.performance.format;
        matches!(format, Format::Percent | Format::FinePercent)
    }

    /// Returns true if the number format cannot show the difference.
    fn is_tie(&self, difference: f64) -> bool {
        difference.abs() < if self.is_percent() { 5e-4 } else { 5e-3 }
    }

    /// Formats a difference; percentages in percentage points.
    fn points(&self, difference: f64) -> String {
        if self.is_percent() {
            format!("{} points", decimal(100.0 * difference, 1))
        } else {
            self.digest.performance.format.value(difference)
        }
    }
}

/// Mean sensitivity over the last tenth of the updates that logged it.
fn end_of_training(log: &TrainingLog) -> Option<f64> {
    let curve = log.curve(Metric::SensitivityMean);
    let values: Vec<f64> = curve.map(|(_, value)| value).collect();
    mean(&values[values.len() - values.len().div_ceil(10)..])
}

/// Formats the numbers of seeds behind two medians.
fn seeds_text(rival: usize, reference: usize) -> String {
    match (rival, reference) {
        (1, 1) => "one seed each".to_owned(),
        (n, m) if n == m => format!("median over {n} seeds each"),
        (n, m) => format!("median over {n} and {m} seeds"),
    }
}

#[cfg(test)]
mod tests {
    use super::seeds_text;

    #[test]
    fn one_seed_is_not_called_a_median() {
        assert_eq!(seeds_text(1, 1), "one seed each");
        assert_eq!(seeds_text(5, 5), "median over 5 seeds each");
        assert_eq!(seeds_text(5, 4), "median over 5 and 4 seeds");
    }
}
