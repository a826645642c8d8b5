//! `shockproof check env PATH...`: a card about each env, and a test of its contract.

mod assets;
mod card;
mod execution;
mod figures;
mod quoting;
mod sampling;
mod text;
mod trading;

use super::{Answer, Verdict, listing::files_in};
use crate::{
    config::{Game, Registry},
    run::RunError,
};
use std::path::{Path, PathBuf};

/// Env files at `path`: the file itself, or the `.ron` files of a folder, sorted by name.
pub(super) fn envs_of(path: &Path) -> Result<Vec<PathBuf>, RunError> {
    let Some(mut files) = files_in(path) else {
        return Ok(vec![path.to_path_buf()]);
    };
    files.retain(|file| file.extension().is_some_and(|ending| ending == "ron"));
    if files.is_empty() {
        let place = path.display();
        return Err(RunError::refused(
            format!("{place}: found a folder without `.ron` files, expected env files"),
            "name an env file, or a folder of them",
        ));
    }
    Ok(files)
}

/// Builds the env at `path`, tests its contract, and renders its card.
pub(super) fn check_env(path: &Path, registry: &Registry) -> Result<Answer, RunError> {
    let (game, source) = Game::load(path, registry)?;
    let card = match &game {
        Game::Trading(file) => trading::card(file, &game, &source)?,
        Game::MarketMaking(file) => quoting::card(file, &game, &source)?,
        Game::Execution(file) => execution::card(file, &game, &source)?,
    };
    let mut answer = Answer::fine(text::render(&card), card::as_json(&card)?);
    if !card.violations.is_empty() {
        answer.verdict = Verdict::Faulty;
    }
    Ok(answer)
}
