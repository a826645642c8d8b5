//! Training, validation and test spans.

use super::Panel;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Range};

/// Longest time without bars, at the start and the end of a panel, that a span may include, but at
/// most a fifth of the span: markets close up to ten days in a row.
const HOLIDAYS: TimeDelta = TimeDelta::days(10);

/// Three consecutive spans of dates, and the embargo between them.
///
/// [`Spans::rows`] converts the dates to rows of a panel. A bar belongs to a span only if it lies
/// **wholly** within the span. The `embargo_bars` rows after a span belong to no span.
///
/// ```
/// # use shockproof::market::{DateSpan, Spans};
/// let train = DateSpan { from: "2015-01-01".parse()?, to: "2019-12-31".parse()? };
/// let validation = DateSpan { from: "2020-01-01".parse()?, to: "2020-12-31".parse()? };
/// let test = DateSpan { from: "2021-01-01".parse()?, to: "2022-12-31".parse()? };
/// Spans { train, validation, test, embargo_bars: 5 }.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Spans {
    /// Dates of training: policies and normalizers are fitted here.
    pub train: DateSpan,
    /// Dates of validation: policies and settings are chosen here.
    pub validation: DateSpan,
    /// Dates of the test: results are reported here.
    pub test: DateSpan,
    /// Number of rows left out between neighboring spans, including rows that lie between their
    /// dates. Unit: bars. Range: [0, ∞). Default: 0.
    #[serde(default)]
    pub embargo_bars: usize,
}

/// Days from `from` to `to` in UTC, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct DateSpan {
    /// First day. Unit: YYYY-MM-DD.
    pub from: NaiveDate,
    /// Last day. Unit: YYYY-MM-DD.
    pub to: NaiveDate,
}

/// Rows of the three spans in a panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PanelSpans {
    /// Training rows.
    pub train: SpanRows,
    /// Validation rows.
    pub validation: SpanRows,
    /// Test rows.
    pub test: SpanRows,
}

/// Rows of one span in a panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpanRows {
    /// Rows for decisions and trades, without embargo and warm-up; at least two.
    pub rows: Range<usize>,
    /// Number of rows cut off by the embargo.
    pub n_embargoed: usize,
    /// Number of rows cut off because the panel has too little history before them.
    pub n_warm_up: usize,
}

/// Name of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanName {
    /// [`Spans::train`].
    Train,
    /// [`Spans::validation`].
    Validation,
    /// [`Spans::test`].
    Test,
}

impl Spans {
    /// Rows of `panel` in each span. A decision needs `warm_up` earlier rows, also before the span.
    ///
    /// # Errors
    /// [`SpanError`] for a span that ends before it starts, overlaps the previous span, has no bar
    /// in the panel, reaches beyond the panel, or keeps fewer than two rows (decision and trade)
    /// after embargo and warm-up.
    pub fn rows(&self, panel: &Panel, warm_up: usize) -> Result<PanelSpans, SpanError> {
        self.check()?;
        let cut = |name, span: &DateSpan, free_from: usize| -> Result<SpanRows, SpanError> {
            let within = span.rows_within(panel);
            let first = panel.timestamps()[0] - panel.bar_length();
            let last = panel.timestamps()[panel.n_bars() - 1];
            if within.is_empty() {
                return Err(SpanError::Empty {
                    name,
                    span: *span,
                    first,
                    last,
                });
            }
            let bounds = span.bounds();
            let length = bounds.end - bounds.start;
            let holidays = HOLIDAYS.min(length / 5).max(panel.bar_length());
            if bounds.start + holidays < first || last + holidays < bounds.end {
                return Err(SpanError::Beyond {
                    name,
                    span: *span,
                    first,
                    last,
                });
            }
            let past_embargo = within.start.max(free_from).min(within.end);
            let start = past_embargo.max(warm_up).min(within.end);
            let found = SpanRows {
                n_embargoed: past_embargo - within.start,
                n_warm_up: start - past_embargo,
                rows: start..within.end,
            };
            if found.rows.len() < 2 {
                return Err(SpanError::TooShort {
                    name,
                    span: *span,
                    n_bars: within.len(),
                    n_embargoed: found.n_embargoed,
                    n_warm_up: found.n_warm_up,
                    warm_up,
                });
            }
            Ok(found)
        };
        let train = cut(SpanName::Train, &self.train, 0)?;
        let free_from = train.rows.end.saturating_add(self.embargo_bars);
        let validation = cut(SpanName::Validation, &self.validation, free_from)?;
        let free_from = validation.rows.end.saturating_add(self.embargo_bars);
        let test = cut(SpanName::Test, &self.test, free_from)?;
        Ok(PanelSpans {
            train,
            validation,
            test,
        })
    }

    /// Checks the order of the dates.
    ///
    /// # Errors
    /// [`SpanError::Reversed`] and [`SpanError::Overlap`].
    pub fn check(&self) -> Result<(), SpanError> {
        let spans = [
            (SpanName::Train, self.train),
            (SpanName::Validation, self.validation),
            (SpanName::Test, self.test),
        ];
        for (name, span) in spans {
            if span.to < span.from {
                return Err(SpanError::Reversed { name, span });
            }
        }
        for pair in spans.windows(2) {
            if pair[1].1.from <= pair[0].1.to {
                return Err(SpanError::Overlap {
                    name: pair[1].0,
                    span: pair[1].1,
                    earlier_name: pair[0].0,
                    earlier: pair[0].1,
                });
            }
        }
        Ok(())
    }
}

impl DateSpan {
    /// Rows of `panel` whose bars lie wholly within the span.
    #[must_use]
    pub fn rows_within(&self, panel: &Panel) -> Range<usize> {
        let bounds = self.bounds();
        let ends = panel.timestamps();
        let start = ends.partition_point(|&end| end - panel.bar_length() < bounds.start);
        start..ends.partition_point(|&end| end <= bounds.end).max(start)
    }

    /// Midnights in UTC at which the span begins and ends.
    fn bounds(self) -> Range<DateTime<Utc>> {
        let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
        let after = self.to.checked_add_days(Days::new(1));
        midnight(self.from)..after.map_or(DateTime::<Utc>::MAX_UTC, midnight)
    }
}

impl fmt::Display for DateSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from, self.to)
    }
}

impl fmt::Display for SpanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// Invalid spans.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpanError {
    /// A span whose last day is before its first day.
    #[error("span {name}: found {span}, expected `to` on or after `from`")]
    Reversed {
        /// Name of the span.
        name: SpanName,
        /// Dates of the span.
        span: DateSpan,
    },
    /// A span that starts before the previous span has ended.
    #[error(
        "span {name}: found {span}, expected a start after span {earlier_name} ({earlier}); spans \
         must not overlap and follow each other in time"
    )]
    Overlap {
        /// Name of the span.
        name: SpanName,
        /// Dates of the span.
        span: DateSpan,
        /// Name of the previous span.
        earlier_name: SpanName,
        /// Dates of the previous span.
        earlier: DateSpan,
    },
    /// A span without bars of the panel.
    #[error(
        "span {name}: found no bar within {span}, expected dates between {first} and {last}, where \
         the panel has its bars"
    )]
    Empty {
        /// Name of the span.
        name: SpanName,
        /// Dates of the span.
        span: DateSpan,
        /// Start of the first bar.
        first: DateTime<Utc>,
        /// End of the last bar.
        last: DateTime<Utc>,
    },
    /// A span that begins long before the first bar or ends long after the last.
    #[error(
        "span {name}: found {span}, expected dates between {first} and {last}, where the panel has \
         its bars, or at most a fifth of the span and 10 days beyond, as holidays cause; shorten \
         the span, or give prices for all of it"
    )]
    Beyond {
        /// Name of the span.
        name: SpanName,
        /// Dates of the span.
        span: DateSpan,
        /// Start of the first bar.
        first: DateTime<Utc>,
        /// End of the last bar.
        last: DateTime<Utc>,
    },
    /// A span with too few bars.
    #[error(
        "span {name} ({span}): found {n_bars} bars, of which {n_embargoed} fall to the embargo and \
         {n_warm_up} to the warm-up of {warm_up} bars, expected at least 2 to be left; lengthen \
         the span, or shorten the features' windows or the embargo"
    )]
    TooShort {
        /// Name of the span.
        name: SpanName,
        /// Dates of the span.
        span: DateSpan,
        /// Number of bars within the span.
        n_bars: usize,
        /// Number of bars cut off by the embargo.
        n_embargoed: usize,
        /// Number of bars cut off by the warm-up.
        n_warm_up: usize,
        /// Number of earlier bars that a decision needs.
        warm_up: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Bar;
    use proptest::prelude::*;

    fn panel(n: i64, bar_length: TimeDelta) -> Panel {
        let first = "2020-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let ends: Vec<_> = (1..=n)
            .map(|i| first + bar_length * i32::try_from(i).unwrap())
            .collect();
        let bar = Bar {
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 0.0,
        };
        Panel::new(
            vec!["A".to_owned()],
            ends.clone(),
            vec![bar; ends.len()],
            bar_length,
        )
        .unwrap()
    }

    fn span(from: u32, to: u32) -> DateSpan {
        let date =
            |day: u32| NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + Days::new(u64::from(day) - 1);
        DateSpan {
            from: date(from),
            to: date(to),
        }
    }

    fn spans(
        train: (u32, u32),
        validation: (u32, u32),
        test: (u32, u32),
        embargo_bars: usize,
    ) -> Spans {
        let span = |(from, to)| span(from, to);
        Spans {
            train: span(train),
            validation: span(validation),
            test: span(test),
            embargo_bars,
        }
    }

    #[test]
    fn both_days_are_included_for_daily_and_hourly_bars() {
        // Row 0 of the daily panel is the bar of January 1, which ends on January 2 at midnight.
        assert_eq!(span(1, 3).rows_within(&panel(10, TimeDelta::days(1))), 0..3);
        assert_eq!(span(4, 4).rows_within(&panel(10, TimeDelta::days(1))), 3..4);
        assert_eq!(
            span(2, 3).rows_within(&panel(240, TimeDelta::hours(1))),
            24..72
        );
        assert_eq!(
            span(9, 40).rows_within(&panel(10, TimeDelta::days(1))),
            8..10
        );
        // Only two-day bars wholly within a span count: 2..=6 holds the bars of days 3-4 and 5-6.
        assert_eq!(span(2, 6).rows_within(&panel(10, TimeDelta::days(2))), 1..3);
    }

    #[test]
    fn embargo_and_warm_up_are_cut_and_counted() {
        let panel = panel(30, TimeDelta::days(1));
        let rows = spans((1, 10), (11, 20), (24, 30), 2)
            .rows(&panel, 4)
            .unwrap();
        assert_eq!(
            rows.train,
            SpanRows {
                rows: 4..10,
                n_embargoed: 0,
                n_warm_up: 4
            }
        );
        assert_eq!(
            rows.validation,
            SpanRows {
                rows: 12..20,
                n_embargoed: 2,
                n_warm_up: 0
            }
        );
        // The three rows between the dates exceed the embargo, which cuts no further rows.
        assert_eq!(
            rows.test,
            SpanRows {
                rows: 23..30,
                n_embargoed: 0,
                n_warm_up: 0
            }
        );
    }

    #[test]
    fn invalid_spans_are_refused_by_name() {
        let panel = panel(30, TimeDelta::days(1));
        let error = |spans: Spans, warm_up| spans.rows(&panel, warm_up).unwrap_err().to_string();
        let says = |message: String, parts: &[&str]| {
            for part in parts {
                assert!(message.contains(part), "{part:?} is not in {message:?}");
            }
        };
        says(
            error(spans((1, 10), (10, 20), (21, 30), 0), 0),
            &["span validation: found 2020-01-10", "after span train"],
        );
        says(
            error(spans((1, 10), (11, 20), (5, 9), 0), 0),
            &["span test", "after span validation"],
        );
        says(
            error(spans((10, 1), (11, 20), (21, 30), 0), 0),
            &["span train: found 2020-01-10 to 2020-01-01"],
        );
        says(
            error(spans((1, 10), (11, 20), (40, 50), 0), 0),
            &["span test: found no bar within 2020-02-09", "2020-01-31"],
        );
        says(
            error(spans((1, 10), (11, 20), (21, 30), 0), 9),
            &["span train", "found 10 bars", "9 to the warm-up of 9"],
        );
        says(
            error(spans((1, 10), (11, 20), (21, 30), 9), 0),
            &["span validation", "9 fall to the embargo"],
        );
        says(
            error(spans((1, 10), (11, 20), (21, 30), 900), 0),
            &["10 fall to the embargo"],
        );
        says(
            error(spans((1, 10), (11, 20), (21, 30), usize::MAX), 0),
            &["span validation", "10 fall to the embargo"],
        );
        assert!(
            spans((1, 10), (11, 20), (21, 30), 8)
                .rows(&panel, 8)
                .is_ok()
        );
    }

    /// The panel has bars from 2020-01-01 to 2020-01-30.
    #[test]
    fn spans_beyond_the_panel_are_refused() {
        let panel = panel(30, TimeDelta::days(1));
        let rows = |spans: Spans| spans.rows(&panel, 0);
        let early = |n_days: u64| {
            let mut spans = spans((1, 10), (11, 20), (21, 30), 0);
            spans.train.from = spans.train.from - Days::new(n_days);
            spans
        };
        assert_eq!(rows(early(10)), rows(early(0)));
        let error = rows(early(11)).unwrap_err().to_string();
        for part in [
            "span train: found 2019-12-21",
            "2020-01-01 00:00:00",
            "shorten the span",
        ] {
            assert!(error.contains(part), "{part:?} is not in {error:?}");
        }
        assert!(rows(spans((1, 10), (11, 20), (21, 40), 0)).is_ok());
        let error = rows(spans((1, 10), (11, 20), (21, 41), 0)).unwrap_err();
        let SpanError::Beyond { name, last, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((name, last), (SpanName::Test, panel.timestamps()[29]));
        // A bar of sixty days may begin up to sixty days after a span.
        let long = self::panel(9, TimeDelta::days(60));
        let mut spans = spans((1, 120), (121, 240), (241, 360), 0);
        spans.train.from = spans.train.from - Days::new(59);
        assert!(spans.rows(&long, 0).is_ok());
    }

    #[test]
    fn dates_are_read_as_written_in_files() {
        let read: DateSpan =
            serde_json::from_str(r#"{"from": "2020-01-01", "to": "2020-01-03"}"#).unwrap();
        assert_eq!(read, span(1, 3));
        let unknown = r#"{"from": "2020-01-01", "until": "2020-01-03"}"#;
        assert!(
            serde_json::from_str::<DateSpan>(unknown)
                .unwrap_err()
                .to_string()
                .contains("until")
        );
    }

    proptest! {
        #[test]
        fn spans_are_disjoint_and_respect_the_embargo(
            cuts in prop::collection::btree_set(1_u32..60, 6),
            hours in 1_i64..60,
            embargo in 0_usize..5,
            warm_up in 0_usize..9,
        ) {
            let cuts: Vec<u32> = cuts.into_iter().collect();
            let spans = spans((cuts[0], cuts[1]), (cuts[2], cuts[3]), (cuts[4], cuts[5]), embargo);
            let panel = panel(60 * 24 / hours, TimeDelta::hours(hours));
            if let Ok(rows) = spans.rows(&panel, warm_up) {
                prop_assert!(warm_up <= rows.train.rows.start);
                prop_assert!(rows.train.rows.end + embargo <= rows.validation.rows.start);
                prop_assert!(rows.validation.rows.end + embargo <= rows.test.rows.start);
                for span in [&rows.train, &rows.validation, &rows.test] {
                    prop_assert!(span.rows.len() >= 2);
                }
            }
        }
    }
}
