//! First lines of a file, by which its layout is recognized.

use crate::ingest::blocks::Quotes;
use std::borrow::Cow;

/// First lines of a text that are not empty.
pub(super) struct Sample<'a> {
    lines: Vec<SampleLine<'a>>,
}

pub(super) struct SampleLine<'a> {
    /// Line number, from 1.
    pub(super) number: usize,
    /// Text without its line break and without a byte order mark.
    pub(super) text: Cow<'a, str>,
}

impl<'a> Sample<'a> {
    /// Maximum number of lines.
    const LINES: usize = 8;
    /// Number of bytes that are searched for lines.
    const BYTES: usize = 1 << 16;

    /// Takes the lines from the first bytes of a file.
    pub(super) fn new(front: &'a [u8]) -> Self {
        let front = &front[..front.len().min(Self::BYTES)];
        let lines = front.split(|&byte| byte == b'\n').enumerate();
        let lines = lines
            .map(|(i, line)| SampleLine {
                number: i + 1,
                text: String::from_utf8_lossy(line.trim_ascii_end()),
            })
            .filter(|line| !line.text.is_empty())
            .take(Self::LINES)
            .collect();
        Self { lines }
    }

    /// Line `i`, counted from 0.
    pub(super) fn line(&self, i: usize) -> Option<&SampleLine<'a>> {
        self.lines.get(i)
    }
}

impl SampleLine<'_> {
    /// Cells of the line, without the quotes around them.
    pub(super) fn cells(&self, separator: u8) -> Vec<&str> {
        let mut cells = Vec::new();
        split(&self.text, separator, Quotes::Some, &mut cells);
        cells
    }
}

/// Splits a line at separators outside quotes; trims the blanks and quotes around cells.
pub(super) fn split<'a>(line: &'a str, separator: u8, quotes: Quotes, cells: &mut Vec<&'a str>) {
    cells.clear();
    if quotes == Quotes::Some && line.contains('"') {
        let mut is_quoted = false;
        let at_separator = |letter: char| {
            is_quoted ^= letter == '"';
            letter == char::from(separator) && !is_quoted
        };
        cells.extend(line.split(at_separator).map(bare));
        return;
    }
    let mut start = 0;
    for (i, &byte) in line.as_bytes().iter().enumerate() {
        if byte == separator {
            cells.push(line[start..i].trim_ascii());
            start = i + 1;
        }
    }
    cells.push(line[start..].trim_ascii());
}

fn bare(cell: &str) -> &str {
    let cell = cell.trim_ascii();
    let inside = cell
        .strip_prefix('"')
        .and_then(|cell| cell.strip_suffix('"'));
    inside.unwrap_or(cell).trim_ascii()
}

/// Quoted text, cut if it is long.
pub(super) fn quoted_front(text: &str) -> String {
    const MOST: usize = 80;
    let front: String = text.chars().take(MOST).collect();
    if front.len() < text.len() {
        format!("{front:?}…")
    } else {
        format!("{front:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_an_editor_counts_and_cells_lose_their_quotes() {
        let sample = Sample::new(b"\r\na, \"b,c\" ,\"d\"\r\n\n1,2,3\n");
        let first = sample.line(0).unwrap();
        assert_eq!(
            (first.number, first.cells(b',')),
            (2, vec!["a", "b,c", "d"])
        );
        let second = sample.line(1).unwrap();
        assert_eq!(
            (second.number, second.cells(b',')),
            (4, vec!["1", "2", "3"])
        );
        assert!(sample.line(2).is_none());
        let odd = Sample::new(b"\xff\xfe,\x80,\"\n");
        assert_eq!(odd.line(0).unwrap().cells(b',').len(), 3);
    }
}
