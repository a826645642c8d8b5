//! Values of all layers, cached for another derivative of the same network at the same rows.

use crate::dense::{Buffer, Hidden, Stack};
use std::sync::Arc;

/// Cached values of all layers, block by block; empty on devices without a cache. Users compare all
/// weights and rows and recompute where they differ, so no result depends on the cache.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Passed {
    stack: Option<Arc<Stack>>,
    blocks: Vec<PassedBlock>,
}

/// Cached inputs and values of one block of rows.
#[derive(Debug, Clone, PartialEq)]
struct PassedBlock {
    /// Input x, `[n_rows, n_in]`.
    x: Buffer,
    values: Values,
}

/// Values of all layers for one block of rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values {
    pub(super) hidden: Hidden,
    /// Output y, `[n_rows, n_out]`.
    pub(super) output: Buffer,
}

impl Values {
    pub(super) fn of(stack: &Stack, x: &[f32]) -> Self {
        let n_rows = x.len() / stack.n_inputs().max(1);
        let mut output = Buffer::of_len(n_rows * stack.n_outputs());
        let hidden = stack.forward(x, &mut output);
        Self { hidden, output }
    }
}

impl Passed {
    /// Builds the cache from `(x, values)` of every block.
    pub(super) fn of(stack: &Arc<Stack>, blocks: impl Iterator<Item = (Buffer, Values)>) -> Self {
        Self {
            stack: Some(Arc::clone(stack)),
            blocks: blocks
                .map(|(x, values)| PassedBlock { x, values })
                .collect(),
        }
    }
}

/// Cached blocks of several passes through one network, in order.
pub(super) struct Memo<'a>(Vec<&'a PassedBlock>);

impl<'a> Memo<'a> {
    /// Collects the blocks of the passes through `stack`.
    pub(super) fn of(passed: &'a [Passed], stack: &Stack) -> Self {
        let known = passed.iter().filter(|p| p.stack.as_deref() == Some(stack));
        Self(known.flat_map(|p| &p.blocks).collect())
    }

    /// Cached values of block `block`; `None` unless its rows equal `x`.
    pub(super) fn values(&self, block: usize, x: &[f32]) -> Option<&'a Values> {
        let known = self.0.get(block).filter(|known| *known.x == *x);
        known.map(|known| &known.values)
    }
}
