//! Distances between neighboring timestamps.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// How often each distance occurs.
#[derive(Debug, Default)]
pub(super) struct Steps {
    counts: BTreeMap<TimeDelta, usize>,
    /// The last distance and how often it came in a row: not in `counts` yet.
    run: Option<(TimeDelta, usize)>,
}

impl Steps {
    pub(super) fn of(timestamps: &[DateTime<Utc>]) -> Self {
        let mut steps = Self::default();
        for pair in timestamps.windows(2) {
            steps.push(pair[1] - pair[0]);
        }
        steps
    }

    pub(super) fn push(&mut self, step: TimeDelta) {
        match &mut self.run {
            Some((same, n)) if *same == step => *n += 1,
            run => {
                if let Some((other, n)) = run.replace((step, 1)) {
                    *self.counts.entry(other).or_insert(0) += n;
                }
            }
        }
    }

    /// How many distances there are, at most one too few.
    pub(super) fn n_different(&self) -> usize {
        self.counts.len()
    }

    /// The most frequent distance, the shortest of equally frequent; `None` of a single timestamp.
    pub(super) fn most_frequent(mut self) -> Option<TimeDelta> {
        if let Some((step, n)) = self.run {
            *self.counts.entry(step).or_insert(0) += n;
        }
        self.counts
            .into_iter()
            .rev()
            .max_by_key(|&(_, count)| count)
            .map(|(step, _)| step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_step_is_the_shortest_of_equals() {
        let of = |hours: &[i64]| {
            let at = |&hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
            let times: Vec<_> = hours.iter().map(at).collect();
            Steps::of(&times)
                .most_frequent()
                .map(|step| step.num_hours())
        };
        assert_eq!(of(&[0, 24, 48, 120, 144]), Some(24));
        assert_eq!(of(&[0, 3, 5]), Some(2));
        assert_eq!(of(&[0, 2, 5]), Some(2));
        assert_eq!(of(&[0]), None);
    }
}
