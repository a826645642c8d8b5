//! Worst case of a given strategy, step by step.

use super::{
    Disturbance, DisturbanceSet, FillRule, QuoteTiming, Quotes, QuotingAdversary, QuotingError,
    QuotingProblem, QuotingStrategy, QuotingView,
};

/// A quoting problem in steps, as [`MarketMaking`](super::super::MarketMaking) plays it: per step
/// at most one order on each side, independently filled.
///
/// With dt = horizon / `n_steps`, x and y the probabilities of a fill of bid and ask, q' the
/// inventory after the fills and b the drift, a step earns in expectation
///
/// ```text
/// x δ_bid + y δ_ask + b dt E[q or q'] − running(q or q') dt        terminal(q') once at the end
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuotingGame {
    /// Orders, penalties, bound and horizon.
    pub problem: QuotingProblem,
    /// Number of steps, of length dt = T / `n_steps`.
    pub n_steps: u32,
    /// Rule from the rate of orders to the probability of a fill.
    pub fills: FillRule,
    /// Order of fills and price move. The inventory that bears the price move pays the running
    /// penalty.
    pub timing: QuoteTiming,
    /// Order of fills and the adversary's drift: `timing`, or [`QuoteTiming::QuotesFirst`] if the
    /// drift is a jump after the fills.
    pub drift_timing: QuoteTiming,
}

/// The most harmful adversary within a [`DisturbanceSet`] against one strategy, and the strategy's
/// value under it: tables over time and inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct WorstResponse {
    bound: i32,
    n_steps: u32,
    step: f64,
    /// Values, `[n_steps + 1, 2 bound + 1]` row-major; row n is n steps before the end.
    values: Vec<f64>,
    /// Adversary's moves, `[n_steps, 2 bound + 1]`; row n is n + 1 steps before the end.
    disturbances: Vec<Disturbance>,
}

impl QuotingGame {
    /// Finds the adversary that knows `strategy` and minimizes its value, by dynamic programming.
    ///
    /// The value of a step is bilinear in x and y, and a bilinear function has no strict minimum
    /// inside an open set. So the worst multipliers lie on an edge of their box, along which only
    /// one of them varies. The ends of each edge are evaluated, and its inside is searched at eight
    /// points and refined around the best. Only this search is inexact: it may miss a narrow dip
    /// between two points, and the true worst case is then slightly lower. The drift enters
    /// linearly, so it is B or −B; its sign is opposite to that of the inventory, unless the
    /// inventory is 0.
    ///
    /// # Errors
    /// [`QuotingError`] for invalid problems or sets.
    pub fn worst_response(
        &self,
        strategy: &(impl QuotingStrategy + ?Sized),
        set: &DisturbanceSet,
    ) -> Result<WorstResponse, QuotingError> {
        set.check()?;
        self.play_back(strategy, |state, _| state.worst(set))
    }

    /// Computes values and moves for a given `adversary`, without a search.
    ///
    /// # Errors
    /// As [`QuotingGame::worst_response`].
    pub fn response(
        &self,
        strategy: &(impl QuotingStrategy + ?Sized),
        adversary: &(impl QuotingAdversary + ?Sized),
    ) -> Result<WorstResponse, QuotingError> {
        self.play_back(strategy, |state, view| {
            let disturbance = adversary.disturb(view);
            (disturbance, state.value(disturbance))
        })
    }

    /// Iterates backward in time; `answer` returns the adversary's move and the value under it.
    fn play_back(
        &self,
        strategy: &(impl QuotingStrategy + ?Sized),
        answer: impl Fn(&State<'_>, QuotingView) -> (Disturbance, f64),
    ) -> Result<WorstResponse, QuotingError> {
        self.problem.check()?;
        self.problem.check_table(self.n_steps)?;
        let bound = self.problem.max_inventory.cast_signed();
        let step = self.problem.horizon / f64::from(self.n_steps);
        let terminal = |q| -self.problem.terminal.of(q);
        let mut later: Vec<f64> = (-bound..=bound).map(terminal).collect();
        let mut values = later.clone();
        let mut disturbances = Vec::with_capacity(self.n_steps as usize * later.len());
        for n in 1..=self.n_steps {
            let begin = values.len();
            for inventory in -bound..=bound {
                let view = QuotingView {
                    time_left: f64::from(n) * step,
                    inventory,
                };
                let state = State {
                    game: self,
                    step,
                    quotes: strategy.quotes(view),
                    inventory,
                    later: &later,
                };
                let (disturbance, value) = answer(&state, view);
                disturbances.push(disturbance);
                values.push(value);
            }
            later.copy_from_slice(&values[begin..]);
        }
        Ok(WorstResponse {
            bound,
            n_steps: self.n_steps,
            step,
            values,
            disturbances,
        })
    }
}

impl WorstResponse {
    /// Expected future rewards in the worst case found by [`QuotingGame::worst_response`]. Times
    /// are rounded to steps, inventories clamped. Unit: currency.
    #[must_use]
    pub fn value(&self, view: QuotingView) -> f64 {
        self.values[self.place(self.steps_left(view), view)]
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the number of steps"
    )]
    fn steps_left(&self, view: QuotingView) -> usize {
        let steps = (view.time_left / self.step).round();
        steps.clamp(0.0, f64::from(self.n_steps)) as usize
    }

    fn place(&self, row: usize, view: QuotingView) -> usize {
        let column = view.inventory.clamp(-self.bound, self.bound) + self.bound;
        let width = 2 * self.bound.unsigned_abs() as usize + 1;
        row * width + column.unsigned_abs() as usize
    }
}

impl QuotingAdversary for WorstResponse {
    fn disturb(&self, view: QuotingView) -> Disturbance {
        let row = self.steps_left(view).max(1) - 1;
        self.disturbances[self.place(row, view)]
    }
}

/// State at the start of a step: quotes are set, and the values after the step are known.
struct State<'a> {
    game: &'a QuotingGame,
    step: f64,
    quotes: Quotes,
    inventory: i32,
    /// Values after the step, by inventory.
    later: &'a [f64],
}

/// Number of cells in the search along an edge.
const CELLS: u32 = 9;
/// Number of refinements, each by the golden ratio.
const REFINEMENTS: u32 = 32;
/// Relative amount by which a candidate must lower the value; smaller differences are rounding.
const ROUNDING: f64 = 1e-12;

impl State<'_> {
    /// Expected reward of the step and of all later steps.
    fn value(&self, disturbance: Disturbance) -> f64 {
        let Self { game, quotes, .. } = self;
        let problem = &game.problem;
        let (q, bound) = (self.inventory, problem.max_inventory.cast_signed());
        let flow = problem
            .flow
            .scaled(disturbance.arrival_multiplier, disturbance.decay_multiplier);
        let filled = |offset: f64, has_room: bool| {
            if has_room {
                flow.fill_probability(game.fills, offset, self.step)
            } else {
                0.0
            }
        };
        let bought = filled(quotes.bid_offset, q < bound);
        let sold = filled(quotes.ask_offset, q > -bound);
        let carried = |timing: QuoteTiming, holds: i32| {
            let mut rate = 0.0;
            if game.timing == timing {
                rate -= problem.running.of(holds);
            }
            if game.drift_timing == timing {
                rate += disturbance.drift * f64::from(holds);
            }
            rate * self.step
        };
        let reaches = |probability: f64, next: i32| {
            if probability > 0.0 {
                let after = carried(QuoteTiming::QuotesFirst, next);
                probability * (after + self.later[(next + bound).unsigned_abs() as usize])
            } else {
                0.0
            }
        };
        let both_or_none = bought * sold + (1.0 - bought) * (1.0 - sold);
        quotes.income(bought, sold)
            + carried(QuoteTiming::PriceFirst, q)
            + reaches(both_or_none, q)
            + reaches(bought * (1.0 - sold), q + 1)
            + reaches(sold * (1.0 - bought), q - 1)
    }

    /// The worst disturbance of `set`, and the value under it.
    fn worst(&self, set: &DisturbanceSet) -> (Disturbance, f64) {
        let against = [-f64::from(self.inventory.signum()) * set.max_drift];
        let either = [set.max_drift, -set.max_drift];
        let after_fills = self.game.drift_timing == QuoteTiming::QuotesFirst;
        let drifts = if self.inventory == 0 && after_fills && set.max_drift > 0.0 {
            &either[..]
        } else {
            &against[..]
        };
        let (starved, tight) = (set.min_arrival_multiplier, set.max_decay_multiplier);
        let mut worst = (Disturbance::NONE, f64::INFINITY);
        for &drift in drifts {
            let flow = |arrival_multiplier, decay_multiplier| Disturbance {
                drift,
                arrival_multiplier,
                decay_multiplier,
            };
            let mut try_one = |disturbance: Disturbance| {
                let left = self.value(disturbance);
                if left < worst.1 - ROUNDING * worst.1.abs().clamp(1.0, f64::MAX) {
                    worst = (disturbance, left);
                }
            };
            for arrivals in [starved, 1.0] {
                for decay in [tight, 1.0] {
                    try_one(flow(arrivals, decay));
                }
            }
            if starved < 1.0 {
                for decay in [tight, 1.0] {
                    let edge = |m| self.value(flow(m, decay));
                    try_one(flow(least_inside((starved, 1.0), edge), decay));
                }
            }
            if tight > 1.0 {
                for arrivals in [starved, 1.0] {
                    let edge = |m| self.value(flow(arrivals, m));
                    try_one(flow(arrivals, least_inside((1.0, tight), edge)));
                }
            }
        }
        worst
    }
}

/// The minimizer of `f` between the ends: the best of equidistant points, refined by golden
/// sections of the two cells beside it.
fn least_inside((low, high): (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    let cell = (high - low) / f64::from(CELLS);
    let mut best = (low + cell, f64::INFINITY);
    for i in 1..CELLS {
        let x = low + cell * f64::from(i);
        let value = f(x);
        if value < best.1 {
            best = (x, value);
        }
    }
    let share = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut low, mut high) = (best.0 - cell, best.0 + cell);
    let (mut left, mut right) = (high - share * (high - low), low + share * (high - low));
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..REFINEMENTS {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - share * (high - low);
            at_left = f(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + share * (high - low);
            at_right = f(right);
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::super::{FixedOffsets, InventoryPenalty, OptimalQuotes, OrderFlow, WorstDrift};
    use super::*;

    const FLOW: OrderFlow = OrderFlow {
        arrival_rate: 30.0,
        decay: 1.2,
    };
    const START: QuotingView = QuotingView {
        time_left: 1.0,
        inventory: 0,
    };

    fn game(n_steps: u32) -> QuotingGame {
        QuotingGame {
            problem: QuotingProblem {
                flow: FLOW,
                running: InventoryPenalty::None,
                terminal: InventoryPenalty::None,
                max_inventory: 8,
                horizon: 1.0,
            },
            n_steps,
            fills: FillRule::Exponential,
            timing: QuoteTiming::PriceFirst,
            drift_timing: QuoteTiming::PriceFirst,
        }
    }

    /// Irregular quotes on either side: wide, tight, beyond the mid price, or infinite.
    struct Erratic;

    impl QuotingStrategy for Erratic {
        fn quotes(&self, view: QuotingView) -> Quotes {
            let turn = 40.0 * view.time_left + 1.7 * f64::from(view.inventory);
            Quotes {
                bid_offset: if turn.sin() > 0.95 {
                    f64::INFINITY
                } else {
                    0.5 + 1.5 * turn.cos()
                },
                ask_offset: 0.3 + 1.6 * (1.3 * turn).sin(),
            }
        }
    }

    fn games() -> impl Iterator<Item = QuotingGame> {
        use FillRule::{Exponential, Linear};
        use QuoteTiming::{PriceFirst, QuotesFirst};
        [
            (Linear, PriceFirst, PriceFirst),
            (Exponential, PriceFirst, QuotesFirst),
            (Linear, QuotesFirst, QuotesFirst),
            (Exponential, QuotesFirst, QuotesFirst),
        ]
        .into_iter()
        .map(|(fills, timing, drift_timing)| QuotingGame {
            fills,
            timing,
            drift_timing,
            problem: QuotingProblem {
                running: InventoryPenalty::Quadratic(0.4),
                terminal: InventoryPenalty::Absolute(0.7),
                ..game(1).problem
            },
            n_steps: 25,
        })
    }

    /// The steps are so long that fills are likely and the value is curved along an edge of the
    /// box.
    #[test]
    fn every_disturbance_in_the_box_costs_at_most_the_worst_response() {
        let sets = [
            DisturbanceSet {
                max_drift: 4.0,
                min_arrival_multiplier: 0.3,
                max_decay_multiplier: 2.5,
            },
            DisturbanceSet::order_flow(0.5, 1.0),
            DisturbanceSet::order_flow(1.0, 3.0),
            DisturbanceSet::drift(2.0),
        ];
        for (game, set) in games().flat_map(|game| sets.map(|set| (game, set))) {
            let worst = game.worst_response(&Erratic, &set).unwrap();
            let mut inside = 0;
            for n in 1..=game.n_steps {
                for inventory in -8..=8 {
                    let view = QuotingView {
                        time_left: f64::from(n) / f64::from(game.n_steps),
                        inventory,
                    };
                    let row = (n - 1) as usize * 17;
                    let state = State {
                        game: &game,
                        step: 1.0 / f64::from(game.n_steps),
                        quotes: Erratic.quotes(view),
                        inventory,
                        later: &worst.values[row..row + 17],
                    };
                    let known = worst.value(view);
                    let answer = worst.disturb(view);
                    assert!((state.value(answer) - known).abs() < 1e-12);
                    let ends = [1.0, set.max_decay_multiplier];
                    let between = |m: f64| ends.iter().all(|end| (m - end).abs() > 1e-3);
                    inside += usize::from(between(answer.decay_multiplier));
                    for i in 0..=12 {
                        for j in 0..=12 {
                            let (i, j) = (f64::from(i) / 12.0, f64::from(j) / 12.0);
                            for sign in [-1.0, 0.0, 1.0] {
                                let other = Disturbance {
                                    drift: sign * set.max_drift,
                                    arrival_multiplier: 1.0
                                        - i * (1.0 - set.min_arrival_multiplier),
                                    decay_multiplier: 1.0 + j * (set.max_decay_multiplier - 1.0),
                                };
                                let left = state.value(other);
                                assert!(left >= known - 1e-9, "{other:?}: {left}, {known}");
                            }
                        }
                    }
                }
            }
            let has_inside = set.max_decay_multiplier > 1.0;
            assert!(has_inside == (inside > 0), "{inside} inside, {set:?}");
        }
    }

    #[test]
    fn one_step_equals_a_computation_by_hand() {
        let game = QuotingGame {
            fills: FillRule::Linear,
            problem: QuotingProblem {
                flow: OrderFlow {
                    arrival_rate: 0.8,
                    decay: 2.0,
                },
                ..game(1).problem
            },
            ..game(1)
        };
        let quotes = FixedOffsets(Quotes {
            bid_offset: 0.5,
            ask_offset: 0.25,
        });
        let clean = game.response(&quotes, &Disturbance::NONE).unwrap();
        let expected = 0.8 * (0.5 * (-1.0_f64).exp() + 0.25 * (-0.5_f64).exp());
        assert!((clean.value(START) - expected).abs() < 1e-15);
        let set = DisturbanceSet {
            max_drift: 3.0,
            min_arrival_multiplier: 0.5,
            max_decay_multiplier: 2.0,
        };
        let worst = game.worst_response(&quotes, &set).unwrap();
        let starved = 0.4 * (0.5 * (-2.0_f64).exp() + 0.25 * (-1.0_f64).exp());
        for inventory in -8..=8 {
            let view = QuotingView { inventory, ..START };
            // At the upper inventory bound there is no bid, and at the lower bound no ask.
            let lost = match inventory {
                8 => 0.4 * 0.5 * (-2.0_f64).exp(),
                -8 => 0.4 * 0.25 * (-1.0_f64).exp(),
                _ => 0.0,
            };
            let expected = starved - lost - 3.0 * f64::from(inventory.abs());
            assert!((worst.value(view) - expected).abs() < 1e-12, "{inventory}");
            let against = -3.0 * f64::from(inventory.signum());
            assert!((worst.disturb(view).drift - against).abs() < 1e-12);
        }
    }

    /// With quotes first and inventory 0, the worst drift goes against the likelier fill.
    #[test]
    fn without_inventory_the_worst_drift_is_against_the_likelier_fill() {
        let game = QuotingGame {
            timing: QuoteTiming::QuotesFirst,
            drift_timing: QuoteTiming::QuotesFirst,
            ..game(50)
        };
        let quotes = FixedOffsets(Quotes {
            bid_offset: 0.2,
            ask_offset: 0.9,
        });
        let worst = game
            .worst_response(&quotes, &DisturbanceSet::drift(5.0))
            .unwrap();
        assert!((worst.disturb(START).drift + 5.0).abs() < 1e-12);
        let by_sign = game
            .response(&quotes, &WorstDrift { max_drift: 5.0 })
            .unwrap();
        assert!(worst.value(START) < by_sign.value(START) - 1e-3);
        // When the price moves first, the sign of the inventory decides the worst drift.
        let first = super::tests::game(50);
        let worst = first
            .worst_response(&quotes, &DisturbanceSet::drift(5.0))
            .unwrap();
        let by_sign = first
            .response(&quotes, &WorstDrift { max_drift: 5.0 })
            .unwrap();
        assert!((worst.value(START) - by_sign.value(START)).abs() < 1e-12);
    }

    /// Fewer orders and a steeper decay are not the worst for a strategy that loses by trading.
    #[test]
    fn for_a_poor_strategy_more_orders_may_be_worse() {
        // The strategy only buys while the price falls.
        let buyer = FixedOffsets(Quotes {
            bid_offset: 0.1,
            ask_offset: f64::INFINITY,
        });
        let set = DisturbanceSet {
            max_drift: 6.0,
            min_arrival_multiplier: 0.4,
            max_decay_multiplier: 2.0,
        };
        let worst = game(100).worst_response(&buyer, &set).unwrap();
        let answer = worst.disturb(START);
        assert!(answer.arrival_multiplier >= 1.0 && answer.decay_multiplier <= 1.0);
        // The strategy sells below the mid price, where a steeper decay brings more orders.
        let dumper = FixedOffsets(Quotes::symmetric(-0.4));
        let worst = game(100).worst_response(&dumper, &set).unwrap();
        let answer = worst.disturb(START);
        assert!(answer.arrival_multiplier >= 1.0 && (answer.decay_multiplier - 2.0).abs() < 1e-12);
        // `OptimalQuotes` is not such a strategy.
        let best = game(1).problem.solve_against(&set, 100).unwrap();
        let worst = game(100).worst_response(&best, &set).unwrap();
        let corner = Disturbance::order_flow(0.4, 2.0);
        for n in 1..=100 {
            let view = QuotingView {
                time_left: f64::from(n) / 100.0,
                inventory: 0,
            };
            let Disturbance {
                arrival_multiplier,
                decay_multiplier,
                ..
            } = worst.disturb(view);
            assert!((arrival_multiplier - corner.arrival_multiplier).abs() < 1e-12);
            assert!((decay_multiplier - corner.decay_multiplier).abs() < 1e-12);
        }
    }

    /// The value in steps converges to that of the continuous game at first order, and no other
    /// quotes do better there.
    #[test]
    fn short_steps_converge_to_the_value_of_the_continuous_game() {
        let set = DisturbanceSet {
            max_drift: 3.0,
            min_arrival_multiplier: 0.6,
            max_decay_multiplier: 1.7,
        };
        for terminal in [0.0, 2.5] {
            let problem = QuotingProblem {
                terminal: InventoryPenalty::Absolute(terminal),
                ..game(1).problem
            };
            let best = problem.solve_against(&set, 800).unwrap();
            let value = best.value(START);
            let worst = |n_steps: u32, strategy: &dyn Fn(QuotingView) -> Quotes| {
                let game = QuotingGame {
                    problem,
                    ..game(n_steps)
                };
                let worst = game.worst_response(&Closure(strategy), &set).unwrap();
                worst.value(START)
            };
            let plain = |view| best.quotes(view);
            let gaps = [400, 800, 1_600].map(|n| value - worst(n, &plain));
            assert!(gaps[2].abs() < 0.004 * value, "{gaps:?} of {value}");
            for pair in gaps.windows(2) {
                assert!((pair[0] / pair[1] - 2.0).abs() < 0.1, "{gaps:?} of {value}");
            }
            // Richardson extrapolation removes the error of first order.
            let limit = value - (2.0 * gaps[2] - gaps[1]);
            assert!((limit / value - 1.0).abs() < 1e-4, "{limit} and {value}");
            for (bid, ask) in [(0.1, 0.1), (-0.1, -0.1), (0.15, -0.15), (0.0, 0.1)] {
                let moved = |view| {
                    let quotes = best.quotes(view);
                    Quotes {
                        bid_offset: quotes.bid_offset + bid,
                        ask_offset: quotes.ask_offset + ask,
                    }
                };
                assert!(worst(400, &moved) < worst(400, &plain));
            }
        }
    }

    struct Closure<'a>(&'a dyn Fn(QuotingView) -> Quotes);

    impl QuotingStrategy for Closure<'_> {
        fn quotes(&self, view: QuotingView) -> Quotes {
            (self.0)(view)
        }
    }

    #[test]
    fn invalid_games_are_refused_by_name() {
        let refused = |set: DisturbanceSet| {
            let neutral = FixedOffsets::risk_neutral(&FLOW);
            game(5)
                .worst_response(&neutral, &set)
                .unwrap_err()
                .to_string()
        };
        assert!(refused(DisturbanceSet::drift(-1.0)).starts_with("max_drift: found -1"));
        let said = refused(DisturbanceSet::order_flow(0.0, 1.0));
        assert_eq!(
            said,
            "min_arrival_multiplier: found 0, expected a number in (0, 1]"
        );
        let said = refused(DisturbanceSet::order_flow(1.0, 0.5));
        assert!(
            said.starts_with("max_decay_multiplier: found 0.5"),
            "{said}"
        );
        let minimax = OptimalQuotes::minimax(FLOW, 1.0, 8, 1.0, 4).unwrap();
        let none = game(0).worst_response(&minimax, &DisturbanceSet::NONE);
        assert!(
            none.unwrap_err()
                .to_string()
                .starts_with("n_steps: found 0")
        );
    }
}
