//! Exact derivatives of the features with respect to a print shock.

use super::{Pipeline, print_bar, scalar::count, stream::subtract_mean};
use crate::market::{Bar, Moment};
use num_dual::Dual64;

impl Pipeline {
    /// Computes [`Pipeline::peek_printed`] and the exact derivatives ∂features/∂z at z =
    /// `log_moves`.
    ///
    /// Shapes: as for [`Pipeline::peek_printed`], and `jacobian [n_outputs, n_assets]` row-major,
    /// per unit of log price (multiply by 1e-4 for bps). Each asset's features depend on its own
    /// move only, so a dual number seeded in that move computes them once; the cross-sectional mean
    /// is linear and is subtracted from values and derivatives afterwards. Nothing is allocated. At
    /// a kink the derivative is the one-sided one that the feature documents.
    pub fn jacobian(
        &self,
        state: &[f64],
        bars: &[Bar],
        log_moves: &[f64],
        moment: Moment<'_>,
        features: &mut [f64],
        jacobian: &mut [f64],
    ) {
        debug_assert_eq!(bars.len(), self.n_assets());
        let bars = bars.iter().copied();
        self.jacobian_rows(state, bars, log_moves, features, jacobian);
        self.market_values(moment, |k, value| features[k] = value);
    }

    /// [`Pipeline::jacobian`] without calendar and signals.
    pub(super) fn jacobian_rows(
        &self,
        state: &[f64],
        bars: impl Iterator<Item = Bar>,
        log_moves: &[f64],
        features: &mut [f64],
        jacobian: &mut [f64],
    ) {
        let n = self.n_assets();
        debug_assert_eq!(log_moves.len(), n);
        debug_assert_eq!(features.len(), self.n_outputs());
        debug_assert_eq!(jacobian.len(), self.n_outputs() * n);
        jacobian.fill(0.0);
        for (i, (bar, &log_move)) in bars.zip(log_moves).enumerate() {
            let printed = print_bar(&bar, Dual64::new(log_move, 1.0));
            self.asset_values(state, i, &printed, |k, value| {
                features[k] = value.re;
                jacobian[k * n + i] = value.eps;
            });
        }
        for &first in &self.demeaned {
            subtract_mean(&mut features[first..first + n]);
            subtract_mean_tangent(&mut jacobian[first * n..(first + n) * n]);
        }
    }
}

/// Subtracts the mean over assets from a diagonal Jacobian `[n, n]`: `J_ij ← δ_ij d_j − d_j / n`.
fn subtract_mean_tangent(block: &mut [f64]) {
    let n = block.len().isqrt();
    let share = count(n).recip();
    for j in 0..n {
        let own = block[j * n + j];
        for i in 0..n {
            block[i * n + j] = if i == j {
                own - own * share
            } else {
                -own * share
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::prices::*;
    use super::*;
    use crate::market::Panel;
    use proptest::prelude::*;

    const N: usize = 3;
    const T: usize = 40;

    /// State before the last row, and that row.
    fn moment<'a>(pipeline: &Pipeline, panel: &'a Panel) -> (Vec<f64>, Vec<Bar>, Moment<'a>) {
        let mut state = vec![0.0; pipeline.state_len()];
        let last = panel.n_bars() - 1;
        for t in 0..last {
            pipeline.push(&mut state, panel.row(t), panel.moment(t));
        }
        (state, panel.row(last).to_vec(), panel.moment(last))
    }

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|x| x.to_bits()).collect()
    }

    /// Returns true if a kink (high, low, previous close) is within `reach` of the printed close.
    fn near_a_kink(panel: &Panel, z: &[f64], reach: f64) -> bool {
        let last = panel.n_bars() - 1;
        (0..N).any(|i| {
            let (bar, previous) = (panel.row(last)[i], panel.row(last - 1)[i].close);
            let close = bar.close * z[i].exp();
            [bar.high, bar.low, previous]
                .iter()
                .any(|kink| (close / kink).ln().abs() < reach)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_tangent_is_the_central_difference(
            seed in any::<u64>(),
            z in prop::array::uniform3(-0.04_f64..0.04),
        ) {
            let (pipeline, panel) = (pipeline(&every_spec(), N), panel(N, T, seed));
            let h = 1e-4;
            prop_assume!(!near_a_kink(&panel, &z, 3.0 * h));
            let (state, bars, end) = moment(&pipeline, &panel);
            let n_outputs = pipeline.n_outputs();
            let mut features = vec![0.0; n_outputs];
            let mut jacobian = vec![f64::NAN; n_outputs * N];
            pipeline.jacobian(&state, &bars, &z, end, &mut features, &mut jacobian);
            for j in 0..N {
                let at = |steps: f64| {
                    let (mut z, mut out) = (z, vec![0.0; n_outputs]);
                    z[j] += steps * h;
                    pipeline.peek_printed(&state, &bars, &z, end, &mut out);
                    out
                };
                let (a, b, c, d) = (at(-2.0), at(-1.0), at(1.0), at(2.0));
                for (k, field) in pipeline.fields().iter().enumerate() {
                    let expected = (8.0 * (c[k] - b[k]) - (d[k] - a[k])) / (12.0 * h);
                    let found = jacobian[k * N + j];
                    let bound = 1e-6 * expected.abs().max(1e-3);
                    prop_assert!(
                        (found - expected).abs() <= bound,
                        "{} by asset {j}: found {found}, expected {expected}", field.name
                    );
                    prop_assert!(field.shockable || found.to_bits() == 0, "{} moved", field.name);
                }
            }
        }

        #[test]
        fn peek_and_jacobian_give_the_same_bits(
            seed in any::<u64>(),
            z in prop::array::uniform3(-0.04_f64..0.04),
        ) {
            let (pipeline, panel) = (pipeline(&every_spec(), N), panel(N, T, seed));
            let (state, bars, end) = moment(&pipeline, &panel);
            let n_outputs = pipeline.n_outputs();
            let printed: Vec<Bar> =
                bars.iter().zip(z).map(|(bar, z)| print_bar(bar, z)).collect();
            let mut peeked = vec![0.0; n_outputs];
            pipeline.peek(&state, &printed, end, &mut peeked);
            let mut direct = vec![0.0; n_outputs];
            pipeline.peek_printed(&state, &bars, &z, end, &mut direct);
            prop_assert_eq!(bits(&peeked), bits(&direct));
            let (mut features, mut jacobian) = (vec![0.0; n_outputs], vec![0.0; n_outputs * N]);
            pipeline.jacobian(&state, &bars, &z, end, &mut features, &mut jacobian);
            prop_assert_eq!(bits(&peeked), bits(&features));
            for j in 0..N {
                let seeded: Vec<Dual64> =
                    (0..N).map(|i| Dual64::new(z[i], if i == j { 1.0 } else { 0.0 })).collect();
                let dual_bars: Vec<_> =
                    bars.iter().zip(&seeded).map(|(bar, z)| print_bar(bar, *z)).collect();
                let mut dual = vec![Dual64::new(0.0, 0.0); n_outputs];
                pipeline.peek(&state, &dual_bars, end, &mut dual);
                for (k, value) in dual.iter().enumerate() {
                    prop_assert_eq!(value.re.to_bits(), features[k].to_bits());
                    assert_close(jacobian[k * N + j], value.eps, 1e-13);
                }
            }
        }
    }

    #[test]
    fn every_shockable_field_is_moved_by_a_shock() {
        let (pipeline, panel) = (pipeline(&every_spec(), N), panel(N, T, 11));
        let (state, bars, end) = moment(&pipeline, &panel);
        let n_outputs = pipeline.n_outputs();
        let (mut features, mut jacobian) = (vec![0.0; n_outputs], vec![0.0; n_outputs * N]);
        pipeline.jacobian(&state, &bars, &[0.03; N], end, &mut features, &mut jacobian);
        for (row, field) in jacobian.chunks_exact(N).zip(pipeline.fields()) {
            assert_eq!(
                row.iter().any(|d| d.abs() > 0.0),
                field.shockable,
                "{}",
                field.name
            );
        }
    }
}
