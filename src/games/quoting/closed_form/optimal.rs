//! Exact optimal quotes under inventory penalties. With the penalty B|q|, where q is the inventory,
//! they are also the minimax quotes against an adversary whose price drift is within [−B, B].

use super::{
    Disturbance, DisturbanceSet, InventoryPenalty, OrderFlow, Quotes, QuotingAdversary,
    QuotingError, QuotingStrategy, QuotingView, WorstDrift,
    error::check_steps,
    log_propagator::LogPropagator,
    robust::{RobustIntegrator, worst_decay_multiplier},
};
use crate::market::{Bound, check_bounds};
use std::f64::consts::E;

/// Problem of choosing offsets δ, with no quote beyond the inventory bound, that maximize
///
/// ```text
/// E[ wealth_T − terminal(q_T) − ∫ running(q_t) dt ]        |q| ≤ max_inventory
/// ```
///
/// where wealth is marked at a martingale mid price. The optimal value h(t, q) from t on obeys
///
/// ```text
/// −∂h/∂t = −running(q) + (A/(ek)) ( e^{k(h(q+1) − h(q))} + e^{k(h(q−1) − h(q))} )
/// h(T, q) = −terminal(q)
/// h(t, q) = (1/k) ln [ exp(M(T − t)) e^{−k terminal} ]_q
/// M_qq = −k running(q)                M_{q,q±1} = A/e
/// ask offset 1/k − h(q−1) + h(q)        bid offset 1/k − h(q+1) + h(q)
/// ```
///
/// Source: Cartea, Jaimungal, Penalva (2015), Algorithmic and high-frequency trading, section 10.2
/// (eq. 10.11), where running and terminal are φq² and αq². An adversary's drift in [−B, B] costs
/// at most B|q| (Spooner, Savani 2020, arXiv 2003.01820), so `running: Absolute(B)` gives the
/// minimax of that game.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuotingProblem {
    /// Arrival rate A and decay k of the orders.
    pub flow: OrderFlow,
    /// Cost of inventory per unit of time.
    pub running: InventoryPenalty,
    /// Cost of inventory at the end.
    pub terminal: InventoryPenalty,
    /// Largest |q|. Unit: orders.
    pub max_inventory: u32,
    /// Horizon T > 0. Unit: time.
    pub horizon: f64,
}

const MAX_INVENTORY: u32 = 10_000;
/// Maximum number of values in a table: 400 MB.
const MAX_TABLE: u64 = 50_000_000;

impl QuotingProblem {
    /// Problem of the game against drifts in [−`max_drift`, `max_drift`] (currency / time).
    #[must_use]
    pub const fn drift_game(
        flow: OrderFlow,
        max_drift: f64,
        max_inventory: u32,
        horizon: f64,
    ) -> Self {
        Self {
            flow,
            running: InventoryPenalty::Absolute(max_drift),
            terminal: InventoryPenalty::None,
            max_inventory,
            horizon,
        }
    }

    /// Tabulates h at `n_steps + 1` times: exact there, linear between them.
    ///
    /// # Errors
    /// [`QuotingError`] for invalid parameters, or rates so high that the work exceeds its limit.
    pub fn solve(&self, n_steps: u32) -> Result<OptimalQuotes, QuotingError> {
        self.solve_against(&DisturbanceSet::NONE, n_steps)
    }

    /// Computes the minimax quotes against an adversary that knows the quotes and picks drift,
    /// arrivals and decay from `set` (bounds B, m, M) at every moment:
    ///
    /// ```text
    /// −∂h/∂t = −running(q) − B|q|
    ///     + min over μ in [1, M] of (mA/(eμk)) ( e^{μk(h(q+1) − h(q))} + e^{μk(h(q−1) − h(q))} )
    /// ask offset 1/(μk) − h(q−1) + h(q)        bid offset 1/(μk) − h(q+1) + h(q)
    /// with the minimizing μ
    /// ```
    ///
    /// This is a saddle point. Offsets `δ_s` earn `mA Σ_s e^{−μkδ_s} (δ_s + h(q ± 1) − h(q))` per
    /// unit of time, which at the minimax quotes is `(mA/(μ*k)) Σ_s e^{−μkδ_s}`. That is positive,
    /// so the smallest m is the worst. This income is convex in μ with its minimum over [1, M] at
    /// μ*, because by the envelope theorem its derivative there equals that of the minimized
    /// expression. The worst decay is M if and only if the mean offset at M, weighted by the rates
    /// of fills, is not negative, in particular when both offsets are positive. For a quoter who
    /// sells a large inventory below the mid price, μ* is smaller, down to 1 when that mean is
    /// negative for all μ. At the inventory bound, where a single side is quoted, its quote then
    /// stands at the mid price.
    ///
    /// For M = 1 the matrix exponential of [`QuotingProblem`] is exact; otherwise Runge-Kutta
    /// solves the equation to about eight digits.
    ///
    /// # Errors
    /// As [`QuotingProblem::solve`], and for an invalid set.
    pub fn solve_against(
        &self,
        set: &DisturbanceSet,
        n_steps: u32,
    ) -> Result<OptimalQuotes, QuotingError> {
        self.check()?;
        set.check()?;
        self.check_table(n_steps)?;
        let step = self.horizon / f64::from(n_steps);
        let values = if set.max_decay_multiplier > 1.0 {
            self.integrate(set, (n_steps, step))?
        } else {
            self.propagate(set, (n_steps, step))?
        };
        Ok(OptimalQuotes {
            values,
            bound: self.max_inventory.cast_signed(),
            n_steps,
            steps_per_time: f64::from(n_steps) / self.horizon,
            flow: self.flow,
            set: *set,
        })
    }

    fn propagate(
        &self,
        set: &DisturbanceSet,
        (n_steps, step): (u32, f64),
    ) -> Result<Vec<f64>, QuotingError> {
        let decay = self.flow.decay;
        let running = |q: i32| decay * (self.running.of(q) + set.max_drift * f64::from(q.abs()));
        let costs = self.inventories().map(running).collect();
        let arrival_rate = self.flow.arrival_rate * set.min_arrival_multiplier;
        let mut propagator = LogPropagator::new(costs, arrival_rate / E);
        propagator.check(self.horizon)?;
        let terminal = |q| -(decay * self.terminal.of(q));
        let mut log_values: Vec<f64> = self.inventories().map(terminal).collect();
        let mut values = Vec::with_capacity((n_steps as usize + 1) * log_values.len());
        values.extend(log_values.iter().map(|l| l / decay));
        for _ in 0..n_steps {
            propagator.advance(&mut log_values, step);
            values.extend(log_values.iter().map(|l| l / decay));
        }
        Ok(values)
    }

    fn integrate(
        &self,
        set: &DisturbanceSet,
        (n_steps, step): (u32, f64),
    ) -> Result<Vec<f64>, QuotingError> {
        let mut integrator = RobustIntegrator::new(self, set);
        let mut row: Vec<f64> = self.inventories().map(|q| -self.terminal.of(q)).collect();
        let mut values = Vec::with_capacity((n_steps as usize + 1) * row.len());
        values.extend_from_slice(&row);
        for _ in 0..n_steps {
            integrator.advance(&mut row, step)?;
            values.extend_from_slice(&row);
        }
        Ok(values)
    }

    fn inventories(&self) -> std::ops::RangeInclusive<i32> {
        let bound = self.max_inventory.cast_signed();
        -bound..=bound
    }

    /// Checks the size of a table of all inventories at `n_steps` times.
    pub(super) fn check_table(&self, n_steps: u32) -> Result<(), QuotingError> {
        check_steps(n_steps, u32::MAX)?;
        let found = (u64::from(n_steps) + 1) * (2 * u64::from(self.max_inventory) + 1);
        if found > MAX_TABLE {
            return Err(QuotingError::Table {
                found,
                limit: MAX_TABLE,
            });
        }
        Ok(())
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`QuotingError`] naming the field outside its range.
    pub fn check(&self) -> Result<(), QuotingError> {
        self.flow.check()?;
        self.running.check("running")?;
        self.terminal.check("terminal")?;
        check_bounds(&[("horizon", self.horizon, Bound::Positive)])?;
        if (1..=MAX_INVENTORY).contains(&self.max_inventory) {
            Ok(())
        } else {
            Err(QuotingError::MaxInventory {
                found: self.max_inventory,
                limit: MAX_INVENTORY,
            })
        }
    }
}

/// Solution of a [`QuotingProblem`]: values, and the quotes that earn them.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimalQuotes {
    /// Values h, `[n_steps + 1, 2 max_inventory + 1]` row-major; row n is n steps before the end.
    values: Vec<f64>,
    bound: i32,
    n_steps: u32,
    steps_per_time: f64,
    flow: OrderFlow,
    set: DisturbanceSet,
}

impl OptimalQuotes {
    /// Minimax quotes against drifts in [−`max_drift`, `max_drift`]: see [`QuotingProblem`].
    ///
    /// # Errors
    /// As [`QuotingProblem::solve`].
    pub fn minimax(
        flow: OrderFlow,
        max_drift: f64,
        max_inventory: u32,
        horizon: f64,
        n_steps: u32,
    ) -> Result<Self, QuotingError> {
        let set = DisturbanceSet::drift(max_drift);
        let problem = QuotingProblem {
            running: InventoryPenalty::None,
            ..QuotingProblem::drift_game(flow, 0.0, max_inventory, horizon)
        };
        problem.solve_against(&set, n_steps)
    }

    /// h(t, q), the value from time t to the end. Times outside the horizon and inventories outside
    /// the bound are clamped. Unit: currency.
    #[must_use]
    pub fn value(&self, view: QuotingView) -> f64 {
        self.at(view.time_left).value(view.inventory)
    }

    /// Interpolates the table at `time_left`.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the number of steps"
    )]
    fn at(&self, time_left: f64) -> Row<'_> {
        let place = (time_left * self.steps_per_time).clamp(0.0, f64::from(self.n_steps));
        let nearest = place.round();
        // Summed time steps miss the grid by rounding; on the grid the table is exact.
        let place = if (place - nearest).abs() < 1e-9 * nearest.max(1.0) {
            nearest
        } else {
            place
        };
        let below = place.floor();
        let width = 2 * self.bound.unsigned_abs() as usize + 1;
        let row = |n: usize| &self.values[n * width..(n + 1) * width];
        let n = below as usize;
        Row {
            later: row(n),
            earlier: row((n + 1).min(self.n_steps as usize)),
            weight: place - below,
            bound: self.bound,
        }
    }
}

/// Values h at one time, interpolated between two rows of the table.
struct Row<'a> {
    later: &'a [f64],
    earlier: &'a [f64],
    weight: f64,
    bound: i32,
}

impl Row<'_> {
    fn value(&self, inventory: i32) -> f64 {
        let i = (inventory.clamp(-self.bound, self.bound) + self.bound).unsigned_abs() as usize;
        self.later[i] + self.weight * (self.earlier[i] - self.later[i])
    }

    /// Values h(q+1), h(q−1) of the neighboring inventories; −∞ beyond the inventory bound.
    fn beside(&self, inventory: i32) -> [f64; 2] {
        [inventory + 1, inventory - 1].map(|next| {
            if next.abs() > self.bound {
                f64::NEG_INFINITY
            } else {
                self.value(next)
            }
        })
    }
}

impl OptimalQuotes {
    /// Saddle point: h at the inventory, h at both neighboring inventories, decay multiplier.
    fn saddle(&self, view: QuotingView) -> (f64, [f64; 2], f64) {
        let inventory = view.inventory.clamp(-self.bound, self.bound);
        let row = self.at(view.time_left);
        let (here, beside) = (row.value(inventory), row.beside(inventory));
        let rises = beside.map(|next| self.flow.decay * (next - here));
        let multiplier = worst_decay_multiplier(self.set.max_decay_multiplier, rises);
        (here, beside, multiplier)
    }
}

impl QuotingStrategy for OptimalQuotes {
    fn quotes(&self, view: QuotingView) -> Quotes {
        let (here, [more, less], multiplier) = self.saddle(view);
        let alone = self.flow.risk_neutral_offset() / multiplier;
        Quotes {
            bid_offset: alone - more + here,
            ask_offset: alone - less + here,
        }
    }
}

/// The adversary of the saddle point, against whom these quotes are optimal.
impl QuotingAdversary for OptimalQuotes {
    fn disturb(&self, view: QuotingView) -> Disturbance {
        let max_drift = self.set.max_drift;
        Disturbance {
            drift: WorstDrift { max_drift }.disturb(view).drift,
            arrival_multiplier: self.set.min_arrival_multiplier,
            decay_multiplier: self.saddle(view).2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: OrderFlow = OrderFlow {
        arrival_rate: 140.0,
        decay: 1.5,
    };

    fn start(inventory: i32) -> QuotingView {
        QuotingView {
            time_left: 1.0,
            inventory,
        }
    }

    /// Quoting problems other than the published drift game.
    fn problems() -> Vec<QuotingProblem> {
        let flow = |arrival_rate, decay| OrderFlow {
            arrival_rate,
            decay,
        };
        let drift = QuotingProblem::drift_game;
        vec![
            drift(FLOW, 5.0, 50, 1.0),
            drift(FLOW, 0.0, 4, 1.0),
            drift(flow(30.0, 0.7), 12.0, 15, 0.4),
            drift(flow(2.0, 100.0), 0.02, 8, 3.0),
            QuotingProblem {
                flow: flow(50.0, 2.0),
                running: InventoryPenalty::Quadratic(0.05),
                terminal: InventoryPenalty::Quadratic(0.08),
                max_inventory: 10,
                horizon: 1.5,
            },
            QuotingProblem {
                flow: flow(10.0, 0.3),
                running: InventoryPenalty::None,
                terminal: InventoryPenalty::Absolute(0.8),
                max_inventory: 6,
                horizon: 2.0,
            },
        ]
    }

    #[test]
    fn the_drift_game_has_the_published_values() {
        for (max_drift, expected) in [(0.0, 68.671), (5.0, 59.586)] {
            let optimal = OptimalQuotes::minimax(FLOW, max_drift, 50, 1.0, 10).unwrap();
            let found = optimal.value(start(0));
            assert!(
                (found - expected).abs() < 5e-4,
                "{found} at B = {max_drift}"
            );
        }
    }

    #[test]
    fn without_penalty_and_far_from_the_bound_it_is_risk_neutral() {
        // exp(Mτ) 1 = e^{2aτ} far from the bound: h = 2Aτ/(ek).
        for flow in [FLOW, FLOW.scaled(0.2, 3.0)] {
            let optimal = OptimalQuotes::minimax(flow, 0.0, 200, 1.0, 4).unwrap();
            let known = 2.0 * flow.arrival_rate / (E * flow.decay);
            assert!((optimal.value(start(0)) / known - 1.0).abs() < 1e-12);
            let quotes = optimal.quotes(start(0));
            assert!((quotes.ask_offset * flow.decay - 1.0).abs() < 1e-9);
            assert!((quotes.bid_offset * flow.decay - 1.0).abs() < 1e-9);
        }
    }

    /// Integrates the nonlinear equation for h (Runge-Kutta of order four), without exponentials.
    fn integrate(problem: &QuotingProblem, n_steps: u32) -> Vec<f64> {
        let bound = problem.max_inventory.cast_signed();
        let (a, k) = (problem.flow.arrival_rate, problem.flow.decay);
        let slope = |h: &[f64]| -> Vec<f64> {
            (0..h.len())
                .map(|i| {
                    // sup over δ of A e^{−kδ} (δ + h' − h) = (A/(ek)) e^{k(h' − h)}.
                    let trade = |j: usize| a / (E * k) * (k * (h[j] - h[i])).exp();
                    let q = i32::try_from(i).unwrap() - bound;
                    let buy = if q < bound { trade(i + 1) } else { 0.0 };
                    let sell = if q > -bound { trade(i - 1) } else { 0.0 };
                    buy + sell - problem.running.of(q)
                })
                .collect()
        };
        let dt = problem.horizon / f64::from(n_steps);
        let along = |h: &[f64], d: &[f64], by: f64| -> Vec<f64> {
            h.iter().zip(d).map(|(h, d)| h + by * d).collect()
        };
        let mut h: Vec<f64> = (-bound..=bound).map(|q| -problem.terminal.of(q)).collect();
        for _ in 0..n_steps {
            let k1 = slope(&h);
            let k2 = slope(&along(&h, &k1, 0.5 * dt));
            let k3 = slope(&along(&h, &k2, 0.5 * dt));
            let k4 = slope(&along(&h, &k3, dt));
            for i in 0..h.len() {
                h[i] += dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
            }
        }
        h
    }

    #[test]
    fn values_solve_the_equation_of_the_problem() {
        for problem in problems() {
            let optimal = problem.solve(7).unwrap();
            let bound = problem.max_inventory.cast_signed();
            for (h, inventory) in integrate(&problem, 4_000).iter().zip(-bound..) {
                let found = optimal.value(QuotingView {
                    time_left: problem.horizon,
                    inventory,
                });
                assert!(
                    (found - h).abs() < 1e-6 * h.abs().max(1.0),
                    "{problem:?} at {inventory}: {found} and {h}"
                );
            }
        }
    }

    #[test]
    fn values_at_grid_times_do_not_depend_on_the_grid() {
        for problem in problems() {
            let (coarse, fine) = (problem.solve(5).unwrap(), problem.solve(60).unwrap());
            for n in 0..=5 {
                let view = QuotingView {
                    time_left: problem.horizon * f64::from(n) / 5.0,
                    inventory: 2,
                };
                let (a, b) = (coarse.value(view), fine.value(view));
                assert!((a - b).abs() < 1e-10 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }

    #[test]
    fn quotes_are_symmetric_and_infinite_at_the_bound() {
        let optimal = OptimalQuotes::minimax(FLOW, 5.0, 20, 1.0, 50).unwrap();
        for inventory in -20..=20 {
            let (long, short) = (
                optimal.quotes(start(inventory)),
                optimal.quotes(start(-inventory)),
            );
            let mirrored = (long.bid_offset - short.ask_offset).abs() < 1e-9
                || long.bid_offset.is_infinite() && short.ask_offset.is_infinite();
            assert!(mirrored, "{inventory}: {long:?} {short:?}");
            assert_eq!(long.bid_offset.is_infinite(), inventory == 20);
        }
        let (flat, long) = (optimal.quotes(start(0)), optimal.quotes(start(5)));
        assert!(long.ask_offset < flat.ask_offset && long.bid_offset > flat.bid_offset);
    }

    #[test]
    fn a_larger_penalty_a_slower_flow_and_a_narrower_bound_are_worth_less() {
        let value = |flow: OrderFlow, max_drift, bound| {
            let optimal = OptimalQuotes::minimax(flow, max_drift, bound, 1.0, 3).unwrap();
            optimal.value(start(0))
        };
        let base = value(FLOW, 5.0, 50);
        assert!(value(FLOW, 6.0, 50) < base);
        assert!(value(FLOW.scaled(0.8, 1.0), 5.0, 50) < base);
        assert!(value(FLOW.scaled(1.0, 1.2), 5.0, 50) < base);
        assert!(value(FLOW, 5.0, 2) < base);
    }

    #[test]
    fn invalid_problems_are_refused() {
        let solve = |problem: QuotingProblem| problem.solve(10).unwrap_err().to_string();
        let drift = QuotingProblem::drift_game;
        assert!(solve(drift(FLOW, -1.0, 5, 1.0)).starts_with("running: found -1"));
        assert!(solve(drift(FLOW, 1.0, 0, 1.0)).starts_with("max_inventory: found 0"));
        assert!(solve(drift(FLOW, 1.0, 5, 0.0)).starts_with("horizon: found 0"));
        assert!(solve(drift(FLOW, 1e9, 5, 1.0)).contains("substeps"));
        let error = drift(FLOW, 1.0, 5, 1.0).solve(0).unwrap_err();
        assert!(error.to_string().starts_with("n_steps: found 0"));
        assert!(OptimalQuotes::minimax(FLOW, f64::NAN, 5, 1.0, 1).is_err());
        let table = drift(FLOW, 1.0, 9_999, 1e-6).solve(u32::MAX).unwrap_err();
        assert!(matches!(table, QuotingError::Table { .. }));
    }
}
