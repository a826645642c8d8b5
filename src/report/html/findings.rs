//! Headline findings: sentences computed from the records.

use super::pair::{Finding, Pair};
use crate::eval::Weakness;
use crate::report::{
    analysis::SweepPoint,
    digest::{Digest, budget_text},
    input::Method,
};
use std::collections::BTreeSet;

/// All findings, the most important first. Findings that cannot be computed are left out.
pub(crate) fn findings(digest: &Digest<'_>) -> Vec<Finding> {
    let trained: Vec<&Method> = digest.trained().collect();
    let Some((reference, rivals)) = trained.split_first() else {
        return Vec::new();
    };
    // The rival with the best worst case is compared with the reference.
    let worst = |m: &Method| digest.worst(&m.name).and_then(SweepPoint::median);
    let level = |m: &Method| worst(m).unwrap_or(f64::NEG_INFINITY);
    let rival = rivals
        .iter()
        .copied()
        .max_by(|a, b| level(a).total_cmp(&level(b)));
    let compared = rival.map(|rival| {
        let pair = Pair {
            digest,
            rival,
            reference,
            n_rivals: rivals.len(),
        };
        pair.findings()
    });
    let alone = || own_gap(digest, reference).into_iter().collect();
    ruins(digest)
        .into_iter()
        .chain(compared.unwrap_or_else(alone))
        .chain(against_baselines(digest, rival.unwrap_or(reference)))
        .chain(failed_attacks(digest))
        .collect()
}

/// Finding about ruined accounts, in the clean market or under any attack.
fn ruins(digest: &Digest<'_>) -> Option<Finding> {
    let (input, ledgers) = (digest.input, &digest.input.summary.ledgers);
    let is_shown = |policy: &str| input.methods.iter().any(|method| method.name == policy);
    let ruined = ledgers
        .iter()
        .filter(|row| row.ruined && is_shown(&row.policy));
    let ruined: Vec<_> = ruined.collect();
    let first = ruined.first()?;
    let is_ruined = |method: &&Method| ruined.iter().any(|row| row.policy == method.name);
    let labels = input
        .methods
        .iter()
        .filter(is_ruined)
        .map(|method| &*method.label);
    Some(Finding {
        headline: format!(
            "Ruined accounts: {} of {} backtests ({}).",
            ruined.len(),
            ledgers.len(),
            labels.collect::<Vec<_>>().join(", ")
        ),
        detail: format!(
            "The first: {}, seed {}, attack {} at {} bps. A ruined account holds its cash to the \
             end of the span. A metric that a ruin leaves undefined is undefined over all seeds.",
            first.policy, first.seed, first.attack, first.budget_bps
        ),
    })
}

/// Finding about failed attacks: under each of them, a policy grew more than without it, or more
/// than under noise.
fn failed_attacks(digest: &Digest<'_>) -> Option<Finding> {
    let is_trained = |policy: &str| digest.trained().any(|method| method.name == policy);
    let rows = digest.input.summary.ledgers.iter();
    let attacked: Vec<_> = rows
        .filter(|row| !row.is_nominal() && row.attack != Weakness::RANDOM)
        .filter(|row| is_trained(&row.policy))
        .collect();
    let failed = attacked.iter().filter(|row| row.weakness.is_some());
    let names: BTreeSet<&str> = failed.clone().map(|row| row.attack.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    (!names.is_empty()).then(|| Finding {
        headline: format!(
            "Failed attacks: {} of {} backtests under an attack ({}).",
            failed.count(),
            attacked.len(),
            names.join(", ")
        ),
        detail: "The policy grew more than in the clean market, or than under blind noise of the \
                 same budget. A failed attack says nothing about robustness."
            .to_owned(),
    })
}

/// Finding about the robustness gap of the only trained policy.
fn own_gap(digest: &Digest<'_>, method: &Method) -> Option<Finding> {
    let write = |value| digest.performance.format.value(value);
    let nominal = write(digest.nominal(&method.name)?.median()?);
    let worst = write(digest.worst(&method.name)?.median()?);
    let (label, budget) = (
        &method.label,
        budget_text(digest.reference.as_ref()?.budget_bps),
    );
    Some(Finding {
        headline: format!(
            "{label}: {nominal} in the clean market, {worst} under the worst attack at {budget}."
        ),
        detail: format!("{}, median over seeds.", digest.performance.label),
    })
}

fn against_baselines(digest: &Digest<'_>, method: &Method) -> Option<Finding> {
    let baseline = digest.best_baseline()?;
    let own = digest.nominal(&method.name)?.median()?;
    let other = digest.nominal(&baseline.name)?.median()?;
    let format = digest.performance.format;
    let (own_text, other_text) = (format.value(own), format.value(other));
    let verb = if own_text == other_text {
        "does the same as"
    } else if own > other {
        "beats"
    } else {
        "does not beat"
    };
    Some(Finding {
        headline: format!(
            "In the clean market {} {verb} the best baseline, {}: {own_text} against {other_text}.",
            method.label, baseline.label
        ),
        detail: format!(
            "{}. Baselines are not trained; they have the same prices and costs.",
            digest.performance.label
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::demo::Demo;

    #[test]
    fn values_with_the_same_text_are_called_the_same() {
        let mut demo = Demo::small();
        for ledger in &mut demo.summary.ledgers {
            let is_tiny = ledger.policy == "buy_and_hold";
            if ledger.is_nominal() {
                let cagr = if is_tiny { 2.798 + 1e-5 } else { 2.798 };
                ledger.figures.insert("cagr".to_owned(), Some(cagr));
            }
        }
        let input = demo.input();
        let all = findings(&Digest::new(&input).unwrap());
        let mut headlines = all.iter().map(|finding| &finding.headline);
        assert!(
            headlines.any(|text| text.contains("does the same as the best baseline")),
            "{all:?}"
        );
    }

    #[test]
    fn an_attack_that_helps_the_policy_is_a_finding() {
        let mut demo = Demo::small();
        for ledger in &mut demo.summary.ledgers {
            ledger.weakness = None;
        }
        let headlines = |demo: &Demo| -> Vec<String> {
            let input = demo.input();
            let all = findings(&Digest::new(&input).unwrap());
            all.into_iter().map(|finding| finding.headline).collect()
        };
        let is_told = |texts: &[String]| texts.iter().any(|text| text.starts_with("Failed"));
        assert!(!is_told(&headlines(&demo)));
        let ledgers = demo.summary.ledgers.iter_mut();
        let mut mad = ledgers.filter(|row| row.policy == "ppo" && row.attack == "mad");
        mad.next().unwrap().weakness = Some(Weakness::Gains);
        drop(mad);
        let found = headlines(&demo);
        assert!(
            found.last().unwrap().contains("Failed attacks: 1 of"),
            "{found:?}"
        );
        assert!(found.last().unwrap().ends_with("(mad)."), "{found:?}");
    }
}
