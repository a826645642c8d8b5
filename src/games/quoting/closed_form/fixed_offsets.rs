//! Constant offsets.

use super::{OrderFlow, Quotes, QuotingStrategy, QuotingView};

/// The same quotes in every step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedOffsets(pub Quotes);

impl FixedOffsets {
    /// Offsets 1/k, optimal when inventory is free and unbounded; income `2A/(ek)` per unit of
    /// time.
    #[must_use]
    pub fn risk_neutral(flow: &OrderFlow) -> Self {
        Self(Quotes::symmetric(flow.risk_neutral_offset()))
    }
}

impl QuotingStrategy for FixedOffsets {
    fn quotes(&self, _view: QuotingView) -> Quotes {
        self.0
    }
}
