//! `backtest POLICY_OR_RUN`.

use super::{Answer, Backtest, Verdict};
use crate::{
    config::ReplaySpec,
    report::{crash_table, terminal_table},
    run::{BacktestRequest, Played, Plays, RunError, backtest},
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
    // It also warns where a policy meets bars that it was trained on.
    let Played {
        summary,
        folder,
        plays,
        replays,
    } = backtest(&request, super::progress::on_stderr().as_ref())?;
    let mut table = terminal_table(&summary.ledgers);
    if !summary.crashes.is_empty() {
        table = format!("{table}\n{}", crash_table(&summary.crashes));
    }
    for Plays {
        symbol,
        path,
        instrument,
    } in &plays
    {
        let says = instrument.as_ref().map_or_else(String::new, |name| {
            format!(", which says that it is {name}")
        });
        table = format!("{table}\n{symbol} is played by {}{says}", path.display());
    }
    for ReplaySpec { crash, at, .. } in &replays {
        table = format!("{table}\nthe prices contain a replay: {crash} on {at}");
    }
    if let Some(folder) = &folder {
        table = format!("{table}\nledger and summary: {}", folder.display());
    }
    Ok(Answer {
        complaints: Vec::new(),
        table,
        json: json!({ "folder": folder, "summary": summary, "plays": plays, "replays": replays }),
        verdict: Verdict::Fine,
    })
}
