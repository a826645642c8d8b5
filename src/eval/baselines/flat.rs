//! Cash only.

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
