//! The metrics of one backtest by name, with the remarks that belong beside them.

use super::metric::KNOWN;
use crate::eval::{Ledger, LedgerSummary};
use std::collections::BTreeMap;

/// The metrics of one backtest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ScoreCard {
    /// Policy name.
    pub(crate) policy: String,
    /// Attack name, [`Ledger::NOMINAL`] for the nominal market.
    pub(crate) attack: String,
    /// Per-step budget of the attack. Unit: bps.
    pub(crate) budget_bps: f64,
    /// Seed of training.
    pub(crate) seed: u64,
    values: BTreeMap<&'static str, Option<f64>>,
    /// Metric name to a remark: the dates of a drawdown, or why a value is undefined.
    pub(crate) remarks: BTreeMap<&'static str, String>,
}

impl ScoreCard {
    /// The value of a metric, where it is defined.
    pub(crate) fn get(&self, metric: &str) -> Option<f64> {
        self.values
            .get(metric)
            .copied()
            .flatten()
            .filter(|value| value.is_finite())
    }

    /// Whether the market was the nominal one.
    pub(crate) fn is_nominal(&self) -> bool {
        self.attack == Ledger::NOMINAL
    }
}

impl From<&LedgerSummary> for ScoreCard {
    fn from(summary: &LedgerSummary) -> Self {
        let values = KNOWN
            .iter()
            .map(|metric| (metric.name, (metric.value)(summary)));
        let values: BTreeMap<_, _> = values.collect();
        let mut remarks = BTreeMap::new();
        if let Some(fall) = summary.max_drawdown {
            let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
            let peak = fall.peak.map_or_else(|| "the start".to_owned(), day);
            remarks.insert("max_drawdown", format!("{peak} to {}", day(fall.trough)));
        }
        if summary.ruined {
            for (name, _) in values.iter().filter(|(_, value)| value.is_none()) {
                remarks.insert(name, "the account was ruined".to_owned());
            }
        }
        Self {
            policy: summary.policy.clone(),
            attack: summary.attack.clone(),
            budget_bps: summary.budget_bps,
            seed: summary.seed,
            values,
            remarks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::demo::Demo;

    #[test]
    fn every_known_metric_has_a_place_and_a_ruin_is_the_reason() {
        let mut summary = Demo::small().summary.ledgers.remove(0);
        summary.ruined = true;
        summary.sharpe = None;
        let card = ScoreCard::from(&summary);
        assert_eq!(card.values.len(), KNOWN.len());
        assert_eq!(card.remarks["sharpe"], "the account was ruined");
        assert_eq!(card.get("cagr"), summary.cagr);
        assert!(card.remarks["max_drawdown"].contains(" to 20"));
    }

    #[test]
    fn interventions_are_told_per_bar() {
        let mut summary = Demo::small().summary.ledgers.remove(0);
        summary.n_bars = 10;
        summary.interventions = crate::env::Interventions {
            refused_actions: 1,
            clamped_weights: 12,
            scaled_to_gross: 3,
            projected_shocks: 4,
        };
        let card = ScoreCard::from(&summary);
        for (name, expected) in [
            ("refused_actions", 0.1),
            ("clamped_weights", 1.2),
            ("scaled_to_gross", 0.3),
            ("projected_shocks", 0.4),
        ] {
            let found = card.get(name).unwrap();
            assert!((found - expected).abs() < 1e-12, "{name}: {found}");
        }
    }
}
