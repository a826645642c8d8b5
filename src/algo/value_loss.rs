//! The value loss, plain and clipped.

use crate::policy::{Backend, Real, Scalar, Vector};
use dfdx::{
    tensor::Tape,
    tensor_ops::{MeanTo, TryAdd, TryMul, TrySub},
};

/// `½ mean (v − R)²`, or with a clip c: `½ mean max((v − R)², (v_old + clip(v − v_old, −c, c) −
/// R)²)`; arguments `[n_rows]`.
///
/// The clipped form is that of the PPO baseline by its authors (`ppo2`); it is not in the paper.
///
/// # Errors
/// The device's error. Panics (in dfdx) when the lengths differ.
pub fn value_loss<E: Real, D: Backend<E>, T: Tape<E, D>>(
    value: Vector<E, D, T>,
    old_value: &Vector<E, D>,
    target: &Vector<E, D>,
    value_clip: Option<f64>,
) -> Result<Scalar<E, D, T>, D::Err> {
    let error = match value_clip {
        None => value.try_sub(target.clone())?.try_square()?,
        Some(clip) => {
            let moved = value.retaped::<T>().try_sub(old_value.clone())?;
            let held = moved.try_clamp(-clip, clip)?.try_add(old_value.clone())?;
            let held = held.try_sub(target.clone())?.try_square()?;
            let free = value.try_sub(target.clone())?.try_square()?;
            free.try_maximum(held)?
        }
    };
    error.try_mean::<(), _>()?.try_mul(E::of(0.5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::scalar_value;
    use dfdx::{
        tensor::{Cpu, TensorFromVec, Trace},
        tensor_ops::Backward,
    };

    /// v = 1, 2; old v = 0, 2; R = 3, 2.5; clip .2: free errors 4, .25; held at .2, 2: 7.84, .25.
    #[test]
    fn closed_values_and_flat_gradient() {
        let device = Cpu::default();
        let vector = |a: f64, b: f64| device.tensor_from_vec(vec![a, b], (2,));
        let (value, old, target) = (vector(1.0, 2.0), vector(0.0, 2.0), vector(3.0, 2.5));
        let plain = value_loss(value.clone(), &old, &target, None).expect("on the CPU");
        assert!((scalar_value(&plain) - 4.25 / 4.0).abs() < 1e-12);
        let traced = value.leaky_trace();
        let clipped = value_loss(traced, &old, &target, Some(0.2)).expect("on the CPU");
        assert!((scalar_value(&clipped) - 8.09 / 4.0).abs() < 1e-12);
        let gradient = clipped.backward().get(&value).as_vec();
        assert!(gradient[0].abs() < 1e-12 && (gradient[1] + 0.25).abs() < 1e-12);
    }
}
