//! What is known of quoting, and whether the game and its closed forms say the same.

mod game;
mod truths;
