//! Gaussian regimes by expectation maximization.

use super::{
    super::{Regime, RegimeSwitching},
    Estimate, FitError, ReturnSample,
    hamilton::{Chain, Moments},
    information::Covariance,
};
use serde::{Deserialize, Serialize};

/// [`RegimeSwitching`] fitted to a sample; units as there. Regimes are ordered by volatility, the
/// calmest first.
///
/// Expectation maximization with Hamilton's filter and Kim's smoother (Hamilton 1990; Kim 1994),
/// the first bar's regime estimated too, from several starts. Standard errors hold the first bar's
/// regime fixed. A transition probability below 1e-5 counts as the edge of its range: it has no
/// standard error, and the others are conditional on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegimesFit {
    /// The regimes.
    pub regimes: Vec<RegimeFit>,
    /// Probability per bar, `[from][to]`.
    pub transition: Vec<Vec<Estimate>>,
    /// At the estimates.
    pub log_likelihood: f64,
}

/// One regime of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegimeFit {
    /// See [`Regime::log_drift`].
    pub log_drift: Estimate,
    /// See [`Regime::volatility`].
    pub volatility: Estimate,
    /// Share of the sample's bars in this regime, by their smoothed probabilities.
    pub share: f64,
}

/// A gain of log likelihood below this ends the iteration.
const TOLERANCE: f64 = 1e-7;
const MAX_ITERATIONS: usize = 20_000;
/// Iterations from each start before the best of them is pursued.
const TRIAL_ITERATIONS: usize = 50;
/// A probability below this is at the edge of its range.
const EDGE: f64 = 1e-5;

impl RegimesFit {
    /// # Errors
    /// [`FitError::Regimes`], [`FitError::NotConverged`], or [`FitError::Degenerate`] when from
    /// every start a regime shrank onto returns that are all alike, or lost them all.
    pub fn new(sample: &ReturnSample, n_regimes: usize) -> Result<Self, FitError> {
        if !(1..=8).contains(&n_regimes) {
            return Err(FitError::Regimes { found: n_regimes });
        }
        let degenerate = FitError::Degenerate {
            model: "RegimeSwitching",
        };
        let trial = |chain: Chain| climb(chain, sample, TRIAL_ITERATIONS);
        let height = |climbed: &Climbed| climbed.moments.log_likelihood;
        let best = starts(sample, n_regimes)
            .into_iter()
            .filter_map(trial)
            .max_by(|a, b| height(a).total_cmp(&height(b)))
            .ok_or_else(|| degenerate.clone())?;
        let climbed = climb(best.chain, sample, MAX_ITERATIONS).ok_or(degenerate)?;
        if !climbed.converged {
            return Err(FitError::NotConverged {
                model: "RegimeSwitching",
                n_steps: MAX_ITERATIONS,
            });
        }
        Ok(Self::at(&climbed, sample))
    }

    fn at(climbed: &Climbed, sample: &ReturnSample) -> Self {
        let (chain, shares) = climbed.chain.ordered(&climbed.moments.shares());
        let parameters = Parameters::of(&chain, sample.bar_years());
        let covariance = Covariance::at_maximum(
            |x| {
                parameters
                    .chain(x, &chain)
                    .map_or(f64::NEG_INFINITY, |chain| {
                        chain.log_likelihood(sample.log_returns())
                    })
            },
            &parameters.values,
        );
        let n = chain.n();
        let estimate = |i| Estimate::of(&parameters.values, covariance.as_ref(), i);
        let transition = |from: usize, to: usize| {
            let value = chain.transition[from * n + to];
            let leaving = parameters.leaving(from);
            let indices: Vec<usize> = if from == to {
                leaving.map(|(_, index)| index).collect()
            } else {
                leaving
                    .filter(|&(other, _)| other == to)
                    .map(|(_, index)| index)
                    .collect()
            };
            Estimate {
                value,
                standard_error: covariance
                    .as_ref()
                    .filter(|_| !indices.is_empty())
                    .map(|c| c.standard_error(&indices)),
            }
        };
        Self {
            regimes: (0..n)
                .map(|k| RegimeFit {
                    log_drift: estimate(k),
                    volatility: estimate(n + k),
                    share: shares[k],
                })
                .collect(),
            transition: (0..n)
                .map(|from| (0..n).map(|to| transition(from, to)).collect())
                .collect(),
            log_likelihood: climbed.moments.log_likelihood,
        }
    }

    /// The model at the estimates.
    #[must_use]
    pub fn model(&self) -> RegimeSwitching {
        let regime = |regime: &RegimeFit| Regime {
            log_drift: regime.log_drift.value,
            volatility: regime.volatility.value,
        };
        RegimeSwitching {
            regimes: self.regimes.iter().map(regime).collect(),
            transition: self
                .transition
                .iter()
                .map(|row| row.iter().map(|estimate| estimate.value).collect())
                .collect(),
        }
    }
}

/// A chain after some iterations.
struct Climbed {
    chain: Chain,
    moments: Moments,
    converged: bool,
}

/// Iterates expectation and maximization; `None` where a regime degenerates.
fn climb(mut chain: Chain, sample: &ReturnSample, n_iterations: usize) -> Option<Climbed> {
    let returns = sample.log_returns();
    let least = 1e-4 * sample.deviation();
    let mut moments = chain.moments(returns);
    for _ in 0..n_iterations {
        let next = moments.maximized(returns, least)?;
        let next_moments = next.moments(returns);
        let gain = next_moments.log_likelihood - moments.log_likelihood;
        (chain, moments) = (next, next_moments);
        if gain < TOLERANCE {
            return Some(Climbed {
                chain,
                moments,
                converged: true,
            });
        }
    }
    Some(Climbed {
        chain,
        moments,
        converged: false,
    })
}

/// Regimes that differ in volatility, little or much, and regimes that differ in mean.
fn starts(sample: &ReturnSample, n: usize) -> Vec<Chain> {
    let place = |k: usize| {
        let of = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        if n == 1 {
            0.0
        } else {
            2.0 * of(k) / of(n - 1) - 1.0
        }
    };
    let chain = |stay: f64, mean: f64, spread: f64, narrow: f64| {
        let means = (0..n).map(|k| sample.mean() + mean * place(k) * sample.deviation());
        let deviations = (0..n).map(|k| narrow * sample.deviation() * spread.powf(place(k)));
        Chain::sticky(means.collect(), deviations.collect(), stay)
    };
    vec![
        chain(0.95, 0.0, 1.6, 1.0),
        chain(0.98, 0.0, 3.0, 1.0),
        chain(0.7, 0.0, 2.0, 1.0),
        chain(0.9, 1.0, 1.0, 0.7),
        chain(0.6, 0.5, 1.5, 0.8),
    ]
}

/// The free parameters as one vector: drifts and volatilities per year, then the transition
/// probabilities off the diagonal that are not at the edge.
struct Parameters {
    values: Vec<f64>,
    /// `(from, to)` of the probabilities.
    moves: Vec<(usize, usize)>,
    n: usize,
    bar_years: f64,
}

impl Parameters {
    fn of(chain: &Chain, bar_years: f64) -> Self {
        let n = chain.n();
        let mut values: Vec<f64> = chain.means.iter().map(|m| m / bar_years).collect();
        values.extend(chain.deviations.iter().map(|d| d / bar_years.sqrt()));
        let mut moves = Vec::new();
        for from in 0..n {
            for to in 0..n {
                let probability = chain.transition[from * n + to];
                if from != to && probability > EDGE {
                    moves.push((from, to));
                    values.push(probability);
                }
            }
        }
        Self {
            values,
            moves,
            n,
            bar_years,
        }
    }

    /// `(to, index)` of the free probabilities that leave `from`.
    fn leaving(&self, from: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = 2 * self.n;
        self.moves
            .iter()
            .enumerate()
            .filter(move |(_, (source, _))| *source == from)
            .map(move |(i, (_, to))| (*to, first + i))
    }

    /// The chain of the vector `x`, fixed probabilities and the first regime as in `like`; `None`
    /// outside the range.
    fn chain(&self, x: &[f64], like: &Chain) -> Option<Chain> {
        let n = self.n;
        let mut chain = like.clone();
        for k in 0..n {
            chain.means[k] = x[k] * self.bar_years;
            chain.deviations[k] = x[n + k] * self.bar_years.sqrt();
            if chain.deviations[k] <= 0.0 {
                return None;
            }
        }
        for (&(from, to), &probability) in self.moves.iter().zip(&x[2 * n..]) {
            chain.transition[from * n + to] = probability;
        }
        for from in 0..n {
            let row = &mut chain.transition[from * n..(from + 1) * n];
            row[from] = 0.0;
            row[from] = 1.0 - row.iter().sum::<f64>();
            if row.iter().any(|&p| p < 0.0) {
                return None;
            }
        }
        Some(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{
        PriceModel,
        testing::{Cut, DAY, assert_recovered, market, pooled},
    };
    use super::*;

    fn sample(model: &RegimeSwitching, n: usize, seed: u64) -> ReturnSample {
        let cut = Cut::new(DAY, 1);
        let market = market(&[PriceModel::RegimeSwitching(model.clone())], cut, n);
        ReturnSample::new(pooled(&market, 1, seed), cut.years()).unwrap()
    }

    fn regime(log_drift: f64, volatility: f64) -> Regime {
        Regime {
            log_drift,
            volatility,
        }
    }

    #[test]
    fn parameters_come_back_within_their_errors() {
        let bulls_and_bears = RegimeSwitching {
            regimes: vec![regime(0.2, 0.12), regime(-0.4, 0.4)],
            transition: vec![vec![0.98, 0.02], vec![0.05, 0.95]],
        };
        let three = RegimeSwitching {
            regimes: vec![regime(0.5, 0.08), regime(-1.0, 0.25), regime(2.0, 0.8)],
            transition: vec![
                vec![0.94, 0.05, 0.01],
                vec![0.06, 0.9, 0.04],
                vec![0.03, 0.12, 0.85],
            ],
        };
        for (truth, n) in [(bulls_and_bears, 2500), (three, 4000)] {
            let k = truth.regimes.len();
            let mut scores = Vec::new();
            for seed in 0..5 {
                let sample = sample(&truth, n, seed);
                let fit = RegimesFit::new(&sample, k).unwrap();
                assert!((fit.regimes.iter().map(|r| r.share).sum::<f64>() - 1.0).abs() < 1e-9);
                fit.model().check().unwrap();
                let mut of_seed = Vec::new();
                for (found, expected) in fit.regimes.iter().zip(&truth.regimes) {
                    of_seed.push((found.log_drift, expected.log_drift));
                    of_seed.push((found.volatility, expected.volatility));
                }
                for (found, expected) in fit.transition.iter().zip(&truth.transition) {
                    of_seed.extend(found.iter().copied().zip(expected.iter().copied()));
                }
                scores.push(of_seed);
            }
            assert_recovered(&format!("{truth:?}"), &scores);
        }
    }

    #[test]
    fn one_regime_is_mean_and_deviation() {
        let model = RegimeSwitching {
            regimes: vec![regime(0.3, 0.2)],
            transition: vec![vec![1.0]],
        };
        let sample = sample(&model, 500, 1);
        let fit = RegimesFit::new(&sample, 1).unwrap();
        let (years, n) = (sample.bar_years(), 500.0_f64);
        let found = fit.regimes[0];
        let deviation = sample.deviation() * ((n - 1.0) / n).sqrt() / years.sqrt();
        assert!((found.log_drift.value - sample.mean() / years).abs() < 1e-9);
        assert!((found.volatility.value - deviation).abs() < 1e-9);
        let errors = [found.log_drift, found.volatility].map(|e| e.standard_error.unwrap());
        assert!((errors[0] / (deviation / (n * years).sqrt()) - 1.0).abs() < 0.01);
        assert!((errors[1] / (deviation / (2.0 * n).sqrt()) - 1.0).abs() < 0.01);
        assert_eq!(fit.transition[0][0].standard_error, None);
    }

    #[test]
    fn likelihood_never_falls_on_the_way() {
        let model = RegimeSwitching {
            regimes: vec![regime(0.2, 0.12), regime(-0.4, 0.4)],
            transition: vec![vec![0.9, 0.1], vec![0.1, 0.9]],
        };
        let sample = sample(&model, 500, 2);
        for start in starts(&sample, 3) {
            let mut chain = start;
            let mut before = f64::NEG_INFINITY;
            for _ in 0..100 {
                let moments = chain.moments(sample.log_returns());
                assert!(moments.log_likelihood > before - 1e-9);
                before = moments.log_likelihood;
                chain = moments.maximized(sample.log_returns(), 1e-9).unwrap();
            }
        }
    }

    #[test]
    fn impossible_numbers_of_regimes_are_refused() {
        let model = RegimeSwitching {
            regimes: vec![regime(0.3, 0.2)],
            transition: vec![vec![1.0]],
        };
        let sample = sample(&model, 200, 1);
        for found in [0, 9] {
            assert_eq!(
                RegimesFit::new(&sample, found),
                Err(FitError::Regimes { found })
            );
        }
    }
}
