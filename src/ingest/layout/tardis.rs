//! Tardis trades, and the best bid and ask of its quotes and book snapshots: microseconds of the
//! exchange's clock.

use super::Layout;
use super::clock::{EpochUnit, TimeForm};
use super::shape::{Column, Role, RowKind, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: Layout::TardisTrades,
        columns: &[
            Column::required(Role::Unused, &["exchange"]),
            Column::required(Role::Instrument, &["symbol"]),
            Column::required(Role::Time, &["timestamp"]),
            Column::required(Role::Unused, &["local_timestamp"]),
            Column::required(Role::Unused, &["id"]),
            Column::required(Role::Unused, &["side"]),
            Column::required(Role::Price, &["price"]),
            Column::required(Role::Size, &["amount"]),
        ],
        rows: RowKind::Trade,
        ..TARDIS
    },
    Shape {
        layout: Layout::TardisQuotes,
        columns: &[
            Column::required(Role::Unused, &["exchange"]),
            Column::required(Role::Instrument, &["symbol"]),
            Column::required(Role::Time, &["timestamp"]),
            Column::required(Role::Unused, &["local_timestamp"]),
            Column::required(Role::Ask, &["asks[0].price"]),
            Column::required(Role::Bid, &["bids[0].price"]),
            Column::unused(&["asks[*", "bids[*"]),
        ],
        rows: RowKind::Quote,
        ..TARDIS
    },
    Shape {
        layout: Layout::TardisQuotes,
        columns: &[
            Column::required(Role::Unused, &["exchange"]),
            Column::required(Role::Instrument, &["symbol"]),
            Column::required(Role::Time, &["timestamp"]),
            Column::required(Role::Unused, &["local_timestamp"]),
            Column::required(Role::Unused, &["ask_amount"]),
            Column::required(Role::Ask, &["ask_price"]),
            Column::required(Role::Bid, &["bid_price"]),
            Column::required(Role::Unused, &["bid_amount"]),
        ],
        rows: RowKind::Quote,
        ..TARDIS
    },
];

const TARDIS: Shape = Shape {
    time: TimeForm::Epoch(&[EpochUnit::Microseconds]),
    ..Shape::BARS
};
