//! Buy and hold.

use super::equal_share;
use crate::{
    env::Order,
    eval::{Decider, EvalError, KnownBar},
};

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
