//! Decoding of a policy's output into target weights, shared by the environment and the bot.

use super::{Bound, OutOfBounds, check_bounds, each_asset};
use serde::{Deserialize, Serialize};

/// Mapping of an action to target weights: the signed fraction of equity per asset.
///
/// ```
/// use shockproof::market::{Allocation, Decoded, GrossBound};
///
/// let allocation = Allocation::Weights { low: -1.0, high: 1.0, max_gross: 1.0 };
/// let mut targets = [0.0; 2];
/// let decoded = allocation.decode_weights(&[1.0, -1.0], &mut targets);
/// assert_eq!(targets, [0.5, -0.5]);
/// assert_eq!(decoded, Decoded::Targets { n_clamped: 0, gross: GrossBound::Binding });
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Allocation {
    /// Reads one real number per asset, clamps it to [low, high] and scales all down to the bound
    /// `max_gross` on the sum of absolute weights. Pick it for positions of any size. The mean of a
    /// policy with `squash: Tanh` stays in (-1, 1); take `squash: Identity` for a wider range.
    Weights {
        /// Smallest weight per asset; 0 forbids short positions. Range: [-1, 0], down to
        /// -`max_gross` for leverage on one asset.
        low: f64,
        /// Largest weight per asset. Range: (0, 1], up to `max_gross` for leverage on one asset.
        /// Default: 1.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        high: f64,
        /// Bound on the sum of absolute weights. Range: (0, ∞). Try first: 1.
        max_gross: f64,
    },
    /// Picks one position level per asset and scales all down to the bound `max_gross` on the sum
    /// of absolute weights. Pick it for a few fixed positions.
    Levels {
        /// Levels, strictly increasing, at least two. Range: [-1, 1], up to ±`max_gross` for
        /// leverage on one asset. Try first: [-1.0, 0.0, 1.0].
        levels: Vec<f64>,
        /// Bound on the sum of absolute weights. Range: (0, ∞). Try first: 1.
        max_gross: f64,
    },
}

/// Default of [`Allocation::Weights::high`].
const fn one() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_one(high: &f64) -> bool {
    (high - 1.0).abs() <= 0.0
}

/// Result of decoding an action; every clamp is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// The target weights were written.
    Targets {
        /// Number of entries outside [low, high].
        n_clamped: u32,
        /// Effect of the gross bound.
        gross: GrossBound,
    },
    /// The action has a non-finite entry, an unknown level, a wrong length or the wrong kind.
    /// Nothing was written: hold the position.
    Refused,
}

/// Effect of the bound on gross leverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrossBound {
    /// The sum of absolute weights was within the bound.
    Slack,
    /// The weights were scaled down to the bound.
    Binding,
}

impl Decoded {
    /// Targets that were written unchanged.
    pub const AS_GIVEN: Self = Self::Targets {
        n_clamped: 0,
        gross: GrossBound::Slack,
    };
}

impl Allocation {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`AllocationError`] naming the parameter outside its range.
    pub fn check(&self) -> Result<(), AllocationError> {
        let max_gross = ("max_gross", self.max_gross(), Bound::Positive);
        check_bounds(&[max_gross])?;
        let most = self.max_gross().max(1.0);
        match self {
            Self::Weights { low, high, .. } => {
                let expected = "a number in [-1, 0] (0 forbids short positions), or down to \
                                -max_gross";
                check_bounds(&[("low", *low, Bound::Within(-most, 0.0, expected))])?;
                let expected = "a number in (0, 1], or up to max_gross";
                let least = f64::MIN_POSITIVE;
                check_bounds(&[("high", *high, Bound::Within(least, most, expected))])?;
            }
            Self::Levels { levels, .. } => {
                let increasing = levels.windows(2).all(|pair| pair[0] < pair[1]);
                let in_range = levels.iter().all(|level| level.abs() <= most);
                if levels.len() < 2 || !increasing || !in_range {
                    return Err(AllocationError::Levels {
                        found: levels.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Largest absolute weight of one asset that an action can ask for.
    #[must_use]
    pub fn largest(&self) -> f64 {
        match self {
            Self::Weights { low, high, .. } => high.max(-low),
            Self::Levels { levels, .. } => levels.iter().fold(0.0, |most, x| most.max(x.abs())),
        }
    }

    /// Names of the levels, e.g. `-1` or `0.125`: the shortest text that parses to the level. Empty
    /// for [`Allocation::Weights`].
    #[must_use]
    pub fn level_names(&self) -> Vec<String> {
        match self {
            Self::Weights { .. } => Vec::new(),
            Self::Levels { levels, .. } => levels.iter().map(|level| format!("{level}")).collect(),
        }
    }

    /// Bound on the sum of absolute weights.
    #[must_use]
    pub const fn max_gross(&self) -> f64 {
        match self {
            Self::Weights { max_gross, .. } | Self::Levels { max_gross, .. } => *max_gross,
        }
    }

    /// Decodes real numbers `raw [n_assets]` into `targets [n_assets]`.
    #[inline]
    pub fn decode_weights(&self, raw: &[f32], targets: &mut [f64]) -> Decoded {
        let Self::Weights {
            low,
            high,
            max_gross,
        } = self
        else {
            return Decoded::Refused;
        };
        if raw.len() != targets.len() || raw.iter().any(|x| !x.is_finite()) {
            return Decoded::Refused;
        }
        let mut n_clamped = 0;
        for (target, x) in targets.iter_mut().zip(raw) {
            let x = f64::from(*x);
            *target = x.clamp(*low, *high);
            n_clamped += u32::from(x < *low || x > *high);
        }
        Decoded::Targets {
            n_clamped,
            gross: scale_to(targets, *max_gross),
        }
    }

    /// Decodes level indices `choices [n_assets]` into `targets [n_assets]`.
    #[inline]
    pub fn decode_levels(&self, choices: &[u32], targets: &mut [f64]) -> Decoded {
        let Self::Levels { levels, max_gross } = self else {
            return Decoded::Refused;
        };
        let known = |choice: &u32| (*choice as usize) < levels.len();
        if choices.len() != targets.len() || !choices.iter().all(known) {
            return Decoded::Refused;
        }
        each_asset(choices.len(), |i| targets[i] = levels[choices[i] as usize]);
        Decoded::Targets {
            n_clamped: 0,
            gross: scale_to(targets, *max_gross),
        }
    }

    /// Copies `weights [n_assets]` to `targets [n_assets]` and applies only the gross bound.
    pub fn bound_gross(&self, weights: &[f64], targets: &mut [f64]) -> Decoded {
        if weights.len() != targets.len() || weights.iter().any(|x| !x.is_finite()) {
            return Decoded::Refused;
        }
        targets.copy_from_slice(weights);
        Decoded::Targets {
            n_clamped: 0,
            gross: scale_to(targets, self.max_gross()),
        }
    }
}

/// Scales `weights` down until their gross sum is at most `max_gross`.
#[inline]
fn scale_to(weights: &mut [f64], max_gross: f64) -> GrossBound {
    let mut gross = 0.0;
    each_asset(weights.len(), |i| gross += weights[i].abs());
    if gross <= max_gross {
        return GrossBound::Slack;
    }
    for weight in weights {
        *weight *= max_gross / gross;
    }
    GrossBound::Binding
}

/// An invalid allocation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AllocationError {
    /// A parameter outside its range.
    #[error("allocation.{0}")]
    Bounds(#[from] OutOfBounds),
    /// Levels that are too few, unsorted or out of range.
    #[error(
        "allocation.levels: found {found:?}, expected at least two strictly increasing numbers in \
         [-1, 1], or in [-max_gross, max_gross]"
    )]
    Levels {
        /// Rejected levels.
        found: Vec<f64>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WEIGHTS: Allocation = Allocation::Weights {
        low: -1.0,
        high: 1.0,
        max_gross: 1.0,
    };

    #[test]
    fn weights_are_clamped_scaled_and_counted() {
        let mut targets = [0.0; 3];
        let decoded = WEIGHTS.decode_weights(&[3.0, -0.5, -0.5], &mut targets);
        assert_eq!(
            decoded,
            Decoded::Targets {
                n_clamped: 1,
                gross: GrossBound::Binding
            }
        );
        for (found, expected) in targets.iter().zip([0.5, -0.25, -0.25]) {
            assert!((found - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn files_without_an_upper_bound_have_the_bound_one() {
        let text = r#"{"Weights":{"low":-1.0,"max_gross":1.0}}"#;
        assert_eq!(serde_json::from_str::<Allocation>(text).unwrap(), WEIGHTS);
        assert_eq!(serde_json::to_string(&WEIGHTS).unwrap(), text);
    }

    #[test]
    fn refused_actions_write_nothing() {
        let levels = Allocation::Levels {
            levels: vec![-1.0, 0.0, 1.0],
            max_gross: 2.0,
        };
        let mut targets = [7.0; 2];
        for decoded in [
            WEIGHTS.decode_weights(&[0.1, f32::NAN], &mut targets),
            WEIGHTS.decode_weights(&[0.1, f32::INFINITY], &mut targets),
            WEIGHTS.decode_weights(&[0.1], &mut targets),
            WEIGHTS.decode_levels(&[0, 1], &mut targets),
            levels.decode_levels(&[0, 3], &mut targets),
            levels.decode_weights(&[0.0, 0.0], &mut targets),
        ] {
            assert_eq!(decoded, Decoded::Refused);
        }
        assert!(targets.iter().all(|t| (t - 7.0).abs() < 1e-15));
        assert!(matches!(
            levels.decode_levels(&[0, 2], &mut targets),
            Decoded::Targets { .. }
        ));
        assert!((targets[0] + 1.0).abs() < 1e-15 && (targets[1] - 1.0).abs() < 1e-15);
        assert_eq!(levels.level_names(), ["-1", "0", "1"]);
    }

    #[test]
    fn invalid_allocations_are_refused() {
        let weights = |low, max_gross| Allocation::Weights {
            low,
            high: 1.0,
            max_gross,
        };
        let levels = |levels: &[f64]| Allocation::Levels {
            levels: levels.to_vec(),
            max_gross: 1.0,
        };
        assert!(weights(0.0, 1.5).check().is_ok());
        assert!(weights(-2.0, 1.0).check().is_err());
        assert!(weights(f64::NAN, 1.0).check().is_err());
        assert!(weights(0.0, 0.0).check().is_err());
        assert!(levels(&[0.0, 1.0]).check().is_ok());
        assert!(levels(&[0.0]).check().is_err());
        assert!(levels(&[1.0, 0.0]).check().is_err());
        assert!(levels(&[0.0, 2.0]).check().is_err());
        // Leverage on one asset.
        let high = |high, max_gross| Allocation::Weights {
            low: -2.0,
            high,
            max_gross,
        };
        assert!(high(3.0, 3.0).check().is_ok());
        assert!(high(3.1, 3.0).check().is_err());
        assert!(high(1.0, 1.0).check().is_err());
        assert!(high(0.0, 3.0).check().is_err());
    }

    proptest! {
        /// `OneStepPnl` parses names of levels as positions.
        #[test]
        fn level_names_parse_to_the_levels(level in -1.0..=1.0_f64, small in -1e-3..=1e-3_f64) {
            let levels = vec![level, small, 0.125, -0.333, 1.0 / 3.0];
            let names = Allocation::Levels { levels: levels.clone(), max_gross: 1.0 }.level_names();
            let parsed = names.iter().map(|name| name.parse::<f64>().unwrap().to_bits());
            let back: Vec<u64> = parsed.collect();
            prop_assert_eq!(back, levels.iter().map(|level| level.to_bits()).collect::<Vec<_>>());
        }

        #[test]
        fn targets_satisfy_every_bound(
            raw in prop::collection::vec(-5.0..5.0_f32, 1..6),
            low in -3.0..=0.0_f64,
            high in 0.1..3.0_f64,
            max_gross in 0.1..3.0_f64,
        ) {
            let mut targets = vec![0.0; raw.len()];
            let allocation = Allocation::Weights { low, high, max_gross };
            prop_assert_ne!(allocation.decode_weights(&raw, &mut targets), Decoded::Refused);
            prop_assert!(targets.iter().all(|t| (low..=high).contains(t)));
            prop_assert!(targets.iter().map(|t| t.abs()).sum::<f64>() <= max_gross * (1.0 + 1e-12));
        }
    }
}
