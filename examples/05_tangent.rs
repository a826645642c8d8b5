//! Lesson 5. The tangent: the exact derivative of an observation with respect to a price shock, and
//! of a policy along it.
//!
//! Features are computed on dual numbers, so B = ∂observation/∂shock is exact, in one pass. J·B·u
//! is the change of the action along a direction u that a market can produce. AAJR penalizes its
//! norm.
//!
//!     cargo run --no-default-features --features learn --example 05_tangent
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use chrono::{DateTime, TimeDelta};
use rand::Rng as _;
use shockproof::{
    agent::{Activation, Head, NetworkSpec, Squash},
    features::{FeatureSpec, FeatureTable, Normalizer, Pipeline},
    market::{Bar, Panel},
    policy::{ActorCritic, PolicyError, device::Cpu, matrix},
    rng::{Component, Streams},
};
use std::error::Error;

type Policy = ActorCritic<f64, Cpu>;

/// Random bars of two assets. A panel of your own prices is built in the same way.
fn random_walk(n_bars: i32) -> Result<Panel, Box<dyn Error>> {
    let mut rng = Streams::new(11).stream(Component::Market, 0);
    let mut closes = [100.0, 40.0];
    let mut bars = Vec::new();
    for i in 0..2 * n_bars {
        let last = &mut closes[usize::from(i % 2 == 1)];
        let (open, close) = (*last, *last * f64::exp(rng.gen_range(-0.02..0.02)));
        bars.push(Bar {
            open,
            high: open.max(close) * rng.gen_range(1.0..1.01),
            low: open.min(close) * rng.gen_range(0.99..1.0),
            close,
            volume: 1e6,
        });
        *last = close;
    }
    let (start, day) = (DateTime::UNIX_EPOCH, TimeDelta::days(1));
    let ends = (1..=n_bars).map(|t| start + day * t).collect();
    let symbols = vec!["A".to_owned(), "B".to_owned()];
    Ok(Panel::new(symbols, ends, bars, day)?)
}

/// Policy with one hidden layer of random weights, in f64 for the check of derivatives.
fn random_policy(n_inputs: usize, device: &Cpu) -> Result<Policy, PolicyError> {
    let (n_dims, squash) = (1, Squash::Tanh);
    let network = NetworkSpec {
        n_inputs,
        hidden: vec![32],
        activation: Activation::Tanh,
        head: Head::Gaussian { n_dims, squash },
    };
    let mut rng = Streams::new(11).stream(Component::Init, 0);
    ActorCritic::new(&network, &[1], 0.0, &mut rng, device)
}

fn main() -> Result<(), Box<dyn Error>> {
    let panel = random_walk(400)?;
    let (window, half_life) = (2, 20.0);
    let specs = [
        FeatureSpec::ScaledReturns { window, half_life },
        FeatureSpec::Rsi { period: 14 },
        FeatureSpec::AverageTrueRange { period: 14 },
        FeatureSpec::CrossSection { window: 5 },
    ];
    let pipeline = Pipeline::new(&specs, &panel)?;
    let table = FeatureTable::new(&pipeline, &panel)?;

    // The history is all bars except the last, which may be misprinted.
    let last = panel.n_bars() - 1;
    let (bars, moment) = (panel.row(last), panel.moment(last));
    let mut history = vec![0.0; pipeline.state_len()];
    table.restore(&pipeline, &panel, last, &mut history);

    // Exact derivatives and central differences at a shock of +30 bps in A and −20 bps in B.
    let (n, z, step) = (pipeline.n_outputs(), [30e-4, -20e-4], 1e-6);
    let features_at = |z: [f64; 2]| {
        let mut features = vec![0.0; n];
        pipeline.peek_printed(&history, bars, &z, moment, &mut features);
        features
    };
    let (mut features, mut exact) = (vec![0.0; n], vec![0.0; n * 2]);
    pipeline.jacobian(&history, bars, &z, moment, &mut features, &mut exact);
    let (up, down) = (
        features_at([z[0] + step, z[1]]),
        features_at([z[0] - step, z[1]]),
    );
    let mut worst: f64 = 0.0;
    println!("{:<24} {:>12} {:>12}", "feature", "d/dz_A", "differences");
    for (k, field) in pipeline.fields().iter().enumerate() {
        let (exact, difference) = (exact[k * 2], (up[k] - down[k]) / (2.0 * step));
        worst = worst.max((exact - difference).abs() / exact.abs().max(1.0));
        println!("{:<24} {exact:>12.6} {difference:>12.6}", field.name);
    }
    println!("largest relative error {worst:.0e}; features of B do not depend on A\n");

    // Derivative of a policy with random weights. Unit: a budget of 100 bps; u has length one.
    let normalizer = Normalizer::fit(&pipeline, &table, pipeline.warm_up()..last)?.normalizer;
    let device = Cpu::default();
    let policy = random_policy(n, &device)?;
    let observe = |z| {
        let mut observation = vec![0.0; n];
        normalizer.apply(&features_at(z), &mut observation);
        matrix(&device, &observation, 1, n)
    };
    let (budget, mut b) = (100e-4, vec![0.0; n * 2]);
    normalizer.apply_jacobian(&exact, budget, &mut b);
    println!("direction u           J B u  differences");
    let diagonal = std::f32::consts::FRAC_1_SQRT_2;
    for u in [[1.0, 0.0], [0.0, 1.0], [diagonal, -diagonal]] {
        let rows = b.chunks_exact(2);
        let along: Vec<f32> = rows.map(|row| row[0] * u[0] + row[1] * u[1]).collect();
        let jvp = policy.output_jvp(observe(z)?, matrix(&device, &along, 1, n)?)?;
        // A hundredth of the budget to either side: smaller steps are lost in f32 rounding.
        let action = |h: f64| -> Result<f64, Box<dyn Error>> {
            let at = [z[0] + h * f64::from(u[0]), z[1] + h * f64::from(u[1])];
            Ok(policy.output(observe(at)?)?.as_vec()[0])
        };
        let difference = (action(0.01 * budget)? - action(-0.01 * budget)?) / 0.02;
        let (direction, exact) = (format!("{u:.2?}"), jvp.tangent.as_vec()[0]);
        println!("{direction:<16} {exact:>10.6} {difference:>12.6}");
    }
    Ok(())
}
