//! Two sides in turn.

use crate::{rows::Row, side::Machine};
use serde_json::Value;

/// What came of a job: the measurements of each side, round by round, or why there are none.
pub(crate) struct Measured {
    pub(crate) ours: Result<Vec<Value>, String>,
    pub(crate) peer: Result<Vec<Value>, String>,
}

/// Measures both sides `rounds` times, ours first in every other round. A side that is missing or
/// fails is left out of the rounds that follow, the other goes on alone.
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
