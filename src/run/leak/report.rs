//! Result of the leak check.

use super::{
    play::Played,
    probe::Probed,
    tally::{FALSE_ALARMS, Tally, limit},
    trace::Traced,
};
use crate::ingest::audit::Foresight;
use serde::Serialize;
use std::fmt;

/// Part of the pipeline that leaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Bars of the panel hold prices of another time than their stamps state.
    Alignment,
    /// A signal of a file contains later prices.
    Signals,
    /// A feature uses later prices.
    Features,
    /// The normalizer uses prices after the training span.
    Normalizer,
    /// A fill price was known before its decision, or an order size depends on later prices.
    Fills,
    /// The trained policy earns more than luck explains, but no finding names a cause.
    Unknown,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Alignment => "alignment",
            Self::Signals => "signals",
            Self::Features => "features",
            Self::Normalizer => "normalizer",
            Self::Fills => "fills",
            Self::Unknown => "unknown",
        })
    }
}

/// A leak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Part that leaks.
    pub part: Part,
    /// Description of the leak.
    pub what: String,
}

/// Largest of several statistics, each close to a standard normal without a leak.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistic {
    /// Name of the largest statistic.
    pub name: String,
    /// Value; `None` if nothing was traded or observed.
    pub z: Option<f64>,
    /// Critical value; luck exceeds it so rarely that all checks together keep to
    /// [`LeakReport::false_alarms`].
    pub limit: f64,
    /// Number of statistics.
    pub n_tested: usize,
}

/// Profit of the trained policies on the test spans, with costs added back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profit {
    /// Mean over the worlds. Unit: initial equity per year.
    pub per_year: f64,
    /// Critical value of `per_year`, as in `statistic`. Unit: initial equity per year.
    pub luck_per_year: f64,
    /// Mean costs. Unit: initial equity per year.
    pub costs_per_year: f64,
    /// Profit in each world. Unit: initial equity per year.
    pub worlds: Vec<f64>,
    /// Profit over its standard error, with its critical value.
    pub statistic: Statistic,
}

/// Result of the leak check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeakReport {
    /// Name of the experiment.
    pub experiment: String,
    /// Name and version of the env.
    pub env: String,
    /// Seed of the worlds and trainings.
    pub seed: u64,
    /// Number of worlds.
    pub n_worlds: u32,
    /// Number of training steps in each world.
    pub n_steps: u64,
    /// Length of the test span. Unit: years of 365.25 days.
    pub test_years: f64,
    /// Probability that the check reports a leak where there is none.
    pub false_alarms: f64,
    /// Profit of the trained policies.
    pub profit: Profit,
    /// Origin of the prices in the panel.
    pub traced: Vec<Traced>,
    /// Signals of the files, which keep their values in every world.
    pub signals: Vec<Foresight>,
    /// Number of twin worlds that were compared.
    pub n_twins: usize,
    /// Statistic of the newest returns as predictors of the next moves.
    pub alignment: Statistic,
    /// Statistic of the observed fields as predictors of the next moves.
    pub features: Statistic,
    /// Statistic of the profit from fills.
    pub fills: Statistic,
    /// Leaks, the earliest stage first; empty if there is none.
    pub findings: Vec<Finding>,
    /// Limits of this check for this env.
    pub notes: Vec<String>,
}

/// Sums of all worlds, from which the statistics follow.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    pub(super) policies: Vec<Played>,
    pub(super) follower: Played,
    pub(super) fader: Played,
    pub(super) probed: Probed,
}

/// Tails of a statistic that indicate a leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tails {
    /// Large values.
    Upper,
    /// Large and small values.
    Both,
}

/// Names of the observed fields and of the assets.
pub(super) struct Names<'a> {
    pub(super) fields: Vec<&'a str>,
    pub(super) symbols: &'a [String],
}

impl Sums {
    pub(super) fn profit(&self, years: f64) -> Profit {
        let mut all = Played::default();
        self.policies.iter().for_each(|&world| all.merge(world));
        let per_year = (self.policies.len() as f64 * years).recip();
        let limit = limit(1, FALSE_ALARMS);
        Profit {
            per_year: all.profit.sum * per_year,
            luck_per_year: limit * all.profit.squares.sqrt() * per_year,
            costs_per_year: all.costs * per_year,
            worlds: self
                .policies
                .iter()
                .map(|world| world.profit.sum / years)
                .collect(),
            statistic: Statistic {
                name: "policy".to_owned(),
                z: all.profit.z(),
                limit,
                n_tested: 1,
            },
        }
    }

    /// Largest absolute statistic of the newest returns.
    pub(super) fn alignment(&self, names: &Names<'_>) -> Statistic {
        let symbols: Vec<&str> = names.symbols.iter().map(String::as_str).collect();
        predicted(&self.probed.returns, &symbols, names.symbols)
    }

    /// Largest absolute statistic of the observed fields.
    pub(super) fn features(&self, names: &Names<'_>) -> Statistic {
        predicted(&self.probed.fields, &names.fields, names.symbols)
    }

    /// Largest profit or loss from fills. Rounding to ticks and forced sales at opens that noise
    /// has moved against the position lose by their rules, so only a profit counts there.
    pub(super) fn fills(&self, tails: Tails) -> Statistic {
        let mut policy = Tally::default();
        self.policies
            .iter()
            .for_each(|world| policy.merge(world.fills));
        let players = [
            ("the trained policy", policy),
            ("a player that follows the last move", self.follower.fills),
            ("a player that fades the last move", self.fader.fills),
        ];
        let (n_tails, statistic): (_, fn(f64) -> f64) = match tails {
            Tails::Upper => (1, |z| z),
            Tails::Both => (2, f64::abs),
        };
        let limit = limit(n_tails * players.len(), FALSE_ALARMS);
        let zs = players.map(|(name, tally)| (name.to_owned(), tally.z().map(statistic)));
        largest(zs.into_iter(), limit)
    }
}

/// Largest absolute statistic of `tallies [n_names, n_assets]`.
fn predicted(tallies: &[Tally], names: &[&str], symbols: &[String]) -> Statistic {
    let limit = limit(2 * tallies.len(), FALSE_ALARMS);
    let zs = tallies.iter().enumerate().map(|(i, tally)| {
        let (name, symbol) = (names[i / symbols.len()], &symbols[i % symbols.len()]);
        (
            format!("{name} and the next move of {symbol}"),
            tally.z().map(f64::abs),
        )
    });
    largest(zs, limit)
}

fn largest(zs: impl ExactSizeIterator<Item = (String, Option<f64>)>, limit: f64) -> Statistic {
    let n_tested = zs.len();
    let nothing = (String::from("none"), None);
    let (name, z) = zs.fold(
        nothing,
        |best, next| if next.1 > best.1 { next } else { best },
    );
    Statistic {
        name,
        z,
        limit,
        n_tested,
    }
}

impl Statistic {
    /// Returns true if luck does not explain the value.
    #[must_use]
    pub fn is_beyond_luck(&self) -> bool {
        self.z.is_some_and(|z| z > self.limit)
    }
}

impl LeakReport {
    /// Adds the signals of the files and the findings about them. They explain no other statistic,
    /// because the prices of a world do not depend on them.
    pub(super) fn with_signals(mut self, signals: Vec<Foresight>) -> Self {
        for signal in signals.iter().filter(|signal| signal.is_leak()) {
            let what = format!(
                "{:?} correlates by {:+.2} with the next return of {} in the files, as only a \
                 value of the next bar does; give the moment at which it is known, such as \
                 `known: After(bars: 1)`",
                signal.signal,
                signal.correlation.unwrap_or_default(),
                signal.symbol
            );
            let part = Part::Signals;
            self.findings.push(Finding { part, what });
        }
        self.findings.sort_by_key(|finding| finding.part);
        self.signals = signals;
        self
    }
}

/// Findings of the traced prices.
pub(super) fn traced_findings(traced: &[Traced]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for asset in traced {
        let Traced {
            symbol,
            n_bars,
            n_ahead,
            n_stale,
            ..
        } = asset;
        if *n_ahead > 0 {
            let what = format!(
                "{n_ahead} of {n_bars} bars of {symbol} hold prices made up to {} s after the \
                 decision of their row",
                asset.ahead_seconds
            );
            findings.push(Finding {
                part: Part::Alignment,
                what,
            });
        }
        if *n_stale > 0 {
            let part = if asset.is_shifted() {
                Part::Alignment
            } else {
                Part::Fills
            };
            let what = format!(
                "{n_stale} of {n_bars} bars of {symbol} open at a price made up to {} s before \
                 the decision that they fill",
                asset.stale_seconds
            );
            findings.push(Finding { part, what });
        }
    }
    findings
}

/// Adds a finding for each statistic beyond its limit, unless an earlier finding explains it.
pub(super) fn add_statistics(report: &mut LeakReport) {
    let LeakReport {
        findings, profit, ..
    } = report;
    for (part, statistic, verb) in [
        (Part::Alignment, &report.alignment, "are correlated"),
        (Part::Features, &report.features, "are correlated"),
        (Part::Fills, &report.fills, "earns or loses by its fills"),
        (Part::Unknown, &profit.statistic, "earns"),
    ] {
        let explains = |known: &Finding| {
            [part, Part::Alignment].contains(&known.part) || part == Part::Unknown
        };
        if statistic.is_beyond_luck() && !findings.iter().any(explains) {
            let (z, limit) = (statistic.z.unwrap_or_default(), statistic.limit);
            let what = format!(
                "{} {verb}: z = {z:.1}, luck explains {limit:.1}",
                statistic.name
            );
            findings.push(Finding { part, what });
        }
    }
    findings.sort_by_key(|finding| finding.part);
}
