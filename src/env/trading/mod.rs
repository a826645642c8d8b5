//! Trading n assets on historical bars.
//!
//! | file | content |
//! |---|---|
//! | `trading_env` | [`TradingEnv`] = [`Market`] (shared) + [`TradingSpec`] + rows |
//! | `accessors` | what can be read from a [`TradingEnv`] |
//! | `spec` | [`TradingSpec`]: costs, decoding, horizon, shocks, reward |
//! | `reward` | [`RewardRule`]: the trait of a reward; [`Reward`]: the choice in an env file |
//! | `rules` | the immutable part of an environment: checked rules on checked rows |
//! | `market` | [`Market`]: bars, features, normalizer, every clean observation |
//! | `episode` | the order of events within a step |
//! | `history` | the true price path of an episode |
//! | `account`, `fills` | orders, trades, marks, liquidation; fills under limits |
//! | `displacement`, `forced_trades` | state of the transient impact; trades of a margin call |
//! | `interventions` | [`Interventions`]: counts of changed and refused inputs |
//! | `limits` | bars that cannot be traded, and the rules of orders |
//! | `derivative`, `differentiable` | derivatives of a step; the rules that admit them |
//! | `shock_map` | the map from a shock to an observation, with its derivative |
//! | `error` | [`EnvError`] |

mod accessors;
mod account;
mod derivative;
mod differentiable;
mod displacement;
mod episode;
mod error;
mod fills;
mod forced_trades;
mod history;
mod interventions;
mod limits;
mod market;
mod reward;
mod rules;
mod shock_map;
mod spec;
#[cfg(test)]
mod tests;
mod trading_env;

pub use error::EnvError;
pub use interventions::Interventions;
pub use market::Market;
pub use reward::{LogGrowth, PnlMinusRisk, Reward, RewardError, RewardRule, StepView};
pub use spec::TradingSpec;
pub use trading_env::TradingEnv;
