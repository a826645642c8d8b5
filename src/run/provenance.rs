//! Origin of prices, and checksums that identify them.

use crate::{
    agent::PolicyFile,
    eval::{Ledger, Met, TrainingOverlap},
    ingest::{IngestReport, hexadecimal},
    market::Panel,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Origin of prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Read from files.
    Read(IngestReport),
    /// Drawn from a law.
    Drawn(Drawn),
}

/// Law from which a panel was drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drawn {
    /// Kind of market and models of its assets.
    pub law: String,
    /// Seed of the prices.
    pub seed: u64,
    /// sha256 of the panel as drawn, without the crashes that the env replays.
    pub sha256: String,
    /// Report on the files that the panel was resampled from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<IngestReport>,
}

impl Provenance {
    /// Report on the files of the prices, or of the history that they were resampled from.
    #[must_use]
    pub const fn ingest(&self) -> Option<&IngestReport> {
        match self {
            Self::Read(report) => Some(report),
            Self::Drawn(drawn) => drawn.history.as_ref(),
        }
    }

    /// Law of the prices, if they were drawn.
    #[must_use]
    pub const fn drawn(&self) -> Option<&Drawn> {
        match self {
            Self::Read(_) => None,
            Self::Drawn(drawn) => Some(drawn),
        }
    }

    /// sha256 of each price file and each file of exchange rates, by file name, and of a drawn
    /// panel, by law and seed.
    #[must_use]
    pub fn data_sha256(&self) -> BTreeMap<String, String> {
        let files = self.ingest().into_iter().flat_map(|report| &report.files);
        let of_files = files.flat_map(|file| {
            let rates = file
                .conversion
                .iter()
                .map(|rates| (&rates.path, &rates.sha256));
            std::iter::once((&file.path, &file.sha256)).chain(rates)
        });
        let of_files = of_files.map(|(path, sha256)| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            (name.to_string_lossy().into_owned(), sha256.clone())
        });
        let of_panel = self.drawn().map(|drawn| {
            let name = format!("{} with seed {}", drawn.law, drawn.seed);
            (name, drawn.sha256.clone())
        });
        of_files.chain(of_panel).collect()
    }

    /// Overlap of the bars in `played` with the training span of `policy`, if any.
    pub(super) fn overlap(&self, policy: &PolicyFile, played: &Ledger) -> Option<TrainingOverlap> {
        let header = &policy.header;
        let span = header.training_span?;
        let met = self.shared_with(&header.data_sha256)?;
        let is_shared = |end: &&_| met == Met::Anywhere || span.contains(**end);
        let n_bars = played.timestamps.iter().filter(is_shared).count();
        (n_bars > 0).then(|| TrainingOverlap {
            policy: header.method.clone(),
            seed: header.seed,
            first: span.first,
            last: span.last,
            n_bars,
            n_bars_played: played.n_bars(),
            met,
        })
    }

    /// Compares these prices with those of another [`Provenance::data_sha256`]: returns how the two
    /// can share bars, or `None` if they cannot.
    pub(super) fn shared_with(&self, data_sha256: &BTreeMap<String, String>) -> Option<Met> {
        let mut files = self.ingest().into_iter().flat_map(|report| &report.files);
        let shares_file = files.any(|file| data_sha256.values().any(|sum| *sum == file.sha256));
        let mut others = data_sha256.iter().filter(|(name, _)| is_drawn(name));
        match (self.drawn(), others.clone().next()) {
            (None, None) => Some(Met::ByDate),
            // Among drawn prices, only a bootstrap has files.
            _ if shares_file => Some(Met::Anywhere),
            (Some(drawn), _) => others
                .any(|(_, sum)| *sum == drawn.sha256)
                .then_some(Met::ByDate),
            (None, Some(_)) => None,
        }
    }
}

/// Returns true if a name in [`Provenance::data_sha256`] belongs to a drawn panel.
fn is_drawn(name: &str) -> bool {
    name.rsplit_once(" with seed ").is_some_and(|(law, seed)| {
        let is_law = matches!(law, "Bootstrap" | "Signals") || law.starts_with("Simulated(");
        is_law && seed.parse::<u64>().is_ok()
    })
}

/// sha256 of a panel: each symbol and signal name preceded by its length in bytes, the bar length
/// in seconds, then row by row the bar end in microseconds since 1970, open, high, low, close and
/// volume per asset, and the signals; numbers as 8 bytes, little-endian.
pub(super) fn panel_sha256(panel: &Panel) -> String {
    let mut sum = Sha256::new();
    for name in panel.symbols().iter().chain(panel.signal_names()) {
        sum.update((name.len() as u64).to_le_bytes());
        sum.update(name);
    }
    sum.update(panel.bar_length().num_seconds().to_le_bytes());
    for (t, end) in panel.timestamps().iter().enumerate() {
        sum.update(end.timestamp_micros().to_le_bytes());
        for bar in panel.row(t) {
            for number in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
                sum.update(number.to_le_bytes());
            }
        }
        for signal in panel.signals(t) {
            sum.update(signal.to_le_bytes());
        }
    }
    hexadecimal(sum)
}
