//! The tidy layout: `timestamp` (UTC, ISO 8601) and `close`, optionally `open`, `high`, `low` (all
//! three or none), `volume` and `adj_close`; other columns may be there.

use super::Mismatch;
use super::sample::Sample;
use super::shape::cut;

/// Whether the header is that of a tidy file; why.
pub(super) fn recognize(sample: &Sample<'_>) -> Result<String, Mismatch> {
    let header = sample.line(0).ok_or_else(Mismatch::empty)?;
    let cells = header.cells(',');
    let lacking: Vec<&str> = ["timestamp", "close"]
        .into_iter()
        .filter(|column| !cells.contains(column))
        .collect();
    if lacking.is_empty() {
        return Ok(format!(
            "header {} in line {}",
            cut(&header.text),
            header.number
        ));
    }
    let usual = ["timestamp", "open", "high", "low", "close", "volume"];
    let right = usual.iter().filter(|column| cells.contains(column)).count();
    Err(Mismatch {
        nearness: 100 * u32::try_from(right).unwrap_or(0),
        why: format!(
            "row {}, its header, lacks {}: found {}",
            header.number,
            lacking.join(", "),
            cut(&header.text)
        ),
    })
}
