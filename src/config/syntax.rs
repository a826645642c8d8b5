//! Errors about text that is not the RON of a type: place, found, expected, remedy.

use super::{locate::tokens, nearest::did_you_mean};
use ron::{
    error::{Error as RonError, Position, SpannedError},
    extensions::Extensions,
};
use std::ops::Range;

/// RON dialect: `Some(…)` is optional, and a variant that wraps a struct takes its fields directly.
pub(super) fn options() -> ron::Options {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES)
}

/// Byte range of an error, the message `what: found F, expected E`, and the remedy.
type Explanation = (Range<usize>, String, String);

pub(super) fn explain(text: &str, error: &SpannedError) -> Explanation {
    let end = offset(text, error.span.end);
    match &error.code {
        RonError::NoSuchStructField {
            expected, found, ..
        } => unknown(text, end, "field", found, expected, "remove the field"),
        RonError::NoSuchEnumVariant {
            expected, found, ..
        } => unknown(
            text,
            end,
            "choice",
            found,
            expected,
            "use one of the listed names",
        ),
        RonError::MissingStructField { field, .. } => (
            token_at(text, end),
            format!("missing field `{field}`: found a struct without it, expected this field"),
            addition(field),
        ),
        RonError::DuplicateStructField { field, .. } => (
            word_before(text, end, field),
            format!("field `{field}` given twice: found it again, expected each once"),
            format!("remove one `{field}`"),
        ),
        RonError::InvalidValueForType { expected, found } => (
            value_before(text, end),
            format!("wrong type: found {found}, expected {expected}"),
            format!("write {expected}"),
        ),
        code @ (RonError::Message(_) | RonError::IntegerOutOfBounds) => {
            let span = value_before(text, end);
            let found = &text[span.clone()];
            let expected = range(code, found);
            let message = format!("value out of range: found `{found}`, expected {expected}");
            (span, message, format!("write {expected}"))
        }
        other => {
            let span = token_at(text, end);
            let (found, expected) = (&text[span.clone()], expectation(other));
            let message = format!("wrong type or syntax: found `{found}`, expected {expected}");
            (span, message, format!("write {expected}"))
        }
    }
}

/// Explains an unknown name; `kind` is the kind of name, e.g. a field.
fn unknown(
    text: &str,
    end: usize,
    kind: &str,
    found: &str,
    expected: &[&str],
    otherwise: &str,
) -> Explanation {
    let names = match expected {
        [] => "nothing here".to_owned(),
        _ => format!("one of `{}`", expected.join("`, `")),
    };
    (
        word_before(text, end, found),
        format!("unknown {kind} `{found}`: found `{found}`, expected {names}"),
        did_you_mean(found, expected).unwrap_or_else(|| otherwise.to_owned()),
    )
}

fn offset(text: &str, position: Position) -> usize {
    let lines = text.split_inclusive('\n').take(position.line - 1);
    let start: usize = lines.map(str::len).sum();
    let column = position.col.saturating_sub(1);
    let character = text[start..].char_indices().nth(column);
    character.map_or(text.len(), |(n, _)| start + n)
}

/// Token at or after `at`, or the last character of the file if there is none.
fn token_at(text: &str, at: usize) -> Range<usize> {
    let token = tokens(text).find(|token| token.end > at);
    token.unwrap_or_else(|| {
        let trimmed = text.trim_end();
        let last = trimmed.char_indices().last();
        last.map_or(0, |(n, _)| n)..trimmed.len()
    })
}

/// The last token spelled `word` that starts at or before `end`.
fn word_before(text: &str, end: usize, word: &str) -> Range<usize> {
    tokens(text)
        .take_while(|token| token.start <= end)
        .filter(|token| &text[token.clone()] == word)
        .last()
        .unwrap_or_else(|| token_at(text, end))
}

/// Last token that starts before `end`.
fn value_before(text: &str, end: usize) -> Range<usize> {
    let before = tokens(text).take_while(|token| token.start < end);
    before.last().unwrap_or_else(|| token_at(text, end))
}

fn addition(field: &str) -> String {
    match field {
        "timestamps" => "add `timestamps: Open` or `timestamps: End`: which end of a bar its time \
                         marks"
            .to_owned(),
        _ => format!("add `{field}: …` to this struct"),
    }
}

/// Messages of chrono about a text that is not a date or time.
const TIME_ERRORS: [&str; 6] = [
    "input is out of range",
    "no possible date and time matching input",
    "input is not enough for unique date and time",
    "input contains invalid characters",
    "premature end of input",
    "trailing input",
];

const TIME_FORMS: &str =
    "a date like 2018-03-05, or a time like 2018-03-05T10:00:00Z, whichever the field takes";

/// Range of admissible values, for an error about the value `found`.
fn range(error: &RonError, found: &str) -> String {
    match error {
        // A small negative number fits every signed field, so the field must be unsigned.
        RonError::IntegerOutOfBounds if found.starts_with('-') && found.parse::<i32>().is_ok() => {
            "a whole number from 0 up".to_owned()
        }
        RonError::IntegerOutOfBounds => "a whole number nearer to 0".to_owned(),
        RonError::Message(message) if TIME_ERRORS.contains(&message.as_str()) => {
            TIME_FORMS.to_owned()
        }
        other => {
            // Errors of a type's own check read "found …, expected …"; the caller already names
            // what was found.
            let text = other.to_string();
            let expected = text.rsplit_once("expected ").map(|(_, expected)| expected);
            expected.unwrap_or(&text).to_owned()
        }
    }
}

fn expectation(error: &RonError) -> String {
    let text = match error {
        RonError::ExpectedFloat => "a number, e.g. 1.5",
        RonError::ExpectedInteger => "a whole number, e.g. 3",
        RonError::ExpectedString => "a text in double quotes",
        RonError::ExpectedBoolean => "true or false",
        RonError::ExpectedArray => "a list `[…]`",
        RonError::ExpectedArrayEnd => "`,` or `]`",
        RonError::ExpectedComma => "a comma",
        RonError::ExpectedStructLikeEnd | RonError::ExpectedOptionEnd => "`,` or `)`",
        RonError::ExpectedStructLike
        | RonError::ExpectedNamedStructLike(_)
        | RonError::ExpectedDifferentStructName { .. }
        | RonError::ExpectedAttribute => "a struct `(field: value, …)`",
        RonError::ExpectedMapColon => "a colon",
        RonError::ExpectedIdentifier => "a name",
        RonError::Eof => "more text (a bracket is not closed)",
        RonError::TrailingCharacters => "the end of the file",
        other => {
            let text = other.to_string();
            return text.strip_prefix("Expected ").unwrap_or(&text).to_owned();
        }
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, de::DeserializeOwned};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its parsing is tested")]
    struct Outer {
        name: String,
        inner: Inner,
        list: Vec<u32>,
        budget: crate::units::Bps,
        choice: Choice,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only its parsing is tested")]
    struct Inner {
        weight: f64,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only its parsing is tested")]
    enum Choice {
        Clean,
        Shocked(Inner),
    }

    const GOOD: &str = "(\n    name: \"x\", // a comment: weight\n    inner: (weight: 1.5),\n    \
        list: [1, 2, 3],\n    budget: 3.0,\n    choice: Shocked(weight: 2.0),\n)\n";

    fn explained<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> [String; 3] {
        let error = options().from_str::<T>(text).unwrap_err();
        let (span, message, remedy) = explain(text, &error);
        [text[span].to_owned(), message, remedy]
    }

    #[test]
    fn errors_point_at_the_culprit_and_say_what_to_write() {
        options().from_str::<Outer>(GOOD).unwrap();
        for (from, to, at, words) in [
            (
                "weight: 1.5",
                "weigth: 1.5",
                "weigth",
                ["unknown field", "did you mean `weight`?"],
            ),
            (
                "Shocked(weight: 2.0)",
                "Cleen",
                "Cleen",
                ["unknown choice", "did you mean `Clean`?"],
            ),
            (
                "1.5",
                "\"heavy\"",
                "\"heavy\"",
                ["found `\"heavy\"`", "number"],
            ),
            ("[1, 2, 3]", "7", "7", ["found `7`", "a list"]),
            ("3.0", "-3.0", "-3.0", ["out of range", ">= 0"]),
            (
                "[1, 2, 3]",
                "[1, -5, 3]",
                "-5",
                ["found `-5`", "a whole number from 0 up"],
            ),
            (
                "[1, 2, 3]",
                "[-5]",
                "-5",
                ["found `-5`", "write a whole number from 0 up"],
            ),
            (
                "[1, 2, 3]",
                "[1, 4294967296]",
                "4294967296",
                ["found `4294967296`", "write a whole number nearer to 0"],
            ),
            (
                "    list: [1, 2, 3],\n",
                "",
                ")",
                ["missing field `list`", "add `list: …`"],
            ),
            (
                "list: [1, 2, 3],",
                "list: [], list: [],",
                "list",
                ["`list` given twice", "remove"],
            ),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let [found, message, remedy] = explained::<Outer>(&GOOD.replacen(from, to, 1));
            assert_eq!(found, at, "{to}: {message}");
            let said = format!("{message} {remedy}");
            for word in words {
                assert!(said.contains(word), "`{word}` is missing in: {said}");
            }
        }
    }

    #[test]
    fn an_unclosed_bracket_is_an_error_at_the_end() {
        let [found, ..] = explained::<Outer>(GOOD.trim_end().trim_end_matches(')'));
        assert_eq!(found, ",");
    }

    #[test]
    fn dates_and_times_that_are_none_are_answered_with_their_forms() {
        #[derive(Debug, Deserialize)]
        #[allow(dead_code, reason = "only its parsing is tested")]
        enum When {
            Date(chrono::NaiveDate),
            Time(chrono::DateTime<chrono::Utc>),
        }
        for text in [
            "Date(\"2018-13-05\")",
            "Date(\"2018-02-30\")",
            "Date(\"2018\")",
            "Date(\"soon\")",
            "Date(\"2021-06-07T10:00:00Z\")",
            "Time(\"2000-01-01\")",
            "Time(\"2000-01-01T00:00:00\")",
            "Time(\"2000-13-01T00:00:00Z\")",
        ] {
            let [found, message, _] = explained::<When>(text);
            assert_eq!(found, text[5..text.len() - 1]);
            assert!(message.ends_with(TIME_FORMS), "{text}");
        }
    }

    #[test]
    fn missing_timestamps_are_answered_with_their_values() {
        let found = addition("timestamps");
        assert!(found.contains("`timestamps: Open`") && found.contains("`timestamps: End`"));
    }
}
