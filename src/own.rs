//! Own parts: parts from outside the crate, which a file names and a program registers.
//!
//! An env or experiment file holds `Own(name: "overnight_gap", parameters: {"scale": 2.0})` in
//! place of a built-in part. A program registers a maker under that name on a [`Shelf`], and
//! [`Own::resolve`] connects the two. A library user needs neither: [`Own::new`] takes the part.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// Numeric parameters of an own part, by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Parameters(BTreeMap<String, f64>);

impl Parameters {
    /// Value of the parameter `name`.
    ///
    /// # Errors
    /// [`OwnError::Parameter`] if the parameter is absent.
    pub fn get(&self, name: &str) -> Result<f64, OwnError> {
        self.0
            .get(name)
            .copied()
            .ok_or_else(|| OwnError::Parameter {
                parameter: name.to_owned(),
                found: self.0.keys().cloned().collect(),
            })
    }

    /// Value of the parameter `name`, or `default` if the parameter is absent.
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

/// A part of kind `T` (a feature, a cost term, a reward, …) from outside the crate.
///
/// Files and policy headers keep only the name and the parameters; equality compares only these.
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
    /// Wraps `part` under the name and parameters that files and policy headers keep.
    pub fn new(name: &str, parameters: impl Into<Parameters>, part: Arc<T>) -> Self {
        Self {
            name: name.to_owned(),
            parameters: parameters.into(),
            part: Some(part),
        }
    }

    /// Name of the part in files and policy headers.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Parameters of the part in files and policy headers.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The part itself.
    ///
    /// # Errors
    /// [`OwnError::Unresolved`] if the part was read from a file and is not resolved yet.
    pub fn part(&self) -> Result<&Arc<T>, OwnError> {
        self.part.as_ref().ok_or_else(|| OwnError::Unresolved {
            name: self.name.clone(),
        })
    }

    /// Makes the part with its maker on the shelf, unless the part exists already.
    ///
    /// # Errors
    /// [`OwnError::Unknown`] for a name that is not on the shelf, or the error of the maker.
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
        /// A part from outside the crate, registered by your program under a name.
        struct Own {
            /// Name that your program registers.
            name: String,
            /// Numeric parameters of the part. Default: none.
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
    /// Registers a maker under `name`; replaces an earlier maker of that name.
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
    /// A name without a registered maker.
    #[error("own part: found name \"{name}\", expected one that this program registers {known:?}")]
    Unknown {
        /// Name of the part in the file.
        name: String,
        /// Registered names.
        known: Vec<String>,
    },
    /// A part that was read from a file and never resolved.
    #[error(
        "own part \"{name}\": found its name only, expected the part; load the file with a \
         registry that has it"
    )]
    Unresolved {
        /// Name of the part in the file.
        name: String,
    },
    /// An absent parameter.
    #[error("own part: found parameters {found:?}, expected \"{parameter}\" among them")]
    Parameter {
        /// Name of the absent parameter.
        parameter: String,
        /// Names of the given parameters.
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
