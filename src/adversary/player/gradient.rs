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
    holdings::Holdings,
};

/// Plays the best point of an ascent in price space, with the widest spread and least liquidity.
/// Under jumps, the point against the holdings is one of the candidates.
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
        let weight = self.objective.part()?.holdings_weight();
        let holdings = Holdings::of(market, n_rows, budget_bps, weight);
        let ascent = Ascent {
            chart: &chart,
            inner: &inner,
            config: self,
            n_rows,
            course: Course::default(),
            holdings: holdings.as_ref(),
        };
        let mut trace = AscentTrace::default();
        ascent.climb(noise, &mut trace)?;
        let (mut points, mut losses) = (Vec::new(), Vec::new());
        if let Some(holdings) = &holdings {
            points = holdings.against(shocks.norm);
            losses = ascent.losses_at(&points)?;
        }
        let mut corners = losses.iter().zip(points.chunks_exact(shocks.n_assets));
        let rows = moves.price_bps.chunks_exact_mut(shocks.n_assets);
        for (row, out) in rows.enumerate() {
            let (found, best) = trace.best(row);
            let corner = corners.next().filter(|(loss, _)| **loss > found);
            let best = corner.map_or(best, |(_, corner)| corner);
            for (z_bps, z) in out.iter_mut().zip(best) {
                *z_bps = z * budget_bps;
            }
        }
        Blind::Starve.choose(view, noise, moves)
    }

    fn check(&self) -> Result<(), AdversaryError> {
        Self::check(self)
    }
}
