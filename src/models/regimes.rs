//! Markov chain of Gaussian regimes.

use super::{
    ModelError,
    bounds::{self, Bound},
    process::{Grid, Process},
};
use crate::rng::Rng;
use rand::Rng as _;
use serde::{Deserialize, Serialize};

/// Regime switching: in each bar the log price is a Gaussian random walk in one of K regimes.
///
/// The log return of a bar in regime k is `N(c_k Δ, σ_k² Δ)` with the length Δ of a bar in years.
/// From bar to bar the regime is a Markov chain with transition matrix P (row: from), started in
/// its stationary distribution π. Source: Hamilton 1989. Moments: `E r = Σ π_k c_k Δ`, `Var r = Σ
/// π_k (σ_k² Δ + c_k² Δ²) − (E r)²`, `Cov(r_t, r_{t+h}) = Σ_ij π_i c_i (P^h)_ij c_j Δ² − (E r)²`.
/// Each asset has its own chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct RegimeSwitching {
    /// Regimes. Range: at least one.
    pub regimes: Vec<Regime>,
    /// Transition probabilities P per bar, `[from][to]`; each row sums to 1. Range: [0, 1].
    pub transition: Vec<Vec<f64>>,
}

/// One Gaussian regime.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Regime {
    /// Expected log return c. Unit: per year.
    pub log_drift: f64,
    /// Volatility σ. Unit: per √year. Range: [0, ∞).
    pub volatility: f64,
}

impl RegimeSwitching {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        self.stationary().map(drop)
    }

    /// Stationary distribution π: the long-run share of bars in each regime.
    ///
    /// # Errors
    /// [`ModelError`] naming the invalid parameter, row or entry, or for a chain without a unique
    /// stationary distribution.
    pub fn stationary(&self) -> Result<Vec<f64>, ModelError> {
        self.check_entries()?;
        let n = self.regimes.len();
        // π P = π; Σ π = 1 replaces the last equation.
        let mut system = vec![vec![0.0; n + 1]; n];
        for (to, row) in system.iter_mut().enumerate() {
            for (from, entry) in row.iter_mut().take(n).enumerate() {
                *entry = self.transition[from][to] - f64::from(u8::from(from == to));
            }
        }
        system[n - 1].fill(1.0);
        solve(&mut system).ok_or(ModelError::Reducible)
    }

    fn check_entries(&self) -> Result<(), ModelError> {
        let n = self.regimes.len();
        if n == 0 {
            return Err(ModelError::Count {
                place: "regimes",
                found: n,
                expected: "at least one",
            });
        }
        for regime in &self.regimes {
            bounds::check(
                "RegimeSwitching",
                &[
                    ("log_drift", regime.log_drift, Bound::Finite),
                    ("volatility", regime.volatility, Bound::NotNegative),
                ],
            )?;
        }
        super::correlation::check_square("transition", &self.transition, n)?;
        for (row, probabilities) in self.transition.iter().enumerate() {
            for (column, &found) in probabilities.iter().enumerate() {
                if !(0.0..=1.0).contains(&found) {
                    return Err(ModelError::Entry {
                        matrix: "transition",
                        row,
                        column,
                        found,
                        expected: "a probability",
                    });
                }
            }
            let found: f64 = probabilities.iter().sum();
            if (found - 1.0).abs() > 1e-9 {
                return Err(ModelError::RowSum { row, found });
            }
        }
        Ok(())
    }

    pub(super) fn process(&self, grid: &Grid) -> Result<impl Process + use<>, ModelError> {
        let dt = grid.step_years();
        Ok(Path {
            steps: self
                .regimes
                .iter()
                .map(|regime| (regime.log_drift * dt, regime.volatility * dt.sqrt()))
                .collect(),
            transition: self.transition.clone(),
            stationary: self.stationary()?,
            regime: None,
        })
    }
}

struct Path {
    /// Mean and standard deviation of a step in each regime.
    steps: Vec<(f64, f64)>,
    transition: Vec<Vec<f64>>,
    stationary: Vec<f64>,
    /// Regime of the current bar; `None` before the first bar.
    regime: Option<usize>,
}

impl Process for Path {
    fn open_bar(&mut self, rng: &mut Rng) {
        let probabilities = match self.regime {
            None => &self.stationary,
            Some(regime) => &self.transition[regime],
        };
        self.regime = Some(draw(probabilities, rng));
    }

    fn step(&mut self, log_price: f64, driver: f64, _rng: &mut Rng) -> f64 {
        let (mean, deviation) = self.steps[self.regime.unwrap_or(0)];
        log_price + mean + deviation * driver
    }
}

/// Draws an index with the given probabilities.
fn draw(probabilities: &[f64], rng: &mut Rng) -> usize {
    let uniform: f64 = rng.gen_range(0.0..1.0);
    let mut below = 0.0;
    for (index, probability) in probabilities.iter().enumerate() {
        below += probability;
        if uniform < below {
            return index;
        }
    }
    // Rounding left a gap below 1: take the last index of positive probability.
    probabilities.iter().rposition(|&p| p > 0.0).unwrap_or(0)
}

/// Solves a square system of linear equations `[n][n + 1]`, right-hand side last, by elimination
/// with row pivots; `None` without a unique solution.
fn solve(system: &mut [Vec<f64>]) -> Option<Vec<f64>> {
    let n = system.len();
    for column in 0..n {
        let pivot = (column..n)
            .max_by(|&i, &j| system[i][column].abs().total_cmp(&system[j][column].abs()))?;
        if system[pivot][column].abs() < 1e-12 {
            return None;
        }
        system.swap(column, pivot);
        let pivot_row = system[column].clone();
        for (i, row) in system.iter_mut().enumerate() {
            if i != column {
                let factor = row[column] / pivot_row[column];
                for (entry, from) in row.iter_mut().zip(&pivot_row) {
                    *entry -= factor * from;
                }
            }
        }
    }
    Some((0..n).map(|i| system[i][n] / system[i][i]).collect())
}

#[cfg(test)]
mod tests {
    use super::super::{
        PriceModel,
        tests::{Change, Cut, DAY, assert_mean_of_series, log_returns, market},
    };
    use super::*;

    fn three() -> RegimeSwitching {
        let regime = |log_drift, volatility| Regime {
            log_drift,
            volatility,
        };
        RegimeSwitching {
            regimes: vec![regime(12.0, 0.1), regime(-20.0, 0.3), regime(5.0, 0.6)],
            transition: vec![
                vec![0.9, 0.1, 0.0],
                vec![0.05, 0.8, 0.15],
                vec![0.3, 0.0, 0.7],
            ],
        }
    }

    #[test]
    fn mean_variance_and_autocovariance_are_those_of_the_chain_for_any_step() {
        let model = three();
        let weights = model.stationary().unwrap();
        // π P = π.
        for to in 0..3 {
            let flow: f64 = (0..3)
                .map(|from| weights[from] * model.transition[from][to])
                .sum();
            assert!((flow - weights[to]).abs() < 1e-14);
        }
        for cut in [Cut::new(DAY, 1), Cut::new(DAY, 6), Cut::new(7 * DAY, 2)] {
            let dt = cut.years();
            let market = market(&[PriceModel::RegimeSwitching(model.clone())], cut, 100_000);
            let market = crate::models::SimulatedMarket {
                n_bars: 1000,
                ..market
            };
            let series: Vec<f64> = log_returns(&market, 100, 13)
                .into_iter()
                .flat_map(|assets| assets.into_iter().next().unwrap())
                .collect();
            let means: Vec<f64> = model.regimes.iter().map(|r| r.log_drift * dt).collect();
            let mean: f64 = weights.iter().zip(&means).map(|(w, m)| w * m).sum();
            assert_mean_of_series("mean", &series, mean, 4.0);
            let second: f64 = (0..3)
                .map(|k| weights[k] * (model.regimes[k].volatility.powi(2) * dt + means[k].powi(2)))
                .sum();
            let squares: Vec<f64> = series.iter().map(|r| r * r).collect();
            assert!(assert_mean_of_series("second moment", &squares, second, 4.0) < 0.02 * second);
            // E r_t r_{t+h} = Σ π_i m_i (P^h m)_i, averaged within the paths of 1,000 bars.
            let mut ahead = means;
            for lag in 1..=4 {
                ahead = (0..3)
                    .map(|i| (0..3).map(|j| model.transition[i][j] * ahead[j]).sum())
                    .collect();
                let expected: f64 = (0..3)
                    .map(|i| weights[i] * model.regimes[i].log_drift * dt * ahead[i])
                    .sum();
                let products: Vec<f64> = series
                    .chunks_exact(1000)
                    .flat_map(|path| path.iter().zip(&path[lag..]).map(|(x, y)| x * y))
                    .collect();
                assert_mean_of_series(&format!("lag {lag}"), &products, expected, 4.0);
            }
        }
    }

    #[test]
    fn invalid_chains_are_refused_by_name() {
        let refusal = |change: &dyn Fn(&mut RegimeSwitching)| {
            let mut model = three();
            change(&mut model);
            model.check().unwrap_err().to_string()
        };
        let cases: [(Change<'_, RegimeSwitching>, &str); 7] = [
            (&|m| m.regimes.clear(), "regimes: found 0"),
            (&|m| m.regimes[1].volatility = -1.0, "found volatility = -1"),
            (&|m| m.transition[1][2] = 0.2, "found a sum of 1.05"),
            (
                &|m| m.transition[1] = vec![1.2, -0.2, 0.0],
                "transition: found 1.2 in row 1, column 0",
            ),
            (
                &|m| m.transition[2].truncate(2),
                "transition: found 2 in row 2",
            ),
            (
                &|m| m.transition.truncate(2),
                "transition: found 0 in row 2",
            ),
            (
                &|m| {
                    m.transition = vec![
                        vec![1.0, 0.0, 0.0],
                        vec![0.0, 1.0, 0.0],
                        vec![0.5, 0.5, 0.0],
                    ];
                },
                "regimes that never reach each other",
            ),
        ];
        for (change, part) in cases {
            let message = refusal(change);
            assert!(message.contains(part), "{message}: lacks {part}");
        }
        // A transient regime is valid.
        let mut left = three();
        left.transition = vec![
            vec![0.5, 0.5, 0.0],
            vec![0.0, 0.9, 0.1],
            vec![0.0, 0.3, 0.7],
        ];
        let weights = left.stationary().unwrap();
        assert!(weights[0].abs() < 1e-15 && (weights[1] - 0.75).abs() < 1e-12);
    }
}
