//! The signals of a market, as they are.

use super::{FeatureSpec, Field};
use std::ops::Range;

/// The signals that `spec` reads in a market that yields `names`: positions in order; `None` for a
/// feature of prices or of the calendar, an empty range for a signal that is not there.
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

/// Those of the market's signals `names` that any of `specs` reads, in the market's order.
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
    Field {
        name: format!("signal.{name}"),
        unit: "as given".into(),
        low: None,
        high: None,
        shockable: false,
        warm_up: 0,
    }
}
