//! Joining the rollouts of several workers.

use super::rollout::{Ended, Rollout};
use std::ops::Range;

impl Rollout {
    /// Fills this rollout of all copies from rollouts of some copies each, in the order of the
    /// copies.
    pub(super) fn join(&mut self, parts: &[&Self]) {
        for t in 0..self.n_steps {
            for part in parts {
                let rows = t * part.n_envs..(t + 1) * part.n_envs;
                self.append(part, rows);
            }
        }
        let (n_inputs, n_envs) = (self.samples.n_inputs, self.n_envs);
        let mut begin = 0;
        let mut cut_off = Vec::new();
        for part in parts {
            let of_all = |row: usize| row / part.n_envs * n_envs + begin + row % part.n_envs;
            let ended = part.ended.iter();
            self.ended.extend(ended.map(|ended| Ended {
                row: of_all(ended.row),
                ..*ended
            }));
            let (last, rows) = &part.cut_off;
            let rows = rows.iter().map(|row| of_all(*row));
            cut_off.extend(rows.zip(last.chunks_exact(n_inputs)));
            begin += part.n_envs;
        }
        self.ended.sort_unstable_by_key(|ended| ended.row);
        cut_off.sort_unstable_by_key(|(row, _)| *row);
        for (row, last) in cut_off {
            self.cut_off.0.extend_from_slice(last);
            self.cut_off.1.push(row);
        }
    }

    /// Appends the columns of `rows` of another rollout.
    fn append(&mut self, part: &Self, rows: Range<usize>) {
        let wide = |width: usize| rows.start * width..rows.end * width;
        let (to, from) = (&mut self.samples, &part.samples);
        let observations = &from.observations[wide(from.n_inputs)];
        to.observations.extend_from_slice(observations);
        to.log_probs
            .extend_from_slice(&from.log_probs[rows.clone()]);
        to.actions.append(&from.actions, wide(from.n_dims));
        if !part.snapshots.is_empty() {
            self.snapshots
                .extend_from_slice(&part.snapshots[wide(part.snapshot_len)]);
        }
        self.rewards.extend_from_slice(&part.rewards[rows.clone()]);
        self.outcomes.extend_from_slice(&part.outcomes[rows]);
    }
}
