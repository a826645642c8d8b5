//! Cells and columns of a file's signals.

use super::data_file::DataFile;
use super::error::IngestError;
use super::signal_column::{MissingCells, SignalColumn};

impl DataFile {
    /// Value of a signal in row `i`, counted from 0, where the cell `text` holds `number`. A cell
    /// without a finite number is an error, or NaN if its signal carries the last value.
    pub(super) fn signal_value(
        &self,
        signal: &SignalColumn,
        i: usize,
        number: Option<f64>,
        text: &str,
    ) -> Result<f64, IngestError> {
        match (number.filter(|number| number.is_finite()), signal.missing) {
            (Some(number), _) => Ok(number),
            (None, MissingCells::Carry) => Ok(f64::NAN),
            (None, MissingCells::Refuse) => {
                let expected = "a finite number; complete the column, or write `missing: Carry` \
                                beside `column` to keep the last value";
                Err(self.cell(i, signal.column.clone(), text, expected))
            }
        }
    }

    /// Places of the signals' columns among the `columns` that may be signals.
    pub(super) fn signal_places(&self, columns: &[&str]) -> Result<Vec<usize>, IngestError> {
        let place = |signal: &SignalColumn| {
            let found = |(_, name): &(usize, &&str)| **name == signal.column;
            let mut places = columns.iter().enumerate().filter(found);
            match (places.next(), places.next()) {
                (Some((at, _)), None) => Ok(at),
                (first, _) => {
                    let n = if first.is_none() {
                        "no"
                    } else {
                        "more than one"
                    };
                    let among = match columns {
                        [] => "none, because this file has no further columns".to_owned(),
                        names => format!("one of the further columns {}", names.join(", ")),
                    };
                    let found = format!("{n} column {:?} besides the prices", signal.column);
                    Err(self.refuse("signals", found, among))
                }
            }
        };
        self.signals.iter().map(place).collect()
    }
}
