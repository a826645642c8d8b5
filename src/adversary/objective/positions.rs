//! Portfolio weights computed from a policy's output.

use crate::{adversary::AdversaryError, env::ActionSpace, policy::Real};

/// Map from a policy's output to portfolio weights.
#[derive(Debug, Clone, PartialEq)]
pub enum Positions {
    /// Clamped output: `w_i = clamp(output_i)`.
    Clamped {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Expected level: `w_i = Σ_l p_il level_l`.
    Expected {
        /// Levels, as numbers.
        levels: Vec<f64>,
    },
}

impl Positions {
    /// Builds the map of an action space.
    ///
    /// # Errors
    /// [`AdversaryError::LevelName`] when a level's name is not a number.
    pub fn of(space: &ActionSpace) -> Result<Self, AdversaryError> {
        match space {
            ActionSpace::Continuous { low, high, .. } => Ok(Self::Clamped {
                low: (*low).into(),
                high: (*high).into(),
            }),
            ActionSpace::Categorical { levels, .. } => {
                let parse = |level: &String| {
                    level.parse::<f64>().map_err(|_| AdversaryError::LevelName {
                        found: level.clone(),
                    })
                };
                Ok(Self::Expected {
                    levels: levels.iter().map(parse).collect::<Result<_, _>>()?,
                })
            }
        }
    }

    /// Number of outputs per weight.
    #[must_use]
    pub const fn n_outputs(&self) -> usize {
        match self {
            Self::Clamped { .. } => 1,
            Self::Expected { levels } => levels.len(),
        }
    }

    /// Computes one weight from its [`Positions::n_outputs`] outputs.
    #[must_use]
    pub fn weight(&self, outputs: &[f32]) -> f64 {
        match self {
            Self::Clamped { low, high } => f64::from(outputs[0]).clamp(*low, *high),
            Self::Expected { levels } => levels
                .iter()
                .zip(outputs)
                .map(|(level, p)| level * f64::from(*p))
                .sum(),
        }
    }

    /// Writes the gradient with respect to the outputs, given `slope = ∂L/∂w`. Beyond a bound, a
    /// slope that points further out becomes 0, so that an ascent can return.
    pub fn pull_back(&self, slope: f64, outputs: &[f32], gradient: &mut [f32]) {
        match self {
            Self::Clamped { low, high } => {
                let output = f64::from(outputs[0]);
                let pushes_out =
                    (output >= *high && slope > 0.0) || (output <= *low && slope < 0.0);
                gradient[0] = if pushes_out { 0.0 } else { f32::of(slope) };
            }
            Self::Expected { levels } => {
                for (g, level) in gradient.iter_mut().zip(levels) {
                    *g = f32::of(slope * level);
                }
            }
        }
    }
}
