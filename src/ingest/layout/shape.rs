//! Columns and conventions of a line-based layout, as data.

use super::clock::TimeForm;
use crate::ingest::file_layout::{FileLayout, RowKind};

/// A line-based layout, or the version of it in one era.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) layout: FileLayout,
    pub(super) separator: u8,
    pub(super) head: Head,
    /// Columns; in file order without a header, otherwise in any order.
    pub(super) columns: &'static [Column],
    pub(super) others: Others,
    pub(super) time: TimeForm,
    pub(super) zone: Zone,
    pub(super) label: Label,
    pub(super) order: Order,
    /// Cells that stand for a missing number.
    pub(super) missing: &'static [&'static str],
    pub(super) prices: PriceFormat,
    pub(super) rows: RowKind,
    /// Prefixes of lines that are not rows.
    pub(super) remarks: &'static [&'static str],
}

/// Header lines before the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Bare,
    Names,
    /// Column names, optionally below a comment line.
    CommentAndNames,
}

/// Treatment of columns that the shape does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// A file with other columns has another layout.
    Refused,
    /// Other columns are not read.
    Ignored,
}

/// Zone of times that do not state theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// Constant offset from UTC. Unit: minutes.
    Fixed(i32),
    /// Not defined by the layout.
    Open,
}

/// Instant of a bar that its time marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Open,
    /// Not defined by the layout; [`crate::ingest::DataFile`] gives it.
    Given,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    Either,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PriceFormat {
    Decimal,
    /// Whole numbers are billionths; numbers with a decimal point are prices.
    WholeBillionths,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) role: Role,
    pub(super) need: Need,
    /// Names of the column in a header.
    pub(super) names: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    DayTime,
    /// Bar period; `D`, `W` and `M` rows have no time of day.
    Period,
    Instrument,
    Open,
    High,
    Low,
    Close,
    AdjClose,
    Volume,
    Price,
    Size,
    Bid,
    Ask,
    Unused,
}

/// Required number of occurrences of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
    Any,
}

/// Lists columns as `Role! "name" | "other name"`: `!` required, `?` optional, `*` any number of
/// times. A name that ends with `*` stands for all names that begin like it.
macro_rules! columns {
    (@need !) => { $crate::ingest::layout::shape::Need::Required };
    (@need ?) => { $crate::ingest::layout::shape::Need::Optional };
    (@need *) => { $crate::ingest::layout::shape::Need::Any };
    ($($role:ident $need:tt $($name:expr),+;)+) => {
        &[$($crate::ingest::layout::shape::Column {
            role: $crate::ingest::layout::shape::Role::$role,
            need: columns!(@need $need),
            names: &[$($name),+],
        }),+]
    };
}
pub(super) use columns;

/// Placeholder for a series identifier such as `DCOILWTICO`: capitals, digits, underscores.
pub(super) const SERIES: &str = "the series";

impl Shape {
    /// Conventions of most layouts of bars.
    pub(super) const BARS: Self = Self {
        layout: FileLayout::Tidy,
        separator: b',',
        head: Head::Names,
        columns: &[],
        others: Others::Refused,
        time: TimeForm::Iso,
        zone: Zone::Fixed(0),
        label: Label::Open,
        order: Order::OldestFirst,
        missing: &[],
        prices: PriceFormat::Decimal,
        rows: RowKind::Bar,
        remarks: &[],
    };
}

impl Column {
    /// Returns true if a header cell names the column, ignoring case.
    pub(super) fn is_named(&self, cell: &str) -> bool {
        self.names.iter().any(|name| match name.strip_suffix('*') {
            Some(front) => cell
                .get(..front.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(front)),
            None if *name == SERIES => {
                let series = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
                cell.bytes().all(series) && cell.bytes().any(|byte| byte.is_ascii_uppercase())
            }
            None => cell.eq_ignore_ascii_case(name),
        })
    }
}

impl Role {
    /// Shared name of the column's number; `None` if the column is not numeric.
    pub(super) const fn field(self) -> Option<&'static str> {
        match self {
            Self::Open => Some("open"),
            Self::High => Some("high"),
            Self::Low => Some("low"),
            Self::Close => Some("close"),
            Self::AdjClose => Some("adj_close"),
            Self::Volume => Some("volume"),
            Self::Price => Some("price"),
            Self::Size => Some("size"),
            Self::Bid => Some("bid"),
            Self::Ask => Some("ask"),
            Self::Time | Self::DayTime | Self::Period | Self::Instrument | Self::Unused => None,
        }
    }
}
