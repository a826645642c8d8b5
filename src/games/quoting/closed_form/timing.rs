//! Order of events within a step.

use serde::{Deserialize, Serialize};

/// Order of events within a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum QuoteTiming {
    /// Quotes around `S_t` are filled, then the price moves: the inventory after the fills bears
    /// the move. Pick it to reproduce Avellaneda and Stoikov.
    QuotesFirst,
    /// The price moves, then quotes around the new price are filled: the inventory before the fills
    /// bears the move. Pick it for exact minimax quotes.
    PriceFirst,
}
