//! The player that runs projected gradient ascent against the current policy.

use super::{
    PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockFreedom, ShockMoves, ShockPlayer,
    blind::Blind,
};
use crate::adversary::{
    AdversaryError, AscentConfig, AscentTrace, Course,
    ascent::Ascent,
    chart::{Chart, Moved},
    frozen::FrozenObjective,
};

/// Plays the best point of an ascent in price space, with the widest spread and least liquidity.
impl ShockPlayer for AscentConfig {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: if self.objective.uses_hindsight() {
                PlayerSight::Hindsight
            } else {
                PlayerSight::Policy
            },
            freedom: ShockFreedom::Prices,
        }
    }

    fn choose(
        &self,
        view: &PlayerView<'_>,
        noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        let (shocks, who) = (view.shocks, "a gradient player");
        if shocks.n_assets == 0 {
            return Blind::Starve.choose(view, noise, moves);
        }
        let market = view.market.ok_or(AdversaryError::NoShocks {
            who,
            n_assets: shocks.n_assets,
            map: "no",
        })?;
        let policy = view.policy.ok_or(AdversaryError::NoPolicy { who })?;
        let budget_bps = shocks.budget_bps.get();
        let chart = Chart {
            moved: Moved::Prices {
                map: market.map,
                snapshots: market.snapshots,
                n_assets: shocks.n_assets,
            },
            n_inputs: policy.spec().n_inputs,
            norm: shocks.norm,
            unit: budget_bps,
        };
        let n_rows = moves.price_bps.len() / shocks.n_assets;
        let inner = FrozenObjective::new(policy, &self.objective, &chart, Some(market), n_rows)?;
        let ascent = Ascent {
            chart: &chart,
            inner: &inner,
            config: self,
            n_rows,
            course: Course::default(),
        };
        let mut trace = AscentTrace::default();
        ascent.climb(noise, &mut trace)?;
        let rows = moves.price_bps.chunks_exact_mut(shocks.n_assets);
        for (row, out) in rows.enumerate() {
            for (z_bps, z) in out.iter_mut().zip(trace.best_shock(row)) {
                *z_bps = z * budget_bps;
            }
        }
        Blind::Starve.choose(view, noise, moves)
    }

    fn check(&self) -> Result<(), AdversaryError> {
        Self::check(self)
    }
}
