//! Tests of the losses against a reference composed of tensor operations.

mod losses;
mod reference;
