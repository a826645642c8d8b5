//! Limits on fills: bars that cannot be traded, and the rules of orders.

use super::{EnvError, Market, TradingSpec};
use crate::market::{Bar, OrderRules, Panel};
use std::ops::Range;

/// Limits on the fills of an environment; it has none if every bar can be traded, every rule is off
/// and positions cannot exceed the equity.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    pub(super) rules: OrderRules,
    n_assets: usize,
    /// Tradability of each bar, row-major `[n_bars, n_assets]`; empty if every bar is tradable.
    tradable: Vec<bool>,
    /// Newest positive volume up to each row, `[n_bars, n_assets]`, infinite before the first;
    /// empty if no cost or rule needs volumes or no volume is missing.
    volumes: Vec<f64>,
}

impl Limits {
    /// Limits of an environment with these rows; `None` if nothing is limited.
    ///
    /// A bar without volume cannot be traded if costs or rules need its volume.
    pub(super) fn new(
        market: &Market,
        spec: &TradingSpec,
        decisions: &Range<usize>,
    ) -> Result<Option<Self>, EnvError> {
        let panel = market.panel();
        spec.orders.check_counts(panel.symbols())?;
        let needs_volume = spec.costs.has_impact() || spec.orders.max_participation.is_some();
        let lacks_volume = needs_volume && panel.bars().iter().any(|bar| bar.volume <= 0.0);
        let is_leveraged = spec.allocation.max_gross() > 1.0;
        let no_rules = spec.orders.is_off() && !is_leveraged;
        if panel.is_always_tradable() && !lacks_volume && no_rules {
            return Ok(None);
        }
        let mut limits = Self {
            rules: spec.orders.clone(),
            n_assets: panel.n_assets(),
            tradable: Vec::new(),
            volumes: Vec::new(),
        };
        if lacks_volume {
            limits.volumes = newest_volumes(panel);
        }
        if lacks_volume || !panel.is_always_tradable() {
            limits.tradable = tradable(panel, lacks_volume);
            limits.check_rows(panel, decisions)?;
        }
        limits.check_ticks(panel, decisions)?;
        limits.check_sizes(panel, decisions, spec)?;
        Ok(Some(limits))
    }

    /// Tradability of the bars of `row`, `[n_assets]`; empty if all are tradable.
    #[inline]
    pub(super) fn row(&self, row: usize) -> &[bool] {
        let flags = row * self.n_assets..(row + 1) * self.n_assets;
        self.tradable.get(flags).unwrap_or_default()
    }

    #[inline]
    pub(super) fn is_tradable(&self, row: usize, asset: usize) -> bool {
        let flag = self.tradable.get(row * self.n_assets + asset);
        flag.is_none_or(|&is_tradable| is_tradable)
    }

    /// Volume of the asset's newest bar with volume, known at the end of `row`.
    #[inline]
    pub(super) fn volume(&self, row: usize, asset: usize, bar: &Bar) -> f64 {
        let newest = self.volumes.get(row * self.n_assets + asset);
        newest.copied().unwrap_or(bar.volume)
    }

    /// Volume of the asset's newest bar with volume up to `row`; 0 before the first.
    #[inline]
    pub(super) fn known_volume(&self, panel: &Panel, row: usize, asset: usize) -> f64 {
        let volume = self.volume(row, asset, &panel.row(row)[asset]);
        if volume.is_finite() { volume } else { 0.0 }
    }

    /// Requires for each asset a row in which an order can be filled.
    fn check_rows(&self, panel: &Panel, decisions: &Range<usize>) -> Result<(), EnvError> {
        let fills = decisions.start + 1..decisions.end + 1;
        let never = |&asset: &usize| !fills.clone().any(|row| self.is_tradable(row, asset));
        let Some(asset) = (0..self.n_assets).find(never) else {
            return Ok(());
        };
        let lacks_volume_only = fills.clone().any(|row| panel.is_tradable(row, asset));
        Err(EnvError::NeverTradable {
            symbol: panel.symbols()[asset].clone(),
            from: fills.start,
            to: fills.end,
            reason: if lacks_volume_only {
                "its bars have no volume, which costs.impact_coefficient, costs.transient_impact \
                 or orders.max_participation needs: leave them out"
            } else {
                "its bars fill gaps, or have no volume in a file that has volumes: choose other \
                 spans"
            },
        })
    }

    /// Refuses a lot or a smallest order that the initial cash cannot pay for.
    fn check_sizes(
        &self,
        panel: &Panel,
        decisions: &Range<usize>,
        spec: &TradingSpec,
    ) -> Result<(), EnvError> {
        let most = spec.allocation.max_gross() * spec.initial_cash;
        let refuse = |field, found| Err(EnvError::NeverAffordable { field, found, most });
        if self.rules.min_notional > most {
            return refuse("min_notional", self.rules.min_notional);
        }
        for (asset, &lot) in self.rules.lots.iter().enumerate() {
            let closes = decisions.clone().map(|row| panel.row(row)[asset].close);
            let value = lot * closes.fold(f64::INFINITY, f64::min);
            if value > most {
                return refuse("lots", value);
            }
        }
        Ok(())
    }

    /// Refuses a tick above the lowest price, at which a sale would earn nothing.
    fn check_ticks(&self, panel: &Panel, decisions: &Range<usize>) -> Result<(), EnvError> {
        for (asset, &found) in self.rules.ticks.iter().enumerate() {
            let lows = (decisions.start..=decisions.end).map(|row| panel.row(row)[asset].low);
            let lowest = lows.fold(f64::INFINITY, f64::min);
            if found > lowest {
                return Err(EnvError::Tick {
                    symbol: panel.symbols()[asset].clone(),
                    found,
                    lowest,
                });
            }
        }
        Ok(())
    }
}

fn tradable(panel: &Panel, needs_volume: bool) -> Vec<bool> {
    let n_assets = panel.n_assets();
    let flag = |(k, bar): (usize, &Bar)| {
        panel.is_tradable(k / n_assets, k % n_assets) && (!needs_volume || bar.volume > 0.0)
    };
    panel.bars().iter().enumerate().map(flag).collect()
}

fn newest_volumes(panel: &Panel) -> Vec<f64> {
    let mut newest = vec![f64::INFINITY; panel.n_assets()];
    let mut volumes = Vec::with_capacity(panel.bars().len());
    for row in panel.bars().chunks_exact(panel.n_assets()) {
        for (newest, bar) in newest.iter_mut().zip(row) {
            if bar.volume > 0.0 {
                *newest = bar.volume;
            }
        }
        volumes.extend_from_slice(&newest);
    }
    volumes
}
