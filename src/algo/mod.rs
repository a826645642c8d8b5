//! Learning algorithms as pure functions, and the regularizers.

mod ascent;

pub use ascent::{Ascent, Directions, Space};
