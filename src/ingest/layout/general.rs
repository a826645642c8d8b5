//! Layouts of no particular site: this crate's own, pandas' and that of US spreadsheets.

use super::clock::TimeForm;
use super::shape::{Label, Order, Others, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

/// The tidy layout, this crate's own: `timestamp` in UTC (ISO 8601), `close`, optionally `open`,
/// `high`, `low` (all three or none), `volume`, `adj_close`, in any order; others are ignored.
pub(super) const TIDY: &[Shape] = &[Shape {
    layout: FileLayout::Tidy,
    columns: columns![
        Time! "timestamp"; Open? "open"; High? "high"; Low? "low"; Close! "close";
        Volume? "volume"; AdjClose? "adj_close";
    ],
    others: Others::Ignored,
    label: Label::Given,
    ..Shape::BARS
}];

/// CSV of a pandas frame (`to_csv`) whose time index has no name: the first header cell is empty.
pub(super) const PANDAS_INDEX: &[Shape] = &[Shape {
    layout: FileLayout::PandasIndex,
    columns: columns![
        Time! "the index", ""; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
        AdjClose? "Adj Close", "adj_close"; Volume? "Volume";
    ],
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    missing: &["", "nan", "NaN"],
    ..Shape::BARS
}];

/// Bars with dates such as `11/5/2019 9:30`, month first, as US spreadsheets write them; columns in
/// any order. A note counts the dates if none of them proves that the month comes first.
pub(super) const MONTH_FIRST: &[Shape] = &[Shape {
    layout: FileLayout::MonthFirst,
    columns: columns![
        Time! "Date", "Datetime", "Date Time"; DayTime? "Time"; Open! "Open"; High! "High";
        Low! "Low"; Close! "Close"; AdjClose? "Adj Close", "adj_close"; Volume? "Volume";
    ],
    time: TimeForm::Slashed,
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    missing: &[""],
    ..Shape::BARS
}];
