//! The losses against a reference out of tensor operations.

mod losses;
mod reference;
