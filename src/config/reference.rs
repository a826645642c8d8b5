//! Reference of every field of env and experiment files, generated from the types.
//!
//! [`reference`] renders `docs/reference.md`; [`annotate`] adds the same sentences to a file as
//! comments. Both read the JSON Schema of the types: names, defaults and doc comments, of which the
//! sentences `Unit: …`, `Range: …`, `Default: …` and `Try first: …` become columns.

use super::{EnvFile, ExperimentFile};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, fmt::Write};

/// Renders `docs/reference.md`.
#[must_use]
pub fn reference() -> String {
    let mut page = Page::default();
    let mut text = String::from(HEAD);
    for (title, schema) in [
        ("Env files", schema_of::<EnvFile>()),
        ("Experiment files", schema_of::<ExperimentFile>()),
    ] {
        let _ = writeln!(text, "\n## {title}\n");
        page.definitions = object(&schema, "$defs").cloned().unwrap_or_default();
        page.add(&mut text, &schema);
        while let Some(name) = page.next() {
            let definition = page.definitions.get(&name).cloned().unwrap_or_default();
            let _ = writeln!(text, "\n### {name}\n");
            page.add(&mut text, &definition);
        }
    }
    text
}

const HEAD: &str = "# Fields of env and experiment files

Generated from the types that read the files (`shockproof reference`); a test compares the two.
A field without a default must be written. `None` stands for absent. Paths are relative to the file
that names them. `shockproof init FILES...` writes both files for prices of your own.
";

fn schema_of<T: JsonSchema>() -> Value {
    let generator = SchemaGenerator::new(SchemaSettings::default());
    generator.into_root_schema_for::<T>().to_value()
}

/// Schema definitions of one root type, and the names of those on the page.
#[derive(Default)]
struct Page {
    definitions: Map<String, Value>,
    shown: BTreeSet<String>,
    waiting: Vec<String>,
}

impl Page {
    /// Takes the next definition that is linked but not yet on the page.
    fn next(&mut self) -> Option<String> {
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }

    /// Name of a type, linked to its definition, which is queued for the page.
    fn mention(&mut self, name: &str) -> String {
        if self.shown.insert(name.to_owned()) {
            self.waiting.push(name.to_owned());
        }
        format!("[{name}](#{})", name.to_lowercase())
    }

    fn add(&mut self, text: &mut String, schema: &Value) {
        let said = plain(&string(schema, "description"));
        // The page omits code listings, which address library users.
        let said = said
            .split("```\nuse ")
            .next()
            .unwrap_or_default()
            .trim_end();
        let _ = writeln!(text, "{said}\n");
        if object(schema, "properties").is_some() {
            self.add_fields(text, schema);
        }
        for variant in array(schema, "oneOf") {
            self.add_variant(text, variant);
        }
        for name in array(schema, "enum").iter().filter_map(Value::as_str) {
            let _ = writeln!(text, "* `{name}`");
        }
    }

    fn add_fields(&mut self, text: &mut String, schema: &Value) {
        text.push_str("| field | type | unit | range | default | what it is | try first |\n");
        text.push_str("|---|---|---|---|---|---|---|\n");
        for (name, field) in fields(schema) {
            let words = Words::of(&string(field, "description"));
            let required = array(schema, "required").iter().any(|r| r == name);
            let default = match (words.default, field.get("default"), required) {
                (Some(said), ..) => said,
                (None, Some(value), _) if !value.is_null() => format!("`{value}`"),
                (None, _, false) => "`None`".to_owned(),
                (None, _, true) => String::new(),
            };
            let kind = self.kind(field);
            let row = [
                format!("`{name}`"),
                kind,
                words.unit,
                words.range,
                default,
                words.text,
                words.first,
            ];
            let _ = writeln!(text, "| {} |", row.map(|cell| in_cell(&cell)).join(" | "));
        }
        text.push('\n');
    }

    fn add_variant(&mut self, text: &mut String, variant: &Value) {
        let said = plain(&string(variant, "description"));
        if let Some(name) = variant.get("const").and_then(Value::as_str) {
            let _ = writeln!(text, "* `{name}`: {said}");
        }
        for name in array(variant, "enum").iter().filter_map(Value::as_str) {
            let _ = writeln!(text, "* `{name}`");
        }
        for (name, inner) in fields(variant) {
            let has_fields = object(inner, "properties").is_some();
            let of = if has_fields {
                String::new()
            } else {
                format!("({})", self.kind(inner))
            };
            let _ = writeln!(text, "* `{name}`{of}: {said}\n");
            if has_fields {
                self.add_fields(text, inner);
            }
        }
    }

    /// Readable name of a field's type.
    fn kind(&mut self, schema: &Value) -> String {
        if let Some(name) = referenced(schema) {
            return self.mention(&name);
        }
        if let Some(inner) = present(schema) {
            return self.kind(inner);
        }
        if let Some(items) = schema.get("items") {
            return format!("list of {}", self.kind(items));
        }
        let names = match schema.get("type") {
            Some(Value::Array(names)) => names.clone(),
            Some(name) => vec![name.clone()],
            None => Vec::new(),
        };
        let name = names
            .iter()
            .filter_map(Value::as_str)
            .find(|n| *n != "null");
        match (name, string(schema, "format").as_str()) {
            (Some("integer"), _) => "whole number",
            (Some("string"), "date") => "date",
            (Some("string"), _) => "text",
            (Some("boolean"), _) => "true or false",
            (Some("object"), _) => "map",
            (Some(other), _) => other,
            (None, _) => "value",
        }
        .to_owned()
    }
}

/// Adds comments with the field descriptions above the fields of `ron`, once per field of a type.
///
/// `ron` is the output of [`super::to_ron`] for a `T`: one field or element per line.
#[must_use]
pub fn annotate<T: JsonSchema>(ron: &str) -> String {
    let root = schema_of::<T>();
    let definitions = object(&root, "$defs").cloned().unwrap_or_default();
    let mut open: Vec<Value> = Vec::new();
    let mut said = BTreeSet::new();
    let mut text = String::new();
    for line in ron.lines() {
        let trimmed = line.trim_start();
        let indent = &line[..line.len() - trimmed.len()];
        let (name, value) = match trimmed.split_once(": ") {
            Some((name, value)) if is_identifier(name) => (Some(name), value),
            _ => (None, trimmed),
        };
        let here = open.last().cloned().unwrap_or_else(|| root.clone());
        let schema = match name {
            Some(name) => object(&here, "properties")
                .and_then(|fields| fields.get(name))
                .cloned()
                .unwrap_or_default(),
            None if open.is_empty() => root.clone(),
            None => here.get("items").cloned().unwrap_or_default(),
        };
        let comment = one_line(&string(&schema, "description"));
        if name.is_some() && !comment.is_empty() && said.insert(comment.clone()) {
            for line in textwrap::wrap(&comment, 96 - indent.len()) {
                let _ = writeln!(text, "{indent}// {line}");
            }
        }
        if trimmed.starts_with([')', ']']) {
            open.pop();
        } else if value.ends_with(['(', '[']) {
            let word = value.trim_end_matches(['(', '[']);
            open.push(inner(&schema, word, &definitions));
        }
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Schema of the value in the bracket after `word`, which is a variant name or empty.
fn inner(schema: &Value, word: &str, definitions: &Map<String, Value>) -> Value {
    let schema = match (referenced(schema), present(schema)) {
        (Some(name), _) => definitions.get(&name).cloned().unwrap_or_default(),
        (None, Some(some)) => return inner(some, word, definitions),
        (None, None) => schema.clone(),
    };
    let variants = array(&schema, "oneOf");
    let chosen = variants
        .iter()
        .find_map(|variant| object(variant, "properties")?.get(word));
    match chosen {
        Some(chosen) if !word.is_empty() => inner(chosen, "", definitions),
        _ => schema,
    }
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Description of a field, split into text and labelled sentences.
#[derive(Default)]
struct Words {
    text: String,
    unit: String,
    range: String,
    default: Option<String>,
    first: String,
}

impl Words {
    fn of(description: &str) -> Self {
        let mut words = Self {
            text: plain(description),
            ..Self::default()
        };
        words.unit = words.take("Unit: ").unwrap_or_default();
        words.range = words.take("Range: ").unwrap_or_default();
        words.first = words.take("Try first: ").unwrap_or_default();
        words.default = words.take("Default: ");
        words
    }

    /// Removes the sentence that begins with `label` from the text and returns it.
    fn take(&mut self, label: &str) -> Option<String> {
        let begin = self.text.find(label)?;
        let rest = &self.text[begin + label.len()..];
        let ends = |at: &usize| matches!(rest[at + 1..].chars().next(), None | Some(' ' | '\n'));
        let end = rest.match_indices('.').map(|(at, _)| at).find(ends);
        let end = end.unwrap_or(rest.len());
        let taken = rest[..end].to_owned();
        let after = rest
            .get(end + 1..)
            .unwrap_or_default()
            .trim_start()
            .to_owned();
        self.text.truncate(begin);
        self.text.push_str(&after);
        self.text = self.text.trim_end().to_owned();
        Some(taken)
    }
}

/// Removes link markup: ``[`crate::a::B`]`` becomes `` `B` ``.
fn plain(description: &str) -> String {
    let mut text = String::new();
    let mut rest = description;
    while let Some(begin) = rest.find("[`") {
        let Some(length) = rest[begin..].find("`]") else {
            break;
        };
        let name = &rest[begin + 2..begin + length];
        let name = name.strip_prefix("crate::").unwrap_or(name);
        let short = match name.rsplit_once("::") {
            Some((before, last)) if last.starts_with(char::is_uppercase) || before.is_empty() => {
                last
            }
            _ => name.trim_start_matches("super::"),
        };
        let _ = write!(text, "{}`{short}`", &rest[..begin]);
        rest = &rest[begin + length + 2..];
    }
    text + rest
}

/// First paragraph on one line.
fn one_line(description: &str) -> String {
    let paragraph = plain(description);
    let paragraph = paragraph.split("\n\n").next().unwrap_or_default();
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn in_cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

/// Name of the definition that a schema refers to.
fn referenced(schema: &Value) -> Option<String> {
    let path = schema.get("$ref")?.as_str()?;
    path.strip_prefix("#/$defs/").map(str::to_owned)
}

/// Schema of an optional field's value.
fn present(schema: &Value) -> Option<&Value> {
    let choices = array(schema, "anyOf");
    choices
        .iter()
        .find(|choice| choice.get("type") != Some(&"null".into()))
}

/// Fields of a struct: the required fields in the order of the type, then the others.
fn fields(schema: &Value) -> Vec<(&String, &Value)> {
    let Some(all) = object(schema, "properties") else {
        return Vec::new();
    };
    let required = array(schema, "required");
    let place = |name: &String| required.iter().position(|r| r == name);
    let mut fields: Vec<_> = all.iter().collect();
    fields.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
    fields
}

fn string(schema: &Value, key: &str) -> String {
    schema
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn object<'a>(schema: &'a Value, key: &str) -> Option<&'a Map<String, Value>> {
    schema.get(key).and_then(Value::as_object)
}

fn array<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SHOCKPROOF_WRITE=1 cargo test --lib reference` writes the page anew.
    #[test]
    fn the_page_says_what_the_types_say() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md");
        if std::env::var_os("SHOCKPROOF_WRITE").is_some() {
            std::fs::write(path, reference()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap();
        assert!(
            page == reference(),
            "docs/reference.md: run with SHOCKPROOF_WRITE=1"
        );
    }

    #[test]
    fn labelled_sentences_leave_the_text() {
        let words = Words::of("Discount per step. Range: (0, 1]. Try first: 0.97. Unit: none.");
        assert_eq!(words.text, "Discount per step.");
        assert_eq!(
            (&*words.range, &*words.first, &*words.unit),
            ("(0, 1]", "0.97", "none")
        );
    }

    #[test]
    fn links_become_names() {
        assert_eq!(
            plain("see [`crate::env::Reward`] and [`Bps`]"),
            "see `Reward` and `Bps`"
        );
    }
}
