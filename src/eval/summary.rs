//! `summary.json`: everything that a set of ledgers says.

use super::{
    Ledger, LedgerSummary, PriceOfRobustness, Robustness, Spread,
    metrics::{Trials, sharpe_per_bar},
};
use serde::{Deserialize, Serialize};

/// All metrics of all ledgers, the robustness of each trained policy, and methods over their seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Every ledger, in the order given.
    pub ledgers: Vec<LedgerSummary>,
    /// Strategies played in the nominal market: what Sharpe ratios are deflated by.
    pub n_trials: usize,
    /// Per policy and seed that was attacked.
    pub robustness: Vec<Robustness>,
    /// Per policy and seed, against the reference.
    pub price_of_robustness: Vec<PriceOfRobustness>,
    /// Per attacked policy, over its seeds, in order of first appearance.
    pub policies: Vec<PolicySpread>,
}

/// One method over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicySpread {
    /// The method.
    pub policy: String,
    /// Total log growth in the nominal market.
    pub nominal_log_growth: Spread,
    /// Total log growth under the strongest attack on each seed.
    pub worst_log_growth: Spread,
    /// Their difference, seed by seed.
    pub gap_log_growth: Spread,
    /// Sharpe ratio in the nominal market.
    pub nominal_sharpe: Spread,
    /// Sharpe ratio under the strongest attack on each seed.
    pub worst_sharpe: Spread,
    /// Their difference, seed by seed.
    pub gap_sharpe: Spread,
}

impl Summary {
    /// `reference`: the policy that the price of robustness is measured against; `seed`: of the bootstrap.
    #[must_use]
    pub fn new(ledgers: &[Ledger], reference: Option<&str>, seed: u64) -> Self {
        let trials = trials(ledgers);
        let summaries: Vec<LedgerSummary> = ledgers
            .iter()
            .map(|ledger| LedgerSummary::new(ledger, trials))
            .collect();
        let robustness = Robustness::of(&summaries);
        let prices = reference.map(|name| PriceOfRobustness::of(&robustness, name));
        Self {
            ledgers: summaries,
            n_trials: trials.n_trials,
            price_of_robustness: prices.unwrap_or_default(),
            policies: policy_spreads(&robustness, seed),
            robustness,
        }
    }
}

/// Every strategy that was played in the nominal market is a trial: one of them may be the best by luck.
fn trials(ledgers: &[Ledger]) -> Trials {
    let nominal = ledgers.iter().filter(|ledger| ledger.is_nominal());
    let sharpes: Vec<f64> = nominal
        .filter_map(|ledger| sharpe_per_bar(&ledger.simple_returns()))
        .collect();
    Trials::of(&sharpes).unwrap_or(Trials {
        n_trials: 1,
        variance: 0.0,
    })
}

fn policy_spreads(entries: &[Robustness], seed: u64) -> Vec<PolicySpread> {
    let mut names: Vec<&str> = Vec::new();
    for entry in entries {
        if !names.contains(&entry.policy.as_str()) {
            names.push(&entry.policy);
        }
    }
    let of_policy = |name: &str| {
        let spread = |figure: &dyn Fn(&Robustness) -> Option<f64>| {
            let own = entries.iter().filter(|entry| entry.policy == name);
            Spread::of(&own.map(figure).collect::<Vec<_>>(), seed)
        };
        PolicySpread {
            policy: name.to_owned(),
            nominal_log_growth: spread(&|r| r.nominal.total_log_growth),
            worst_log_growth: spread(&|r| r.worst.as_ref()?.score.total_log_growth),
            gap_log_growth: spread(&|r| r.worst.as_ref()?.gap.total_log_growth),
            nominal_sharpe: spread(&|r| r.nominal.sharpe),
            worst_sharpe: spread(&|r| r.worst.as_ref()?.score.sharpe),
            gap_sharpe: spread(&|r| r.worst.as_ref()?.gap.sharpe),
        }
    };
    names.into_iter().map(of_policy).collect()
}
