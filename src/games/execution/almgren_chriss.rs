//! Sale of a block with impact: cost of a plan, and optimal plan. The game itself is
//! [`Execution`](super::Execution).

use crate::market::{Bound, OutOfBounds, check_bounds};

/// Sale of `shares` within `horizon` in `n_steps` equal steps of length τ, `n_j` of them in step j:
///
/// ```text
/// price_j = price_{j−1} + σ √τ ξ_j − γ n_j         ξ_j standard normal; permanent impact γ
/// sold at   price_{j−1} − ε − (η/τ) n_j            if n_j > 0; half spread ε, temporary impact η
/// E[cost] = γX²/2 + ε Σ n_j + ((η − γτ/2)/τ) Σ n_j²                   cost = X price_0 − proceeds
/// V[cost] = σ² τ Σ x_j²                            x_j: holdings after step j, j = 1..N
/// ```
///
/// Source: Almgren, Chriss (2000), Optimal execution of portfolio transactions, eqs. 1 to 8 with
/// linear impact.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Liquidation {
    /// X, the size of the block. Unit: shares. Range: > 0.
    pub shares: f64,
    /// T, the time for the sale. Unit: time. Range: > 0.
    pub horizon: f64,
    /// N, the number of steps. Range: 1 to 1,000,000.
    pub n_steps: u32,
    /// σ of the price. Unit: currency / share / √time. Range: >= 0.
    pub volatility: f64,
    /// Half spread ε. Unit: currency / share. Range: >= 0.
    pub half_spread: f64,
    /// Permanent impact γ. Unit: currency / share². Range: >= 0.
    pub permanent_impact: f64,
    /// Temporary impact η. Unit: currency · time / share². Range: > γτ/2.
    pub temporary_impact: f64,
}

/// A plan of holdings over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// `x_0 .. x_N`, `[n_steps + 1]`, from X down to 0. Unit: shares.
    pub holdings: Vec<f64>,
}

/// An invalid liquidation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LiquidationError {
    /// A quantity outside its range.
    #[error(transparent)]
    Bounds(#[from] OutOfBounds),
    /// A number of steps outside its range.
    #[error("n_steps: found {found}, expected 1 to {limit}; take longer or shorter steps")]
    Steps {
        /// Rejected number of steps.
        found: u32,
        /// Largest admissible number of steps.
        limit: u32,
    },
    /// A temporary impact so small that large trades would be free.
    #[error(
        "temporary_impact: found {found}, expected more than permanent_impact * step / 2 = \
         {bound}; take more steps or a smaller permanent impact"
    )]
    TemporaryImpact {
        /// Rejected temporary impact.
        found: f64,
        /// Lower bound γτ/2.
        bound: f64,
    },
}

const MAX_STEPS: u32 = 1_000_000;

impl Liquidation {
    /// Checks every field.
    ///
    /// # Errors
    /// [`LiquidationError`] naming the field outside its range.
    pub fn check(&self) -> Result<(), LiquidationError> {
        check_bounds(&[
            ("shares", self.shares, Bound::Positive),
            ("horizon", self.horizon, Bound::Positive),
            ("volatility", self.volatility, Bound::NotNegative),
            ("half_spread", self.half_spread, Bound::NotNegative),
            (
                "permanent_impact",
                self.permanent_impact,
                Bound::NotNegative,
            ),
            (
                "temporary_impact",
                self.temporary_impact,
                Bound::NotNegative,
            ),
        ])?;
        if !(1..=MAX_STEPS).contains(&self.n_steps) {
            return Err(LiquidationError::Steps {
                found: self.n_steps,
                limit: MAX_STEPS,
            });
        }
        let bound = 0.5 * self.permanent_impact * self.step_time();
        if self.temporary_impact > bound {
            Ok(())
        } else {
            Err(LiquidationError::TemporaryImpact {
                found: self.temporary_impact,
                bound,
            })
        }
    }

    /// Length of a step, τ = T/N. Unit: time.
    #[must_use]
    pub fn step_time(&self) -> f64 {
        self.horizon / f64::from(self.n_steps)
    }

    /// Decay rate κ of the optimal plan: `(2/τ²)(cosh κτ − 1) = λσ² / (η − γτ/2)`. Unit: 1 / time.
    ///
    /// # Errors
    /// [`LiquidationError`] for invalid parameters or an invalid `risk_aversion` λ (1 / currency).
    pub fn urgency(&self, risk_aversion: f64) -> Result<f64, LiquidationError> {
        self.check()?;
        check_bounds(&[("risk_aversion", risk_aversion, Bound::NotNegative)])?;
        let step = self.step_time();
        let adjusted = self.temporary_impact - 0.5 * self.permanent_impact * step;
        let y = 0.5 * step * step * risk_aversion * self.volatility * self.volatility / adjusted;
        // arcosh(1 + y) without cancellation at small y.
        Ok((y + (y * (2.0 + y)).sqrt()).ln_1p() / step)
    }

    /// Plan that minimizes `E[cost] + λ V[cost]`, eq. 17: `x_j = X sinh(κ(T − t_j)) / sinh(κT)`.
    /// λ = 0 sells equal parts, the least expected cost (a time-weighted average price).
    ///
    /// # Errors
    /// As [`Liquidation::urgency`].
    pub fn optimal(&self, risk_aversion: f64) -> Result<Trajectory, LiquidationError> {
        let urgency = self.urgency(risk_aversion)?;
        let step = self.step_time();
        let holdings = (0..=self.n_steps).map(|j| {
            let (gone, left) = (f64::from(j) * step, f64::from(self.n_steps - j) * step);
            if urgency * self.horizon < 1e-9 {
                self.shares * left / self.horizon
            } else {
                // sinh(κa) / sinh(κT) without overflow.
                let shape =
                    (-2.0 * urgency * left).exp_m1() / (-2.0 * urgency * self.horizon).exp_m1();
                self.shares * (-urgency * gone).exp() * shape
            }
        });
        Ok(Trajectory {
            holdings: holdings.collect(),
        })
    }

    /// Computes the plan that minimizes `E[cost] + λ V[cost]` against the worst drift in [−B, B]
    /// (`max_drift` B, currency / share / time). If a plan only sells, the worst drift is −B in
    /// every step, which costs `Bτ Σ x_j`:
    ///
    /// ```text
    /// x_{j−1} − (2 + λσ²τ/a) x_j + x_{j+1} = Bτ/(2a)      a = (η − γτ/2)/τ,  x_0 = X,  x_M = 0
    /// ```
    ///
    /// with the largest M ≤ N that needs no short position: selling may end before the horizon. B =
    /// 0 is [`Liquidation::optimal`]. (Almgren and Chriss treat a known drift in section 4.1, where
    /// such a plan may go short.)
    ///
    /// # Errors
    /// [`LiquidationError`] for invalid parameters.
    pub fn minimax(
        &self,
        risk_aversion: f64,
        max_drift: f64,
    ) -> Result<Trajectory, LiquidationError> {
        let mut holdings = self.optimal(risk_aversion)?.holdings;
        check_bounds(&[("max_drift", max_drift, Bound::NotNegative)])?;
        let step = self.step_time();
        let adjusted = self.temporary_impact - 0.5 * self.permanent_impact * step;
        let diagonal =
            2.0 + risk_aversion * self.volatility * self.volatility * step * step / adjusted;
        let push = 0.5 * max_drift * step * step / adjusted;
        // A convex plan can go short only in its last step, and goes shorter the later it ends.
        let (mut ends_long, mut too_late) = (1, holdings.len());
        while too_late - ends_long > 1 {
            let end = usize::midpoint(ends_long, too_late);
            let plan = self.bent(end, diagonal, push);
            if plan[end - 1] >= 0.0 {
                ends_long = end;
            } else {
                too_late = end;
            }
        }
        let plan = self.bent(ends_long, diagonal, push);
        holdings.fill(0.0);
        holdings[..plan.len()].copy_from_slice(&plan);
        Ok(Trajectory { holdings })
    }

    /// Solves `−x_{j−1} + diagonal x_j − x_{j+1} = −push` for `x_0 .. x_end`, `x_0` = X, `x_end` =
    /// 0.
    fn bent(&self, end: usize, diagonal: f64, push: f64) -> Vec<f64> {
        // Elimination from the end: x_j = slope_j x_{j−1} + shift_j.
        let (mut slopes, mut shifts) = (vec![0.0; end + 1], vec![0.0; end + 1]);
        for j in (1..end).rev() {
            let pivot = diagonal - slopes[j + 1];
            slopes[j] = 1.0 / pivot;
            shifts[j] = (shifts[j + 1] - push) / pivot;
        }
        let mut plan = vec![self.shares; end + 1];
        for j in 1..=end {
            plan[j] = slopes[j] * plan[j - 1] + shifts[j];
        }
        plan
    }

    /// `E[cost]` of a plan that only sells. Unit: currency.
    #[must_use]
    pub fn expected_cost(&self, plan: &Trajectory) -> f64 {
        let step = self.step_time();
        let adjusted = self.temporary_impact - 0.5 * self.permanent_impact * step;
        let (mut sold, mut squares) = (0.0, 0.0);
        for trade in plan.trades() {
            sold += trade.abs();
            squares += trade * trade;
        }
        0.5 * self.permanent_impact * self.shares * self.shares
            + self.half_spread * sold
            + adjusted / step * squares
    }

    /// `√V[cost]`. Unit: currency.
    #[must_use]
    pub fn cost_std(&self, plan: &Trajectory) -> f64 {
        let squares: f64 = plan.holdings.iter().skip(1).map(|x| x * x).sum();
        self.volatility * (self.step_time() * squares).sqrt()
    }
}

impl Trajectory {
    /// Shares sold in each step, `[n_steps]`.
    pub fn trades(&self) -> impl Iterator<Item = f64> + '_ {
        self.holdings.windows(2).map(|pair| pair[0] - pair[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plan that sells the whole block in the first step.
    fn at_once(block: &Liquidation) -> Trajectory {
        let mut holdings = vec![0.0; block.n_steps as usize + 1];
        holdings[0] = block.shares;
        Trajectory { holdings }
    }

    /// The example of section 3.4.
    const PAPER: Liquidation = Liquidation {
        shares: 1e6,
        horizon: 5.0,
        n_steps: 5,
        volatility: 0.95,
        half_spread: 0.0625,
        permanent_impact: 2.5e-7,
        temporary_impact: 2.5e-6,
    };

    fn close(found: f64, expected: f64, digits: f64) {
        assert!((found - expected).abs() <= digits, "{found} and {expected}");
    }

    #[test]
    fn the_optimal_plan_equals_the_example_of_the_paper() {
        let plan = PAPER.optimal(1e-6).unwrap();
        close(PAPER.urgency(1e-6).unwrap(), 0.607_076, 5e-7);
        let expected = [1e6, 541_955.6, 289_854.2, 147_897.5, 62_141.8, 0.0];
        for (found, expected) in plan.holdings.iter().zip(expected) {
            close(*found, expected, 0.05);
        }
        close(PAPER.expected_cost(&plan), 911_226.99, 0.005);
        close(PAPER.cost_std(&plan), 603_430.67, 0.005);
    }

    #[test]
    fn immediate_and_linear_plans_have_their_closed_forms() {
        for liquidation in [
            PAPER,
            Liquidation {
                n_steps: 40,
                horizon: 0.5,
                shares: 3e4,
                volatility: 0.2,
                ..PAPER
            },
        ] {
            let Liquidation {
                shares,
                horizon,
                volatility,
                half_spread,
                permanent_impact,
                temporary_impact,
                ..
            } = liquidation;
            let (n, step) = (f64::from(liquidation.n_steps), liquidation.step_time());
            let linear = liquidation.optimal(0.0).unwrap();
            let adjusted = temporary_impact - 0.5 * permanent_impact * step;
            // Expected cost: eqs. 9 and 10; variance: eqs. 11 and 12.
            let expected = 0.5 * permanent_impact * shares * shares
                + half_spread * shares
                + adjusted * shares * shares / horizon;
            close(
                liquidation.expected_cost(&linear),
                expected,
                1e-9 * expected,
            );
            let variance = volatility * volatility * shares * shares * horizon / 3.0
                * (1.0 - 1.0 / n)
                * (1.0 - 0.5 / n);
            let std = variance.sqrt();
            close(liquidation.cost_std(&linear), std, 1e-9 * std);
            let immediate = at_once(&liquidation);
            let expected = half_spread * shares + temporary_impact / step * shares * shares;
            close(
                liquidation.expected_cost(&immediate),
                expected,
                1e-9 * expected,
            );
            close(liquidation.cost_std(&immediate), 0.0, 0.0);
        }
    }

    #[test]
    fn small_and_large_risk_aversion_give_the_linear_and_the_immediate_plan() {
        let (linear, immediate) = (PAPER.optimal(0.0).unwrap(), at_once(&PAPER));
        let (calm, hasty) = (PAPER.optimal(1e-16).unwrap(), PAPER.optimal(1e6).unwrap());
        for j in 0..=5 {
            close(calm.holdings[j], linear.holdings[j], 1.0);
            close(hasty.holdings[j], immediate.holdings[j], 1.0);
        }
    }

    proptest! {
        /// Moving shares between two steps increases `E + λV`.
        #[test]
        fn no_other_plan_is_better(
            n_steps in 2_u32..30, horizon in 0.1..10.0_f64, shares in 1e2..1e7_f64,
            volatility in 0.01..2.0_f64, temporary_impact in 1e-7..1e-5_f64,
            permanent_share in 0.0..0.9_f64, log_aversion in -9.0..-4.0_f64,
            at in 1_usize..29, by in -1e-3..1e-3_f64,
        ) {
            let step = horizon / f64::from(n_steps);
            let liquidation = Liquidation {
                shares, horizon, n_steps, volatility, temporary_impact,
                half_spread: 0.01,
                permanent_impact: permanent_share * 2.0 * temporary_impact / step,
            };
            let aversion = 10_f64.powf(log_aversion);
            let objective = |plan: &Trajectory| {
                let std = liquidation.cost_std(plan);
                // A plan that buys pays the spread twice, which increases its cost.
                liquidation.expected_cost(plan) + aversion * std * std
            };
            let best = liquidation.optimal(aversion).unwrap();
            prop_assert!(best.trades().all(|trade| trade >= 0.0));
            prop_assert!(best.holdings[n_steps as usize].abs() < 1e-9);
            let mut other = best.clone();
            other.holdings[1 + (at - 1) % (n_steps as usize - 1)] += by * shares;
            prop_assert!(objective(&other) >= objective(&best) * (1.0 - 1e-12));
        }
    }

    #[test]
    fn without_drift_the_minimax_plan_is_the_optimal_one() {
        for (n_steps, aversion) in [(1, 1e-6), (2, 0.0), (5, 1e-6), (60, 1e-7), (60, 1e-4)] {
            let liquidation = Liquidation { n_steps, ..PAPER };
            let (a, b) = (
                liquidation.optimal(aversion).unwrap(),
                liquidation.minimax(aversion, 0.0).unwrap(),
            );
            for (a, b) in a.holdings.iter().zip(&b.holdings) {
                close(*a, *b, 1e-9 * PAPER.shares);
            }
        }
    }

    /// Without aversion the continuous limit is a parabola: x'' = B/(2(η − γτ/2)). It touches zero
    /// after `2 √(X (η − γτ/2) / B)` if that is before the horizon.
    #[test]
    fn a_strong_drift_ends_the_sale_early() {
        let liquidation = Liquidation {
            n_steps: 5_000,
            ..PAPER
        };
        let plan = liquidation.minimax(0.0, 2.0).unwrap();
        let end = 2.0 * (1e6 * 2.5e-6 / 2.0_f64).sqrt();
        for (j, x) in plan.holdings.iter().enumerate() {
            let t = 5.0 * f64::from(u32::try_from(j).unwrap()) / 5_000.0;
            let left = (1.0 - t / end).max(0.0);
            close(*x, 1e6 * left * left, 2e3);
        }
        let mild = liquidation.minimax(0.0, 0.01).unwrap();
        assert!(mild.holdings[4_999] > 0.0 && mild.holdings[5_000].abs() < f64::MIN_POSITIVE);
    }

    proptest! {
        /// Selling sooner or later, without going short, worsens the worst case.
        #[test]
        fn no_other_plan_is_better_against_the_worst_drift(
            n_steps in 2_u32..30, horizon in 0.1..10.0_f64, volatility in 0.01..2.0_f64,
            temporary_impact in 1e-7..1e-5_f64, log_aversion in -9.0..-4.0_f64,
            max_drift in 0.0..20.0_f64,
            at in 1_usize..29, by in -1e-2..1e-2_f64,
        ) {
            let liquidation = Liquidation {
                horizon, n_steps, volatility, temporary_impact, permanent_impact: 0.0, ..PAPER
            };
            let aversion = 10_f64.powf(log_aversion);
            let objective = |plan: &Trajectory| {
                let std = liquidation.cost_std(plan);
                let held: f64 = plan.holdings.iter().skip(1).sum();
                let drift = max_drift * liquidation.step_time() * held;
                liquidation.expected_cost(plan) + aversion * std * std + drift
            };
            let best = liquidation.minimax(aversion, max_drift).unwrap();
            prop_assert!(best.trades().all(|trade| trade >= -1e-6), "{best:?}");
            let mut other = best.clone();
            let moved = &mut other.holdings[1 + (at - 1) % (n_steps as usize - 1)];
            *moved = (*moved + by * PAPER.shares).max(0.0);
            prop_assert!(objective(&other) >= objective(&best) * (1.0 - 1e-12));
            let calm = liquidation.optimal(aversion).unwrap();
            prop_assert!(objective(&calm) >= objective(&best) * (1.0 - 1e-12));
        }
    }

    #[test]
    fn invalid_liquidations_are_refused_by_name() {
        let refused = |liquidation: Liquidation| liquidation.check().unwrap_err().to_string();
        assert!(
            refused(Liquidation {
                shares: 0.0,
                ..PAPER
            })
            .starts_with("shares: found 0")
        );
        assert!(
            refused(Liquidation {
                n_steps: 0,
                ..PAPER
            })
            .starts_with("n_steps")
        );
        let steep = Liquidation {
            permanent_impact: 1e-5,
            ..PAPER
        };
        assert!(refused(steep).contains("expected more than permanent_impact"));
        assert!(PAPER.optimal(-1.0).is_err());
        let error = PAPER.minimax(1e-6, -2.0).unwrap_err().to_string();
        assert_eq!(error, "max_drift: found -2, expected a finite number >= 0");
    }
}
