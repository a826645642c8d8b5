//! What a quoter sees, and what it does.

/// What a strategy decides on. The mid price itself is not among it: quotes are offsets from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuotingView {
    /// T − t. Unit: time.
    pub time_left: f64,
    /// q, signed. Unit: orders.
    pub inventory: i32,
}

/// A bid at mid − `bid_offset` and an ask at mid + `ask_offset`, one order each. Infinity quotes
/// nothing on that side; a negative offset stands on the other side of the mid price, which is how
/// inventory is dumped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quotes {
    /// Mid − bid. Unit: currency.
    pub bid_offset: f64,
    /// Ask − mid. Unit: currency.
    pub ask_offset: f64,
}

impl Quotes {
    /// No quote at all.
    pub const NONE: Self = Self {
        bid_offset: f64::INFINITY,
        ask_offset: f64::INFINITY,
    };

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

    /// What the two orders earn against the mid price, `bought` and `sold` being how many of them
    /// are filled or the probabilities of that. An order that is not filled earns nothing, even at
    /// infinity. Unit: currency.
    pub(crate) fn income(&self, bought: f64, sold: f64) -> f64 {
        let of = |filled: f64, offset: f64| {
            if filled > 0.0 { filled * offset } else { 0.0 }
        };
        of(bought, self.bid_offset) + of(sold, self.ask_offset)
    }
}

/// A deterministic way to quote.
pub trait QuotingStrategy {
    /// The quotes for the step that begins now.
    fn quotes(&self, view: QuotingView) -> Quotes;
}
