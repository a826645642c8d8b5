//! Probes without training: does anything known at a decision predict the move after it?

use super::{lab::World, tally::Tally};
use crate::env::Market;

/// Sums over the rows of one or more worlds; without a leak, every term has mean 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Probed {
    /// `x_t S(t+1)/S(t) − x_t` for each observed field x and each asset, `[n_fields, n_assets]`, on
    /// the rows after the training span, where the normalizer is known.
    pub(super) fields: Vec<Tally>,
    /// The same for the log return of each asset's newest bar, `[n_assets, n_assets]`, on all rows.
    pub(super) returns: Vec<Tally>,
}

impl Probed {
    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.fields, &other.fields),
            (&mut self.returns, &other.returns),
        ] {
            mine.resize(theirs.len(), Tally::default());
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine.merge(*theirs);
            }
        }
    }
}

/// Probes one world.
pub(super) fn probe(world: &World) -> Probed {
    let (market, panel): (&Market, _) = (world.market(), world.panel());
    let (n_assets, n_fields) = (panel.n_assets(), market.pipeline().n_outputs());
    let mut probed = Probed {
        fields: vec![Tally::default(); n_fields * n_assets],
        returns: vec![Tally::default(); n_assets * n_assets],
    };
    let known_from = world.stage.training.last_row() + 1;
    for t in 1..panel.n_bars() - 1 {
        let (now, next) = (world.fair(t), world.fair(t + 1));
        let moves: Vec<f64> = now
            .iter()
            .zip(next)
            .map(|(now, next)| next / now - 1.0)
            .collect();
        let pairs = panel.row(t).iter().zip(panel.row(t - 1));
        let newest = pairs.map(|(bar, before)| (bar.close / before.close).ln());
        add(&mut probed.returns, newest, &moves);
        if t >= known_from {
            let observed = market.observation(t).iter().map(|&x| f64::from(x));
            add(&mut probed.fields, observed, &moves);
        }
    }
    probed
}

fn add(tallies: &mut [Tally], known: impl Iterator<Item = f64>, moves: &[f64]) {
    for (x, tallies) in known.zip(tallies.chunks_exact_mut(moves.len())) {
        for (tally, moved) in tallies.iter_mut().zip(moves) {
            tally.add(x * moved);
        }
    }
}
