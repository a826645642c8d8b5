//! Rules under which a step has derivatives, and the observed fields that depend on the weights.

use super::{reward::Reward, rules::Rules};
use crate::env::{Differentiable, NotDifferentiable, Observed};
use crate::{features::AccountFeature, market::Allocation};

/// Shape of the derivatives under `rules`, or the reason why there are none.
pub(super) fn shape(rules: &Rules) -> Result<Differentiable, NotDifferentiable> {
    let (spec, costs) = (&rules.spec, &rules.costs);
    let decision_rows = rules.first_row..=rules.last_row;
    let reasons = [
        (
            matches!(spec.allocation, Allocation::Levels { .. }),
            NotDifferentiable::Levels,
        ),
        (!spec.orders.is_off(), NotDifferentiable::Orders),
        (
            decision_rows
                .into_iter()
                .any(|row| rules.tradable(row).contains(&false)),
            NotDifferentiable::Untradable,
        ),
        (costs.needs_depth(), NotDifferentiable::Impact),
        (costs.charges_holding(), NotDifferentiable::Holding),
        (
            matches!(spec.reward, Reward::Own(_)),
            NotDifferentiable::Reward,
        ),
        (
            spec.account.contains(&AccountFeature::Unrealized),
            NotDifferentiable::Unrealized,
        ),
    ];
    if let Some((_, reason)) = reasons.into_iter().find(|(is_met, _)| *is_met) {
        return Err(reason);
    }
    let n_assets = rules.market.panel().n_assets();
    Ok(Differentiable {
        n_assets,
        observed: observed(&spec.account, rules.layout.market.len(), n_assets),
    })
}

/// Fields of the observation that depend on the weights; `column` is the first account field.
/// Cash over equity is 1 minus the sum of the weights.
fn observed(account: &[AccountFeature], mut column: usize, n_assets: usize) -> Vec<Observed> {
    let mut all = Vec::new();
    for feature in account {
        let depends = |asset| match feature {
            AccountFeature::Weights => Some((column + asset, 1.0)),
            AccountFeature::Cash => Some((column, -1.0)),
            _ => None,
        };
        all.extend((0..n_assets).filter_map(|asset| {
            let (column, factor) = depends(asset)?;
            Some(Observed {
                column,
                asset,
                factor,
            })
        }));
        column += feature.n_values(n_assets);
    }
    all
}
