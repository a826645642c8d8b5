//! One file, read once and parsed: its rows checked, adjusted and resampled.

use super::bar_columns::{BarColumns, check_order, usable};
use super::columns::Columns;
use super::data_file::{BarLabel, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::file_layout::RowKind;
use super::hashed_file::{HashedFile, sha256_of};
use super::longer_bars::LongerBars;
use super::note::Note;
use super::parsed_file::{BarSeries, Contents, FaultyRowPolicy, FaultyRows, Front, ParsedFile};
use super::parts::files_of;
use super::place::Place;
use super::report::{Adjustment, BarFields, PriceBasis, ResampleReport, VolumeField};
use super::source::Source;
use super::tally::Tally;
use super::tick_bars::TickBars;
use crate::market::instant::time;
use chrono::TimeDelta;
use std::thread;

/// Reads a file once, many rows at a time: the bytes that are parsed are the bytes that are hashed.
/// A wrong checksum is reported before any other fault.
pub(super) fn parse(file: &DataFile, policy: FaultyRowPolicy) -> Result<ParsedFile, IngestError> {
    let mut parser = Ok(FileParser {
        faults: match policy {
            FaultyRowPolicy::Refuse => None,
            FaultyRowPolicy::LeaveOut => Some(Vec::new()),
        },
        ..FileParser::default()
    });
    let mut digests = Vec::new();
    for path in files_of(&file.path)? {
        let part = DataFile {
            path,
            ..file.clone()
        };
        let mut hashed = HashedFile::open(&part.path)?;
        parser = parser.and_then(|parser| parser.part(&part, &mut hashed));
        if parser.is_err() && file.sha256.is_none() {
            break;
        }
        digests.push(hashed.sha256()?);
    }
    let sha256 = digest_of(&digests);
    if let Some(expected) = &file.sha256
        && !expected.eq_ignore_ascii_case(&sha256)
    {
        return Err(file.error(IngestFault::Sha256 {
            found: sha256,
            expected: expected.clone(),
        }));
    }
    parser?.finish(file, sha256)
}

/// The digest of one file; for several files, the digest of their digests, one per line.
fn digest_of(digests: &[String]) -> String {
    match digests {
        [digest] => digest.clone(),
        several => sha256_of(several.join("\n").as_bytes()),
    }
}

/// State of a file that is being parsed.
#[derive(Default)]
struct FileParser {
    bars: Option<Bars>,
    last_ns: Option<i128>,
    n_rows: usize,
    tally: Tally,
    notes: Vec<Note>,
    /// What the first part shows; the others must show the same.
    front: Option<(Front, Contents)>,
    adjustment: Option<Adjustment>,
    /// Rows that cannot be used, where they are counted.
    faults: Option<Vec<FaultyRows>>,
}

/// Bars so far.
enum Bars {
    /// The rows, with their labels.
    Rows(BarSeries),
    Longer(Box<LongerBars>),
    OfTicks(TickBars),
}

impl FileParser {
    /// Parses a part of the file, all but its checksum.
    fn part(mut self, file: &DataFile, hashed: &mut HashedFile) -> Result<Self, IngestError> {
        let mut source = Source::open(file, hashed)?;
        let contents = contents(&source)?;
        let (kind, place) = (source.front.kind, source.place.clone());
        for note in std::mem::take(&mut source.notes) {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        match &self.front {
            Some((first, alike)) if first.layout != source.front.layout || *alike != contents => {
                return Err(file.error(IngestFault::Parts {
                    found: source.front.evidence,
                    expected: first.evidence.clone(),
                }));
            }
            Some(_) => {}
            None => self.front = Some((source.front.clone(), contents)),
        }
        thread::scope(|scope| {
            for columns in source.rows(scope)? {
                self.add(file, kind, &place, &columns?)?;
            }
            Ok(self)
        })
    }

    fn add(
        &mut self,
        file: &DataFile,
        kind: RowKind,
        place: &Place,
        columns: &Columns,
    ) -> Result<(), IngestError> {
        if let (Some(expected), Some(found)) = (&self.tally.instrument, &columns.tally.instrument)
            && expected != found
        {
            let fault = IngestFault::Instruments {
                found: found.clone(),
                expected: expected.clone(),
            };
            return Err(place.in_row(columns.row(0), fault));
        }
        self.tally.add(&columns.tally);
        self.n_rows += columns.timestamps.len();
        let usable_rows = match &mut self.faults {
            Some(faults) if kind == RowKind::Bar => {
                Some(usable(place, self.last_ns, columns, faults))
            }
            _ => None,
        };
        let columns = usable_rows.as_ref().unwrap_or(columns);
        if columns.timestamps.is_empty() {
            return Ok(());
        }
        if kind == RowKind::Bar {
            self.last_ns = check_order(place, self.last_ns, columns)?;
            self.follow_adjustment(columns);
        }
        let bars = match &mut self.bars {
            Some(bars) => bars,
            none => none.insert(Bars::new(file, kind, &columns.timestamps)?),
        };
        bars.push_all(place, columns, &mut self.tally)
    }

    /// Follows the factor from raw to adjusted prices, where the file has adjusted closes.
    fn follow_adjustment(&mut self, columns: &Columns) {
        let (Some(close), Some(adjusted)) = (columns.number("close"), columns.number("adj_close"))
        else {
            return;
        };
        for (k, (close, adjusted)) in close.iter().zip(adjusted).enumerate() {
            let factor = adjusted / close;
            self.adjustment
                .get_or_insert(Adjustment::new(factor))
                .push(factor, || time(columns.timestamps[k]));
        }
    }

    fn finish(mut self, file: &DataFile, sha256: String) -> Result<ParsedFile, IngestError> {
        let (Some(bars), Some((front, contents))) = (self.bars, self.front) else {
            return Err(file.error(IngestFault::Empty));
        };
        let (series, resampled) = bars.finish()?;
        self.notes.extend(self.tally.notes());
        let length = file.resample_seconds;
        Ok(ParsedFile {
            series,
            label: length.map_or(file.timestamps, |_| BarLabel::End),
            n_rows: self.n_rows + self.tally.n_dropped(),
            sha256,
            instrument: self.tally.instrument,
            layout: front.layout,
            evidence: front.evidence,
            notes: self.notes,
            contents,
            resampled,
            adjustment: self.adjustment,
            faults: self.faults.unwrap_or_default(),
            bar_length: length.map(|seconds| TimeDelta::seconds(i64::from(seconds))),
        })
    }
}

impl Bars {
    /// `first_ns` are the first timestamps of the file. Unit: nanoseconds since 1970.
    fn new(file: &DataFile, kind: RowKind, first_ns: &[i128]) -> Result<Self, IngestError> {
        match (kind, file.resample_seconds) {
            (RowKind::Trade | RowKind::Quote, _) => TickBars::new(file).map(Self::OfTicks),
            (RowKind::Bar, None) => Ok(Self::Rows(BarSeries::default())),
            (RowKind::Bar, Some(seconds)) => {
                let longer = LongerBars::new(file, seconds, first_ns)?;
                Ok(Self::Longer(Box::new(longer)))
            }
        }
    }

    /// Adds checked rows in order.
    fn push_all(
        &mut self,
        place: &Place,
        columns: &Columns,
        tally: &mut Tally,
    ) -> Result<(), IngestError> {
        if let Self::OfTicks(ticks) = self {
            return ticks.push_all(place, columns, tally);
        }
        let bars = BarColumns::of(columns);
        for (k, &timestamp_ns) in columns.timestamps.iter().enumerate() {
            let i = columns.row(k);
            let bar = bars
                .bar(k)
                .map_err(|error| place.in_row(i, IngestFault::Bar(error)))?;
            match self {
                Self::Longer(longer) => longer.push(timestamp_ns, &bar, place, i)?,
                Self::Rows(series) => series.push(time(timestamp_ns), bar),
                Self::OfTicks(_) => {}
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(BarSeries, Option<ResampleReport>), IngestError> {
        match self {
            Self::Rows(series) => Ok((series, None)),
            Self::Longer(longer) => longer
                .finish()
                .map(|(series, report)| (series, Some(report))),
            Self::OfTicks(ticks) => {
                let (series, report) = ticks.finish();
                Ok((series, Some(report)))
            }
        }
    }
}

/// Prices and volumes that a file has. Open, high and low must be there together.
fn contents(source: &Source<'_>) -> Result<Contents, IngestError> {
    const RANGE: [&str; 3] = ["open", "high", "low"];
    let fields = match source.front.kind {
        RowKind::Quote => BarFields::Quotes,
        RowKind::Trade => BarFields::Trades,
        RowKind::Bar => {
            if RANGE.iter().any(|&column| source.has(column)) {
                for column in RANGE {
                    source.need(column)?;
                }
                BarFields::OpenHighLowClose
            } else {
                BarFields::CloseOnly
            }
        }
    };
    Ok(Contents {
        prices: if source.has("adj_close") {
            PriceBasis::Adjusted
        } else {
            PriceBasis::Raw
        },
        fields,
        volume: if source.has("volume") || source.has("size") {
            VolumeField::Present
        } else {
            VolumeField::Absent
        },
    })
}
