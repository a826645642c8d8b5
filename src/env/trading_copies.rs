//! Copies of the trading environment that are stepped together: in columns while nothing special happens, else one by one.

use super::trading_plain::PlainBlock;
use super::{Action, Env as _, Moves, Order, Steps, Together, TradingEnv};
use crate::market::BLOCK;
use std::sync::Arc;

/// How many steps before it is read a row of the market is fetched.
const ROWS_AHEAD: usize = 3;

/// Block by block, and within one all copies play before any is observed.
pub(super) struct TradingCopies {
    copies: Vec<TradingEnv>,
    /// One for every [`BLOCK`] copies; none where the rules are not plain.
    blocks: Vec<PlainBlock>,
}

impl TradingCopies {
    pub(super) fn new(mut copies: Vec<TradingEnv>) -> Self {
        if let Some((first, others)) = copies.split_first_mut() {
            for copy in others {
                if first.rules.are(&copy.rules) {
                    copy.rules = Arc::clone(&first.rules);
                }
            }
        }
        let rules = copies.first().map(|copy| &copy.rules);
        let blocks = rules.filter(|rules| PlainBlock::fits(rules)).map(|rules| {
            let block = |copies: &[TradingEnv]| PlainBlock::new(Arc::clone(rules), copies.len());
            copies.chunks(BLOCK).map(block).collect()
        });
        Self {
            blocks: blocks.unwrap_or_default(),
            copies,
        }
    }

    /// What copy `i` is played by.
    #[cfg(test)]
    pub(super) fn rules_of(&self, i: usize) -> &Arc<super::trading_episode::Rules> {
        &self.copies[i].rules
    }

    /// Copy `i` as it is now, wherever its numbers are kept.
    pub(super) fn current(&mut self, i: usize) -> &TradingEnv {
        let copy = &mut self.copies[i];
        if let Some(block) = self.blocks.get(i / BLOCK) {
            block.write_to(i % BLOCK, copy);
        }
        copy
    }
}

impl Together for TradingCopies {
    fn reset(&mut self, i: usize, seed: u64) -> &[f32] {
        let copy = &mut self.copies[i];
        copy.reset(seed);
        if let Some(block) = self.blocks.get_mut(i / BLOCK) {
            block.restart(i % BLOCK, copy);
        }
        copy.observation()
    }

    fn step(&mut self, moves: &Moves<'_>, steps: &mut Steps<'_>) {
        for (b, copies) in self.copies.chunks_mut(BLOCK).enumerate() {
            let begin = b * BLOCK;
            let mut steps = steps.rows(begin, copies.len());
            let block = self.blocks.get_mut(b);
            if !block.is_some_and(|block| block.step(copies, begin, moves, &mut steps)) {
                step_block(copies, moves, begin, &mut steps);
            }
        }
    }

    fn snapshot(&mut self, i: usize, out: &mut [f64]) {
        self.current(i).snapshot(out);
    }

    fn preview(&mut self, i: usize, action: Action<'_>, out: &mut [f64]) {
        self.current(i).preview(action, out);
    }

    fn n_refused(&self, i: usize) -> u64 {
        self.copies[i].n_refused()
    }
}

/// A step of one block, whose first copy is number `begin`.
fn step_block(copies: &mut [TradingEnv], moves: &Moves<'_>, begin: usize, steps: &mut Steps<'_>) {
    for (i, copy) in copies.iter_mut().enumerate() {
        let (action, shock) = (moves.action(begin + i), moves.shock(begin + i));
        copy.rules.market.fetch(copy.row() + ROWS_AHEAD);
        let growth = copy.advance(Order::Action(action), shock);
        steps.rewards[i] = growth.reward(&copy.rules.spec.reward);
        steps.outcomes[i] = copy.episode.outcome;
        steps.n_refused[i] = copy.interventions.refused_actions;
    }
    let observations = steps.observations.chunks_exact_mut(steps.n_fields);
    for (copy, observation) in copies.iter_mut().zip(observations) {
        copy.observe_into(observation);
    }
}
