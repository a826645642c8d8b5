//! Layouts of price files, recognized by content.
//!
//! A layout fits if the header (or the number of cells) and the first row match its definition.
//! Exactly one layout must fit. It defines the zone, the instant that a time marks, the row order
//! and the marks of missing numbers, or leaves them to the user's [`super::DataFile`]. A new
//! line-based layout needs a name in [`super::FileLayout`], a table of columns in the file of its
//! kind, a line in `recognize` and a row in `docs/layouts.md`.

mod clock;
mod column_map;
mod crypto;
mod decimal;
pub(super) mod foreign;
mod forex;
mod freqtrade;
mod general;
mod lines;
mod local_clock;
mod recognize;
mod sample;
mod shape;
mod stocks;
#[cfg(test)]
pub(super) mod tests;
mod vendors;
mod yfinance;

pub(super) use column_map::Mismatch;
pub(super) use freqtrade::Freqtrade;
pub(super) use lines::Lines;
pub(super) use local_clock::refuse_other_zone;
pub(super) use recognize::{Recognized, recognize, the_one};
