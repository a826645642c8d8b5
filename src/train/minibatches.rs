//! Deterministic shuffles into minibatches.

use crate::rng::Rng;
use rand::seq::SliceRandom;

/// A permutation of `0..n_rows` cut into `n_minibatches` pieces whose sizes differ by at most one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Minibatches {
    rows: Vec<usize>,
    n_minibatches: usize,
}

impl Minibatches {
    pub(super) fn new(n_rows: usize, n_minibatches: usize) -> Self {
        Self {
            rows: (0..n_rows).collect(),
            n_minibatches: n_minibatches.clamp(1, n_rows.max(1)),
        }
    }

    /// Shuffles (Fisher-Yates) and returns the pieces.
    pub(super) fn shuffle(&mut self, rng: &mut Rng) -> impl Iterator<Item = &[usize]> {
        self.rows.shuffle(rng);
        let (rows, n, m) = (self.rows.as_slice(), self.rows.len(), self.n_minibatches);
        (0..m).map(move |i| &rows[i * n / m..(i + 1) * n / m])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Component, Streams};

    #[test]
    fn every_epoch_holds_every_row_once_in_a_new_order() {
        let mut rng = Streams::new(1).stream(Component::Minibatch, 0);
        let mut minibatches = Minibatches::new(103, 4);
        let mut orders = Vec::new();
        for _ in 0..2 {
            let pieces: Vec<Vec<usize>> = minibatches
                .shuffle(&mut rng)
                .map(<[usize]>::to_vec)
                .collect();
            let sizes: Vec<usize> = pieces.iter().map(Vec::len).collect();
            assert!(sizes.iter().all(|n| (25..=26).contains(n)), "{sizes:?}");
            let order = pieces.concat();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..103).collect::<Vec<_>>());
            orders.push(order);
        }
        assert_ne!(orders[0], orders[1]);
    }

    #[test]
    fn there_are_at_most_as_many_pieces_as_rows() {
        let mut rng = Streams::new(1).stream(Component::Minibatch, 0);
        assert_eq!(Minibatches::new(2, 8).shuffle(&mut rng).count(), 2);
    }
}
