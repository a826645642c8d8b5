//! `shockproof check data|env|leak|policy PATH...`: audits; writes nothing.

use super::{
    Answer, Check, CheckArgs, Format, Verdict,
    check_data::{check_data, paths_of},
    check_env::{check_env, envs_of},
    check_leak::check_leak,
    output::render_error,
};
use crate::{
    agent::{PolicyFile, PolicyHeader},
    config::Registry,
    run::{RunError, policy_files},
};
use serde_json::{Value, json};
use std::path::Path;

/// Audits every path and continues after one that cannot be read; the worst verdict counts.
pub(super) fn check(args: &CheckArgs, registry: &Registry) -> Answer {
    let mut answers = Vec::new();
    let mut add = |path: &Path, checked: Result<Answer, RunError>| {
        answers.push(checked.unwrap_or_else(|error| failed(path, &error, args.format())));
    };
    match &args.what {
        Check::Data(data) => {
            for path in &data.paths {
                let (price_files, skipped) = paths_of(path);
                for file in &price_files {
                    add(file, check_data(file, &data.reading, registry));
                }
                if let Some(skipped) = skipped {
                    add(path, Ok(skipped));
                }
            }
        }
        Check::Env(env) => {
            for path in &env.paths {
                match envs_of(path) {
                    Ok(files) => files
                        .iter()
                        .for_each(|file| add(file, check_env(file, registry))),
                    Err(error) => add(path, Err(error)),
                }
            }
        }
        Check::Leak(leak) => add(&leak.config, check_leak(leak, registry)),
        Check::Policy(policy) => {
            for path in &policy.paths {
                add(path, check_policy(path));
            }
        }
    }
    joined(answers)
}

/// Answer about a path that cannot be checked.
fn failed(path: &Path, error: &RunError, format: Format) -> Answer {
    Answer {
        table: String::new(),
        json: json!({ "path": path, "error": error.to_string(), "remedy": error.remedy() }),
        errors: vec![render_error(error, format)],
        verdict: if error.is_wrong_input() {
            Verdict::WrongInput
        } else {
            Verdict::Faulty
        },
    }
}

fn joined(answers: Vec<Answer>) -> Answer {
    let (mut tables, mut jsons) = (Vec::new(), Vec::new());
    let mut joined = Answer::fine(String::new(), Value::Null);
    for answer in answers {
        if !answer.table.is_empty() {
            tables.push(answer.table);
        }
        jsons.push(answer.json);
        joined.errors.extend(answer.errors);
        joined.verdict = joined.verdict.max(answer.verdict);
    }
    joined.table = tables.join("\n");
    joined.json = Value::Array(jsons);
    joined
}

fn check_policy(path: &Path) -> Result<Answer, RunError> {
    let mut answers = Vec::new();
    for path in policy_files(path)? {
        let file = PolicyFile::read(&path)
            .map_err(|error| RunError::input(&error, "train it again, or copy it again"))?;
        let json = json!({ "path": path, "header": file.header });
        answers.push(Answer::fine(about(&path, &file.header), json));
    }
    Ok(joined(answers))
}

fn about(path: &Path, header: &PolicyHeader) -> String {
    let PolicyHeader {
        method,
        seed,
        library_version,
        bar_seconds,
        network,
        allocation,
        config_sha256,
        ..
    } = header;
    let signals = match &header.signals[..] {
        [] => String::new(),
        names => format!(", among them the signals {}", names.join(", ")),
    };
    let (path, symbols) = (path.display(), header.symbols.join(", "));
    let n_fields = header.layout.n_fields();
    format!(
        "{path}: {method} (seed {seed}), written by shockproof {library_version}\n\
         \u{20} trades   {symbols} on bars of {bar_seconds} s\n\
         \u{20} sees     {n_fields} fields{signals}\n\
         \u{20} network  {:?} {:?}\n\
         \u{20} decides  {allocation:?}\n\
         \u{20} config   {config_sha256}\n",
        network.hidden, network.head,
    )
}
