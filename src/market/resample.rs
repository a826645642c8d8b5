//! Bars of one length into bars of a longer one, as they come.

use super::Bar;
use super::instant::{instant_ns, length_ns, time};
use chrono::{DateTime, TimeDelta, Utc};

/// Folds the bars of one asset into longer ones, one at a time: a file of any length needs the
/// memory of one bar, and a bot that is fed one-minute bars gets the hourly bars its policy was
/// trained on.
///
/// A bucket is `[k · length, (k + 1) · length)`, k whole, counted from 1970-01-01T00:00:00Z: hours
/// and days start where clocks in UTC have them, weeks on a Thursday. Its bar has the first open,
/// the highest high, the lowest low, the last close and the sum of the volumes of the bars in it,
/// and ends where the bucket ends. A bucket without a bar is absent: nothing is filled in. A bucket
/// with some of its bars is made of those: a market that was closed for a part of it and a feed
/// that began or broke off within it look alike; [`Resampled::n_bars`] tells how many there were.
///
/// Nothing looks ahead: a bar must lie within one bucket, and a bucket's bar is handed out when its
/// bucket has ended and not before.
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
    /// Where the bucket ends.
    pub end: DateTime<Utc>,
    /// What happened in it.
    pub bar: Bar,
    /// How many bars it is made of, at least one.
    pub n_bars: usize,
}

/// The bucket that bars are folded into.
#[derive(Debug, Clone, PartialEq)]
struct Bucket {
    start_ns: i128,
    end_ns: i128,
    so_far: Resampled,
}

impl Resampler {
    /// Longest bucket.
    const LONGEST: TimeDelta = TimeDelta::days(366);

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

    /// Takes the bar over `[open, end]`, which must pass [`Bar::check`], and hands out what it
    /// completes: the bucket before, where that one lacked its last bar, and then its own, where it
    /// is the last one in it.
    ///
    /// # Errors
    /// [`ResampleError`] for a bar that has no length, that does not end after the one before, or
    /// that lies in two buckets; it is not taken.
    pub fn push(
        &mut self,
        open: DateTime<Utc>,
        end: DateTime<Utc>,
        bar: &Bar,
        emit: impl FnMut(Resampled),
    ) -> Result<(), ResampleError> {
        self.push_ns(instant_ns(open), instant_ns(end), bar, emit)
    }

    /// [`Resampler::push`] of instants in nanoseconds since 1970.
    #[inline]
    pub(crate) fn push_ns(
        &mut self,
        open_ns: i128,
        end_ns: i128,
        bar: &Bar,
        mut emit: impl FnMut(Resampled),
    ) -> Result<(), ResampleError> {
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
                let fresh = self.bucket_of(open_ns, end_ns, bar)?;
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

    /// Hands out the bucket whose end has come without its last bar, at the time `now`; nothing
    /// where that is still ahead. A bot asks this where its market may stand still.
    pub fn elapsed(&mut self, now: DateTime<Utc>) -> Option<Resampled> {
        let bucket = self.bucket.take_if(|bucket| bucket.so_far.end <= now)?;
        self.last_end_ns = bucket.end_ns;
        Some(bucket.so_far)
    }

    /// The bucket that lacks its last bar, at the end of a file.
    #[must_use]
    pub fn finish(self) -> Option<Resampled> {
        self.bucket.map(|bucket| bucket.so_far)
    }

    /// The bucket that the bar lies in, with that bar alone.
    fn bucket_of(&self, open_ns: i128, end_ns: i128, bar: &Bar) -> Result<Bucket, ResampleError> {
        let start_ns = open_ns - open_ns.rem_euclid(self.length_ns);
        let boundary_ns = start_ns + self.length_ns;
        if end_ns > boundary_ns {
            return Err(ResampleError::Straddles {
                found: time(open_ns),
                end: time(end_ns),
                boundary: time(boundary_ns),
            });
        }
        Ok(Bucket {
            start_ns,
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
        if bar.high > to.high {
            to.high = bar.high;
        }
        if bar.low < to.low {
            to.low = bar.low;
        }
        to.close = bar.close;
        to.volume += bar.volume;
        self.n_bars += 1;
    }
}

/// Bars that cannot be resampled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ResampleError {
    /// A length that no bucket has.
    #[error("bar length to resample to: found {} s, expected more than zero and at most 366 days", .found.as_seconds_f64())]
    Length {
        /// What was given.
        found: TimeDelta,
    },
    /// A bar without length.
    #[error("found a bar from {open} to {found}, expected one that ends after it opens")]
    Empty {
        /// Where it opens.
        open: DateTime<Utc>,
        /// Where it ends.
        found: DateTime<Utc>,
    },
    /// A bar that is not after the one before.
    #[error(
        "found a bar ending {found}, expected one after {previous}; sort the bars and drop repeats"
    )]
    Order {
        /// End of the bar.
        found: DateTime<Utc>,
        /// End of the bar before, or of the bucket that was handed out.
        previous: DateTime<Utc>,
    },
    /// A bar in two buckets: its close is of the second, its open of the first.
    #[error(
        "found a bar from {found} to {end}, expected one that does not cross {boundary}, where one of the longer bars ends and the next begins"
    )]
    Straddles {
        /// Where the bar opens.
        found: DateTime<Utc>,
        /// Where it ends.
        end: DateTime<Utc>,
        /// The border between.
        boundary: DateTime<Utc>,
    },
}

#[cfg(test)]
#[allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "small counts; what is folded is copied, compared or summed in the same order"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minute(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(n)
    }

    /// A bar that can be told from all others.
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

    /// The same by grouping, with all bars at hand.
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
        fn folding_is_grouping(
            minutes in prop::collection::btree_set(-400_i64..400, 0..300),
            length in 1_i64..90,
        ) {
            let minutes: Vec<i64> = minutes.into_iter().collect();
            prop_assert_eq!(fold(length, &minutes), naive(length, &minutes));
        }
    }

    #[test]
    fn a_bucket_is_handed_out_when_it_has_ended_and_not_before() {
        let mut resampler = Resampler::new(TimeDelta::minutes(5)).unwrap();
        let mut ends = Vec::new();
        let mut at = |n: i64| {
            let mut out = Vec::new();
            resampler
                .push(minute(n), minute(n + 1), &bar(n), |b| out.push(b.end))
                .unwrap();
            ends.push((n, out));
        };
        // 3 lacks from the first bucket, 9 ends the second, 10 to 13 lack, 14 begins and ends the
        // third.
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
        // One bar can end two buckets: the one before, which lacked its last bars, and its own.
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
    fn time_alone_ends_a_bucket_too() {
        let mut resampler = Resampler::new(TimeDelta::minutes(5)).unwrap();
        resampler
            .push(minute(1), minute(2), &bar(1), |_| panic!("not ended"))
            .unwrap();
        assert_eq!(resampler.elapsed(minute(4)), None);
        let bucket = resampler.elapsed(minute(5)).unwrap();
        assert_eq!((bucket.end, bucket.bar), (minute(5), bar(1)));
        assert_eq!(resampler.elapsed(minute(6)), None);
        // What was handed out does not change afterwards.
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
    fn bars_that_do_not_fit_are_refused_and_leave_no_trace() {
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
