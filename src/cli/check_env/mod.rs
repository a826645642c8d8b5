//! `shockproof check env PATH...`: a card about each env, and whether it keeps its contract.
//!
//! | file | holds |
//! |---|---|
//! | `card` | [`card::Card`]: the facts about an env; `text`: the card for people |
//! | `trading` | trading envs: prices, law, known optimum |
//! | `assets` | statistics of an asset's bars |
//! | `quoting`, `execution` | the games without bars: their closed forms on sample episodes |
//! | `sampling`, `figures` | numbers of episodes and paths; numbers for people |

mod assets;
mod card;
mod execution;
mod figures;
mod quoting;
mod sampling;
mod text;
mod trading;

use super::{Answer, Verdict};
use crate::{
    config::{Game, Registry},
    run::RunError,
};
use std::path::{Path, PathBuf};

/// Finds the env file at `path`; in a folder its `.ron` files, by name.
pub(super) fn envs_of(path: &Path) -> Result<Vec<PathBuf>, RunError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let unreadable = |error: std::io::Error| RunError::input(&error, "check the path");
    let mut files = Vec::new();
    for entry in path.read_dir().map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|ending| ending == "ron") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(RunError::Input {
            message: format!(
                "{}: found a folder without `.ron` files, expected env files",
                path.display()
            ),
            remedy: "name an env file, or a folder of them".to_owned(),
        });
    }
    Ok(files)
}

/// Builds the env at `path`, tests its contract, and makes its card.
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
