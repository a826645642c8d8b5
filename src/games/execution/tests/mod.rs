//! Tests of the execution market against the moments of Almgren and Chriss.

mod known_results;
