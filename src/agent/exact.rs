//! JSON form of the fitted normalizer, with numbers as decimal strings.
//!
//! Other JSON readers, and `serde_json` without its feature `float_roundtrip`, may read a 17-digit
//! number with an error of one unit in the last place. Rust's own shortest formatting and parsing
//! are exact, so a bot computes the same observations as training, bit for bit.

use crate::features::Normalizer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decimal {
    mean: Vec<String>,
    scale: Vec<String>,
}

/// Writes every number as its shortest decimal string.
pub(super) fn serialize<S: Serializer>(
    normalizer: &Normalizer,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let decimal =
        |numbers: &[f64]| -> Vec<String> { numbers.iter().map(|x| format!("{x:e}")).collect() };
    Decimal {
        mean: decimal(&normalizer.mean),
        scale: decimal(&normalizer.scale),
    }
    .serialize(serializer)
}

/// Reads the output of [`serialize`].
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Normalizer, D::Error> {
    let decimal = Decimal::deserialize(deserializer)?;
    let numbers = |texts: &[String], field: &str| -> Result<Vec<f64>, D::Error> {
        let parse = |(i, text): (usize, &String)| {
            text.parse::<f64>().map_err(|_| {
                D::Error::custom(format!(
                    "normalizer.{field}[{i}]: found {text:?}, expected a decimal number"
                ))
            })
        };
        texts.iter().enumerate().map(parse).collect()
    };
    Ok(Normalizer {
        mean: numbers(&decimal.mean, "mean")?,
        scale: numbers(&decimal.scale, "scale")?,
    })
}
