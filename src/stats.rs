//! Numbers about numbers.
