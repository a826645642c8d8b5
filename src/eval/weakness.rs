use super::{LedgerSummary, robustness::same_budget};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Failure of an attack on one policy and seed, by total log growth. `Display` writes `gains` or
/// `below random`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weakness {
    /// The policy grew more under the attack than in the nominal market.
    Gains,
    /// The policy grew more under the attack than under `random` at the same budget.
    BelowRandom,
}

impl Weakness {
    /// Name of the blind attack that every other attack must beat.
    pub(crate) const RANDOM: &str = "random";

    /// Failure of an attack with this figure, given those of the nominal market and of `random`.
    /// Higher figures are better for the policy; an undefined figure proves no failure.
    pub(crate) fn of(
        found: Option<f64>,
        nominal: Option<f64>,
        random: Option<f64>,
    ) -> Option<Self> {
        let beats = |other| found.zip(other).is_some_and(|(a, b): (f64, f64)| a > b);
        if beats(nominal) {
            Some(Self::Gains)
        } else {
            beats(random).then_some(Self::BelowRandom)
        }
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gains => "gains",
            Self::BelowRandom => "below random",
        })
    }
}

/// Marks the attacks that failed on their policy and seed.
pub(super) fn mark(rows: &mut [LedgerSummary]) {
    let growth = |row: &LedgerSummary| row.get("total_log_growth");
    let found = |row: &LedgerSummary| {
        let mut own = rows.iter();
        let nominal = own.find(|other| other.is_nominal() && is_same_policy(row, other))?;
        let random = rows.iter().find(|other| {
            other.attack == Weakness::RANDOM
                && is_same_policy(row, other)
                && same_budget(row.budget_bps, other.budget_bps)
        });
        Weakness::of(growth(row), growth(nominal), random.and_then(growth))
    };
    let marks: Vec<_> = rows.iter().map(found).collect();
    for (row, weakness) in rows.iter_mut().zip(marks) {
        row.weakness = weakness;
    }
}

fn is_same_policy(a: &LedgerSummary, b: &LedgerSummary) -> bool {
    (&a.policy, a.seed) == (&b.policy, b.seed)
}

#[cfg(test)]
mod tests {
    use super::{super::Ledger, *};
    use chrono::{DateTime, TimeDelta};

    fn row(attack: &str, budget_bps: f64, last: f64) -> LedgerSummary {
        let ledger = Ledger {
            attack: attack.to_owned(),
            budget_bps,
            initial_equity: 100.0,
            timestamps: (0..2)
                .map(|day| DateTime::UNIX_EPOCH + TimeDelta::days(day))
                .collect(),
            equity: vec![100.0, last],
            ..Ledger::empty("ppo", 1)
        };
        LedgerSummary::new(
            &ledger,
            &crate::eval::metrics::built_in(crate::eval::metrics::Trials::ONE),
        )
    }

    #[test]
    fn an_attack_that_helps_or_loses_to_noise_is_marked() {
        let mut rows = [
            row(Ledger::NOMINAL, 0.0, 110.0),
            row("random", 10.0, 108.0),
            row("critic", 10.0, 120.0),
            row("mad", 10.0, 109.0),
            row("pnl", 10.0, 90.0),
            row("pnl", 20.0, 110.0),
        ];
        mark(&mut rows);
        let found: Vec<Option<Weakness>> = rows.iter().map(|row| row.weakness).collect();
        let (gains, below) = (Some(Weakness::Gains), Some(Weakness::BelowRandom));
        // At 20 bps there is no random attack, and a tie with the clean market is no gain.
        assert_eq!(found, [None, None, gains, below, None, None]);
        assert_eq!(rows[2].attack_text().unwrap(), "critic 10 bps (gains)");
    }
}
