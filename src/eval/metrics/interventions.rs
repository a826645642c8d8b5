//! Corrections that the environment made to decisions and shocks, per bar.

use super::metric::metric;
use crate::eval::Ledger;

metric! {
    ClampedWeights {
        name: "clamped_weights_per_bar",
        label: "Weights clamped per bar",
        format: Number,
        better: Neither,
        definition: "weights outside the range that an asset may have, mean number per bar",
        undefined: "there is no bar",
    }
    |self, ledger| per_bar(ledger, ledger.interventions.clamped_weights)
}

metric! {
    ScaledToGross {
        name: "scaled_to_gross_per_bar",
        label: "Scaled to the gross bound",
        format: Percent,
        better: Neither,
        definition: "share of bars whose weights were scaled down to the bound on gross leverage",
        undefined: "there is no bar",
    }
    |self, ledger| per_bar(ledger, ledger.interventions.scaled_to_gross)
}

metric! {
    RefusedActions {
        name: "refused_actions_per_bar",
        label: "Actions refused",
        format: Percent,
        better: Neither,
        definition: "share of bars whose action was not a finite number and left the \
                     positions unchanged",
        undefined: "there is no bar",
    }
    |self, ledger| per_bar(ledger, ledger.interventions.refused_actions)
}

metric! {
    ProjectedShocks {
        name: "projected_shocks_per_bar",
        label: "Shocks projected",
        format: Percent,
        better: Neither,
        definition: "share of bars whose shock was outside its set and was projected onto it",
        undefined: "there is no bar",
    }
    |self, ledger| per_bar(ledger, ledger.interventions.projected_shocks)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of bars are far below 2^52"
)]
fn per_bar(ledger: &Ledger, count: u64) -> Option<f64> {
    let n_bars = ledger.n_bars();
    (n_bars > 0).then(|| count as f64 / n_bars as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{env::Interventions, eval::metrics::Metric};

    #[test]
    fn corrections_are_counted_per_bar() {
        let ledger = Ledger {
            equity: vec![1.0; 10],
            interventions: Interventions {
                refused_actions: 1,
                clamped_weights: 12,
                scaled_to_gross: 3,
                projected_shocks: 4,
                ..Interventions::default()
            },
            ..Ledger::empty("a", 0)
        };
        let all: [(&dyn Metric, f64); 4] = [
            (&RefusedActions, 0.1),
            (&ClampedWeights, 1.2),
            (&ScaledToGross, 0.3),
            (&ProjectedShocks, 0.4),
        ];
        for (metric, expected) in all {
            let found = metric.value(&ledger).unwrap();
            assert!(
                (found - expected).abs() < 1e-12,
                "{}",
                metric.describe().name
            );
        }
        assert_eq!(RefusedActions.value(&Ledger::empty("a", 0)), None);
    }
}
