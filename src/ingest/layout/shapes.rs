//! All layouts of lines.

use super::shape::{Label, Shape};
use super::{
    barchart, binance, crypto_data_download, databento, dukascopy, fred, hist_data, kraken,
    month_first, mt4, mt5, pandas_index, quandl, stooq, tardis, tidy, yahoo,
};
use crate::ingest::file_layout::FileLayout;

/// The shapes of all layouts of lines with at most one header row.
pub(super) fn shapes() -> impl Iterator<Item = &'static Shape> {
    [
        tidy::SHAPES,
        yahoo::SHAPES,
        binance::SHAPES,
        kraken::SHAPES,
        crypto_data_download::SHAPES,
        mt4::SHAPES,
        mt5::SHAPES,
        hist_data::SHAPES,
        dukascopy::SHAPES,
        stooq::SHAPES,
        fred::SHAPES,
        databento::SHAPES,
        tardis::SHAPES,
        barchart::SHAPES,
        quandl::SHAPES,
        pandas_index::SHAPES,
        month_first::SHAPES,
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
