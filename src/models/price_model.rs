//! Price models, as written in an env file.

use super::{
    GarchT, GeometricBrownianMotion, Heston, KouJumps, MertonJumps, ModelError, OrnsteinUhlenbeck,
    RegimeSwitching,
    process::{Grid, Process},
};
use serde::{Deserialize, Serialize};

/// Price model of one asset, e.g. `GeometricBrownianMotion(drift: 0.05, volatility: 0.2)` in RON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum PriceModel {
    /// Draws independent normal log returns. Pick it to compare with closed forms.
    GeometricBrownianMotion(GeometricBrownianMotion),
    /// Draws a log price that reverts to its level. Pick it for a predictable price.
    OrnsteinUhlenbeck(OrnsteinUhlenbeck),
    /// Adds normally distributed jumps to Brownian motion. Pick it for crash risk.
    MertonJumps(MertonJumps),
    /// Adds double-exponential jumps to Brownian motion. Pick it if jumps up and down differ.
    KouJumps(KouJumps),
    /// Draws a stochastic variance. Pick it for volatility that changes continuously.
    Heston(Heston),
    /// Draws volatility clusters with heavy tails. Pick it for bars that resemble real data.
    GarchT(GarchT),
    /// Switches between Gaussian regimes. Pick it for calm and turbulent phases.
    RegimeSwitching(RegimeSwitching),
}

impl PriceModel {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`ModelError`] naming the first invalid parameter.
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

    /// Name of the model in an env file.
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

    /// Checks the model and builds its process on `grid`.
    pub(super) fn process(&self, grid: &Grid) -> Result<Box<dyn Process>, ModelError> {
        self.check()?;
        Ok(match self {
            Self::GeometricBrownianMotion(model) => Box::new(model.process(grid)),
            Self::OrnsteinUhlenbeck(model) => Box::new(model.process(grid)),
            Self::MertonJumps(model) => Box::new(model.process(grid)),
            Self::KouJumps(model) => Box::new(model.process(grid)),
            Self::Heston(model) => Box::new(model.process(grid)?),
            Self::GarchT(model) => Box::new(model.process(grid)?),
            Self::RegimeSwitching(model) => Box::new(model.process(grid)?),
        })
    }
}
