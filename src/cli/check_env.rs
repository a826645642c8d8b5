//! `shockproof check env PATH...`: what an env is, and whether it keeps its contract.

use super::{Answer, Verdict};
use crate::{
    config::EnvFile,
    env::{self, EnvError, Market, TradingEnv},
    run::{PriceSource, Prices, RunError},
};
use serde_json::json;
use std::{fmt::Write, path::Path, sync::Arc};

/// Reads an env file and its prices, builds the environment, and tests its contract.
pub(super) fn check_env(path: &Path) -> Result<Answer, RunError> {
    let (file, source) = EnvFile::load(path)?;
    let Prices { panel, provenance } = PriceSource::open(&file, &source)?.prices()?;
    let rejected = |error: &EnvError| RunError::from(source.reject_error(&[], error));
    let rows = 0..panel.n_bars();
    let (n_bars, n_assets) = (panel.n_bars(), panel.n_assets());
    let fitted =
        Market::fit(panel, &file.trading.features, rows.clone()).map_err(|e| rejected(&e))?;
    let mut built = TradingEnv::new(Arc::new(fitted.market), file.trading.clone(), rows)
        .map_err(|e| rejected(&e))?;
    let violations: Vec<String> = env::check_env(&mut built)
        .iter()
        .map(ToString::to_string)
        .collect();
    let fields: Vec<&str> = env::Env::layout(&built)
        .market
        .iter()
        .chain(&env::Env::layout(&built).account)
        .map(|field| field.name.as_str())
        .collect();
    let mut table = format!(
        "{}: {}, {} bars, {} assets, {} observation fields, warm-up {} bars, shocks up to {} bps\n",
        path.display(),
        file.id(),
        n_bars,
        n_assets,
        fields.len(),
        built.first_row(),
        file.trading.shocks.budget_bps.get(),
    );
    for name in &fitted.constant {
        let _ = writeln!(
            table,
            "  warning  {name} is constant over all bars: a policy sees 0 there"
        );
    }
    for violation in &violations {
        let _ = writeln!(table, "  error    {violation}");
    }
    if violations.is_empty() {
        table.push_str("  the contract holds\n");
    }
    Ok(Answer {
        complaints: Vec::new(),
        verdict: if violations.is_empty() {
            Verdict::Fine
        } else {
            Verdict::Faulty
        },
        table,
        json: json!({
            "path": path,
            "env": file.id(),
            "prices": provenance,
            "fields": fields,
            "constant": fitted.constant,
            "violations": violations,
        }),
    })
}
