//! `summary.json`: everything that a set of ledgers says.

use super::{
    CrashSummary, Ledger, LedgerSummary, PriceOfRobustness, Robustness, Spread, attack_budget,
    metrics::{Trials, sharpe_per_bar},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// All metrics of all ledgers, the robustness of each trained policy, and methods over their seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Every ledger, in the order given.
    pub ledgers: Vec<LedgerSummary>,
    /// Strategies played in the nominal market: what Sharpe ratios are deflated by.
    pub n_trials: usize,
    /// What "worst" means below: the worst attack at this budget, see [`attack_budget`]; `None`
    /// without an attack. Unit: bps.
    pub worst_at_bps: Option<f64>,
    /// Per policy and seed that was attacked.
    pub robustness: Vec<Robustness>,
    /// Per policy and seed, against the reference.
    pub price_of_robustness: Vec<PriceOfRobustness>,
    /// Per attacked policy, over its seeds, in order of first appearance.
    pub policies: Vec<PolicySpread>,
    /// Policies that were played on bars they were trained on; whoever knows their training spans
    /// fills it in.
    pub overlaps_training_span: Vec<TrainingOverlap>,
    /// Crashes of the past, replayed; whoever replays them fills it in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crashes: Vec<CrashSummary>,
}

/// A policy that was played on bars of its training span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingOverlap {
    /// The policy.
    pub policy: String,
    /// Seed of its training.
    pub seed: u64,
    /// End of the first bar it was trained on.
    pub first: DateTime<Utc>,
    /// End of the last bar it was trained on.
    pub last: DateTime<Utc>,
    /// Bars of the backtest that it met, or may have met.
    pub n_bars: usize,
    /// Bars of the backtest.
    pub n_bars_played: usize,
    /// What tells that it met them.
    #[serde(default)]
    pub met: Met,
}

/// What tells that a policy met bars in training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// They end within its training span.
    #[default]
    ByDate,
    /// Nothing for certain: training, backtest or both are blocks drawn from price files that both
    /// share, so that dates mean nothing, and any bar may have been met.
    Anywhere,
}

impl fmt::Display for TrainingOverlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.met == Met::Anywhere {
            return write!(
                f,
                "in-sample: all {} bars may have been met in the training of {} seed {}, which shares price files with them: blocks \
                 are drawn from anywhere in these, whatever the dates say",
                self.n_bars_played, self.policy, self.seed,
            );
        }
        write!(
            f,
            "in-sample: {} of {} bars lie in the training span of {} seed {} ({} to {})",
            self.n_bars,
            self.n_bars_played,
            self.policy,
            self.seed,
            self.first.date_naive(),
            self.last.date_naive()
        )
    }
}

/// One method over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicySpread {
    /// The method.
    pub policy: String,
    /// Total log growth in the nominal market.
    pub nominal_log_growth: Spread,
    /// Total log growth under the strongest attack on each seed at [`Summary::worst_at_bps`].
    pub worst_log_growth: Spread,
    /// Their difference, seed by seed.
    pub gap_log_growth: Spread,
    /// Sharpe ratio in the nominal market.
    pub nominal_sharpe: Spread,
    /// Sharpe ratio under the strongest attack on each seed at [`Summary::worst_at_bps`].
    pub worst_sharpe: Spread,
    /// Their difference, seed by seed.
    pub gap_sharpe: Spread,
}

impl Summary {
    /// `reference`: the policy that the price of robustness is measured against;
    /// `training_budget_bps`: what was trained against; `seed`: of the bootstrap.
    #[must_use]
    pub fn new(
        ledgers: &[Ledger],
        reference: Option<&str>,
        training_budget_bps: Option<f64>,
        seed: u64,
    ) -> Self {
        let trials = trials(ledgers);
        let summaries: Vec<LedgerSummary> = ledgers
            .iter()
            .map(|ledger| LedgerSummary::new(ledger, trials))
            .collect();
        let attacked = summaries.iter().filter(|l| !l.is_nominal());
        let worst_at_bps = attack_budget(training_budget_bps, attacked.map(|l| l.budget_bps));
        let robustness = Robustness::of(&summaries, worst_at_bps);
        let prices = reference.map(|name| PriceOfRobustness::of(&robustness, name));
        Self {
            ledgers: summaries,
            n_trials: trials.n_trials,
            worst_at_bps,
            price_of_robustness: prices.unwrap_or_default(),
            policies: policy_spreads(&robustness, seed),
            robustness,
            overlaps_training_span: Vec::new(),
            crashes: Vec::new(),
        }
    }
}

/// Every strategy that was played in the nominal market is a trial: one of them may be the best by
/// luck.
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    /// Two assets, four daily bars, equity as given.
    fn ledger(policy: &str, attack: &str, budget_bps: f64, seed: u64, equity: &[f64]) -> Ledger {
        let n = equity.len();
        Ledger {
            policy: policy.to_owned(),
            attack: attack.to_owned(),
            budget_bps,
            seed,
            symbols: vec!["A".to_owned(), "B".to_owned()],
            initial_equity: 100.0,
            bar_seconds: 86_400,
            timestamps: (0..)
                .take(n)
                .map(|i| DateTime::UNIX_EPOCH + TimeDelta::days(i))
                .collect(),
            equity: equity.to_vec(),
            cost: vec![0.1; n],
            turnover: vec![0.2; n],
            weights: vec![0.25; 2 * n],
            close: vec![1.0; 2 * n],
            shock_bps: vec![budget_bps; 2 * n],
            ruined: equity.iter().any(|&e| e <= 0.0),
            interventions: crate::env::Interventions::default(),
        }
    }

    fn ledgers() -> Vec<Ledger> {
        vec![
            ledger("ppo", "none", 0.0, 1, &[110.0, 100.0, 130.0, 120.0]),
            ledger("ppo", "pnl", 10.0, 1, &[105.0, 100.0, 105.0, 100.0]),
            ledger("ppo", "random", 10.0, 1, &[110.0, 100.0, 120.0, 115.0]),
            ledger("ppo", "pnl", 50.0, 1, &[90.0, -1.0]),
            ledger("aajr", "none", 0.0, 1, &[110.0, 100.0, 120.0, 110.0]),
            ledger("aajr", "pnl", 10.0, 1, &[109.0, 100.0, 118.0, 108.0]),
            ledger("flat", "none", 0.0, 0, &[100.0; 4]),
        ]
    }

    #[test]
    fn gaps_prices_and_ruins() {
        let summary = Summary::new(&ledgers(), Some("ppo"), None, 1);
        assert_eq!(summary.n_trials, 2, "flat has no Sharpe ratio to select by");
        let ppo = &summary.robustness[0];
        assert_eq!((ppo.policy.as_str(), ppo.attacks.len()), ("ppo", 3));
        let at_10 = &ppo.worst_by_budget[0];
        assert_eq!(at_10.growth_attack, "pnl");
        let gap = at_10.gap.total_log_growth.unwrap();
        assert!((gap - 1.2_f64.ln()).abs() < 1e-12);
        let worst = ppo.worst.as_ref().unwrap();
        assert!(worst.ruined && worst.gap.total_log_growth.is_none());
        // 50 bps is the largest evaluated budget: ppo is ruined there, and aajr was not asked.
        assert_eq!(summary.worst_at_bps, Some(50.0));
        assert!(summary.robustness[1].worst.is_none());
        let [ppo, aajr] = &summary.policies[..] else {
            panic!("two attacked policies")
        };
        let spread = &ppo.worst_log_growth;
        assert_eq!((spread.n_undefined, spread.median), (1, None));
        assert_eq!(aajr.worst_log_growth.n_undefined, 1);
    }

    #[test]
    fn worst_is_at_the_training_budget() {
        let summary = Summary::new(&ledgers(), Some("ppo"), Some(10.0), 1);
        assert_eq!(summary.worst_at_bps, Some(10.0));
        let worst = summary.robustness[0].worst.as_ref().unwrap();
        assert!(!worst.ruined && worst.growth_attack == "pnl");
        let price = &summary.price_of_robustness[0];
        assert_eq!((price.policy.as_str(), price.seed), ("aajr", 1));
        let given_up = price.nominal_given_up.total_log_growth.unwrap();
        assert!((given_up - (120.0_f64 / 110.0).ln()).abs() < 1e-12);
        let gained = price.worst_gained.total_log_growth.unwrap();
        assert!((gained - 1.08_f64.ln()).abs() < 1e-12);
        let gap = summary.policies[1].gap_log_growth.median.unwrap();
        assert!((gap - (110.0_f64 / 108.0).ln()).abs() < 1e-12);
    }

    #[test]
    fn the_nearest_budget_stands_in_for_one_that_was_not_evaluated() {
        assert_eq!(attack_budget(Some(20.0), [10.0, 50.0, 5.0]), Some(10.0));
        let tie = attack_budget(Some(150.0), [100.0, 400.0, 200.0, 50.0]);
        assert_eq!(tie, Some(200.0), "the larger of two that are equally near");
        assert_eq!(attack_budget(Some(10.0), [5.0, 10.0, 50.0]), Some(10.0));
        assert_eq!(attack_budget(None, [5.0, 10.0]), Some(10.0));
        assert_eq!(attack_budget(Some(10.0), []), None);
    }

    #[test]
    fn undefined_is_null_and_the_json_comes_back() {
        let summary = Summary::new(&ledgers(), None, None, 1);
        let flat = summary.ledgers.last().unwrap();
        assert_eq!(
            (flat.sharpe, flat.hit_rate, flat.profit_factor),
            (None, None, None)
        );
        assert_eq!((flat.volatility, flat.max_drawdown), (Some(0.0), None));
        let json = serde_json::to_string(&summary).unwrap();
        assert!(json.contains(r#""sharpe":null"#) && !json.contains("NaN"));
        let back: Summary = serde_json::from_str(&json).unwrap();
        assert_eq!(back.robustness.len(), summary.robustness.len());
        let depth = |s: &Summary| s.ledgers[0].max_drawdown.unwrap().depth;
        assert!((depth(&back) - depth(&summary)).abs() < 1e-12);
    }

    #[test]
    fn currency_does_not_matter() {
        let mut euros = ledgers();
        for ledger in &mut euros {
            ledger.initial_equity *= 4.0;
            for column in [&mut ledger.equity, &mut ledger.cost] {
                for x in column {
                    *x *= 4.0;
                }
            }
        }
        let (a, b) = (
            Summary::new(&ledgers(), None, None, 1),
            Summary::new(&euros, None, None, 1),
        );
        assert_eq!(a.robustness, b.robustness);
        for (a, b) in a.ledgers.iter().zip(&b.ledgers) {
            assert_eq!(
                (a.cagr, a.sharpe, a.cost_share),
                (b.cagr, b.sharpe, b.cost_share)
            );
        }
    }
}
