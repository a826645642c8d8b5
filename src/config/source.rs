//! Text of a RON file, so that errors can point into it.

use super::{
    blame::Blames,
    error::{ConfigError, Pointed},
    locate::{join, locate},
    syntax::{explain, options},
};
use miette::{NamedSource, SourceSpan};
use serde::de::DeserializeOwned;
use std::{
    ops::Range,
    path::{Path, PathBuf},
};

/// A RON file read from disk.
///
/// Methods take the path of a value inside the file: field names with dots between them,
/// elements of lists as `[n]` from 0, e.g. `methods[1].name`.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File {
            place: path.to_owned(),
            found: error.to_string(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            text,
        })
    }

    /// Path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Folder of the file; paths inside the file are relative to it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        options().from_str(&self.text).map_err(|error| {
            let (span, message, remedy) = explain(&self.text, &error);
            ConfigError::Ron(self.pointed(span, message, Some(remedy)))
        })
    }

    /// Refuses the value at `at`, or the last written value on that path. The message reads
    /// `what: found F, expected E`.
    pub(crate) fn reject(
        &self,
        at: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> ConfigError {
        let span = locate(&self.text, at).span;
        ConfigError::Value(self.pointed(span, message.into(), Some(remedy.into())))
    }

    /// Refuses the value at `at`, or the field below it that the error blames.
    pub(crate) fn reject_error(&self, at: &str, error: &impl Blames) -> ConfigError {
        let places: Vec<String> = error.fields().iter().map(|field| join(at, field)).collect();
        let written = places.iter().find(|place| self.has(place));
        let place = written.or(places.first()).map_or(at, String::as_str);
        self.reject_with(place, error)
    }

    /// Passes a result on; an error refuses the value at `at`, or the blamed field below it.
    pub(crate) fn checked<T>(
        &self,
        at: &str,
        result: Result<T, impl Blames>,
    ) -> Result<T, ConfigError> {
        result.map_err(|error| self.reject_error(at, &error))
    }

    /// Refuses an empty list at `at`; `element` names the missing elements.
    pub(super) fn refuse_empty<T>(
        &self,
        at: &str,
        list: &[T],
        element: &str,
        remedy: &str,
    ) -> Result<(), ConfigError> {
        let message = format!("no {element}: found an empty list, expected at least one {element}");
        list.first()
            .map(|_| ())
            .ok_or_else(|| self.reject(at, message, remedy))
    }

    /// Refuses the value at `at` with the error of another module.
    pub(crate) fn reject_with(&self, at: &str, error: &dyn std::error::Error) -> ConfigError {
        let span = locate(&self.text, at).span;
        ConfigError::Value(self.pointed(span, error.to_string(), None))
    }

    /// Returns true if the value at `at` is written in the file.
    pub(crate) fn has(&self, at: &str) -> bool {
        locate(&self.text, at).is_written
    }

    /// First line of the value at the path `at`, or of the innermost value around it if the file
    /// omits it.
    pub(crate) fn written(&self, at: &str) -> &str {
        &self.text[locate(&self.text, at).span]
    }

    /// Remedy for a path in this file that does not exist.
    pub(super) fn correct_path(&self) -> String {
        let file = self.path.display();
        format!("correct the path; it is relative to the folder of {file}")
    }

    fn pointed(&self, span: Range<usize>, message: String, remedy: Option<String>) -> Box<Pointed> {
        let before = &self.text[..span.start];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let name = self.path.display().to_string();
        Box::new(Pointed {
            place: format!("{name}:{line}:{column}"),
            message,
            remedy,
            text: NamedSource::new(name, self.text.clone()),
            span: SourceSpan::new(span.start.into(), span.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_value_is_pointed_at() {
        let source = Source {
            path: "some.ron".into(),
            text: "(\n    inner: (weight: -1.5),\n)\n".to_owned(),
        };
        let ConfigError::Value(refused) = source.reject("inner.weight", "out of range", "mend it")
        else {
            panic!("another kind");
        };
        assert_eq!(refused.to_string(), "some.ron:2:21: out of range");
        assert_eq!(
            (refused.span.len(), refused.remedy.as_deref()),
            (4, Some("mend it"))
        );
        assert!(source.has("inner") && !source.has("outer"));
        assert_eq!(source.written("inner"), "(weight: -1.5)");
    }

    #[test]
    fn the_blamed_field_is_pointed_at_where_it_is_written() {
        let source = Source {
            path: "some.ron".into(),
            text: "(\n    trading: (ruin_fraction: -1.0),\n)\n".to_owned(),
        };
        let cash = crate::env::EnvError::RuinFraction { found: -1.0 };
        let refused = source.reject_error("trading", &cash).to_string();
        assert!(
            refused.starts_with("some.ron:2:30: ruin_fraction"),
            "{refused}"
        );
        let horizon = crate::env::EnvError::Horizon;
        let refused = source.reject_error("trading", &horizon).to_string();
        assert!(refused.starts_with("some.ron:2:14: horizon"), "{refused}");
    }
}
