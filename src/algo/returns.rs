//! Generalized advantage estimation.

use super::AlgoError;
use crate::policy::Real;

/// A rollout of `n_steps` steps in `n_envs` environments; every slice is `[n_steps * n_envs]`,
/// time-major.
#[derive(Debug, Clone, Copy)]
pub struct Trajectories<'a> {
    /// Rewards `r_t`.
    pub reward_t: &'a [f32],
    /// Value estimates `v(o_t)`.
    pub value_t: &'a [f32],
    /// Value estimate of the observation after step t. Where the episode ended at t, this is its
    /// *final* observation, not the first of the next episode.
    pub value_tp1: &'a [f32],
    /// Discount γ, or 0 where step t terminated (no future).
    pub discount_t: &'a [f32],
    /// Trace λ, or 0 where the episode ended at t in any way (no trace across a reset).
    pub trace_t: &'a [f32],
    /// Number of environments.
    pub n_envs: usize,
}

/// Computes advantages and returns.
///
/// * `δ_t = r_t + discount_t v_{t+1} − v_t`
/// * `A_t = δ_t + discount_t trace_t A_{t+1}`, A beyond the rollout = 0
/// * `R_t = A_t + v_t`
///
/// A terminated step has discount 0: neither bootstrap nor trace. A truncated step keeps its
/// discount and has trace 0: it bootstraps from its final observation and the sum stops. Outputs
/// are `[n_steps * n_envs]`; sums run in f64.
///
/// J. Schulman et al., "High-dimensional continuous control using generalized advantage estimation"
/// (arXiv 1506.02438), eq. 16. The trace is separate from the discount, because a discount alone
/// cannot end the sum and still bootstrap.
///
/// # Errors
/// [`AlgoError::Length`] when the slices differ in length or do not divide into environments.
pub fn gae(
    trajectories: Trajectories<'_>,
    advantage_t: &mut Vec<f32>,
    return_t: &mut Vec<f32>,
) -> Result<(), AlgoError> {
    let t = trajectories;
    let n = t.reward_t.len();
    AlgoError::check_lengths(&[
        ("value_t", t.value_t.len(), n),
        ("value_tp1", t.value_tp1.len(), n),
        ("discount_t", t.discount_t.len(), n),
        ("trace_t", t.trace_t.len(), n),
        ("reward_t", n - n % t.n_envs.max(1), n),
    ])?;
    advantage_t.clear();
    advantage_t.resize(n, 0.0);
    return_t.clear();
    return_t.resize(n, 0.0);
    for env in 0..t.n_envs {
        let mut advantage = 0.0;
        for i in (env..n).step_by(t.n_envs).rev() {
            let (value, discount) = (f64::from(t.value_t[i]), f64::from(t.discount_t[i]));
            let delta = f64::from(t.reward_t[i]) + discount * f64::from(t.value_tp1[i]) - value;
            advantage = delta + discount * f64::from(t.trace_t[i]) * advantage;
            advantage_t[i] = f32::of(advantage);
            return_t[i] = f32::of(advantage + value);
        }
    }
    Ok(())
}

/// Scales to mean 0 and (population) standard deviation 1; constant advantages become 0.
pub fn normalize(advantages: &mut [f32]) {
    #[allow(clippy::cast_precision_loss, reason = "a batch is far below 2^52")]
    let n = advantages.len().max(1) as f64;
    let mean = advantages.iter().map(|&a| f64::from(a)).sum::<f64>() / n;
    let squares = advantages.iter().map(|&a| (f64::from(a) - mean).powi(2));
    let scale = ((squares.sum::<f64>() / n).sqrt() + 1e-8).recip();
    for advantage in advantages {
        *advantage = f32::of((f64::from(*advantage) - mean) * scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(columns: [&[f32]; 5], n_envs: usize) -> (Vec<f32>, Vec<f32>) {
        let [reward_t, value_t, value_tp1, discount_t, trace_t] = columns;
        let (mut a, mut r) = (Vec::new(), Vec::new());
        let trajectories = Trajectories {
            reward_t,
            value_t,
            value_tp1,
            discount_t,
            trace_t,
            n_envs,
        };
        gae(trajectories, &mut a, &mut r).expect("equal lengths");
        (a, r)
    }

    fn close(found: &[f32], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f64::from(*f) - e).abs() < 1e-5, "{found:?} {expected:?}");
        }
    }

    /// Two environments, three steps, gamma .5, lambda .5. Environment 0 runs on; environment 1
    /// terminates at step 0 and is truncated at step 1. By hand: env 0: δ = 1+.5·2−1 = 1, 2+.5·3−2
    /// = 1.5, 3+.5·4−3 = 2; A from the last: 2, 1.5+.25·2 = 2, 1+.25·2 = 1.5. env 1: δ = 1−.5 = .5
    /// (no future), 1+.5·8−2 = 3 (bootstrap 8, the sum stops), 0+.5·2−1 = 0; A = δ.
    #[test]
    fn advantages_equal_a_table_by_hand() {
        let (a, r) = run(
            [
                &[1.0, 1.0, 2.0, 1.0, 3.0, 0.0],
                &[1.0, 0.5, 2.0, 2.0, 3.0, 1.0],
                &[2.0, 7.0, 3.0, 8.0, 4.0, 2.0],
                &[0.5, 0.0, 0.5, 0.5, 0.5, 0.5],
                &[0.5, 0.0, 0.5, 0.0, 0.5, 0.5],
            ],
            2,
        );
        close(&a, &[1.5, 0.5, 2.0, 3.0, 2.0, 0.0]);
        close(&r, &[2.5, 1.0, 4.0, 5.0, 5.0, 1.0]);
    }

    #[test]
    fn lengths_are_checked() {
        let trajectories = Trajectories {
            reward_t: &[1.0, 2.0],
            value_t: &[1.0],
            value_tp1: &[1.0, 1.0],
            discount_t: &[1.0, 1.0],
            trace_t: &[1.0, 1.0],
            n_envs: 1,
        };
        let error = gae(trajectories, &mut Vec::new(), &mut Vec::new()).expect_err("refused");
        assert_eq!(error.to_string(), "value_t: found length 1, expected 2");
    }

    #[test]
    fn normalized_advantages_have_mean_zero_and_deviation_one() {
        let mut a = [1.0, 2.0, 3.0, 6.0];
        normalize(&mut a);
        let s = 14.0_f64.sqrt() / 2.0;
        close(&a, &[-2.0 / s, -1.0 / s, 0.0, 3.0 / s]);
        let mut constant = [5.0; 3];
        normalize(&mut constant);
        close(&constant, &[0.0; 3]);
    }

    proptest! {
        /// λ = 0 gives the one-step TD error; λ = 1 gives the discounted sum plus the discounted
        /// last value, minus the value.
        #[test]
        fn lambda_0_is_td_and_lambda_1_is_monte_carlo(
            steps in prop::collection::vec((-1.0f32..1.0, -1.0f32..1.0), 1..20),
            last in -1.0f32..1.0,
            gamma in 0.5f32..1.0,
        ) {
            let n = steps.len();
            let rewards: Vec<f32> = steps.iter().map(|s| s.0).collect();
            let values: Vec<f32> = steps.iter().map(|s| s.1).collect();
            let next: Vec<f32> = values[1..].iter().copied().chain([last]).collect();
            let discount = vec![gamma; n];
            let (td, _) = run([&rewards, &values, &next, &discount, &vec![0.0; n]], 1);
            let (_, monte_carlo) = run([&rewards, &values, &next, &discount, &vec![1.0; n]], 1);
            let g = f64::from(gamma);
            let mut sum = f64::from(last);
            let (mut expected_td, mut expected_mc) = (vec![0.0; n], vec![0.0; n]);
            for i in (0..n).rev() {
                sum = f64::from(rewards[i]) + g * sum;
                expected_mc[i] = sum;
                let target = f64::from(rewards[i]) + g * f64::from(next[i]);
                expected_td[i] = target - f64::from(values[i]);
            }
            close(&td, &expected_td);
            close(&monte_carlo, &expected_mc);
        }

        /// Rewards and values after the end of an episode do not change advantages before it.
        #[test]
        fn advantages_ignore_the_next_episode(
            after in -100.0f32..100.0,
            terminated in any::<bool>(),
        ) {
            let discount = [0.9, if terminated { 0.0 } else { 0.9 }, 0.9];
            let trace = [0.9, 0.0, 0.9];
            let (reward, value) = ([1.0, 2.0, after], [0.1, 0.2, after]);
            let next = [0.2, 0.7, after];
            let (a, _) = run([&reward, &value, &next, &discount, &trace], 1);
            let delta_1 = 2.0 + if terminated { 0.0 } else { 0.9 * 0.7 } - 0.2;
            close(&a[..2], &[1.0 + 0.9 * 0.2 - 0.1 + 0.81 * delta_1, delta_1]);
        }
    }
}
