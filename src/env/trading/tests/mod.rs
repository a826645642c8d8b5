//! Tests of the trading environment.

mod episodes;
pub(super) mod fixture;
mod prints;
mod orders;
mod signals;
