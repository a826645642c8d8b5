//! Trading hours of several daily files: may the bars of a row be decided on and filled together?
//!
//! A decision falls at the latest close of its row. An order is filled at the open of the next row,
//! so no bar of that row may open before the decision. Files for which one does are refused.

use super::buckets::Buckets;
use super::calendar::bar_ends;
use super::data_file::{BarLabel, DataFile};
use super::error::{At, IngestError};
use super::fault::IngestFault;
use super::file_layout::FileLayout;
use super::parsed_file::ParsedFile;
use super::report::Stamps;
use super::session::Session;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::ops::Range;

const EXAMPLE: &str =
    "`session: (open: \"09:30\", close: \"16:00\", zone: \"America/New_York\")` beside `path`";

/// Trading hours of a file's daily bars: those of its layout or its settings, or of the `buckets`
/// into which its rows are resampled. `rows` is the kind of time stamp of the rows.
pub(super) fn session_of(
    file: &DataFile,
    layout: FileLayout,
    rows: Stamps,
    buckets: Option<Buckets>,
) -> Result<Option<Session>, IngestError> {
    let known = match (rows, buckets) {
        (Stamps::Instants, Some(buckets)) => buckets.session(),
        (Stamps::Instants, None) => None,
        (Stamps::Dates | Stamps::Midnights, _) => layout.session().or(file.session),
    };
    if known == file.session {
        return Ok(known);
    }
    let why = match (rows, buckets) {
        (Stamps::Instants, Some(_)) => "resampling decides when a bar begins and ends",
        (Stamps::Instants, None) => "the times of the file state when its bars begin",
        _ => "its layout defines it",
    };
    match file.session {
        Some(found) => {
            let known = known.map_or_else(|| "none".to_owned(), |known| known.to_string());
            let expected = format!("{known}, because {why}; leave it out");
            Err(file.refuse("session", found.to_string(), expected))
        }
        None => Ok(known),
    }
}

impl FileLayout {
    /// Trading hours of a daily bar that the layout defines: the day of UTC for crypto exchanges,
    /// Databento's `ohlcv-1d` and Dukascopy, and the regular hours of American stocks for Quandl's
    /// table of them.
    #[must_use]
    pub const fn session(self) -> Option<Session> {
        match self {
            Self::BinanceKlines
            | Self::KrakenBars
            | Self::CryptoDataDownload
            | Self::FreqtradeBars
            | Self::DatabentoBars
            | Self::Dukascopy => Some(Session::UTC_DAY),
            Self::Quandl => Some(Session::AMERICAN_STOCKS),
            _ => None,
        }
    }
}

/// Refuses several daily files if the hours of one are unknown or if dates stand for ends.
pub(super) fn refuse_unknown_hours(
    files: &[DataFile],
    parsed: &[ParsedFile],
    bar_length: TimeDelta,
) -> Result<(), IngestError> {
    let is_dated = |parsed: &ParsedFile| parsed.report.stamps != Stamps::Instants;
    let first_dated = parsed.iter().position(is_dated);
    let (Some(first), 2..) = (first_dated, files.len()) else {
        return Ok(());
    };
    for (i, (file, parsed)) in files.iter().zip(parsed).enumerate() {
        let other = &files[if i == first {
            usize::from(first == 0)
        } else {
            first
        }];
        let beside = other.path.display();
        if !is_dated(parsed) {
            let found = "daily bars whose times state when they begin".to_owned();
            let expected = format!(
                "dates, as in {beside}; make days of shorter bars with `resample_seconds: 86400` \
                 and `resample_anchor`"
            );
            return Err(file.error(IngestFault::Setting { found, expected }));
        }
        let Some(session) = parsed.report.session else {
            let expected = format!(
                "the hours of a daily bar, because {beside} is read beside it and a decision \
                 falls at the latest close; write {EXAMPLE}"
            );
            return Err(file.refuse("session", "none", expected));
        };
        if file.timestamps == BarLabel::End && parsed.report.stamps == Stamps::Midnights {
            refuse_dates_as_ends(file, parsed, session, bar_length)?;
        }
    }
    Ok(())
}

/// Hours of a file's bars where prices meet exchange rates; refuses dates whose hours are unknown.
pub(super) fn known_hours(
    file: &DataFile,
    parsed: &ParsedFile,
    bar_length: TimeDelta,
) -> Result<Vec<Range<DateTime<Utc>>>, IngestError> {
    let stamps = parsed.report.stamps;
    match parsed.report.session {
        None if stamps != Stamps::Instants => {
            let expected = format!(
                "the hours of a daily bar, because an exchange rate counts from the instant at \
                 which it is known; write {EXAMPLE}"
            );
            return Err(file.refuse("session", "none", expected));
        }
        Some(session) if file.timestamps == BarLabel::End && stamps == Stamps::Midnights => {
            refuse_dates_as_ends(file, parsed, session, bar_length)?;
        }
        _ => {}
    }
    Ok(bar_hours(parsed, bar_length))
}

/// Refuses midnights as ends unless the hours of the bars end then.
fn refuse_dates_as_ends(
    file: &DataFile,
    parsed: &ParsedFile,
    session: Session,
    bar_length: TimeDelta,
) -> Result<(), IngestError> {
    let ends_with_hours = |&end: &DateTime<Utc>| hours(session, end, bar_length, None).end == end;
    if parsed.series.timestamps.iter().all(ends_with_hours) {
        return Ok(());
    }
    let expected = format!(
        "Open, because all times are midnights, which name sessions of {session} and not their ends"
    );
    Err(file.refuse("timestamps", "End", expected))
}

/// Hours of the bar that ends at `end` in the panel, a bar length after the midnight of its first
/// date. A bar of several days ends before `next`, the date of the next bar.
pub(super) fn hours(
    session: Session,
    end: DateTime<Utc>,
    bar_length: TimeDelta,
    next: Option<NaiveDate>,
) -> Range<DateTime<Utc>> {
    let first = (end - bar_length).date_naive();
    let last = (end - TimeDelta::days(1)).date_naive();
    let before_next = next.and_then(|next| next.pred_opt()).unwrap_or(last);
    session.hours_of(first..=last.min(before_next).max(first))
}

/// Instants between which each bar of a file traded: the hours of its session, or one bar length.
pub(super) fn bar_hours(parsed: &ParsedFile, bar_length: TimeDelta) -> Vec<Range<DateTime<Utc>>> {
    let ends = bar_ends(&parsed.series.timestamps, parsed.label, bar_length);
    let is_daily = bar_length.num_days() > 0;
    let Some(session) = parsed.report.session.filter(|_| is_daily) else {
        return ends.iter().map(|&end| end - bar_length..end).collect();
    };
    let date = |&end: &DateTime<Utc>| (end - bar_length).date_naive();
    let of_bar = |t: usize| hours(session, ends[t], bar_length, ends.get(t + 1).map(date));
    (0..ends.len()).map(of_bar).collect()
}

/// Instant of the decision at each row of a panel, given by the `ends` in it: the latest end of its
/// bars.
pub(super) fn decisions(
    parsed: &[ParsedFile],
    ends: &[DateTime<Utc>],
    bar_length: TimeDelta,
) -> Vec<DateTime<Utc>> {
    let mut latest: Vec<Option<DateTime<Utc>>> = vec![None; ends.len()];
    for parsed in parsed.iter().filter(|_| !ends.is_empty()) {
        let labels = bar_ends(&parsed.series.timestamps, parsed.label, bar_length);
        let hours = bar_hours(parsed, bar_length);
        let mut bars = labels.into_iter().zip(hours).peekable();
        for (end, latest) in ends.iter().zip(&mut latest) {
            while bars.next_if(|(label, _)| label < end).is_some() {}
            if let Some((_, hours)) = bars.next_if(|(label, _)| label == end) {
                *latest = (*latest).max(Some(hours.end));
            }
        }
    }
    let of_row = |(latest, end): (Option<DateTime<Utc>>, &DateTime<Utc>)| latest.unwrap_or(*end);
    latest.into_iter().zip(ends).map(of_row).collect()
}

/// Refuses files of which a bar opens before the decision of the row before.
pub(super) fn refuse_early_fills(
    files: &[DataFile],
    parsed: &[ParsedFile],
    ends: &[DateTime<Utc>],
    bar_length: TimeDelta,
) -> Result<(), IngestError> {
    let sessions: Option<Vec<Session>> = parsed.iter().map(|p| p.report.session).collect();
    let Some(sessions) = sessions else {
        return Ok(());
    };
    if sessions.iter().all(|session| *session == sessions[0]) {
        return Ok(());
    }
    for pair in ends.windows(2) {
        let next = (pair[1] - bar_length).date_naive();
        let close = |i: usize| hours(sessions[i], pair[0], bar_length, Some(next)).end;
        let open = |i: usize| hours(sessions[i], pair[1], bar_length, None).start;
        let last = (0..files.len()).max_by_key(|&i| close(i)).unwrap_or(0);
        let decision = close(last);
        if let Some(early) = (0..files.len()).find(|&i| open(i) < decision) {
            let fault = IngestFault::EarlyFill {
                session: sessions[early],
                open: open(early),
                decision,
                last: files[last].path.clone(),
                last_session: sessions[last],
            };
            return Err(IngestError::new(
                &files[early].path,
                At::Setting("session"),
                fault,
            ));
        }
    }
    Ok(())
}
