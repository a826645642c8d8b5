//! Thinning of series: extremes and ends are kept.

use std::collections::BTreeSet;

/// Indices to keep in columns of equal length: the first, the last, and those of the lowest and
/// highest value of every column in each of `n_buckets` equal stretches. Short columns are kept
/// whole.
pub(crate) fn thin(columns: &[Vec<Option<f64>>], n_buckets: usize) -> Vec<usize> {
    let len = columns.iter().map(Vec::len).max().unwrap_or(0);
    if len <= 2 * n_buckets + 2 {
        return (0..len).collect();
    }
    let mut kept = BTreeSet::from([0, len - 1]);
    for column in columns {
        let known: Vec<(usize, f64)> = (0..)
            .zip(column)
            .filter_map(|(at, value)| Some((at, (*value)?)))
            .collect();
        for bucket in known.chunks(len.div_ceil(n_buckets.max(1))) {
            let by_value = |a: &&(usize, f64), b: &&(usize, f64)| a.1.total_cmp(&b.1);
            let ends = [
                bucket.iter().min_by(by_value),
                bucket.iter().max_by(by_value),
            ];
            kept.extend(ends.into_iter().flatten().map(|(at, _)| *at));
        }
    }
    kept.into_iter().collect()
}

/// Every `k`-th index so that at most about `n` remain, always with the last.
pub(crate) fn every(len: usize, n: usize) -> impl Iterator<Item = usize> {
    let step = len.div_ceil(n.max(1)).max(1);
    let last = len.checked_sub(1).filter(|last| last % step != 0);
    (0..len).step_by(step).chain(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn extremes_ends_and_order_are_kept(
            values in prop::collection::vec((0.0..1e3_f64, prop::option::of(0.0..1e3_f64)), 1..400),
            n in 1..40_usize,
        ) {
            let columns = [
                values.iter().map(|pair| Some(pair.0)).collect(),
                values.iter().map(|pair| pair.1).collect::<Vec<_>>(),
            ];
            let kept = thin(&columns, n);
            let bounds = |values: &mut dyn Iterator<Item = f64>| {
                values.fold((f64::MAX, f64::MIN), |b, v| (b.0.min(v), b.1.max(v)))
            };
            for column in &columns {
                let thinned = bounds(&mut kept.iter().filter_map(|at| column[*at]));
                prop_assert_eq!(thinned, bounds(&mut column.iter().copied().flatten()));
            }
            prop_assert_eq!((kept[0], *kept.last().unwrap()), (0, values.len() - 1));
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(kept.len() <= 4 * (n + 1) + 2);
        }

        #[test]
        fn stepping_ends_at_the_last(len in 1..500_usize, n in 1..60_usize) {
            let indices: Vec<usize> = every(len, n).collect();
            prop_assert_eq!(indices[0], 0);
            prop_assert_eq!(*indices.last().unwrap(), len - 1);
            prop_assert!(indices.len() <= n + 1);
        }
    }
}
