//! Each layout on synthetic rows with the peculiarities of its source.

pub(in crate::ingest) mod columnar;
mod crypto;
mod documented;
mod files;
mod forex;
mod mutations;
mod refusals;
mod stocks;
mod ticks;

use crate::ingest::{
    BarFields, BarLabel, Calendar, Compression, DataFile, EpochRows, FileLayout, FileReport, Gaps,
    IngestError, IngestFault, Ingested, Note, PriceBasis, VolumeField, read_panel,
};
use crate::market::{Bar, Panel};
use polars::prelude::{
    Column, CompatLevel, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series,
    TimeUnit, TimeZone,
};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions};
use std::io::Write as _;
use tempfile::TempDir;

/// Settings of a reader.
#[derive(Default)]
struct Given {
    layout: Option<FileLayout>,
    utc_offset_minutes: Option<i32>,
    time_zone: Option<&'static str>,
    instrument: Option<&'static str>,
    resample_seconds: Option<u32>,
    gaps: Gaps,
}

fn try_read(bytes: &[u8], given: &Given) -> Result<Ingested, IngestError> {
    let folder = TempDir::new().unwrap();
    // The file name does not show the layout.
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).unwrap();
    let file = DataFile {
        layout: given.layout,
        utc_offset_minutes: given.utc_offset_minutes,
        time_zone: given.time_zone.map(str::to_owned),
        instrument: given.instrument.map(str::to_owned),
        resample_seconds: given.resample_seconds,
        gaps: given.gaps,
        ..DataFile::new("X", path, BarLabel::Open)
    };
    read_panel(&[file], Calendar::Refuse, None)
}

#[track_caller]
fn read_given(text: &str, given: &Given) -> (Panel, FileReport) {
    let Ingested { panel, mut report } = try_read(text.as_bytes(), given).unwrap();
    (panel, report.files.remove(0))
}

#[track_caller]
fn read(text: &str) -> (Panel, FileReport) {
    read_given(text, &Given::default())
}

fn ahead(minutes: i32) -> Given {
    Given {
        utc_offset_minutes: Some(minutes),
        ..Given::default()
    }
}

fn every(seconds: u32) -> Given {
    Given {
        resample_seconds: Some(seconds),
        ..Given::default()
    }
}

/// Asserts bar ends and bars, oldest first: `(end, [open, high, low, close, volume])`.
#[track_caller]
fn assert_bars(panel: &Panel, expected: &[(&str, [f64; 5])]) {
    let found: Vec<(String, Bar)> = (0..panel.n_bars())
        .map(|t| {
            let end = panel.timestamps()[t]
                .format("%Y-%m-%dT%H:%M:%S%.f")
                .to_string();
            (end, panel.row(t)[0])
        })
        .collect();
    let expected: Vec<(String, Bar)> = expected
        .iter()
        .map(|(end, [open, high, low, close, volume])| {
            let bar = Bar {
                open: *open,
                high: *high,
                low: *low,
                close: *close,
                volume: *volume,
            };
            ((*end).to_owned(), bar)
        })
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn assert_says(error: &IngestError, parts: &[&str]) {
    let message = error.to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[track_caller]
fn complaint(text: &str, given: &Given, parts: &[&str]) {
    assert_says(&try_read(text.as_bytes(), given).unwrap_err(), parts);
}

const YAHOO: &str = "Date,Open,High,Low,Close,Adj Close,Volume\n\
    2021-03-01,100,104,96,102,51,500\n\
    2021-03-02,null,null,null,null,null,null\n\
    2021-03-03,51,53,50,52,52,900\n\
    2021-03-04,52,54,51,53,53,800\n";
