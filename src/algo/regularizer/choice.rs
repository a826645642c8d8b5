//! The choice of a regularizer in a configuration file.

use super::{
    Form, Penalize, Penalty, directional::Directional, frobenius::Frobenius, on_host::OnHost,
};
use crate::{
    algo::{AlgoError, Ascent, Directions, Space, error::check},
    own::{Own, OwnError, Shelf},
    policy::{ActorCritic, Backend, Matrix, Real},
    rng::Rng,
};
use dfdx::tensor::Cpu;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Penalty on the policy's Jacobian, and its weight.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Regularizer {
    /// Adds no penalty: plain actor-critic learning. Pick it as the baseline of a comparison.
    #[default]
    None,
    /// Penalizes the policy's change along the adversary's ascent directions (AAJR: Mumcu, Yilmaz,
    /// arXiv 2603.04378). Pick it to train a robust policy.
    Adversarial {
        /// Factor of the penalty in the loss. Range: [0, ∞). Try first: 1.
        weight: f64,
        /// Space of the ascent's shocks. Try first: Price.
        space: Space,
        /// Penalty as a function of the sensitivity. Default: Square.
        #[serde(default)]
        form: Form,
    },
    /// Penalizes the change along random unit directions at the points of the ascent. Pick it as an
    /// ablation that shows the effect of the ascent directions.
    RandomDirection {
        /// Factor of the penalty in the loss. Range: [0, ∞). Try first: 1 for each shocked asset.
        weight: f64,
        /// Space of the ascent's shocks. Try first: Price.
        space: Space,
        /// Penalty as a function of the sensitivity. Default: Square.
        #[serde(default)]
        form: Form,
    },
    /// Penalizes the change along all input directions at the minibatch's observations (Hoffman,
    /// Roberts, Yaida, arXiv 1908.02729). Pick it as the global rival of `Adversarial`.
    Frobenius {
        /// Factor of the penalty in the loss. Range: [0, ∞). Try first: 0.1.
        weight: f64,
        /// Number of random projections per observation; `None` computes the norm exactly, with one
        /// pass per output. Range: at least 1. Default: None.
        #[serde(default)]
        projections: Option<NonZeroUsize>,
    },
    /// Uses a regularizer from outside the crate. Pick it for a penalty that is not listed here.
    Own(Own<dyn Penalize>),
}

impl Regularizer {
    /// AAJR in price space: `weight` times the square of the sensitivity.
    #[must_use]
    pub const fn aajr(weight: f64) -> Self {
        Self::Adversarial {
            weight,
            space: Space::Price,
            form: Form::Square,
        }
    }

    /// Factor of the penalty in the loss; 0 without a penalty or for an unresolved own regularizer.
    #[must_use]
    pub fn weight(&self) -> f64 {
        let term = self.term::<f32, Cpu>();
        term.ok().flatten().map_or(0.0, |term| term.weight())
    }

    /// Directions and space of the penalty's ascent; `None` without an ascent or at weight 0.
    #[must_use]
    pub fn ascent(&self) -> Option<(Directions, Space)> {
        let term = self.term::<f32, Cpu>().ok().flatten();
        term.filter(|term| is_on(term.weight()))?.ascent()
    }

    /// Makes an own regularizer from the shelf; built-in regularizers do not change.
    ///
    /// # Errors
    /// [`OwnError`] for a name that is not on the shelf, or of the regularizer's maker.
    pub fn resolve(&mut self, parts: &Shelf<dyn Penalize>) -> Result<(), OwnError> {
        match self {
            Self::Own(own) => own.resolve(parts),
            _ => Ok(()),
        }
    }

    /// Checks every setting, and that an own regularizer is resolved.
    ///
    /// # Errors
    /// [`AlgoError::Setting`] names the first setting out of range; [`AlgoError::Own`].
    pub fn check(&self) -> Result<(), AlgoError> {
        let Some(term) = self.term::<f32, Cpu>()? else {
            return Ok(());
        };
        let weight = term.weight();
        let is_met = weight.is_finite() && weight >= 0.0;
        check("regularizer.weight", weight, is_met, "a finite number >= 0")?;
        term.check()
    }

    /// Computes the penalty R on its own tape. Without a penalty or at weight 0, returns `None` and
    /// draws no random number.
    ///
    /// # Errors
    /// [`AlgoError::NoAscent`] when an ascent is needed and `ascent` is absent or empty;
    /// [`AlgoError::Own`]; [`AlgoError::Policy`].
    pub fn penalty<E: Real, D: Backend<E>>(
        &self,
        policy: &ActorCritic<E, D>,
        observations: &Matrix<E, D>,
        ascent: Option<&Ascent<'_>>,
        rng: &mut Rng,
    ) -> Result<Option<Penalty<E, D>>, AlgoError> {
        let term = self.term()?.filter(|term| is_on(term.weight()));
        let Some(term) = term else { return Ok(None) };
        let ascent = ascent.unwrap_or(&Ascent::EMPTY);
        if term.ascent().is_some() && ascent.is_empty() {
            return Err(AlgoError::NoAscent);
        }
        term.penalty(policy, observations, ascent, rng).map(Some)
    }

    /// The [`Penalize`] behind this choice.
    fn term<E: Real, D: Backend<E>>(
        &self,
    ) -> Result<Option<Box<dyn Penalize<E, D> + '_>>, OwnError> {
        let directional = |directions, weight, space, form| Directional {
            directions,
            weight,
            space,
            form,
        };
        Ok(Some(match *self {
            Self::None => return Ok(None),
            Self::Adversarial {
                weight,
                space,
                form,
            } => Box::new(directional(Directions::Gradient, weight, space, form)),
            Self::RandomDirection {
                weight,
                space,
                form,
            } => Box::new(directional(Directions::Random, weight, space, form)),
            Self::Frobenius {
                weight,
                projections,
            } => Box::new(Frobenius {
                weight,
                projections,
            }),
            Self::Own(ref own) => Box::new(OnHost(own.part()?.as_ref())),
        }))
    }
}

/// Returns true for a positive weight, and for NaN, so that the NaN shows in the loss.
fn is_on(weight: f64) -> bool {
    weight > 0.0 || weight.is_nan()
}
