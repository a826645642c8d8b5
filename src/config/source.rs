//! A RON file as text, so that every complaint about it can point into it.

use super::error::{ConfigError, Pointed};
use super::nearest::nearest;
use miette::{NamedSource, SourceSpan};
use ron::error::{Error as RonError, Position, SpannedError};
use ron::extensions::Extensions;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// A RON file read from disk.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    text: String,
}

/// One step into a RON value: a field of a struct or an element of a list.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// `name: …`
    Field(&'a str),
    /// The n-th element of `[…]`, from 0.
    Element(usize),
}

impl Source {
    /// # Errors
    /// [`ConfigError::File`] where there is no readable UTF-8 file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self {
                path: path.to_owned(),
                text,
            }),
            Err(source) => Err(ConfigError::File {
                place: path.to_owned(),
                found: source.to_string(),
            }),
        }
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that paths inside the file are relative to.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// # Errors
    /// [`ConfigError::Ron`] with an excerpt and a caret.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        options()
            .from_str(&self.text)
            .map_err(|error| self.explain(&error))
    }

    /// A complaint about a value that parsed but cannot be, pointing at the value reached by
    /// `steps` (or at the last value on the way that is written in the file).
    #[must_use]
    pub fn reject(
        &self,
        steps: &[Step<'_>],
        what: &str,
        found: String,
        expected: &str,
        remedy: String,
    ) -> ConfigError {
        let span = locate(&self.text, steps);
        ConfigError::Value(Box::new(self.pointed(
            span,
            what.to_owned(),
            found,
            expected.to_owned(),
            remedy,
        )))
    }

    /// A complaint of another module about the value reached by `steps`. Its message reads `place:
    /// found F, expected E; remedy` as everywhere in this crate; where `place` is a dotted path
    /// below the value, that field is pointed at.
    #[must_use]
    pub fn reject_error(&self, steps: &[Step<'_>], error: &dyn std::error::Error) -> ConfigError {
        let message = error.to_string();
        let told = Told::new(&message);
        let mut steps = steps.to_vec();
        for name in told.place.split(['.', ' ', '`']) {
            let deeper = [&steps[..], &[Step::Field(name)]].concat();
            if locate(&self.text, &deeper) != locate(&self.text, &steps) {
                steps = deeper;
            }
        }
        self.reject(
            &steps,
            told.place,
            told.found.to_owned(),
            told.expected,
            told.remedy.to_owned(),
        )
    }

    /// Whether a value reached by `steps` is written in the file.
    #[must_use]
    pub fn has(&self, steps: &[Step<'_>]) -> bool {
        let tokens: Vec<Token> = tokens(&self.text).collect();
        let first = first_token(&self.text, &tokens);
        steps
            .iter()
            .try_fold((first, tokens.len()), |range, step| {
                enter(&tokens, &self.text, range, *step)
            })
            .is_some()
    }

    /// The first line of the value reached by `steps` (of the last value on the way that is
    /// written), as it is written.
    #[must_use]
    pub fn written(&self, steps: &[Step<'_>]) -> &str {
        let (start, end) = locate(&self.text, steps);
        &self.text[start..end]
    }

    fn explain(&self, error: &SpannedError) -> ConfigError {
        let end = self.offset(error.span.end);
        let mut span = self.token_at(end);
        let (what, found, expected, remedy) = match &error.code {
            RonError::NoSuchStructField {
                expected, found, ..
            } => {
                span = self.word_before(end, found);
                (
                    format!("unknown field `{found}`"),
                    format!("field `{found}`"),
                    one_of(expected),
                    suggestion(found, expected, "remove the field"),
                )
            }
            RonError::NoSuchEnumVariant {
                expected, found, ..
            } => {
                span = self.word_before(end, found);
                (
                    format!("unknown choice `{found}`"),
                    format!("`{found}`"),
                    one_of(expected),
                    suggestion(found, expected, "use one of the listed names"),
                )
            }
            RonError::MissingStructField { field, .. } => (
                format!("missing field `{field}`"),
                format!("a struct without `{field}`"),
                format!("the field `{field}`"),
                addition(field),
            ),
            RonError::DuplicateStructField { field, .. } => (
                format!("field `{field}` given twice"),
                format!("a second `{field}`"),
                "each field once".to_owned(),
                format!("remove one `{field}`"),
            ),
            RonError::InvalidValueForType { expected, found } => {
                span = self.value_before(end);
                (
                    "wrong type".to_owned(),
                    found.clone(),
                    expected.clone(),
                    format!("write {expected}"),
                )
            }
            code @ (RonError::Message(_) | RonError::IntegerOutOfBounds) => {
                span = self.value_before(end);
                let (expected, remedy) = range(code, &self.text[span.0..span.1]);
                (
                    "value out of range".to_owned(),
                    self.text_at(span),
                    expected,
                    remedy,
                )
            }
            other => {
                let expected = expectation(other);
                (
                    "wrong type or syntax".to_owned(),
                    self.text_at(span),
                    expected.clone(),
                    format!("write {expected}"),
                )
            }
        };
        ConfigError::Ron(Box::new(self.pointed(span, what, found, expected, remedy)))
    }

    fn pointed(
        &self,
        span: (usize, usize),
        what: String,
        found: String,
        expected: String,
        remedy: String,
    ) -> Pointed {
        let before = &self.text[..span.0];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let name = self.path.display().to_string();
        Pointed {
            place: format!("{name}:{line}:{column}"),
            what,
            found,
            expected,
            remedy,
            text: NamedSource::new(name, self.text.clone()),
            span: SourceSpan::new(span.0.into(), span.1 - span.0),
        }
    }

    fn offset(&self, position: Position) -> usize {
        let mut start = 0;
        for _ in 1..position.line {
            start += self.text[start..].find('\n').map_or(0, |n| n + 1);
        }
        self.text[start..]
            .char_indices()
            .nth(position.col.saturating_sub(1))
            .map_or(self.text.len(), |(n, _)| start + n)
    }

    /// The token that starts at or after `at`; the last character of the file at its end.
    fn token_at(&self, at: usize) -> (usize, usize) {
        tokens(&self.text)
            .find(|token| token.end > at)
            .map_or_else(|| self.last_character(), |token| (token.start, token.end))
    }

    fn last_character(&self) -> (usize, usize) {
        let trimmed = self.text.trim_end();
        let last = trimmed.char_indices().last().map_or(0, |(n, _)| n);
        (last, trimmed.len())
    }

    /// The last token spelled `word` that ends at or before `end` (or the token at `end`).
    fn word_before(&self, end: usize, word: &str) -> (usize, usize) {
        tokens(&self.text)
            .take_while(|token| token.start <= end)
            .filter(|token| &self.text[token.start..token.end] == word)
            .last()
            .map_or_else(|| self.token_at(end), |token| (token.start, token.end))
    }

    /// The value whose last character lies just before `end`.
    fn value_before(&self, end: usize) -> (usize, usize) {
        tokens(&self.text)
            .take_while(|token| token.start < end)
            .last()
            .map_or_else(|| self.token_at(end), |token| (token.start, token.end))
    }

    fn text_at(&self, span: (usize, usize)) -> String {
        format!("`{}`", &self.text[span.0..span.1])
    }
}

/// How the project reads RON: `Some(…)` may be left out, and a variant that wraps a struct takes
/// its fields directly.
fn options() -> ron::Options {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES)
}

/// A message `place: found F, expected E; remedy` in its parts; what is missing is said generally.
struct Told<'a> {
    place: &'a str,
    found: &'a str,
    expected: &'a str,
    remedy: &'a str,
}

impl<'a> Told<'a> {
    fn new(message: &'a str) -> Self {
        let (place, rest) = message
            .split_once(": found ")
            .or_else(|| message.split_once("found "))
            .unwrap_or(("cannot be", message));
        let (found, rest) = rest
            .split_once(", expected ")
            .unwrap_or((rest, "a value that can be used"));
        let (expected, remedy) = rest.split_once("; ").unwrap_or((rest, "change this value"));
        let place = if place.is_empty() { "cannot be" } else { place };
        Self {
            place,
            found,
            expected,
            remedy,
        }
    }
}

/// `value` as RON that [`Source::parse`] reads back.
///
/// # Errors
/// The serializer's.
pub fn to_ron(value: &impl serde::Serialize) -> Result<String, ron::Error> {
    let layout = ron::ser::PrettyConfig::new().depth_limit(4);
    options()
        .to_string_pretty(value, layout)
        .map(|text| without_raw_none(&text) + "\n")
}

/// `r#None` → `None` outside of strings: the serializer marks choices named `None`, which the
/// reader does not need.
fn without_raw_none(text: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut is_string = false;
    for part in text.split('"') {
        let before = parts.last().map_or("", String::as_str);
        let n_backslashes = before.len() - before.trim_end_matches('\\').len();
        // An escaped quote ends no string.
        let is_escaped = is_string && n_backslashes % 2 == 1;
        is_string ^= !parts.is_empty() && !is_escaped;
        parts.push(if is_string {
            part.to_owned()
        } else {
            part.replace("r#None", "None")
        });
    }
    parts.join("\"")
}

fn suggestion(found: &str, expected: &[&str], otherwise: &str) -> String {
    nearest(found, expected).map_or_else(
        || otherwise.to_owned(),
        |name| format!("did you mean `{name}`?"),
    )
}

/// What to do about a field that is not there.
fn addition(field: &str) -> String {
    match field {
        "timestamps" => {
            "add `timestamps: Open` or `timestamps: End`, the end of a bar that its time marks"
                .to_owned()
        }
        _ => format!("add `{field}: …` to this struct"),
    }
}

/// What chrono says of a text that is no date or time.
const TIME_COMPLAINTS: [&str; 6] = [
    "input is out of range",
    "no possible date and time matching input",
    "input is not enough for unique date and time",
    "input contains invalid characters",
    "premature end of input",
    "trailing input",
];

const TIME_FORMS: &str =
    "a date like 2018-03-05, or a time like 2018-03-05T10:00:00Z, as the field wants";

/// What a value that is out of its range must be, and what to write; `found` is the value.
fn range(error: &RonError, found: &str) -> (String, String) {
    match error {
        RonError::IntegerOutOfBounds => {
            let expected = whole_number(found);
            (expected.to_owned(), format!("write {expected}"))
        }
        RonError::Message(message) if TIME_COMPLAINTS.contains(&message.as_str()) => {
            (TIME_FORMS.to_owned(), "write it in that form".to_owned())
        }
        other => (
            other.to_string(),
            "write a value inside the range".to_owned(),
        ),
    }
}

/// What a field holds that does not hold the whole number `found`: one below 0 that is small fits
/// every field that has a sign.
fn whole_number(found: &str) -> &'static str {
    if found.starts_with('-') && found.parse::<i32>().is_ok() {
        "a whole number from 0 up"
    } else {
        "a whole number nearer to 0"
    }
}

fn expectation(error: &RonError) -> String {
    match error {
        RonError::ExpectedFloat => "a number, e.g. 1.5".to_owned(),
        RonError::ExpectedInteger => "a whole number, e.g. 3".to_owned(),
        RonError::ExpectedString => "a text in double quotes".to_owned(),
        RonError::ExpectedBoolean => "true or false".to_owned(),
        RonError::ExpectedArray => "a list `[…]`".to_owned(),
        RonError::ExpectedArrayEnd => "`,` or `]`".to_owned(),
        RonError::ExpectedComma => "a comma".to_owned(),
        RonError::ExpectedStructLikeEnd | RonError::ExpectedOptionEnd => "`,` or `)`".to_owned(),
        RonError::ExpectedStructLike | RonError::ExpectedNamedStructLike(_) => {
            "a struct `(field: value, …)`".to_owned()
        }
        RonError::ExpectedMapColon => "a colon".to_owned(),
        RonError::ExpectedIdentifier => "a name".to_owned(),
        RonError::Eof => "more text (a bracket is not closed)".to_owned(),
        RonError::TrailingCharacters => "the end of the file".to_owned(),
        other => other.to_string(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token {
    start: usize,
    end: usize,
}

/// Tokens of a RON text: names and numbers, strings, single characters; white space and comments
/// left out.
fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
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
                return Some(Token { start, end: at });
            }
        }
    })
}

fn token_length(rest: &str, first: char) -> usize {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
    if first == '"' {
        let mut escaped = false;
        for (n, c) in rest.char_indices().skip(1) {
            match c {
                '"' if !escaped => return n + 1,
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        rest.len()
    } else if word(first) {
        rest.find(|c| !word(c)).unwrap_or(rest.len())
    } else {
        first.len_utf8()
    }
}

/// Byte range of the value reached by `steps`; of the last value on the way that exists.
fn locate(text: &str, steps: &[Step<'_>]) -> (usize, usize) {
    let tokens: Vec<Token> = tokens(text).collect();
    let mut range = (first_token(text, &tokens), tokens.len());
    for step in steps {
        let Some(inner) = enter(&tokens, text, range, *step) else {
            break;
        };
        range = inner;
    }
    match (tokens.get(range.0), tokens.get(range.1.saturating_sub(1))) {
        (Some(start), Some(end)) if start.start < end.end => {
            // A value of several lines is pointed at by its first line.
            let line_end = text[start.start..]
                .find('\n')
                .map_or(text.len(), |n| start.start + n);
            (start.start, end.end.min(line_end))
        }
        _ => (0, text.len().min(1)),
    }
}

/// The first token of the value: `#![enable(…)]` lines come before it.
fn first_token(text: &str, tokens: &[Token]) -> usize {
    let spelled = |n: usize| tokens.get(n).map_or("", |t| &text[t.start..t.end]);
    let mut first = 0;
    while spelled(first) == "#" {
        first += 1;
        while first < tokens.len() && spelled(first) != "]" {
            first += 1;
        }
        first += 1;
    }
    first
}

/// Token range of the child reached by `step` inside the token range of a value.
fn enter(
    tokens: &[Token],
    text: &str,
    range: (usize, usize),
    step: Step<'_>,
) -> Option<(usize, usize)> {
    let spelled = |n: usize| &text[tokens[n].start..tokens[n].end];
    let open = (range.0..range.1).find(|&n| matches!(spelled(n), "(" | "[" | "{"))?;
    let (mut depth, mut element, mut start) = (0_usize, 0_usize, open + 1);
    for n in open + 1..range.1 {
        let closes = matches!(spelled(n), ")" | "]" | "}");
        if depth == 0 && (closes || spelled(n) == ",") {
            let child = match step {
                Step::Element(wanted) if wanted == element => Some(start),
                Step::Field(name)
                    if start + 2 < n && spelled(start) == name && spelled(start + 1) == ":" =>
                {
                    Some(start + 2)
                }
                _ => None,
            };
            if let Some(child) = child.filter(|&child| child < n) {
                return Some((child, n));
            }
            (element, start) = (element + 1, n + 1);
            if closes {
                return None;
            }
        } else if closes {
            depth -= 1;
        } else if matches!(spelled(n), "(" | "[" | "{") {
            depth += 1;
        }
    }
    None
}

/// The names that would be right.
fn one_of(names: &[&str]) -> String {
    match names.len() {
        0 => "nothing here".to_owned(),
        _ => format!("one of `{}`", names.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

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

    const GOOD: &str = "(\n    name: \"x\", // a comment: weight\n    inner: (weight: 1.5),\n    list: [1, 2, 3],\n    budget: 3.0,\n    choice: Shocked(weight: 2.0),\n)\n";

    fn source(text: &str) -> Source {
        Source {
            path: "some.ron".into(),
            text: text.to_owned(),
        }
    }

    fn complaint(text: &str) -> Pointed {
        match source(text).parse::<Outer>().unwrap_err() {
            ConfigError::Ron(pointed) => *pointed,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn good_text_parses() {
        source(GOOD).parse::<Outer>().unwrap();
    }

    #[test]
    fn unknown_field_points_at_the_field_and_names_the_nearest() {
        let found = complaint(&GOOD.replace("weight: 1.5", "weigth: 1.5"));
        assert_eq!(found.place, "some.ron:3:13");
        assert_eq!(found.span.len(), 6);
        assert_eq!(found.what, "unknown field `weigth`");
        assert_eq!(found.remedy, "did you mean `weight`?");
    }

    #[test]
    fn unknown_choice_points_at_it() {
        let found = complaint(&GOOD.replace("Shocked(weight: 2.0)", "Cleen"));
        assert_eq!(found.place, "some.ron:6:13");
        assert_eq!(found.remedy, "did you mean `Clean`?");
    }

    #[test]
    fn wrong_type_names_both_types() {
        let found = complaint(&GOOD.replace("1.5", "\"heavy\""));
        assert_eq!(found.place, "some.ron:3:21");
        assert_eq!(found.found, "`\"heavy\"`");
        assert!(found.expected.contains("number"), "{found:?}");
        let found = complaint(&GOOD.replace("[1, 2, 3]", "7"));
        assert_eq!(found.place, "some.ron:4:11");
        assert!(found.expected.contains("list"), "{found:?}");
    }

    #[test]
    fn out_of_range_value_is_pointed_at() {
        let found = complaint(&GOOD.replace("3.0", "-3.0"));
        assert_eq!(found.place, "some.ron:5:13");
        assert!(found.expected.contains(">= 0"), "{found:?}");
    }

    #[test]
    fn whole_numbers_that_do_not_fit_are_pointed_at() {
        for (list, place, number, expected) in [
            (
                "[1, -5, 3]",
                "some.ron:4:15",
                "`-5`",
                "a whole number from 0 up",
            ),
            ("[-5]", "some.ron:4:12", "`-5`", "a whole number from 0 up"),
            (
                "[1, 4294967296]",
                "some.ron:4:15",
                "`4294967296`",
                "a whole number nearer to 0",
            ),
        ] {
            let found = complaint(&GOOD.replace("[1, 2, 3]", list));
            assert_eq!(found.place, place);
            assert_eq!((&*found.found, &*found.expected), (number, expected));
            assert_eq!(found.remedy, format!("write {expected}"));
        }
        assert_eq!(whole_number("-2147483649"), "a whole number nearer to 0");
    }

    #[test]
    fn dates_and_times_that_are_none_are_told_how_to_be_written() {
        #[derive(Debug, Deserialize)]
        #[allow(dead_code, reason = "only its parsing is tested")]
        enum When {
            Date(chrono::NaiveDate),
            Time(chrono::DateTime<chrono::Utc>),
        }
        let told = |text: &str| match source(text).parse::<When>() {
            Err(ConfigError::Ron(pointed)) => *pointed,
            other => panic!("{text}: {other:?}"),
        };
        for value in [
            "2018-13-05",
            "2018-02-30",
            "2018",
            "soon",
            "2021-06-07T10:00:00Z",
        ] {
            let found = told(&format!("Date(\"{value}\")"));
            assert_eq!(found.place, "some.ron:1:6");
            assert_eq!(found.found, format!("`\"{value}\"`"));
            assert_eq!(found.expected, TIME_FORMS, "{value}");
        }
        for value in ["2000-01-01", "2000-01-01T00:00:00", "2000-13-01T00:00:00Z"] {
            let found = told(&format!("Time(\"{value}\")"));
            assert_eq!(found.expected, TIME_FORMS, "{value}");
        }
    }

    #[test]
    fn missing_timestamps_are_told_their_values() {
        let found = addition("timestamps");
        assert!(found.contains("`timestamps: Open`") && found.contains("`timestamps: End`"));
    }

    #[test]
    fn missing_field_is_named() {
        let found = complaint(&GOOD.replace("    list: [1, 2, 3],\n", ""));
        assert!(found.what.contains("`list`") && found.remedy.contains("list"));
    }

    #[test]
    fn an_unclosed_bracket_is_an_error_at_the_end() {
        let found = complaint(GOOD.trim_end().trim_end_matches(')'));
        assert!(found.place.starts_with("some.ron:"), "{found:?}");
    }

    #[test]
    fn complaints_of_other_modules_are_pointed_into_the_file() {
        let error = crate::units::UnitError {
            unit: "inner.weight",
            found: -1.0,
            expected: "a number >= 0; write one",
        };
        let ConfigError::Value(told) = source(GOOD).reject_error(&[], &error) else {
            panic!("another kind");
        };
        assert_eq!(told.place, "some.ron:3:21");
        assert_eq!(
            (told.found.as_str(), told.expected.as_str()),
            ("-1", "a number >= 0")
        );
        assert_eq!(told.remedy, "write one");
    }

    #[test]
    fn values_are_located_by_their_path() {
        let at = |steps: &[Step<'_>]| {
            let (start, end) = locate(GOOD, steps);
            &GOOD[start..end]
        };
        assert_eq!(at(&[Step::Field("list"), Step::Element(2)]), "3");
        assert_eq!(at(&[Step::Field("inner"), Step::Field("weight")]), "1.5");
        assert_eq!(at(&[Step::Field("choice"), Step::Field("weight")]), "2.0");
        assert_eq!(at(&[Step::Field("list"), Step::Element(9)]), "[1, 2, 3]");
        let source = source(GOOD);
        assert!(source.has(&[Step::Field("choice"), Step::Field("weight")]));
        // A word in a comment, an element and a field of another struct are not there.
        for absent in [
            &[Step::Field("weight")][..],
            &[Step::Field("list"), Step::Element(3)],
            &[Step::Field("list"), Step::Field("weight")],
        ] {
            assert!(!source.has(absent), "{absent:?}");
        }
    }

    #[test]
    fn choices_named_none_are_written_as_users_write_them() {
        assert_eq!(
            without_raw_none(r#"(a: r#None, b: "x \" r#None", c: "\\", d: [r#None])"#),
            r#"(a: None, b: "x \" r#None", c: "\\", d: [None])"#
        );
        let text = to_ron(&crate::adversary::Player::None).unwrap();
        assert_eq!(text, "None\n");
    }
}
