//! Methods compared over seeds: medians, interquartile means and stratified bootstrap intervals.

use crate::{
    rng::{Component, Streams},
    stats::{Bootstrap, Interval, interquartile_mean, median},
};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What one training of one method came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Method.
    pub method: String,
    /// Seed of training.
    pub seed: u64,
    /// Performance in the clean market.
    pub nominal: Option<f64>,
    /// Lowest performance over all attacks at the training budget.
    pub worst: Option<f64>,
    /// Name of the attack that did it.
    pub worst_attack: Option<String>,
    /// Mean directional sensitivity ‖J B u‖ of the last tenth of the updates.
    pub sensitivity: Option<f64>,
}

impl Trial {
    /// Robustness gap: nominal − worst.
    #[must_use]
    pub fn gap(&self) -> Option<f64> {
        Some(self.nominal? - self.worst?)
    }
}

/// A figure over seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Trainings for which it is defined.
    pub n_seeds: usize,
    /// Median over seeds.
    pub median: Option<f64>,
    /// Interquartile mean with its 95 % bootstrap interval (seeds resampled within the method); `None` below two seeds.
    pub iqm: Option<Interval>,
}

/// One method over all seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodFigures {
    /// Method.
    pub method: String,
    /// Performance in the clean market.
    pub nominal: Figure,
    /// Lowest performance over the attacks.
    pub worst: Figure,
    /// Robustness gap.
    pub gap: Figure,
    /// Directional sensitivity.
    pub sensitivity: Figure,
    /// Gap minus the first method's gap, paired by seed, interquartile means; `None` for the first method and below two seeds.
    pub gap_difference: Option<Interval>,
    /// Sensitivity divided by the first method's (ratio of medians).
    pub sensitivity_ratio: Option<f64>,
    /// Price of robustness: the first method's nominal minus this one's, paired by seed, interquartile means.
    pub price: Option<Interval>,
}

/// Summarizes trials per method, in the order of `methods`; the first one is what the others are compared with.
#[must_use]
pub fn compare(methods: &[String], trials: &[Trial]) -> Vec<MethodFigures> {
    let of = |method: &String| -> Vec<&Trial> {
        trials.iter().filter(|t| t.method == *method).collect()
    };
    let first = methods.first().map(of).unwrap_or_default();
    let first_sensitivity = figure(&first, |t| t.sensitivity, 3).median;
    let mut all = Vec::with_capacity(methods.len());
    for (n, method) in methods.iter().enumerate() {
        let trials = of(method);
        let sensitivity = figure(&trials, |t| t.sensitivity, 3);
        let ratio = |a: f64, b: f64| (b > 0.0).then_some(a / b);
        all.push(MethodFigures {
            method: method.clone(),
            nominal: figure(&trials, |t| t.nominal, 0),
            worst: figure(&trials, |t| t.worst, 1),
            gap: figure(&trials, Trial::gap, 2),
            gap_difference: (n > 0)
                .then(|| paired(&trials, &first, Trial::gap))
                .flatten(),
            sensitivity_ratio: (n > 0)
                .then(|| ratio(sensitivity.median?, first_sensitivity?))
                .flatten(),
            price: (n > 0)
                .then(|| paired(&first, &trials, |t| t.nominal))
                .flatten(),
            sensitivity,
        });
    }
    all
}

fn figure(trials: &[&Trial], value: impl Fn(&Trial) -> Option<f64>, stream: u64) -> Figure {
    let values: Vec<f64> = trials.iter().filter_map(|t| value(t)).collect();
    let mut rng = Streams::new(0).stream(Component::Bootstrap, stream);
    Figure {
        n_seeds: values.len(),
        median: median(&values),
        iqm: (values.len() > 1)
            .then(|| Bootstrap::STANDARD.stratified(&[&values], interquartile_mean, &mut rng))
            .flatten(),
    }
}

/// left − right over the seeds that both have.
fn paired(
    left: &[&Trial],
    right: &[&Trial],
    value: impl Fn(&Trial) -> Option<f64>,
) -> Option<Interval> {
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    for trial in left {
        let twin = right.iter().find(|other| other.seed == trial.seed);
        if let (Some(l), Some(r)) = (value(trial), twin.and_then(|twin| value(twin))) {
            lefts.push(l);
            rights.push(r);
        }
    }
    let mut rng = Streams::new(0).stream(Component::Bootstrap, 4);
    (lefts.len() > 1)
        .then(|| {
            Bootstrap::STANDARD.paired_difference(&lefts, &rights, interquartile_mean, &mut rng)
        })
        .flatten()
}

/// The comparison as a Markdown table that names the command that makes it.
#[must_use]
pub fn markdown(figures: &[MethodFigures], performance: &str, command: &str) -> String {
    let mut text = format!(
        "Made by `{command}`. Performance: `{performance}`; IQM = interquartile mean over seeds, in brackets its 95 % bootstrap \
         interval.\n\n| method | seeds | nominal: median, IQM | worst attack: median, IQM | robustness gap: median, IQM | \
         sensitivity: median, IQM | sensitivity / {first} | gap − {first}'s (paired) | nominal given up (paired) |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        first = figures.first().map_or("first", |f| f.method.as_str()),
    );
    for f in figures {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            f.method,
            f.nominal.n_seeds,
            both(&f.nominal),
            both(&f.worst),
            both(&f.gap),
            both(&f.sensitivity),
            number(f.sensitivity_ratio),
            interval(f.gap_difference),
            interval(f.price),
        );
    }
    text
}

fn both(figure: &Figure) -> String {
    format!("{}, {}", number(figure.median), interval(figure.iqm))
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |x| format!("{x:.4}"))
}

fn interval(value: Option<Interval>) -> String {
    value.map_or_else(
        || "–".to_owned(),
        |i| format!("{:.4} [{:.4}, {:.4}]", i.estimate, i.low, i.high),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(method: &str, seed: u64, nominal: f64, worst: f64, sensitivity: f64) -> Trial {
        Trial {
            method: method.to_owned(),
            seed,
            nominal: Some(nominal),
            worst: Some(worst),
            worst_attack: Some("pgd".to_owned()),
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

    #[test]
    fn medians_ratios_and_paired_differences_of_a_case_by_hand() {
        let figures = compare(&["ppo".to_owned(), "aajr".to_owned()], &trials());
        let close = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-12;
        assert!(close(figures[0].nominal.median, 0.2));
        assert!(close(figures[1].gap.median, 0.01));
        assert!(close(figures[1].sensitivity_ratio, 0.25));
        // Paired by seed, the noise that both share cancels: the interval has no width.
        let price = figures[1].price.unwrap();
        assert!(close(Some(price.estimate), 0.01) && price.high - price.low < 1e-12);
        let gap = figures[1].gap_difference.unwrap();
        assert!(close(Some(gap.estimate), -0.09));
        assert!(figures[0].price.is_none());
        let iqm = figures[0].nominal.iqm.unwrap();
        assert!(iqm.low < 0.2 && 0.2 < iqm.high);
    }

    #[test]
    fn one_seed_has_a_median_and_no_interval() {
        let figures = compare(&["ppo".to_owned()], &trials()[..1]);
        assert_eq!(figures[0].nominal.median, Some(0.2));
        assert_eq!(figures[0].nominal.iqm, None);
    }

    #[test]
    fn an_undefined_figure_is_shown_as_such() {
        let mut one = trial("ppo", 0, 0.2, 0.1, 0.4);
        one.nominal = None;
        let figures = compare(&["ppo".to_owned()], &[one]);
        let text = markdown(&figures, "cagr", "shockproof experiment x.ron");
        assert!(text.contains("| ppo | 0 | –, – |"), "{text}");
        assert!(text.contains("`shockproof experiment x.ron`"));
    }
}
