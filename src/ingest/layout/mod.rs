//! The layouts of price files, recognized by their content.
//!
//! A layout fits where the header (or the number of cells) and the first row are as it defines.
//! Exactly one must fit. What a layout defines (zone, end of a bar that a time marks, order of the
//! rows, marks of missing numbers) is applied; what it leaves open must be given in
//! [`super::DataFile`]. A new layout of lines is a name in [`super::FileLayout`], a table of
//! columns in the file of its kind, a line in `recognize` and a row in `docs/layouts.md`.

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
mod tests;
mod vendors;
mod yfinance;

pub(super) use column_map::Mismatch;
pub(super) use freqtrade::Freqtrade;
pub(super) use lines::Lines;
pub(super) use local_clock::refuse_other_zone;
pub(super) use recognize::{Recognized, recognize, the_one};
