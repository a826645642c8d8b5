//! Vendors of market data: Databento, Tardis.

use super::clock::{EpochUnit, TimeForm};
use super::shape::{PriceFormat, Shape, columns};
use crate::ingest::file_layout::{FileLayout, RowKind};

/// Databento CSV: bars and trades, raw (nanoseconds, price · 10⁹) or pretty (ISO 8601, decimals).
///
/// A trade is timed by its receipt, which orders the file. An undefined price is the largest 64-bit
/// integer in raw files and empty in pretty ones.
pub(super) const DATABENTO: &[Shape] = &[
    Shape {
        layout: FileLayout::DatabentoBars,
        columns: columns![
            Time! "ts_event"; Unused! "rtype"; Unused! "publisher_id"; Unused! "instrument_id";
            Open! "open"; High! "high"; Low! "low"; Close! "close"; Volume! "volume";
            Instrument! "symbol";
        ],
        ..DATABENTO_FILE
    },
    Shape {
        layout: FileLayout::DatabentoBars,
        columns: columns![
            Time! "ts_event"; Unused! "rtype"; Unused! "publisher_id";
            Instrument! "instrument_id"; Open! "open"; High! "high"; Low! "low"; Close! "close";
            Volume! "volume";
        ],
        ..DATABENTO_FILE
    },
    Shape {
        layout: FileLayout::DatabentoTrades,
        columns: columns![
            Time! "ts_recv"; Unused! "ts_event"; Unused! "rtype"; Unused! "publisher_id";
            Unused! "instrument_id"; Unused! "action"; Unused! "side"; Unused! "depth";
            Price! "price"; Size! "size"; Unused! "flags"; Unused! "ts_in_delta";
            Unused! "sequence"; Instrument! "symbol";
        ],
        rows: RowKind::Trade,
        ..DATABENTO_FILE
    },
];

const DATABENTO_FILE: Shape = Shape {
    time: TimeForm::IsoOrNanoseconds,
    missing: &["", "9223372036854775807"],
    prices: PriceFormat::WholeBillionths,
    ..Shape::BARS
};

/// Tardis trades, and the best bid and ask of its quotes and book snapshots. Times are in
/// microseconds of the exchange's clock.
pub(super) const TARDIS: &[Shape] = &[
    Shape {
        layout: FileLayout::TardisTrades,
        columns: columns![
            Unused! "exchange"; Instrument! "symbol"; Time! "timestamp";
            Unused! "local_timestamp"; Unused! "id"; Unused! "side"; Price! "price";
            Size! "amount";
        ],
        rows: RowKind::Trade,
        ..TARDIS_FILE
    },
    Shape {
        layout: FileLayout::TardisQuotes,
        columns: columns![
            Unused! "exchange"; Instrument! "symbol"; Time! "timestamp";
            Unused! "local_timestamp"; Ask! "asks[0].price"; Bid! "bids[0].price";
            Unused* "asks[*", "bids[*";
        ],
        rows: RowKind::Quote,
        ..TARDIS_FILE
    },
    Shape {
        layout: FileLayout::TardisQuotes,
        columns: columns![
            Unused! "exchange"; Instrument! "symbol"; Time! "timestamp";
            Unused! "local_timestamp"; Unused! "ask_amount"; Ask! "ask_price"; Bid! "bid_price";
            Unused! "bid_amount";
        ],
        rows: RowKind::Quote,
        ..TARDIS_FILE
    },
];

const TARDIS_FILE: Shape = Shape {
    time: TimeForm::Epoch(&[EpochUnit::Microseconds]),
    ..Shape::BARS
};
