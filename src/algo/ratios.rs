//! Statistics of how far the policy has moved since the rollout.

/// Statistics of the ratios ρ = exp(log π_new − log π_old).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RatioStatistics {
    /// mean (ρ − 1 − log ρ): the k3 estimate of KL(old ‖ new), never negative (J. Schulman,
    /// "Approximating KL divergence").
    pub(super) approx_kl: f64,
    /// Share of ratios outside [1 − ε, 1 + ε].
    pub(super) clip_fraction: f64,
}

/// Statistics of the ratios of two lists of log probabilities.
pub(super) fn ratio_statistics(new: &[f64], old: &[f32], clip_epsilon: f64) -> RatioStatistics {
    let (mut kl, mut n_clipped, mut n) = (0.0, 0.0, 0.0);
    for (new, old) in new.iter().zip(old) {
        let log_ratio = new - f64::from(*old);
        // exp_m1 keeps the digits that e^x - 1 - x would cancel.
        let excess = log_ratio.exp_m1();
        kl += excess - log_ratio;
        n_clipped += f64::from(u8::from(excess.abs() > clip_epsilon));
        n += 1.0;
    }
    RatioStatistics {
        approx_kl: kl / f64::max(n, 1.0),
        clip_fraction: n_clipped / f64::max(n, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_known_ratios() {
        let new = [1.5_f64.ln(), 0.0, 0.9_f64.ln(), 0.7_f64.ln()];
        let found = ratio_statistics(&new, &[0.0; 4], 0.2);
        let kl = (0.5 - 1.5_f64.ln()) + (-0.1 - 0.9_f64.ln()) + (-0.3 - 0.7_f64.ln());
        assert!((found.approx_kl - kl / 4.0).abs() < 1e-12);
        assert!((found.clip_fraction - 0.5).abs() < 1e-12);
    }
}
