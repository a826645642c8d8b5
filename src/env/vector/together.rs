//! Copies of one environment that are stepped together.

use crate::env::{Action, Env, Moves, Steps};

/// What a `VectorEnv` asks of the copies it took over.
///
/// To the outside each copy plays what a single [`Env`] plays, to the bit; what they keep in common, and in what order they are
/// stepped, is theirs. An episode that is over is reset before the next step.
pub trait Together: Send {
    /// [`Env::reset`] of copy `i`.
    fn reset(&mut self, i: usize, seed: u64) -> &[f32];
    /// [`Env::step`] of every copy.
    fn step(&mut self, moves: &Moves<'_>, steps: &mut Steps<'_>);
    /// [`Env::snapshot`] of copy `i`.
    fn snapshot(&mut self, i: usize, out: &mut [f64]);
    /// [`Env::preview`] of copy `i`.
    fn preview(&mut self, i: usize, action: Action<'_>, out: &mut [f64]);
    /// [`Env::n_refused`] of copy `i`.
    fn n_refused(&self, i: usize) -> u64;
}

/// One after another.
pub(in crate::env) struct OneByOne<E>(pub(in crate::env) Vec<E>);

impl<E: Env> Together for OneByOne<E> {
    fn reset(&mut self, i: usize, seed: u64) -> &[f32] {
        self.0[i].reset(seed)
    }

    fn step(&mut self, moves: &Moves<'_>, steps: &mut Steps<'_>) {
        for (i, copy) in self.0.iter_mut().enumerate() {
            steps.put(i, copy.step(moves.action(i), moves.shock(i)));
            steps.n_refused[i] = copy.n_refused();
        }
    }

    fn snapshot(&mut self, i: usize, out: &mut [f64]) {
        self.0[i].snapshot(out);
    }

    fn preview(&mut self, i: usize, action: Action<'_>, out: &mut [f64]) {
        self.0[i].preview(action, out);
    }

    fn n_refused(&self, i: usize) -> u64 {
        self.0[i].n_refused()
    }
}
