//! Tests of the contract, and the environment that other rooms test with.

mod check;
pub(crate) mod toy;
