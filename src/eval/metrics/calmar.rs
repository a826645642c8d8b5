//! The Calmar ratio.

use super::defined;

/// Calmar ratio CAGR / maximum drawdown `[1 / year]`, over the whole record (the original looks at
/// 36 months).
///
/// Pass `None` for what is undefined: without a drawdown or a growth rate there is no ratio.
/// Source: Young, "Calmar Ratio: A Smoother Tool", Futures (1991).
#[must_use]
pub fn calmar(cagr: Option<f64>, max_drawdown: Option<f64>) -> Option<f64> {
    let depth = max_drawdown?;
    if depth <= 0.0 {
        return None;
    }
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
