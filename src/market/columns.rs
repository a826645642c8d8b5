//! Names of the assets and signals of a market.

use super::Panel;

/// Names of the assets and signals of a market.
///
/// A list of symbols describes a market without signals: `Columns::from(&["BTC".to_owned()])`. The
/// columns of a [`Panel`] include its signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns<'a> {
    /// Symbols of the assets, in order.
    pub symbols: &'a [String],
    /// Names of the signals, in order; may be empty.
    pub signals: &'a [String],
}

impl<'a, S: AsRef<[String]> + ?Sized> From<&'a S> for Columns<'a> {
    fn from(symbols: &'a S) -> Self {
        Self {
            symbols: symbols.as_ref(),
            signals: &[],
        }
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
