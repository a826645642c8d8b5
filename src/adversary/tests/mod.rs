//! Tests of the adversary as a whole.

mod ascent;
mod chart;
mod frozen;
mod objectives;
mod players;

use super::{
    InnerSteps,
    chart::{Chart, Moved},
};
