//! The signals of a market as observed values.

use super::{FeatureSpec, Field};
use std::ops::Range;

/// Positions among the market's signals `names` that `spec` reads: `None` for other features, an
/// empty range for an unknown signal.
pub(super) fn positions(spec: &FeatureSpec, names: &[String]) -> Option<Range<usize>> {
    match spec {
        FeatureSpec::Signals => Some(0..names.len()),
        FeatureSpec::Signal(wanted) => {
            let found = names.iter().position(|name| name == wanted);
            Some(found.map_or(0..0, |i| i..i + 1))
        }
        _ => None,
    }
}

/// The market's signals `names` that any of `specs` reads, in the market's order.
pub(super) fn read(specs: &[FeatureSpec], names: &[String]) -> Vec<String> {
    let is_read = |&i: &usize| {
        let mut read = specs.iter().filter_map(|spec| positions(spec, names));
        read.any(|positions| positions.contains(&i))
    };
    (0..names.len())
        .filter(is_read)
        .map(|i| names[i].clone())
        .collect()
}

/// The field of one signal.
pub(super) fn field(name: &str) -> Field {
    Field::fixed(format!("signal.{name}"), "as given", 0)
}
