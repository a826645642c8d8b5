//! Distances between neighboring timestamps.

use chrono::TimeDelta;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Steps {
    counts: BTreeMap<i128, usize>,
    /// The last distance and its count, not yet in `counts`.
    run: Option<(i128, usize)>,
}

impl Steps {
    /// Counts the distances between consecutive instants. Unit: nanoseconds.
    pub(super) fn of(instants: impl IntoIterator<Item = i128>) -> Self {
        let (mut steps, mut last) = (Self::default(), None);
        for instant_ns in instants {
            if let Some(last_ns) = last.replace(instant_ns) {
                steps.push(instant_ns - last_ns);
            }
        }
        steps
    }

    /// Adds a distance. Unit: nanoseconds.
    #[inline]
    pub(super) fn push(&mut self, step: i128) {
        match &mut self.run {
            Some((same, n)) if *same == step => *n += 1,
            run => {
                if let Some((other, n)) = run.replace((step, 1)) {
                    *self.counts.entry(other).or_insert(0) += n;
                }
            }
        }
    }

    /// Number of different distances; may be one too low, because `run` is not counted.
    pub(super) fn n_different(&self) -> usize {
        self.counts.len()
    }

    /// Most frequent distance, the shortest on a tie; `None` for fewer than two timestamps.
    pub(super) fn most_frequent(mut self) -> Option<TimeDelta> {
        if let Some((step, n)) = self.run {
            *self.counts.entry(step).or_insert(0) += n;
        }
        self.counts
            .into_iter()
            .rev()
            .max_by_key(|&(_, count)| count)
            .map(|(step, _)| span(step))
    }
}

/// Span of `length_ns`, limited to the longest that the type can hold.
fn span(length_ns: i128) -> TimeDelta {
    i64::try_from(length_ns).map_or(TimeDelta::MAX, TimeDelta::nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equally_frequent_steps_the_shortest_counts() {
        let of = |hours: &[i64]| {
            Steps::of(
                hours
                    .iter()
                    .map(|&hour| i128::from(hour) * 3_600_000_000_000),
            )
            .most_frequent()
            .map(|step| step.num_hours())
        };
        assert_eq!(of(&[0, 24, 48, 120, 144]), Some(24));
        assert_eq!(of(&[0, 3, 5]), Some(2));
        assert_eq!(of(&[0, 2, 5]), Some(2));
        assert_eq!(of(&[0]), None);
        let odd = Steps::of([5, 5 + 1_500_000_007]).most_frequent();
        assert_eq!(odd, Some(TimeDelta::nanoseconds(1_500_000_007)));
    }
}
