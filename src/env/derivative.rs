//! Derivatives of a step, for learners that differentiate profit through the environment.

/// Shape of the derivatives of one step, and the fields of an observation that depend on the
/// account.
///
/// The state that a step changes is the vector w of weights at the mark, `[n_assets]`; prices do
/// not follow the agent. One row holds, in this order and row-major, `∂r/∂a [n_assets]`, `∂r/∂w
/// [n_assets]`, `∂w'/∂a [n_assets, n_assets]` and `∂w'/∂w [n_assets, n_assets]`: r is the reward,
/// a the action, w' the weights that the next observation shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Differentiable {
    /// Number of assets, entries of an action and weights.
    pub n_assets: usize,
    /// Fields of an observation that depend on the weights; empty if none does.
    pub observed: Vec<Observed>,
}

/// Derivative `factor = ∂o[column] / ∂w[asset]` of an observation by the weights, a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// Index of the field in the observation.
    pub column: usize,
    /// Index of the asset.
    pub asset: usize,
    /// Derivative of the field by the weight.
    pub factor: f64,
}

/// Derivatives of one step, as slices of a row.
#[derive(Debug, Clone, Copy)]
pub struct StepDerivative<'a> {
    /// `∂r/∂a`, `[n_assets]`. Unit: reward per unit of action.
    pub reward_by_action: &'a [f64],
    /// `∂r/∂w`, `[n_assets]`. Unit: reward per unit of weight.
    pub reward_by_weights: &'a [f64],
    /// `∂w'/∂a`, row-major `[n_assets, n_assets]`.
    pub weights_by_action: &'a [f64],
    /// `∂w'/∂w`, row-major `[n_assets, n_assets]`.
    pub weights_by_weights: &'a [f64],
}

impl Differentiable {
    /// Length of one row.
    #[must_use]
    pub const fn row_len(&self) -> usize {
        2 * self.n_assets * (1 + self.n_assets)
    }

    /// Parts of a row of length [`Differentiable::row_len`].
    #[must_use]
    pub fn parts<'a>(&self, row: &'a [f64]) -> StepDerivative<'a> {
        let (n, square) = (self.n_assets, self.n_assets * self.n_assets);
        let (reward, weights) = row.split_at(2 * n);
        StepDerivative {
            reward_by_action: &reward[..n],
            reward_by_weights: &reward[n..],
            weights_by_action: &weights[..square],
            weights_by_weights: &weights[square..],
        }
    }
}

/// Reason why an environment has no derivatives of its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotDifferentiable {
    /// An environment that does not state its derivatives, e.g. one with arrivals and fills by
    /// chance.
    #[error("the environment does not state the derivatives of its step; train with Ppo")]
    Environment,
    /// Positions that are levels.
    #[error("allocation: found Levels, expected Weights for Pathwise; train with Ppo")]
    Levels,
    /// Rules of orders.
    #[error("orders: found rules of orders, expected none for Pathwise; train with Ppo")]
    Orders,
    /// Bars that cannot be traded.
    #[error(
        "found bars that cannot be traded, in which orders wait; expected none for Pathwise; train \
         with Ppo"
    )]
    Untradable,
    /// Costs that are not proportional to the traded value.
    #[error(
        "costs: found impact or own terms, expected fee and half_spread only for Pathwise; train \
         with Ppo"
    )]
    Impact,
    /// Costs of holding a position.
    #[error(
        "costs: found costs of holding, expected fee and half_spread only for Pathwise; train with \
         Ppo"
    )]
    Holding,
    /// A reward from outside the crate.
    #[error("reward: found Own, expected LogGrowth or PnlMinusRisk for Pathwise; train with Ppo")]
    Reward,
    /// An account feature that depends on more than the weights.
    #[error("account: found Unrealized, expected other features for Pathwise; train with Ppo")]
    Unrealized,
}
