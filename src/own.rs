//! Parts from outside the crate: a file names a part, and a program registers it.
//!
//! An env or experiment file holds `Own(name: "overnight_gap", parameters: {"scale": 2.0})` in
//! place of a built-in part. A program registers a maker under that name on a [`Shelf`], and
//! [`Own::resolve`] connects the two. A library user needs neither: [`Own::new`] takes the part.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Named numbers that a file gives to an own part.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Parameters(BTreeMap<String, f64>);

impl Parameters {
    /// The parameter `name`.
    ///
    /// # Errors
    /// [`OwnError::Parameter`] when it is absent.
    pub fn get(&self, name: &str) -> Result<f64, OwnError> {
        self.0
            .get(name)
            .copied()
            .ok_or_else(|| OwnError::Parameter {
                parameter: name.to_owned(),
                found: self.0.keys().cloned().collect(),
            })
    }

    /// The parameter `name`, or `default` when it is absent.
    #[must_use]
    pub fn get_or(&self, name: &str, default: f64) -> f64 {
        self.0.get(name).copied().unwrap_or(default)
    }
}

impl<const N: usize> From<[(&str, f64); N]> for Parameters {
    fn from(pairs: [(&str, f64); N]) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), value)).into())
    }
}

/// A part of kind `T` (a feature, a cost term, a reward, …) that the crate does not have.
///
/// Files and policy headers keep its name and parameters only. Two are equal when these are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Own<T: ?Sized> {
    name: String,
    #[serde(default)]
    parameters: Parameters,
    #[serde(skip)]
    part: Option<Arc<T>>,
}

impl<T: ?Sized> Own<T> {
    /// The part itself, under the name that files and policy headers keep.
    pub fn new(name: &str, parameters: impl Into<Parameters>, part: Arc<T>) -> Self {
        Self {
            name: name.to_owned(),
            parameters: parameters.into(),
            part: Some(part),
        }
    }

    /// Name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Parameters.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The part.
    ///
    /// # Errors
    /// [`OwnError::Unresolved`] when it came from a file and no shelf has resolved it.
    pub fn part(&self) -> Result<&Arc<T>, OwnError> {
        self.part.as_ref().ok_or_else(|| OwnError::Unresolved {
            name: self.name.clone(),
        })
    }

    /// Makes the part from the shelf unless it is there already.
    ///
    /// # Errors
    /// [`OwnError::Unknown`] for a name that is not on the shelf; the maker's own error.
    pub fn resolve(&mut self, parts: &Shelf<T>) -> Result<(), OwnError> {
        if self.part.is_none() {
            self.part = Some(parts.make(&self.name, &self.parameters)?);
        }
        Ok(())
    }
}

#[cfg(feature = "cli")]
impl<T: ?Sized> schemars::JsonSchema for Own<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Own".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        #[derive(schemars::JsonSchema)]
        #[allow(
            dead_code,
            reason = "the schema of the struct above, whose `T` has none"
        )]
        /// A part that a program of yours registers under a name.
        struct Own {
            /// Name on the program's shelf.
            name: String,
            /// Numbers that the part's maker reads. Default: none.
            #[serde(default)]
            parameters: BTreeMap<String, f64>,
        }
        Own::json_schema(generator)
    }
}

impl<T: ?Sized> Clone for Own<T> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            parameters: self.parameters.clone(),
            part: self.part.clone(),
        }
    }
}

impl<T: ?Sized> PartialEq for Own<T> {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.parameters) == (&other.name, &other.parameters)
    }
}

impl<T: ?Sized> fmt::Debug for Own<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own")
            .field("name", &self.name)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

type Maker<T> = Arc<dyn Fn(&Parameters) -> Result<Arc<T>, OwnError> + Send + Sync>;

/// Makers of own parts of one kind, by name.
pub struct Shelf<T: ?Sized>(BTreeMap<String, Maker<T>>);

impl<T: ?Sized> Shelf<T> {
    /// Registers a maker. A second one under the same name replaces the first.
    pub fn add(
        &mut self,
        name: &str,
        maker: impl Fn(&Parameters) -> Result<Arc<T>, OwnError> + Send + Sync + 'static,
    ) {
        self.0.insert(name.to_owned(), Arc::new(maker));
    }

    fn make(&self, name: &str, parameters: &Parameters) -> Result<Arc<T>, OwnError> {
        let maker = self.0.get(name).ok_or_else(|| OwnError::Unknown {
            name: name.to_owned(),
            known: self.0.keys().cloned().collect(),
        })?;
        maker(parameters)
    }
}

impl<T: ?Sized> Default for Shelf<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: ?Sized> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// An own part that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OwnError {
    /// No maker under this name.
    #[error("own part: found name \"{name}\", expected one that this program registers {known:?}")]
    Unknown {
        /// The name in the file.
        name: String,
        /// Registered names.
        known: Vec<String>,
    },
    /// A part that came from a file and was never made.
    #[error(
        "own part \"{name}\": found its name only, expected the part; load the file with a \
         registry that has it"
    )]
    Unresolved {
        /// The name in the file.
        name: String,
    },
    /// An absent parameter.
    #[error("own part: found parameters {found:?}, expected \"{parameter}\" among them")]
    Parameter {
        /// The parameter.
        parameter: String,
        /// Names that were given.
        found: Vec<String>,
    },
    /// A parameter or combination of parameters that the maker refuses.
    #[error("own part: {0}")]
    Refused(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    trait Double: Send + Sync {
        fn of(&self, x: f64) -> f64;
    }

    struct Times(f64);

    impl Double for Times {
        fn of(&self, x: f64) -> f64 {
            self.0 * x
        }
    }

    fn shelf() -> Shelf<dyn Double> {
        let mut shelf = Shelf::<dyn Double>::default();
        shelf.add("times", |given| Ok(Arc::new(Times(given.get("factor")?))));
        shelf
    }

    #[test]
    fn a_name_in_a_file_becomes_the_part() {
        let text = r#"{"name": "times", "parameters": {"factor": 3.0}}"#;
        let mut own: Own<dyn Double> = serde_json::from_str(text).unwrap();
        assert!(matches!(own.part(), Err(OwnError::Unresolved { .. })));
        own.resolve(&shelf()).unwrap();
        assert!((own.part().unwrap().of(2.0) - 6.0).abs() < 1e-15);
        let given = Own::new(
            "times",
            [("factor", 3.0)],
            Arc::new(Times(3.0)) as Arc<dyn Double>,
        );
        assert_eq!(own, given);
    }

    #[test]
    fn errors_list_the_known_names() {
        let mut unknown: Own<dyn Double> = serde_json::from_str(r#"{"name": "thrice"}"#).unwrap();
        let error = unknown.resolve(&shelf()).unwrap_err().to_string();
        assert!(
            error.contains("thrice") && error.contains("times"),
            "{error}"
        );
        let mut bare: Own<dyn Double> = serde_json::from_str(r#"{"name": "times"}"#).unwrap();
        let error = bare.resolve(&shelf()).unwrap_err().to_string();
        assert!(error.contains("factor"), "{error}");
    }
}
