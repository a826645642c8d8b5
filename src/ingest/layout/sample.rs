//! The front of a file, to recognize its layout by.

use std::borrow::Cow;

/// The first lines of a text that are not empty.
pub(super) struct Sample<'a> {
    lines: Vec<SampleLine<'a>>,
}

/// A line.
pub(super) struct SampleLine<'a> {
    /// As an editor counts, from 1.
    pub(super) number: usize,
    /// Without its break, and without a byte order mark.
    pub(super) text: Cow<'a, str>,
}

impl<'a> Sample<'a> {
    /// Lines that are looked at.
    const LINES: usize = 8;
    /// Bytes that are looked at.
    const BYTES: usize = 1 << 16;

    /// Of the first bytes of a file.
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

    /// Line `i` from 0 of those that are not empty.
    pub(super) fn line(&self, i: usize) -> Option<&SampleLine<'a>> {
        self.lines.get(i)
    }
}

impl SampleLine<'_> {
    /// Its cells, without quotes around them.
    pub(super) fn cells(&self, separator: char) -> Vec<&str> {
        let mut cells = Vec::new();
        split(&self.text, separator, &mut cells);
        cells
    }
}

/// Cuts a line at a separator that is not within quotes; cells lose their quotes and the blanks
/// around them.
pub(super) fn split<'a>(line: &'a str, separator: char, cells: &mut Vec<&'a str>) {
    cells.clear();
    if !line.as_bytes().contains(&b'"') {
        cells.extend(line.split(separator).map(str::trim_ascii));
        return;
    }
    let mut quoted = false;
    let at_separator = |letter: char| {
        quoted ^= letter == '"';
        letter == separator && !quoted
    };
    cells.extend(line.split(at_separator).map(bare));
}

/// A cell without the blanks and quotes around it.
fn bare(cell: &str) -> &str {
    let cell = cell.trim_ascii();
    let inside = cell
        .strip_prefix('"')
        .and_then(|cell| cell.strip_suffix('"'));
    inside.unwrap_or(cell).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_an_editor_counts_and_cells_lose_their_quotes() {
        let sample = Sample::new(b"\r\na, \"b,c\" ,\"d\"\r\n\n1,2,3\n");
        let first = sample.line(0).unwrap();
        assert_eq!((first.number, first.cells(',')), (2, vec!["a", "b,c", "d"]));
        let second = sample.line(1).unwrap();
        assert_eq!((second.number, second.cells(',')), (4, vec!["1", "2", "3"]));
        assert!(sample.line(2).is_none());
        let odd = Sample::new(b"\xff\xfe,\x80,\"\n");
        assert_eq!(odd.line(0).unwrap().cells(',').len(), 3);
    }
}
