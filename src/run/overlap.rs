//! Bars of a backtest that the policy was trained on.

use super::Provenance;
use crate::{
    agent::PolicyFile,
    eval::{Ledger, Met, TrainingOverlap},
};

/// The overlap of `played` with the training span of `policy`, if there is any.
pub(super) fn overlap(
    policy: &PolicyFile,
    provenance: &Provenance,
    played: &Ledger,
) -> Option<TrainingOverlap> {
    let span = policy.header.training_span?;
    let met = provenance.shared_with(&policy.header.data_sha256)?;
    let n_bars = match met {
        Met::ByDate => {
            let ends = played.timestamps.iter();
            ends.filter(|&&end| span.contains(end)).count()
        }
        Met::Anywhere => played.n_bars(),
    };
    (n_bars > 0).then(|| TrainingOverlap {
        policy: policy.header.method.clone(),
        seed: policy.header.seed,
        first: span.first,
        last: span.last,
        n_bars,
        n_bars_played: played.n_bars(),
        met,
    })
}
