//! Exact derivatives of a step by the action and by the weights before it.
//!
//! Costs are proportional, so nothing depends on the size of the account, and its state is the
//! vector w of weights at the close of bar t. In units of the equity `E_t`, with prices p (close of
//! t), q (open of t+1), p' (close of t+1), cost rates c (fee + half spread; c̃ under the spread
//! multiplier of the shock) and the raw action a, a step computes, all sums over assets,
//!
//! ```text
//! y_i = clamp(a_i, low, high)    G = Σ |y_i|    s = min(1, max_gross / G)
//! τ_i = s y_i                                                          targets
//! x + Σ c_i |τ_i x − w_i| = 1                                          equity after costs
//! n_i = τ_i x / p_i    h_i = w_i / p_i                                 units ordered and held
//! e   = 1 + Σ [ h_i (q_i − p_i) + n_i (p'_i − q_i) − c̃_i q_i |n_i − h_i| ]
//! w'_i = n_i p'_i / e
//! ```
//!
//! and at the end of an episode e loses the liquidation's `Σ c̃_i p'_i |n_i|`, and the weights that
//! are observed become 0. The equation of x gives its derivative implicitly: with
//! `σ_i = sign(n_i − h_i)` and `D = 1 + Σ c_i σ_i τ_i`,
//!
//! ```text
//! dx = Σ c_i σ_i (dw_i − x dτ_i) / D
//! dτ_i = m_i s da_i − (τ_i / G) Σ_j m_j sign(y_j) da_j      (the sum only where G > max_gross)
//! de = Σ [ dw_i (q_i − p_i + c̃_i q_i σ_i) / p_i + dn_i (p'_i − q_i − c̃_i q_i σ_i) ]
//! dw'_i = (p'_i dn_i − w'_i de) / e
//! ```
//!
//! with `m_i` = 1 where low ≤ `a_i` ≤ high, else 0. The reward adds `de / e` (log growth) or
//! `(1 − λ (e − 1)) de` (quadratic utility).
//!
//! **Kinks.** A trade of value 0 has cost slope 0, which lies between its one-sided slopes ±c; a
//! weight of 0 has slope 0 in the gross sum. At `G = max_gross` the derivative is that of the slack
//! side, at a bound of the clamp that of the inside. A growth at the floor of the log has slope 0.
//!
//! **Held fixed.** The shock does not follow the agent, as at the optimum of an adversary (envelope
//! theorem); nor does the outcome. A step in which the account is sold because its equity is used
//! up has derivatives 0.

use super::{
    episode::Episode,
    reward::{LogGrowth, Reward},
    rules::Rules,
};
use crate::{env::Action, market::Allocation};

/// Writes the derivatives of the last step, which played `action`, as a row of
/// [`Differentiable::row_len`](crate::env::Differentiable::row_len) numbers.
pub(super) fn write(rules: &Rules, episode: &Episode, action: Action<'_>, out: &mut [f64]) {
    out.fill(0.0);
    let step = PlayedStep { rules, episode };
    let (Action::Continuous(raw), false) = (action, step.is_sold()) else {
        return;
    };
    let n_assets = step.n_assets();
    let (reward, weights) = out.split_at_mut(2 * n_assets);
    let (reward_by_action, reward_by_weights) = reward.split_at_mut(n_assets);
    let (weights_by_action, weights_by_weights) = weights.split_at_mut(n_assets * n_assets);
    let (order, result) = (step.order(raw), step.result());
    for j in 0..n_assets {
        let cause = step.action_moves(&order, raw, j);
        reward_by_action[j] = step.add_column(&result, &cause, j, weights_by_action);
        let cause = step.weight_moves(&order, j);
        reward_by_weights[j] = step.add_column(&result, &cause, j, weights_by_weights);
    }
}

/// A step that was played, read from the episode after it.
#[derive(Clone, Copy)]
struct PlayedStep<'a> {
    rules: &'a Rules,
    episode: &'a Episode,
}

/// One asset in the step, in units of the equity before it.
struct Asset {
    close: f64,
    open: f64,
    close_tp1: f64,
    weight: f64,
    target: f64,
    /// Units after the fill, n.
    units: f64,
    /// Direction of the trade, σ.
    direction: f64,
    /// Cost rate of the trader's estimate, c.
    estimated_rate: f64,
    /// Cost rate of the step, c̃.
    rate: f64,
}

/// Decoding and sizing of the step's order.
enum SizedOrder {
    /// A refused action: the units stayed as they were.
    Held,
    /// An order for targets.
    Placed {
        low: f64,
        high: f64,
        /// Factor s of the gross bound.
        scale: f64,
        /// 1 / G where the gross bound binds, else 0.
        per_gross: f64,
        /// Equity x after the estimated costs.
        left: f64,
        /// 1 / D; 0 where no equity was left.
        per_slope: f64,
        /// Sum `Σ_k τ_k dx/dτ_k`.
        drag: f64,
    },
}

/// Changes per unit of one input j: `dn_i = δ_ij own + (τ_i / p_i) left`, and the part `held` of de
/// that the units before the step cause.
struct Cause {
    own: f64,
    left: f64,
    held: f64,
}

/// Slopes of the step's result by equity and units.
struct StepResult {
    /// Derivative of the reward by the growth e.
    reward_slope: f64,
    /// Sum over assets of `(τ_i / p_i) ∂e/∂n_i`, liquidation included.
    equity_by_left: f64,
    /// 1 / e while the episode runs, 0 after its end, where the weights observed are 0.
    per_equity: f64,
}

impl PlayedStep<'_> {
    fn n_assets(&self) -> usize {
        self.rules.market.panel().n_assets()
    }

    /// Returns true if the account was sold because its equity was used up.
    fn is_sold(&self) -> bool {
        let account = &self.episode.account;
        let mut equity = 1.0;
        for i in 0..self.n_assets() {
            let asset = self.asset(i);
            equity += asset.weight * (asset.open / asset.close - 1.0);
        }
        equity.is_nan()
            || equity <= 0.0
            || account.forced.units.iter().any(|units| units.abs() > 0.0)
    }

    #[inline]
    fn asset(&self, i: usize) -> Asset {
        let (episode, rules) = (self.episode, self.rules);
        let (before, newest) = (&episode.account.before, &episode.account.newest);
        let units = episode.account.filled_units()[i] / before.equity;
        let (close, weight) = (before.closes[i], before.weights[i]);
        Asset {
            close,
            open: episode.history.bars(&rules.market)[i].open,
            close_tp1: newest.closes[i],
            weight,
            target: episode.targets[i],
            units,
            direction: sign(units - weight / close),
            estimated_rate: rules.costs.proportional(i, 1.0),
            rate: rules.costs.proportional(i, episode.shock.spread_multiplier),
        }
    }

    /// The order of the raw action. `left` follows from the sized units, `Σ |n_i| p_i = x Σ |τ_i|`;
    /// where all targets are 0, x is 1 minus the cost of selling.
    fn order(&self, raw: &[f32]) -> SizedOrder {
        let Allocation::Weights {
            low,
            high,
            max_gross,
        } = self.rules.spec.allocation
        else {
            return SizedOrder::Held;
        };
        if raw.len() != self.n_assets() || raw.iter().any(|x| !x.is_finite()) {
            return SizedOrder::Held;
        }
        let clamped = raw.iter().map(|x| f64::from(*x).clamp(low, high).abs());
        let gross: f64 = clamped.sum();
        let is_bound = gross > max_gross;
        let (mut wanted, mut ordered, mut sale, mut slope) = (0.0, 0.0, 1.0, 1.0);
        for i in 0..self.n_assets() {
            let asset = self.asset(i);
            wanted += asset.target.abs();
            ordered += asset.units.abs() * asset.close;
            sale -= asset.estimated_rate * asset.weight.abs();
            slope += asset.estimated_rate * asset.direction * asset.target;
        }
        let left = if wanted > 0.0 { ordered / wanted } else { sale };
        let per_slope = if left > 0.0 { 1.0 / slope } else { 0.0 };
        SizedOrder::Placed {
            low,
            high,
            scale: if is_bound { max_gross / gross } else { 1.0 },
            per_gross: if is_bound { 1.0 / gross } else { 0.0 },
            left,
            per_slope,
            drag: (1.0 - slope) * left * per_slope,
        }
    }

    fn result(&self) -> StepResult {
        let episode = self.episode;
        let growth = episode.account.newest.equity / episode.account.before.equity;
        let reward_slope = match self.rules.spec.reward {
            Reward::LogGrowth if growth > LogGrowth::FLOOR => 1.0 / growth,
            Reward::PnlMinusRisk { risk_aversion } => 1.0 - risk_aversion * (growth - 1.0),
            Reward::LogGrowth | Reward::Own(_) => 0.0,
        };
        let mut equity_by_left = 0.0;
        for i in 0..self.n_assets() {
            let asset = self.asset(i);
            equity_by_left += asset.target / asset.close * self.equity_by_units(&asset);
        }
        StepResult {
            reward_slope,
            equity_by_left,
            per_equity: if episode.outcome.is_over() {
                0.0
            } else {
                1.0 / growth
            },
        }
    }

    /// Slope ∂e/∂n of one asset, liquidation included.
    #[inline]
    fn equity_by_units(&self, asset: &Asset) -> f64 {
        let trade = asset.close_tp1 - asset.open - asset.rate * asset.open * asset.direction;
        if self.episode.outcome.is_over() {
            trade - asset.rate * asset.close_tp1 * sign(asset.units)
        } else {
            trade
        }
    }

    /// Changes per unit of the raw action of asset `j`.
    fn action_moves(&self, order: &SizedOrder, raw: &[f32], j: usize) -> Cause {
        let nothing = Cause {
            own: 0.0,
            left: 0.0,
            held: 0.0,
        };
        let SizedOrder::Placed {
            low,
            high,
            scale,
            per_gross,
            left,
            per_slope,
            drag,
        } = *order
        else {
            return nothing;
        };
        let (asset, x) = (self.asset(j), f64::from(raw[j]));
        if !(low..=high).contains(&x) {
            return nothing;
        }
        let left_by_target = -asset.estimated_rate * asset.direction * left * per_slope;
        Cause {
            own: scale * left / asset.close,
            left: scale * left_by_target - per_gross * sign(x) * (drag + left),
            held: 0.0,
        }
    }

    /// Changes per unit of the weight of asset `j` before the step.
    fn weight_moves(&self, order: &SizedOrder, j: usize) -> Cause {
        let asset = self.asset(j);
        let trade = asset.rate * asset.direction * asset.open;
        let held = (asset.open - asset.close + trade) / asset.close;
        match *order {
            SizedOrder::Held => Cause {
                own: 1.0 / asset.close,
                left: 0.0,
                held,
            },
            SizedOrder::Placed { per_slope, .. } => Cause {
                own: 0.0,
                left: asset.estimated_rate * asset.direction * per_slope,
                held,
            },
        }
    }

    /// Writes column `j` of `∂w'/∂(input)` and returns the derivative of the reward.
    fn add_column(&self, result: &StepResult, cause: &Cause, j: usize, columns: &mut [f64]) -> f64 {
        let own = self.equity_by_units(&self.asset(j));
        let equity = cause.own * own + cause.left * result.equity_by_left + cause.held;
        let n_assets = self.n_assets();
        let weights = &self.episode.account.newest.weights;
        for (i, weight) in weights.iter().enumerate() {
            let asset = self.asset(i);
            let mut units = cause.left * asset.target / asset.close;
            if i == j {
                units += cause.own;
            }
            columns[i * n_assets + j] =
                (asset.close_tp1 * units - weight * equity) * result.per_equity;
        }
        equity * result.reward_slope
    }
}

/// Sign of x; 0 for both zeros.
fn sign(x: f64) -> f64 {
    if x.abs() > 0.0 { x.signum() } else { 0.0 }
}
