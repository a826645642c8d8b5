//! What the adversary wants: the inner objective L(π(o)), larger is worse for the agent.

use super::AdversaryError;
use crate::env::{ActionSpace, Hindsight, ShockMap};
use serde::{Deserialize, Serialize};

/// The inner objective g(z) = L(π(φ(h, z))).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Objective {
    /// `Σ_i (π_i(o') − π_i(o))² / σ_i²`: the MAD attack (2003.08938). o = φ(h, 0); σ the policy's
    /// standard deviation (1 for a categorical head, whose output is probabilities). Its gradient
    /// vanishes at z = 0: start at random.
    ActionDeviation,
    /// KL(π(o) ‖ π(o')) of the action distributions (SA-PPO, 2003.08938): `Σ p (ln p − ln p')` for
    /// a categorical head, half of [`Objective::ActionDeviation`] for a Gaussian one. Its gradient
    /// vanishes at z = 0 too.
    Divergence,
    /// −V(o'): drive the agent to what it believes is bad.
    Value,
    /// `−(Σ_i w̃_i r_i − c Σ_i |w̃_i − w⁻_i|)`: minus the next step's profit net of proportional
    /// cost, by hindsight. `w̃` are the weights as executed: w = π(o') clamped to the action space
    /// (the expected level of a categorical head), then `w̃ = w min(1, G / Σ|w|)`, G the bound on
    /// gross leverage.
    OneStepPnl,
}

/// What an output means as a position, for [`Objective::OneStepPnl`].
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Positions {
    /// `w_i = clamp(output_i)`.
    Clamped { low: f64, high: f64 },
    /// `w_i = Σ_l p_il level_l`.
    Expected { levels: Vec<f64> },
}

impl Positions {
    /// # Errors
    /// [`AdversaryError::LevelName`] when a level's name is no number.
    pub(super) fn of(space: &ActionSpace) -> Result<Self, AdversaryError> {
        match space {
            ActionSpace::Continuous { low, high, .. } => Ok(Self::Clamped {
                low: (*low).into(),
                high: (*high).into(),
            }),
            ActionSpace::Categorical { levels, .. } => {
                let parse = |level: &String| {
                    level.parse::<f64>().map_err(|_| AdversaryError::LevelName {
                        found: level.clone(),
                    })
                };
                Ok(Self::Expected {
                    levels: levels.iter().map(parse).collect::<Result<_, _>>()?,
                })
            }
        }
    }

    /// Outputs per position.
    const fn stride(&self) -> usize {
        match self {
            Self::Clamped { .. } => 1,
            Self::Expected { levels } => levels.len(),
        }
    }

    fn position(&self, outputs: &[f32]) -> f64 {
        match self {
            Self::Clamped { low, high } => f64::from(outputs[0]).clamp(*low, *high),
            Self::Expected { levels } => levels
                .iter()
                .zip(outputs)
                .map(|(level, p)| level * f64::from(*p))
                .sum(),
        }
    }

    /// Writes `slope = ∂L/∂w_i` into the cotangents of the outputs behind `w_i`.
    fn spread(&self, slope: f64, outputs: &[f32], cotangent: &mut [f32]) {
        match self {
            // Beyond a bound the position stands still in one direction only; keeping the slope
            // lets an attack come back.
            Self::Clamped { low, high } => {
                let output = f64::from(outputs[0]);
                let pushes_out =
                    (output >= *high && slope > 0.0) || (output <= *low && slope < 0.0);
                cotangent[0] = if pushes_out { 0.0 } else { narrow(slope) };
            }
            Self::Expected { levels } => {
                for (c, level) in cotangent.iter_mut().zip(levels) {
                    *c = narrow(slope * level);
                }
            }
        }
    }
}

/// Hindsight of a batch, owned: `[n_rows, n_assets]` each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Profits {
    n_assets: usize,
    simple_returns: Vec<f64>,
    weights: Vec<f64>,
    /// `[n_rows]`.
    cost_rates: Vec<f64>,
    /// G, `[n_rows]`.
    max_gross: Vec<f64>,
}

impl Profits {
    /// # Errors
    /// [`AdversaryError::NoHindsight`] when the environment cannot know the next step's profit.
    pub(super) fn of(
        map: &dyn ShockMap,
        snapshots: &[f64],
        n_rows: usize,
    ) -> Result<Self, AdversaryError> {
        let n = map.snapshot_len();
        let mut profits = Self {
            n_assets: 0,
            simple_returns: Vec::new(),
            weights: Vec::new(),
            cost_rates: Vec::new(),
            max_gross: Vec::new(),
        };
        for row in 0..n_rows {
            let found = map.hindsight(&snapshots[row * n..(row + 1) * n]);
            let Hindsight {
                simple_returns,
                weights,
                cost_rate,
                max_gross,
            } = found.ok_or(AdversaryError::NoHindsight)?;
            profits.n_assets = simple_returns.len();
            profits.simple_returns.extend_from_slice(simple_returns);
            profits.weights.extend_from_slice(weights);
            profits.cost_rates.push(cost_rate);
            profits.max_gross.push(max_gross);
        }
        Ok(profits)
    }

    /// −profit of one row; writes its gradient with respect to the outputs.
    ///
    /// With s = Σ|w| > G: `∂w̃_i/∂w_j = G (δ_ij / s − w_i sign(w_j) / s²)`, so
    /// `∂L/∂w_j = (G / s) (g_j − sign(w_j) Σ_i g_i w_i / s)`, `g_i = ∂L/∂w̃_i`.
    fn loss(
        &self,
        row: usize,
        positions: &Positions,
        outputs: &[f32],
        cotangent: &mut [f32],
        scratch: &mut Scratch,
    ) -> f64 {
        let (stride, cost) = (positions.stride(), self.cost_rates[row]);
        let assets = row * self.n_assets..(row + 1) * self.n_assets;
        let Scratch { wanted, slopes } = scratch;
        wanted.clear();
        wanted.extend(outputs.chunks_exact(stride).map(|o| positions.position(o)));
        let gross: f64 = wanted.iter().map(|w| w.abs()).sum();
        let binding = gross > self.max_gross[row];
        let scale = if binding {
            self.max_gross[row] / gross
        } else {
            1.0
        };
        let (mut loss, mut pull) = (0.0, 0.0);
        slopes.clear();
        for (w, j) in wanted.iter().zip(assets) {
            let executed = w * scale;
            let change = executed - self.weights[j];
            loss -= executed * self.simple_returns[j] - cost * change.abs();
            let slope = -self.simple_returns[j] + cost * sign(change);
            pull += slope * w;
            slopes.push(slope);
        }
        let outputs = outputs.chunks_exact(stride);
        let cotangents = cotangent.chunks_exact_mut(stride);
        for ((w, slope), (outputs, cotangent)) in
            wanted.iter().zip(slopes).zip(outputs.zip(cotangents))
        {
            if binding {
                *slope = scale * (*slope - sign(*w) * pull / gross);
            }
            positions.spread(*slope, outputs, cotangent);
        }
        loss
    }
}

/// Weights and slopes of one row, `[n_assets]` each.
#[derive(Default)]
struct Scratch {
    wanted: Vec<f64>,
    slopes: Vec<f64>,
}

fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// An objective of the policy's output, ready for a batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum OutputObjective {
    /// Squared distance from `reference [n_rows, n_outputs]` in units of the standard deviation.
    Deviation {
        reference: Vec<f32>,
        inverse_variance: Vec<f32>,
    },
    /// `Σ p (ln p − ln p')`, p the `reference [n_rows, n_outputs]` probabilities.
    Divergence { reference: Vec<f32> },
    /// Minus the next step's profit.
    Profit {
        profits: Profits,
        positions: Positions,
    },
}

impl OutputObjective {
    /// Losses `[n]` of the rows from `first` on and their gradients with respect to the outputs
    /// (`cotangents [n, n_outputs]`).
    pub(super) fn evaluate(
        &self,
        first: usize,
        outputs: &[f32],
        losses: &mut [f64],
        cotangents: &mut [f32],
    ) {
        let n_outputs = outputs.len() / losses.len().max(1);
        let mut scratch = Scratch::default();
        let outputs = outputs.chunks_exact(n_outputs.max(1));
        let rows = outputs.zip(cotangents.chunks_exact_mut(n_outputs.max(1)));
        for (row, (loss, (output, cotangent))) in (first..).zip(losses.iter_mut().zip(rows)) {
            let range = row * n_outputs..(row + 1) * n_outputs;
            *loss = match self {
                Self::Deviation {
                    reference,
                    inverse_variance,
                } => deviation(output, &reference[range], inverse_variance, cotangent),
                Self::Divergence { reference } => divergence(output, &reference[range], cotangent),
                Self::Profit { profits, positions } => {
                    profits.loss(row, positions, output, cotangent, &mut scratch)
                }
            };
        }
    }
}

fn deviation(
    output: &[f32],
    reference: &[f32],
    inverse_variance: &[f32],
    cotangent: &mut [f32],
) -> f64 {
    let mut loss = 0.0;
    for (i, c) in cotangent.iter_mut().enumerate() {
        let distance = output[i] - reference[i];
        loss += f64::from(distance) * f64::from(distance) * f64::from(inverse_variance[i]);
        *c = 2.0 * distance * inverse_variance[i];
    }
    loss
}

fn divergence(output: &[f32], reference: &[f32], cotangent: &mut [f32]) -> f64 {
    let mut loss = 0.0;
    for ((c, p), q) in cotangent.iter_mut().zip(reference).zip(output) {
        // A probability that underflowed is as small as a positive number gets.
        let (p, q) = (f64::from(*p), f64::from(q.max(f32::MIN_POSITIVE)));
        if p > 0.0 {
            loss += p * (p / q).ln();
        }
        *c = narrow(-p / q);
    }
    loss
}

#[allow(clippy::cast_possible_truncation, reason = "cotangents are f32")]
const fn narrow(x: f64) -> f32 {
    x as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Allocation;
    use proptest::prelude::*;

    const WEIGHTS: Positions = Positions::Clamped {
        low: -1.0,
        high: 1.0,
    };

    fn check_gradient(objective: &OutputObjective, outputs: &[f32], n_rows: usize) {
        let mut losses = vec![0.0; n_rows];
        let mut cotangents = vec![0.0; outputs.len()];
        objective.evaluate(0, outputs, &mut losses, &mut cotangents);
        let mut unused = cotangents.clone();
        let h = 1.0 / 1024.0;
        for j in 0..outputs.len() {
            let mut total = [0.0; 2];
            for (side, sum) in [h, -h].into_iter().zip(&mut total) {
                let mut moved = outputs.to_vec();
                moved[j] += side;
                objective.evaluate(0, &moved, &mut losses, &mut unused);
                *sum = losses.iter().sum();
            }
            let slope = (total[0] - total[1]) / (2.0 * f64::from(h));
            assert!(
                (slope - f64::from(cotangents[j])).abs() < 1e-4,
                "{slope} {}",
                cotangents[j]
            );
        }
    }

    #[test]
    fn gradients_match_central_differences() {
        let outputs = [0.2_f32, -0.4, 0.9, 0.1];
        let deviation = OutputObjective::Deviation {
            reference: vec![0.0, 0.1, 0.5, 0.3],
            inverse_variance: vec![4.0, 0.25],
        };
        check_gradient(&deviation, &outputs, 2);
        let divergence = OutputObjective::Divergence {
            reference: vec![0.7, 0.3, 0.0, 1.0],
        };
        let (mut losses, mut cotangents) = (vec![0.0; 2], vec![0.0; 4]);
        divergence.evaluate(0, &[0.7, 0.3, 0.5, 0.5], &mut losses, &mut cotangents);
        assert!(losses[0].abs() < 1e-7 && (losses[1] - 2.0_f64.ln()).abs() < 1e-7);
        check_gradient(&divergence, &[0.6, 0.4, 0.25, 0.75], 2);
        // Gross 0.6 and 1.0: slack under 2, binding under 0.5; then one row of three assets, gross
        // 2.1.
        for max_gross in [2.0, 0.5] {
            let profits = Profits {
                n_assets: 2,
                simple_returns: vec![0.01, -0.02, 0.03, 0.0],
                weights: vec![0.5, -0.5, 0.0, 0.2],
                cost_rates: vec![0.001, 0.002],
                max_gross: vec![max_gross; 2],
            };
            let positions = WEIGHTS;
            check_gradient(&OutputObjective::Profit { profits, positions }, &outputs, 2);
        }
        let profits = Profits {
            n_assets: 3,
            simple_returns: vec![0.1, -0.2, 0.15],
            weights: vec![0.3, 0.1, -0.6],
            cost_rates: vec![0.01],
            max_gross: vec![1.0],
        };
        let (positions, outputs_3) = (WEIGHTS, [0.9, -0.5, 0.7]);
        check_gradient(
            &OutputObjective::Profit { profits, positions },
            &outputs_3,
            1,
        );
        let profits = Profits {
            n_assets: 1,
            simple_returns: vec![0.01, -0.02],
            weights: vec![0.9, -0.9],
            cost_rates: vec![0.001, 0.002],
            max_gross: vec![1.0; 2],
        };
        let positions = Positions::Expected {
            levels: vec![-1.0, 1.0],
        };
        check_gradient(&OutputObjective::Profit { profits, positions }, &outputs, 2);
        // Two assets, expected levels 0.6 and -0.8 over a bound of 1.
        let profits = Profits {
            n_assets: 2,
            simple_returns: vec![0.1, -0.2],
            weights: vec![0.9, -0.9],
            cost_rates: vec![0.01],
            max_gross: vec![1.0],
        };
        let positions = Positions::Expected {
            levels: vec![-1.0, 1.0],
        };
        let outputs = [0.2, 0.8, 0.9, 0.1];
        check_gradient(&OutputObjective::Profit { profits, positions }, &outputs, 1);
    }

    proptest! {
        /// What is priced is what [`Allocation`] executes.
        #[test]
        fn the_priced_weights_are_the_executed_ones(
            raw in prop::collection::vec(-1.5_f32..1.5, 3),
            returns in prop::collection::vec(-0.1_f64..0.1, 3),
            held in prop::collection::vec(-0.5_f64..0.5, 3),
            max_gross in 0.2_f64..3.5,
        ) {
            let (mut targets, cost) = ([0.0; 3], 0.002);
            let allocation = Allocation::Weights { low: -1.0, max_gross };
            let _ = allocation.decode_weights(&raw, &mut targets);
            let earned = targets.iter().zip(&returns).map(|(w, r)| w * r).sum::<f64>();
            let paid = targets.iter().zip(&held).map(|(w, h)| cost * (w - h).abs()).sum::<f64>();
            let profits = Profits {
                n_assets: 3,
                simple_returns: returns,
                weights: held,
                cost_rates: vec![cost],
                max_gross: vec![max_gross],
            };
            let objective = OutputObjective::Profit { profits, positions: WEIGHTS };
            let mut loss = [0.0];
            objective.evaluate(0, &raw, &mut loss, &mut [0.0; 3]);
            prop_assert!((loss[0] + earned - paid).abs() < 1e-14);
        }
    }

    #[test]
    fn profit_of_one_step_by_hand() {
        // Long 0.5 from flat, +2 %, 10 bps: profit 0.01 - 0.0005; the loss is its negative.
        let profits = Profits {
            n_assets: 1,
            simple_returns: vec![0.02],
            weights: vec![0.0],
            cost_rates: vec![0.001],
            max_gross: vec![1.0],
        };
        let objective = OutputObjective::Profit {
            profits,
            positions: WEIGHTS,
        };
        let (mut loss, mut slope) = ([0.0], [0.0]);
        objective.evaluate(0, &[0.5], &mut loss, &mut slope);
        assert!((loss[0] + 0.0095).abs() < 1e-12);
        assert!((slope[0] + 0.019).abs() < 1e-7);
        // Beyond the bound the position is the bound's, and an attack may still come back.
        objective.evaluate(0, &[3.0], &mut loss, &mut slope);
        assert!((loss[0] + 0.019).abs() < 1e-12 && slope[0] < 0.0);
    }
}
