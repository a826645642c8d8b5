//! Limits of the results, with figures of this run.

use crate::env::Threat;
use crate::eval::{budget_notice, short_span_notice};
use crate::market::Charge;
use crate::report::{digest::Digest, input::PriceOrigin};
use std::collections::BTreeSet;

/// Limits, one sentence each: those of every backtest, then those of this experiment.
pub(crate) fn caveats(digest: &Digest<'_>) -> Vec<String> {
    let mut all = vec![one_history(digest)];
    all.extend(short_span_notice(&digest.input.summary.ledgers));
    all.extend([seeds(digest), attacks(digest)]);
    let training_bps = digest.input.training_budget_bps;
    let reference = digest.reference.as_ref();
    all.extend(reference.and_then(|r| budget_notice(training_bps, r.budget_bps)));
    all.extend(print_ending(digest));
    all.extend(trials(digest));
    all.extend(skipped(digest));
    all.push(costs(digest));
    all.extend(orders(digest));
    if digest.input.prices != PriceOrigin::Drawn {
        all.push(
            "The assets were chosen with hindsight: those that vanished are not in the data, which \
             flatters every policy that was long."
                .to_owned(),
        );
    }
    all.extend(digest.input.caveats.iter().cloned());
    all
}

/// Sentence about the kinds of costs that were paid, and the kinds that were not.
fn costs(digest: &Digest<'_>) -> String {
    let rows = || digest.input.summary.ledgers.iter();
    let is_paid = |kind: &usize| rows().any(|row| row.costs.to_array()[*kind].abs() > 0.0);
    let names = |kinds: Vec<usize>| {
        let kinds = kinds
            .iter()
            .map(|&kind| Charge::KINDS[kind].replace('_', " "));
        match kinds.collect::<Vec<_>>() {
            none if none.is_empty() => "none".to_owned(),
            some => some.join(", "),
        }
    };
    let (paid, absent) = (0..Charge::KINDS.len()).partition(is_paid);
    format!(
        "Costs paid in these backtests: {}. Not paid by anyone: {}. They are modeled, and fills \
         happen at the next open; a live account can do worse.",
        names(paid),
        names(absent)
    )
}

/// Sentence about orders that were not filled as placed, and forced sales; `None` without any.
fn orders(digest: &Digest<'_>) -> Option<String> {
    let rows = || {
        digest
            .input
            .summary
            .ledgers
            .iter()
            .map(|row| row.interventions)
    };
    let counts = [
        (
            "waited for a bar",
            rows().map(|c| c.delayed_orders).sum::<u64>(),
        ),
        (
            "had a rest that was dropped",
            rows().map(|c| c.dropped_orders).sum(),
        ),
    ];
    let forced: u64 = rows().map(|c| c.forced_liquidations).sum();
    let told = counts.iter().filter(|(_, n)| *n > 0);
    let mut parts: Vec<String> = told.map(|(what, n)| format!("{n} orders {what}")).collect();
    if forced > 0 {
        parts.push(format!("{forced} times a margin call sold the positions"));
    }
    (!parts.is_empty()).then(|| {
        let parts = parts.join(", ");
        format!("In all these backtests together: {parts}. ledger.parquet has the counts of each.")
    })
}

fn one_history(digest: &Digest<'_>) -> String {
    let ledgers = digest.input.ledgers.iter();
    let longest = ledgers.max_by_key(|ledger| ledger.timestamps.len());
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
        "One {history} is one sample{sample}; no interval here says how a policy would do on \
         another draw of the market."
    )
}

/// Pairs (policy, seed) of all trainings that were backtested.
fn trained<'a>(digest: &Digest<'a>) -> BTreeSet<(&'a str, u64)> {
    let rows = digest.input.summary.ledgers.iter();
    let is_trained = |policy: &str| digest.trained().any(|method| method.name == policy);
    rows.filter(|row| is_trained(&row.policy))
        .map(|row| (row.policy.as_str(), row.seed))
        .collect()
}

fn seeds(digest: &Digest<'_>) -> String {
    let all = trained(digest);
    let n_seeds = |policy: &str| all.iter().filter(|(name, _)| *name == policy).count();
    let fewest = digest.trained().map(|method| n_seeds(&method.name)).min();
    let fewest = fewest.unwrap_or(0);
    let judgment = match fewest {
        0 | 1 => "Luck of initialization cannot be told from merit",
        2..10 => {
            "A published comparison needs at least ten; differences smaller than the spread \
             between seeds mean nothing"
        }
        _ => "Bands show the quartiles between trainings, not the uncertainty about the market",
    };
    format!("Trainings per method: {fewest}. {judgment}.")
}

/// Sentence that says whether features keep misprints; `None` without an attack by misprints.
fn print_ending(digest: &Digest<'_>) -> Option<String> {
    let mut rows = digest.input.summary.ledgers.iter();
    let sentence = match rows.find_map(|row| row.threat)? {
        Threat::Corrected => {
            "The bar after a misprint corrects it. A bot that commits each bar once keeps \
             misprints in its features for as long as they remember, and can do worse: judge it \
             with print_ending: Kept."
        }
        Threat::Kept => {
            "Misprints are kept: the features remember them as a bot does that commits each bar \
             once."
        }
        Threat::Jump | Threat::Drift => return None,
    };
    Some(sentence.to_owned())
}

fn attacks(digest: &Digest<'_>) -> String {
    let number = match digest.attacks.len() {
        0 => return "No attack was evaluated: nothing here speaks about robustness.".to_owned(),
        1 => "one attack".to_owned(),
        n => format!("{n} attacks"),
    };
    format!(
        "The worst case is the worst that {number} found ({}). A stronger attacker may find worse; \
         real crashes need not stay within the budget.",
        digest.attacks.join(", ")
    )
}

/// Sentence about the number of trained policies from which the best was chosen.
fn trials(digest: &Digest<'_>) -> Option<String> {
    let n_trials = trained(digest).len();
    (n_trials > 1).then(|| {
        format!(
            "{n_trials} policies were trained and compared on the same test span. The best of many \
             looks good by luck alone: read the deflated Sharpe ratio, not the largest number."
        )
    })
}

/// Sentence about recorded policies that the report does not show.
fn skipped(digest: &Digest<'_>) -> Option<String> {
    let input = digest.input;
    let is_shown = |policy: &str| input.methods.iter().any(|m| m.name == policy);
    let ledgers = input.ledgers.iter().map(|l| l.policy.as_str());
    let rows = input.summary.ledgers.iter().map(|row| row.policy.as_str());
    let logs = input.training.iter().map(|log| log.policy.as_str());
    let absent = ledgers
        .chain(rows)
        .chain(logs)
        .filter(|policy| !is_shown(policy));
    let list: Vec<&str> = absent.collect::<BTreeSet<&str>>().into_iter().collect();
    (!list.is_empty()).then(|| {
        format!(
            "Recorded but not shown, because the report does not list them: {}.",
            list.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{html::render_html, tests::demo::Demo};

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
    fn orders_that_waited_and_forced_sales_are_counted() {
        let demo = Demo::small();
        let mut summary = demo.input().summary.clone();
        let sentence = |summary: &crate::eval::Summary| {
            let page = render_html(&crate::report::ReportInput {
                summary,
                ..demo.input()
            });
            page.unwrap().contains("In all these backtests together: ")
        };
        assert!(!sentence(&summary), "nothing waited");
        summary.ledgers[0].interventions.forced_liquidations = 3;
        assert!(sentence(&summary));
    }

    #[test]
    fn the_budget_of_the_comparison_is_named_where_it_is_not_that_of_training() {
        let demo = Demo::small();
        let mut input = demo.input();
        assert!(
            !render_html(&input)
                .unwrap()
                .contains("nearest evaluated budget")
        );
        // Evaluated budgets: 10 and 25 bps.
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
        assert!(
            page.contains("Attack: mad, 25 bps, kept") && !page.contains("Attack: random, 25 bps")
        );
        assert!(page.contains("random, 10 bps, kept"), "the grid has it");
    }
}
