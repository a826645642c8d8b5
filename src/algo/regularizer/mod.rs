//! Penalties on the policy's Jacobian: pure functions of (policy, observations, ascent), chosen by
//! an enum.
//!
//! | value | penalty R (before its weight) |
//! |---|---|
//! | [`Regularizer::None`] | none: plain actor-critic, bit for bit |
//! | [`Regularizer::Adversarial`] | `mean ‖J(φ(h, z_k)) B_k u_k‖²`, `u_k` the ascent directions (AAJR) |
//! | [`Regularizer::RandomDirection`] | the same with random `u_k` at the same points (ablation) |
//! | [`Regularizer::Frobenius`] | mean ‖J‖_F² over all input directions (the global brake) |
//!
//! J is the Jacobian of [`ActorCritic::output`]: of the (squashed) mean, or of the probabilities.

mod directional;
mod frobenius;
mod sensitivity;

pub use directional::Form;
pub use sensitivity::{Sensitivity, jacobian_norms, sensitivities};

use super::{
    AlgoError,
    ascent::{Ascent, Directions, Space},
};
use crate::{
    policy::{ActorCritic, Backend, Matrix, Real, Scalar},
    rng::Rng,
};
use dfdx::tensor::OwnedTape;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Which penalty, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum Regularizer {
    /// None.
    None,
    /// Adversarially aligned Jacobian regularization (Mumcu, Yilmaz, arXiv 2603.04378).
    Adversarial {
        /// Multiplies the penalty in the loss, ≥ 0.
        weight: f64,
        /// Where the shocks of the ascent live.
        space: Space,
        /// Square or hinge.
        #[serde(default)]
        form: Form,
    },
    /// The same points, directions uniform on the unit sphere of the same space.
    RandomDirection {
        /// Multiplies the penalty in the loss, ≥ 0.
        weight: f64,
        /// Where the shocks of the ascent live.
        space: Space,
        /// Square or hinge.
        #[serde(default)]
        form: Form,
    },
    /// All input directions at the minibatch's observations (Hoffman, Roberts, Yaida, arXiv
    /// 1908.02729).
    Frobenius {
        /// Multiplies the penalty in the loss, ≥ 0.
        weight: f64,
        /// Random projections per observation; `None` is exact (one pass per output).
        #[serde(default)]
        projections: Option<NonZeroUsize>,
    },
}

/// A penalty on its tape.
#[derive(Debug)]
pub struct Penalty<E: Real, D: Backend<E>> {
    /// R, before its weight.
    pub value: Scalar<E, D, OwnedTape<E, D>>,
    /// The directional sensitivities it saw; `None` for a penalty without directions.
    pub sensitivity: Option<Sensitivity>,
}

impl Regularizer {
    /// What multiplies the penalty; 0 for none.
    #[must_use]
    pub const fn weight(&self) -> f64 {
        match *self {
            Self::None => 0.0,
            Self::Adversarial { weight, .. }
            | Self::RandomDirection { weight, .. }
            | Self::Frobenius { weight, .. } => weight,
        }
    }

    /// The ascent it needs: which directions, in which space; `None` when it needs none or its
    /// weight is 0.
    #[must_use]
    pub fn ascent(&self) -> Option<(Directions, Space)> {
        match *self {
            _ if self.is_off() => None,
            Self::Adversarial { space, .. } => Some((Directions::Gradient, space)),
            Self::RandomDirection { space, .. } => Some((Directions::Random, space)),
            Self::None | Self::Frobenius { .. } => None,
        }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`AlgoError::Setting`] names the first one out of range.
    pub fn check(&self) -> Result<(), AlgoError> {
        let weight = self.weight();
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(AlgoError::Setting {
                field: "regularizer.weight",
                found: weight.to_string(),
                expected: "a finite number >= 0",
            });
        }
        match *self {
            Self::Adversarial { form, .. } | Self::RandomDirection { form, .. } => form.check(),
            Self::None | Self::Frobenius { .. } => Ok(()),
        }
    }

    /// R on a tape of its own; `None` when there is no penalty or its weight is 0 (then nothing is
    /// computed or drawn).
    ///
    /// # Errors
    /// [`AlgoError::NoAscent`] when `ascent` is needed and absent or empty; [`AlgoError::Policy`].
    pub fn penalty<E: Real, D: Backend<E>>(
        &self,
        policy: &ActorCritic<E, D>,
        observations: &Matrix<E, D>,
        ascent: Option<&Ascent<'_>>,
        rng: &mut Rng,
    ) -> Result<Option<Penalty<E, D>>, AlgoError> {
        let regularizer = match self {
            _ if self.is_off() => return Ok(None),
            Self::None => return Ok(None),
            Self::Frobenius { projections, .. } => {
                return frobenius::penalty(policy, observations, *projections, rng).map(Some);
            }
            Self::Adversarial { .. } => "Adversarial",
            Self::RandomDirection { .. } => "RandomDirection",
        };
        let Some(ascent) = ascent.filter(|ascent| !ascent.is_empty()) else {
            return Err(AlgoError::NoAscent { regularizer });
        };
        directional::penalty(policy, ascent, self.form()).map(Some)
    }

    fn is_off(&self) -> bool {
        self.weight() <= 0.0
    }

    const fn form(&self) -> Form {
        match *self {
            Self::Adversarial { form, .. } | Self::RandomDirection { form, .. } => form,
            Self::None | Self::Frobenius { .. } => Form::Square,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        scalar_value,
        testing::{
            ACTIVATIONS, HEADS, Head, Loss, Policy, Squash, gradient_error, random_policy,
            random_rows, rng,
        },
    };
    use dfdx::tensor::{Cpu, TensorFromVec};

    const SQUARE: Regularizer = Regularizer::Adversarial {
        weight: 1.0,
        space: Space::Price,
        form: Form::Square,
    };

    fn hinge(sensitivity_bound: f64) -> Regularizer {
        Regularizer::Adversarial {
            weight: 1.0,
            space: Space::Price,
            form: Form::Hinge { sensitivity_bound },
        }
    }

    fn frobenius(projections: usize) -> Regularizer {
        Regularizer::Frobenius {
            weight: 1.0,
            projections: NonZeroUsize::new(projections),
        }
    }

    fn ascent() -> Ascent<'static> {
        let mut rng = rng(21);
        let mut draw = || random_rows(8, &mut rng);
        Ascent {
            points: draw(),
            tangents: draw(),
            n_steps: 2,
            passed: &[],
        }
    }

    /// Rows of four, on the device.
    fn matrix(rows: &[f32]) -> Matrix<f64, Cpu> {
        Cpu::default().tensor_from_vec(f64::of_slice(rows), (rows.len() / 4, 4))
    }

    fn penalty(regularizer: Regularizer, policy: &Policy, ascent: &Ascent<'_>) -> Loss {
        let found = regularizer.penalty(policy, &matrix(&ascent.points), Some(ascent), &mut rng(5));
        found.expect("on the CPU").expect("a penalty").value
    }

    /// s per point by central differences of the output.
    fn numeric_sensitivities(policy: &Policy, ascent: &Ascent<'_>) -> Vec<f64> {
        let h = 1e-5;
        let moved = |h: f64| {
            let points = matrix(&ascent.points) + matrix(&ascent.tangents) * h;
            policy.output(points).expect("on the CPU").as_vec()
        };
        let (up, down) = (moved(h), moved(-h));
        let slopes: Vec<f64> = up
            .iter()
            .zip(&down)
            .map(|(u, d)| (u - d) / (2.0 * h))
            .collect();
        let rows = slopes.chunks(policy.spec().head.n_outputs());
        rows.map(|row| row.iter().map(|x| x * x).sum::<f64>().sqrt())
            .collect()
    }

    #[test]
    fn directional_penalties_are_those_of_the_measured_sensitivities() {
        for head in HEADS {
            let policy = random_policy(&[6, 4], ACTIVATIONS[0], head, 31);
            let ascent = ascent();
            let s = numeric_sensitivities(&policy, &ascent);
            let mean = |f: &dyn Fn(f64) -> f64| s.iter().map(|&s| f(s)).sum::<f64>() / 8.0;
            let bound = mean(&|s| s);
            let expected = [
                (SQUARE, mean(&|s| s * s)),
                (hinge(bound), mean(&|s| (s - bound).max(0.0).powi(2))),
                (hinge(0.0), mean(&|s| s * s)),
                (hinge(1e3), 0.0),
            ];
            for (regularizer, expected) in expected {
                let found = scalar_value(&penalty(regularizer, &policy, &ascent));
                assert!(
                    (found - expected).abs() < 1e-6 * expected.max(1e-6),
                    "{found} {expected}"
                );
            }
            let found = sensitivities(&policy, &ascent).expect("on the CPU");
            assert!(found.iter().zip(&s).all(|(f, e)| (f - e).abs() < 1e-6 * e));
            let seen = SQUARE.penalty(&policy, &matrix(&ascent.points), Some(&ascent), &mut rng(5));
            let seen = seen.expect("on the CPU").expect("a penalty").sensitivity;
            assert_eq!(seen, Sensitivity::of(found));
        }
    }

    #[test]
    fn weight_gradients_equal_central_differences() {
        for activation in ACTIVATIONS {
            for (head, bound) in HEADS.into_iter().zip([0.5, 0.3, 0.05]) {
                let policy = random_policy(&[6, 4], activation, head, 32);
                let ascent = ascent();
                for regularizer in [SQUARE, hinge(bound), frobenius(0), frobenius(2)] {
                    let error = gradient_error(&policy, |p| penalty(regularizer, p, &ascent));
                    assert!(
                        error < 1e-6,
                        "{regularizer:?} {activation:?} {head:?}: {error}"
                    );
                }
            }
        }
    }

    /// A zero direction penalizes nothing and its gradient is zero, not NaN, in every form.
    #[test]
    fn zero_directions_are_harmless() {
        let policy = random_policy(&[5], ACTIVATIONS[1], HEADS[2], 33);
        let mut ascent = ascent();
        ascent.tangents.to_mut().fill(0.0);
        for regularizer in [SQUARE, hinge(0.0), hinge(1e-30), hinge(0.1)] {
            let loss = penalty(regularizer, &policy, &ascent);
            assert!(scalar_value(&loss) < 1e-20);
            let gradients = dfdx::tensor_ops::Backward::backward(loss);
            let gradient = gradients.get(policy.parameters()[0]).as_vec();
            assert!(
                gradient.iter().all(|g| g.abs() < 1e-9),
                "{regularizer:?} {gradient:?}"
            );
        }
    }

    #[test]
    fn projections_are_unbiased_and_exact_for_a_single_output() {
        let ascent = ascent();
        for head in HEADS {
            let policy = random_policy(&[6, 4], ACTIVATIONS[0], head, 34);
            let exact = scalar_value(&penalty(frobenius(0), &policy, &ascent));
            let many = scalar_value(&penalty(frobenius(3000), &policy, &ascent));
            assert!(
                (many / exact - 1.0).abs() < 0.03,
                "{head:?}: {many} {exact}"
            );
            let norms = jacobian_norms(&policy, &matrix(&ascent.points)).expect("on the CPU");
            let mean = norms.iter().map(|n| n * n).sum::<f64>() / 8.0;
            assert!((mean - exact).abs() < 1e-12 * exact);
        }
        let single = Head::Gaussian {
            n_dims: 1,
            squash: Squash::Tanh,
        };
        let policy = random_policy(&[5], ACTIVATIONS[0], single, 35);
        let [exact, one] = [0, 1].map(|n| scalar_value(&penalty(frobenius(n), &policy, &ascent)));
        assert!((one - exact).abs() < 1e-12 * exact);
    }

    #[test]
    fn none_and_weight_zero_compute_and_draw_nothing() {
        let policy = random_policy(&[5], ACTIVATIONS[0], HEADS[0], 36);
        let mut used = rng(5);
        let off = Regularizer::Frobenius {
            weight: 0.0,
            projections: NonZeroUsize::new(2),
        };
        for regularizer in [Regularizer::None, off] {
            let found = regularizer.penalty(&policy, &matrix(&ascent().points), None, &mut used);
            assert!(found.expect("no error").is_none());
            assert_eq!(regularizer.ascent(), None);
        }
        assert_eq!(used, rng(5));
        assert_eq!(SQUARE.ascent(), Some((Directions::Gradient, Space::Price)));
    }

    #[test]
    fn a_missing_ascent_and_numbers_out_of_range_are_errors() {
        let policy = random_policy(&[5], ACTIVATIONS[0], HEADS[0], 37);
        let mut ascent = ascent();
        let observations = matrix(&ascent.points);
        let missing = SQUARE.penalty(&policy, &observations, None, &mut rng(5));
        assert!(matches!(missing, Err(AlgoError::NoAscent { .. })));
        ascent.points = [][..].into();
        let empty = SQUARE.penalty(&policy, &observations, Some(&ascent), &mut rng(5));
        assert!(matches!(empty, Err(AlgoError::NoAscent { .. })));
        assert!(hinge(-1.0).check().is_err() && hinge(0.0).check().is_ok());
        let negative = Regularizer::Frobenius {
            weight: -0.1,
            projections: None,
        };
        let error = negative.check().expect_err("refused").to_string();
        assert!(
            error.starts_with("learn.regularizer.weight: found -0.1"),
            "{error}"
        );
    }

    #[test]
    fn unknown_fields_are_refused_and_defaults_are_the_plain_forms() {
        let json = r#"{"Adversarial": {"weight": 1.0, "space": "Price"}}"#;
        assert_eq!(
            serde_json::from_str::<Regularizer>(json).expect("valid"),
            SQUARE
        );
        let json = r#"{"Frobenius": {"weight": 1.0}}"#;
        assert_eq!(
            serde_json::from_str::<Regularizer>(json).expect("valid"),
            frobenius(0)
        );
        let json = r#"{"Frobenius": {"weight": 1.0, "projection": 3}}"#;
        assert!(serde_json::from_str::<Regularizer>(json).is_err());
    }
}
