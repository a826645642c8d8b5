//! Which model, as written in an env file.

use super::{
    GarchT, GeometricBrownianMotion, Heston, KouJumps, MertonJumps, ModelError, OrnsteinUhlenbeck,
    RegimeSwitching,
    process::{Grid, Process},
};
use serde::{Deserialize, Serialize};

/// A model of one asset's price. In a RON file: `GeometricBrownianMotion(drift: 0.05, volatility:
/// 0.2)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PriceModel {
    /// Independent normal log returns.
    GeometricBrownianMotion(GeometricBrownianMotion),
    /// A log price that returns to its level.
    OrnsteinUhlenbeck(OrnsteinUhlenbeck),
    /// Brownian motion with jumps of normal size.
    MertonJumps(MertonJumps),
    /// Brownian motion with jumps of double-exponential size.
    KouJumps(KouJumps),
    /// Stochastic variance.
    Heston(Heston),
    /// Variance that remembers, heavy tails.
    GarchT(GarchT),
    /// A Markov chain of Gaussian regimes.
    RegimeSwitching(RegimeSwitching),
}

impl PriceModel {
    /// Refuses parameters that cannot be.
    ///
    /// # Errors
    /// [`ModelError`] naming the first of them.
    pub fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::GeometricBrownianMotion(model) => model.check(),
            Self::OrnsteinUhlenbeck(model) => model.check(),
            Self::MertonJumps(model) => model.check(),
            Self::KouJumps(model) => model.check(),
            Self::Heston(model) => model.check(),
            Self::GarchT(model) => model.check(),
            Self::RegimeSwitching(model) => model.check(),
        }
    }

    /// Its name in a file.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GeometricBrownianMotion(_) => "GeometricBrownianMotion",
            Self::OrnsteinUhlenbeck(_) => "OrnsteinUhlenbeck",
            Self::MertonJumps(_) => "MertonJumps",
            Self::KouJumps(_) => "KouJumps",
            Self::Heston(_) => "Heston",
            Self::GarchT(_) => "GarchT",
            Self::RegimeSwitching(_) => "RegimeSwitching",
        }
    }

    /// The process on `grid`; checks the model first.
    pub(super) fn process(&self, grid: &Grid) -> Result<Box<dyn Process>, ModelError> {
        self.check()?;
        Ok(match self {
            Self::GeometricBrownianMotion(model) => Box::new(model.process(grid)),
            Self::OrnsteinUhlenbeck(model) => Box::new(model.process(grid)),
            Self::MertonJumps(model) => Box::new(model.process(grid)),
            Self::KouJumps(model) => Box::new(model.process(grid)),
            Self::Heston(model) => {
                model.check_step(grid)?;
                Box::new(model.process(grid))
            }
            Self::GarchT(model) => Box::new(model.process(grid)?),
            Self::RegimeSwitching(model) => Box::new(model.process(grid)?),
        })
    }
}
