//! Positions of values in a RON text, by paths such as `methods[1].name`.

use std::ops::Range;

/// Position of the value at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Byte range of the value's first line, or of the last written value on the path.
    pub(super) span: Range<usize>,
    /// True if the whole path is written in the text.
    pub(super) is_written: bool,
}

/// One step into a RON value.
#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    /// Field, written `name: …`.
    Field(&'a str),
    /// Index of an element of `[…]`, from 0.
    Element(usize),
}

/// Finds the value at `path`: field names with dots between them, elements as `[n]` from 0.
pub(super) fn locate(text: &str, path: &str) -> Place {
    let tokens: Vec<Range<usize>> = tokens(text).collect();
    let mut value = first_token(text, &tokens)..tokens.len();
    let mut is_written = true;
    for step in steps(path) {
        let Some(inner) = enter(text, &tokens, value.clone(), step) else {
            is_written = false;
            break;
        };
        value = inner;
    }
    let first = tokens.get(value.start);
    let last = tokens.get(value.end.saturating_sub(1));
    let span = match first.zip(last) {
        Some((first, last)) if first.start < last.end => {
            let line = text[first.start..].find('\n');
            let line_end = line.map_or(text.len(), |n| first.start + n);
            first.start..last.end.min(line_end)
        }
        _ => 0..text.len().min(1),
    };
    Place { span, is_written }
}

/// The path of `field` below `place`.
pub(super) fn join(place: &str, field: &str) -> String {
    match (place, field) {
        ("", only) | (only, "") => only.to_owned(),
        _ if field.starts_with('[') => format!("{place}{field}"),
        _ => format!("{place}.{field}"),
    }
}

fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let parts = path.split(['.', '[']).filter(|part| !part.is_empty());
    parts.map(|part| {
        let element = part.strip_suffix(']').and_then(|n| n.parse().ok());
        element.map_or(Step::Field(part), Step::Element)
    })
}

/// Token range of the child reached by `step` inside the token range of a value.
fn enter(
    text: &str,
    tokens: &[Range<usize>],
    value: Range<usize>,
    step: Step<'_>,
) -> Option<Range<usize>> {
    let spelled = |n: usize| &text[tokens[n].clone()];
    let is_open = |n: usize| matches!(spelled(n), "(" | "[" | "{");
    let open = value.clone().find(|&n| is_open(n))?;
    let (mut depth, mut element, mut start) = (0_usize, 0_usize, open + 1);
    for n in open + 1..value.end {
        let closes = matches!(spelled(n), ")" | "]" | "}");
        if depth == 0 && (closes || spelled(n) == ",") {
            let child = match step {
                Step::Element(wanted) => (wanted == element).then_some(start),
                Step::Field(name) => {
                    let is_it =
                        start + 2 < n && spelled(start) == name && spelled(start + 1) == ":";
                    is_it.then_some(start + 2)
                }
            };
            if let Some(child) = child.filter(|&child| child < n) {
                return Some(child..n);
            }
            if closes {
                return None;
            }
            element += 1;
            start = n + 1;
        } else if closes {
            depth -= 1;
        } else if is_open(n) {
            depth += 1;
        }
    }
    None
}

/// Index of the first token of the value, after any `#![enable(…)]` lines.
fn first_token(text: &str, tokens: &[Range<usize>]) -> usize {
    let is = |n: usize, token: &str| tokens.get(n).is_some_and(|t| &text[t.clone()] == token);
    let mut first = 0;
    while is(first, "#") {
        while first < tokens.len() && !is(first, "]") {
            first += 1;
        }
        first += 1;
    }
    first
}

/// Tokens of a RON text: names and numbers, strings, single characters; no white space or comments.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &text[at..];
            let first = rest.chars().next()?;
            if first.is_whitespace() {
                at += first.len_utf8();
            } else if rest.starts_with("//") {
                at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                at += rest.find("*/").map_or(rest.len(), |n| n + 2);
            } else {
                let start = at;
                at += token_length(rest, first);
                return Some(start..at);
            }
        }
    })
}

fn token_length(rest: &str, first: char) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
    if first == '"' {
        let mut is_escaped = false;
        for (n, c) in rest.char_indices().skip(1) {
            match c {
                '"' if !is_escaped => return n + 1,
                '\\' => is_escaped = !is_escaped,
                _ => is_escaped = false,
            }
        }
        rest.len()
    } else if is_word(first) {
        rest.find(|c| !is_word(c)).unwrap_or(rest.len())
    } else {
        first.len_utf8()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "#![enable(implicit_some)]\n(\n    name: \"x\", // a comment: weight\n    \
        inner: (weight: 1.5),\n    list: [1, 2, (a: 3)],\n    choice: Shocked(weight: 2.0),\n)\n";

    #[test]
    fn values_are_found_by_their_path() {
        for (path, text, is_written) in [
            ("list[1]", "2", true),
            ("list[2].a", "3", true),
            ("inner.weight", "1.5", true),
            ("choice.weight", "2.0", true),
            ("name", "\"x\"", true),
            ("list[9]", "[1, 2, (a: 3)]", false),
            ("list.weight", "[1, 2, (a: 3)]", false),
            // `weight` occurs only in a comment and in other structs.
            ("weight", "(", false),
            ("", "(", true),
        ] {
            let place = locate(TEXT, path);
            let found = (&TEXT[place.span], place.is_written);
            assert_eq!(found, (text, is_written), "{path}");
        }
    }

    #[test]
    fn an_empty_text_has_an_empty_place() {
        assert_eq!(locate("", "a").span, 0..0);
    }
}
