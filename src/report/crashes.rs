//! Cost of replayed crashes as a table for the terminal, and the order of crashes in all tables.

use super::table::text_table;
use crate::eval::metrics::Format;
use crate::eval::{CrashFigures, CrashSummary};

/// Headers of the figure columns in all tables.
pub(crate) const COLUMNS: [&str; 6] = [
    "Drawdown",
    "Worst drawdown",
    "Log growth",
    "Without the crash",
    "Crash cost",
    "Less than buy and hold",
];

/// Figures of [`COLUMNS`] as text; an undefined figure is a dash.
pub(crate) fn texts(figures: &CrashFigures) -> [String; 6] {
    [
        Format::Percent.text(Some(figures.median_drawdown)),
        Format::Percent.text(Some(figures.worst_drawdown)),
        Format::Percent.text(figures.median_log_growth),
        Format::Percent.text(figures.median_log_growth_clean),
        Format::Percent.text(figures.median_lost),
        Format::Percent.text(figures.median_lost_less),
    ]
}

/// Crashes in descending order of their cost to buy and hold, ruins first.
pub(crate) fn costliest_first(crashes: &[CrashSummary]) -> Vec<&CrashSummary> {
    let mut sorted: Vec<&CrashSummary> = crashes.iter().collect();
    let cost = |crash: &CrashSummary| crash.cost_to_hold().unwrap_or(f64::INFINITY);
    sorted.sort_by(|a, b| cost(b).total_cmp(&cost(a)));
    sorted
}

/// Table for a terminal: crashes in descending order of their cost to buy and hold, policies in
/// ascending order of their own cost. Figures are medians over placements, then over seeds; the
/// worst drawdown is the largest of all. The number of ruined accounts follows the name of a policy
/// that had one. Empty if no crash was replayed.
#[must_use]
pub fn crash_table(crashes: &[CrashSummary]) -> String {
    if crashes.is_empty() {
        return String::new();
    }
    let head = ["crash replayed", "policy"].into_iter().chain(COLUMNS);
    let rows = costliest_first(crashes).into_iter().flat_map(|crash| {
        let rows = crash.over_seeds().into_iter().enumerate();
        rows.map(|(n, (policy, figures))| {
            let name = if n == 0 { crash.crash.as_str() } else { "" };
            let mark = match figures.n_ruined {
                0 => String::new(),
                n => format!(" ({n} ruined)"),
            };
            let keys = [name.to_owned(), format!("{policy}{mark}")];
            keys.into_iter().chain(texts(&figures)).collect()
        })
    });
    text_table(head.map(str::to_owned).collect(), rows, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::demo;

    #[test]
    fn the_costliest_crash_and_the_least_hurt_policy_come_first() {
        let mut crashes = demo::crashes();
        let text = crash_table(&crashes);
        assert!(!text.contains("ruined"), "{text}");
        crashes[0].scores[0].figures.n_ruined = 3;
        assert!(crash_table(&crashes).contains("ppo (3 ruined)"), "{text}");
        let at = |word: &str| text.find(word).unwrap();
        // Oil falls further than the S&P 500 did when it reopened.
        assert!(at("oil_1991") < at("september_2001"), "{text}");
        assert!(at("aajr") < at("buy_and_hold"), "{text}");
        assert_eq!(text.matches("oil_1991").count(), 1, "{text}");
        assert_eq!(crash_table(&[]), "");
    }
}
