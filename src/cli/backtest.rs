//! `backtest POLICY_OR_RUN`.

use super::{Answer, Backtest, Verdict};
use crate::{
    report::{SHORT, crash_table, terminal_table},
    run::{BacktestRequest, RunError, backtest},
};
use serde_json::json;

pub(super) fn play(args: &Backtest) -> Result<Answer, RunError> {
    let request = BacktestRequest {
        policy: args.policy.clone(),
        data: args.data.clone(),
        env: args.env.clone(),
        attack: args.attack.clone(),
        crash: args.crash.clone(),
        out: args.out.clone(),
    };
    let (summary, folder) = backtest(&request, super::progress::on_stderr().as_ref())?;
    let mut table = terminal_table(&summary.ledgers, SHORT, None);
    if !summary.crashes.is_empty() {
        table = format!("{table}\n{}", crash_table(&summary.crashes));
    }
    for overlap in &summary.overlaps_training_span {
        table = format!("{table}\nwarning: {overlap}");
    }
    if let Some(folder) = &folder {
        table = format!("{table}\nledger and summary: {}", folder.display());
    }
    Ok(Answer {
        table,
        json: json!({ "folder": folder, "summary": summary }),
        verdict: Verdict::Fine,
    })
}
