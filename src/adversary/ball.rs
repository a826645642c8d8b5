//! The unit ball of a norm.

use crate::{env::Norm, rng::Rng};
use rand::Rng as _;
use rand_distr::StandardNormal;

/// Length below which a vector has no direction.
const SMALLEST_NORM: f64 = 1e-30;

/// Euclidean projection onto the unit ball: clamping for ‖·‖∞, shrinking for ‖·‖₂. Idempotent.
pub(super) fn project_to_unit_ball(norm: Norm, z: &mut [f64]) {
    match norm {
        Norm::LInf => {
            for z_i in z {
                *z_i = z_i.clamp(-1.0, 1.0);
            }
        }
        Norm::L2 => {
            let square = sum_of_squares(z);
            if square > 1.0 {
                scale(z, 1.0 / square.sqrt());
                // Rounding may leave a norm above 1; shrinking again makes the projection
                // idempotent bit for bit.
                while sum_of_squares(z) > 1.0 {
                    scale(z, 1.0 - f64::EPSILON);
                }
            }
        }
    }
}

/// Draws `z` uniformly from the ball of `radius`.
pub(super) fn sample_in_ball(norm: Norm, radius: f64, rng: &mut Rng, z: &mut [f64]) {
    match norm {
        Norm::LInf => {
            for z_i in z {
                *z_i = radius * rng.gen_range(-1.0..=1.0);
            }
        }
        Norm::L2 => {
            sample_unit_vector(rng, z);
            #[allow(clippy::cast_precision_loss, reason = "dimensions are small")]
            let length = radius * rng.gen_range(0.0..=1.0_f64).powf(1.0 / z.len() as f64);
            scale(z, length);
        }
    }
}

/// Draws `u` uniformly from the Euclidean unit sphere.
pub(super) fn sample_unit_vector(rng: &mut Rng, u: &mut [f64]) {
    for u_i in u.iter_mut() {
        *u_i = rng.sample(StandardNormal);
    }
    normalize(u);
}

/// Normalizes v to v / ‖v‖₂ in place; a vector without a direction (zero, or not finite) becomes
/// zero, never NaN. Returns ‖v‖₂ before normalization.
pub(super) fn normalize(v: &mut [f64]) -> f64 {
    let square = sum_of_squares(v);
    if !(LEAST_SQUARE..MOST_SQUARE).contains(&square) {
        return normalize_extreme(v);
    }
    let length = square.sqrt();
    scale(v, 1.0 / length);
    length
}

/// Smallest sum of squares that [`normalize`] uses without scaling; below it, squares may
/// underflow.
const LEAST_SQUARE: f64 = SMALLEST_NORM * SMALLEST_NORM * 1e6;
/// Sum of squares from which [`normalize`] scales first, because squares may overflow.
const MOST_SQUARE: f64 = 1e200;

/// Variant of [`normalize`] that first scales very small or very large vectors.
fn normalize_extreme(v: &mut [f64]) -> f64 {
    let largest = v.iter().fold(0.0_f64, |m, v_i| m.max(v_i.abs()));
    let is_usable = largest > SMALLEST_NORM && v.iter().all(|v_i| v_i.is_finite());
    if !is_usable {
        v.fill(0.0);
        return 0.0;
    }
    let squares = v.iter().map(|v_i| (v_i / largest).powi(2));
    let scaled = squares.sum::<f64>().sqrt();
    for v_i in v {
        *v_i = *v_i / largest / scaled;
    }
    largest * scaled
}

fn scale(v: &mut [f64], factor: f64) {
    for v_i in v {
        *v_i *= factor;
    }
}

/// Sum of squares in eight independent partial sums, which vectorize.
fn sum_of_squares(v: &[f64]) -> f64 {
    let (octets, rest) = v.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for octet in octets {
        for (sum, v_i) in sums.iter_mut().zip(octet) {
            *sum += v_i * v_i;
        }
    }
    let rest: f64 = rest.iter().map(|v_i| v_i * v_i).sum();
    let pairs = [0, 1, 2, 3].map(|i| sums[i] + sums[i + 4]);
    (pairs[0] + pairs[1]) + (pairs[2] + pairs[3]) + rest
}

/// Sign of `x`; 0 for zero.
pub(super) fn sign(x: f64) -> f64 {
    f64::from(i8::from(x > 0.0) - i8::from(x < 0.0))
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a_i, b_i)| a_i * b_i).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Component, Streams};
    use proptest::prelude::*;

    fn euclidean_norm(v: &[f64]) -> f64 {
        v.iter().map(|v_i| v_i * v_i).sum::<f64>().sqrt()
    }

    fn length(norm: Norm, z: &[f64]) -> f64 {
        match norm {
            Norm::LInf => z.iter().fold(0.0, |m: f64, z_i| m.max(z_i.abs())),
            Norm::L2 => euclidean_norm(z),
        }
    }

    proptest! {
        #[test]
        fn projection_is_inside_idempotent_and_nearest(
            z in proptest::collection::vec(-4.0_f64..4.0, 1..6),
            other in proptest::collection::vec(-1.0_f64..1.0, 6),
        ) {
            for norm in [Norm::LInf, Norm::L2] {
                let mut once = z.clone();
                project_to_unit_ball(norm, &mut once);
                prop_assert!(length(norm, &once) <= 1.0 + 1e-15);
                let mut twice = once.clone();
                project_to_unit_ball(norm, &mut twice);
                prop_assert_eq!(&once, &twice);
                // No other point of the ball is nearer.
                let mut inside = other[..z.len()].to_vec();
                project_to_unit_ball(norm, &mut inside);
                let distance = |p: &[f64]| -> f64 {
                    p.iter().zip(&z).map(|(a, b)| (a - b).powi(2)).sum()
                };
                prop_assert!(distance(&once) <= distance(&inside) + 1e-12);
            }
        }

        #[test]
        fn samples_stay_in_their_ball(seed in 0_u64..1000, radius in 0.0_f64..1.0) {
            let mut rng = Streams::new(seed).stream(Component::Ascent, 0);
            for norm in [Norm::LInf, Norm::L2] {
                let mut z = [0.0; 4];
                sample_in_ball(norm, radius, &mut rng, &mut z);
                prop_assert!(length(norm, &z) <= radius + 1e-15);
            }
        }
    }

    #[test]
    fn a_vector_without_direction_becomes_zero() {
        for mut v in [
            [0.0, 0.0],
            [f64::NAN, 1.0],
            [f64::INFINITY, 1.0],
            [1e-40, 0.0],
        ] {
            assert!(normalize(&mut v).abs() < 1e-300);
            assert!(v.iter().all(|v_i| v_i.abs() <= 0.0), "{v:?}");
        }
        // A very short vector, and a long vector whose squares overflow.
        for scale in [1e-25, 1e200] {
            let mut v = [3.0 * scale, -4.0 * scale];
            let found = normalize(&mut v);
            assert!((found / (5.0 * scale) - 1.0).abs() < 1e-12);
            assert!((v[0] - 0.6).abs() < 1e-12 && (v[1] + 0.8).abs() < 1e-12);
        }
    }

    #[test]
    fn unit_vectors_are_uniform_on_the_sphere() {
        let mut rng = Streams::new(3).stream(Component::Ascent, 1);
        let n = 20_000;
        let (mut mean, mut square, mut cross) = ([0.0; 2], [0.0; 2], 0.0);
        for _ in 0..n {
            let mut u = [0.0; 3];
            sample_unit_vector(&mut rng, &mut u);
            for i in 0..2 {
                mean[i] += u[i] / f64::from(n);
                square[i] += u[i] * u[i] / f64::from(n);
            }
            cross += u[0] * u[1] / f64::from(n);
        }
        // E u_i = 0, E u_i² = 1/3, E u_i u_j = 0 on the sphere; four standard errors < 0.017.
        assert!(mean.iter().all(|m| m.abs() < 0.017));
        assert!(square.iter().all(|s| (s - 1.0 / 3.0).abs() < 0.01));
        assert!(cross.abs() < 0.01);
    }
}
