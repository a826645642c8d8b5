//! What comes first within a step.

use serde::{Deserialize, Serialize};

/// The order of events within a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuoteTiming {
    /// Quotes at t around `S_t`, fills, then the price moves: what was just bought bears the move.
    QuotesFirst,
    /// The price moves, then quotes around the new price and fills: the inventory before the fills
    /// bears the move.
    PriceFirst,
}
