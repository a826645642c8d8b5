//! The fitted normalizer in JSON, with its numbers as decimal strings.
//!
//! Other JSON readers, and `serde_json` without its feature `float_roundtrip`, may read a 17-digit
//! number one unit in the last place off. Rust's own shortest formatting and parsing are exact, so
//! a bot computes exactly the observations of the training.

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
