//! `shockproof check env PATH...`: a page about each env, and whether it keeps its contract.
//!
//! | file | holds |
//! |---|---|
//! | `page` | [`page::Page`]: what is said about an env, as text and as JSON |
//! | `trading` | the page of a trading env: prices, assets, rules, features |
//! | `assets` | what the bars of an asset are like |
//! | `market_making`, `execution` | the pages of the two games without bars: the closed form in numbers and on sample episodes |
//! | `wording` | numbers, lengths of time and shocks in words |

mod assets;
mod execution;
mod market_making;
mod page;
mod trading;
mod wording;

use super::{Answer, Verdict};
use crate::{config::Game, run::RunError};
use std::path::{Path, PathBuf};

/// Episodes that figures of a game without bars are means over, at most.
const N_EPISODES: u64 = 400;
/// Steps that are played for such a figure, unless two episodes have more: seconds.
const N_PLAYED_STEPS: u64 = 2_000_000;
/// Paths and episodes that are drawn.
const N_PATHS: u32 = 3;
/// Seed of the episodes.
const SEED: u64 = 0;

/// Episodes of `n_steps` steps that a figure is a mean over: at least two, so that it has a
/// deviation.
fn n_episodes(n_steps: u32) -> u64 {
    (N_PLAYED_STEPS / u64::from(n_steps).max(1)).clamp(2, N_EPISODES)
}

/// The env file at `path`; the `.ron` files in it, by name, where it is a folder.
pub(super) fn envs_of(path: &Path) -> Result<Vec<PathBuf>, RunError> {
    if path.is_dir() {
        env_files(path)
    } else {
        Ok(vec![path.to_path_buf()])
    }
}

/// A page about the env at `path`.
pub(super) fn check_env(path: &Path) -> Result<Answer, RunError> {
    let (game, source) = Game::load(path)?;
    let mut page = match &game {
        Game::Trading(file) => trading::page(file, &source)?,
        Game::MarketMaking(file) => market_making::page(file, &source)?,
        Game::Execution(file) => execution::page(file, &source)?,
    };
    path.clone_into(&mut page.path);
    let json = serde_json::to_value(&page)
        .map_err(|error| RunError::failed("writing the page as JSON", &error))?;
    Ok(Answer {
        table: page.text(),
        json,
        complaints: Vec::new(),
        verdict: if page.violations.is_empty() {
            Verdict::Fine
        } else {
            Verdict::Faulty
        },
    })
}

/// The `.ron` files of a folder, by name.
fn env_files(folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let unreadable = |error: std::io::Error| RunError::input(&error, "check the path");
    let mut files = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "ron") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(RunError::Input {
            message: format!(
                "{}: found a folder without `.ron` files, expected env files",
                folder.display()
            ),
            remedy: "name an env file, or a folder of them".to_owned(),
        });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_long_episodes_are_played() {
        let found = [1, 200, 5_000, 400_000, 1_000_000, u32::MAX].map(n_episodes);
        assert_eq!(found, [400, 400, 400, 5, 2, 2]);
    }
}
