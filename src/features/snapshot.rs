//! Snapshots: one flat slice per moment, from which a shock map rebuilds shocked observations.
//!
//! Layout: `[state [state_len], clean newest bars [n_assets, 5] (open, high, low, close, volume),
//! calendar values [n_cycles, 2], signals that are read [n]]`. Calendar and signals are stored as
//! feature values, because no shock moves them and an ascent reads a snapshot many times.

use super::{Pipeline, stream::print_rows};
use crate::market::{Bar, Moment};

const BAR_LEN: usize = 5;

impl Pipeline {
    /// Length of a snapshot.
    #[must_use]
    pub fn snapshot_len(&self) -> usize {
        self.state_len() + BAR_LEN * self.n_assets() + self.fixed_outputs().count()
    }

    /// Writes the snapshot taken when the clean `bars` have just closed on top of `state`.
    ///
    /// Shapes: `state [state_len]`, `bars [n_assets]`, `out [snapshot_len]`, `moment` as in
    /// [`Pipeline::peek`].
    pub fn write_snapshot(&self, state: &[f64], bars: &[Bar], moment: Moment<'_>, out: &mut [f64]) {
        debug_assert_eq!(out.len(), self.snapshot_len());
        debug_assert_eq!(bars.len(), self.n_assets());
        let (to_state, rest) = out.split_at_mut(self.state_len());
        to_state.copy_from_slice(state);
        let (to_bars, to_market) = rest.split_at_mut(BAR_LEN * bars.len());
        for (to, bar) in to_bars.chunks_exact_mut(BAR_LEN).zip(bars) {
            to.copy_from_slice(&[bar.open, bar.high, bar.low, bar.close, bar.volume]);
        }
        let mut to_market = to_market.iter_mut();
        self.market_values(moment, |_, value| {
            if let Some(to) = to_market.next() {
                *to = value;
            }
        });
    }

    /// [`Pipeline::peek_printed`] from a snapshot.
    pub fn peek_snapshot(&self, snapshot: &[f64], log_moves: &[f64], features: &mut [f64]) {
        let (state, bars, market) = self.parts(snapshot);
        self.peek_rows(state, print_rows(bars, log_moves), features);
        self.copy_market_values(market, features);
    }

    /// [`Pipeline::jacobian`] from a snapshot.
    pub fn jacobian_snapshot(
        &self,
        snapshot: &[f64],
        log_moves: &[f64],
        features: &mut [f64],
        jacobian: &mut [f64],
    ) {
        let (state, bars, market) = self.parts(snapshot);
        self.jacobian_rows(state, bars, log_moves, features, jacobian);
        self.copy_market_values(market, features);
    }

    fn parts<'a>(
        &self,
        snapshot: &'a [f64],
    ) -> (&'a [f64], impl Iterator<Item = Bar> + use<'a>, &'a [f64]) {
        debug_assert_eq!(snapshot.len(), self.snapshot_len());
        let (state, rest) = snapshot.split_at(self.state_len());
        let (bars, market) = rest.split_at(BAR_LEN * self.n_assets());
        (state, bars.chunks_exact(BAR_LEN).map(bar_of), market)
    }

    /// Copies the stored values of [`Pipeline::market_values`] to their outputs.
    fn copy_market_values(&self, market: &[f64], features: &mut [f64]) {
        for (output, value) in self.fixed_outputs().zip(market) {
            features[output] = *value;
        }
    }
}

fn bar_of(numbers: &[f64]) -> Bar {
    Bar {
        open: numbers[0],
        high: numbers[1],
        low: numbers[2],
        close: numbers[3],
        volume: numbers[4],
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::prices::*;
    use crate::market::Moment;

    #[test]
    fn a_snapshot_gives_the_same_bits_as_its_moment() {
        let (pipeline, panel) = (pipeline(&every_spec(), 2), panel(2, 40, 31));
        let mut state = vec![0.0; pipeline.state_len()];
        for t in 0..39 {
            pipeline.push(&mut state, panel.row(t), panel.moment(t));
        }
        let (bars, z) = (panel.row(39), [0.01, -0.03]);
        let moment = Moment {
            end: panel.timestamps()[39] + chrono::TimeDelta::nanoseconds(123_456_789),
            ..panel.moment(39)
        };
        let mut snapshot = vec![f64::NAN; pipeline.snapshot_len()];
        pipeline.write_snapshot(&state, bars, moment, &mut snapshot);
        let n = pipeline.n_outputs();
        let (mut a, mut b, mut ja, mut jb) = (
            vec![0.0; n],
            vec![1.0; n],
            vec![0.0; 2 * n],
            vec![1.0; 2 * n],
        );
        pipeline.peek_printed(&state, bars, &z, moment, &mut a);
        pipeline.peek_snapshot(&snapshot, &z, &mut b);
        assert_eq!(a, b);
        pipeline.jacobian(&state, bars, &z, moment, &mut a, &mut ja);
        pipeline.jacobian_snapshot(&snapshot, &z, &mut b, &mut jb);
        assert_eq!(a, b);
        assert_eq!(ja, jb);
    }
}
