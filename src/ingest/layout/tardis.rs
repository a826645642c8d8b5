//! Tardis trades, and the best bid and ask of its quotes and book snapshots: microseconds of the
//! exchange's clock.

use super::clock::{EpochUnit, TimeForm};
use super::shape::{Shape, columns};
use crate::ingest::file_layout::{FileLayout, RowKind};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: FileLayout::TardisTrades,
        columns: columns![
            Unused! "exchange"; Instrument! "symbol"; Time! "timestamp";
            Unused! "local_timestamp"; Unused! "id"; Unused! "side"; Price! "price";
            Size! "amount";
        ],
        rows: RowKind::Trade,
        ..TARDIS
    },
    Shape {
        layout: FileLayout::TardisQuotes,
        columns: columns![
            Unused! "exchange"; Instrument! "symbol"; Time! "timestamp";
            Unused! "local_timestamp"; Ask! "asks[0].price"; Bid! "bids[0].price";
            Unused* "asks[*", "bids[*";
        ],
        rows: RowKind::Quote,
        ..TARDIS
    },
    Shape {
        layout: FileLayout::TardisQuotes,
        columns: columns![
            Unused! "exchange"; Instrument! "symbol"; Time! "timestamp";
            Unused! "local_timestamp"; Unused! "ask_amount"; Ask! "ask_price"; Bid! "bid_price";
            Unused! "bid_amount";
        ],
        rows: RowKind::Quote,
        ..TARDIS
    },
];

const TARDIS: Shape = Shape {
    time: TimeForm::Epoch(&[EpochUnit::Microseconds]),
    ..Shape::BARS
};
