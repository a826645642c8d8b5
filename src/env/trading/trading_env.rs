//! The trading environment: construction, accessors, and its implementation of [`Env`].

use super::{
    EnvError, Interventions, Market, TradingSpec, derivative, differentiable, episode::Episode,
    rules::Rules, shock_map::TradingShockMap,
};
use crate::{
    env::{
        Action, ActionSpace, Differentiable, Env, NotDifferentiable, Order, Shock, ShockMap,
        ShockSpace, Step,
    },
    features::Layout,
    market::Panel,
    rng::{Component, Streams},
};
use rand::Rng as _;
use std::{cell::RefCell, fmt, ops::Range, sync::Arc};

/// Trading n assets on historical bars, without look-ahead and with costs.
///
/// * **Time.** The decision is taken on the observation after bar t closed, and its order is sized
///   there: `units = target weight · x / close_t`, where `close_t` is the true close, which the
///   broker quotes even if the feed misprints it, and x is the equity of t after the estimated
///   costs of trading at `close_t` without a shock. These units are filled at the open of bar t+1,
///   scaled by past jumps, so weights after the fill miss their targets by the move from close to
///   open. The account is marked at the close of bar t+1, then the observation of bar t+1 follows.
/// * **Costs** are always on: fee, half spread, impact, and where the rules say so transient
///   impact, interest, borrow fees and funding ([`crate::market::Costs`]). The impact uses an EWMA
///   volatility up to bar t and the volume of the bar in which the trade is filled. Holding costs
///   accrue on the position before the fill from the end of bar t to the open of bar t+1 (its end
///   minus the bar length), then on the position after the fill.
/// * **Transient impact** ([`crate::market::TransientImpact`]) displaces the price for the trades
///   of the account: an order is sized with the displacement at the close of bar t; its fill and
///   the liquidation at the end pay it. Marks and features keep the prices of the data.
/// * **Fills.** An order for a bar that could not be traded ([`Panel::is_tradable`]) waits and is
///   filled at the open of the next bar that can be traded, unless a newer decision replaces it;
///   meanwhile the account is marked at the stale close. With impact or a participation cap, a bar
///   without volume cannot be traded. [`TradingSpec::orders`] adds a no-trade band, lots, ticks, a
///   smallest order, a participation cap and a maintenance margin. What waits or is dropped is
///   counted.
/// * **Shocks.** `Print`: the observation of bar t+1 is computed from a close multiplied by `e^z`,
///   and fills and marks are clean. The next bar corrects the close, or the history keeps it for as
///   long as features remember ([`crate::env::PrintEnding`]). `Jump`: from the close of bar t+1 on
///   the true price is multiplied by `e^z`. Spread and liquidity multipliers act on all trades of
///   the step.
/// * **Ends.** Equity at or below `ruin_fraction · initial_cash` (or a loss of 99.9 % within one
///   bar) terminates; the last row and the horizon truncate. Either way all positions are closed at
///   the last mark, and the last reward contains the cost; no participation cap, lot or tick limits
///   this. A position in a bar that cannot be traded is closed at its stale close; its impact is
///   that of the newest bar with volume.
/// * **Margin.** Where leverage is admitted, an account that falls below the maintenance margin, or
///   whose equity is used up, is sold at the open, within the bar or at the close at which this
///   happens ([`crate::market::OrderRules::maintenance_margin`]).
/// * **Refusals.** An action that is not finite places no order and is counted
///   ([`TradingEnv::interventions`]); an earlier order may still wait.
///
/// A step after the end changes nothing and gives reward 0. A clone continues the same episode and
/// shares the immutable data.
///
/// ```
/// use shockproof::{
///     bps,
///     env::{Action, Env, Shock, ShockSpec, TradingEnv, TradingSpec},
///     features::FeatureSpec,
///     market::{Bar, Panel},
/// };
/// # use chrono::{TimeDelta, TimeZone, Utc};
/// # let bar = |t: i32| {
/// #     let close = 100.0 + f64::from(t % 7);
/// #     Bar { open: close, high: close + 1.0, low: close - 1.0, close, volume: 1e6 }
/// # };
/// # let start = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap();
/// # let ends: Vec<_> = (0..300).map(|t| start + TimeDelta::hours(t)).collect();
/// # let (symbols, bars) = (vec!["BTC".into()], (0..300).map(bar).collect());
/// # let panel = Panel::new(symbols, ends, bars, TimeDelta::hours(1))?;
///
/// let mut spec = TradingSpec::new(vec![FeatureSpec::Rsi { period: 14 }]);
/// spec.shocks = ShockSpec::prints(bps!(50.0));
/// let mut env = TradingEnv::fit(panel, spec, 0..200)?; // trains on rows 0 to 199
/// let shock = Shock { price_bps: &[-50.0], ..Shock::NONE };
/// let step = env.step(Action::Continuous(&[0.5]), shock);
/// assert!(step.reward.is_finite());
/// let test = env.over(200..300)?; // same market, same normalizer
/// assert_eq!(test.first_row(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TradingEnv {
    pub(super) rules: Arc<Rules>,
    pub(super) episode: Episode,
    pub(super) interventions: Interventions,
    pub(super) observation: Vec<f32>,
    features: Vec<f64>,
    preview: Box<RefCell<Preview>>,
}

impl fmt::Debug for TradingEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TradingEnv")
            .field("spec", &self.rules.spec)
            .field("episode", &self.episode)
            .finish_non_exhaustive()
    }
}

/// Working memory of previews.
#[derive(Debug, Clone)]
struct Preview {
    episode: Episode,
    account: Vec<f32>,
}

impl TradingEnv {
    /// Builds an environment over `rows` and fits the normalizer of `panel` on them. Pass training
    /// rows; [`TradingEnv::over`] makes environments over other rows.
    ///
    /// # Errors
    /// As [`Market::fit`] and [`TradingEnv::new`].
    pub fn fit(panel: Panel, spec: TradingSpec, rows: Range<usize>) -> Result<Self, EnvError> {
        let market = Market::fit(panel, &spec.features, rows.clone())?;
        Self::new(Arc::new(market), spec, rows)
    }

    /// Builds an environment over other rows of the same market and rules, e.g. for a backtest.
    ///
    /// # Errors
    /// [`EnvError`] for rows outside the panel, too few of them, or rows with invalid data.
    pub fn over(&self, rows: Range<usize>) -> Result<Self, EnvError> {
        Self::new(Arc::clone(self.market()), self.spec().clone(), rows)
    }

    /// Builds an environment over `rows` of the market's panel and resets it with seed 0. Warm-up
    /// bars may lie before the rows.
    ///
    /// # Errors
    /// [`EnvError`]: an invalid spec, a market made for other features, rows outside the panel or
    /// too few of them, a feature that is not finite, or an asset that can never be traded.
    pub fn new(
        market: Arc<Market>,
        spec: TradingSpec,
        rows: Range<usize>,
    ) -> Result<Self, EnvError> {
        let rules = Rules::new(market, spec, rows)?;
        let episode = Episode::new(&rules.market);
        let mut env = Self {
            preview: Box::new(RefCell::new(Preview {
                episode: episode.clone(),
                account: vec![0.0; rules.layout.account.len()],
            })),
            episode,
            interventions: Interventions::default(),
            observation: vec![0.0; rules.layout.n_fields()],
            features: vec![0.0; rules.layout.market.len()],
            rules: Arc::new(rules),
        };
        env.reset(0);
        Ok(env)
    }

    /// Plays one step with an order, e.g. target weights that no action can express (baselines).
    pub fn play(&mut self, order: Order<'_>, shock: Shock<'_>) -> Step<'_> {
        let mut reward = 0.0;
        if !self.episode.outcome.is_over() {
            self.episode
                .play(&self.rules, order, shock, &mut self.interventions);
            reward = self.rules.reward.reward(&self.episode.step_view());
            self.observe();
        }
        Step {
            observation: &self.observation,
            reward,
            outcome: self.episode.outcome,
        }
    }

    fn observe(&mut self) {
        let Self {
            rules,
            episode,
            features,
            observation,
            ..
        } = self;
        episode.observe(rules, features, observation);
    }
}

impl Env for TradingEnv {
    fn layout(&self) -> &Layout {
        &self.rules.layout
    }

    fn action_space(&self) -> &ActionSpace {
        &self.rules.action_space
    }

    fn shock_space(&self) -> &ShockSpace {
        &self.rules.shock_space
    }

    fn reset(&mut self, seed: u64) -> &[f32] {
        let rules = &*self.rules;
        let rows = match rules.spec.horizon {
            None => rules.first_row..=rules.last_row,
            Some(horizon) => {
                let mut rng = Streams::new(seed).stream(Component::Market, 0);
                let start = rng.gen_range(rules.first_row..=rules.last_row - horizon);
                start..=start + horizon
            }
        };
        self.episode.reset(rules, rows);
        self.observe();
        &self.observation
    }

    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_> {
        self.play(Order::Action(action), shock)
    }

    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        Some(Arc::new(TradingShockMap::new(
            Arc::clone(&self.rules.market),
            self.rules.layout.account.len(),
            self.rules.spec.allocation.max_gross(),
            self.rules.shock_space.kind,
        )))
    }

    fn snapshot(&self, out: &mut [f64]) {
        let account = &mut self.preview.borrow_mut().account;
        self.episode.snapshot(&self.rules, account, out);
    }

    fn preview(&self, action: Action<'_>, out: &mut [f64]) {
        let Preview { episode, account } = &mut *self.preview.borrow_mut();
        episode.copy_from(&self.rules, &self.episode);
        let mut uncounted = Interventions::default();
        let order = Order::Action(action);
        if !episode.outcome.is_over() {
            episode.play(&self.rules, order, Shock::NONE, &mut uncounted);
        }
        episode.snapshot(&self.rules, account, out);
    }

    fn differentiable(&self) -> Result<Differentiable, NotDifferentiable> {
        differentiable::shape(&self.rules)
    }

    fn step_derivative(&self, action: Action<'_>, out: &mut [f64]) {
        derivative::write(&self.rules, &self.episode, action, out);
    }

    fn n_refused(&self) -> u64 {
        self.interventions.refused_actions
    }
}
