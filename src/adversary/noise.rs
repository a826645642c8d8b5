//! Random numbers of a batch, row by row.

use crate::rng::Rng;

/// A generator for each row of a batch.
///
/// One shared generator serves all rows in order (training). One generator per row makes a row's
/// numbers independent of the other rows in its batch (evaluation).
pub trait RowNoise {
    /// The generator of `row`.
    fn of_row(&mut self, row: usize) -> &mut Rng;
}

impl RowNoise for Rng {
    fn of_row(&mut self, _row: usize) -> &mut Rng {
        self
    }
}

/// One generator per row; at least as many as rows.
#[derive(Debug)]
pub struct PerRow<'a>(
    /// The generators.
    pub &'a mut [Rng],
);

impl RowNoise for PerRow<'_> {
    fn of_row(&mut self, row: usize) -> &mut Rng {
        &mut self.0[row]
    }
}
