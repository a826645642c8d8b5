//! What must hold of the trading environment.

pub(super) mod fixture;
mod signals;
mod truths;
