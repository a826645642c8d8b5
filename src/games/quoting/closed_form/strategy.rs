//! Input and output of a quoting strategy.

/// Input of a strategy. The mid price is absent, because quotes are offsets from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuotingView {
    /// Time to the end, T − t. Unit: time.
    pub time_left: f64,
    /// Signed inventory q. Unit: orders.
    pub inventory: i32,
}

/// A bid at mid − `bid_offset` and an ask at mid + `ask_offset`, for one order each. An infinite
/// offset means no quote; a negative one crosses the mid price, to reduce inventory fast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quotes {
    /// Mid − bid. Unit: currency.
    pub bid_offset: f64,
    /// Ask − mid. Unit: currency.
    pub ask_offset: f64,
}

impl Quotes {
    /// The same offset on both sides.
    #[must_use]
    pub const fn symmetric(offset: f64) -> Self {
        Self {
            bid_offset: offset,
            ask_offset: offset,
        }
    }

    /// Ask − bid. Unit: currency.
    #[must_use]
    pub fn spread(&self) -> f64 {
        self.bid_offset + self.ask_offset
    }

    /// Income against the mid price from `bought` and `sold` orders (counts or probabilities). An
    /// unfilled order earns 0, even at an infinite offset. Unit: currency.
    pub(crate) fn income(&self, bought: f64, sold: f64) -> f64 {
        let of = |filled: f64, offset: f64| {
            if filled > 0.0 { filled * offset } else { 0.0 }
        };
        of(bought, self.bid_offset) + of(sold, self.ask_offset)
    }
}

/// A deterministic quoting strategy.
pub trait QuotingStrategy {
    /// Quotes for the step that begins now.
    fn quotes(&self, view: QuotingView) -> Quotes;
}
