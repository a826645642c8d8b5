//! Synthetic records for the tests of `report`.

#[allow(clippy::cast_precision_loss, reason = "counts of synthetic records")]
pub(super) mod demo;
