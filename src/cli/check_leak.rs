//! `shockproof check leak EXPERIMENT`: a policy trained and judged on martingales.

use super::{Answer, CheckLeakArgs, Verdict, progress};
use crate::{
    config::Registry,
    ingest::audit::Foresight,
    run::{LeakReport, LeakRequest, Part, RunError, Statistic, check_leak as check},
};
use serde_json::json;
use std::{fmt::Write, num::NonZeroUsize};

/// Checks the experiment; a leak is a fault, exit code 1.
pub(super) fn check_leak(args: &CheckLeakArgs, registry: &Registry) -> Result<Answer, RunError> {
    let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let n_threads = args
        .threads
        .and_then(|n| NonZeroUsize::new(usize::from(n)))
        .unwrap_or_else(cores);
    let request = LeakRequest {
        config: args.config.clone(),
        n_worlds: args.worlds,
        n_steps: args.steps,
        seed: args.seed,
        n_threads,
    };
    let report = check(&request, registry, progress::on_stderr().as_ref())?;
    Ok(answer(&report))
}

fn answer(report: &LeakReport) -> Answer {
    let mut answer = Answer::fine(page(report), json!(report));
    if !report.findings.is_empty() {
        answer.verdict = Verdict::Faulty;
    }
    answer
}

fn page(report: &LeakReport) -> String {
    let LeakReport { profit, .. } = report;
    let mut page = format!(
        "{} on {}: {} worlds without an edge, {} training steps in each, seed {}\n",
        report.experiment, report.env, report.n_worlds, report.n_steps, report.seed
    );
    let mut line = |text: String| {
        let _ = writeln!(page, "{text}");
    };
    line(format!(
        "  trained policies earn {} of the initial equity a year before costs ({} of costs); luck \
         explains up to {}\n",
        percent(profit.per_year),
        percent(profit.costs_per_year),
        percent(profit.luck_per_year),
    ));
    line(format!(
        "  {:11} {:8} {}",
        "part", "verdict", "what was tested"
    ));
    let signals = (!report.signals.is_empty()).then_some(Part::Signals);
    for part in [Part::Alignment].into_iter().chain(signals).chain([
        Part::Features,
        Part::Normalizer,
        Part::Fills,
    ]) {
        let is_leak = report.findings.iter().any(|finding| finding.part == part);
        let verdict = match part {
            _ if is_leak => "LEAKS",
            // No world can clear a signal.
            Part::Signals => "untested",
            _ => "clean",
        };
        line(format!("  {part:11} {verdict:8} {}", tested(report, part)));
    }
    line(String::new());
    for finding in &report.findings {
        line(format!("  {}: {}", finding.part, finding.what));
    }
    line(if report.findings.is_empty() {
        let share = percent(report.false_alarms);
        let but = if signals.is_some() {
            " but for what the signals know"
        } else {
            ""
        };
        format!("  no leak found{but}; of checks without a leak, at most {share} report one")
    } else {
        "  a later part is judged only where no earlier part leaks".to_owned()
    });
    for note in &report.notes {
        line(format!("  note: {note}"));
    }
    page
}

/// Tests of a part, in words.
fn tested(report: &LeakReport, part: Part) -> String {
    let n_prices: usize = report.traced.iter().map(|asset| asset.n_bars).sum();
    let n_unknown: usize = report.traced.iter().map(|asset| asset.n_unknown).sum();
    let n_twins = report.n_twins;
    match part {
        Part::Alignment => format!(
            "{} of {n_prices} bars traced to their instants; {}",
            n_prices - n_unknown,
            strongest(&report.alignment)
        ),
        Part::Signals => foreseen(&report.signals),
        Part::Features => format!("{n_twins} twin worlds; {}", strongest(&report.features)),
        Part::Normalizer => "a twin world that differs after the training span".to_owned(),
        Part::Fills => format!("order sizes in twin worlds; {}", strongest(&report.fills)),
        Part::Unknown => strongest(&report.profit.statistic),
    }
}

/// Largest correlation of a signal with the next return, in words.
fn foreseen(signals: &[Foresight]) -> String {
    let known = signals.iter().filter_map(|s| Some((s, s.correlation?)));
    let n = signals.len();
    match known.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) {
        Some((Foresight { signal, limit, .. }, found)) => format!(
            "values of the files in all worlds; largest correlation of {n} with the next return \
             {found:+.2}, limit {limit:.2}: {signal}"
        ),
        None => "values of the files in all worlds; too few bars for a correlation".to_owned(),
    }
}

fn strongest(statistic: &Statistic) -> String {
    let Statistic {
        name,
        z,
        limit,
        n_tested,
    } = statistic;
    match z {
        Some(z) => format!("largest of {n_tested} statistics {z:.1}, limit {limit:.1}: {name}"),
        None => "nothing was traded".to_owned(),
    }
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Finding, Profit};

    fn statistic(name: &str) -> Statistic {
        Statistic {
            name: name.to_owned(),
            z: Some(1.0),
            limit: 3.5,
            n_tested: 2,
        }
    }

    fn report() -> LeakReport {
        LeakReport {
            experiment: "tiny".to_owned(),
            env: "tiny-v1".to_owned(),
            seed: 1,
            n_worlds: 2,
            n_steps: 64,
            test_years: 1.0,
            false_alarms: 0.001,
            profit: Profit {
                per_year: 0.01,
                luck_per_year: 0.05,
                costs_per_year: 0.02,
                worlds: vec![0.0, 0.02],
                statistic: statistic("policy"),
            },
            traced: Vec::new(),
            signals: Vec::new(),
            n_twins: 4,
            alignment: statistic("A and the next move of B"),
            features: statistic("rsi[A] and the next move of B"),
            fills: statistic("the trained policy"),
            findings: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_leak_is_named_and_exits_with_one() {
        let clean = answer(&report());
        assert_eq!(clean.verdict, Verdict::Fine);
        assert!(clean.table.contains("no leak found") && !clean.table.contains("LEAKS"));
        let leaking = answer(&LeakReport {
            findings: vec![Finding {
                part: Part::Fills,
                what: "9 of 10 bars of A open at a stale price".to_owned(),
            }],
            ..report()
        });
        assert_eq!(leaking.verdict, Verdict::Faulty);
        for words in [
            "fills       LEAKS",
            "features    clean",
            "fills: 9 of 10 bars of A",
        ] {
            assert!(leaking.table.contains(words), "{}", leaking.table);
        }
        assert_eq!(leaking.json["findings"][0]["part"], "fills");
    }

    #[test]
    fn a_signal_is_never_called_clean() {
        let signal = |correlation| Foresight {
            signal: "score".to_owned(),
            symbol: "A".to_owned(),
            correlation,
            limit: 0.5,
        };
        for (signals, words) in [
            (vec![signal(None)], "too few bars for a correlation"),
            (
                vec![signal(Some(-0.21)), signal(Some(0.2)), signal(None)],
                "largest correlation of 3 with the next return -0.21, limit 0.50: score",
            ),
        ] {
            let said = answer(&LeakReport {
                signals,
                ..report()
            });
            assert_eq!(said.verdict, Verdict::Fine);
            let not_clean = "signals     untested values of the files in all worlds";
            for words in [
                words,
                not_clean,
                "no leak found but for what the signals know",
            ] {
                assert!(said.table.contains(words), "{}", said.table);
            }
        }
        assert!(!answer(&report()).table.contains("signals"));
    }
}
