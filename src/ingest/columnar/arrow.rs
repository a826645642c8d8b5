//! Arrow IPC files (Feather), read with the crate that polars uses.

use crate::ingest::report::UnusedColumn;
use polars::prelude::{ArrowField, DataFrame, PolarsResult, Series};
use polars_arrow::array::ArrayRef;
use polars_arrow::io::ipc::format::ipc::planus::ReadAsRoot;
use polars_arrow::io::ipc::format::ipc::{MessageHeaderRef, MessageRef, RecordBatchRef};
use polars_arrow::io::ipc::read::{FileReader, read_file_metadata};
use std::io::Cursor;

pub(super) const MAGIC: &[u8] = b"ARROW1";

/// Description of the damage.
type Fault = &'static str;

/// Checks the sizes that record batches and dictionaries state before they are allocated. Other
/// damage is left to the reader, which returns an error.
pub(super) fn check(bytes: &[u8]) -> Result<(), Fault> {
    let Ok(metadata) = read_file_metadata(&mut Cursor::new(bytes)) else {
        return Ok(());
    };
    for block in metadata
        .blocks
        .iter()
        .chain(metadata.dictionaries.iter().flatten())
    {
        const OUTSIDE: Fault = "a block outside the file";
        let offset = usize::try_from(block.offset).map_err(|_| OUTSIDE)?;
        let length = usize::try_from(block.meta_data_length).map_err(|_| OUTSIDE)?;
        let end = offset.checked_add(length).ok_or(OUTSIDE)?;
        let mut message = bytes.get(offset..end).ok_or(OUTSIDE)?;
        message = message.strip_prefix(&[0xff; 4]).unwrap_or(message);
        let message = message.get(4..).ok_or(OUTSIDE)?;
        let header = MessageRef::read_as_root(message).map(|message| message.header());
        match header {
            Ok(Ok(Some(MessageHeaderRef::RecordBatch(batch)))) => check_batch(batch, bytes, end)?,
            Ok(Ok(Some(MessageHeaderRef::DictionaryBatch(batch)))) => {
                if let Ok(Some(batch)) = batch.data() {
                    check_batch(batch, bytes, end)?;
                }
            }
            _ => return Err("a block that is not a record batch"),
        }
    }
    Ok(())
}

/// Checks that each buffer lies in the file, and the unpacked size that a compressed one states.
fn check_batch(batch: RecordBatchRef<'_>, bytes: &[u8], body: usize) -> Result<(), Fault> {
    const OUTSIDE: Fault = "a column outside the file";
    let Ok(Some(buffers)) = batch.buffers() else {
        return Ok(());
    };
    let is_compressed = matches!(batch.compression(), Ok(Some(_)));
    for buffer in buffers {
        let start = usize::try_from(buffer.offset())
            .ok()
            .and_then(|offset| body.checked_add(offset))
            .ok_or(OUTSIDE)?;
        let length = usize::try_from(buffer.length()).map_err(|_| OUTSIDE)?;
        let end = start.checked_add(length).ok_or(OUTSIDE)?;
        let stored = bytes.get(start..end).ok_or(OUTSIDE)?;
        if let (true, Some((unpacked, packed))) = (is_compressed, stored.split_first_chunk::<8>()) {
            // -1 means stored without compression.
            super::check_unpacked(i64::from_le_bytes(*unpacked).max(0), packed.len())?;
        }
    }
    Ok(())
}

/// Names of all columns, and whether they hold numbers.
pub(super) fn schema(bytes: &[u8]) -> PolarsResult<Vec<UnusedColumn>> {
    let metadata = read_file_metadata(&mut Cursor::new(bytes))?;
    let columns = metadata.schema.iter_values().map(|field| UnusedColumn {
        name: field.name.to_string(),
        is_numeric: field.dtype().is_numeric(),
    });
    Ok(columns.collect())
}

/// Columns named in `wanted`, which must exist, in the order of the file.
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
