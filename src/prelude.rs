//! Common imports of a program that trains, evaluates and runs a policy.

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
