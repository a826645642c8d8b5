//! Many actions that are decoded at the same time: what [`Allocation`] makes of each, number beside number.

use super::{Allocation, BLOCK, Decoded, GrossBound, Lanes};

/// What became of up to [`BLOCK`] actions.
#[derive(Debug)]
pub(crate) struct AllocationBlock {
    n: usize,
    gross: Lanes,
    n_clamped: Lanes<u32>,
    max_gross: f64,
}

/// What became of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All targets are what was asked for.
    AsGiven,
    /// All targets were written; [`AllocationBlock::decoded`] tells what was done to each.
    Changed,
    /// At least one action is refused: the targets mean nothing.
    Refused,
}

impl AllocationBlock {
    /// For `n` actions, at most [`BLOCK`].
    pub(crate) fn new(n: usize) -> Self {
        Self {
            n: n.min(BLOCK),
            gross: [0.0; BLOCK],
            n_clamped: [0; BLOCK],
            max_gross: f64::INFINITY,
        }
    }

    /// [`Allocation::decode_levels`] of each: `choices [n, n_assets]` to `targets [n_assets]` columns.
    pub(crate) fn decode_levels(
        &mut self,
        allocation: &Allocation,
        choices: &[u32],
        targets: &mut [Lanes],
    ) -> Verdict {
        let Allocation::Levels { levels, max_gross } = allocation else {
            return Verdict::Refused;
        };
        let mut all_known = true;
        let decode = |choice: u32| {
            let level = levels.get(choice as usize);
            all_known &= level.is_some();
            (level.copied().unwrap_or_default(), 0)
        };
        let verdict = self.decode(*max_gross, choices, targets, decode);
        if all_known { verdict } else { Verdict::Refused }
    }

    /// [`Allocation::decode_weights`] of each: `raw [n, n_assets]` to `targets [n_assets]` columns.
    pub(crate) fn decode_weights(
        &mut self,
        allocation: &Allocation,
        raw: &[f32],
        targets: &mut [Lanes],
    ) -> Verdict {
        let Allocation::Weights { low, max_gross } = allocation else {
            return Verdict::Refused;
        };
        let mut all_finite = true;
        let decode = |x: f32| {
            all_finite &= x.is_finite();
            let x = f64::from(x);
            (x.clamp(*low, 1.0), u32::from(x < *low) + u32::from(x > 1.0))
        };
        let verdict = self.decode(*max_gross, raw, targets, decode);
        if all_finite {
            verdict
        } else {
            Verdict::Refused
        }
    }

    /// What became of action `i`, as long as none is refused.
    pub(crate) fn decoded(&self, i: usize) -> Decoded {
        Decoded::Targets {
            n_clamped: self.n_clamped[i],
            gross: if self.gross[i] <= self.max_gross {
                GrossBound::Slack
            } else {
                GrossBound::Binding
            },
        }
    }

    /// `decode` gives a target before the gross bound, and whether it was clamped.
    #[inline]
    fn decode<T: Copy>(
        &mut self,
        max_gross: f64,
        actions: &[T],
        targets: &mut [Lanes],
        mut decode: impl FnMut(T) -> (f64, u32),
    ) -> Verdict {
        let n_assets = targets.len();
        debug_assert_eq!(actions.len(), self.n * n_assets);
        self.max_gross = max_gross;
        let mut n_clamped = 0;
        for (asset, column) in targets.iter_mut().enumerate() {
            let actions = actions.iter().skip(asset).step_by(n_assets);
            let sums = self.gross.iter_mut().zip(&mut self.n_clamped);
            for ((action, target), (gross, own_clamped)) in actions.zip(column).zip(sums) {
                let (weight, clamped) = decode(*action);
                *target = weight;
                n_clamped += clamped;
                if asset == 0 {
                    (*gross, *own_clamped) = (weight.abs(), clamped);
                } else {
                    *gross += weight.abs();
                    *own_clamped += clamped;
                }
            }
        }
        if self.gross[..self.n].iter().any(|gross| *gross > max_gross) {
            self.scale(targets);
            Verdict::Changed
        } else if n_clamped > 0 {
            Verdict::Changed
        } else {
            Verdict::AsGiven
        }
    }

    /// Scales down to the gross bound; where that does not bind, by 1.
    fn scale(&self, targets: &mut [Lanes]) {
        let max_gross = self.max_gross;
        let mut scales = [1.0; BLOCK];
        for (scale, gross) in scales.iter_mut().zip(&self.gross) {
            let binding = max_gross / gross;
            *scale = if *gross <= max_gross { 1.0 } else { binding };
        }
        for column in targets {
            for (target, scale) in column.iter_mut().zip(&scales) {
                *target *= scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `one(action, row)` is the decoding of one action alone.
    fn check<T: Copy>(
        (block, verdict): (&AllocationBlock, Verdict),
        actions: &[T],
        columns: &[Lanes],
        one: impl Fn(&[T], &mut [f64]) -> Decoded,
    ) {
        let n_assets = columns.len();
        let mut row = vec![0.0; n_assets];
        let mut decoded = Vec::new();
        for (i, action) in actions.chunks_exact(n_assets).enumerate() {
            decoded.push(one(action, &mut row));
            if verdict == Verdict::Refused {
                continue;
            }
            assert_eq!(block.decoded(i), decoded[i]);
            for (target, column) in row.iter().zip(columns) {
                assert_eq!(target.to_bits(), column[i].to_bits());
            }
        }
        let expected = if decoded.contains(&Decoded::Refused) {
            Verdict::Refused
        } else if decoded.iter().all(|one| *one == Decoded::AS_GIVEN) {
            Verdict::AsGiven
        } else {
            Verdict::Changed
        };
        assert_eq!(verdict, expected);
    }

    proptest! {
        /// To the bit, and twice in a row: nothing is left of the actions before.
        #[test]
        fn a_block_decodes_like_each_action_alone(
            n in 1..=BLOCK, n_assets in 1..4_usize, max_gross in 0.3..4.0_f64, low in -1.0..=0.0_f64,
            reach in 0.2..1.5_f32, numbers in prop::collection::vec(-1.0..1.0_f32, 2 * 3 * BLOCK),
            n_choices in 3..5_u32, broken in prop::option::weighted(0.2, 0..BLOCK),
        ) {
            let levels = Allocation::Levels { levels: vec![-1.0, 0.25, 1.0], max_gross };
            let weights = Allocation::Weights { low, max_gross };
            let mut block = AllocationBlock::new(n);
            let mut columns = vec![[f64::NAN; BLOCK]; n_assets];
            for numbers in numbers.chunks_exact(3 * BLOCK) {
                let numbers = &numbers[..n * n_assets];
                let choices: Vec<u32> = numbers.iter().map(|x| x.to_bits() % n_choices).collect();
                let verdict = block.decode_levels(&levels, &choices, &mut columns);
                check((&block, verdict), &choices, &columns, |one, to| levels.decode_levels(one, to));
                let mut raw: Vec<f32> = numbers.iter().map(|x| x * reach).collect();
                if let Some(x) = broken.and_then(|i| raw.get_mut(i)) {
                    *x = f32::NAN;
                }
                let verdict = block.decode_weights(&weights, &raw, &mut columns);
                check((&block, verdict), &raw, &columns, |one, to| weights.decode_weights(one, to));
                prop_assert_eq!(block.decode_weights(&levels, &raw, &mut columns), Verdict::Refused);
                prop_assert_eq!(block.decode_levels(&weights, &choices, &mut columns), Verdict::Refused);
            }
        }
    }
}
