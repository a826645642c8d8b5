//! Finds when the prices of a world were made, which is possible because no two are equal.

use super::lab::{Lab, World};
use crate::{models::martingale::Opens, run::RunError};
use chrono::TimeDelta;
use serde::Serialize;

/// Comparison of one asset's prices with the instants at which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Traced {
    /// Name of the asset.
    pub symbol: String,
    /// Number of bars.
    pub n_bars: usize,
    /// Number of bars whose close is none of the world's prices.
    pub n_unknown: usize,
    /// Number of bars whose close was made after the decision of their row, so they hold later
    /// prices.
    pub n_ahead: usize,
    /// Largest time by which such a close was made after the decision. Unit: seconds.
    pub ahead_seconds: i64,
    /// Number of tradable bars whose open was made before the decision whose order it fills: a
    /// stale fill price.
    pub n_stale: usize,
    /// Largest time by which such an open was made before the decision. Unit: seconds.
    pub stale_seconds: i64,
}

/// Traces closes and opens of a world without noise.
pub(super) fn trace(lab: &Lab<'_>) -> Result<Vec<Traced>, RunError> {
    let world = lab.world(0, Opens::Exact)?;
    let n_assets = world.panel().n_assets();
    Ok((0..n_assets)
        .map(|asset| trace_asset(lab, &world, asset))
        .collect())
}

fn trace_asset(lab: &Lab<'_>, world: &World, asset: usize) -> Traced {
    let (panel, index) = (world.panel(), lab.clock.index(&world.path, asset));
    let mut traced = Traced {
        symbol: panel.symbols()[asset].clone(),
        n_bars: panel.n_bars(),
        ..Traced::default()
    };
    for (t, &now) in lab.decisions.iter().enumerate() {
        let bar = panel.row(t)[asset];
        match index.instant(bar.close) {
            None => traced.n_unknown += 1,
            Some(made) if made > now => {
                traced.n_ahead += 1;
                traced.ahead_seconds = traced.ahead_seconds.max(seconds(made - now));
            }
            Some(_) => {}
        }
        let Some(decision) = t.checked_sub(1).map(|before| lab.decisions[before]) else {
            continue;
        };
        if !panel.is_tradable(t, asset) {
            continue;
        }
        if let Some(made) = index.instant(bar.open).filter(|made| *made < decision) {
            traced.n_stale += 1;
            traced.stale_seconds = traced.stale_seconds.max(seconds(decision - made));
        }
    }
    traced
}

fn seconds(length: TimeDelta) -> i64 {
    length.num_seconds()
}

impl Traced {
    /// Returns true if most bars would fill at stale prices, which shifted stamps cause and gaps do
    /// not.
    pub(super) const fn is_shifted(&self) -> bool {
        self.n_stale * 2 > self.n_bars
    }
}
