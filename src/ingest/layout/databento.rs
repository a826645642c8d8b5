//! Databento CSV: bars and trades, raw (nanoseconds, prices in billionths) or pretty (ISO 8601,
//! decimals).
//!
//! Trades are taken at the time they were received, in whose order they stand. A price that is not
//! defined is the largest 64-bit number in raw files, and empty in pretty ones.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Prices, Role, RowKind, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: Layout::DatabentoBars,
        columns: &[
            Column::required(Role::Time, &["ts_event"]),
            Column::required(Role::Unused, &["rtype"]),
            Column::required(Role::Unused, &["publisher_id"]),
            Column::required(Role::Unused, &["instrument_id"]),
            Column::required(Role::Open, &["open"]),
            Column::required(Role::High, &["high"]),
            Column::required(Role::Low, &["low"]),
            Column::required(Role::Close, &["close"]),
            Column::required(Role::Volume, &["volume"]),
            Column::required(Role::Instrument, &["symbol"]),
        ],
        ..DATABENTO
    },
    Shape {
        layout: Layout::DatabentoBars,
        columns: &[
            Column::required(Role::Time, &["ts_event"]),
            Column::required(Role::Unused, &["rtype"]),
            Column::required(Role::Unused, &["publisher_id"]),
            Column::required(Role::Instrument, &["instrument_id"]),
            Column::required(Role::Open, &["open"]),
            Column::required(Role::High, &["high"]),
            Column::required(Role::Low, &["low"]),
            Column::required(Role::Close, &["close"]),
            Column::required(Role::Volume, &["volume"]),
        ],
        ..DATABENTO
    },
    Shape {
        layout: Layout::DatabentoTrades,
        columns: &[
            Column::required(Role::Time, &["ts_recv"]),
            Column::required(Role::Unused, &["ts_event"]),
            Column::required(Role::Unused, &["rtype"]),
            Column::required(Role::Unused, &["publisher_id"]),
            Column::required(Role::Unused, &["instrument_id"]),
            Column::required(Role::Unused, &["action"]),
            Column::required(Role::Unused, &["side"]),
            Column::required(Role::Unused, &["depth"]),
            Column::required(Role::Price, &["price"]),
            Column::required(Role::Size, &["size"]),
            Column::required(Role::Unused, &["flags"]),
            Column::required(Role::Unused, &["ts_in_delta"]),
            Column::required(Role::Unused, &["sequence"]),
            Column::required(Role::Instrument, &["symbol"]),
        ],
        rows: RowKind::Trade,
        ..DATABENTO
    },
];

const DATABENTO: Shape = Shape {
    time: TimeForm::IsoOrNanoseconds,
    missing: &["", "9223372036854775807"],
    prices: Prices::WholeBillionths,
    ..Shape::BARS
};
