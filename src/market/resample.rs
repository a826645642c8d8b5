//! Resampling of bars to a longer length, one bar at a time.

use super::{
    Bar,
    instant::{instant_ns, length_ns, time},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::ops::Range;

/// Folds the bars of one asset into longer bars, in constant memory. It serves files of any length,
/// and bots whose feed has shorter bars than their policy.
///
/// A bucket is `[k · length, (k + 1) · length)` with an integer k, counted from
/// 1970-01-01T00:00:00Z: hours and days start on the UTC clock, weeks on a Thursday. The bar of a
/// bucket has the first open, the highest high, the lowest low, the last close and the sum of the
/// volumes of the bucket's bars; it ends with the bucket. A bucket without bars is skipped. A
/// bucket with missing bars is folded from those present, because closed hours cannot be told from
/// a broken feed; [`Resampled::n_bars`] counts them.
///
/// No look-ahead: each bar must lie within one bucket, and a bucket's bar is emitted only after the
/// bucket has ended.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use shockproof::market::{Bar, Resampler};
///
/// let minute = |n| DateTime::UNIX_EPOCH + TimeDelta::minutes(n);
/// let bar = Bar { open: 1.0, high: 2.0, low: 1.0, close: 2.0, volume: 5.0 };
/// let mut resampler = Resampler::new(TimeDelta::minutes(2))?;
/// let mut volumes = Vec::new();
/// for n in 0..4 {
///     resampler.push(minute(n), minute(n + 1), &bar, |longer| volumes.push(longer.bar.volume))?;
/// }
/// assert_eq!(volumes, [10.0, 10.0]);
/// # Ok::<(), shockproof::market::ResampleError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Resampler {
    length: TimeDelta,
    length_ns: i128,
    last_end_ns: i128,
    bucket: Option<Bucket>,
}

/// The bar of one bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resampled {
    /// End of the bucket.
    pub end: DateTime<Utc>,
    /// Bar of the bucket.
    pub bar: Bar,
    /// Number of folded bars, at least one.
    pub n_bars: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Bucket {
    start_ns: i128,
    end_ns: i128,
    so_far: Resampled,
}

impl Resampler {
    /// Largest length of a bucket.
    const LONGEST: TimeDelta = TimeDelta::days(366);

    /// A resampler to bars of `length`.
    ///
    /// # Errors
    /// [`ResampleError::Length`] unless the length is positive and at most 366 days.
    pub fn new(length: TimeDelta) -> Result<Self, ResampleError> {
        if length <= TimeDelta::zero() || length > Self::LONGEST {
            return Err(ResampleError::Length { found: length });
        }
        Ok(Self {
            length,
            length_ns: length_ns(length),
            last_end_ns: i128::MIN,
            bucket: None,
        })
    }

    /// Length of the buckets.
    #[must_use]
    pub const fn length(&self) -> TimeDelta {
        self.length
    }

    /// Adds the bar over `[open, end]`, which must pass [`Bar::check`], and emits the finished
    /// buckets: an earlier bucket whose last bar was missing, and the bar's own bucket if it ends
    /// with the bar.
    ///
    /// # Errors
    /// [`ResampleError`] for a bar that has no length, does not end after the previous bar, or
    /// crosses the end of a bucket; such a bar changes nothing.
    pub fn push(
        &mut self,
        open: DateTime<Utc>,
        end: DateTime<Utc>,
        bar: &Bar,
        emit: impl FnMut(Resampled),
    ) -> Result<(), ResampleError> {
        let length_ns = self.length_ns;
        let bucket_of = |at_ns: i128| {
            let start_ns = at_ns - at_ns.rem_euclid(length_ns);
            start_ns..start_ns + length_ns
        };
        self.push_ns(instant_ns(open)..instant_ns(end), bar, bucket_of, emit)
    }

    /// [`Resampler::push`] with other buckets: `bucket_of` returns the one that holds an instant,
    /// and neighbors must not overlap. Unit of all instants: nanoseconds since 1970.
    #[inline]
    pub(crate) fn push_ns(
        &mut self,
        span_ns: Range<i128>,
        bar: &Bar,
        bucket_of: impl FnOnce(i128) -> Range<i128>,
        mut emit: impl FnMut(Resampled),
    ) -> Result<(), ResampleError> {
        let Range {
            start: open_ns,
            end: end_ns,
        } = span_ns;
        if end_ns <= open_ns {
            return Err(ResampleError::Empty {
                open: time(open_ns),
                found: time(end_ns),
            });
        }
        if end_ns <= self.last_end_ns {
            return Err(ResampleError::Order {
                found: time(end_ns),
                previous: time(self.last_end_ns),
            });
        }
        let bucket = match &mut self.bucket {
            Some(bucket) if bucket.start_ns <= open_ns && end_ns <= bucket.end_ns => {
                bucket.so_far.add(bar);
                bucket
            }
            _ => {
                let fresh = Bucket::new(bucket_of(open_ns), open_ns..end_ns, bar)?;
                if let Some(bucket) = self.bucket.take() {
                    emit(bucket.so_far);
                }
                self.bucket.insert(fresh)
            }
        };
        self.last_end_ns = end_ns;
        if end_ns == bucket.end_ns {
            emit(bucket.so_far);
            self.bucket = None;
        }
        Ok(())
    }

    /// Emits the unfinished bucket if it ended by `now`, for a bot whose market may pause.
    pub fn elapsed(&mut self, now: DateTime<Utc>) -> Option<Resampled> {
        let bucket = self.bucket.take_if(|bucket| bucket.so_far.end <= now)?;
        self.last_end_ns = bucket.end_ns;
        Some(bucket.so_far)
    }

    /// Emits the unfinished bucket, for the end of a file.
    #[must_use]
    pub fn finish(self) -> Option<Resampled> {
        self.bucket.map(|bucket| bucket.so_far)
    }
}

impl Bucket {
    /// Bucket over `bounds_ns` with its first bar, which lies over `span_ns`.
    fn new(bounds_ns: Range<i128>, span_ns: Range<i128>, bar: &Bar) -> Result<Self, ResampleError> {
        let boundary_ns = bounds_ns.end;
        if span_ns.end > boundary_ns {
            return Err(ResampleError::Straddles {
                found: time(span_ns.start),
                end: time(span_ns.end),
                boundary: time(boundary_ns),
            });
        }
        Ok(Self {
            start_ns: bounds_ns.start,
            end_ns: boundary_ns,
            so_far: Resampled {
                end: time(boundary_ns),
                bar: *bar,
                n_bars: 1,
            },
        })
    }
}

impl Resampled {
    fn add(&mut self, bar: &Bar) {
        let to = &mut self.bar;
        to.high = to.high.max(bar.high);
        to.low = to.low.min(bar.low);
        to.close = bar.close;
        to.volume += bar.volume;
        self.n_bars += 1;
    }
}

/// A bucket length or a bar that the resampler refuses.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResampleError {
    /// A bucket length outside its range.
    #[error(
        "bar length to resample to: found {} s, expected more than zero and at most 366 days",
        .found.as_seconds_f64()
    )]
    Length {
        /// Rejected length.
        found: TimeDelta,
    },
    /// A bar without length.
    #[error("found a bar from {open} to {found}, expected one that ends after it opens")]
    Empty {
        /// Start of the bar.
        open: DateTime<Utc>,
        /// End of the bar.
        found: DateTime<Utc>,
    },
    /// A bar that does not end after the previous bar.
    #[error(
        "found a bar ending {found}, expected one after {previous}; sort the bars and drop repeats"
    )]
    Order {
        /// End of the bar.
        found: DateTime<Utc>,
        /// End of the previous bar, or of the last emitted bucket.
        previous: DateTime<Utc>,
    },
    /// A bar that crosses the end of a bucket.
    #[error(
        "found a bar from {found} to {end}, expected one that does not cross {boundary}, the end \
         of a longer bar"
    )]
    Straddles {
        /// Start of the bar.
        found: DateTime<Utc>,
        /// End of the bar.
        end: DateTime<Utc>,
        /// End of the bucket.
        boundary: DateTime<Utc>,
    },
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "small counts, equal bits"
    )]
    use super::*;
    use proptest::prelude::*;

    fn minute(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(n)
    }

    /// A bar that differs from all others.
    fn bar(n: i64) -> Bar {
        let wave = 100.0 + ((n * 37) % 101) as f64;
        Bar {
            open: wave,
            high: wave + 2.0 + ((n * 13) % 7) as f64,
            low: wave - 2.0 - ((n * 17) % 5) as f64,
            close: wave + 1.0,
            volume: (n % 11) as f64,
        }
    }

    fn fold(length: i64, minutes: &[i64]) -> Vec<Resampled> {
        let mut resampler = Resampler::new(TimeDelta::minutes(length)).unwrap();
        let mut out = Vec::new();
        for &n in minutes {
            resampler
                .push(minute(n), minute(n + 1), &bar(n), |bucket| out.push(bucket))
                .unwrap();
        }
        out.extend(resampler.finish());
        out
    }

    /// Reference implementation that groups all bars at once.
    fn naive(length: i64, minutes: &[i64]) -> Vec<Resampled> {
        minutes
            .chunk_by(|a, b| a.div_euclid(length) == b.div_euclid(length))
            .map(|group| {
                let bars: Vec<Bar> = group.iter().map(|&n| bar(n)).collect();
                Resampled {
                    end: minute((group[0].div_euclid(length) + 1) * length),
                    bar: Bar {
                        open: bars[0].open,
                        high: bars.iter().map(|b| b.high).fold(f64::MIN, f64::max),
                        low: bars.iter().map(|b| b.low).fold(f64::MAX, f64::min),
                        close: bars[bars.len() - 1].close,
                        volume: bars.iter().map(|b| b.volume).sum(),
                    },
                    n_bars: bars.len(),
                }
            })
            .collect()
    }

    proptest! {
        #[test]
        fn resampling_bar_by_bar_equals_grouping_all_bars(
            minutes in prop::collection::btree_set(-400_i64..400, 0..300),
            length in 1_i64..90,
        ) {
            let minutes: Vec<i64> = minutes.into_iter().collect();
            prop_assert_eq!(fold(length, &minutes), naive(length, &minutes));
        }
    }

    #[test]
    fn buckets_are_emitted_after_their_end_only() {
        let mut resampler = Resampler::new(TimeDelta::minutes(5)).unwrap();
        let mut ends = Vec::new();
        let mut at = |n: i64| {
            let mut out = Vec::new();
            resampler
                .push(minute(n), minute(n + 1), &bar(n), |b| out.push(b.end))
                .unwrap();
            ends.push((n, out));
        };
        // Buckets: bar 3 is missing in the first, bar 9 ends the second, bar 14 ends the third.
        [0, 1, 2, 4, 5, 9, 14].into_iter().for_each(&mut at);
        let some = |n| vec![minute(n)];
        assert_eq!(
            ends,
            [
                (0, vec![]),
                (1, vec![]),
                (2, vec![]),
                (4, some(5)),
                (5, vec![]),
                (9, some(10)),
                (14, some(15))
            ]
        );
        assert_eq!(resampler.clone().finish(), None);
        // One bar can end two buckets: an incomplete previous bucket and its own.
        let mut both = Vec::new();
        for n in [20, 29] {
            let push = |b: Resampled| both.push((b.end, b.n_bars));
            resampler
                .push(minute(n), minute(n + 1), &bar(n), push)
                .unwrap();
        }
        assert_eq!(both, [(minute(25), 1), (minute(30), 1)]);
    }

    #[test]
    fn elapsed_time_ends_a_bucket() {
        let mut resampler = Resampler::new(TimeDelta::minutes(5)).unwrap();
        resampler
            .push(minute(1), minute(2), &bar(1), |_| panic!("not ended"))
            .unwrap();
        assert_eq!(resampler.elapsed(minute(4)), None);
        let bucket = resampler.elapsed(minute(5)).unwrap();
        assert_eq!((bucket.end, bucket.bar), (minute(5), bar(1)));
        assert_eq!(resampler.elapsed(minute(6)), None);
        // A bar of an emitted bucket is refused.
        let late = resampler.push(minute(3), minute(4), &bar(3), |_| ());
        assert_eq!(
            late,
            Err(ResampleError::Order {
                found: minute(4),
                previous: minute(5)
            })
        );
    }

    #[test]
    fn refused_bars_change_nothing() {
        let mut resampler = Resampler::new(TimeDelta::minutes(5)).unwrap();
        resampler
            .push(minute(1), minute(2), &bar(1), |_| ())
            .unwrap();
        let before = resampler.clone();
        let mut refused = |open, end| {
            let error = resampler
                .push(minute(open), minute(end), &bar(0), |_| panic!("refused"))
                .unwrap_err();
            assert_eq!(resampler, before);
            error
        };
        let (found, end, boundary) = (minute(4), minute(6), minute(5));
        assert_eq!(
            refused(4, 6),
            ResampleError::Straddles {
                found,
                end,
                boundary
            }
        );
        assert!(matches!(refused(3, 3), ResampleError::Empty { .. }));
        assert!(matches!(refused(0, 2), ResampleError::Order { .. }));
        for length in [TimeDelta::zero(), TimeDelta::days(367)] {
            let error = Resampler::new(length).unwrap_err();
            assert_eq!(error, ResampleError::Length { found: length });
        }
    }

    #[test]
    fn far_dates_and_short_lengths_keep_their_grid() {
        let mut resampler = Resampler::new(TimeDelta::milliseconds(250)).unwrap();
        let open: DateTime<Utc> = "9999-12-31T23:59:59.500000001Z".parse().unwrap();
        let end = open + TimeDelta::nanoseconds(9);
        resampler.push(open, end, &bar(0), |_| ()).unwrap();
        let expected: DateTime<Utc> = "9999-12-31T23:59:59.750Z".parse().unwrap();
        assert_eq!(resampler.finish().unwrap().end, expected);
    }
}
