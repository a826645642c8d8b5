//! One number for all assets, or one per asset.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, marker::PhantomData};

/// One value for all assets, or one per asset in the order of the env's assets.
///
/// A file writes `2.5` or `[2.5, 4.0]`.
///
/// ```
/// use shockproof::market::Each;
///
/// let rates: Each<f64> = serde_json::from_str("[0.1, 0.2]")?;
/// assert_eq!((rates.get(1), Each::All(0.3).get(1)), (0.2, 0.3));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Each<T> {
    /// The same value for every asset.
    All(T),
    /// One value per asset.
    PerAsset(Vec<T>),
}

impl<T: Copy + Default> Each<T> {
    /// Value of `asset`; the default of `T` beyond the list, which
    /// [`Costs::check_assets`](super::Costs::check_assets) refuses.
    #[must_use]
    #[inline]
    pub fn get(&self, asset: usize) -> T {
        match self {
            Self::All(value) => *value,
            Self::PerAsset(values) => values.get(asset).copied().unwrap_or_default(),
        }
    }

    /// The single value, or all values of the list.
    pub(super) fn values(&self) -> &[T] {
        match self {
            Self::All(value) => std::slice::from_ref(value),
            Self::PerAsset(values) => values,
        }
    }

    /// Converts each value.
    pub(super) fn map<U>(&self, convert: impl Fn(T) -> U) -> Each<U> {
        match self {
            Self::All(value) => Each::All(convert(*value)),
            Self::PerAsset(values) => Each::PerAsset(values.iter().copied().map(convert).collect()),
        }
    }
}

impl<T> From<T> for Each<T> {
    fn from(value: T) -> Self {
        Self::All(value)
    }
}

impl<T: Default> Default for Each<T> {
    fn default() -> Self {
        Self::All(T::default())
    }
}

impl<T: Serialize> Serialize for Each<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All(value) => value.serialize(serializer),
            Self::PerAsset(values) => values.serialize(serializer),
        }
    }
}

impl<'de, T: TryFrom<f64, Error: fmt::Display>> Deserialize<'de> for Each<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrList(PhantomData))
    }
}

struct NumberOrList<T>(PhantomData<T>);

impl<'de, T: TryFrom<f64, Error: fmt::Display>> de::Visitor<'de> for NumberOrList<T> {
    type Value = Each<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a list with one number per asset")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Each<T>, E> {
        T::try_from(value).map(Each::All).map_err(E::custom)
    }

    #[allow(clippy::cast_precision_loss, reason = "a rate is far below 2^52")]
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Each<T>, E> {
        self.visit_f64(value as f64)
    }

    #[allow(clippy::cast_precision_loss, reason = "a rate is far below 2^52")]
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Each<T>, E> {
        self.visit_f64(value as f64)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Each<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element::<f64>()? {
            values.push(T::try_from(value).map_err(de::Error::custom)?);
        }
        Ok(Each::PerAsset(values))
    }
}

#[cfg(feature = "cli")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Each<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Each".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number or list of numbers" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Bps, bps};

    #[test]
    fn a_number_or_a_list_and_back() {
        for (text, expected) in [
            ("2.5", Each::All(bps!(2.5))),
            ("3", Each::All(bps!(3.0))),
            ("[0.0,4.5]", Each::PerAsset(vec![bps!(0.0), bps!(4.5)])),
        ] {
            let found: Each<Bps> = serde_json::from_str(text).unwrap();
            assert_eq!(found, expected, "{text}");
            let written = serde_json::to_string(&found).unwrap();
            assert_eq!(serde_json::from_str::<Each<Bps>>(&written).unwrap(), found);
        }
        for text in ["-1.0", "[1.0, -1.0]", "\"two\""] {
            let error = serde_json::from_str::<Each<Bps>>(text).unwrap_err();
            assert!(error.to_string().contains("number"), "{error}");
        }
    }
}
