//! Databento CSV: bars and trades, raw (nanoseconds, prices in billionths) or pretty (ISO 8601,
//! decimals).
//!
//! The time of a trade is that of its receipt, by which the file is ordered. An undefined price is
//! the largest 64-bit number in raw files and empty in pretty ones.

use super::clock::TimeForm;
use super::shape::{PriceFormat, Shape, columns};
use crate::ingest::file_layout::{FileLayout, RowKind};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: FileLayout::DatabentoBars,
        columns: columns![
            Time! "ts_event"; Unused! "rtype"; Unused! "publisher_id"; Unused! "instrument_id";
            Open! "open"; High! "high"; Low! "low"; Close! "close"; Volume! "volume";
            Instrument! "symbol";
        ],
        ..DATABENTO
    },
    Shape {
        layout: FileLayout::DatabentoBars,
        columns: columns![
            Time! "ts_event"; Unused! "rtype"; Unused! "publisher_id";
            Instrument! "instrument_id"; Open! "open"; High! "high"; Low! "low"; Close! "close";
            Volume! "volume";
        ],
        ..DATABENTO
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
        ..DATABENTO
    },
];

const DATABENTO: Shape = Shape {
    time: TimeForm::IsoOrNanoseconds,
    missing: &["", "9223372036854775807"],
    prices: PriceFormat::WholeBillionths,
    ..Shape::BARS
};
