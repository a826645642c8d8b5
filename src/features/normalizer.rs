//! Standardization of market features, fitted on training data only.

use super::{FeatureError, FeatureTable, Pipeline};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Standardization x ↦ (x − mean) / scale of each market feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalizer {
    /// Mean over the training span.
    pub mean: Vec<f64>,
    /// Standard deviation over the training span; 1 for a constant feature.
    pub scale: Vec<f64>,
}

/// Result of a fit: the normalizer, and the features that it cannot scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Fitted normalizer.
    pub normalizer: Normalizer,
    /// Names of the features that were constant over the fitted rows; they normalize to 0 there.
    pub constant: Vec<String>,
}

/// Standard deviation, relative to max(1, |mean|), at or below which a feature counts as constant.
const CONSTANT: f64 = 1e-12;

impl Normalizer {
    /// Fits means and population standard deviations over `rows` of the table (two passes, f64).
    ///
    /// # Errors
    /// [`FeatureError::Rows`] if `rows` reach into the warm-up or beyond the table or are fewer
    /// than two, [`FeatureError::NotFinite`] at the first NaN or infinity.
    #[allow(
        clippy::cast_precision_loss,
        reason = "counts of rows are far below 2^52"
    )]
    pub fn fit(
        pipeline: &Pipeline,
        table: &FeatureTable,
        rows: Range<usize>,
    ) -> Result<Fitted, FeatureError> {
        if rows.start < pipeline.warm_up() || rows.end > table.n_rows() || rows.len() < 2 {
            return Err(FeatureError::Rows {
                from: rows.start,
                to: rows.end,
                warm_up: pipeline.warm_up(),
                n_rows: table.n_rows(),
            });
        }
        let cells = rows.clone().flat_map(|row| {
            table
                .row(row)
                .iter()
                .zip(pipeline.fields())
                .map(move |c| (row, c))
        });
        for (row, (&found, field)) in cells {
            if !found.is_finite() {
                let field = field.name.clone();
                return Err(FeatureError::NotFinite { row, field, found });
            }
        }
        let share = (rows.len() as f64).recip();
        let mut mean = vec![0.0; pipeline.n_outputs()];
        for row in rows.clone() {
            for (mean, x) in mean.iter_mut().zip(table.row(row)) {
                *mean += x * share;
            }
        }
        let mut scale = vec![0.0; mean.len()];
        for row in rows {
            for ((square, mean), x) in scale.iter_mut().zip(&mean).zip(table.row(row)) {
                *square += (x - mean).powi(2) * share;
            }
        }
        let mut constant = Vec::new();
        for ((scale, mean), field) in scale.iter_mut().zip(&mean).zip(pipeline.fields()) {
            *scale = scale.sqrt();
            if *scale <= CONSTANT * mean.abs().max(1.0) {
                *scale = 1.0;
                constant.push(field.name.clone());
            }
        }
        Ok(Fitted {
            normalizer: Self { mean, scale },
            constant,
        })
    }

    /// Checks that a normalizer has `n_outputs` finite means and positive finite scales.
    ///
    /// # Errors
    /// [`FeatureError::Normalizer`] naming the invalid part.
    pub fn check(&self, n_outputs: usize) -> Result<(), FeatureError> {
        let refuse = |part: String, found: String, expected: String| {
            Err(FeatureError::Normalizer {
                part,
                found,
                expected,
            })
        };
        let parts = [
            ("mean", &self.mean, f64::NEG_INFINITY, "a finite number"),
            ("scale", &self.scale, 0.0, "a finite number > 0"),
        ];
        for (part, numbers, above, expected) in parts {
            if numbers.len() != n_outputs {
                let found = format!("{} numbers", numbers.len());
                return refuse(part.into(), found, format!("{n_outputs} numbers"));
            }
            let mut numbers = numbers.iter().enumerate();
            if let Some((i, x)) = numbers.find(|(_, x)| !(x.is_finite() && **x > above)) {
                return refuse(format!("{part}[{i}]"), x.to_string(), expected.into());
            }
        }
        Ok(())
    }

    /// Writes the normalized features, the market part of an observation. Shapes: `features
    /// [n_outputs]`, `out [n_outputs]`.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "observations are f32 by contract"
    )]
    pub fn apply(&self, features: &[f64], out: &mut [f32]) {
        debug_assert!(features.len() == self.mean.len() && out.len() == self.mean.len());
        let moments = self.mean.iter().zip(&self.scale);
        for ((out, x), (mean, scale)) in out.iter_mut().zip(features).zip(moments) {
            *out = ((x - mean) / scale) as f32;
        }
    }

    /// Writes ∂(normalized features)/∂z · `unit` from ∂features/∂z by dividing row k by scale k.
    /// `unit` is 1e-4 for a Jacobian per bp.
    ///
    /// Shapes: `jacobian [n_outputs, n_assets]`, `out [n_outputs, n_assets]`, row-major.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "observations are f32 by contract"
    )]
    pub fn apply_jacobian(&self, jacobian: &[f64], unit: f64, out: &mut [f32]) {
        debug_assert_eq!(jacobian.len(), out.len());
        debug_assert_eq!(jacobian.len() % self.scale.len().max(1), 0);
        let n_assets = (jacobian.len() / self.scale.len().max(1)).max(1);
        let rows = jacobian
            .chunks_exact(n_assets)
            .zip(out.chunks_exact_mut(n_assets));
        for ((row, out), scale) in rows.zip(&self.scale) {
            let factor = unit / scale;
            for (out, x) in out.iter_mut().zip(row) {
                *out = (x * factor) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Cycle, FeatureSpec, tests::prices::*};
    use super::*;

    fn fitted(rows: Range<usize>) -> (Pipeline, FeatureTable, Result<Fitted, FeatureError>) {
        let specs = [
            FeatureSpec::Rsi { period: 5 },
            FeatureSpec::Calendar(Cycle::Day),
        ];
        let pipeline = pipeline(&specs, 2);
        let table = FeatureTable::new(&pipeline, &panel(2, 100, 41)).expect("same symbols");
        let fitted = Normalizer::fit(&pipeline, &table, rows);
        (pipeline, table, fitted)
    }

    #[test]
    fn the_training_rows_come_out_standardized_and_constants_are_named() {
        let (_, table, fitted) = fitted(10..90);
        let Fitted {
            normalizer,
            constant,
        } = fitted.expect("sound rows");
        assert_eq!(constant, ["calendar.day.sin", "calendar.day.cos"]);
        let (mut sum, mut square, mut out) = ([0.0; 4], [0.0; 4], [0.0_f32; 4]);
        for t in 10..90 {
            normalizer.apply(table.row(t), &mut out);
            for k in 0..4 {
                sum[k] += f64::from(out[k]) / 80.0;
                square[k] += f64::from(out[k]).powi(2) / 80.0;
            }
        }
        for k in 0..4 {
            assert_close(sum[k], 0.0, 1e-6);
            assert_close(square[k], if k < 2 { 1.0 } else { 0.0 }, 1e-6);
        }
    }

    #[test]
    fn rows_outside_the_fit_do_not_matter() {
        let (pipeline, _, fitted) = fitted(10..50);
        let (clean, other) = (panel(2, 100, 41), panel(2, 100, 42));
        let bars = (0..100).flat_map(|t| if t < 50 { clean.row(t) } else { other.row(t) }.to_vec());
        let scrambled = crate::market::Panel::new(
            symbols(2),
            clean.timestamps().to_vec(),
            bars.collect(),
            clean.bar_length(),
        );
        let table = FeatureTable::new(&pipeline, &scrambled.expect("a sound panel"));
        assert_eq!(
            fitted,
            Normalizer::fit(&pipeline, &table.expect("same symbols"), 10..50)
        );
    }

    #[test]
    fn the_jacobian_is_scaled_like_the_features() {
        let normalizer = Normalizer {
            mean: vec![1.0, 2.0],
            scale: vec![0.5, 4.0],
        };
        let mut out = vec![0.0_f32; 4];
        normalizer.apply_jacobian(&[1.0, 2.0, 3.0, 4.0], 0.5, &mut out);
        assert_eq!(out, [1.0, 2.0, 0.375, 0.5]);
    }

    #[test]
    fn unsound_rows_and_files_are_refused() {
        for rows in [4..90, 10..101, 10..11] {
            let refusal = fitted(rows).2.expect_err("unsound rows");
            assert!(matches!(
                refusal,
                FeatureError::Rows {
                    warm_up: 5,
                    n_rows: 100,
                    ..
                }
            ));
        }
        let check = |mean: &[f64], scale: &[f64]| {
            let normalizer = Normalizer {
                mean: mean.to_vec(),
                scale: scale.to_vec(),
            };
            normalizer.check(2).map_err(|e| e.to_string())
        };
        assert_eq!(check(&[0.0, 0.0], &[1.0, 2.0]), Ok(()));
        for (mean, scale, part) in [
            (
                &[0.0][..],
                &[1.0, 1.0][..],
                "normalizer.mean: found 1 numbers",
            ),
            (
                &[0.0, f64::NAN],
                &[1.0, 1.0],
                "normalizer.mean[1]: found NaN",
            ),
            (&[0.0, 0.0], &[1.0, 0.0], "normalizer.scale[1]: found 0"),
        ] {
            let message = check(mean, scale).expect_err("unsound file");
            assert!(message.starts_with(part), "{message}");
        }
    }
}
