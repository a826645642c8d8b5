//! Features of a whole panel, computed once.

use super::{FeatureError, Pipeline};
use crate::market::Panel;

/// Features of every row of a panel, `[n_bars, n_outputs]` row-major, and every 64th state.
///
/// Row t is [`Pipeline::peek`] of bar t on top of the committed bars 0..t, bit-identical to
/// streaming. Rows before the pipeline's warm-up are finite and meaningless.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureTable {
    n_outputs: usize,
    values: Vec<f64>,
    state_len: usize,
    states: Vec<f64>,
}

impl FeatureTable {
    /// Number of rows from one stored state to the next.
    pub const STRIDE: usize = 64;

    /// Computes the features of each row of `panel`.
    ///
    /// # Errors
    /// [`FeatureError::Columns`] if symbols, or signals that are read, differ from the pipeline's.
    pub fn new(pipeline: &Pipeline, panel: &Panel) -> Result<Self, FeatureError> {
        let agree = |kind, found: &[String], expected: &[String]| {
            if found == expected {
                return Ok(());
            }
            Err(FeatureError::Columns {
                place: "panel",
                kind,
                found: found.to_vec(),
                expected: expected.to_vec(),
            })
        };
        agree("symbols", panel.symbols(), pipeline.symbols())?;
        if !pipeline.signal_names().is_empty() {
            agree("signals", panel.signal_names(), pipeline.signal_names())?;
        }
        let (n_outputs, state_len) = (pipeline.n_outputs(), pipeline.state_len());
        let mut values = vec![0.0; panel.n_bars() * n_outputs];
        let mut states = Vec::with_capacity(panel.n_bars().div_ceil(Self::STRIDE) * state_len);
        let mut state = vec![0.0; state_len];
        pipeline.clear(&mut state);
        for (t, out) in values.chunks_exact_mut(n_outputs).enumerate() {
            if t % Self::STRIDE == 0 {
                states.extend_from_slice(&state);
            }
            let (bars, moment) = (panel.row(t), panel.moment(t));
            pipeline.peek(&state, bars, moment, out);
            pipeline.push(&mut state, bars, moment);
        }
        Ok(Self {
            n_outputs,
            values,
            state_len,
            states,
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.values.len() / self.n_outputs
    }

    /// Features of row `t`, `[n_outputs]`.
    #[must_use]
    pub fn row(&self, t: usize) -> &[f64] {
        &self.values[t * self.n_outputs..(t + 1) * self.n_outputs]
    }

    /// Writes the state with rows 0..t of `panel` committed; `t` < `n_rows`.
    ///
    /// `pipeline` and `panel` must be those of [`FeatureTable::new`]. Costs at most 63 pushes.
    pub fn restore(&self, pipeline: &Pipeline, panel: &Panel, t: usize, state: &mut [f64]) {
        debug_assert!(t < self.n_rows() && state.len() == self.state_len);
        let stored = t / Self::STRIDE;
        state.copy_from_slice(&self.states[stored * self.state_len..(stored + 1) * self.state_len]);
        for row in stored * Self::STRIDE..t {
            pipeline.push(state, panel.row(row), panel.moment(row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::prices::*;
    use super::*;

    #[test]
    fn rows_and_restored_states_are_those_of_streaming_bit_for_bit() {
        let (pipeline, panel) = (pipeline(&every_spec(), 2), panel(2, 150, 21));
        let table = FeatureTable::new(&pipeline, &panel).expect("same symbols");
        let mut state = vec![0.0; pipeline.state_len()];
        let mut restored = vec![f64::NAN; pipeline.state_len()];
        let mut out = vec![f64::NAN; pipeline.n_outputs()];
        assert_eq!(table.n_rows(), 150);
        for t in 0..150 {
            table.restore(&pipeline, &panel, t, &mut restored);
            assert_eq!(restored, state, "state before row {t}");
            pipeline.peek(&restored, panel.row(t), panel.moment(t), &mut out);
            assert_eq!(out, table.row(t), "row {t}");
            pipeline.push(&mut state, panel.row(t), panel.moment(t));
        }
    }

    #[test]
    fn a_foreign_panel_is_refused() {
        let pipeline = pipeline(&every_spec(), 2);
        let refusal = FeatureTable::new(&pipeline, &panel(3, 5, 1)).expect_err("three assets");
        assert!(matches!(
            refusal,
            FeatureError::Columns { place: "panel", .. }
        ));
        let other = panel(2, 5, 1).with_signals(vec!["tide".into()], vec![0.0; 5]);
        let refusal = FeatureTable::new(&pipeline, &other.expect("sound signals"));
        let message = refusal.expect_err("another signal").to_string();
        assert!(
            message.contains("found signals [\"tide\"], expected [\"carry\", \"value\"]"),
            "{message}"
        );
    }
}
