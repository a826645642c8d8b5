//! Twin worlds agree up to an instant and differ after it, so nothing known at that instant may
//! differ between them.

use super::{
    lab::{Lab, World},
    report::{Finding, Part},
};
use crate::{
    env::{Env, Order, Shock, TradingEnv},
    features::FeatureTable,
    market::Panel,
    models::martingale::{Fork, Opens},
    run::RunError,
};

/// Total weight of the orders whose sizes are compared, split equally over the assets. Cash stays
/// positive at this weight, so no maintenance margin sells in the same bar what the order bought at
/// its open.
const WEIGHT: f64 = 0.5;

/// Compares a world with twins that fork at the end of the training span and within the test span.
/// Returns the number of twins and the findings of the first twin that differs.
pub(super) fn compare_twins(lab: &Lab<'_>) -> Result<(usize, Vec<Finding>), RunError> {
    let world = lab.world(0, Opens::Noisy)?;
    let test = &world.stage.test;
    let within = |share: usize| test.start + test.len().saturating_sub(2) * share / 4;
    let rows = [
        world.stage.training.last_row(),
        within(1),
        within(2),
        within(3),
    ];
    for (row, twin) in rows.into_iter().zip(1..) {
        let after = lab.decisions[row];
        let other = lab.twin(0, Fork { after, twin })?;
        let findings = compare(lab, &world, &other, row)?;
        if !findings.is_empty() {
            return Ok((usize::from(twin), findings));
        }
    }
    Ok((rows.len(), Vec::new()))
}

/// Findings of the earliest stage at which the worlds differ up to `row`; later stages then differ
/// as a consequence.
fn compare(
    lab: &Lab<'_>,
    world: &World,
    twin: &World,
    row: usize,
) -> Result<Vec<Finding>, RunError> {
    let at = lab.decisions[row];
    let found = |part, what: String| Finding {
        part,
        what: format!("{what} with prices after {at}"),
    };
    let bars = changed_bars(world.panel(), twin.panel(), row);
    if !bars.is_empty() {
        let say = |(symbol, n): (String, usize)| {
            found(
                Part::Alignment,
                format!("{n} bars of {symbol} that end until then change"),
            )
        };
        return Ok(bars.into_iter().map(say).collect());
    }
    if let Some(field) = changed_field(world, twin, row)? {
        return Ok(vec![found(
            Part::Features,
            format!("feature {field} changes"),
        )]);
    }
    if row >= world.stage.training.last_row()
        && world.market().normalizer() != twin.market().normalizer()
    {
        return Ok(vec![found(
            Part::Normalizer,
            "the normalizer changes".to_owned(),
        )]);
    }
    let mut findings = Vec::new();
    if world.stage.test.start <= row && row + 1 < world.stage.test.end {
        let (units, others) = (units_after(lab, world, row)?, units_after(lab, twin, row)?);
        let assets = units.iter().zip(&others).zip(world.panel().symbols());
        for ((a, b), symbol) in assets {
            if (a - b).abs() > 1e-9 * a.abs().max(b.abs()) {
                let what = format!("the size of an order for {symbol}, decided then, changes");
                findings.push(found(Part::Fills, what));
            }
        }
    }
    Ok(findings)
}

/// Assets with bars up to `row` that differ, and the number of such bars.
fn changed_bars(panel: &Panel, twin: &Panel, row: usize) -> Vec<(String, usize)> {
    let n_changed = |asset: usize| {
        let rows = (0..=row).filter(|&t| panel.row(t)[asset] != twin.row(t)[asset]);
        rows.count()
    };
    let symbols = panel.symbols().iter().enumerate();
    let counts = symbols.map(|(asset, symbol)| (symbol.clone(), n_changed(asset)));
    counts.filter(|(_, n)| *n > 0).collect()
}

/// Name of the first feature whose values before normalization differ up to `row`.
fn changed_field(world: &World, twin: &World, row: usize) -> Result<Option<String>, RunError> {
    let table = |world: &World| {
        FeatureTable::new(world.market().pipeline(), world.panel())
            .map_err(|error| RunError::failed("features of a twin", &error))
    };
    let (ours, theirs) = (table(world)?, table(twin)?);
    let fields = world.market().pipeline().fields();
    let differs = |field: &usize| {
        let bits = |table: &FeatureTable, t: usize| table.row(t)[*field].to_bits();
        (0..=row).any(|t| bits(&ours, t) != bits(&theirs, t))
    };
    let field = (0..fields.len()).find(differs);
    Ok(field.map(|field| fields[field].name.clone()))
}

/// Units held after the fill of the order decided at `row`; the orders up to it alternately buy and
/// sell.
fn units_after(lab: &Lab<'_>, world: &World, row: usize) -> Result<Vec<f64>, RunError> {
    let mut env: TradingEnv = world.test_env()?;
    env.reset(0);
    let n_assets = world.panel().n_assets();
    while env.row() <= row && !env.outcome().is_over() {
        let weight = if env.row() % 2 == row % 2 {
            WEIGHT
        } else {
            WEIGHT / 2.0
        };
        let mut targets = vec![weight / n_assets as f64; n_assets];
        (lab.resize)(&env, &mut targets);
        env.play(Order::Targets(&targets), Shock::NONE);
    }
    Ok(env.portfolio().units().to_vec())
}
