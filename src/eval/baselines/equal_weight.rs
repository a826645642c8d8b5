//! Constant equal weights.

use super::equal_share;
use crate::{
    env::Order,
    eval::{Decider, EvalError, KnownBar},
};

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
