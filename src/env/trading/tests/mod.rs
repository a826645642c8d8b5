//! Tests of the trading environment.

mod derivative;
mod displacement;
mod episodes;
pub(super) mod fixture;
mod holding;
mod orders;
mod prints;
mod signals;
