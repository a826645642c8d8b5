//! Offsets that never change.

use super::{OrderFlow, Quotes, QuotingStrategy, QuotingView};

/// The same quotes always.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedOffsets(pub Quotes);

impl FixedOffsets {
    /// 1/k on both sides: the best that can be had when inventory costs nothing and is not bounded,
    /// worth `2A/(ek)` per unit of time.
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
