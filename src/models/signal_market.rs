//! Simulated market whose returns have known conditional means.

use super::{
    Correlation, ModelError, Opening, SignalPath,
    bar_path::BarPath,
    bounds::{self, Bound},
    calendar::{self, Calendar},
    cholesky::Cholesky,
    signal_means::SignalMeans,
    streams::{Purpose, stream},
};
use crate::market::Panel;
use crate::rng::{Rng, Streams};
use chrono::{DateTime, Utc};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Market of assets whose next returns have known conditional means: a nonlinear function of
/// signals, which no price shock moves, plus a small function of recent returns, which shocks move.
///
/// With signals `s_t` (independent AR(1), `s_{t+1} = φ s_t + √(1 − φ²) N(0, 1)`, started in their
/// stationary law N(0, 1)), log returns r and volatility σ per bar:
///
/// ```text
/// m_i(t) = σ [ A g_i(s_t) + B Σ_{k < K} d_ik tanh(r_{i,t−k} / σ) ]
/// r_{i,t+1} = m_i(t) − σ²/2 + σ w_i,t+1        w ~ N(0, correlation)
/// g_i(s) = Σ_h ( c_ih T_h + e_ih T_h T_{h+1} )   T_h = tanh(κ x_h) / τ,   x = Q s_relevant
/// ```
///
/// The simple return from close t to close t + 1 then has the conditional mean `e^{m_i(t)} − 1`. Q
/// is an orthogonal matrix, `τ² = E tanh²(κ N)`, `Σ_h (c_ih² + e_ih²) = 1` and `Σ_k d_ik² = 1`, so
/// `g_i(s_t)` has mean 0 and variance 1 (`x_h` are independent standard normals and T is odd). The
/// first `n_relevant` signals are `s_relevant`, the others are noise. The coefficients are drawn
/// from `coefficients_seed`, so all paths and seeds of a market share them.
///
/// A bar opens at the previous close, so a position filled at the open earns the return whose mean
/// is known. The panel has the signals ([`Panel::with_signals`]), observed by the feature
/// `Signals`.
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
/// // The best weights have no regret; the regret of no position is the whole expected reward.
/// let (day, risk_aversion) = (100, 50.0);
/// let best = path.best_weights(day, risk_aversion).ok_or("no optimum")?;
/// let reward = path.expected_reward(day, &best, risk_aversion);
/// assert_eq!(path.regret(day, &best, risk_aversion), Some(0.0));
/// let forgone = path.regret(day, &[0.0, 0.0], risk_aversion).ok_or("no optimum")?;
/// assert!(reward > 0.0 && (forgone / reward - 1.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SignalMarket {
    /// Symbols of the assets. Range: not empty and unique.
    pub symbols: Vec<String>,
    /// Price of each asset at the start of the first bar. Unit: quote currency. Range: (0, ∞).
    pub initial_price: f64,
    /// Number of bars. Range: [1, 100 000 000 / number of assets].
    pub n_bars: usize,
    /// Length of a bar. Unit: seconds. Range: [1, ∞).
    pub bar_seconds: u32,
    /// Number of steps in a bar, which determine its high and low. Range: [1, ∞). Try first: 4.
    pub steps_per_bar: u32,
    /// Start of the first bar. Unit: UTC.
    pub start: DateTime<Utc>,
    /// Volatility σ. Unit: per √bar. Range: (0, 1). Try first: 0.01.
    pub bar_volatility: f64,
    /// Correlation of the returns around their conditional means. Default: `Independent`.
    #[serde(default)]
    pub correlation: Correlation,
    /// Number of signals. Range: [`n_relevant`, ∞).
    pub n_signals: usize,
    /// Number of signals on which the means depend. Range: [3, 1000].
    pub n_relevant: usize,
    /// Autocorrelation φ of the signals. Unit: per bar. Range: [0, 1).
    pub persistence: f64,
    /// Sharpness κ; about 1 is smooth, 5 nearly a step function. Range: (0, ∞).
    pub sharpness: f64,
    /// Standard deviation A over time of the signals' part of the mean. Unit: σ. Range: [0, 1].
    pub signal_strength: f64,
    /// Number K of past returns on which the means depend. Range: [0, 1000].
    pub n_returns: usize,
    /// Largest possible effect B of one past return on the mean. Unit: σ. Range: [0, 1].
    pub return_strength: f64,
    /// Seed of the coefficients Q, c, d and e.
    pub coefficients_seed: u64,
}

impl SignalMarket {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`ModelError`] naming the first invalid parameter.
    pub fn check(&self) -> Result<(), ModelError> {
        self.calendar().check(&self.symbols, self.steps_per_bar)?;
        calendar::check_counts(1, self.n_bars.saturating_mul(self.n_signals.max(1)))?;
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

    /// Names of the signals, in order: `relevant[0]`, ..., `noise[0]`, ...
    #[must_use]
    pub fn signal_names(&self) -> Vec<String> {
        let n_noise = self.n_signals.saturating_sub(self.n_relevant);
        let relevant = (0..self.n_relevant).map(|i| format!("relevant[{i}]"));
        relevant
            .chain((0..n_noise).map(|i| format!("noise[{i}]")))
            .collect()
    }

    /// Draws bars and signals of path number `path` under the seed of `streams`.
    ///
    /// # Errors
    /// [`ModelError`] from [`SignalMarket::simulate`].
    pub fn panel(&self, streams: &Streams, path: u32) -> Result<Panel, ModelError> {
        Ok(self.simulate(streams, path)?.panel)
    }

    /// Draws path number `path`: [`SignalMarket::panel`] and conditional moments of its returns.
    ///
    /// # Errors
    /// [`ModelError`] from [`SignalMarket::check`], or for prices that overflow.
    pub fn simulate(&self, streams: &Streams, path: u32) -> Result<SignalPath, ModelError> {
        self.check()?;
        let n_assets = self.symbols.len();
        let calendar = self.calendar();
        let ends = calendar.ends()?;
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
        let panel = Panel::new(self.symbols.clone(), ends, bars, calendar.bar_length())?;
        Ok(SignalPath {
            panel: panel.with_signals(self.signal_names(), signals)?,
            means,
            growth_moments: self.growth_moments()?,
        })
    }

    const fn calendar(&self) -> Calendar {
        Calendar {
            start: self.start,
            bar_seconds: self.bar_seconds,
            n_bars: self.n_bars,
        }
    }

    /// Draws the signals, `[n_bars, n_signals]`.
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

#[cfg(test)]
mod tests {
    use super::super::tests::{Change, DAY, assert_mean, assert_mean_of_series};
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

    /// The unexpected return has mean zero, is uncorrelated with known values, and has the stated
    /// second moments.
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
    fn signals_and_means_have_the_stated_variances() {
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

    /// Means depend only on relevant signals and, weakly, on last returns of the same asset.
    #[test]
    fn means_depend_on_relevant_signals_and_own_returns_only() {
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
    fn best_weights_are_optimal_and_rewards_equal_long_run_means() {
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
    fn panel_has_the_signals_by_name() {
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
    fn invalid_signal_markets_are_refused_by_name() {
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
