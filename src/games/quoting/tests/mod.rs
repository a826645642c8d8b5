//! Tests of the quoting market against published tables, closed forms and dynamic programming.

mod known_results;
mod worst_cases;
