//! Arrow IPC files (feather), with the crate that polars reads them with.

use polars::prelude::{ArrowField, DataFrame, PolarsResult, Series};
use polars_arrow::array::ArrayRef;
use polars_arrow::io::ipc::read::{FileReader, read_file_metadata};
use std::io::Cursor;

/// What such a file begins and ends with.
pub(super) const MAGIC: &[u8] = b"ARROW1";

/// The names of the columns.
pub(super) fn names(bytes: &[u8]) -> PolarsResult<Vec<String>> {
    let metadata = read_file_metadata(&mut Cursor::new(bytes))?;
    Ok(metadata
        .schema
        .iter_names()
        .map(ToString::to_string)
        .collect())
}

/// The columns of these names, which must be there, in the order of the file.
pub(super) fn frame(bytes: &[u8], wanted: &[&str]) -> PolarsResult<DataFrame> {
    let metadata = read_file_metadata(&mut Cursor::new(bytes))?;
    let fields = metadata.schema.iter_values().enumerate();
    let fields = fields.filter(|(_, field)| wanted.contains(&field.name.as_str()));
    let (places, fields): (Vec<usize>, Vec<ArrowField>) =
        fields.map(|(at, field)| (at, field.clone())).unzip();
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); fields.len()];
    let mut height = 0;
    for batch in FileReader::new(Cursor::new(bytes), metadata, Some(places), None) {
        let batch = batch?;
        height += batch.len();
        for (column, array) in columns.iter_mut().zip(batch.into_arrays()) {
            column.push(array);
        }
    }
    let columns = fields
        .iter()
        .zip(columns)
        .map(|(field, chunks)| Series::try_from((field, chunks)).map(Into::into));
    DataFrame::new(height, columns.collect::<PolarsResult<Vec<_>>>()?)
}
