//! Measurement of two sides in alternation.

use crate::{rows::Row, side::Machine};
use serde_json::Value;

/// Result of a job: the measurements of each side by round, or the reason for their absence.
pub(crate) struct Measured {
    pub(crate) ours: Result<Vec<Value>, String>,
    pub(crate) peer: Result<Vec<Value>, String>,
}

/// Measures both sides `rounds` times, ours first in every other round. A side that is missing or
/// fails is left out of later rounds; the other side continues alone.
pub(crate) fn measure(row: &Row, machine: &Machine, rounds: usize) -> Measured {
    let start = |side| machine.missing(side).map_or(Ok(Vec::new()), Err);
    let sides = [&row.peer, &row.ours];
    let mut seen = sides.map(start);
    for round in 0..rounds {
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for i in order {
            if let Ok(measurements) = &mut seen[i] {
                match machine.measure(sides[i]) {
                    Ok(measurement) => measurements.push(measurement),
                    Err(reason) => seen[i] = Err(reason),
                }
            }
        }
    }
    let [peer, ours] = seen;
    Measured { ours, peer }
}
