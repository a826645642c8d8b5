//! Growth of equity.

use super::{count, defined, metric::metric};

metric! {
    TotalReturn {
        name: "total_return",
        label: "Total return",
        format: Percent,
        better: Higher,
        definition: "final equity / initial equity − 1",
        undefined: "there was no initial equity",
    }
    |self, ledger| {
        let last = ledger.equity.last().copied().unwrap_or(ledger.initial_equity);
        (ledger.initial_equity > 0.0).then(|| last / ledger.initial_equity - 1.0)
    }
}

metric! {
    /// Log growth adds up over time; it is the sum of `LogGrowth` rewards.
    TotalLogGrowth {
        name: "total_log_growth",
        label: "Total log growth",
        format: Number,
        better: Higher,
        definition: "ln(final equity / initial equity)",
        undefined: "nothing was left",
    }
    |self, ledger| total_log_growth(ledger.initial_equity, &ledger.equity)
}

metric! {
    /// Unit: 1 / year.
    Cagr {
        name: "cagr",
        label: "Growth per year (CAGR)",
        format: Percent,
        better: Higher,
        definition: "(final equity / initial equity)^(bars per year / bars) − 1 over all bars of \
                     the span, to whose end a ruined account holds its cash; −100 % if nothing \
                     was left",
        undefined: "the record is too short",
    }
    |self, ledger| cagr(ledger.initial_equity, &ledger.equity, ledger.bars_per_year()?)
}

fn total_log_growth(initial_equity: f64, equity: &[f64]) -> Option<f64> {
    let last = *equity.last()?;
    (initial_equity > 0.0 && last > 0.0)
        .then(|| (last / initial_equity).ln())
        .and_then(defined)
}

fn cagr(initial_equity: f64, equity: &[f64], bars_per_year: f64) -> Option<f64> {
    let last = *equity.last()?;
    if initial_equity <= 0.0 {
        return None;
    }
    if last <= 0.0 {
        return Some(-1.0);
    }
    let years = count(equity.len()) / bars_per_year;
    defined(((last / initial_equity).ln() / years).exp_m1())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubling_in_two_years_is_41_percent() {
        let equity = vec![150.0; 503]
            .into_iter()
            .chain([200.0])
            .collect::<Vec<_>>();
        let found = cagr(100.0, &equity, 252.0).unwrap();
        assert!((found - (2.0_f64.sqrt() - 1.0)).abs() < 1e-12);
        let log = total_log_growth(100.0, &equity).unwrap();
        assert!((log - 2.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn growth_does_not_depend_on_the_currency() {
        let (a, b) = ([90.0, 120.0], [9_000.0, 12_000.0]);
        let (a, b) = (cagr(100.0, &a, 252.0), cagr(1e4, &b, 252.0));
        assert!((a.unwrap() - b.unwrap()).abs() < 1e-9);
    }

    #[test]
    fn a_loss_of_everything_has_no_logarithm() {
        assert_eq!(cagr(1.0, &[0.5, -0.1], 252.0), Some(-1.0));
        assert_eq!(total_log_growth(1.0, &[0.5, -0.1]), None);
        assert_eq!(cagr(1.0, &[], 252.0), None);
    }
}
