//! Columns that a first experiment does not read, as commented lines of its env file.

use crate::{config::EnvFile, ingest::FileReport};

/// Names of each file's columns that are not read and hold numbers.
pub(super) fn further_columns(files: &[FileReport]) -> Vec<Vec<String>> {
    let of_file = |file: &FileReport| {
        let columns = file.unused_columns.iter();
        let numeric = columns.filter(|column| column.is_numeric);
        numeric.map(|column| column.name.clone()).collect()
    };
    files.iter().map(of_file).collect()
}

/// Adds commented-out lines to the text of an env file: below each file, signals from its further
/// columns; among the features, the features that show these signals.
pub(super) fn with_further_columns(text: &str, env: &EnvFile, columns: &[Vec<String>]) -> String {
    let symbols = env.symbols();
    let signal = |file: usize, column: &str| match symbols.len() {
        1 => column.to_owned(),
        _ => format!("{}.{column}", symbols[file]),
    };
    let mut left = columns.iter().enumerate();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        lines.push(line.to_owned());
        let trimmed = line.trim_start();
        let indent = &line[..line.len() - trimmed.len()];
        if trimmed.starts_with("timestamps: ")
            && let Some((file, columns)) = left.next().filter(|(_, columns)| !columns.is_empty())
        {
            let what = "Further columns that become signals; `known` is when a value is known.";
            lines.push(format!("{indent}// {what}"));
            lines.push(format!("{indent}// signals: ["));
            lines.extend(columns.iter().map(|column| {
                let name = signal(file, column);
                format!("{indent}//     (column: {column:?}, name: {name:?}, known: AtClose),")
            }));
            lines.push(format!("{indent}// ],"));
        }
        if trimmed == "features: [" {
            let names = columns.iter().enumerate();
            let names = names
                .flat_map(|(file, columns)| columns.iter().map(move |column| signal(file, column)));
            lines.extend(names.map(|name| format!("{indent}    // Signal({name:?}),")));
        }
    }
    lines.join("\n") + "\n"
}
