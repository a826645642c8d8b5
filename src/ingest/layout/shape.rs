//! The columns and conventions of a layout of lines, as data.

use super::clock::TimeForm;
use crate::ingest::file_layout::{FileLayout, RowKind};

/// A layout of lines, or one era of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) layout: FileLayout,
    pub(super) separator: u8,
    pub(super) head: Head,
    /// In order in a file without a header, otherwise in any order.
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

/// Lines before the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// None.
    Bare,
    /// The names of the columns.
    Names,
    /// The names of the columns, perhaps below a line of comment.
    CommentAndNames,
}

/// Treatment of columns that the shape does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// The file has another layout.
    Refused,
    /// They are not read.
    Ignored,
}

/// Zone of times that do not state theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// Offset from UTC all year round. Unit: minutes.
    Fixed(i32),
    /// Unknown from the file.
    Open,
}

/// End of a bar that its time marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Open,
    /// Unknown from the file: the end that [`crate::ingest::DataFile`] gives.
    Given,
}

/// Possible orders of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    Either,
}

/// Notation of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PriceFormat {
    Decimal,
    /// A whole number counts billionths; a number with a decimal point is a price.
    WholeBillionths,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) role: Role,
    pub(super) need: Need,
    /// Names that a header may give it.
    pub(super) names: &'static [&'static str],
}

/// Use of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    /// Time of the day.
    DayTime,
    /// `D` where the bars are days.
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

/// How often a column occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
    /// Any number of times.
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

/// A name that stands for any series identifier such as `DCOILWTICO`: capitals, perhaps digits and
/// underscores.
pub(super) const SERIES: &str = "the series";

impl Shape {
    /// Conventions that most layouts of bars share.
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
    /// Tells whether a header may give the column this name, in upper or lower case.
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
    /// Name of the number that a row becomes.
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
