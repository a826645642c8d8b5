//! Tests across the files of this module, and the prices that they share.

mod own;
pub(super) mod prices;
