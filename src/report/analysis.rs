//! Returns per month and year, and figures over the seeds of a sweep.

use super::seeds::quartiles;
use crate::eval::{Ledger, LedgerSummary, same_budget};
use chrono::Datelike;

/// A calendar period, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Month,
    Year,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PeriodReturn {
    pub(crate) year: i32,
    /// Month from 1; `None` for a whole year.
    pub(crate) month: Option<u32>,
    /// Equity at the period's last mark over equity at the previous period's last mark, minus 1.
    pub(crate) simple_return: f64,
}

/// Simple returns of all periods in which the ledger has a mark, in order. The first return is
/// against the initial equity.
pub(crate) fn period_returns(ledger: &Ledger, period: Period) -> Vec<PeriodReturn> {
    let mut returns: Vec<PeriodReturn> = Vec::new();
    let (mut open, mut close) = (ledger.initial_equity, ledger.initial_equity);
    for (time, &equity) in ledger.timestamps.iter().zip(&ledger.equity) {
        let year = time.year();
        let month = (period == Period::Month).then(|| time.month());
        if returns
            .last()
            .is_none_or(|last| (last.year, last.month) != (year, month))
        {
            open = close;
            returns.push(PeriodReturn {
                year,
                month,
                simple_return: 0.0,
            });
        }
        close = equity;
        if let Some(last) = returns.last_mut() {
            last.simple_return = close / open - 1.0;
        }
    }
    returns
}

/// Values over the seeds of one policy under one attack at one budget.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SweepPoint {
    pub(crate) policy: String,
    /// Attack name; [`WORST`] for the worst of all attacks, per seed.
    pub(crate) attack: String,
    /// Per-step budget. Unit: bps.
    pub(crate) budget_bps: f64,
    /// Pairs (seed, value); the value is `None` if the metric is undefined (a ruin, no variance).
    pub(crate) seeds: Vec<(u64, Option<f64>)>,
}

impl SweepPoint {
    /// Lower quartile, median, upper quartile (linear interpolation); `None` if the metric is
    /// undefined for any seed, because leaving ruined seeds out would flatter the policy.
    pub(crate) fn quartiles(&self) -> Option<[f64; 3]> {
        let values: Option<Vec<f64>> = self.seeds.iter().map(|(_, value)| *value).collect();
        quartiles(&values?)
    }

    pub(crate) fn median(&self) -> Option<f64> {
        self.quartiles().map(|quartiles| quartiles[1])
    }

    /// Pairs (seed, value) of the seeds for which the metric is defined.
    pub(crate) fn defined(&self) -> Vec<(u64, f64)> {
        let seeds = self.seeds.iter();
        seeds
            .filter_map(|(seed, value)| Some((*seed, (*value)?)))
            .collect()
    }
}

/// Name that stands for the worst case over attacks.
pub(crate) const WORST: &str = "worst of all attacks";

/// Values of a metric for every policy, attack and budget, and for the worst case over attacks: the
/// smallest value per policy, budget and seed, undefined if the metric is undefined under any
/// attack. The nominal market is not an attack.
pub(crate) fn sweep(
    rows: &[LedgerSummary],
    metric: impl Fn(&LedgerSummary) -> Option<f64>,
) -> Vec<SweepPoint> {
    let mut points: Vec<SweepPoint> = Vec::new();
    for row in rows {
        let value = metric(row).filter(|value| value.is_finite());
        let seeds = &mut point(&mut points, row, &row.attack).seeds;
        seeds.push((row.seed, value));
        if !row.is_nominal() {
            let seeds = &mut point(&mut points, row, WORST).seeds;
            match seeds.iter_mut().find(|(seed, _)| *seed == row.seed) {
                Some((_, lowest)) => *lowest = lowest.zip(value).map(|(a, b)| a.min(b)),
                None => seeds.push((row.seed, value)),
            }
        }
    }
    points
}

/// Point of `row` under `attack`, created if missing.
fn point<'a>(
    points: &'a mut Vec<SweepPoint>,
    row: &LedgerSummary,
    attack: &str,
) -> &'a mut SweepPoint {
    let is_own = |point: &SweepPoint| {
        let is_same = same_budget(point.budget_bps, row.budget_bps);
        is_same && point.policy == row.policy && point.attack == attack
    };
    let index = points.iter().position(is_own).unwrap_or(points.len());
    if index == points.len() {
        points.push(SweepPoint {
            policy: row.policy.clone(),
            attack: attack.to_owned(),
            budget_bps: row.budget_bps,
            seeds: Vec::new(),
        });
    }
    &mut points[index]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::demo;
    use chrono::{TimeZone, Utc};

    #[test]
    fn periods_chain_to_the_total() {
        let ledger = &demo::ledgers()[0];
        let total = ledger.equity.last().unwrap() / ledger.initial_equity;
        for period in [Period::Month, Period::Year] {
            let returns = period_returns(ledger, period);
            let product: f64 = returns.iter().map(|r| 1.0 + r.simple_return).product();
            assert!((product / total - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn periods_by_hand() {
        let mut ledger = demo::ledgers().remove(0);
        let day = |m, d| Utc.with_ymd_and_hms(2001, m, d, 0, 0, 0).unwrap();
        ledger.timestamps = vec![day(1, 30), day(1, 31), day(2, 1), day(12, 31)];
        ledger.initial_equity = 100.0;
        ledger.equity = vec![90.0, 110.0, 121.0, 60.5];
        let months = period_returns(&ledger, Period::Month);
        let flat: Vec<_> = months
            .iter()
            .map(|r| (r.month, (r.simple_return * 1e6).round()))
            .collect();
        assert_eq!(flat, [(Some(1), 1e5), (Some(2), 1e5), (Some(12), -5e5)]);
        let years = period_returns(&ledger, Period::Year);
        assert_eq!(
            (years.len(), years[0].year, years[0].month),
            (1, 2001, None)
        );
        assert!((years[0].simple_return + 0.395).abs() < 1e-12);
    }

    fn score(attack: &str, budget_bps: f64, seed: u64, value: Option<f64>) -> LedgerSummary {
        LedgerSummary {
            policy: "p".to_owned(),
            attack: attack.to_owned(),
            budget_bps,
            seed,
            figures: [("cagr".to_owned(), value)].into(),
            ..demo::Demo::small().summary.ledgers.remove(0)
        }
    }

    #[test]
    fn quartiles_and_worst_case_by_hand() {
        let scores = [
            score(Ledger::NOMINAL, 0.0, 1, Some(5.0)),
            score(Ledger::NOMINAL, 0.0, 2, Some(7.0)),
            score("a", 10.0, 1, Some(1.0)),
            score("a", 10.0, 2, Some(2.0)),
            score("b", 10.0, 1, Some(3.0)),
            score("b", 10.0, 2, None),
            score("b", 5.0, 1, Some(f64::NAN)),
            score("a", 20.0, 1, Some(1.0)),
            score("a", 20.0, 2, Some(2.0)),
            score("b", 20.0, 1, Some(3.0)),
            score("b", 20.0, 2, Some(0.0)),
        ];
        let points = sweep(&scores, |s| s.get("cagr"));
        let find = |attack: &str, budget: f64| {
            points
                .iter()
                .find(|p| p.attack == attack && (p.budget_bps - budget).abs() < 1e-9)
                .unwrap()
        };
        assert_eq!(
            find(Ledger::NOMINAL, 0.0).quartiles(),
            Some([5.5, 6.0, 6.5])
        );
        assert_eq!(find("a", 10.0).quartiles(), Some([1.25, 1.5, 1.75]));
        let b = find("b", 10.0);
        assert_eq!((b.seeds.len(), b.defined().len(), b.median()), (2, 1, None));
        assert_eq!(find("b", 5.0).median(), None, "NaN is undefined");
        assert_eq!(
            find(WORST, 20.0).quartiles(),
            Some([0.25, 0.5, 0.75]),
            "min per seed, then quartiles"
        );
        let ruined = find(WORST, 10.0);
        assert_eq!(
            (ruined.defined().len(), ruined.median()),
            (1, None),
            "a ruin is not left out"
        );
        assert_eq!(points.iter().filter(|p| p.attack == WORST).count(), 3);
    }
}
