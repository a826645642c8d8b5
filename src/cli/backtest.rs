//! `backtest POLICY_OR_RUN`.

use super::{Answer, Backtest};
use crate::{
    config::{Registry, ReplaySpec},
    report::{crash_table, terminal_table},
    run::{BacktestOutput, BacktestRequest, RunError, SuppliedFile, backtest},
};
use serde_json::json;

pub(super) fn play(args: &Backtest, registry: &Registry) -> Result<Answer, RunError> {
    let request = BacktestRequest {
        policy: args.policy.clone(),
        data: args.data.clone(),
        env: args.env.clone(),
        attack: args.attack.clone(),
        crash: args.crash.clone(),
        out: args.out.clone(),
    };
    let output = backtest(&request, registry, super::progress::on_stderr().as_ref())?;
    let json = json!({
        "folder": output.folder,
        "summary": output.summary,
        "plays": output.supplied,
        "replays": output.replays,
    });
    Ok(Answer::fine(table(&output), json))
}

fn table(output: &BacktestOutput) -> String {
    let summary = &output.summary;
    let mut lines = vec![terminal_table(&summary.ledgers)];
    if !summary.crashes.is_empty() {
        lines.push(crash_table(&summary.crashes));
    }
    for SuppliedFile {
        symbol,
        path,
        instrument,
    } in &output.supplied
    {
        let says = instrument.as_ref().map_or_else(String::new, |name| {
            format!(", which says that it is {name}")
        });
        lines.push(format!("{symbol} is played by {}{says}", path.display()));
    }
    for ReplaySpec { crash, at, .. } in &output.replays {
        lines.push(format!("the prices contain a replay: {crash} on {at}"));
    }
    if let Some(folder) = &output.folder {
        lines.push(format!("ledger and summary: {}", folder.display()));
    }
    lines.join("\n")
}
