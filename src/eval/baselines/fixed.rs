//! Baselines that read no prices.

use super::equal_share;
use crate::{
    env::Order,
    eval::{Decider, EvalError, KnownBar},
};

/// Holds only cash, so equity stays constant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flat;

impl Decider for Flat {
    fn name(&self) -> &'static str {
        "flat"
    }

    fn decide(&mut self, _known: KnownBar<'_>) -> Result<Order<'_>, EvalError> {
        Ok(Order::Hold)
    }
}

/// Equal weights bought at the first open, then never traded. With a proportional cost c and
/// initial equity E, the final equity before the liquidation is `E + x · mean_a((close_{T,a} − (1 +
/// c) open_{1,a}) / close_{0,a})`, `x = E / (1 + c)`, because the number of units is set at the
/// close of the decision.
#[derive(Debug, Clone, Default)]
pub struct BuyAndHold {
    targets: Vec<f64>,
    is_bought: bool,
}

impl Decider for BuyAndHold {
    fn name(&self) -> &'static str {
        "buy_and_hold"
    }

    fn begin(&mut self, n_assets: usize, _past_closes: &[f64]) {
        self.targets = vec![equal_share(n_assets); n_assets];
        self.is_bought = false;
    }

    fn decide(&mut self, _known: KnownBar<'_>) -> Result<Order<'_>, EvalError> {
        let is_bought = std::mem::replace(&mut self.is_bought, true);
        Ok(if is_bought {
            Order::Hold
        } else {
            Order::Targets(&self.targets)
        })
    }
}

/// Weight 1 / n in each of n assets, sized at every close and traded at the next open, at a cost.
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
