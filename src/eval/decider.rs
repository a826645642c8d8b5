//! Who decides in a backtest.

use super::EvalError;
use crate::{
    agent::{Choice, Network, PolicyFile, Scratch},
    env::{Action, Order},
};
use chrono::{DateTime, Utc};

/// What a decider may look at: everything up to the close of the newest bar, as it was shown.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The observation after the newest bar, `[layout.n_fields()]`.
    pub observation: &'a [f32],
    /// Closes of the newest bar as shown, misprints included, `[n_assets]`. Unit: quote currency.
    pub closes: &'a [f64],
    /// End of the newest bar.
    pub end: DateTime<Utc>,
}

/// A policy or a baseline.
pub trait Decider {
    /// Its name in ledgers and tables.
    fn name(&self) -> &str;

    /// Seed of its training; 0 where nothing was trained.
    fn seed(&self) -> u64 {
        0
    }

    /// Begins an episode. `past_closes [n_rows, n_assets]` row-major: the closes before the first bar it will decide on.
    fn begin(&mut self, n_assets: usize, past_closes: &[f64]);

    /// What to hold from the next open on. Called once per bar, in order.
    ///
    /// # Errors
    /// [`EvalError::NonFinite`] where the decision is no number.
    fn decide(&mut self, sight: Sight<'_>) -> Result<Order<'_>, EvalError>;
}

/// A trained policy, deciding as the deployed bot does: [`Network::choose`], without exploration.
#[derive(Debug, Clone)]
pub struct PolicyDecider {
    name: String,
    seed: u64,
    network: Network,
    scratch: Scratch,
}

impl PolicyDecider {
    /// # Errors
    /// [`EvalError::Policy`] for a file that cannot be used.
    pub fn new(file: &PolicyFile) -> Result<Self, EvalError> {
        let name = file.header.method.clone();
        let refuse = |fault| EvalError::Policy {
            policy: name.clone(),
            fault,
        };
        file.check().map_err(refuse)?;
        let network = Network::new(file).map_err(refuse)?;
        Ok(Self {
            scratch: network.scratch(),
            seed: file.header.seed,
            network,
            name,
        })
    }

    /// The action for one observation that ended at `end`.
    ///
    /// # Errors
    /// [`EvalError::NonFinite`] where the network computes NaN or infinity.
    pub fn act(
        &mut self,
        observation: &[f32],
        end: DateTime<Utc>,
    ) -> Result<Action<'_>, EvalError> {
        match self.network.choose(observation, &mut self.scratch) {
            Ok(Choice::Continuous(raw)) => Ok(Action::Continuous(raw)),
            Ok(Choice::Categorical(levels)) => Ok(Action::Categorical(levels)),
            Err(fault) => Err(EvalError::NonFinite {
                policy: self.name.clone(),
                timestamp: end.to_rfc3339(),
                fault,
            }),
        }
    }
}

impl Decider for PolicyDecider {
    fn name(&self) -> &str {
        &self.name
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn begin(&mut self, _n_assets: usize, _past_closes: &[f64]) {}

    fn decide(&mut self, sight: Sight<'_>) -> Result<Order<'_>, EvalError> {
        self.act(sight.observation, sight.end).map(Order::Action)
    }
}
