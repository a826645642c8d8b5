//! `shockproof check data|env|policy PATH...`: audits; writes nothing.

use super::{
    Answer, Check, CheckArgs, Format, Verdict,
    check_data::{check_data, paths_of},
    check_env::{check_env, envs_of},
    output::render_error,
};
use crate::{
    agent::{PolicyFile, PolicyHeader},
    config::Registry,
    run::{RunError, policy_files},
};
use serde_json::{Value, json};
use std::path::Path;

/// Audits every path, also after one that cannot be read; the worst verdict counts.
pub(super) fn check(args: &CheckArgs, registry: &Registry) -> Answer {
    let format = args.format();
    let mut answers = Vec::new();
    match &args.what {
        Check::Data(data) => {
            for path in &data.paths {
                let found = paths_of(path);
                for path in &found.price_files {
                    let checked = check_data(path, &data.reading, registry);
                    answers.push(answered(path, checked, format));
                }
                answers.extend(found.skipped);
            }
        }
        Check::Env(env) => {
            for path in &env.paths {
                match envs_of(path) {
                    Ok(files) => {
                        let each = files.iter();
                        answers.extend(
                            each.map(|file| answered(file, check_env(file, registry), format)),
                        );
                    }
                    Err(error) => answers.push(answered(path, Err(error), format)),
                }
            }
        }
        Check::Policy(policy) => {
            let each = policy.paths.iter();
            answers.extend(each.map(|path| answered(path, check_policy(path), format)));
        }
    }
    joined(answers)
}

/// The answer about a path, also where it cannot be read.
fn answered(path: &Path, checked: Result<Answer, RunError>, format: Format) -> Answer {
    checked.unwrap_or_else(|error| Answer {
        table: String::new(),
        json: json!({ "path": path, "error": error.to_string(), "remedy": error.remedy() }),
        errors: vec![render_error(&error, format)],
        verdict: if error.is_wrong_input() {
            Verdict::WrongInput
        } else {
            Verdict::Faulty
        },
    })
}

fn joined(answers: Vec<Answer>) -> Answer {
    let verdict = answers
        .iter()
        .map(|answer| answer.verdict)
        .max()
        .unwrap_or(Verdict::Fine);
    let (mut tables, mut jsons, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for answer in answers {
        if !answer.table.is_empty() {
            tables.push(answer.table);
        }
        jsons.push(answer.json);
        errors.extend(answer.errors);
    }
    Answer {
        table: tables.join("\n"),
        json: Value::Array(jsons),
        errors,
        verdict,
    }
}

fn check_policy(path: &Path) -> Result<Answer, RunError> {
    let mut answers = Vec::new();
    for path in policy_files(path)? {
        let file = PolicyFile::read(&path)
            .map_err(|error| RunError::input(&error, "train it again, or copy it again"))?;
        answers.push(Answer {
            table: about(&path, &file.header),
            json: json!({ "path": path, "header": file.header }),
            errors: Vec::new(),
            verdict: Verdict::Fine,
        });
    }
    Ok(joined(answers))
}

fn about(path: &Path, header: &PolicyHeader) -> String {
    let signals = match &header.signals[..] {
        [] => String::new(),
        names => format!(", among them the signals {}", names.join(", ")),
    };
    format!(
        "{}: {} (seed {}), written by shockproof {}\n\
         \u{20} trades   {} on bars of {} s\n\
         \u{20} sees     {} fields{signals}\n\
         \u{20} network  {:?} {:?}\n\
         \u{20} decides  {:?}\n\
         \u{20} config   {}\n",
        path.display(),
        header.method,
        header.seed,
        header.library_version,
        header.symbols.join(", "),
        header.bar_seconds,
        header.layout.n_fields(),
        header.network.hidden,
        header.network.head,
        header.allocation,
        header.config_sha256,
    )
}
