//! Tests of the losses and gradients of the objectives.

use crate::{
    adversary::{Objective, ObjectiveRow, Positions},
    agent::{Head, Squash},
    env::Hindsight,
    market::Allocation,
};
use proptest::prelude::*;

const WEIGHTS: Positions = Positions::Clamped {
    low: -1.0,
    high: 1.0,
};

fn levels() -> Positions {
    Positions::Expected {
        levels: vec![-1.0, 1.0],
    }
}

const fn gaussian(n_dims: usize) -> Head {
    Head::Gaussian {
        n_dims,
        squash: Squash::Tanh,
    }
}

const CHOICE: Head = Head::Categorical {
    n_dims: 1,
    n_levels: 2,
};

/// A row with `output` only.
const fn bare(output: &[f32]) -> ObjectiveRow<'_> {
    ObjectiveRow {
        output,
        clean_output: &[],
        precision: &[],
        head: gaussian(1),
        hindsight: None,
        positions: None,
    }
}

fn evaluate(objective: &Objective, row: &ObjectiveRow<'_>) -> (f64, Vec<f32>) {
    let mut gradient = vec![9.0; row.output.len()];
    let loss = objective.part().unwrap().evaluate(row, &mut gradient);
    (loss, gradient)
}

fn check_gradient(objective: &Objective, row: &ObjectiveRow<'_>) {
    let (_, gradient) = evaluate(objective, row);
    let h = 1.0 / 1024.0;
    for (j, found) in gradient.iter().enumerate() {
        let [above, below] = [h, -h].map(|side| {
            let mut output = row.output.to_vec();
            output[j] += side;
            let moved = ObjectiveRow {
                output: &output,
                ..*row
            };
            evaluate(objective, &moved).0
        });
        let slope = (above - below) / (2.0 * f64::from(h));
        assert!((slope - f64::from(*found)).abs() < 1e-4, "{slope} {found}");
    }
}

#[test]
fn gradients_of_distances_match_central_differences() {
    let row = ObjectiveRow {
        clean_output: &[0.0, 0.1],
        precision: &[4.0, 0.25],
        head: gaussian(2),
        ..bare(&[0.2, -0.4])
    };
    check_gradient(&Objective::ActionDeviation, &row);
    check_gradient(&Objective::Divergence, &row);
    check_gradient(&Objective::Value, &bare(&[0.4]));
    let half = 0.5 * evaluate(&Objective::ActionDeviation, &row).0;
    assert!((evaluate(&Objective::Divergence, &row).0 - half).abs() < 1e-7);
    for (output, clean, expected) in [
        ([0.7, 0.3], [0.7, 0.3], 0.0),
        ([0.5, 0.5], [0.0, 1.0], 2.0_f64.ln()),
    ] {
        let row = ObjectiveRow {
            clean_output: &clean,
            head: CHOICE,
            ..bare(&output)
        };
        assert!((evaluate(&Objective::Divergence, &row).0 - expected).abs() < 1e-7);
        check_gradient(&Objective::Divergence, &row);
    }
}

/// A row for [`Objective::OneStepPnl`].
const fn known<'a>(
    output: &'a [f32],
    positions: &'a Positions,
    (simple_returns, weights): (&'a [f64], &'a [f64]),
    (cost_rates, max_gross): (&'a [f64], f64),
) -> ObjectiveRow<'a> {
    ObjectiveRow {
        hindsight: Some(Hindsight {
            simple_returns,
            weights,
            cost_rates,
            max_gross,
        }),
        positions: Some(positions),
        ..bare(output)
    }
}

#[test]
fn gradients_of_the_profit_match_central_differences() {
    let (levels, pnl) = (levels(), Objective::OneStepPnl);
    // Gross 0.6 and 1.0: below the bound 2, above the bound 0.5.
    for max_gross in [2.0, 0.5] {
        let (first, second) = (
            (&[0.01, -0.02][..], &[0.5, -0.5][..]),
            (&[0.03, 0.0][..], &[0.0, 0.2][..]),
        );
        check_gradient(
            &pnl,
            &known(&[0.2, -0.4], &WEIGHTS, first, (&[0.001; 3], max_gross)),
        );
        check_gradient(
            &pnl,
            &known(&[0.9, 0.1], &WEIGHTS, second, (&[0.002; 3], max_gross)),
        );
    }
    // Three assets with gross 2.1.
    let facts = (&[0.1, -0.2, 0.15][..], &[0.3, 0.1, -0.6][..]);
    check_gradient(
        &pnl,
        &known(&[0.9, -0.5, 0.7], &WEIGHTS, facts, (&[0.01; 3], 1.0)),
    );
    // Expected levels: first one asset, then two (0.6 and −0.8) beyond a gross bound of 1.
    check_gradient(
        &pnl,
        &known(&[0.2, -0.4], &levels, (&[0.01], &[0.9]), (&[0.001; 3], 1.0)),
    );
    let facts = (&[0.1, -0.2][..], &[0.9, -0.9][..]);
    check_gradient(
        &pnl,
        &known(&[0.2, 0.8, 0.9, 0.1], &levels, facts, (&[0.01; 3], 1.0)),
    );
}

proptest! {
    /// The weights in the objective are those that [`Allocation`] executes.
    #[test]
    fn the_priced_weights_are_the_executed_ones(
        raw in prop::collection::vec(-1.5_f32..1.5, 3),
        returns in prop::collection::vec(-0.1_f64..0.1, 3),
        held in prop::collection::vec(-0.5_f64..0.5, 3),
        max_gross in 0.2_f64..3.5,
    ) {
        let (mut targets, cost, costs) = ([0.0; 3], 0.002, [0.002; 3]);
        let allocation = Allocation::Weights { low: -1.0, high: 1.0, max_gross };
        let _ = allocation.decode_weights(&raw, &mut targets);
        let earned = targets.iter().zip(&returns).map(|(w, r)| w * r).sum::<f64>();
        let paid = targets.iter().zip(&held).map(|(w, h)| cost * (w - h).abs()).sum::<f64>();
        let row = known(&raw, &WEIGHTS, (&returns, &held), (&costs, max_gross));
        let (loss, _) = evaluate(&Objective::OneStepPnl, &row);
        prop_assert!((loss + earned - paid).abs() < 1e-14);
    }
}

#[test]
fn profit_of_one_step_by_hand() {
    // Long 0.5 from flat, +2 %, 10 bps: profit 0.01 - 0.0005; the loss is its negative.
    let loss_of = |output: &[f32]| {
        let row = known(output, &WEIGHTS, (&[0.02], &[0.0]), (&[0.001; 3], 1.0));
        evaluate(&Objective::OneStepPnl, &row)
    };
    let (loss, slope) = loss_of(&[0.5]);
    assert!((loss + 0.0095).abs() < 1e-12);
    assert!((slope[0] + 0.019).abs() < 1e-7);
    // Beyond the bound the position is the bound, and an attack can still return.
    let (loss, slope) = loss_of(&[3.0]);
    assert!((loss + 0.019).abs() < 1e-12 && slope[0] < 0.0);
}
