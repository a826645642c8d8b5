//! Price files at a path.

use crate::{
    cli::{Answer, Verdict, listing::files_in},
    crash::Crash,
};
use serde_json::json;
use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

/// Extensions of price files; a compression extension may follow.
const ENDINGS: [&str; 9] = [
    "csv", "tsv", "txt", "json", "parquet", "feather", "arrow", "ipc", "prn",
];

/// Returns the file itself, or the price files of a folder and a report on its other entries.
pub(in crate::cli) fn paths_of(path: &Path) -> (Vec<PathBuf>, Option<Answer>) {
    let Some(inside) = files_in(path) else {
        return (vec![path.to_path_buf()], None);
    };
    let (price_files, others): (Vec<PathBuf>, Vec<PathBuf>) =
        inside.into_iter().partition(|path| is_price_file(path));
    let skipped = skipped(path, price_files.len(), &others);
    (price_files, skipped)
}

fn skipped(folder: &Path, n_files: usize, others: &[PathBuf]) -> Option<Answer> {
    let with_slash = |path: &PathBuf| {
        let name = path.file_name()?.to_string_lossy();
        let slash = if path.is_dir() { "/" } else { "" };
        Some(format!("{name}{slash}"))
    };
    let names: Vec<String> = others.iter().filter_map(with_slash).collect();
    if n_files > 0 && names.is_empty() {
        return None;
    }
    let list = match names.len() {
        0 => "none".to_owned(),
        _ => names.join(", "),
    };
    let folder_name = folder.display();
    let mut answer = Answer::fine(
        format!("{folder_name}: price files: {n_files}; skipped (not price files): {list}\n"),
        json!({ "path": folder, "n_files": n_files, "left_out": names }),
    );
    if n_files == 0 {
        answer.verdict = Verdict::WrongInput;
    }
    Some(answer)
}

/// Returns true for a file with a price file's extension that is not a crash library.
fn is_price_file(path: &Path) -> bool {
    path.is_file() && has_price_ending(path) && !is_crash_library(path)
}

fn has_price_ending(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let packed = [".gz", ".zst"]
        .iter()
        .find_map(|end| name.strip_suffix(end));
    let ending = packed.unwrap_or(&name).rsplit_once('.');
    ending.is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// Returns true for a file of crashes, such as `data/crashes.json`.
fn is_crash_library(file: &Path) -> bool {
    let crashes = |file| serde_json::from_reader::<_, Vec<Crash>>(BufReader::new(file)).ok();
    file.extension().is_some_and(|ending| ending == "json")
        && File::open(file)
            .ok()
            .and_then(crashes)
            .is_some_and(|crashes| !crashes.is_empty())
}
