//! Methods compared over seeds: medians, interquartile means and stratified bootstrap intervals.

use crate::{
    eval::{LedgerSummary, Spread, Summary},
    report::TrainingLog,
    rng::{Component, Streams},
    stats::{Bootstrap, Interval, interquartile_mean},
};
use serde::{Deserialize, Serialize};

/// Performance of one training on one span.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trial {
    pub(super) method: String,
    pub(super) seed: u64,
    /// Performance in the clean market; `None` if undefined, e.g. the growth of an account that
    /// lost everything.
    pub(super) nominal: Option<f64>,
    /// Lowest performance over all attacks at [`Summary::worst_at_bps`]; `None` if any attack
    /// leaves it undefined, because an undefined performance is worse than any value.
    pub(super) worst: Option<f64>,
    /// True if the account was ruined in the clean market.
    pub(super) nominal_ruined: bool,
    /// True if any attack at [`Summary::worst_at_bps`] ruined the account.
    pub(super) worst_ruined: bool,
    /// Mean directional sensitivity ‖J B u‖ of the last tenth of the updates.
    pub(super) sensitivity: Option<f64>,
}

impl Trial {
    /// Builds the trial of the training in `log` from the metrics of its backtests.
    pub(super) fn new(
        summary: &Summary,
        log: &TrainingLog,
        performance: &str,
        sensitivity: Option<f64>,
    ) -> Self {
        let (method, seed) = (&log.policy, log.seed);
        let value = |ledger: &LedgerSummary| ledger.get(performance);
        let is_own = |ledger: &&LedgerSummary| ledger.policy == *method && ledger.seed == seed;
        let own = || summary.ledgers.iter().filter(is_own);
        let at_budget = |ledger: &&LedgerSummary| {
            let entry = |budget| crate::eval::same_budget(budget, ledger.budget_bps);
            !ledger.is_nominal() && summary.worst_at_bps.is_some_and(entry)
        };
        let level = |ledger: &LedgerSummary| value(ledger).unwrap_or(f64::NEG_INFINITY);
        let worst = own()
            .filter(at_budget)
            .min_by(|a, b| level(a).total_cmp(&level(b)));
        Self {
            method: method.clone(),
            seed,
            nominal: own().find(|ledger| ledger.is_nominal()).and_then(value),
            worst: worst.and_then(value),
            nominal_ruined: own().any(|ledger| ledger.is_nominal() && ledger.ruined),
            worst_ruined: own().filter(at_budget).any(|ledger| ledger.ruined),
            sensitivity,
        }
    }

    /// Robustness gap: nominal − worst.
    pub(super) fn gap(&self) -> Option<f64> {
        Some(self.nominal? - self.worst?)
    }
}

/// Figures of one method over all seeds. A figure is undefined if it is for any seed, because
/// leaving that seed out would flatter the method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodFigures {
    /// Name of the method.
    pub method: String,
    /// Performance in the clean market of the test span.
    pub nominal: Spread,
    /// Lowest performance over the attacks at [`MethodFigures::worst_at_bps`].
    pub worst: Spread,
    /// Budget at which `worst` is measured: [`Summary::worst_at_bps`]. Unit: bps.
    pub worst_at_bps: Option<f64>,
    /// Robustness gap: nominal minus worst performance.
    pub gap: Spread,
    /// Mean directional sensitivity ‖J B u‖ at the end of training.
    pub sensitivity: Spread,
    /// Interquartile-mean gap minus the first method's, paired by seed, with its interval; `None`
    /// for the first method, below two seeds, or if a seed is undefined.
    pub gap_difference: Option<Interval>,
    /// Sensitivity relative to the first method (ratio of medians).
    pub sensitivity_ratio: Option<f64>,
    /// Price of robustness: the first method's interquartile-mean nominal performance minus this
    /// method's, paired by seed.
    pub price: Option<Interval>,
    /// Figures on the validation span, at the same budget.
    pub validation: ValidationFigures,
}

/// Figures of one method over all seeds on the validation span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationFigures {
    /// Performance in the clean market.
    pub nominal: Spread,
    /// Lowest performance over the attacks.
    pub worst: Spread,
    /// Robustness gap: nominal minus worst performance.
    pub gap: Spread,
}

/// Summarizes the trials on both spans per method, in the order of `methods`, and compares each
/// method with the first. `worst_at_bps` is [`Summary::worst_at_bps`].
pub(super) fn compare(
    methods: &[String],
    test: &[Trial],
    validation: &[Trial],
    worst_at_bps: Option<f64>,
) -> Vec<MethodFigures> {
    let first = methods.first().map(|method| of(test, method));
    let first = first.unwrap_or_default();
    let first_sensitivity = spread(&first, |t| t.sensitivity).median;
    let ratio = |a: f64, b: f64| (b > 0.0).then_some(a / b);
    let mut all = Vec::with_capacity(methods.len());
    for (n, method) in methods.iter().enumerate() {
        let trials = of(test, method);
        let validation = of(validation, method);
        let sensitivity = spread(&trials, |t| t.sensitivity);
        let rival_of = (n > 0).then_some(&first);
        all.push(MethodFigures {
            method: method.clone(),
            nominal: nominal(&trials),
            worst: worst(&trials),
            worst_at_bps,
            gap: spread(&trials, Trial::gap),
            gap_difference: rival_of.and_then(|first| paired(&trials, first, Trial::gap)),
            sensitivity_ratio: rival_of
                .and_then(|_| ratio(sensitivity.median?, first_sensitivity?)),
            price: rival_of.and_then(|first| paired(first, &trials, |t| t.nominal)),
            sensitivity,
            validation: ValidationFigures {
                nominal: nominal(&validation),
                worst: worst(&validation),
                gap: spread(&validation, Trial::gap),
            },
        });
    }
    all
}

fn of<'a>(trials: &'a [Trial], method: &str) -> Vec<&'a Trial> {
    trials.iter().filter(|t| t.method == method).collect()
}

fn nominal(trials: &[&Trial]) -> Spread {
    let n_ruined = trials.iter().filter(|t| t.nominal_ruined).count();
    spread(trials, |t| t.nominal).with_ruined(n_ruined)
}

fn worst(trials: &[&Trial]) -> Spread {
    let n_ruined = trials.iter().filter(|t| t.worst_ruined).count();
    spread(trials, |t| t.worst).with_ruined(n_ruined)
}

fn spread(trials: &[&Trial], value: impl Fn(&Trial) -> Option<f64>) -> Spread {
    Spread::of(&trials.iter().map(|t| value(t)).collect::<Vec<_>>(), 0)
}

/// Difference left − right of interquartile means, paired by common seeds; `None` if a figure is
/// undefined or fewer than two seeds are common.
fn paired(
    left: &[&Trial],
    right: &[&Trial],
    value: impl Fn(&Trial) -> Option<f64>,
) -> Option<Interval> {
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    for trial in left {
        if let Some(twin) = right.iter().find(|other| other.seed == trial.seed) {
            lefts.push(value(trial)?);
            rights.push(value(twin)?);
        }
    }
    if lefts.len() < 2 {
        return None;
    }
    let mut rng = Streams::new(0).stream(Component::Bootstrap, 4);
    Bootstrap::STANDARD.paired_difference(&lefts, &rights, interquartile_mean, &mut rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{eval::Ledger, run::comparison_table::markdown};
    use chrono::{DateTime, TimeDelta};

    fn trial(method: &str, seed: u64, nominal: f64, worst: f64, sensitivity: f64) -> Trial {
        Trial {
            method: method.to_owned(),
            seed,
            nominal: Some(nominal),
            worst: Some(worst),
            nominal_ruined: false,
            worst_ruined: false,
            sensitivity: Some(sensitivity),
        }
    }

    fn trials() -> Vec<Trial> {
        (0..5_u64)
            .flat_map(|seed| {
                let noise = [0.0, 0.01, -0.01, 0.02, -0.02][usize::try_from(seed).unwrap()];
                [
                    trial("ppo", seed, 0.2 + noise, 0.1 + noise, 0.4),
                    trial("aajr", seed, 0.19 + noise, 0.18 + noise, 0.1),
                ]
            })
            .collect()
    }

    fn figures(trials: &[Trial]) -> Vec<MethodFigures> {
        let methods = ["ppo".to_owned(), "aajr".to_owned()];
        compare(&methods, trials, trials, Some(10.0))
    }

    #[test]
    fn medians_ratios_and_paired_differences_of_a_case_by_hand() {
        let figures = figures(&trials());
        let close = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-12;
        assert!(close(figures[0].nominal.median, 0.2));
        assert!(close(figures[1].gap.median, 0.01));
        assert!(close(figures[1].sensitivity_ratio, 0.25));
        assert_eq!(figures[1].validation.nominal, figures[1].nominal);
        // Pairing by seed cancels the common noise, so the interval has width zero.
        let price = figures[1].price.unwrap();
        assert!(close(Some(price.estimate), 0.01) && price.high - price.low < 1e-12);
        let gap = figures[1].gap_difference.unwrap();
        assert!(close(Some(gap.estimate), -0.09));
        assert!(figures[0].price.is_none());
        let interval = figures[0].nominal.interval.unwrap();
        assert!(interval.low < 0.2 && 0.2 < interval.high);
    }

    #[test]
    fn one_seed_has_a_median_and_no_interval() {
        let figures = figures(&trials()[..1]);
        assert_eq!(figures[0].nominal.median, Some(0.2));
        assert_eq!(figures[0].nominal.interval, None);
    }

    #[test]
    fn an_undefined_seed_is_neither_left_out_nor_hidden() {
        let mut trials = trials();
        trials[3].worst = None;
        let figures = figures(&trials);
        let aajr = &figures[1];
        assert_eq!((aajr.worst.n_seeds, aajr.worst.n_undefined), (5, 1));
        assert_eq!((aajr.worst.median, aajr.gap.median), (None, None));
        assert_eq!(aajr.gap_difference, None);
        assert!(aajr.nominal.median.is_some() && aajr.price.is_some());
        let text = markdown(&figures, "cagr", "shockproof experiment x.ron");
        assert!(text.contains("| undefined (1 of 5 seeds) |"), "{text}");
        assert!(text.contains("`shockproof experiment x.ron`") && text.contains("at 10 bps"));
        let columns = text.lines().filter(|line| line.starts_with('|'));
        assert!(
            columns
                .map(|line| line.matches('|').count())
                .all(|n| n == 9)
        );
    }

    #[test]
    fn ruined_seeds_are_counted_in_the_table() {
        let mut trials = trials();
        trials[3].worst_ruined = true;
        trials[5].worst_ruined = true;
        let figures = figures(&trials);
        assert_eq!(
            (figures[1].worst.n_ruined, figures[1].nominal.n_ruined),
            (2, 0)
        );
        assert!(figures[1].worst.median.is_some(), "a defined figure counts");
        let text = markdown(&figures, "cagr", "x");
        assert_eq!(text.matches("2 of 5 ruined").count(), 1, "{text}");
    }

    fn ledger(attack: &str, budget_bps: f64, last: f64) -> Ledger {
        Ledger {
            policy: "ppo".to_owned(),
            attack: attack.to_owned(),
            budget_bps,
            threat: None,
            seed: 1,
            symbols: vec!["A".to_owned()],
            initial_equity: 100.0,
            bar_seconds: 86_400,
            timestamps: (0..3)
                .map(|day| DateTime::UNIX_EPOCH + TimeDelta::days(day))
                .collect(),
            equity: vec![100.0, 101.0, last],
            cost: vec![0.0; 3],
            turnover: vec![0.0; 3],
            weights: vec![0.0; 3],
            close: vec![1.0; 3],
            shock_bps: vec![budget_bps; 3],
            ruined: last <= 0.0,
            ..Ledger::empty("ppo", 1)
        }
    }

    #[test]
    fn worst_is_at_the_training_budget_and_a_ruin_there_is_undefined() {
        let mut ledgers = vec![
            ledger("none", 0.0, 104.0),
            ledger("pgd", 10.0, 103.0),
            ledger("random", 10.0, 102.0),
            ledger("pgd", 5.0, 101.0),
            ledger("pgd", 50.0, 90.0),
        ];
        let of = |ledgers: &[Ledger]| {
            let summary = Summary::new(ledgers, None, Some(10.0), 0);
            let log = TrainingLog {
                policy: "ppo".to_owned(),
                seed: 1,
                rows: Vec::new(),
            };
            let trial = Trial::new(&summary, &log, "total_log_growth", None);
            trial.worst
        };
        assert!((of(&ledgers).unwrap() - 1.02_f64.ln()).abs() < 1e-12);
        ledgers[1] = ledger("pgd", 10.0, -1.0);
        assert_eq!(of(&ledgers), None);
    }
}
