//! How the rows of a file of lines are read.

use super::shape::{Role, Shape};

/// A shape, and where in a file its columns are.
#[derive(Debug, Clone)]
pub(in crate::ingest) struct Plan {
    pub(super) shape: &'static Shape,
    /// It may come again where files were joined.
    pub(super) header: Option<String>,
    /// Line of the first row, as an editor counts.
    pub(super) first_row: usize,
    pub(super) n_cells: usize,
    pub(super) time: usize,
    pub(super) time_name: &'static str,
    pub(super) day_time: Option<usize>,
    pub(super) period: Option<usize>,
    pub(super) instrument: Option<usize>,
    pub(super) numbers: Vec<Number>,
    /// The numbers of each instrument, where they stand side by side.
    pub(super) of_instruments: Vec<(String, Vec<Number>)>,
    /// Why it is this layout.
    pub(super) evidence: String,
}

/// A column of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) at: usize,
    pub(super) role: Role,
    /// What it becomes.
    pub(super) field: &'static str,
    /// What the layout calls it.
    pub(super) name: &'static str,
}
