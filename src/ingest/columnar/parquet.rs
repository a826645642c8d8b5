//! Checks the counts and sizes that a Parquet file states before polars allocates them.
//!
//! The index and the page headers are read with a decoder that bounds its allocations by the
//! available bytes; polars' own decoder allocates what the index states.

use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use polars_parquet_format::{ColumnMetaData, FileMetaData, PageHeader};

/// First and last bytes of a Parquet file.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// Description of the damage.
type Fault = &'static str;

/// Checks the index and every page header.
pub(super) fn check(bytes: &[u8]) -> Result<(), Fault> {
    let body = bytes
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.strip_suffix(MAGIC))
        .ok_or("no PAR1 at both ends")?;
    let (body, length) = body.split_last_chunk::<4>().ok_or("no index")?;
    let start = usize::try_from(u32::from_le_bytes(*length))
        .ok()
        .and_then(|length| body.len().checked_sub(length))
        .ok_or("an index that is longer than the file")?;
    let mut index = &body[start..];
    let most = 2 * index.len() + 1024;
    let index =
        FileMetaData::read_from_in_protocol(&mut TCompactInputProtocol::new(&mut index, most))
            .map_err(|_| "an index that cannot be decoded")?;
    let mut n_rows = 0_i64;
    for group in &index.row_groups {
        let rows = count(group.num_rows, "a row group with a negative number of rows")?;
        n_rows = n_rows.checked_add(rows).ok_or("too many rows")?;
        for column in &group.columns {
            let column = column.meta_data.as_ref().ok_or("a column without a page")?;
            // Offsets count from the start of the file.
            check_column(column, &bytes[..MAGIC.len() + start])?;
        }
    }
    if count(index.num_rows, "a negative number of rows")? == n_rows {
        Ok(())
    } else {
        Err("row groups that do not add up to its rows")
    }
}

fn check_column(column: &ColumnMetaData, bytes: &[u8]) -> Result<(), Fault> {
    const OUTSIDE: Fault = "a column outside the file";
    const NEGATIVE: Fault = "a page with a negative number of values";
    let offset = column
        .dictionary_page_offset
        .unwrap_or(column.data_page_offset);
    let first = usize::try_from(offset).map_err(|_| OUTSIDE)?;
    let length = usize::try_from(column.total_compressed_size).map_err(|_| OUTSIDE)?;
    let end = first.checked_add(length).ok_or(OUTSIDE)?;
    let mut left = bytes.get(first..end).ok_or(OUTSIDE)?;
    let mut n_left = count(
        column.num_values,
        "a column with a negative number of values",
    )?;
    while n_left > 0 {
        if left.is_empty() {
            return Err("a column with fewer values than it states");
        }
        let most = 2 * left.len() + 1024;
        let mut protocol = TCompactInputProtocol::new(&mut left, most);
        let page = PageHeader::read_from_in_protocol(&mut protocol)
            .map_err(|_| "a page header that cannot be decoded")?;
        let length =
            usize::try_from(page.compressed_page_size).map_err(|_| "a page of negative length")?;
        left = left.get(length..).ok_or("a page outside its column")?;
        super::check_unpacked(i64::from(page.uncompressed_page_size), length)?;
        if let Some(dictionary) = page.dictionary_page_header {
            count(dictionary.num_values.into(), NEGATIVE)?;
        }
        let values = page.data_page_header.map(|page| page.num_values);
        let values_v2 = page.data_page_header_v2.map(|page| page.num_values);
        for n_values in [values, values_v2].into_iter().flatten() {
            n_left -= count(n_values.into(), NEGATIVE)?;
        }
    }
    if n_left < 0 {
        Err("a column with more values than it states")
    } else {
        Ok(())
    }
}

/// Returns `found` unless it is negative.
const fn count(found: i64, fault: Fault) -> Result<i64, Fault> {
    if found >= 0 { Ok(found) } else { Err(fault) }
}
