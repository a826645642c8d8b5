//! Tests of the environment contract, and a toy environment that other modules test with.

mod check;
pub(crate) mod toy;
