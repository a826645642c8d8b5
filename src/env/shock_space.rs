//! Set of admissible shocks, and the projection onto it.

use super::shock::{Norm, PrintEnding, Shock, ShockKind, ShockSpec, Threat};
use crate::{
    market::{Bound, OutOfBounds, check_bounds, each_asset},
    units::Bps,
};
use serde::{Deserialize, Serialize};

/// Admissible shocks of one step and one episode for `n_assets` assets.
///
/// ```
/// use shockproof::{bps, env::{Norm, Shock, ShockSpec}};
///
/// let mut spec = ShockSpec::jumps(bps!(100.0));
/// spec.norm = Norm::L2;
/// let mut admissible = [0.0; 2];
/// let shock = Shock { price_bps: &[300.0, -400.0], ..Shock::NONE };
/// let projected = spec.space(2).project(shock, 0.0, &mut admissible);
/// assert!((admissible[0] - 60.0).abs() < 1e-9 && (projected.norm_bps - 100.0).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShockSpace {
    /// See [`ShockSpec::kind`].
    pub kind: ShockKind,
    /// See [`ShockSpec::print_ending`].
    #[serde(default, skip_serializing_if = "PrintEnding::is_corrected")]
    pub print_ending: PrintEnding,
    /// Number of assets that can be shocked.
    pub n_assets: usize,
    /// See [`ShockSpec::norm`].
    pub norm: Norm,
    /// See [`ShockSpec::budget_bps`].
    pub budget_bps: Bps,
    /// See [`ShockSpec::episode_budget_bps`].
    pub episode_budget_bps: Option<Bps>,
    /// See [`ShockSpec::max_spread_multiplier`].
    pub max_spread_multiplier: f64,
    /// See [`ShockSpec::min_liquidity_multiplier`].
    pub min_liquidity_multiplier: f64,
}

impl ShockSpec {
    /// Shock space over `n_assets` assets.
    #[must_use]
    pub const fn space(&self, n_assets: usize) -> ShockSpace {
        ShockSpace {
            kind: self.kind,
            print_ending: self.print_ending,
            n_assets,
            norm: self.norm,
            budget_bps: self.budget_bps,
            episode_budget_bps: self.episode_budget_bps,
            max_spread_multiplier: self.max_spread_multiplier,
            min_liquidity_multiplier: self.min_liquidity_multiplier,
        }
    }
}

impl ShockSpace {
    /// Shock space without assets and with multipliers of 1, for environments without an adversary.
    #[must_use]
    pub const fn none() -> Self {
        ShockSpec::none().space(0)
    }

    /// Checks the ranges of the multipliers.
    ///
    /// # Errors
    /// [`OutOfBounds`] naming the multiplier outside its range.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        let spread = Bound::AtLeast(1.0, "a finite number >= 1 (1: spreads cannot be shocked)");
        let [max_spread, min_liquidity] = [
            "shocks.max_spread_multiplier",
            "shocks.min_liquidity_multiplier",
        ];
        check_bounds(&[
            (max_spread, self.max_spread_multiplier, spread),
            (min_liquidity, self.min_liquidity_multiplier, Bound::Share),
        ])
    }

    /// Returns true if the history that features remember keeps a price move: a jump of the true
    /// price, or a kept print.
    #[must_use]
    pub const fn is_remembered(&self) -> bool {
        match self.kind {
            ShockKind::Print => matches!(self.print_ending, PrintEnding::Kept),
            ShockKind::Jump | ShockKind::Drift => true,
        }
    }

    /// Kind of the shocks and ending of their prints, as tables name them.
    #[must_use]
    pub const fn threat(&self) -> Threat {
        Threat::of(self.kind, self.print_ending)
    }

    /// Returns true when the spread or the liquidity can be shocked.
    #[must_use]
    pub fn admits_multipliers(&self) -> bool {
        self.max_spread_multiplier > 1.0 || self.min_liquidity_multiplier < 1.0
    }

    /// Episode budget left after `spent_bps`; infinite without an episode budget. Unit: bps.
    #[must_use]
    pub fn remaining_bps(&self, spent_bps: f64) -> f64 {
        self.episode_budget_bps
            .map_or(f64::INFINITY, |budget| (budget.get() - spent_bps).max(0.0))
    }

    /// Projects a price move onto the nearest (Euclidean) point of the ball of radius min(budget,
    /// remaining); returns the norm of the result. Idempotent bit for bit. A move with a non-finite
    /// entry becomes zero.
    pub fn project_price(&self, price_bps: &mut [f64], remaining_bps: f64) -> f64 {
        let radius = self.budget_bps.get().min(remaining_bps);
        if radius <= 0.0 || price_bps.iter().any(|z| !z.is_finite()) {
            price_bps.fill(0.0);
            return 0.0;
        }
        if self.norm == Norm::LInf {
            for z in price_bps.iter_mut() {
                *z = z.clamp(-radius, radius);
            }
            return self.norm.of(price_bps);
        }
        let mut norm = self.norm.of(price_bps);
        while norm > radius {
            // A factor below 1 ends the loop despite rounding, usually after two rounds.
            let factor = (radius / norm).min(1.0 - f64::EPSILON);
            for z in price_bps.iter_mut() {
                *z *= factor;
            }
            norm = self.norm.of(price_bps);
        }
        norm
    }

    /// Projects a shock onto the set; writes its price move to `price_bps [n_assets]`.
    #[inline]
    pub fn project(
        &self,
        shock: Shock<'_>,
        spent_bps: f64,
        price_bps: &mut [f64],
    ) -> ProjectedShock {
        if shock.is_none() {
            each_asset(price_bps.len(), |i| price_bps[i] = 0.0);
            return ProjectedShock::CLEAN;
        }
        for (i, z) in price_bps.iter_mut().enumerate() {
            *z = shock.price_bps.get(i).copied().unwrap_or(0.0);
        }
        let multiplier = |x: f64, low: f64, high: f64| {
            if x.is_finite() {
                x.clamp(low, high)
            } else {
                1.0
            }
        };
        let (max_spread, min_liquidity) =
            (self.max_spread_multiplier, self.min_liquidity_multiplier);
        let spread_multiplier = multiplier(shock.spread_multiplier, 1.0, max_spread);
        let liquidity_multiplier = multiplier(shock.liquidity_multiplier, min_liquidity, 1.0);
        let norm_bps = self.project_price(price_bps, self.remaining_bps(spent_bps));
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
        let mut moves = shock.price_bps.iter().zip(price_bps.iter());
        let admissible = shock.price_bps.len() <= price_bps.len()
            && same(spread_multiplier, shock.spread_multiplier)
            && same(liquidity_multiplier, shock.liquidity_multiplier)
            && moves.all(|(given, z)| same(*given, *z));
        ProjectedShock {
            norm_bps,
            spread_multiplier,
            liquidity_multiplier,
            projection: if admissible {
                Projection::Inactive
            } else {
                Projection::Active
            },
        }
    }
}

/// Projection of a shock, without its price move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProjectedShock {
    /// Norm of the admissible price move. Unit: bps.
    pub norm_bps: f64,
    /// Admissible spread multiplier.
    pub spread_multiplier: f64,
    /// Admissible liquidity multiplier.
    pub liquidity_multiplier: f64,
    /// Effect of the projection.
    pub projection: Projection,
}

impl ProjectedShock {
    /// Projection of [`Shock::NONE`] onto every set.
    pub(crate) const CLEAN: Self = Self {
        norm_bps: 0.0,
        spread_multiplier: 1.0,
        liquidity_multiplier: 1.0,
        projection: Projection::Inactive,
    };
}

/// Effect of a projection on a shock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    /// The shock was admissible and did not change.
    Inactive,
    /// The shock was outside the set and was moved into it.
    Active,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn space(norm: Norm, budget: f64, episode: Option<f64>) -> ShockSpace {
        ShockSpace {
            kind: ShockKind::Print,
            print_ending: PrintEnding::Corrected,
            n_assets: 3,
            norm,
            budget_bps: Bps::new(budget).unwrap(),
            episode_budget_bps: episode.map(|bps| Bps::new(bps).unwrap()),
            max_spread_multiplier: 5.0,
            min_liquidity_multiplier: 0.1,
        }
    }

    fn bits(z: &[f64]) -> Vec<u64> {
        z.iter().map(|x| x.to_bits()).collect()
    }

    #[test]
    fn moves_outside_the_ball_land_on_its_surface() {
        let mut z = [300.0, -400.0, 0.0];
        assert!(
            (space(Norm::L2, 100.0, None).project_price(&mut z, f64::INFINITY) - 100.0).abs()
                < 1e-9
        );
        assert!((z[0] - 60.0).abs() < 1e-9 && (z[1] + 80.0).abs() < 1e-9);
        let mut z = [300.0, -400.0, 20.0];
        space(Norm::LInf, 100.0, None).project_price(&mut z, f64::INFINITY);
        assert_eq!(bits(&z), bits(&[100.0, -100.0, 20.0]));
    }

    #[test]
    fn the_clean_market_is_in_every_set() {
        let mut z = [9.0; 3];
        for space in [
            space(Norm::L2, 0.0, None),
            space(Norm::LInf, 50.0, Some(0.0)),
        ] {
            let projected = space.project(Shock::NONE, 0.0, &mut z);
            assert_eq!(projected.projection, Projection::Inactive);
            assert_eq!(bits(&z), bits(&[0.0; 3]));
        }
    }

    #[test]
    fn a_non_finite_shock_becomes_the_clean_market_and_counts_as_projected() {
        let mut z = [0.0; 3];
        let projected = space(Norm::L2, 50.0, None).project(
            Shock {
                price_bps: &[1.0, f64::NAN, 1.0],
                spread_multiplier: f64::INFINITY,
                liquidity_multiplier: f64::NAN,
            },
            0.0,
            &mut z,
        );
        assert_eq!(projected.projection, Projection::Active);
        assert_eq!(bits(&z), bits(&[0.0; 3]));
        assert!((projected.spread_multiplier - 1.0).abs() < 1e-15);
        assert!((projected.liquidity_multiplier - 1.0).abs() < 1e-15);
    }

    #[test]
    fn spread_multipliers_below_one_and_liquidity_multipliers_above_one_are_refused() {
        let mut set = space(Norm::L2, 50.0, None);
        assert!(set.check().is_ok());
        set.max_spread_multiplier = 0.5;
        let field = |set: &ShockSpace| set.check().unwrap_err().field;
        assert_eq!(field(&set), "shocks.max_spread_multiplier");
        set.max_spread_multiplier = 1.0;
        set.min_liquidity_multiplier = 0.0;
        assert_eq!(field(&set), "shocks.min_liquidity_multiplier");
    }

    proptest! {
        #[test]
        fn projection_lands_in_the_set_and_is_idempotent(
            z in prop::array::uniform3(-1e4..1e4_f64),
            norm in prop::sample::select(vec![Norm::LInf, Norm::L2]),
            budget in 0.0..500.0_f64, remaining in 0.0..500.0_f64,
            spread_multiplier in 0.0..10.0_f64, liquidity_multiplier in -1.0..2.0_f64,
        ) {
            let space = space(norm, budget, Some(remaining));
            let shock = Shock { price_bps: &z, spread_multiplier, liquidity_multiplier };
            let mut once = [0.0; 3];
            let first = space.project(shock, 0.0, &mut once);
            prop_assert!(first.norm_bps <= budget.min(remaining));
            prop_assert!((norm.of(&once) - first.norm_bps).abs() <= 0.0);
            prop_assert!((1.0..=5.0).contains(&first.spread_multiplier));
            prop_assert!((0.1..=1.0).contains(&first.liquidity_multiplier));
            let mut twice = [0.0; 3];
            let second = space.project(Shock {
                price_bps: &once,
                spread_multiplier: first.spread_multiplier,
                liquidity_multiplier: first.liquidity_multiplier,
            }, 0.0, &mut twice);
            prop_assert_eq!(bits(&once), bits(&twice));
            prop_assert_eq!(second.projection, Projection::Inactive);
        }

        #[test]
        fn projection_is_the_nearest_point(
            z in prop::array::uniform3(-200.0..200.0_f64),
            other in prop::array::uniform3(-200.0..200.0_f64),
            norm in prop::sample::select(vec![Norm::LInf, Norm::L2]),
        ) {
            let space = space(norm, 70.0, None);
            let (mut nearest, mut rival) = (z, other);
            space.project_price(&mut nearest, f64::INFINITY);
            space.project_price(&mut rival, f64::INFINITY);
            let distance = |a: &[f64; 3]| Norm::L2.of(&[a[0] - z[0], a[1] - z[1], a[2] - z[2]]);
            prop_assert!(distance(&nearest) <= distance(&rival) + 1e-9);
        }
    }
}
