//! Tests of penalties against central differences, and of regularizers from outside the crate.

use super::{Form, Penalize, Penalty, Regularizer, Sensitivity, jacobian_norms, sensitivities};
use crate::{
    algo::{AlgoError, Ascent, Directions, Space},
    own::{Own, OwnError, Shelf},
    policy::{
        self, ActorCritic, Matrix, scalar_value,
        tests::{
            ACTIVATIONS, HEADS, Head, Loss, Policy, Squash, gradient_error, random_policy,
            random_rows, relative_error, rng,
        },
    },
    rng::Rng,
};
use dfdx::{
    tensor::{Cpu, Trace},
    tensor_ops::{Backward, MeanTo},
};
use std::{num::NonZeroUsize, sync::Arc};

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

/// Rows of four entries, on the device.
fn matrix(rows: &[f32]) -> Matrix<f64, Cpu> {
    policy::matrix(&Cpu::default(), rows, rows.len() / 4, 4).expect("memory")
}

fn penalty(regularizer: &Regularizer, policy: &Policy, ascent: &Ascent<'_>) -> Loss {
    let found = regularizer.penalty(policy, &matrix(&ascent.points), Some(ascent), &mut rng(5));
    found.expect("on the CPU").expect("a penalty").value
}

/// Sensitivity s per point, by central differences of the output.
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
            let found = scalar_value(&penalty(&regularizer, &policy, &ascent));
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
                let error = gradient_error(&policy, |p| penalty(&regularizer, p, &ascent));
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
        let loss = penalty(&regularizer, &policy, &ascent);
        assert!(scalar_value(&loss) < 1e-20);
        let gradients = loss.backward();
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
        let exact = scalar_value(&penalty(&frobenius(0), &policy, &ascent));
        let many = scalar_value(&penalty(&frobenius(3000), &policy, &ascent));
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
    let [exact, one] = [0, 1].map(|n| scalar_value(&penalty(&frobenius(n), &policy, &ascent)));
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
    assert!(matches!(missing, Err(AlgoError::NoAscent)));
    ascent.points = [][..].into();
    let empty = SQUARE.penalty(&policy, &observations, Some(&ascent), &mut rng(5));
    assert!(matches!(empty, Err(AlgoError::NoAscent)));
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

/// A penalty from outside the crate: the mean square of all outputs.
struct SmallOutputs {
    weight: f64,
}

impl Penalize for SmallOutputs {
    fn weight(&self) -> f64 {
        self.weight
    }

    fn penalty(
        &self,
        policy: &ActorCritic<f32, Cpu>,
        observations: &Matrix<f32, Cpu>,
        ascent: &Ascent<'_>,
        _rng: &mut Rng,
    ) -> Result<Penalty<f32, Cpu>, AlgoError> {
        assert!(ascent.is_empty());
        let output = policy.output(observations.leaky_trace())?;
        Ok(Penalty {
            value: output.square().mean(),
            sensitivity: None,
        })
    }
}

#[test]
fn an_own_penalty_and_its_gradient_reach_any_tape() {
    let own = Own::new(
        "small",
        [],
        Arc::new(SmallOutputs { weight: 2.0 }) as Arc<_>,
    );
    let own = Regularizer::Own(own);
    assert!((own.weight() - 2.0).abs() < 1e-15 && own.ascent().is_none());
    assert_eq!(own.check(), Ok(()));
    for head in HEADS {
        let policy = random_policy(&[6, 4], ACTIVATIONS[0], head, 38);
        let observations = matrix(&random_rows(8, &mut rng(22)));
        let found = own.penalty(&policy, &observations, None, &mut rng(5));
        let found = found.expect("on the CPU").expect("a penalty").value;
        let output = policy.output(observations.leaky_trace());
        let expected: Loss = output.expect("on the CPU").square().mean();
        let pair = [scalar_value(&found), scalar_value(&expected)];
        assert!((pair[0] - pair[1]).abs() < 1e-5 * pair[1], "{pair:?}");
        let (found, expected) = (found.backward(), expected.backward());
        let layer = policy.parameters()[0];
        let error = relative_error(&found.get(layer).as_vec(), &expected.get(layer).as_vec());
        assert!(error < 1e-4, "{head:?}: {error}");
    }
}

#[test]
fn an_own_regularizer_of_a_file_needs_a_shelf() {
    let json = r#"{"Own": {"name": "small", "parameters": {"weight": 0.0}}}"#;
    let mut own: Regularizer = serde_json::from_str(json).expect("valid");
    let unresolved = own.check().expect_err("refused");
    assert!(matches!(
        unresolved,
        AlgoError::Own(OwnError::Unresolved { .. })
    ));
    let mut shelf = Shelf::<dyn Penalize>::default();
    assert!(own.resolve(&shelf).is_err());
    shelf.add("small", |given| {
        let weight = given.get("weight")?;
        Ok(Arc::new(SmallOutputs { weight }))
    });
    own.resolve(&shelf).expect("registered");
    assert_eq!(own.check(), Ok(()));
    let policy = random_policy(&[5], ACTIVATIONS[0], HEADS[0], 39);
    let off = own.penalty(&policy, &matrix(&ascent().points), None, &mut rng(5));
    assert!(
        off.expect("no error").is_none(),
        "weight 0 computes nothing"
    );
    assert_eq!(
        serde_json::to_string(&own).expect("data"),
        json.replace(' ', "")
    );
}
