//! Baselines that read no price.

use super::equal_share;
use crate::{
    env::Order,
    eval::{Decider, EvalError, KnownBar},
};

/// Cash only: equity stays constant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flat;

impl Decider for Flat {
    fn name(&self) -> &'static str {
        "flat"
    }

    fn begin(&mut self, _n_assets: usize, _past_closes: &[f64]) {}

    fn decide(&mut self, _known: KnownBar<'_>) -> Result<Order<'_>, EvalError> {
        Ok(Order::Hold)
    }
}

/// Equal weights bought at the first open, then never traded: final equity before the liquidation
/// is `x · mean_a(close_{T,a} / open_{1,a})`, x the cash left after the costs of buying.
#[derive(Debug, Clone, Default)]
pub struct BuyAndHold {
    targets: Vec<f64>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, Default)]
enum Phase {
    #[default]
    Buying,
    Holding,
}

impl Decider for BuyAndHold {
    fn name(&self) -> &'static str {
        "buy_and_hold"
    }

    fn begin(&mut self, n_assets: usize, _past_closes: &[f64]) {
        self.targets = vec![equal_share(n_assets); n_assets];
        self.phase = Phase::Buying;
    }

    fn decide(&mut self, _known: KnownBar<'_>) -> Result<Order<'_>, EvalError> {
        Ok(match std::mem::replace(&mut self.phase, Phase::Holding) {
            Phase::Buying => Order::Targets(&self.targets),
            Phase::Holding => Order::Hold,
        })
    }
}

/// Weight 1 / n in each of n assets, rebalanced at every open, at a cost.
///
/// Source: `DeMiguel`, Garlappi, Uppal, "Optimal Versus Naive Diversification" (2009).
#[derive(Debug, Clone, Default)]
pub struct EqualWeight {
    targets: Vec<f64>,
}

impl Decider for EqualWeight {
    fn name(&self) -> &'static str {
        "equal_weight"
    }

    fn begin(&mut self, n_assets: usize, _past_closes: &[f64]) {
        self.targets = vec![equal_share(n_assets); n_assets];
    }

    fn decide(&mut self, _known: KnownBar<'_>) -> Result<Order<'_>, EvalError> {
        Ok(Order::Targets(&self.targets))
    }
}
