//! Continuous-time solution against an adversary over drift, arrivals and decay.

use super::{DisturbanceSet, QuotingError, QuotingProblem};
use std::f64::consts::E;

/// Decay multiplier in [1, `max`] that is worst for a quoter who responds optimally:
///
/// ```text
/// min over m of F(m) = (1/m) Σ_s e^{m x_s}        x_s = k (h(q ± 1) − h(q)); −∞ without a quote
/// ```
///
/// F is convex, `F'' = (1/m³) Σ e^{m x} ((m x − 1)² + 1)`, so bisection finds the zero of
/// `m² F' = Σ e^{m x} (m x − 1)`.
pub(super) fn worst_decay_multiplier(max: f64, rises: [f64; 2]) -> f64 {
    if max <= 1.0 {
        return 1.0;
    }
    let highest = rises[0].max(rises[1]);
    // Scaled by a positive factor to avoid overflow; only the sign matters.
    let slope = |m: f64| -> f64 {
        let term = |x: f64| {
            if x.is_finite() {
                (m * (x - highest)).exp() * (m * x - 1.0)
            } else {
                0.0
            }
        };
        term(rises[0]) + term(rises[1])
    };
    if slope(max) <= 0.0 {
        return max;
    }
    let (mut low, mut high) = (1.0, max);
    while slope(low) < 0.0 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if slope(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Integrates h backward from the end, through the nonlinear equation of
/// [`QuotingProblem::solve_against`].
pub(super) struct RobustIntegrator {
    /// Running cost plus B|q|, by inventory.
    costs: Vec<f64>,
    decay: f64,
    /// Coefficient mA/e of the fills.
    beside: f64,
    max_decay_multiplier: f64,
    work_left: f64,
}

/// Maximum number of substeps times states, which takes a few seconds to compute.
const MAX_WORK: f64 = 3e7;
/// Substep times row sum of the Jacobian; a substep's error is proportional to its fifth power.
const SUBSTEP: f64 = 0.1;

impl RobustIntegrator {
    pub(super) fn new(problem: &QuotingProblem, set: &DisturbanceSet) -> Self {
        let bound = problem.max_inventory.cast_signed();
        let cost = |q: i32| problem.running.of(q) + set.max_drift * f64::from(q.abs());
        Self {
            costs: (-bound..=bound).map(cost).collect(),
            decay: problem.flow.decay,
            beside: problem.flow.arrival_rate * set.min_arrival_multiplier / E,
            max_decay_multiplier: set.max_decay_multiplier,
            work_left: MAX_WORK,
        }
    }

    /// Moves `values` back by `time` (Runge-Kutta of order four).
    ///
    /// # Errors
    /// [`QuotingError::TooFast`] if the work exceeds its limit.
    #[allow(clippy::cast_precision_loss, reason = "thousands of states")]
    pub(super) fn advance(&mut self, values: &mut [f64], time: f64) -> Result<(), QuotingError> {
        let n_states = values.len() as f64;
        let mut slopes = [(); 4].map(|()| vec![0.0; values.len()]);
        let mut inside = values.to_vec();
        let mut left = time;
        while left > 0.0 {
            let row_sum = self.slope(values, &mut slopes[0]);
            let needed = left * row_sum / SUBSTEP;
            let is_affordable = needed * n_states <= self.work_left;
            if !is_affordable {
                return Err(QuotingError::TooFast {
                    found: needed,
                    limit: self.work_left / n_states,
                });
            }
            self.work_left -= n_states;
            let substep = left.min(SUBSTEP / row_sum);
            for (stage, share) in [(1, 0.5), (2, 0.5), (3, 1.0)] {
                for (i, x) in inside.iter_mut().enumerate() {
                    *x = values[i] + share * substep * slopes[stage - 1][i];
                }
                self.slope(&inside, &mut slopes[stage]);
            }
            for (i, h) in values.iter_mut().enumerate() {
                let [first, second, third, last] = slopes.each_ref().map(|slope| slope[i]);
                *h += substep / 6.0 * (first + 2.0 * (second + third) + last);
            }
            left -= substep;
        }
        Ok(())
    }

    /// Writes −∂h/∂t; returns the largest row sum of its Jacobian.
    fn slope(&self, values: &[f64], out: &mut [f64]) -> f64 {
        let mut largest = 0.0_f64;
        for (i, slope) in out.iter_mut().enumerate() {
            let rise = |next: Option<&f64>| {
                next.map_or(f64::NEG_INFINITY, |h| self.decay * (h - values[i]))
            };
            let rises = [
                rise(values.get(i + 1)),
                rise(i.checked_sub(1).and_then(|j| values.get(j))),
            ];
            let m = worst_decay_multiplier(self.max_decay_multiplier, rises);
            let rates = self.beside * ((m * rises[0]).exp() + (m * rises[1]).exp());
            *slope = rates / (m * self.decay) - self.costs[i];
            largest = largest.max(2.0 * rates);
        }
        largest
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        InventoryPenalty, OrderFlow, QuotingAdversary, QuotingStrategy, QuotingView,
    };
    use super::*;

    const FLOW: OrderFlow = OrderFlow {
        arrival_rate: 60.0,
        decay: 1.5,
    };

    fn problem(terminal: f64) -> QuotingProblem {
        QuotingProblem {
            flow: FLOW,
            running: InventoryPenalty::Quadratic(0.2),
            terminal: InventoryPenalty::Quadratic(terminal),
            max_inventory: 6,
            horizon: 0.8,
        }
    }

    fn view(time_left: f64, inventory: i32) -> QuotingView {
        QuotingView {
            time_left,
            inventory,
        }
    }

    #[test]
    fn the_worst_multiplier_minimizes_the_value() {
        let none = f64::NEG_INFINITY;
        for rises in [
            [0.1, -0.3],
            [2.0, -2.0],
            [0.7, 0.8],
            [0.5, none],
            [none, 3.0],
            [-1.0, none],
            [30.0, -30.0],
            [900.0, -1.0],
        ] {
            let left = |m: f64| {
                ((m * (rises[0] - 900.0)).exp() + (m * (rises[1] - 900.0)).exp()).ln() + 900.0 * m
                    - m.ln()
            };
            let found = worst_decay_multiplier(3.0, rises);
            assert!((1.0..=3.0).contains(&found));
            for i in 0..=2_000 {
                let other = 1.0 + 0.001 * f64::from(i);
                assert!(
                    left(found) <= left(other) + 1e-9,
                    "{rises:?}: {found}, {other}"
                );
            }
        }
        // For a single quote with 1/M ≤ x ≤ 1 the worst multiplier is 1/x: the quote is at mid.
        assert!((worst_decay_multiplier(3.0, [none, 0.5]) - 2.0).abs() < 1e-12);
    }

    /// If the largest decay is the worst, the equation is the linear one of the scaled flow.
    #[test]
    fn both_equations_agree_when_the_largest_decay_is_the_worst() {
        let set = DisturbanceSet {
            max_drift: 0.5,
            min_arrival_multiplier: 0.7,
            max_decay_multiplier: 1.4,
        };
        let mild_costs = QuotingProblem {
            running: InventoryPenalty::Quadratic(0.05),
            ..problem(0.0)
        };
        let corner = QuotingProblem {
            flow: FLOW.scaled(0.7, 1.4),
            ..mild_costs
        };
        let linear = corner
            .solve_against(&DisturbanceSet::drift(0.5), 10)
            .unwrap();
        let robust = mild_costs.solve_against(&set, 10).unwrap();
        for n in 1..=10 {
            for inventory in -6..=6 {
                let view = view(0.08 * f64::from(n), inventory);
                let quotes = robust.quotes(view);
                assert!(quotes.bid_offset > 0.0 && quotes.ask_offset > 0.0);
                assert!((robust.disturb(view).decay_multiplier - 1.4).abs() < 1e-12);
                let (a, b) = (robust.value(view), linear.value(view));
                assert!((a - b).abs() < 1e-7, "{a} and {b}");
            }
        }
        // With M = 1 both methods solve the same equation.
        let mild = DisturbanceSet {
            max_decay_multiplier: 1.0,
            ..set
        };
        let linear = problem(0.3).solve_against(&mild, 4).unwrap();
        let mut integrator = RobustIntegrator::new(&problem(0.3), &mild);
        let mut values: Vec<f64> = (-6..=6).map(|q| -0.3 * f64::from(q * q)).collect();
        integrator.advance(&mut values, 0.8).unwrap();
        for (h, inventory) in values.iter().zip(-6..) {
            let known = linear.value(view(0.8, inventory));
            assert!((h - known).abs() < 1e-7, "{h} and {known}");
        }
    }

    /// A high terminal penalty makes a quoter with a full inventory sell below the mid price. A
    /// steep decay would help it, so the worst decay is smaller.
    #[test]
    fn with_a_full_inventory_the_largest_decay_is_not_the_worst() {
        let set = DisturbanceSet::order_flow(0.5, 2.0);
        let dear = problem(0.8);
        let robust = dear.solve_against(&set, 200).unwrap();
        let late = |inventory| view(0.004, inventory);
        let multiplier = |inventory| robust.disturb(late(inventory)).decay_multiplier;
        assert!((multiplier(0) - 2.0).abs() < 1e-12);
        assert!((multiplier(5) - 1.0).abs() < 1e-12);
        let between: Vec<f64> = (0..200)
            .flat_map(|n| (0..=6).map(move |q| view(0.004 * f64::from(n), q)))
            .map(|view| robust.disturb(view).decay_multiplier)
            .filter(|m| *m > 1.0 && *m < 2.0)
            .collect();
        assert!(between.len() > 20, "{}", between.len());
        // The mean offset weighted by fills is 0 if the worst decay is inside the set, not negative
        // if it is the largest, and not positive if it is 1.
        for n in 1..=200 {
            for inventory in -6..=6 {
                let view = view(0.004 * f64::from(n), inventory);
                let (quotes, m) = (robust.quotes(view), robust.disturb(view).decay_multiplier);
                let pull = |offset: f64| {
                    if offset.is_finite() {
                        offset * (-m * FLOW.decay * offset).exp()
                    } else {
                        0.0
                    }
                };
                let mean = pull(quotes.bid_offset) + pull(quotes.ask_offset);
                assert!(m < 2.0 || mean >= -1e-9, "{view:?}: {mean} at {m}");
                assert!(m > 1.0 || mean <= 1e-9, "{view:?}: {mean} at {m}");
                assert!(
                    m >= 2.0 || m <= 1.0 || mean.abs() < 1e-9,
                    "{view:?}: {mean} at {m}"
                );
            }
        }
        // The value is below that of a given decay, clean or steep.
        let value = robust.value(view(0.8, 0));
        for decay in [1.0, 2.0] {
            let known = QuotingProblem {
                flow: FLOW.scaled(0.5, decay),
                ..dear
            };
            assert!(value < known.solve(4).unwrap().value(view(0.8, 0)));
        }
    }

    #[test]
    fn too_much_work_is_refused() {
        let set = DisturbanceSet::order_flow(1.0, 2.0);
        let steep = problem(1e4);
        let error = steep.solve_against(&set, 2).unwrap_err();
        assert!(matches!(error, QuotingError::TooFast { .. }), "{error}");
    }
}
