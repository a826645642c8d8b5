//! `shockproof init FILE...`: a first experiment from price files.

use super::{
    Answer, InitArgs, Verdict,
    check_data::{bar_length, check_data, data_file},
};
use crate::{
    config::Registry,
    ingest::DataFile,
    run::{Draft, RunError},
};
use serde_json::json;
use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

/// Audits the files as `check data` does, then writes an env file and an experiment file.
pub(super) fn init(args: &InitArgs) -> Result<Answer, RunError> {
    let mut table = String::new();
    for path in &args.files {
        let looked = check_data(path, &args.reading, &Registry::default())?;
        table.push_str(&looked.table);
        if looked.verdict != Verdict::Fine {
            return Ok(looked);
        }
    }
    let file = |path: &PathBuf| data_file(&symbol_of(path), path, &args.reading);
    let files: Vec<DataFile> = args.files.iter().map(file).collect();
    let name = args.name.clone().unwrap_or_else(|| name_of(&files));
    let draft = Draft::new(&name, files, bar_length(&args.reading))?;
    let choices = draft.choices.clone();
    let drafted = draft.write(&args.out)?;
    for choice in &choices {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{choice}");
    }
    let (env, experiment) = (drafted.env.display(), drafted.experiment.display());
    let _ = write!(
        table,
        "wrote {env} and {experiment}; every field has a comment\n\
         next: shockproof run {experiment}"
    );
    let files = json!({ "env": drafted.env, "experiment": drafted.experiment, "choices": choices });
    Ok(Answer::fine(table, files))
}

/// Symbol from the start of a file name: `BTCUSDT` from `BTCUSDT-1h-2024-01.csv`.
fn symbol_of(path: &Path) -> String {
    let stem = path.file_name().unwrap_or_default().to_string_lossy();
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let word = stem.split(|c| !is_letter(c)).find(|word| !word.is_empty());
    word.unwrap_or("ASSET").to_ascii_uppercase()
}

/// Joined symbols, used as a name for files and folders.
fn name_of(files: &[DataFile]) -> String {
    let symbols: Vec<&str> = files.iter().map(|file| file.symbol.as_str()).collect();
    symbols.join("_").to_ascii_lowercase()
}
