//! What a market yields at every bar, by name.

use super::Panel;

/// Names of what a market yields at every bar: one bar per symbol, one number per signal.
///
/// A list of symbols alone is a market without signals; a [`Panel`] knows its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns<'a> {
    /// Assets in order.
    pub symbols: &'a [String],
    /// Signals in order; empty where there are none.
    pub signals: &'a [String],
}

impl<'a> From<&'a [String]> for Columns<'a> {
    fn from(symbols: &'a [String]) -> Self {
        Self {
            symbols,
            signals: &[],
        }
    }
}

impl<'a> From<&'a Vec<String>> for Columns<'a> {
    fn from(symbols: &'a Vec<String>) -> Self {
        symbols.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [String; N]> for Columns<'a> {
    fn from(symbols: &'a [String; N]) -> Self {
        symbols.as_slice().into()
    }
}

impl<'a> From<&'a Panel> for Columns<'a> {
    fn from(panel: &'a Panel) -> Self {
        Self {
            symbols: panel.symbols(),
            signals: panel.signal_names(),
        }
    }
}
