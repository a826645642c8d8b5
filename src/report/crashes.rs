//! Cost of replayed crashes as a table for the terminal, and the order of crashes in all tables.

use crate::eval::metrics::Format;
use crate::eval::{CrashFigures, CrashSummary};
use comfy_table::{Cell, CellAlignment, LineStyle, Table, presets};

/// Columns of figures in all tables.
pub(crate) const COLUMNS: [&str; 6] = [
    "Drawdown",
    "Worst drawdown",
    "Log growth",
    "Without the crash",
    "Crash cost",
    "Less than buy and hold",
];

/// The figures of [`COLUMNS`] as text; a dash is undefined.
pub(crate) fn texts(figures: &CrashFigures) -> [String; 6] {
    let write = |format: Format, value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |value| format.value(value))
    };
    [
        write(Format::Percent, Some(figures.median_drawdown)),
        write(Format::Percent, Some(figures.worst_drawdown)),
        write(Format::Percent, figures.median_log_growth),
        write(Format::Percent, figures.median_log_growth_clean),
        write(Format::Percent, figures.median_lost),
        write(Format::Percent, figures.median_lost_less),
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
/// ascending order of their own cost. Medians over placements, then over seeds; the worst drawdown
/// is the worst of all. Empty where no crash was replayed.
#[must_use]
pub fn crash_table(crashes: &[CrashSummary]) -> String {
    if crashes.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    table.set_header(["crash replayed", "policy"].into_iter().chain(COLUMNS));
    for crash in costliest_first(crashes) {
        for (n, (policy, figures)) in crash.over_seeds().iter().enumerate() {
            let name = if n == 0 { crash.crash.as_str() } else { "" };
            let cells = [name.to_owned(), (*policy).to_owned()];
            table.add_row(cells.into_iter().chain(texts(figures)).map(Cell::new));
        }
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::demo;

    #[test]
    fn the_costliest_crash_and_the_least_hurt_policy_come_first() {
        let crashes = demo::crashes();
        let text = crash_table(&crashes);
        let at = |word: &str| text.find(word).unwrap();
        // Oil falls further than the S&P 500 did when it opened again.
        assert!(at("oil_1991") < at("september_2001"), "{text}");
        assert!(at("aajr") < at("buy_and_hold"), "{text}");
        assert_eq!(text.matches("oil_1991").count(), 1, "{text}");
        assert_eq!(crash_table(&[]), "");
    }
}
