//! Cells and columns of a table, and its Parquet file.

use crate::{agent::write_atomically, report::error::ReportError};
use polars::prelude::{
    Column, DataFrame, IntoColumn, NamedFrom, ParquetReader, ParquetWriter, PolarsResult,
    SerReader, Series,
};
use std::{fs::File, path::Path};

/// A type that can be read from a column.
pub(super) trait Cell: Sized {
    /// Kind of value, for messages.
    const KIND: &'static str;

    /// Cells of a column; an empty cell is `None`.
    fn cells(column: &Column) -> PolarsResult<Vec<Option<Self>>>;
}

macro_rules! cell {
    ($($Type:ty, $accessor:ident, $kind:literal;)+) => {$(
        impl Cell for $Type {
            const KIND: &'static str = $kind;

            fn cells(column: &Column) -> PolarsResult<Vec<Option<Self>>> {
                Ok(column.$accessor()?.iter().map(|cell| cell.map(<$Type>::from)).collect())
            }
        }
    )+};
}

cell! {
    String, str, "text";
    f64, f64, "a number";
    u32, u32, "an integer";
    u64, u64, "an integer";
    i64, i64, "an integer";
    bool, bool, "true or false";
}

/// Builds a column with one cell per row; `None` becomes an empty cell.
pub(super) fn column<R, T>(name: &str, rows: &[R], cell: impl Fn(&R) -> T) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    let cells: Vec<T> = rows.iter().map(cell).collect();
    Series::new(name.into(), cells).into_column()
}

/// Writes a table; the file appears complete or not at all.
pub(super) fn write(path: &Path, frame: &mut DataFrame) -> Result<(), ReportError> {
    let mut bytes = Vec::new();
    let written = ParquetWriter::new(&mut bytes).finish(frame);
    written.map_err(ReportError::frame(&path.display().to_string()))?;
    write_atomically(path, &bytes).map_err(ReportError::file(path))
}

/// A Parquet file in memory, with its name for messages.
pub(super) struct Table {
    place: String,
    frame: DataFrame,
}

impl Table {
    pub(super) fn read(path: &Path) -> Result<Self, ReportError> {
        let place = path.display().to_string();
        let file = File::open(path).map_err(ReportError::file(path))?;
        let frame = ParquetReader::new(file).finish();
        Ok(Self {
            frame: frame.map_err(ReportError::frame(&place))?,
            place,
        })
    }

    /// Column names that begin with `prefix`, without it.
    pub(super) fn suffixes(&self, prefix: &str) -> Vec<String> {
        let names = self.frame.get_column_names().into_iter();
        names
            .filter_map(|name| Some(name.strip_prefix(prefix)?.to_owned()))
            .collect()
    }

    /// Cells of a column; an empty cell is an error.
    pub(super) fn column<T: Cell>(&self, name: &str) -> Result<Vec<T>, ReportError> {
        let column = self.frame.column(name).and_then(T::cells);
        let cells = column.map_err(ReportError::frame(&self.place))?;
        let cell = |(row, cell): (usize, Option<T>)| {
            cell.ok_or_else(|| ReportError::MissingCell {
                place: self.place.clone(),
                column: name.to_owned(),
                row,
                expected: T::KIND,
            })
        };
        cells.into_iter().enumerate().map(cell).collect()
    }

    /// Cells of a numeric column; all `None` if the file has no such column.
    pub(super) fn optional_column(&self, name: &str) -> Result<Vec<Option<f64>>, ReportError> {
        if self.frame.get_column_index(name).is_none() {
            return Ok(vec![None; self.frame.height()]);
        }
        let column = self.frame.column(name).and_then(f64::cells);
        column.map_err(ReportError::frame(&self.place))
    }
}
