//! Jobs shared by the peer comparison, the instruction counts and the criterion groups.
//!
//! One asset on 100,000 synthetic one-minute bars, 31 returns and the position as 32 inputs, three
//! position levels, 1 bp of cost, episodes of 1024 steps; separate actor and critic, 2 x 64 tanh.
//! The jobs use only the public interface.
#![allow(dead_code, reason = "each bench uses some of it")]

pub(crate) mod acting;
pub(crate) mod learning;
pub(crate) mod trading;
pub(crate) mod training;

use shockproof::{
    agent::{Activation, Head, NetworkSpec},
    policy::{ActorCritic, device::Cpu},
    rng::{Component, Streams},
};

pub(crate) const N_INPUTS: usize = 32;
pub(crate) const N_LEVELS: usize = 3;
/// Random streams of all jobs.
pub(crate) const STREAMS: Streams = Streams::new(1);

/// Gain of the last policy layer, typical after some training; a fresh policy has 0.01.
const GAIN: f32 = 0.5 / 0.01;

/// Shape of the policy network; the critic's hidden layers are the same.
pub(crate) fn spec() -> NetworkSpec {
    NetworkSpec {
        n_inputs: N_INPUTS,
        hidden: vec![64, 64],
        activation: Activation::Tanh,
        head: Head::Categorical {
            n_dims: 1,
            n_levels: N_LEVELS,
        },
    }
}

pub(crate) fn policy() -> ActorCritic<f32, Cpu> {
    let spec = spec();
    let (critic, device) = (&[64, 64], Cpu::default());
    let mut rng = STREAMS.stream(Component::Init, 0);
    let fresh: ActorCritic<f32, Cpu> =
        ActorCritic::new(&spec, critic, 0.0, &mut rng, &device).expect("a network");
    let mut tensors = fresh.to_tensors();
    let last = tensors.iter_mut().find(|t| t.name == "actor.2.weight");
    for weight in &mut last.expect("three layers").values {
        *weight *= GAIN;
    }
    ActorCritic::from_tensors(&spec, critic, &tensors, &device).expect("the same network")
}

/// Median of `numbers`, which it sorts.
pub(crate) fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len();
    f64::midpoint(numbers[(n - 1) / 2], numbers[n / 2])
}
