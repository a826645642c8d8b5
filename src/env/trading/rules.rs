//! The immutable part of a trading environment: checked rules on checked rows.

use super::{EnvError, Market, TradingSpec, limits::Limits, reward::Scorer};
use crate::{
    env::{ActionSpace, ShockSpace},
    features::Layout,
    market::{Allocation, CostTerms},
};
use std::{ops::Range, sync::Arc};

/// Immutable part of an environment, which its copies share.
pub(super) struct Rules {
    pub(super) market: Arc<Market>,
    pub(super) spec: TradingSpec,
    pub(super) costs: CostTerms,
    /// Limits on fills; `None` if every order is filled in full at the next open.
    pub(super) limits: Option<Limits>,
    pub(super) reward: Scorer,
    pub(super) layout: Layout,
    pub(super) action_space: ActionSpace,
    pub(super) shock_space: ShockSpace,
    /// First row on which a decision can be taken.
    pub(super) first_row: usize,
    /// Last row: the account is marked, no decision is taken.
    pub(super) last_row: usize,
}

impl Rules {
    pub(super) fn new(
        market: Arc<Market>,
        spec: TradingSpec,
        rows: Range<usize>,
    ) -> Result<Self, EnvError> {
        spec.check()?;
        if market.pipeline().specs() != spec.features {
            return Err(EnvError::ForeignMarket);
        }
        let decisions = decision_rows(&market, &spec, rows)?;
        check_rows(&market, decisions.clone())?;
        check_gross(&spec.allocation, market.panel().n_assets())?;
        let limits = Limits::new(&market, &spec, &decisions)?;
        let (symbols, n_assets) = (market.panel().symbols(), market.panel().n_assets());
        spec.costs.check_assets(n_assets)?;
        let costs = spec.costs.terms_with(market.panel().signal_names())?;
        costs.check_signals(market.panel())?;
        Ok(Self {
            layout: Layout::new(market.pipeline(), &spec.account, symbols)?,
            action_space: action_space(&spec.allocation, n_assets),
            shock_space: spec.shocks.space(n_assets),
            costs,
            limits,
            reward: spec.reward.scorer()?,
            first_row: decisions.start,
            last_row: decisions.end,
            market,
            spec,
        })
    }

    /// Tradability of the bars of `row`, `[n_assets]`; empty if all are tradable.
    #[inline]
    pub(super) fn tradable(&self, row: usize) -> &[bool] {
        self.limits.as_ref().map_or(&[], |limits| limits.row(row))
    }

    #[inline]
    pub(super) fn is_tradable(&self, row: usize, asset: usize) -> bool {
        let limits = self.limits.as_ref();
        limits.is_none_or(|limits| limits.is_tradable(row, asset))
    }
}

/// Refuses leverage that no action can reach.
fn check_gross(allocation: &Allocation, n_assets: usize) -> Result<(), EnvError> {
    #[allow(clippy::cast_precision_loss, reason = "counts of assets")]
    let most = n_assets as f64 * allocation.largest();
    let found = allocation.max_gross();
    if found <= most.max(1.0) * (1.0 + 1e-9) {
        return Ok(());
    }
    Err(EnvError::GrossNeverBinds {
        found,
        n_assets,
        most,
    })
}

fn action_space(allocation: &Allocation, n_assets: usize) -> ActionSpace {
    match allocation {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "actions are f32 by contract"
        )]
        Allocation::Weights { low, high, .. } => ActionSpace::Continuous {
            n_dims: n_assets,
            low: *low as f32,
            high: *high as f32,
        },
        Allocation::Levels { .. } => ActionSpace::Categorical {
            n_dims: n_assets,
            levels: allocation.level_names(),
        },
    }
}

/// Rows on which decisions are taken. On the row at the end of the range the account is marked.
fn decision_rows(
    market: &Market,
    spec: &TradingSpec,
    Range { start, end }: Range<usize>,
) -> Result<Range<usize>, EnvError> {
    let n_bars = market.panel().n_bars();
    if start >= end || end > n_bars {
        return Err(EnvError::Rows {
            from: start,
            to: end,
            n_bars,
        });
    }
    let warm_up = spec.warm_up(market.pipeline());
    let first = start.max(warm_up);
    let found = (end - 1).saturating_sub(first);
    let expected = spec.horizon.unwrap_or(1);
    if found < expected {
        return Err(EnvError::TooShort {
            from: start,
            to: end,
            found,
            expected,
            warm_up,
        });
    }
    Ok(first..end - 1)
}

/// Checks the features of all rows that an episode can use.
fn check_rows(market: &Market, decisions: Range<usize>) -> Result<(), EnvError> {
    for row in decisions.start..=decisions.end {
        let observation = market.observation(row).iter();
        for (found, field) in observation.zip(market.pipeline().fields()) {
            if !found.is_finite() {
                return Err(EnvError::Feature {
                    field: field.name.clone(),
                    row,
                    found: *found,
                });
            }
        }
    }
    Ok(())
}
