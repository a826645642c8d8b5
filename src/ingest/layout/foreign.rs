//! Refuses known formats that cannot be read, with advice, and bytes that are not text.

use super::sample::Sample;
use crate::ingest::data_file::DataFile;
use crate::ingest::error::IngestError;
use crate::ingest::fault::IngestFault;
use std::fmt::Write as _;

/// First bytes of a format, its name, and advice.
const FORMATS: &[(&[u8], &str, &str)] = &[
    (
        b"FEA1",
        "a feather file of version 1",
        "write it as version 2, Parquet or CSV",
    ),
    (b"\xff\xfe", "a text in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "a text in UTF-16", "save it as UTF-8"),
    (
        b"PK\x03\x04",
        "a zip archive or a spreadsheet (xlsx)",
        "unpack it, or save the sheet as CSV",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "a spreadsheet (xls)",
        "save the sheet as CSV",
    ),
    (b"BZh", "a file compressed with bzip2", "unpack it"),
    (b"\xfd7zXZ", "a file compressed with xz", "unpack it"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it"),
    (b"\x89HDF", "an HDF5 file", "write it as Parquet or CSV"),
    (
        b"SQLite format 3",
        "an SQLite database",
        "write the table as CSV",
    ),
    (b"%PDF", "a PDF", "look for the prices as CSV"),
];

/// First letters of a text in lower case, the format, and advice.
const TEXTS: &[(&[&str], &str, &str)] = &[
    (
        &["<!doctype html", "<html"],
        "a web page",
        "download the file itself: the page may be an error or a login",
    ),
    (
        &[
            "exchange%3d",
            "http://www.google.com/finance",
            "https://www.google.com/finance",
        ],
        "Google's getprices, whose times are offsets from lines `a<seconds since 1970>` in units \
         of INTERVAL",
        "write each row's time (seconds + offset x INTERVAL) and prices as a tidy CSV file",
    ),
    (
        &["exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount"],
        "Tardis' incremental updates of an order book, of which no price is a trade or the best",
        "download its quotes, book_snapshot_5 or trades instead",
    ),
    (
        &["{\"item\":{\"time_exchange\""],
        "events of barter, one JSON object a line",
        "write its trades (timestamp, symbol, price, amount) or best quotes (timestamp, symbol, \
         bid_px, ask_px) as Parquet",
    ),
    (
        &["{"],
        "JSON objects",
        "write the rows as CSV, or as one array of arrays [milliseconds, open, high, low, close, \
         volume]",
    ),
];

/// Number of first bytes that decide whether a file is text.
const N_FRONT: usize = 1 << 12;

/// Refuses formats with known first bytes, and bytes that are not text.
pub(in crate::ingest) fn refuse_bytes(file: &DataFile, front: &[u8]) -> Result<(), IngestError> {
    if let Some(&(_, found, remedy)) = FORMATS.iter().find(|(magic, ..)| front.starts_with(magic)) {
        return Err(file.error(IngestFault::Format { found, remedy }));
    }
    let known = front.starts_with(b"PAR1") || front.starts_with(b"ARROW1");
    if known || is_text(&front[..front.len().min(N_FRONT)]) {
        return Ok(());
    }
    let mut first = String::new();
    for byte in front.iter().take(8) {
        // Writing to a string cannot fail.
        let _ = write!(first, " {byte:02x}");
    }
    let found = format!("bytes that are no text and no known format (the first:{first})");
    Err(file.error(IngestFault::NoTable { found }))
}

/// Refuses texts with a known first line.
pub(super) fn refuse_text(file: &DataFile, sample: &Sample<'_>) -> Result<(), IngestError> {
    let Some(line) = sample.line(0) else {
        return Ok(());
    };
    let line = line.text.trim_start().to_ascii_lowercase();
    let begins = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    match TEXTS.iter().find(|(starts, ..)| begins(starts)) {
        Some(&(_, found, remedy)) => Err(file.error(IngestFault::Format { found, remedy })),
        None => Ok(()),
    }
}

/// Returns true for bytes without zero and with at most 5 % control characters, in any encoding.
fn is_text(front: &[u8]) -> bool {
    let is_control = |byte: &&u8| byte.is_ascii_control() && !b"\t\n\r\x0c".contains(byte);
    let n_control = front.iter().filter(is_control).count();
    !front.contains(&0) && 20 * n_control <= front.len()
}
