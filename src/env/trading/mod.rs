//! Trading n assets on historical bars.
//!
//! | what | where |
//! |---|---|
//! | the environment | [`TradingEnv`] = [`Market`] (shared) + [`TradingSpec`] + rows |
//! | bars, features, normalizer, every clean observation | [`Market`] |
//! | costs, decoding, horizon, shocks, reward | [`TradingSpec`], [`ShockSpec`], [`Reward`] |
//! | the order of events within a step | `episode` |
//! | the true price path of an episode | `history` |
//! | trades, marks, liquidation | `account` |
//! | from a shock to an observation, with its derivative | [`TradingShockMap`] |

mod account;
mod episode;
mod error;
mod history;
mod market;
mod reward;
mod shock_map;
mod spec;
#[cfg(test)]
mod tests;
mod trading_env;

pub use episode::Interventions;
pub use error::EnvError;
pub use market::{FittedMarket, Market};
pub use reward::{LogGrowth, PnlMinusRisk, Reward, RewardError, RewardRule, StepView};
pub use shock_map::TradingShockMap;
pub use spec::{ShockSpec, TradingSpec};
pub use trading_env::TradingEnv;
