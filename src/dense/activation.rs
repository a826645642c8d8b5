//! Nonlinearities and their slopes, one vector at a time.
//!
//! | name | y(z) | slope as a function of y | derivative of the slope by y |
//! |---|---|---|---|
//! | `Tanh` | tanh z | 1 − y² | −2 y |
//! | `Softsign` | z / (1 + \|z\|) | (1 − \|y\|)² | −2 (1 − \|y\|) sign y |
//! | `Relu` | max(0, z) | 1 where y > 0, else 0 | 0 |

use super::product::Finish;
use pulp::Simd;
use serde::{Deserialize, Serialize};

/// Nonlinearity of the hidden layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Activation {
    /// Computes tanh x. Pick it by default.
    Tanh,
    /// Computes x / (1 + |x|), shaped like tanh. Pick it for speed: it costs a tenth of tanh.
    Softsign,
    /// Computes max(0, x). Pick it for deep networks; its slope is not continuous.
    Relu,
}

/// Bound of the argument; beyond it tanh differs from ±1 by less than 3e-7.
const LIMIT: f32 = 7.905_311;
const P: [f32; 7] = [
    -2.760_768_5e-16,
    2.000_188e-13,
    -8.604_672e-11,
    5.122_297e-8,
    1.485_722_4e-5,
    6.372_619e-4,
    4.893_524_6e-3,
];
const Q: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_7e-3, 4.893_525e-3];

/// tanh in f32 by the odd rational function of degree 13 over 6 of Eigen and XLA. The error is
/// below 4e-7; the bits are the same on every machine.
#[must_use]
pub fn tanh(x: f32) -> f32 {
    let x = x.clamp(-LIMIT, LIMIT);
    let square = x * x;
    let mut p = P[0];
    for c in &P[1..] {
        p = p * square + c;
    }
    let mut q = Q[0];
    for c in &Q[1..] {
        q = q * square + c;
    }
    (x * p / q).clamp(-1.0, 1.0)
}

/// [`tanh`] of a vector. Its last bit may differ on machines with fused multiply-add.
#[inline(always)]
fn tanh_vector<S: Simd>(s: S, x: S::f32s) -> S::f32s {
    let z = clamp(s, x, LIMIT);
    let square = s.mul_f32s(z, z);
    let mut p = s.splat_f32s(P[0]);
    for c in &P[1..] {
        p = s.mul_add_e_f32s(p, square, s.splat_f32s(*c));
    }
    let mut q = s.splat_f32s(Q[0]);
    for c in &Q[1..] {
        q = s.mul_add_e_f32s(q, square, s.splat_f32s(*c));
    }
    let y = clamp(s, s.div_f32s(s.mul_f32s(z, p), q), 1.0);
    // A NaN stays NaN.
    s.select_f32s(s.equal_f32s(x, x), y, x)
}

#[inline(always)]
fn clamp<S: Simd>(s: S, x: S::f32s, limit: f32) -> S::f32s {
    let x = s.max_f32s(x, s.splat_f32s(-limit));
    s.min_f32s(x, s.splat_f32s(limit))
}

/// Forward step of a hidden layer: y(z).
pub(super) struct Activate(pub(super) Activation);

impl<S: Simd> Finish<S> for Activate {
    #[inline(always)]
    fn finish(&mut self, s: S, z: S::f32s, _: usize) -> S::f32s {
        activate(s, self.0, z)
    }
}

/// Backward step: cotangents times slope(y), with y at the same indices.
pub(super) struct ScaleBySlope<'a, V>(pub(super) Activation, pub(super) &'a [V]);

impl<S: Simd> Finish<S> for ScaleBySlope<'_, S::f32s> {
    #[inline(always)]
    fn finish(&mut self, s: S, g: S::f32s, i: usize) -> S::f32s {
        s.mul_f32s(g, slope(s, self.0, self.1[i]))
    }
}

/// Tangent step: returns `s ⊙ slope(y)` and stores s in `before`.
pub(super) struct Push<'a, V> {
    pub(super) activation: Activation,
    pub(super) y: &'a [V],
    pub(super) before: &'a mut [V],
}

impl<S: Simd> Finish<S> for Push<'_, S::f32s> {
    #[inline(always)]
    fn finish(&mut self, s: S, sums: S::f32s, i: usize) -> S::f32s {
        self.before[i] = sums;
        s.mul_f32s(sums, slope(s, self.activation, self.y[i]))
    }
}

/// Backward step of value and tangent: `g ⊙ slope(y) + to_s ⊙ before ⊙ curvature(y)`. The second
/// term is the tangent's path through the slopes.
pub(super) struct Bend<'a, V> {
    pub(super) activation: Activation,
    /// Cotangents of the tangents `before`.
    pub(super) to_s: &'a [V],
    pub(super) before: &'a [V],
    pub(super) y: &'a [V],
}

impl<S: Simd> Finish<S> for Bend<'_, S::f32s> {
    #[inline(always)]
    fn finish(&mut self, s: S, g: S::f32s, i: usize) -> S::f32s {
        let bend = s.mul_f32s(self.before[i], curvature(s, self.activation, self.y[i]));
        let straight = s.mul_f32s(g, slope(s, self.activation, self.y[i]));
        s.mul_add_e_f32s(self.to_s[i], bend, straight)
    }
}

/// Nonlinearity y(z).
#[inline(always)]
pub(super) fn activate<S: Simd>(s: S, activation: Activation, z: S::f32s) -> S::f32s {
    match activation {
        Activation::Tanh => tanh_vector(s, z),
        Activation::Softsign => {
            let denominator = s.add_f32s(s.splat_f32s(1.0), s.abs_f32s(z));
            s.div_f32s(z, denominator)
        }
        Activation::Relu => {
            let zero = s.splat_f32s(0.0);
            s.select_f32s(s.less_than_f32s(z, zero), zero, z)
        }
    }
}

/// Slope of the nonlinearity where its value is y.
#[inline(always)]
pub(super) fn slope<S: Simd>(s: S, activation: Activation, y: S::f32s) -> S::f32s {
    let one = s.splat_f32s(1.0);
    match activation {
        Activation::Tanh => s.sub_f32s(one, s.mul_f32s(y, y)),
        Activation::Softsign => {
            let distance = s.sub_f32s(one, s.abs_f32s(y));
            s.mul_f32s(distance, distance)
        }
        Activation::Relu => {
            let zero = s.splat_f32s(0.0);
            s.select_f32s(s.greater_than_f32s(y, zero), one, zero)
        }
    }
}

/// Derivative of [`slope`] by y.
#[inline(always)]
pub(super) fn curvature<S: Simd>(s: S, activation: Activation, y: S::f32s) -> S::f32s {
    let (zero, two) = (s.splat_f32s(0.0), s.splat_f32s(-2.0));
    match activation {
        Activation::Tanh => s.mul_f32s(two, y),
        Activation::Softsign => {
            // (1 − |y|) sign y = y/|y| − y, and 0 at 0.
            let one = s.splat_f32s(1.0);
            let negative = s.select_f32s(s.less_than_f32s(y, zero), s.splat_f32s(-1.0), zero);
            let sign = s.select_f32s(s.greater_than_f32s(y, zero), one, negative);
            s.mul_f32s(two, s.sub_f32s(sign, y))
        }
        Activation::Relu => zero,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::{Arch, WithSimd};

    #[allow(clippy::cast_possible_truncation, reason = "test points")]
    const fn narrow(x: f64) -> f32 {
        x as f32
    }

    struct Map<'a>(Activation, &'a [f32], &'a mut [f32]);

    impl WithSimd for Map<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, s: S) {
            let (from, _) = S::as_simd_f32s(self.1);
            let (to, _) = S::as_mut_simd_f32s(self.2);
            for (to, from) in to.iter_mut().zip(from) {
                *to = activate(s, self.0, *from);
            }
        }
    }

    fn map(activation: Activation, x: &[f32; 16]) -> [f32; 16] {
        let mut y = [0.0; 16];
        Arch::new().dispatch(Map(activation, x, &mut y));
        y
    }

    #[test]
    fn scalar_and_vector_tanh_are_odd_bounded_and_within_4e_7() {
        let mut worst = 0.0_f64;
        for i in -200_000..=200_000_i32 {
            let x = narrow(f64::from(i) * 5e-5);
            let exact = f64::from(x).tanh();
            worst = worst.max((f64::from(tanh(x)) - exact).abs());
            assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits());
            if i % 40 == 0 {
                let y = map(Activation::Tanh, &[x; 16]);
                worst = worst.max((f64::from(y[3]) - exact).abs());
            }
        }
        assert!(worst < 4e-7, "{worst}");
        for x in [1e-30_f32, 1e-4, 1e-2] {
            assert!((tanh(x) / narrow(f64::from(x).tanh()) - 1.0).abs() < 4e-7);
        }
        for x in [f32::INFINITY, 40.0, 9.0] {
            assert!((0.999_999..=1.0).contains(&tanh(x)));
            assert!((0.999_999..=1.0).contains(&map(Activation::Tanh, &[x; 16])[0]));
        }
        assert!(tanh(f32::NAN).is_nan());
    }

    #[test]
    fn nan_inputs_give_nan_outputs() {
        let mut x = [0.25; 16];
        x[5] = f32::NAN;
        for activation in [Activation::Tanh, Activation::Softsign, Activation::Relu] {
            let y = map(activation, &x);
            assert!(y[5].is_nan() && y[4].is_finite(), "{activation:?}");
        }
    }
}
