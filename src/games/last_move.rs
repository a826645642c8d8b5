//! Observed part of a simulated price, and the map from a shock to it.

use crate::env::{Hindsight, ShockMap};
use crate::features::{Field, Layout};
use serde::{Deserialize, Serialize};

/// Part of the price that an agent observes in a simulated market.
///
/// The price is a martingale unless an adversary moves it, so its level carries no information, and
/// its last move informs about an adversary only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum ObservedPrice {
    /// Only the account is observed. Pick it where no shock shall move an observation.
    Account,
    /// The price's move over the last step, in standard deviations of a step. Pick it to train
    /// against shocks: no other field of an observation depends on shocks.
    LastMove,
}

impl ObservedPrice {
    /// Layout of an observation with these account fields.
    pub(super) fn layout(self, account: Vec<Field>) -> Layout {
        let market = match self {
            Self::Account => Vec::new(),
            Self::LastMove => vec![Field {
                name: "mid.last_move".to_owned(),
                unit: "sigma of a step".to_owned(),
                low: None,
                high: None,
                shockable: true,
                warm_up: 0,
            }],
        };
        Layout { market, account }
    }
}

/// Shock map of a game that shows the last move ([`ObservedPrice::LastMove`]). The snapshot is
/// `[clean last move | account]`. A shock of z bps adds `z · per_bp` to the first entry and leaves
/// the account as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastMoveMap {
    pub(super) n_account: usize,
    /// Move of one bp of the initial price. Unit: standard deviations of a step.
    pub(super) per_bp: f64,
}

impl LastMoveMap {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "observations are f32 by contract"
    )]
    fn write(&self, snapshot: &[f64], shock_bps: f64, observation: &mut [f32]) {
        observation[0] = (snapshot[0] + shock_bps * self.per_bp) as f32;
        write_account(snapshot, &mut observation[1..]);
    }
}

/// Writes the account fields of a snapshot.
#[allow(
    clippy::cast_possible_truncation,
    reason = "observations are f32 by contract"
)]
pub(super) fn write_account(snapshot: &[f64], account: &mut [f32]) {
    for (out, x) in account.iter_mut().zip(&snapshot[1..]) {
        *out = *x as f32;
    }
}

impl ShockMap for LastMoveMap {
    fn snapshot_len(&self) -> usize {
        1 + self.n_account
    }

    fn observe(&self, snapshot: &[f64], shock_bps: &[f64], observation: &mut [f32]) {
        self.write(snapshot, shock_bps[0], observation);
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "observations are f32 by contract"
    )]
    fn jacobian(
        &self,
        snapshot: &[f64],
        shock_bps: &[f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        self.write(snapshot, shock_bps[0], observation);
        jacobian.fill(0.0);
        jacobian[0] = self.per_bp as f32;
    }

    /// Returns `None`: the next reward depends on noise that a snapshot does not hold.
    fn hindsight<'a>(&self, _snapshot: &'a [f64]) -> Option<Hindsight<'a>> {
        None
    }
}

/// Account field with the range [low, high].
pub(super) fn account_field(name: &str, unit: &str, (low, high): (f64, f64)) -> Field {
    Field {
        name: name.to_owned(),
        unit: unit.to_owned(),
        low: Some(low),
        high: Some(high),
        shockable: false,
        warm_up: 0,
    }
}
