//! The Calmar ratio.

use super::{Cagr, MaxDrawdown, defined, metric::metric};

metric! {
    /// Unit: 1 / year, over the whole record (the original uses 36 months). Source: Young, "Calmar
    /// Ratio: A Smoother Tool", Futures (1991).
    Calmar {
        name: "calmar",
        label: "Calmar ratio",
        format: Number,
        better: Higher,
        definition: "growth per year over maximum drawdown",
        undefined: "equity never fell below a peak",
    }
    |self, ledger| calmar(Cagr.value(ledger), MaxDrawdown.value(ledger))
}

fn calmar(cagr: Option<f64>, max_drawdown: Option<f64>) -> Option<f64> {
    let depth = max_drawdown.filter(|depth| *depth > 0.0)?;
    defined(cagr? / depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_percent_for_a_fall_of_thirty_is_four_tenths() {
        assert!((calmar(Some(0.12), Some(0.3)).unwrap() - 0.4).abs() < 1e-15);
        assert_eq!(calmar(Some(0.12), None), None);
        assert_eq!(calmar(None, Some(0.3)), None);
    }
}
