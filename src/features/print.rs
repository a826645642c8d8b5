//! The print shock: a newest bar with a misprinted close.

use super::{
    Scalar,
    scalar::{larger, smaller},
};
use crate::market::Bar;

/// Bar `bar` with its close C printed as C e^z, z = `log_move`. High and low widen to contain the
/// printed close; open and volume stay.
///
/// high' = max(H, C e^z), low' = min(L, C e^z). Kinks: where C e^z equals H (or L), the derivative
/// is that of the clean price, 0: the left-hand one at the high, the right-hand one at the low.
#[must_use]
pub fn print_bar<S: Scalar>(bar: &Bar, log_move: S) -> Bar<S> {
    let close = log_move.exp() * bar.close;
    Bar {
        open: S::from(bar.open),
        high: larger(S::from(bar.high), close),
        low: smaller(S::from(bar.low), close),
        close,
        volume: bar.volume,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_dual::Dual64;

    const BAR: Bar = Bar {
        open: 99.0,
        high: 102.0,
        low: 98.0,
        close: 100.0,
        volume: 7.0,
    };

    #[test]
    fn no_move_is_the_clean_bar_bit_for_bit() {
        assert_eq!(print_bar(&BAR, 0.0), BAR);
    }

    #[test]
    fn the_range_widens_just_enough_to_contain_the_close() {
        for z in [-0.05, -0.01, 0.01, 0.05] {
            let close = 100.0 * f64::exp(z);
            let expected = Bar {
                close,
                high: close.max(102.0),
                low: close.min(98.0),
                ..BAR
            };
            assert_eq!(print_bar(&BAR, z), expected);
        }
    }

    #[test]
    fn derivatives_follow_the_active_branch_and_ties_keep_the_clean_price() {
        let tangents = |bar: &Bar, z: f64| {
            let printed = print_bar(bar, Dual64::new(z, 1.0));
            vec![printed.high.eps, printed.low.eps, printed.close.eps]
        };
        let inside = 100.0 * 0.01_f64.exp();
        let above = 100.0 * 0.05_f64.exp();
        let below = 100.0 * (-0.05_f64).exp();
        assert_eq!(tangents(&BAR, 0.01), [0.0, 0.0, inside]);
        assert_eq!(tangents(&BAR, 0.05), [above, 0.0, above]);
        assert_eq!(tangents(&BAR, -0.05), [0.0, below, below]);
        let at_high = Bar {
            close: 102.0,
            ..BAR
        };
        let at_low = Bar { close: 98.0, ..BAR };
        assert_eq!(tangents(&at_high, 0.0), [0.0, 0.0, 102.0]);
        assert_eq!(tangents(&at_low, 0.0), [0.0, 0.0, 98.0]);
    }
}
