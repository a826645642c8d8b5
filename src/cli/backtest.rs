//! `backtest POLICY_OR_RUN`.

use super::{Answer, Backtest, Verdict};
use crate::{
    report::{SHORT, terminal_table},
    run::{BacktestRequest, RunError, backtest},
};
use serde_json::json;

pub(super) fn play(args: &Backtest) -> Result<Answer, RunError> {
    let request = BacktestRequest {
        policy: args.policy.clone(),
        data: args.data.clone(),
        env: args.env.clone(),
        attack: args.attack.clone(),
        out: args.out.clone(),
    };
    let (scores, folder) = backtest(&request)?;
    let mut table = terminal_table(&scores, SHORT, None);
    if let Some(folder) = &folder {
        table = format!("{table}\nledger and summary: {}", folder.display());
    }
    Ok(Answer {
        table,
        json: json!({ "folder": folder, "scores": scores }),
        verdict: Verdict::Fine,
    })
}
