//! What the numbers do not show, said with the numbers of this run.

use crate::eval::budget_notice;
use crate::report::digest::Digest;
use crate::report::input::PriceOrigin;
use std::collections::BTreeSet;

/// Limits, one sentence each: those that every backtest has, then those of this experiment.
pub(crate) fn caveats(digest: &Digest<'_>) -> Vec<String> {
    let mut all = vec![one_history(digest), seeds(digest), attacks(digest)];
    all.extend(stand_in(digest));
    all.extend(trials(digest));
    all.extend(skipped(digest));
    all.push("Costs are modeled (fee, half spread, impact), fills happen at the next open in full, and short sales carry no borrowing fee. A live account can do worse.".to_owned());
    if digest.input.prices != PriceOrigin::Drawn {
        all.push("The assets were chosen with hindsight: those that vanished are not in the data, which flatters every policy that was long.".to_owned());
    }
    all.extend(digest.input.caveats.iter().cloned());
    all
}

fn one_history(digest: &Digest<'_>) -> String {
    let longest = digest
        .input
        .ledgers
        .iter()
        .max_by_key(|ledger| ledger.timestamps.len());
    let (history, course) = match digest.input.prices {
        PriceOrigin::Recorded => ("history", "happened once"),
        PriceOrigin::Resampled | PriceOrigin::Drawn => ("path", "are one draw"),
    };
    let bars = longest.and_then(|l| Some((l, l.timestamps.first()?, l.timestamps.last()?)));
    let sample = bars.map_or_else(String::new, |(ledger, first, last)| {
        format!(
            ". The {} bars from {} to {} of {} {course}",
            ledger.timestamps.len(),
            first.format("%Y-%m-%d"),
            last.format("%Y-%m-%d"),
            ledger.symbols.join(", ")
        )
    });
    format!(
        "One {history} is one sample{sample}; no interval here says how a policy would do on another draw of the market."
    )
}

fn seeds(digest: &Digest<'_>) -> String {
    let n_seeds = |policy: &str| {
        let rows = digest.input.summary.ledgers.iter();
        let seeds: BTreeSet<u64> = rows
            .filter(|s| s.policy == policy)
            .map(|s| s.seed)
            .collect();
        seeds.len()
    };
    let fewest = digest
        .trained()
        .map(|m| n_seeds(&m.name))
        .min()
        .unwrap_or(0);
    let judgment = match fewest {
        0 | 1 => "Luck of initialization cannot be told from merit",
        2..10 => {
            "This is fewer than the ten that a published comparison needs; differences smaller than the spread between seeds mean nothing"
        }
        _ => "Bands show the quartiles between trainings, not the uncertainty about the market",
    };
    format!("Trainings per method: {fewest}. {judgment}.")
}

fn attacks(digest: &Digest<'_>) -> String {
    if digest.attacks.is_empty() {
        return "No attack was evaluated: nothing here speaks about robustness.".to_owned();
    }
    format!(
        "The worst case is the worst that {} found ({}). A stronger attacker may find worse; real crashes need not stay within the budget.",
        if digest.attacks.len() == 1 {
            "one attack".to_owned()
        } else {
            format!("{} attacks", digest.attacks.len())
        },
        digest.attacks.join(", ")
    )
}

/// Where no attack has the budget that was trained against.
fn stand_in(digest: &Digest<'_>) -> Option<String> {
    let worst_at = digest.reference.as_ref()?.budget_bps;
    budget_notice(digest.input.training_budget_bps, worst_at)
}

/// How many trained policies the best one was picked from.
fn trials(digest: &Digest<'_>) -> Option<String> {
    let trials: BTreeSet<(&str, u64)> = digest
        .trained()
        .flat_map(|m| {
            digest
                .input
                .summary
                .ledgers
                .iter()
                .filter(|s| s.policy == m.name)
        })
        .map(|s| (s.policy.as_str(), s.seed))
        .collect();
    (trials.len() > 1).then(|| format!("{} policies were trained and compared on the same test span. The best of many looks good by luck alone: read the deflated Sharpe ratio, not the largest number.", trials.len()))
}

/// Records of policies that are not among the report's methods.
fn skipped(digest: &Digest<'_>) -> Option<String> {
    let shown = |policy: &str| digest.input.methods.iter().any(|m| m.name == policy);
    let ledgers = digest.input.ledgers.iter().map(|l| l.policy.as_str());
    let scores = digest
        .input
        .summary
        .ledgers
        .iter()
        .map(|s| s.policy.as_str());
    let logs = digest.input.training.iter().map(|l| l.policy.as_str());
    let absent: BTreeSet<&str> = ledgers
        .chain(scores)
        .chain(logs)
        .filter(|p| !shown(p))
        .collect();
    let list: Vec<&str> = absent.into_iter().collect();
    (!list.is_empty()).then(|| {
        format!(
            "Recorded but not shown, because the report was not asked for them: {}.",
            list.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{demo::Demo, html::render_html};

    #[test]
    fn drawn_prices_were_not_chosen_with_hindsight_and_did_not_happen() {
        let demo = Demo::small();
        let page = |prices| {
            let input = crate::report::ReportInput {
                prices,
                ..demo.input()
            };
            render_html(&input).unwrap()
        };
        for (prices, hindsight, once) in [
            (PriceOrigin::Recorded, true, true),
            (PriceOrigin::Resampled, true, false),
            (PriceOrigin::Drawn, false, false),
        ] {
            let page = page(prices);
            assert_eq!(page.contains("with hindsight"), hindsight, "{prices:?}");
            assert_eq!(page.contains("MSFT happened once"), once, "{prices:?}");
            assert_eq!(page.contains("MSFT are one draw"), !once, "{prices:?}");
        }
    }

    #[test]
    fn a_budget_that_stands_for_another_is_named() {
        let demo = Demo::small();
        let mut input = demo.input();
        assert!(!render_html(&input).unwrap().contains("stands for it"));
        // Evaluated: 10 and 25 bps.
        input.training_budget_bps = Some(15.0);
        let page = render_html(&input).unwrap();
        assert!(page.contains("No attack was evaluated at the 15 bps"));
        assert!(page.contains("Under the worst attack at 10 bps"));
    }

    #[test]
    fn an_attack_without_the_budget_has_no_table() {
        let mut demo = Demo::small();
        let ledgers = &mut demo.summary.ledgers;
        ledgers.retain(|l| l.attack != "random" || l.budget_bps < 20.0);
        let page = render_html(&demo.input()).unwrap();
        assert!(page.contains("Attack: mad, 25 bps") && !page.contains("Attack: random, 25 bps"));
        assert!(page.contains("random, 10 bps"), "the grid has it");
    }
}
