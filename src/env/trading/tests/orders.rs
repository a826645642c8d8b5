//! Tests of orders: their sizes, and which of them can be filled.

use super::episodes::tiny;
use crate::env::{Env, Order, Shock, TradingEnv};
use crate::{
    market::{Costs, Portfolio, Quote},
    rng::{Component, Streams},
    stats,
};
use rand::Rng as _;

/// Opens and closes of a driftless random walk, and the same closes with clean opens.
///
/// The noise of an open is independent of all closes and has mean 0 in prices.
fn noisy_opens(n_bars: usize, seed: u64) -> [Vec<(f64, f64)>; 2] {
    let mut rng = Streams::new(seed).stream(Component::Market, 0);
    let mut factor = || if rng.gen_bool(0.5) { 1.01 } else { 0.99 };
    let (mut close, mut noisy, mut clean) = (100.0, Vec::new(), Vec::new());
    for _ in 0..n_bars {
        let (open, noise) = (close, factor());
        close *= factor();
        noisy.push((open * noise, close));
        clean.push((open, close));
    }
    [noisy, clean]
}

/// Log growth of each step under the constant target weight one half.
fn growth_of_half(env: &mut TradingEnv) -> Vec<f64> {
    env.reset(0);
    let mut growth = Vec::new();
    while !env.outcome().is_over() {
        growth.push(env.play(Order::Targets(&[0.5]), Shock::NONE).reward);
    }
    growth
}

/// Log growth of each step if each order is sized with the price that fills it.
fn growth_sized_at_the_fill(prices: &[(f64, f64)]) -> Vec<f64> {
    let costs = Costs::FREE.terms().unwrap();
    let mut portfolio = Portfolio::new(1, 1000.0);
    let (mut growth, mut equity_t, mut units) = (Vec::new(), 1000.0_f64, [0.0]);
    for &(open, close) in &prices[1..] {
        let quote = Quote {
            price: open,
            sigma: 0.0,
            depth: 0.0,
        };
        portfolio.size(&[0.5], &[quote], &costs, 1.0, &mut units);
        portfolio.fill(&units, &[quote], &costs, 1.0);
        let equity = portfolio.equity(&[close]);
        growth.push((equity / equity_t).ln());
        equity_t = equity;
    }
    growth
}

/// Mean of the paired differences, in standard errors.
fn z_score(found: &[f64], expected: &[f64]) -> f64 {
    let gaps: Vec<f64> = found.iter().zip(expected).map(|(a, b)| a - b).collect();
    let n = f64::from(u32::try_from(gaps.len()).unwrap());
    stats::mean(&gaps).unwrap() / (stats::std_dev(&gaps).unwrap() / n.sqrt())
}

/// Noise in the opens earns nothing: an order sized with the price that fills it would buy after a
/// low open and sell after a high one, and the close takes the noise back.
#[test]
fn noise_in_the_opens_earns_nothing() {
    for seed in 1..4 {
        let [noisy, clean] = noisy_opens(4000, seed);
        let [with_noise, without] = [&noisy, &clean].map(|prices| {
            let mut env = tiny(prices, |_| {}).unwrap();
            growth_of_half(&mut env)
        });
        let z = z_score(&with_noise, &without);
        assert!(z.abs() < 2.0, "seed {seed}: {z} standard errors");
        let z = z_score(&growth_sized_at_the_fill(&noisy), &without);
        assert!(
            z > 20.0,
            "seed {seed}: {z} standard errors with the old sizing"
        );
    }
}
