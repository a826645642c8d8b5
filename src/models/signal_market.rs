//! A market that can be predicted, by a known amount.

use super::{
    Correlation, ModelError, Opening,
    bar_path::BarPath,
    bounds::{self, Bound},
    calendar,
    cholesky::Cholesky,
    signal_means::SignalMeans,
    streams::{Purpose, stream},
};
use crate::market::Panel;
use crate::rng::{Rng, Streams};
use chrono::{DateTime, TimeDelta, Utc};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Several assets whose next return has a known conditional mean: a sharp nonlinear function of
/// signals that no price shock can move, plus a little of recent returns, which one can.
///
/// With signals `s_t` (each an independent AR(1), `s_{t+1} = φ s_t + √(1 − φ²) N(0, 1)`, begun in
/// its stationary N(0, 1)), log returns r and volatility σ per bar:
///
/// ```text
/// m_i(t) = σ [ A g_i(s_t) + B Σ_{k < K} d_ik tanh(r_{i,t−k} / σ) ]
/// r_{i,t+1} = m_i(t) − σ²/2 + σ w_i,t+1        w ~ N(0, correlation)
/// g_i(s) = Σ_h ( c_ih T_h + e_ih T_h T_{h+1} )   T_h = tanh(κ x_h) / τ,   x = Q s_relevant
/// ```
///
/// so the simple return from close t to close t + 1 has the conditional mean `e^{m_i(t)} − 1`,
/// exactly. Q is an orthogonal matrix, `τ² = E tanh²(κ N)` and `Σ_h (c_ih² + e_ih²) = 1`:
/// `g_i(s_t)` has mean 0 and variance 1 exactly (`x_h` are independent standard normals and T is
/// odd). `Σ_k d_ik² = 1`. The first `n_relevant` signals matter, the others are noise. Coefficients
/// are drawn from `coefficients_seed`, so that paths and seeds of one market share one law.
///
/// The open of a bar is the close before, so that a position filled at the open earns the return
/// whose mean is known. The panel has the signals ([`Panel::with_signals`]): the feature `Signals`
/// observes them.
///
/// ```
/// use shockproof::{models::*, rng::Streams};
/// let market = SignalMarket {
///     symbols: vec!["A".to_owned(), "B".to_owned()],
///     initial_price: 100.0,
///     n_bars: 250,
///     bar_seconds: 86_400,
///     steps_per_bar: 4,
///     start: chrono::DateTime::UNIX_EPOCH,
///     bar_volatility: 0.01,
///     correlation: Correlation::Common(0.3),
///     n_signals: 4,
///     n_relevant: 3,
///     persistence: 0.5,
///     sharpness: 3.0,
///     signal_strength: 0.4,
///     n_returns: 2,
///     return_strength: 0.05,
///     coefficients_seed: 1,
/// };
/// let path = market.simulate(&Streams::new(7), 0)?;
/// let names = ["relevant[0]", "relevant[1]", "relevant[2]", "noise[0]"];
/// assert_eq!(path.panel().signal_names(), names);
/// // Who trades on the conditional means has no regret, who stays out forgoes all there is to earn.
/// let (day, risk_aversion) = (100, 50.0);
/// let best = path.best_weights(day, risk_aversion).ok_or("no optimum")?;
/// let there_is = path.expected_reward(day, &best, risk_aversion);
/// assert_eq!(path.regret(day, &best, risk_aversion), Some(0.0));
/// let forgone = path.regret(day, &[0.0, 0.0], risk_aversion).ok_or("no optimum")?;
/// assert!(there_is > 0.0 && (forgone / there_is - 1.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalMarket {
    /// One per asset.
    pub symbols: Vec<String>,
    /// Price of each asset where the first bar begins. Unit: quote currency. Range: > 0.
    pub initial_price: f64,
    /// Bars to simulate. Range: >= 1.
    pub n_bars: usize,
    /// Length of a bar. Unit: seconds. Range: >= 1.
    pub bar_seconds: u32,
    /// Steps of a bar's path, for its high and low. Range: >= 1.
    pub steps_per_bar: u32,
    /// Where the first bar begins.
    pub start: DateTime<Utc>,
    /// σ. Unit: per √bar. Range: (0, 1).
    pub bar_volatility: f64,
    /// Of the returns around their conditional means.
    #[serde(default)]
    pub correlation: Correlation,
    /// Signals. Range: >= `n_relevant`.
    pub n_signals: usize,
    /// Signals that matter. Range: 3 to 1000.
    pub n_relevant: usize,
    /// φ. Unit: per bar. Range: [0, 1).
    pub persistence: f64,
    /// κ: about 1 is smooth, 5 nearly a step. Range: > 0.
    pub sharpness: f64,
    /// A: standard deviation over time of the mean from signals. Unit: σ. Range: [0, 1].
    pub signal_strength: f64,
    /// K: returns that matter. Range: 0 to 1000.
    pub n_returns: usize,
    /// B: most that one return can add to the mean. Unit: σ. Range: [0, 1].
    pub return_strength: f64,
    /// Whence Q, c, d and e.
    pub coefficients_seed: u64,
}

/// What a signal market yields.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalPath {
    panel: Panel,
    means: Vec<f64>,
    /// `e^{σ² ρ_ij}`, `[n_assets, n_assets]`.
    growth_moments: Vec<f64>,
}

impl SignalMarket {
    /// # Errors
    /// [`ModelError`] naming the parameter that cannot be.
    pub fn check(&self) -> Result<(), ModelError> {
        calendar::check_counts(self.symbols.len(), self.n_bars)?;
        calendar::check_counts(1, self.n_bars.saturating_mul(self.n_signals.max(1)))?;
        calendar::check_steps(self.bar_seconds, self.steps_per_bar)?;
        calendar::check_span(self.start, self.bar_seconds, self.n_bars)?;
        calendar::check_names(&self.symbols)?;
        let count = |place, found, range: std::ops::RangeInclusive<usize>, expected| {
            if range.contains(&found) {
                return Ok(());
            }
            Err(ModelError::Count {
                place,
                found,
                expected,
            })
        };
        count("n_relevant", self.n_relevant, 3..=1000, "3 to 1000")?;
        count(
            "n_signals",
            self.n_signals,
            self.n_relevant..=usize::MAX,
            "at least `n_relevant`",
        )?;
        count("n_returns", self.n_returns, 0..=1000, "at most 1000")?;
        self.correlation.factor(self.symbols.len())?;
        bounds::check(
            "SignalMarket",
            &[
                ("initial_price", self.initial_price, Bound::Positive),
                ("bar_volatility", self.bar_volatility, Bound::BelowOne),
                ("bar_volatility", self.bar_volatility, Bound::Positive),
                ("persistence", self.persistence, Bound::BelowOne),
                ("sharpness", self.sharpness, Bound::Positive),
                ("signal_strength", self.signal_strength, Bound::Fraction),
                ("return_strength", self.return_strength, Bound::Fraction),
            ],
        )
    }

    /// The signals' names, in order: `relevant[0]`, ... and then `noise[0]`, ...
    #[must_use]
    pub fn signal_names(&self) -> Vec<String> {
        let n_noise = self.n_signals.saturating_sub(self.n_relevant);
        let relevant = (0..self.n_relevant).map(|i| format!("relevant[{i}]"));
        relevant
            .chain((0..n_noise).map(|i| format!("noise[{i}]")))
            .collect()
    }

    /// Bars and signals of path number `path` under a seed.
    ///
    /// # Errors
    /// [`ModelError`]: see [`SignalMarket::simulate`].
    pub fn panel(&self, streams: &Streams, path: u32) -> Result<Panel, ModelError> {
        Ok(self.simulate(streams, path)?.panel)
    }

    /// Path number `path` under a seed: [`SignalMarket::panel`] and the law of its returns.
    ///
    /// # Errors
    /// [`ModelError`]: see [`SignalMarket::check`]; prices that overflow.
    pub fn simulate(&self, streams: &Streams, path: u32) -> Result<SignalPath, ModelError> {
        self.check()?;
        let n_assets = self.symbols.len();
        let bar_length = TimeDelta::seconds(i64::from(self.bar_seconds));
        let ends = calendar::bar_ends(self.start, bar_length, self.n_bars)?;
        let signals = self.signals(&mut stream(*streams, path, 0, Purpose::Signals));
        let law = SignalMeans::draw(self);
        let factor = self.correlation.factor(n_assets)?;
        let mut rngs: Vec<Rng> = (0..n_assets)
            .map(|asset| stream(*streams, path, asset, Purpose::Driver))
            .collect();
        let mut closes = vec![self.initial_price.ln(); n_assets];
        let mut recent = vec![0.0; n_assets * self.n_returns];
        let mut log_means = vec![0.0; n_assets];
        let (mut bars, mut means) = (Vec::new(), Vec::new());
        for of_bar in signals.chunks_exact(self.n_signals) {
            let row = self.row(&closes, &log_means, &factor, &mut rngs);
            for (asset, bar) in row.iter().enumerate() {
                let scaled = (bar.log_price() - closes[asset]) / self.bar_volatility;
                let own = &mut recent[asset * self.n_returns..(asset + 1) * self.n_returns];
                if let Some(last) = own.len().checked_sub(1) {
                    own.copy_within(..last, 1);
                    own[0] = scaled;
                }
                closes[asset] = bar.log_price();
                bars.push(bar.bar(0.0));
            }
            law.write(of_bar, &recent, &mut log_means);
            means.extend(log_means.iter().map(|mean| mean.exp_m1()));
        }
        let panel = Panel::new(self.symbols.clone(), ends, bars, bar_length)?;
        Ok(SignalPath {
            panel: panel.with_signals(self.signal_names(), signals)?,
            means,
            growth_moments: self.growth_moments()?,
        })
    }

    /// `[n_bars, n_signals]`.
    fn signals(&self, rng: &mut Rng) -> Vec<f64> {
        let fresh = (1.0 - self.persistence * self.persistence).sqrt();
        let mut signals: Vec<f64> = Vec::with_capacity(self.n_bars * self.n_signals);
        for i in 0..self.n_bars * self.n_signals {
            let normal: f64 = StandardNormal.sample(rng);
            signals.push(if i < self.n_signals {
                normal
            } else {
                self.persistence * signals[i - self.n_signals] + fresh * normal
            });
        }
        signals
    }

    /// The next bars of all assets.
    fn row(
        &self,
        closes: &[f64],
        log_means: &[f64],
        factor: &Cholesky,
        rngs: &mut [Rng],
    ) -> Vec<BarPath> {
        let n_steps = f64::from(self.steps_per_bar);
        let variance = self.bar_volatility * self.bar_volatility;
        let deviation = self.bar_volatility / n_steps.sqrt();
        let mut row: Vec<BarPath> = closes
            .iter()
            .map(|&close| BarPath::new(Opening::PreviousClose, close))
            .collect();
        let mut drivers = vec![0.0; row.len()];
        for _ in 0..self.steps_per_bar {
            let normals: Vec<f64> = rngs
                .iter_mut()
                .map(|rng| StandardNormal.sample(rng))
                .collect();
            factor.apply(&normals, &mut drivers);
            for ((bar, log_mean), driver) in row.iter_mut().zip(log_means).zip(&drivers) {
                let drift = (log_mean - variance / 2.0) / n_steps;
                bar.push(bar.log_price() + drift + deviation * driver);
            }
        }
        row
    }

    fn growth_moments(&self) -> Result<Vec<f64>, ModelError> {
        let variance = self.bar_volatility * self.bar_volatility;
        let matrix = self.correlation.matrix(self.symbols.len())?;
        Ok(matrix.iter().map(|rho| (variance * rho).exp()).collect())
    }
}

impl SignalPath {
    /// The bars, and the signals known at their ends.
    #[must_use]
    pub const fn panel(&self) -> &Panel {
        &self.panel
    }

    /// The signals at the close of bar `t`, `[n_signals]`, `t` below the panel's `n_bars`.
    #[must_use]
    pub fn signals(&self, t: usize) -> &[f64] {
        self.panel.signals(t)
    }

    /// Expected simple return of each asset from the close of bar `t` to the next, given everything
    /// up to the close of bar `t`, `[n_assets]`. At the last bar it is that of the bar which is no
    /// more in the panel.
    #[must_use]
    pub fn conditional_means(&self, t: usize) -> &[f64] {
        let n = self.panel.n_assets();
        &self.means[t * n..(t + 1) * n]
    }

    /// `E R_i R_j` of the same simple returns, given the same, `[n_assets, n_assets]`:
    /// `(1 + μ_i)(1 + μ_j) e^{σ² ρ_ij} − 1 − μ_i − μ_j` (moments of the log-normal law).
    #[must_use]
    pub fn second_moments(&self, t: usize) -> Vec<f64> {
        let means = self.conditional_means(t);
        let n = means.len();
        let entry = |ij: usize| {
            let (a, b) = (means[ij / n], means[ij % n]);
            (1.0 + a) * (1.0 + b) * self.growth_moments[ij] - 1.0 - a - b
        };
        (0..n * n).map(entry).collect()
    }

    /// `E[x − (λ/2) x²]` of the simple return `x = w · R` of the portfolio `weights` held from the
    /// close of bar `t` to the next, without costs; λ is `risk_aversion`.
    #[must_use]
    pub fn expected_reward(&self, t: usize, weights: &[f64], risk_aversion: f64) -> f64 {
        dot(weights, self.conditional_means(t)) - risk_aversion / 2.0 * self.mean_square(t, weights)
    }

    /// What `weights` give up in [`SignalPath::expected_reward`] against the best there are when
    /// any weights are allowed, `w* =` [`SignalPath::best_weights`]: `(λ/2) (w − w*)ᵀ M (w − w*)`,
    /// M the second moments. Never negative. `None` where λ is not positive.
    ///
    /// It is that of the market as simulated: a misprint changes nothing of it, a jump that an
    /// environment adds to the prices is in no conditional mean.
    #[must_use]
    pub fn regret(&self, t: usize, weights: &[f64], risk_aversion: f64) -> Option<f64> {
        let mut gap = self.best_weights(t, risk_aversion)?;
        for (gap, weight) in gap.iter_mut().zip(weights) {
            *gap -= weight;
        }
        Some(risk_aversion / 2.0 * self.mean_square(t, &gap))
    }

    /// `E (w · R)²`.
    fn mean_square(&self, t: usize, weights: &[f64]) -> f64 {
        debug_assert_eq!(weights.len(), self.panel.n_assets());
        let moments = self.second_moments(t);
        moments
            .chunks_exact(weights.len())
            .zip(weights)
            .map(|(row, weight)| weight * dot(row, weights))
            .sum()
    }

    /// The weights of largest [`SignalPath::expected_reward`] when any weights are allowed: `M⁻¹ μ
    /// / λ`, M the second moments. `None` where λ is not positive: there is no optimum.
    #[must_use]
    pub fn best_weights(&self, t: usize, risk_aversion: f64) -> Option<Vec<f64>> {
        if risk_aversion.is_nan() || risk_aversion <= 0.0 {
            return None;
        }
        let n = self.panel.n_assets();
        let factor = Cholesky::new(&self.second_moments(t), n, 0.0).ok()?;
        let mut weights = factor.solve(self.conditional_means(t));
        for weight in &mut weights {
            *weight /= risk_aversion;
        }
        Some(weights)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Change, DAY, assert_mean, assert_mean_of_series};
    use super::*;

    fn market() -> SignalMarket {
        SignalMarket {
            symbols: ["A", "B", "C", "D"].map(String::from).to_vec(),
            initial_price: 100.0,
            n_bars: 20_000,
            bar_seconds: DAY,
            steps_per_bar: 4,
            start: DateTime::UNIX_EPOCH,
            bar_volatility: 0.01,
            correlation: Correlation::Common(0.3),
            n_signals: 28,
            n_relevant: 12,
            persistence: 0.5,
            sharpness: 3.0,
            signal_strength: 0.4,
            n_returns: 2,
            return_strength: 0.05,
            coefficients_seed: 1,
        }
    }

    fn simple_returns(panel: &Panel, asset: usize) -> Vec<f64> {
        let closes: Vec<f64> = panel.asset(asset).map(|bar| bar.close).collect();
        closes
            .windows(2)
            .map(|pair| pair[1] / pair[0] - 1.0)
            .collect()
    }

    /// The surprise has mean zero, also weighted by anything known before, and the second moments
    /// stated.
    #[test]
    fn conditional_means_and_second_moments_are_exact() {
        for (steps_per_bar, bar_volatility) in [(1, 0.01), (5, 0.2)] {
            let market = SignalMarket {
                steps_per_bar,
                bar_volatility,
                n_bars: 5000,
                ..market()
            };
            let returns_of = |path: &SignalPath| -> Vec<Vec<f64>> {
                (0..4)
                    .map(|asset| simple_returns(path.panel(), asset))
                    .collect()
            };
            let paths: Vec<_> = (0..8)
                .map(|n| market.simulate(&Streams::new(5), n).unwrap())
                .map(|path| (returns_of(&path), path))
                .collect();
            let weighted = |weight: &dyn Fn(&SignalPath, usize) -> f64, asset: usize| -> Vec<f64> {
                paths
                    .iter()
                    .flat_map(|(returns, path)| {
                        returns[asset].iter().enumerate().map(move |(t, r)| {
                            weight(path, t) * (r - path.conditional_means(t)[asset])
                        })
                    })
                    .collect()
            };
            for asset in 0..4 {
                assert_mean("surprise", &weighted(&|_, _| 1.0, asset), 0.0, 4.0);
                let by_mean = |path: &SignalPath, t: usize| path.conditional_means(t)[asset];
                assert_mean("by mean", &weighted(&by_mean, asset), 0.0, 4.0);
                let by_signal = |path: &SignalPath, t: usize| path.signals(t)[asset];
                assert_mean("by signal", &weighted(&by_signal, asset), 0.0, 4.0);
                let by_bar = |path: &SignalPath, t: usize| {
                    let bar = path.panel().row(t)[asset];
                    (bar.close / bar.open - 1.0).tanh()
                };
                assert_mean("by return", &weighted(&by_bar, asset), 0.0, 4.0);
            }
            for (i, j) in [(0, 0), (1, 2), (3, 0)] {
                let gaps: Vec<f64> = paths
                    .iter()
                    .flat_map(|(returns, path)| {
                        returns[i]
                            .iter()
                            .zip(&returns[j])
                            .enumerate()
                            .map(move |(t, (a, b))| a * b - path.second_moments(t)[4 * i + j])
                    })
                    .collect();
                let se = assert_mean("second moment", &gaps, 0.0, 4.0);
                assert!(se < 0.02 * bar_volatility * bar_volatility);
            }
        }
    }

    #[test]
    fn signals_and_what_they_say_have_the_stated_variances() {
        let market = SignalMarket {
            n_bars: 100_000,
            return_strength: 0.0,
            ..market()
        };
        let path = market.simulate(&Streams::new(6), 0).unwrap();
        for signal in [0, 11, 27] {
            let series: Vec<f64> = (0..100_000).map(|t| path.signals(t)[signal]).collect();
            assert_mean_of_series("signal", &series, 0.0, 4.0);
            for (lag, expected) in [(0, 1.0), (1, 0.5), (3, 0.125)] {
                let products: Vec<f64> = series
                    .iter()
                    .zip(&series[lag..])
                    .map(|(a, b)| a * b)
                    .collect();
                assert_mean_of_series("signal's memory", &products, expected, 4.0);
            }
        }
        for asset in 0..4 {
            let log_means: Vec<f64> = (0..100_000)
                .map(|t| path.conditional_means(t)[asset].ln_1p())
                .collect();
            assert_mean_of_series("mean", &log_means, 0.0, 4.0);
            let squares: Vec<f64> = log_means.iter().map(|m| m * m).collect();
            let expected = 0.004 * 0.004;
            assert!(
                assert_mean_of_series("variance of the mean", &squares, expected, 4.0)
                    < 0.02 * expected
            );
        }
    }

    /// Only the first signals and the last returns of the asset itself matter, the returns a
    /// little.
    #[test]
    fn what_matters_is_what_is_stated() {
        let market = market();
        let law = SignalMeans::draw(&market);
        let signals: Vec<f64> = (0..28).map(|i| (f64::from(i) * 0.7).sin()).collect();
        let recent = [0.5, -1.0, 0.2, 2.0, 0.0, 1.0, -0.3, 0.1];
        let means = |signals: &[f64], recent: &[f64]| {
            let mut out = vec![0.0; 4];
            law.write(signals, recent, &mut out);
            out
        };
        let base = means(&signals, &recent);
        for signal in 0..28 {
            let mut moved = signals.clone();
            moved[signal] += 0.5;
            let moved = means(&moved, &recent);
            let gap: f64 = base.iter().zip(&moved).map(|(a, b)| (a - b).abs()).sum();
            assert_eq!(
                gap > 1e-6,
                signal < 12,
                "signal {signal} moves the means by {gap}"
            );
        }
        for slot in 0..8 {
            let mut moved = recent;
            moved[slot] += 1.0;
            for (asset, (a, b)) in base.iter().zip(means(&signals, &moved)).enumerate() {
                let gap = (a - b).abs();
                assert!(gap <= 0.01 * 0.05 * 2.0);
                assert_eq!(
                    gap > 1e-9,
                    asset == slot / 2,
                    "return {slot}, asset {asset}: {gap}"
                );
            }
        }
        let other = SignalMeans::draw(&SignalMarket {
            coefficients_seed: 2,
            ..market
        });
        let mut out = vec![0.0; 4];
        other.write(&signals, &recent, &mut out);
        assert_ne!(out, base);
    }

    #[test]
    fn no_weights_beat_the_best_and_rewards_are_those_of_a_long_run() {
        let market = SignalMarket {
            bar_volatility: 0.05,
            n_bars: 20_000,
            ..market()
        };
        let path = market.simulate(&Streams::new(7), 1).unwrap();
        let lambda = 3.0;
        for t in [0, 17, 400] {
            let best = path.best_weights(t, lambda).unwrap();
            let top = path.expected_reward(t, &best, lambda);
            for asset in 0..4 {
                for step in [-0.01, 0.01] {
                    let mut other = best.clone();
                    other[asset] += step;
                    let reward = path.expected_reward(t, &other, lambda);
                    assert!(reward < top);
                    let regret = path.regret(t, &other, lambda).unwrap();
                    assert!((regret - (top - reward)).abs() < 1e-15, "{regret}");
                }
            }
        }
        assert_eq!(path.best_weights(0, 0.0), None);
        assert_eq!(path.regret(0, &[0.0; 4], 0.0), None);
        let returns: Vec<Vec<f64>> = (0..4).map(|a| simple_returns(path.panel(), a)).collect();
        let gaps: Vec<f64> = (0..19_999)
            .map(|t| {
                let weights = path.best_weights(t, lambda).unwrap();
                let x: f64 = weights.iter().zip(&returns).map(|(w, r)| w * r[t]).sum();
                x - lambda / 2.0 * x * x - path.expected_reward(t, &weights, lambda)
            })
            .collect();
        assert_mean("reward", &gaps, 0.0, 4.0);
    }

    #[test]
    fn the_panel_hands_over_the_signals_by_name() {
        let market = SignalMarket {
            n_bars: 50,
            ..market()
        };
        let path = market.simulate(&Streams::new(8), 0).unwrap();
        let names = path.panel().signal_names();
        assert_eq!(names, market.signal_names());
        assert_eq!((names.len(), names[11].as_str()), (28, "relevant[11]"));
        assert_eq!(
            (names[12].as_str(), names[27].as_str()),
            ("noise[0]", "noise[15]")
        );
        let panel = market.panel(&Streams::new(8), 0).unwrap();
        assert_eq!(&panel, path.panel());
        assert_eq!(panel.signals(17), path.signals(17));
    }

    #[test]
    fn impossible_signal_markets_are_refused_by_name() {
        let cases: [(Change<'_, SignalMarket>, &str); 7] = [
            (&|m| m.symbols.clear(), "assets: found 0"),
            (&|m| m.n_relevant = 2, "n_relevant: found 2"),
            (&|m| m.n_signals = 11, "n_signals: found 11"),
            (&|m| m.bar_volatility = 0.0, "found bar_volatility = 0"),
            (&|m| m.persistence = 1.0, "found persistence = 1"),
            (&|m| m.signal_strength = 1.1, "found signal_strength = 1.1"),
            (&|m| m.steps_per_bar = 0, "steps_per_bar: found 0"),
        ];
        for (change, part) in cases {
            let mut market = market();
            change(&mut market);
            let message = market.check().unwrap_err().to_string();
            assert!(message.contains(part), "{message}: lacks {part}");
        }
    }
}
