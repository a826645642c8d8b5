//! Thinning of series: extremes and ends are kept.

/// At most `2 * n_buckets + 2` points: the first and the last, and of each of `n_buckets` equally
/// long stretches the lowest and the highest, in time order. Short series are unchanged.
pub(crate) fn thin(points: &[(f64, f64)], n_buckets: usize) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    if points.len() <= 2 * n_buckets + 2 {
        return points.to_vec();
    }
    let mut kept = Vec::with_capacity(2 * n_buckets + 2);
    kept.push(*first);
    let inner = &points[1..points.len() - 1];
    for bucket in inner.chunks(inner.len().div_ceil(n_buckets.max(1))) {
        let by_value = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let ends = [
            bucket.iter().min_by(by_value),
            bucket.iter().max_by(by_value),
        ];
        let mut ends: Vec<_> = ends.into_iter().flatten().copied().collect();
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        ends.dedup_by(|a, b| a.0 <= b.0);
        kept.extend(ends);
    }
    kept.push(*last);
    kept
}

/// Every `k`-th index so that at most about `n` remain, always with the last.
pub(crate) fn every(len: usize, n: usize) -> impl Iterator<Item = usize> {
    let step = len.div_ceil(n.max(1)).max(1);
    let last = len.checked_sub(1).filter(|last| last % step != 0);
    (0..len).step_by(step).chain(last)
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "indices of short test series")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn extremes_ends_and_order_are_kept(
            values in prop::collection::vec(-1e3..1e3_f64, 1..400),
            n in 1..40_usize,
        ) {
            let points = values.iter().enumerate().map(|(i, v)| (i as f64, *v));
            let points: Vec<(f64, f64)> = points.collect();
            let kept = thin(&points, n);
            let wider = |b: (f64, f64), v: &(f64, f64)| (b.0.min(v.1), b.1.max(v.1));
            let bounds = |p: &[(f64, f64)]| p.iter().fold((f64::MAX, f64::MIN), wider);
            prop_assert_eq!(bounds(&kept), bounds(&points));
            prop_assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
            prop_assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert!(kept.len() <= 2 * n + 2);
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
