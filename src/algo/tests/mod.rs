//! Tests of the losses against a reference composed of tensor operations, and of the pathwise
//! gradient against central differences.

mod losses;
mod pathwise;
mod reference;
