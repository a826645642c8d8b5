//! The probabilities of regimes that nobody sees.

/// A Gaussian hidden Markov chain, per bar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    pub(super) means: Vec<f64>,
    pub(super) deviations: Vec<f64>,
    /// `[from, to]`.
    pub(super) transition: Vec<f64>,
    /// Probabilities of the first bar's regime.
    pub(super) initial: Vec<f64>,
}

/// What the expectation step gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moments {
    /// `Σ_t ln f(r_t | r_0 … r_{t−1})`.
    pub(super) log_likelihood: f64,
    /// `P(regime of t | all returns)`, `[n_returns, n]`.
    smoothed: Vec<f64>,
    /// Expected number of moves, `[from, to]`.
    moves: Vec<f64>,
    n: usize,
}

/// Probabilities on the way forward, each `[n_returns, n]`.
struct Forward {
    log_likelihood: f64,
    predicted: Vec<f64>,
    filtered: Vec<f64>,
}

impl Chain {
    /// Regimes that are kept with probability `stay` and else left for any other.
    pub(super) fn sticky(means: Vec<f64>, deviations: Vec<f64>, stay: f64) -> Self {
        let n = means.len();
        let others = means.iter().skip(1).fold(0.0, |sum, _| sum + 1.0);
        let entry = |i: usize| match (n, i / n == i % n) {
            (1, _) => 1.0,
            (_, true) => stay,
            (_, false) => (1.0 - stay) / others,
        };
        Self {
            transition: (0..n * n).map(entry).collect(),
            initial: vec![1.0 / (others + 1.0); n],
            means,
            deviations,
        }
    }

    pub(super) fn n(&self) -> usize {
        self.means.len()
    }

    /// The same chain and `shares`, regimes by ascending deviation.
    pub(super) fn ordered(&self, shares: &[f64]) -> (Self, Vec<f64>) {
        let n = self.n();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| self.deviations[a].total_cmp(&self.deviations[b]));
        let pick = |values: &[f64]| order.iter().map(|&k| values[k]).collect();
        let transition = order
            .iter()
            .flat_map(|&from| order.iter().map(move |&to| self.transition[from * n + to]))
            .collect();
        let chain = Self {
            means: pick(&self.means),
            deviations: pick(&self.deviations),
            transition,
            initial: pick(&self.initial),
        };
        (chain, pick(shares))
    }

    pub(super) fn log_likelihood(&self, returns: &[f64]) -> f64 {
        let mut predicted = self.initial.clone();
        let mut filtered = vec![0.0; self.n()];
        let heights = self.log_heights();
        let mut sum = 0.0;
        for &r in returns {
            sum += self.update(r, &heights, &predicted, &mut filtered);
            self.predict(&filtered, &mut predicted);
        }
        sum
    }

    /// ln of the density of each regime at its mean.
    fn log_heights(&self) -> Vec<f64> {
        let root = std::f64::consts::TAU.sqrt();
        self.deviations.iter().map(|d| -(d * root).ln()).collect()
    }

    /// Hamilton's step: writes `P(regime | r and before)` and gives `ln f(r | before)`.
    fn update(&self, r: f64, heights: &[f64], predicted: &[f64], filtered: &mut [f64]) -> f64 {
        let mut top = f64::NEG_INFINITY;
        for (k, to) in filtered.iter_mut().enumerate() {
            let z = (r - self.means[k]) / self.deviations[k];
            *to = heights[k] - 0.5 * z * z;
            // A regime that cannot be must not set the scale.
            if predicted[k] > 0.0 {
                top = top.max(*to);
            }
        }
        let mut density = 0.0;
        for (to, probability) in filtered.iter_mut().zip(predicted) {
            *to = if *probability > 0.0 {
                probability * (*to - top).exp()
            } else {
                0.0
            };
            density += *to;
        }
        for to in filtered.iter_mut() {
            *to /= density;
        }
        top + density.ln()
    }

    /// Writes `P(next regime | filtered)`.
    fn predict(&self, filtered: &[f64], predicted: &mut [f64]) {
        let n = self.n();
        for (to, probability) in predicted.iter_mut().enumerate() {
            *probability = (0..n)
                .map(|from| filtered[from] * self.transition[from * n + to])
                .sum();
        }
    }

    fn filter(&self, returns: &[f64]) -> Forward {
        let n = self.n();
        let mut all = Forward {
            log_likelihood: 0.0,
            predicted: vec![0.0; returns.len() * n],
            filtered: vec![0.0; returns.len() * n],
        };
        let mut predicted = self.initial.clone();
        let heights = self.log_heights();
        for (t, &r) in returns.iter().enumerate() {
            let at = t * n..(t + 1) * n;
            all.predicted[at.clone()].copy_from_slice(&predicted);
            let filtered = &mut all.filtered[at];
            all.log_likelihood += self.update(r, &heights, &predicted, filtered);
            self.predict(filtered, &mut predicted);
        }
        all
    }

    /// Kim's smoother on top of the filter: the expectation step.
    pub(super) fn moments(&self, returns: &[f64]) -> Moments {
        let n = self.n();
        let Forward {
            log_likelihood,
            predicted,
            filtered,
        } = self.filter(returns);
        let mut smoothed = filtered.clone();
        let mut moves = vec![0.0; n * n];
        let mut ratio = vec![0.0; n];
        for t in (0..returns.len().saturating_sub(1)).rev() {
            let (now, next) = (t * n, (t + 1) * n);
            for (k, to) in ratio.iter_mut().enumerate() {
                let before = predicted[next + k];
                *to = if before > 0.0 {
                    smoothed[next + k] / before
                } else {
                    0.0
                };
            }
            for from in 0..n {
                let mut sum = 0.0;
                for to in 0..n {
                    let weight = filtered[now + from] * self.transition[from * n + to] * ratio[to];
                    moves[from * n + to] += weight;
                    sum += weight;
                }
                smoothed[now + from] = sum;
            }
        }
        Moments {
            log_likelihood,
            smoothed,
            moves,
            n,
        }
    }
}

impl Moments {
    /// Expected share of bars in each regime.
    pub(super) fn shares(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.n];
        for row in self.smoothed.chunks_exact(self.n) {
            sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += p);
        }
        let total: f64 = sums.iter().sum();
        sums.iter().map(|sum| sum / total).collect()
    }

    /// The maximization step; `None` where a regime has fewer than two bars, or a deviation at or
    /// below `least`.
    pub(super) fn maximized(&self, returns: &[f64], least: f64) -> Option<Chain> {
        let n = self.n;
        let mut chain = Chain {
            means: vec![0.0; n],
            deviations: vec![0.0; n],
            transition: self.moves.clone(),
            initial: self.smoothed[..n].to_vec(),
        };
        for k in 0..n {
            let weights = || self.smoothed[k..].iter().step_by(n);
            let weight: f64 = weights().sum();
            if weight.is_nan() || weight < 2.0 {
                return None;
            }
            let mean = weights().zip(returns).map(|(w, r)| w * r).sum::<f64>() / weight;
            let squares: f64 = weights()
                .zip(returns)
                .map(|(w, r)| w * (r - mean) * (r - mean))
                .sum();
            chain.means[k] = mean;
            chain.deviations[k] = (squares / weight).sqrt();
            if chain.deviations[k] <= least {
                return None;
            }
            let row = &mut chain.transition[k * n..(k + 1) * n];
            let leaving: f64 = row.iter().sum();
            for p in row.iter_mut() {
                *p /= leaving;
            }
        }
        Some(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Chain {
        Chain {
            means: vec![0.5, -1.0],
            deviations: vec![0.7, 2.0],
            transition: vec![0.8, 0.2, 0.4, 0.6],
            initial: vec![0.3, 0.7],
        }
    }

    const RETURNS: [f64; 5] = [0.1, -2.0, 1.5, 0.4, -0.7];

    /// All 32 histories, one by one.
    #[test]
    fn filter_and_smoother_agree_with_the_sum_over_all_histories() {
        let chain = chain();
        let density = |k: usize, r: f64| {
            let z = (r - chain.means[k]) / chain.deviations[k];
            (-0.5 * z * z).exp() / (std::f64::consts::TAU.sqrt() * chain.deviations[k])
        };
        let (mut total, mut smoothed, mut moves) = (0.0, [0.0; 10], [0.0; 4]);
        for history in 0..32_usize {
            let regime = |t: usize| history >> t & 1;
            let mut weight = chain.initial[regime(0)] * density(regime(0), RETURNS[0]);
            for (t, &r) in RETURNS.iter().enumerate().skip(1) {
                weight *= chain.transition[regime(t - 1) * 2 + regime(t)];
                weight *= density(regime(t), r);
            }
            total += weight;
            for t in 0..5 {
                smoothed[2 * t + regime(t)] += weight;
                if t > 0 {
                    moves[2 * regime(t - 1) + regime(t)] += weight;
                }
            }
        }
        let moments = chain.moments(&RETURNS);
        assert!((moments.log_likelihood - f64::ln(total)).abs() < 1e-13);
        assert!((chain.log_likelihood(&RETURNS) - f64::ln(total)).abs() < 1e-13);
        for (found, sum) in moments.smoothed.iter().zip(smoothed) {
            assert!((found - sum / total).abs() < 1e-13);
        }
        for (found, sum) in moments.moves.iter().zip(moves) {
            assert!((found - sum / total).abs() < 1e-13);
        }
    }

    #[test]
    fn a_return_far_out_leaves_numbers() {
        let moments = chain().moments(&[0.1, 1e6, -1e6, 0.2]);
        assert!(moments.log_likelihood.is_finite());
        assert!(
            moments
                .smoothed
                .iter()
                .all(|p| (0.0..=1.0 + 1e-12).contains(p))
        );
    }
}
