//! Content of `summary.json`: metrics of a set of ledgers, and comparisons of policies.

use super::{
    CrashSummary, EvalError, Ledger, LedgerSummary, PriceOfRobustness, Robustness, Spread,
    TrainingOverlap, attack_budget,
    metrics::{Description, Metric, Trials, built_in, sharpe_per_bar},
    weakness,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Metrics of all ledgers, robustness of each trained policy, and figures of methods over seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Descriptions of the metrics, built-in ones first, in the order of tables.
    #[serde(default)]
    pub metrics: Vec<Description>,
    /// Summary of every ledger, in the order given.
    pub ledgers: Vec<LedgerSummary>,
    /// Number of strategies by which Sharpe ratios are deflated: those with a defined Sharpe ratio
    /// in the nominal market, at least 1.
    pub n_trials: usize,
    /// Budget of the worst cases, see [`attack_budget`]; `None` without an attack. Unit: bps.
    pub worst_at_bps: Option<f64>,
    /// Robustness per attacked policy and seed.
    pub robustness: Vec<Robustness>,
    /// Price of robustness per policy and seed, against the reference.
    pub price_of_robustness: Vec<PriceOfRobustness>,
    /// Figures over seeds per attacked policy, in order of first appearance.
    pub policies: Vec<PolicySpread>,
    /// Policies that were played on bars of their training span. [`Summary::new`] leaves it empty.
    pub overlaps_training_span: Vec<TrainingOverlap>,
    /// Results in replayed crashes. [`Summary::new`] leaves it empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crashes: Vec<CrashSummary>,
}

/// Figures of one method over its seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicySpread {
    /// Name of the method.
    pub policy: String,
    /// Total log growth in the nominal market.
    pub nominal_log_growth: Spread,
    /// Total log growth under the worst attack on each seed at [`Summary::worst_at_bps`].
    pub worst_log_growth: Spread,
    /// Nominal minus worst log growth, seed by seed.
    pub gap_log_growth: Spread,
    /// Sharpe ratio in the nominal market.
    pub nominal_sharpe: Spread,
    /// Sharpe ratio under the worst attack on each seed at [`Summary::worst_at_bps`].
    pub worst_sharpe: Spread,
    /// Nominal minus worst Sharpe ratio, seed by seed.
    pub gap_sharpe: Spread,
}

impl Summary {
    /// Summarizes `ledgers` by the built-in metrics. `reference` names the policy against which the
    /// price of robustness is measured, `training_budget_bps` is the budget of the training shocks,
    /// and `seed` the seed of the bootstrap.
    #[must_use]
    pub fn new(
        ledgers: &[Ledger],
        reference: Option<&str>,
        training_budget_bps: Option<f64>,
        seed: u64,
    ) -> Self {
        let trials = trials(ledgers);
        let metrics = built_in(trials);
        let mut summaries: Vec<LedgerSummary> = ledgers
            .iter()
            .map(|ledger| LedgerSummary::new(ledger, &metrics))
            .collect();
        weakness::mark(&mut summaries);
        let attacked = summaries.iter().filter(|l| !l.is_nominal());
        let worst_at_bps = attack_budget(training_budget_bps, attacked.map(|l| l.budget_bps));
        let robustness = Robustness::of(&summaries, worst_at_bps);
        let prices = reference.map(|name| PriceOfRobustness::of(&robustness, name));
        Self {
            metrics: metrics.iter().map(|metric| metric.describe()).collect(),
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

    /// Adds metrics after the present ones. `ledgers` must be this summary's, in the same order.
    ///
    /// # Errors
    /// [`EvalError::MetricName`] for a name that is taken.
    pub fn add_metrics(
        &mut self,
        ledgers: &[Ledger],
        metrics: &[Arc<dyn Metric>],
    ) -> Result<(), EvalError> {
        let empty = LedgerSummary::new(&Ledger::empty("", 0), &[]);
        let fields = serde_json::to_value(empty).unwrap_or_default();
        for metric in metrics {
            let description = metric.describe();
            let name = &description.name;
            let is_taken = self.metrics.iter().any(|known| known.name == *name);
            if is_taken || fields.get(&**name).is_some() {
                return Err(EvalError::MetricName {
                    name: name.to_string(),
                });
            }
            self.metrics.push(description);
        }
        for (summary, ledger) in self.ledgers.iter_mut().zip(ledgers) {
            summary.add_figures(ledger, metrics);
        }
        Ok(())
    }
}

/// Trials for the deflated Sharpe ratio: every strategy with a defined Sharpe ratio in the nominal
/// market, because the best of them may be best by luck.
fn trials(ledgers: &[Ledger]) -> Trials {
    let nominal = ledgers.iter().filter(|ledger| ledger.is_nominal());
    let sharpes: Vec<f64> = nominal
        .filter_map(|ledger| sharpe_per_bar(&ledger.simple_returns()))
        .collect();
    Trials::of(&sharpes)
}

fn policy_spreads(entries: &[Robustness], seed: u64) -> Vec<PolicySpread> {
    let mut names: Vec<&str> = Vec::new();
    for entry in entries {
        if !names.contains(&entry.policy.as_str()) {
            names.push(&entry.policy);
        }
    }
    let of_policy = |name: &str| {
        let own = || entries.iter().filter(|entry| entry.policy == name);
        let spread = |figure: &dyn Fn(&Robustness) -> Option<f64>| {
            Spread::of(&own().map(figure).collect::<Vec<_>>(), seed)
        };
        let nominal_ruins = own().filter(|entry| entry.ruined).count();
        let is_ruined = |entry: &&Robustness| entry.worst.as_ref().is_some_and(|w| w.ruined);
        let worst_ruins = own().filter(is_ruined).count();
        PolicySpread {
            policy: name.to_owned(),
            nominal_log_growth: spread(&|r| r.nominal.total_log_growth).with_ruined(nominal_ruins),
            worst_log_growth: spread(&|r| r.worst.as_ref()?.score.total_log_growth)
                .with_ruined(worst_ruins),
            gap_log_growth: spread(&|r| r.worst.as_ref()?.gap.total_log_growth),
            nominal_sharpe: spread(&|r| r.nominal.sharpe).with_ruined(nominal_ruins),
            worst_sharpe: spread(&|r| r.worst.as_ref()?.score.sharpe).with_ruined(worst_ruins),
            gap_sharpe: spread(&|r| r.worst.as_ref()?.gap.sharpe),
        }
    };
    names.into_iter().map(of_policy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::metrics::{Better, Format};
    use chrono::{DateTime, TimeDelta};

    /// Ledger with two assets, four daily bars and the given equity.
    fn ledger(policy: &str, attack: &str, budget_bps: f64, seed: u64, equity: &[f64]) -> Ledger {
        let n = equity.len();
        Ledger {
            policy: policy.to_owned(),
            attack: attack.to_owned(),
            budget_bps,
            threat: None,
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
            charges: vec![
                crate::market::Charge {
                    fee: 0.1,
                    ..Default::default()
                };
                n
            ],
            turnover: vec![0.2; n],
            weights: vec![0.25; 2 * n],
            close: vec![1.0; 2 * n],
            shock_bps: vec![budget_bps; 2 * n],
            ruined: equity.iter().any(|&e| e <= 0.0),
            ..Ledger::empty(policy, seed)
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
        // 50 bps is the largest evaluated budget: ppo is ruined there, aajr was not attacked there.
        assert_eq!(summary.worst_at_bps, Some(50.0));
        assert!(summary.robustness[1].worst.is_none());
        let [ppo, aajr] = &summary.policies[..] else {
            panic!("two attacked policies")
        };
        let spread = &ppo.worst_log_growth;
        assert_eq!((spread.n_undefined, spread.median), (1, None));
        assert_eq!((spread.n_ruined, ppo.nominal_log_growth.n_ruined), (1, 0));
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

    /// 90 % are lost in the second of four bars, with bars per year 365.25.
    #[test]
    fn figures_of_a_ruined_account_are_those_of_the_whole_span() {
        let mut ruined = ledger("ppo", "none", 0.0, 1, &[100.0, 10.0, 10.0, 10.0]);
        ruined.ruined = true;
        let summary = Summary::new(&[ruined.clone()], None, None, 1);
        let row = &summary.ledgers[0];
        assert!(row.ruined);
        let close = |name: &str, expected: f64| {
            let found = row.get(name).unwrap();
            assert!((found - expected).abs() < 1e-12, "{name}: {found}");
        };
        close("cagr", 0.1_f64.powf(365.25 / 4.0) - 1.0);
        close("total_log_growth", 0.1_f64.ln());
        close("max_drawdown", 0.9);
        // Returns 0, −.9, 0, 0: mean −.225, deviation .45.
        close("volatility", 0.45 * 365.25_f64.sqrt());
        close("sharpe", -0.5 * 365.25_f64.sqrt());
        assert!((row.costs.fee - row.total_cost).abs() < 1e-15);
        // A debt of 1 leaves nothing: growth per year −100 %, no logarithm, but a Sharpe ratio.
        ruined.equity = vec![100.0, -1.0, -1.0, -1.0];
        let row = &Summary::new(&[ruined], None, None, 1).ledgers[0];
        assert_eq!(
            (row.get("cagr"), row.get("total_log_growth")),
            (Some(-1.0), None)
        );
        assert!((row.get("sharpe").unwrap() + 0.5 * 365.25_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn undefined_is_null_and_the_json_comes_back() {
        let summary = Summary::new(&ledgers(), None, None, 1);
        let flat = summary.ledgers.last().unwrap();
        for undefined in ["sharpe", "hit_rate", "profit_factor", "calmar"] {
            assert_eq!(flat.figures[undefined], None, "{undefined}");
        }
        assert_eq!(flat.get("volatility"), Some(0.0));
        assert_eq!(
            (flat.get("max_drawdown"), flat.drawdown_dates),
            (Some(0.0), None)
        );
        let json = serde_json::to_string(&summary).unwrap();
        assert!(json.contains(r#""sharpe":null"#) && !json.contains("NaN"));
        let back: Summary = serde_json::from_str(&json).unwrap();
        assert_eq!(back, summary);
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
            for name in ["cagr", "sharpe", "cost_share"] {
                assert_eq!(a.get(name), b.get(name), "{name}");
            }
        }
    }

    struct WorstBar(&'static str);

    impl Metric for WorstBar {
        fn describe(&self) -> Description {
            Description {
                name: self.0.into(),
                label: "Worst bar".into(),
                format: Format::Percent,
                better: Better::Higher,
                definition: "lowest simple return of a bar".into(),
                undefined: "there is no bar".into(),
            }
        }

        fn value(&self, ledger: &Ledger) -> Option<f64> {
            ledger.simple_returns().into_iter().min_by(f64::total_cmp)
        }
    }

    #[test]
    fn an_own_metric_follows_the_built_in_ones() {
        let ledgers = ledgers();
        let mut summary = Summary::new(&ledgers, None, None, 1);
        let own: [Arc<dyn Metric>; 1] = [Arc::new(WorstBar("worst_bar"))];
        summary.add_metrics(&ledgers, &own).unwrap();
        assert_eq!(summary.metrics.last().unwrap().label, "Worst bar");
        let found = summary.ledgers[0].get("worst_bar").unwrap();
        assert!((found - (100.0 / 110.0 - 1.0)).abs() < 1e-15);
        for taken in ["worst_bar", "sharpe", "n_bars"] {
            let again: [Arc<dyn Metric>; 1] = [Arc::new(WorstBar(taken))];
            let error = summary.add_metrics(&ledgers, &again).unwrap_err();
            assert!(error.to_string().contains(taken), "{error}");
        }
    }

    #[test]
    fn every_field_of_a_ledger_summary_is_a_name_that_is_taken() {
        let ledgers = ledgers();
        let mut summary = Summary::new(&ledgers, None, None, 1);
        let json = serde_json::to_value(&summary.ledgers[0]).unwrap();
        assert!(json.get("drawdown_dates").is_some());
        for name in json.as_object().unwrap().keys() {
            let own: [Arc<dyn Metric>; 1] = [Arc::new(WorstBar(name.clone().leak()))];
            assert!(summary.add_metrics(&ledgers, &own).is_err(), "{name}");
        }
    }
}
