//! Questions to the records, answered by polars: returns per month and year, and what seeds agree
//! on across a sweep.

use super::error::ReportError;
use crate::eval::{Ledger, LedgerSummary};
use chrono::Datelike;
use polars::prelude::{
    Column, DataFrame, Expr, IntoColumn, IntoLazy, NULL, NamedFrom, QuantileMethod, Series,
    SortMultipleOptions, col, len, lit, when,
};

/// A calendar period, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
}

/// What an account earned in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodReturn {
    /// Year.
    pub year: i32,
    /// Month from 1; `None` for a whole year.
    pub month: Option<u32>,
    /// Equity at the period's last mark over equity at the previous period's last mark, minus 1.
    pub simple_return: f64,
}

/// The simple return of every period in which the ledger has a mark, in order. The first period
/// starts from the initial equity.
///
/// # Errors
/// [`ReportError::Frame`] when the query fails.
pub fn period_returns(ledger: &Ledger, period: Period) -> Result<Vec<PeriodReturn>, ReportError> {
    let place = "returns per period";
    let months = |month: u32| match period {
        Period::Month => i32::try_from(month).unwrap_or_default(),
        Period::Year => 0,
    };
    let marks = ledger.timestamps.iter();
    let frame = DataFrame::new_infer_height(vec![
        column(
            "year",
            marks.clone().map(Datelike::year).collect::<Vec<_>>(),
        ),
        column(
            "month",
            marks.map(|t| months(t.month())).collect::<Vec<_>>(),
        ),
        column("equity", &ledger.equity[..]),
    ])
    .map_err(ReportError::frame(place))?;
    let close = col("equity");
    let open = col("equity")
        .shift(lit(1))
        .fill_null(lit(ledger.initial_equity));
    let returns = frame
        .lazy()
        .group_by_stable([col("year"), col("month")])
        .agg([col("equity").last()])
        .with_columns([(close / open - lit(1.0)).alias("simple_return")])
        .collect()
        .map_err(ReportError::frame(place))?;
    let read = || {
        let years = returns.column("year")?.i32()?.iter();
        let months = returns.column("month")?.i32()?.iter();
        let values = returns.column("simple_return")?.f64()?.iter();
        Ok(years
            .zip(months)
            .zip(values)
            .filter_map(|((year, month), value)| {
                Some(PeriodReturn {
                    year: year?,
                    month: month.and_then(|m| u32::try_from(m).ok()).filter(|m| *m > 0),
                    simple_return: value?,
                })
            })
            .collect())
    };
    read().map_err(ReportError::frame(place))
}

/// What the seeds of one policy say at one attack and budget.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPoint {
    /// Policy name.
    pub policy: String,
    /// Attack name; [`WORST`] for the worst of all attacks, per seed.
    pub attack: String,
    /// Per-step budget. Unit: bps.
    pub budget_bps: f64,
    /// Seeds.
    pub n_seeds: u32,
    /// Seeds for which the metric is undefined (a ruin, no variance).
    pub n_undefined: u32,
    /// Lower quartile, median, upper quartile (linear interpolation); `None` when undefined for any
    /// seed: leaving the ruined out would flatter the policy.
    pub quartiles: Option<[f64; 3]>,
}

impl SweepPoint {
    /// The median over seeds.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        self.quartiles.map(|quartiles| quartiles[1])
    }
}

/// Attack name of the worst case over attacks.
pub const WORST: &str = "worst of all attacks";

/// Quartiles over seeds of a metric, for every policy, attack and budget, and for the worst case
/// over attacks (the smallest value per policy, budget and seed, undefined where it is undefined
/// under one of them; the nominal market is no attack). Sorted by budget within policy and attack.
///
/// # Errors
/// [`ReportError::Frame`] when the query fails.
pub fn sweep(
    scores: &[LedgerSummary],
    metric: impl Fn(&LedgerSummary) -> Option<f64>,
) -> Result<Vec<SweepPoint>, ReportError> {
    let place = "sweep over seeds";
    let finite = |s| metric(s).filter(|value| value.is_finite());
    let texts = |part: fn(&LedgerSummary) -> &str| scores.iter().map(part).collect::<Vec<_>>();
    let frame = DataFrame::new_infer_height(vec![
        column("policy", texts(|s| &s.policy)),
        column("attack", texts(|s| &s.attack)),
        column(
            "budget_bps",
            scores.iter().map(|s| s.budget_bps).collect::<Vec<_>>(),
        ),
        column("seed", scores.iter().map(|s| s.seed).collect::<Vec<_>>()),
        column("value", scores.iter().map(finite).collect::<Vec<_>>()),
    ])
    .map_err(ReportError::frame(place))?
    .lazy();
    let lowest = when(col("value").null_count().eq(lit(0)))
        .then(col("value").min())
        .otherwise(lit(NULL));
    let worst = frame
        .clone()
        .filter(col("attack").neq(lit(Ledger::NOMINAL)))
        .group_by_stable([col("policy"), col("budget_bps"), col("seed")])
        .agg([lowest.alias("value")])
        .with_columns([lit(WORST).alias("attack")]);
    let mut points = Vec::new();
    for rows in [frame, worst] {
        let seeds = rows
            .group_by_stable([col("policy"), col("attack"), col("budget_bps")])
            .agg(quartiles_of("value"))
            .sort(
                ["budget_bps"],
                SortMultipleOptions::default().with_maintain_order(true),
            )
            .collect()
            .map_err(ReportError::frame(place))?;
        points.extend(read_points(&seeds).map_err(ReportError::frame(place))?);
    }
    Ok(points)
}

fn quartiles_of(value: &str) -> [Expr; 5] {
    let quantile = |q: f64| col(value).quantile(lit(q), QuantileMethod::Linear);
    [
        len().alias("n_seeds"),
        col(value).null_count().alias("n_undefined"),
        quantile(0.25).alias("q25"),
        quantile(0.5).alias("q50"),
        quantile(0.75).alias("q75"),
    ]
}

fn read_points(frame: &DataFrame) -> polars::prelude::PolarsResult<Vec<SweepPoint>> {
    let policy = frame.column("policy")?.str()?;
    let attack = frame.column("attack")?.str()?;
    let budget = frame.column("budget_bps")?.f64()?;
    let (n_seeds, n_undefined) = (
        frame.column("n_seeds")?.u32()?,
        frame.column("n_undefined")?.u32()?,
    );
    let quartiles = [
        frame.column("q25")?.f64()?,
        frame.column("q50")?.f64()?,
        frame.column("q75")?.f64()?,
    ];
    let point = |row| {
        Some(SweepPoint {
            policy: policy.get(row)?.to_owned(),
            attack: attack.get(row)?.to_owned(),
            budget_bps: budget.get(row)?,
            n_seeds: n_seeds.get(row)?,
            n_undefined: n_undefined.get(row)?,
            quartiles: match quartiles.map(|column| column.get(row)) {
                [Some(low), Some(median), Some(high)] if n_undefined.get(row)? == 0 => {
                    Some([low, median, high])
                }
                _ => None,
            },
        })
    };
    Ok((0..frame.height()).filter_map(point).collect())
}

fn column<V, P: ?Sized>(name: &str, values: V) -> Column
where
    Series: NamedFrom<V, P>,
{
    Series::new(name.into(), values).into_column()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::demo;
    use chrono::{TimeZone, Utc};

    #[test]
    fn periods_chain_to_the_total() {
        let ledger = &demo::ledgers()[0];
        let total = ledger.equity.last().unwrap() / ledger.initial_equity;
        for period in [Period::Month, Period::Year] {
            let returns = period_returns(ledger, period).unwrap();
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
        let months = period_returns(&ledger, Period::Month).unwrap();
        let flat: Vec<_> = months
            .iter()
            .map(|r| (r.month, (r.simple_return * 1e6).round()))
            .collect();
        assert_eq!(flat, [(Some(1), 1e5), (Some(2), 1e5), (Some(12), -5e5)]);
        let years = period_returns(&ledger, Period::Year).unwrap();
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
        let points = sweep(&scores, |s| s.get("cagr")).unwrap();
        let find = |attack: &str, budget: f64| {
            points
                .iter()
                .find(|p| p.attack == attack && (p.budget_bps - budget).abs() < 1e-9)
                .unwrap()
        };
        assert_eq!(find(Ledger::NOMINAL, 0.0).quartiles, Some([5.5, 6.0, 6.5]));
        assert_eq!(find("a", 10.0).quartiles, Some([1.25, 1.5, 1.75]));
        let b = find("b", 10.0);
        assert_eq!((b.n_seeds, b.n_undefined, b.median()), (2, 1, None));
        assert_eq!(find("b", 5.0).median(), None, "NaN is undefined");
        assert_eq!(
            find(WORST, 20.0).quartiles,
            Some([0.25, 0.5, 0.75]),
            "min per seed, then quartiles"
        );
        let ruined = find(WORST, 10.0);
        assert_eq!(
            (ruined.n_undefined, ruined.median()),
            (1, None),
            "a ruin is not left out"
        );
        assert_eq!(points.iter().filter(|p| p.attack == WORST).count(), 3);
    }
}
