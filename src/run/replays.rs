//! Insertion of an env's crashes into its prices.

use super::RunError;
use crate::{
    config::{EnvFile, Source},
    crash::{Crash, CrashError, Replay, VOLATILITY_BARS},
    market::Panel,
};
use chrono::NaiveTime;
use std::ops::Range;

/// Inserts the crashes that `env` names into `panel`, the earliest first: a later crash is scaled
/// by the volatility that an earlier one left.
///
/// # Errors
/// Wrong input, pointing at the replay: a day without bars, too few bars before or after it, two
/// crashes in one bar, an asset that the env does not have.
pub(super) fn with_replays(
    env: &EnvFile,
    source: &Source,
    panel: Panel,
) -> Result<Panel, RunError> {
    let mut placed: Vec<(Range<usize>, usize)> = Vec::with_capacity(env.replays.len());
    for n in 0..env.replays.len() {
        placed.push((rows_of(n, env, source, &panel)?, n));
    }
    placed.sort_by_key(|(rows, n)| (rows.start, *n));
    refuse_overlap(&placed, env, source)?;
    placed.into_iter().try_fold(panel, |panel, (rows, n)| {
        let spec = &env.replays[n];
        // Loading the env has checked the name.
        let Some(crash) = Crash::named(&spec.crash) else {
            return Ok(panel);
        };
        let replay = Replay {
            row: rows.start,
            assets: spec.assets.clone(),
            scale: spec.scale,
            factor: spec.factor,
        };
        let replayed = crash.replay(&panel, &replay);
        Ok(source.checked(&format!("replays[{n}]"), replayed)?)
    })
}

/// Rows that replay `n` covers.
fn rows_of(
    n: usize,
    env: &EnvFile,
    source: &Source,
    panel: &Panel,
) -> Result<Range<usize>, RunError> {
    let spec = &env.replays[n];
    let day = spec.at.and_time(NaiveTime::MIN).and_utc();
    let opens_before = |&end: &chrono::DateTime<chrono::Utc>| end - panel.bar_length() < day;
    let first = panel.timestamps().partition_point(opens_before);
    let end = first + Crash::named(&spec.crash).map_or(0, Crash::n_bars);
    let earliest = VOLATILITY_BARS + 1;
    if first >= earliest && end <= panel.n_bars() {
        return Ok(first..end);
    }
    let error = CrashError::Rows {
        crash: spec.crash.clone(),
        first,
        end,
        earliest,
        n_bars: panel.n_bars(),
    };
    Err(source.reject_error(&format!("replays[{n}]"), &error).into())
}

fn refuse_overlap(
    placed: &[(Range<usize>, usize)],
    env: &EnvFile,
    source: &Source,
) -> Result<(), RunError> {
    let overlaps = |pair: &&[(Range<usize>, usize)]| pair[1].0.start < pair[0].0.end;
    let Some(pair) = placed.windows(2).find(overlaps) else {
        return Ok(());
    };
    let (earlier, later) = (&env.replays[pair[0].1], &env.replays[pair[1].1]);
    let rejected = source.reject(
        &format!("replays[{}].at", pair[1].1),
        format!(
            "crash within a crash: found `{}` on {}, expected a day after the {} bars of `{}` on \
             {}",
            later.crash,
            later.at,
            pair[0].0.len(),
            earlier.crash,
            earlier.at
        ),
        "choose another day",
    );
    Err(rejected.into())
}

#[cfg(test)]
mod tests {
    use crate::{
        config::{EnvFile, Registry},
        crash::{Crash, Replay, ReplayAssets, ReplayScale},
        run::{PriceSource, RunError, read_prices},
    };
    use chrono::NaiveDate;
    use std::{fs, path::Path};
    use tempfile::TempDir;

    /// Clean and crashed prices of the daily env with these replays, in a folder of its own.
    fn prices(replays: &str) -> Result<(crate::market::Panel, crate::market::Panel), RunError> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(project.join("envs/panel_daily-v1.ron")).unwrap();
        let data = project.join("data").to_string_lossy().into_owned();
        let text = text.replace("../data", &data).replacen(
            "    trading: (",
            &format!("    replays: {replays},\n    trading: ("),
            1,
        );
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("env.ron");
        fs::write(&path, text).unwrap();
        let (env, source) = EnvFile::load(&path, &Registry::default())?;
        let clean = read_prices(&env, &source)?.panel;
        Ok((clean, PriceSource::open(&env, &source)?.prices()?.panel))
    }

    #[test]
    fn replays_are_applied_in_the_order_of_time() {
        let (clean, crashed) = prices(
            "[(crash: \"apple_2000\", at: \"2006-05-06\", factor: 0.5), \
              (crash: \"oil_1991\", at: \"2004-03-01\", assets: Only([\"IBM\"]), \
              scale: AsHistory)]",
        )
        .unwrap();
        let row = |date: &str| {
            let day: NaiveDate = date.parse().unwrap();
            let opens =
                |t: &usize| (clean.timestamps()[*t] - clean.bar_length()).date_naive() >= day;
            (0..clean.n_bars()).find(opens).unwrap()
        };
        // 2006-05-06 is a Saturday: the crash comes on Monday.
        let (first, second) = (row("2004-03-01"), row("2006-05-08"));
        let replay = Replay {
            assets: ReplayAssets::Only(vec!["IBM".to_owned()]),
            scale: ReplayScale::AsHistory,
            ..Replay::at(first)
        };
        let expected = Crash::named("oil_1991")
            .unwrap()
            .replay(&clean, &replay)
            .unwrap();
        let replay = Replay {
            factor: 0.5,
            ..Replay::at(second)
        };
        let expected = Crash::named("apple_2000")
            .unwrap()
            .replay(&expected, &replay)
            .unwrap();
        assert_eq!(crashed, expected);
        let ibm = clean.symbols().iter().position(|s| s == "IBM").unwrap();
        let moved = (crashed.row(first)[ibm].close / clean.row(first - 1)[ibm].close).ln();
        assert!((moved + 0.4064).abs() < 5e-5, "{moved}");
    }

    #[test]
    fn an_env_without_replays_is_untouched() {
        let (clean, same) = prices("[]").unwrap();
        assert_eq!(clean, same);
    }

    #[test]
    fn impossible_replays_are_pointed_at() {
        for (replays, parts) in [
            (
                "[(crash: \"oil_1990\", at: \"2004-03-01\")]",
                ["env.ron:", "`oil_1991`"],
            ),
            (
                "[(crash: \"oil_1991\", at: \"2000-03-05\")]",
                ["env.ron:", "within 61 to 3270"],
            ),
            // Both are before the data, so there is no row in which they could overlap.
            (
                "[(crash: \"oil_1991\", at: \"1980-03-05\"), \
                 (crash: \"oil_1991\", at: \"1985-03-05\")]",
                ["env.ron:", "within 61 to 3270"],
            ),
            (
                "[(crash: \"oil_1991\", at: \"2033-03-05\")]",
                ["env.ron:", "within 61 to 3270"],
            ),
            (
                "[(crash: \"oil_1991\", at: \"2004-03-01\", assets: Only([\"TSLA\"]))]",
                ["env.ron:", "AAPL, IBM, MSFT"],
            ),
            (
                "[(crash: \"oil_1991\", at: \"2004-03-01\", factor: 0.0)]",
                ["env.ron:", "other than 0"],
            ),
            (
                "[(crash: \"oil_1991\", at: \"2004-03-04\"), \
                 (crash: \"oil_1991\", at: \"2004-03-01\")]",
                [
                    "`oil_1991` on 2004-03-04",
                    "10 bars of `oil_1991` on 2004-03-01",
                ],
            ),
        ] {
            let error = prices(replays).unwrap_err();
            assert!(matches!(error, RunError::Config(_)), "{error}");
            // Message and, from the debug fields, remedy.
            let message = format!("{error} {error:?}");
            for part in parts {
                assert!(message.contains(part), "{part}: {message}");
            }
        }
    }
}
