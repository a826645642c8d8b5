//! From a ledger's metrics to the scores of a report.

use crate::{eval::LedgerSummary, report::ScoreRow};
use std::collections::BTreeMap;

/// The scores of one backtest; `None` values are undefined.
pub(super) fn score(summary: &LedgerSummary) -> ScoreRow {
    let s = summary;
    let drawdown = s.max_drawdown;
    let total_return = (s.initial_equity > 0.0).then(|| s.final_equity / s.initial_equity - 1.0);
    let values = [
        ("total_return", total_return),
        ("total_log_growth", s.total_log_growth),
        ("cagr", s.cagr),
        ("volatility", s.volatility),
        ("sharpe", s.sharpe),
        ("deflated_sharpe", s.deflated_sharpe),
        ("sortino", s.sortino),
        ("calmar", s.calmar),
        ("max_drawdown", drawdown.map(|fall| fall.depth)),
        ("cvar_5", s.cvar_5),
        ("turnover", s.turnover_per_year),
        ("exposure", s.gross_exposure),
        ("net_exposure", s.net_exposure),
        ("cost_share", s.cost_share),
        ("cost_drag", s.cost_drag),
        ("hit_rate", s.hit_rate),
        ("profit_factor", s.profit_factor),
        ("mean_shock_bps", s.mean_shock_bps),
    ];
    let mut remarks = BTreeMap::new();
    if let Some(fall) = drawdown {
        let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
        let recovery = fall.recovery.map_or_else(|| "none".to_owned(), day);
        let peak = fall.peak.map_or_else(|| "the start".to_owned(), day);
        let dates = format!("{peak} to {}, recovery: {recovery}", day(fall.trough));
        remarks.insert("max_drawdown".to_owned(), dates);
    }
    if s.ruined {
        remarks.insert("cagr".to_owned(), "the account was ruined".to_owned());
    }
    ScoreRow {
        policy: s.policy.clone(),
        attack: s.attack.clone(),
        budget_bps: s.budget_bps,
        seed: s.seed,
        values: values.map(|(name, value)| (name.to_owned(), value)).into(),
        remarks,
    }
}
