//! The names of a program that trains, judges and runs a policy: `use shockproof::prelude::*`.

pub use crate::{
    agent::{Agent, Decision, PolicyFile},
    algo::Regularizer,
    env::{Reward, ShockSpec, TradingEnv, TradingSpec},
    eval::{AttackSpec, evaluate, evaluate_attacked},
    features::{AccountView, FeatureSpec},
    market::{Bar, Panel},
    train::{TrainConfig, train},
    units::{Bps, bps},
};
