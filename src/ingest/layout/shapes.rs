//! All layouts of lines.

use super::shape::{Label, Shape};
use super::{crypto, forex, general, stocks, vendors};
use crate::ingest::file_layout::FileLayout;

/// The shapes of all layouts of lines with at most one header row.
pub(super) fn shapes() -> impl Iterator<Item = &'static Shape> {
    [
        general::TIDY,
        stocks::YAHOO,
        crypto::BINANCE,
        crypto::KRAKEN,
        crypto::CRYPTO_DATA_DOWNLOAD,
        forex::MT4,
        forex::MT5,
        forex::HIST_DATA,
        forex::DUKASCOPY,
        stocks::STOOQ,
        stocks::FRED,
        vendors::DATABENTO,
        vendors::TARDIS,
        stocks::BARCHART,
        stocks::QUANDL,
        general::PANDAS_INDEX,
        general::MONTH_FIRST,
    ]
    .into_iter()
    .flatten()
}

impl FileLayout {
    /// Tells whether files of this layout do not show which end of a bar their times mark.
    #[must_use]
    pub fn leaves_label_open(self) -> bool {
        shapes().any(|shape| shape.layout == self && shape.label == Label::Given)
    }
}
